#!/usr/bin/env bash
# Wall and CPU time of `promptreg lint`, all rules over a whole registry, beside tools that validate its version files
# against one JSON Schema and do no more: sourcemeta's jsonschema (C++), ajv-cli (Node), check-jsonschema (Python).
#
#   benches/lint_peers.sh       VERSIONS=10000 ROUNDS=5
#
# PROMPTREG=FILE takes that binary. All take turns, so that what else the machine does hits each alike. Wants python3 with
# venv, node and npm; the tools are installed below target/.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${VERSIONS:=10000}" "${ROUNDS:=5}"
for program in python3 npm git; do
  command -v "$program" >/dev/null || { echo "not found: $program" >&2; exit 2; }
done

target=${CARGO_TARGET_DIR:-target}
tools=$target/lint-peers
mkdir -p "$tools"
# One folder each: both bring a program named jsonschema.
for tool in check-jsonschema sourcemeta-jsonschema; do
  [ -d "$tools/$tool" ] || { python3 -m venv "$tools/$tool" && "$tools/$tool/bin/pip" --quiet install "$tool"; }
done
[ -x "$tools/node_modules/.bin/ajv" ] || npm install --silent --no-fund --prefix "$tools" ajv-cli

ours=${PROMPTREG:-$target/release/promptreg}
[ -n "${PROMPTREG:-}" ] || cargo build --release --quiet
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cargo bench --quiet --bench generate -- "$dir/registry" "$VERSIONS"
mkdir "$dir/versions"
i=0
find "$dir/registry/prompts" -name '[0-9]*.yaml' | while read -r file; do
  i=$((i + 1))
  ln "$file" "$dir/versions/$i.yaml"
done
schema=$PWD/schemas/version.json

declare -A commands=(
  [promptreg]='"$ours" lint --registry "$dir/registry" --format json'
  [sourcemeta]='"$tools/sourcemeta-jsonschema/bin/jsonschema" validate "$schema" "$dir/versions" --extension .yaml --fast'
  [ajv-cli]='"$tools/node_modules/.bin/ajv" validate --spec=draft2020 --strict=false -s "$schema" -d "$dir/versions/*.yaml"'
  [check-jsonschema]='find "$dir/versions" -name "*.yaml" -print0 | xargs -0 "$tools/check-jsonschema/bin/check-jsonschema" --schemafile "$schema"'
)
TIMEFORMAT='%R %U %S'
for round in $(seq "$ROUNDS"); do
  for tool in promptreg sourcemeta ajv-cli check-jsonschema; do
    # The slow ones need no second look.
    [ "$round" -le 2 ] || [ "$tool" = promptreg ] || [ "$tool" = sourcemeta ] || continue
    code=0
    { time eval "${commands[$tool]}" >"$dir/$tool.out" 2>&1 || code=$?; } 2>"$dir/time"
    [ "$code" -eq 0 ] || [ "$tool" = promptreg ] || { echo "$tool ended with $code:" >&2; tail -3 "$dir/$tool.out" >&2; exit 3; }
    read -r wall user system <"$dir/time"
    awk -v w="$wall" -v u="$user" -v s="$system" 'BEGIN { printf "%.3f %.3f\n", w, u + s }' >>"$dir/$tool.times"
  done
done

median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
files=$(find "$dir/registry" -path '*/.git' -prune -o -name '*.yaml' -print | wc -l)
echo "$(find "$dir/versions" -name '*.yaml' | wc -l) version files for the peers, $files files for promptreg; seconds, medians"
for tool in promptreg sourcemeta ajv-cli check-jsonschema; do
  wall=$(median "$dir/$tool.times")
  cpu=$(cut -d' ' -f2 "$dir/$tool.times" >"$dir/cpu" && median "$dir/cpu")
  [ "$tool" != promptreg ] || { first_wall=$wall first_cpu=$cpu; }
  awk -v t="$tool" -v w="$wall" -v c="$cpu" -v fw="$first_wall" -v fc="$first_cpu" \
    'BEGIN { printf "%-18s wall %8.3f (%6.2fx)   CPU %8.3f (%6.2fx)\n", t, w, w / fw, c, c / fc }'
done
