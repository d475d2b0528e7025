#!/usr/bin/env bash
# Search over HTTP beside PostgreSQL's full text and ripgrep on the same versions: word, phrase, prefix and typo.
#
#   benches/search.sh           VERSIONS=100000 ROUNDS=200 FILES_ROUNDS=5 PEERS="postgres ripgrep" OURS=1
#
# MORE='&versions=all' asks our server with that too: for the best versions, as PostgreSQL is, and not the best prompts.
# PROMPTREG=FILE takes that binary instead of building one, REGISTRY=DIR that registry with its files checked out instead
# of making one, OURS=0 measures the peers alone, PROFILE=dev builds the clients in a moment, for a try.
#
# All are warm and asked in turn over one connection, ten hits in order of rank each; ripgrep names the files, the first
# ten of them. PostgreSQL has a GIN index over name and text, and everything in memory. It knows no typing errors, so
# that it is asked for the right word there. Wants postgresql, ripgrep, git and curl (Debian: apt-get install postgresql
# ripgrep git curl), Linux and bash; as root PostgreSQL runs as the user postgres.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${VERSIONS:=100000}" "${ROUNDS:=200}" "${FILES_ROUNDS:=5}" "${PEERS=postgres ripgrep}" "${OURS:=1}" "${PROFILE:=bench}"

pg=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
missing=()
for program in git curl; do command -v "$program" >/dev/null || missing+=("$program"); done
case " $PEERS " in *" postgres "*) [ -x "$pg/initdb" ] || missing+=(postgresql) ;; esac
case " $PEERS " in *" ripgrep "*) command -v rg >/dev/null || missing+=(ripgrep) ;; esac
if [ "${#missing[@]}" -gt 0 ]; then
  echo "not found: ${missing[*]}; on Debian: apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 2
fi

cd "$here/.."
dir=$(mktemp -d)
chmod 755 "$dir"
server_pid= cluster=
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
stop() {
  [ -z "$server_pid" ] || { kill "$server_pid" && wait "$server_pid"; } 2>/dev/null || true
  [ -z "$cluster" ] || as_postgres "$pg/pg_ctl" -D "$cluster" -m immediate stop >/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT

bench() { local name=$1; shift; cargo bench --quiet --profile "$PROFILE" --bench "$name" -- "$@"; }
registry=${REGISTRY:-$dir/registry}
[ -n "${REGISTRY:-}" ] || bench generate "$registry" "$VERSIONS"

# What is asked: kind, our question, PostgreSQL's, ripgrep's.
cat >"$dir/questions" <<'Q'
word in 60 %	invoice	invoice	invoice
word in 1 %	refund	refund	refund
rare word	warranty	warranty	warranty
two words	refund invoice	refund & invoice	-
phrase	"quarterly invoice"	quarterly <-> invoice	quarterly invoice
rare phrase	"ask about the refund"	ask <-> about <-> the <-> refund	Ask about the refund
prefix	refun*	refun:*	\brefun
typo	waranty	warranty	warranty
Q

if [ "$OURS" = 1 ]; then
  if [ -n "${PROMPTREG:-}" ]; then server=$PROMPTREG; else
    cargo build --release --quiet
    server=${CARGO_TARGET_DIR:-target}/release/promptreg
  fi
  mkfifo "$dir/out"
  "$server" serve --registry "$registry" --listen 127.0.0.1:0 >"$dir/out" 2>"$dir/log" &
  server_pid=$!
  url=
  while read -r line; do case $line in "listening on "*) url=${line#listening on }; break ;; esac; done <"$dir/out"
  [ -n "$url" ] || { echo "the server did not start:" >&2; tail -20 "$dir/log" >&2; exit 3; }
  bench ask searchable "$url"
  cut -f1,2 "$dir/questions" >"$dir/ours.asked"
fi

psql() { command psql -h "$dir/pg" -p 54329 -U postgres -d postgres -qtAX -v ON_ERROR_STOP=1 "$@"; }
case " $PEERS " in *" postgres "*)
  mkdir "$dir/pg"
  [ "$(id -u)" != 0 ] || chown postgres "$dir/pg"
  as_postgres "$pg/initdb" -D "$dir/pg/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null
  as_postgres tee -a "$dir/pg/data/postgresql.conf" >/dev/null <<C
listen_addresses = ''
port = 54329
unix_socket_directories = '$dir/pg'
shared_buffers = 512MB
work_mem = 64MB
fsync = off
C
  as_postgres "$pg/pg_ctl" -D "$dir/pg/data" -w -l "$dir/pg/log" start >/dev/null
  cluster=$dir/pg/data
  bench ask texts "$registry" >"$dir/texts"
  psql <<S
create table versions(name text, number text, body text, words tsvector);
\copy versions(name, number, body) from '$dir/texts'
update versions set words = setweight(to_tsvector('simple', name), 'A') || to_tsvector('simple', body);
create index on versions using gin(words);
vacuum (full, analyze) versions;
S
  ;;
esac

# One session: prepared, warm, each statement timed where it is asked.
ask_postgres() {
  {
    # The planner may not make a new plan for each question, as it would for five of them.
    echo "set plan_cache_mode = force_generic_plan; set max_parallel_workers_per_gather = 0; set jit = off;"
    cat <<'S'
prepare find(text) as select name, number, ts_rank(words, q) as rank from versions, to_tsquery('simple', $1) q
  where words @@ q order by rank desc limit 10;
\o /dev/null
S
    local kind question round
    for round in $(seq 0 "$1"); do
      while IFS=$'\t' read -r kind _ question _; do
        [ "$round" = 0 ] || echo "\\timing on"
        [ "$round" = 0 ] || echo "\\echo kind $kind"
        echo "execute find('$question');"
        [ "$round" = 0 ] || echo "\\timing off"
      done <"$dir/questions"
    done
  } >"$dir/session.sql"
  psql -f "$dir/session.sql" | awk '/^kind / {kind = substr($0, 6)} /^Time: / {print kind "\t" $2}'
}
ask_ripgrep() {
  local kind question round since
  for round in $(seq 0 "$1"); do
    while IFS=$'\t' read -r kind _ _ question; do
      [ "$question" != - ] || continue
      since=$(date +%s%N)
      { rg -il --no-ignore -g '*.yaml' -e "$question" "$registry/prompts" || true; } >"$dir/found"
      [ "$round" = 0 ] || awk -v k="$kind" -v ns="$(( $(date +%s%N) - since ))" 'BEGIN {printf "%s\t%.3f\n", k, ns / 1e6}'
    done <"$dir/questions"
  done
}
percentiles() { # kind, milliseconds → kind, p50, p99
  sort -t$'\t' -k1,1 -k2,2n | awk -F'\t' '
    function show() { printf "%s\t%.3f\t%.3f\n", kind, all[int((n + 1) / 2)], all[int(n * 0.99 + 0.999999)] }
    $1 != kind && n { show(); n = 0 } { kind = $1; all[++n] = $2 } END { if (n) show() }'
}

echo "$(find "$registry/prompts" -name '[0-9]*.yaml' | wc -l) versions, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
[ "$OURS" != 1 ] || bench ask search "$url" "$dir/ours.asked" "$ROUNDS" "${MORE:-}" >"$dir/ours"
for peer in $PEERS; do
  rounds=$ROUNDS; [ "$peer" != ripgrep ] || rounds=$FILES_ROUNDS
  "ask_$peer" "$rounds" | percentiles >"$dir/$peer"
done
echo
printf '%-14s' ''; for who in ours $PEERS; do [ ! -f "$dir/$who" ] || printf '%26s' "$who p50 p99 ms"; done; echo
while IFS=$'\t' read -r kind _; do
  printf '%-14s' "$kind"; base=
  for who in ours $PEERS; do
    [ -f "$dir/$who" ] || continue
    line=$(awk -F'\t' -v k="$kind" '$1 == k {print $2, $3}' "$dir/$who")
    read -r p50 p99 <<<"${line:-- -}"
    if [ "$who" = ours ]; then base=$p50; fi
    more=
    if [ -n "$base" ] && [ "$who" != ours ] && [ "$p50" != - ]; then
      more=" $(awk -v a="$p50" -v b="$base" 'BEGIN {printf "%.0fx", a / b}')"
    fi
    printf '%26s' "$p50 $p99$more"
  done
  echo
done <"$dir/questions"
