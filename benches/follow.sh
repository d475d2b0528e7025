#!/usr/bin/env bash
# How `promptreg serve` follows a registry of many versions: cold and warm start, pushes, memory, and fetches meanwhile.
#
#   benches/follow.sh           VERSIONS=100000 ROUNDS=3 PUSHES=30 SECONDS_EACH=10 CONNECTIONS=16 PER_SECOND=10
#
# PROMPTREG=FILE takes that binary instead of building one, REGISTRY=DIR and SMALL=DIR those bare repositories instead of
# making them (they are pushed to), DATA=FLAG is how a server is told where to keep what makes a start fast (empty: it is
# not told), PROFILE=dev builds the clients in a moment, for a try.
#
# Everything is measured in one run: the large registry and one of a tenth of its size in turn, each figure beside the
# work that cannot be avoided. Wants wrk, git, curl and jq (Debian: apt-get install wrk git curl jq), Linux and bash.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${VERSIONS:=100000}" "${ROUNDS:=3}" "${PUSHES:=30}" "${SECONDS_EACH:=10}" "${CONNECTIONS:=16}" "${PER_SECOND:=10}"
: "${DATA=--data}" "${PROFILE:=bench}"

missing=()
for program in wrk git curl jq; do command -v "$program" >/dev/null || missing+=("$program"); done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "not found: ${missing[*]}; on Debian: apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 2
fi

cd "$here/.."
dir=$(mktemp -d)
server_pid=
stop_server() { [ -z "$server_pid" ] || { kill "$server_pid" && wait "$server_pid"; } 2>/dev/null || true; server_pid=; }
stop() { stop_server; rm -rf "$dir"; }
trap stop EXIT

bench() { local name=$1; shift; cargo bench --quiet --profile "$PROFILE" --bench "$name" -- "$@"; }
if [ -n "${PROMPTREG:-}" ]; then server=$PROMPTREG; else
  cargo build --release --quiet
  server=${CARGO_TARGET_DIR:-target}/release/promptreg
fi
large=${REGISTRY:-$dir/large.git} small=${SMALL:-$dir/small.git}
[ -n "${REGISTRY:-}" ] || bench generate "$large" "$VERSIONS" --bare
[ -n "${SMALL:-}" ] || bench generate "$small" "$(( VERSIONS / 10 ))" --bare
if [ -n "$DATA" ] && ! "$server" serve --help | grep -q -- "$DATA "; then
  echo "this promptreg has no $DATA: nothing is kept between two starts" >&2
  DATA=
fi

now() { date +%s.%N; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {if (b > 0) printf "%.2f", a / b; else printf "-"}'; }
median() { sort -n | awk '{all[NR] = $1} END {print all[int((NR + 1) / 2)]}'; }
value() { awk -v key="$1" '$1 == key {print $2; exit}' "$2"; } # value KEY FILE

# start REPOSITORY FOLDER: starts a server; when is in $since, its seconds until it listens in $took, its address in $url.
start() {
  local flags=() line
  [ -z "$DATA" ] || flags=("$DATA" "$2")
  rm -f "$dir/out"; mkfifo "$dir/out"
  since=$(now)
  "$server" serve --registry "$1" --listen 127.0.0.1:0 "${flags[@]}" >"$dir/out" 2>>"$dir/log" &
  server_pid=$!
  # Reading the line is the waiting: no poll lengthens it.
  url=
  while read -r line; do case $line in "listening on "*) url=${line#listening on }; break ;; esac; done <"$dir/out"
  took=$(awk -v a="$since" -v b="$(now)" 'BEGIN {printf "%.3f", b - a}')
  [ -n "$url" ] || { echo "the server did not start:" >&2; tail -20 "$dir/log" >&2; exit 3; }
}

echo "$(git -C "$large" rev-list --count main) commits, $(git -C "$large" rev-list --count --first-parent main) of them on" \
  "the first-parent line, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"

# searchable FILE: adds the seconds from the start until search answers to a file; the server must be at rest after that.
searchable() {
  while [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/v1/search?q=care&limit=1")" = 503 ]; do sleep 0.02; done
  awk -v a="$since" -v b="$(now)" 'BEGIN {printf "%.3f\n", b - a}' >>"$1"
}

# a, b: each round one cold start, one warm start, and the reading and parsing beside them.
for size in small large; do
  for round in $(seq "$ROUNDS"); do
    bench read "${!size}" 1 >"$dir/read"
    value read_seconds "$dir/read" >>"$dir/$size.read"
    awk '$1 ~ /_seconds/ {sum += $2} END {print sum}' "$dir/read" >>"$dir/$size.both"
    rm -rf "$dir/data"
    start "${!size}" "$dir/data"; echo "$took" >>"$dir/$size.cold"; searchable "$dir/$size.found"; stop_server
    [ -z "$DATA" ] ||
      { start "${!size}" "$dir/data"; echo "$took" >>"$dir/$size.warm"; searchable "$dir/$size.found_warm"; stop_server; }
  done
  blobs=$(value blobs "$dir/read") bytes=$(value bytes "$dir/read")
  for what in read both cold warm found found_warm; do [ ! -f "$dir/$size.$what" ] || declare "$what=$(median <"$dir/$size.$what")"; done
  echo
  echo "$size: $blobs blobs of $bytes bytes: those at the tip and those that were on the first-parent line before"
  echo "  read by git cat-file        $read s"
  echo "  read and parse, all cores   $both s"
  echo "  cold start                  $cold s   $(ratio "$cold" "$both")x of reading and parsing"
  echo "  cold start until search     $found s"
  [ -z "$DATA" ] || echo "  warm start                  $warm s   $(ratio "$warm" "$read")x of reading"
  [ -z "$DATA" ] || echo "  warm start until search     $found_warm s"
done

# The seconds and the count of each phase of syncs, as the server's own metrics have them.
syncs() { curl -sf "$url/metrics" | sed -n 's/^promptreg_sync_seconds_\(sum\|count\)\({[^}]*}\)\{0,1\} /\1 \2 /p' || true; }

# c: pushes of one file.
for size in small large; do
  start "${!size}" "$dir/data-$size"
  syncs >"$dir/before"
  bench ask pushes "$url" "${!size}" "$PUSHES" >"$dir/$size.pushes"
  syncs >"$dir/after"
  echo
  echo "$size: $PUSHES pushes of one file, ms from the push's return (p50 p95)"
  awk -F'\t' '{printf "  %-12s %8.2f %8.2f\n", $1, $2, $3}' "$dir/$size.pushes"
  awk 'NR == FNR {before[$1 $2] = $NF; next} {now[$1 $2] = $NF - before[$1 $2]; label = $1 == "sum" ? $2 : ""
      if ($1 == "sum") labels[label] = 1}
    END {for (l in labels) if (now["count" l] > 0)
      printf "  %-40s %8.2f ms a sync by the server itself\n", l, now["sum" l] * 1000 / now["count" l]}' \
    "$dir/before" "$dir/after" | sort
  stop_server
done
echo
for what in fetch search diff_tree; do
  a=$(awk -v w="$what" '$1 == w {print $2}' "$dir/large.pushes") b=$(awk -v w="$what" '$1 == w {print $2}' "$dir/small.pushes")
  [ -z "$a" ] || echo "$what at the large registry against the small one, p50: $(ratio "$a" "$b")x"
done

# d: memory, after everything was loaded and read once.
start "$large" "$dir/data-large"
sed -n 's/^\(VmRSS\|VmHWM\|RssAnon\|RssFile\):[^0-9]*\([0-9]*\) kB/\1 \2/p' "/proc/$server_pid/status" >"$dir/rss"
bench ask bodies "$url" >"$dir/bodies"
yaml=$(git -C "$large" ls-tree -r -l main prompts | awk '{sum += $4} END {print sum}')
bodies=$(value body_bytes "$dir/bodies")
echo
echo "memory after load: $(awk '{printf "%s %.0f MB  ", $1, $2 / 1000}' "$dir/rss")"
echo "  served bodies of $(value versions "$dir/bodies") versions: $(( bodies / 1000000 )) MB," \
  "YAML of all prompts: $(( yaml / 1000000 )) MB"
rss=$(( $(value VmRSS "$dir/rss") * 1024 )) anon=$(( $(value RssAnon "$dir/rss") * 1024 ))
echo "  RSS $(ratio "$rss" "$bodies")x the bodies, $(ratio "$rss" "$yaml")x the YAML;" \
  "anonymous memory $(ratio "$anon" "$bodies")x and $(ratio "$anon" "$yaml")x"

# e: fetches, quiet and while pushes arrive, in turn.
git -C "$large" ls-tree -r --name-only main prompts | sed -n 's|.*/\([^/]*\)/prompt.yaml$|/v1/prompts/\1 -|p' >"$dir/paths"
bench ask commits "$large" "$(( (ROUNDS + 1) * SECONDS_EACH * PER_SECOND + PER_SECOND ))" >"$dir/commits"
pushing() { # moves the branch from commit to commit, so many a second, until it is told to end
  local commit
  while read -r commit <&9; do
    git -C "$large" update-ref refs/heads/main "$commit"
    sleep "$(awk -v n="$PER_SECOND" 'BEGIN {print 1 / n}')"
  done
}
exec 9<"$dir/commits"
fetches() { PATHS=$dir/paths wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" -s "$here/fetch/fetch.lua" "$url" | grep ^RESULT; }
for round in $(seq 0 "$ROUNDS"); do # the first round warms up and is not counted
  fetches >"$dir/quiet"
  pushing & pusher=$!
  fetches >"$dir/busy"
  kill "$pusher" 2>/dev/null || true; wait "$pusher" 2>/dev/null || true
  [ "$round" = 0 ] || for how in quiet busy; do awk '{print $4, $5, $2, $3}' "$dir/$how" >>"$dir/$how.all"; done
done
exec 9<&-
echo
echo "fetches with $CONNECTIONS connections, p50 p99 in µs"
for how in quiet busy; do
  p50=$(awk '{print $1}' "$dir/$how.all" | median) p99=$(awk '{print $2}' "$dir/$how.all" | median)
  failed=$(awk '{sum += $4} END {print sum}' "$dir/$how.all")
  declare "$how=$p99"
  echo "  $how $p50 $p99, $failed failed"
done
echo "  p99 while $PER_SECOND pushes a second arrive: $(ratio "$busy" "$quiet")x of quiet"
stop_server
