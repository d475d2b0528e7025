#!/usr/bin/env bash
# CPU time per request of `promptreg serve` beside nginx with the very same bodies as files: GET answered 200 and 304.
#
#   benches/fetch.sh            VERSIONS=10000 ROUNDS=5 SECONDS_EACH=4 CONNECTIONS=16 SENDFILE=on
#
# PROMPTREG=FILE takes that binary and REGISTRY=DIR that registry, instead of making them.
#
# Both run at once on one machine and are asked in turn, so that what else the machine does hits both alike. Wants
# nginx, wrk, git and curl (Debian: apt-get install nginx wrk git curl), Linux and bash.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${VERSIONS:=10000}" "${ROUNDS:=5}" "${SECONDS_EACH:=4}" "${CONNECTIONS:=16}" "${SENDFILE:=on}"

missing=()
for program in nginx wrk git curl; do command -v "$program" >/dev/null || missing+=("$program"); done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "not found: ${missing[*]}; on Debian: apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 2
fi

cd "$here/.."
dir=$(mktemp -d)
started=()
stop() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$dir"
}
trap stop EXIT

if [ -n "${PROMPTREG:-}" ]; then server=$PROMPTREG; else
  cargo build --release --quiet
  server=${CARGO_TARGET_DIR:-target}/release/promptreg
fi
registry=${REGISTRY:-$dir/registry}
[ -n "${REGISTRY:-}" ] || cargo bench --quiet --bench generate -- "$registry" "$VERSIONS"

"$server" serve --registry "$registry" --listen 127.0.0.1:0 >"$dir/ours.out" 2>"$dir/ours.log" &
ours=$!
started+=("$ours")
for _ in $(seq 300); do grep -q listening "$dir/ours.out" && break; sleep 0.1; done
ours_url=$(sed -n 's/^listening on //p' "$dir/ours.out")
[ -n "$ours_url" ] || { echo "the server did not start:" >&2; cat "$dir/ours.log" >&2; exit 3; }

# One file for each prompt: what our server answers, byte for byte.
mkdir -p "$dir/www/v1/prompts" "$dir/tmp"
git -C "$registry" ls-files 'prompts/*/prompt.yaml' | sed 's|.*/\([^/]*\)/prompt.yaml$|/v1/prompts/\1|' >"$dir/names"
sed "s|.*|url = \"$ours_url&\"\noutput = \"$dir/www&\"|" "$dir/names" >"$dir/curl"
curl -sSf -K "$dir/curl" -w '%{url} %header{etag}\n' | sed "s|^$ours_url||" >"$dir/ours.paths"

nginx_port=$(( 20000 + RANDOM % 10000 ))
user=""; [ "$(id -u)" = 0 ] && user="user root;" # so that workers may read a private folder
sed "s|@DIR@|$dir|g; s|@PORT@|$nginx_port|; s|@USER@|$user|; s|@SENDFILE@|$SENDFILE|" \
  "$here/fetch/nginx.conf" >"$dir/nginx.conf"
nginx -p "$dir" -c "$dir/nginx.conf" 2>"$dir/nginx.log" &
nginx=$!
started+=("$nginx")
nginx_url=http://127.0.0.1:$nginx_port
curl -sSf --retry 50 --retry-connrefused --retry-delay 1 -o /dev/null "$nginx_url$(head -1 "$dir/names")"
sed "s|.*|url = \"$nginx_url&\"\noutput = \"/dev/null\"|" "$dir/names" >"$dir/curl"
curl -sSf -K "$dir/curl" -w '%{url} %header{etag}\n' | sed "s|^$nginx_url||" >"$dir/nginx.paths"

ticks=$(getconf CLK_TCK)
cpu() { # cpu PID: microseconds that the process and its children spent on a core
  local pid fields sum=0
  for pid in "$1" $(pgrep -P "$1" || true); do
    read -r -a fields <"/proc/$pid/stat" || continue
    sum=$(( sum + fields[13] + fields[14] + fields[15] + fields[16] ))
  done
  echo $(( sum * 1000000 / ticks ))
}
measure() { # measure PID URL PATHS CONDITIONAL: `µs/100 p50 p99` for one run
  local before after line requests errors p50 p99
  before=$(cpu "$1")
  line=$(PATHS=$3 CONDITIONAL=$4 wrk -t2 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" -s "$here/fetch/fetch.lua" "$2" | grep ^RESULT)
  after=$(cpu "$1")
  read -r _ requests errors p50 p99 <<<"$line"
  [ "$errors" = 0 ] || echo "$errors of $requests requests to $2 failed" >&2
  echo "$(( (after - before) * 100 / requests )) $p50 $p99"
}
status() { # status URL PATHS CONDITIONAL: what the first path answers
  local path tag
  read -r path tag <"$2"
  if [ "$3" = 1 ]; then curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $tag" "$1$path"
  else curl -s -o /dev/null -w '%{http_code}' "$1$path"; fi
}

bytes=$(find "$dir/www" -type f -printf '%s\n' | sort -n | awk '{all[NR] = $1} END {print all[int((NR + 1) / 2)]}')
echo "$(wc -l <"$dir/names") prompts, median body $bytes bytes, $CONNECTIONS connections, $(nproc) cores," \
  "$(nginx -v 2>&1 | sed 's/.*: //'), sendfile $SENDFILE"
for conditional in 0 1; do
  expected=$([ "$conditional" = 1 ] && echo 304 || echo 200)
  for who in ours nginx; do
    url=${who}_url; got=$(status "${!url}" "$dir/$who.paths" "$conditional")
    [ "$got" = "$expected" ] || { echo "$who answers $got, not $expected" >&2; exit 3; }
  done
  # The first round warms up and is not counted.
  for round in $(seq 0 "$ROUNDS"); do
    for who in nginx ours; do
      url=${who}_url
      result=$(measure "${!who}" "${!url}" "$dir/$who.paths" "$conditional")
      [ "$round" = 0 ] || echo "$expected $who $result" >>"$dir/results"
    done
  done
done
echo
echo "answer  server     CPU µs/request   (least … most)    p50 µs    p99 µs"
sort -k1,1n -k2,2r -k3,3n "$dir/results" | awk '
  function show(    m) {
    m = int((n + 1) / 2); name = who == "ours" ? "promptreg" : who
    printf "%-7s %-10s %14.2f   (%.2f … %.2f) %10s %9s\n", code, name, cpu[m] / 100, cpu[1] / 100, cpu[n] / 100, p50[m], p99[m]
    median[code, who] = cpu[m]
  }
  $1 " " $2 != group && n { show(); n = 0 }
  { group = $1 " " $2; code = $1; who = $2; n++; cpu[n] = $3; p50[n] = $4; p99[n] = $5 }
  END {
    show(); print ""
    for (c = 200; c <= 304; c += 104) printf "%d: promptreg costs %.2fx nginx\n", c, median[c, "ours"] / median[c, "nginx"]
  }'
