#!/usr/bin/env bash
# Usage events over HTTP into PostgreSQL beside pgbench's INSERT into a table of the same shape, on one server in one run.
#
#   benches/ingest.sh           ROUNDS=3 SECONDS_EACH=5 CLIENTS=64 BATCHERS=16 BATCH=100 RATE=5000 FETCHERS=8 FETCHES=1000
#
# PROMPTREG=FILE takes that binary and REGISTRY=DIR that registry instead of making them, PROMPTREG_TOKEN says who posts,
# OURS= measures pgbench alone, PROFILE=dev builds the clients in a moment, for a try.
#
# All take turns, each after a checkpoint, and each figure is the median of the rounds. What PostgreSQL acknowledges is on
# disk: fsync and synchronous_commit are on. Afterwards there must be as many rows as were acknowledged.
#
# Fetches are measured alone, while RATE events a second are posted, and while pgbench inserts as many rows: clients,
# server and PostgreSQL share the machine, and what that costs is not ours. `full` asks as fast as it is answered, which
# leaves no core idle; `steady` asks FETCHES times a second. Wants PostgreSQL, git, curl, jq and pgrep (Debian: apt-get
# install postgresql git curl jq procps), Linux and bash.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${ROUNDS:=3}" "${SECONDS_EACH:=5}" "${CLIENTS:=64}" "${BATCHERS:=16}" "${BATCH:=100}" "${RATE:=5000}"
: "${FETCHERS:=8}" "${FETCHES:=1000}" "${OURS=1}" "${PROFILE:=bench}"

missing=()
for program in git curl jq pgrep; do command -v "$program" >/dev/null || missing+=("$program"); done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "not found: ${missing[*]}; on Debian: apt-get install -y --no-install-recommends git curl jq procps" >&2
  exit 2
fi

cd "$here/.."
bin=$(tests/postgres bin)
[ -x "$bin/pgbench" ] || { echo "there is no pgbench in $bin; on Debian it is in the package postgresql" >&2; exit 2; }
dir=$(mktemp -d) cluster=$(mktemp -d)
server_pid=
stop() {
  [ -z "$server_pid" ] || { kill "$server_pid" && wait "$server_pid"; } 2>/dev/null || true
  [ ! -f "$cluster/port" ] || tests/postgres stop "$cluster" || true
  rm -rf "$dir" "$cluster"
}
trap stop EXIT

# Room enough that no checkpoint comes within a run by itself.
url=$(tests/postgres start "$cluster" shared_buffers=512MB max_wal_size=8GB checkpoint_timeout=1h)
postgres=$(head -n 1 "$cluster/data/postmaster.pid")
sql() { "$bin/psql" -XqtA -v ON_ERROR_STOP=1 "${url%/*}/$1" -c "$2"; } # sql DATABASE STATEMENT
sql postgres 'CREATE DATABASE pgbench'
sql postgres 'CREATE DATABASE ours'
sql pgbench "CREATE TABLE usage_events (
  id uuid NOT NULL DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, prompt_id uuid NOT NULL,
  prompt_version_id uuid NOT NULL, user_id uuid, client_type text NOT NULL
  CHECK (client_type IN ('desktop', 'web', 'codex', 'cli', 'other')), project_key text, context jsonb,
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, created_at));
  CREATE INDEX ON usage_events (prompt_id, created_at);
  CREATE INDEX ON usage_events USING brin (created_at)"

prompts=5 registry=${REGISTRY:-$dir/registry}
if [ -n "$OURS" ]; then
  if [ -n "${PROMPTREG:-}" ]; then server=$PROMPTREG; else
    cargo build --release --quiet
    server=${CARGO_TARGET_DIR:-target}/release/promptreg
  fi
  # Called by itself, so that cargo does not hold up what is measured.
  ask=$(cargo bench --quiet --profile "$PROFILE" --bench ask --no-run --message-format json |
    jq -r 'select(.executable != null and .target.name == "ask") | .executable')
  [ -n "${REGISTRY:-}" ] || "$server" init "$registry" >/dev/null
  prompts=$(git -C "$registry" ls-files 'prompts/*/prompt.yaml' | wc -l)
  "$server" serve --registry "$registry" --listen 127.0.0.1:0 --data "$dir/data" --database "${url%/*}/ours" \
    >"$dir/out" 2>"$dir/log" &
  server_pid=$!
  for _ in $(seq 300); do grep -q listening "$dir/out" && break; sleep 0.1; done
  address=$(sed -n 's/^listening on //p' "$dir/out")
  [ -n "$address" ] || { echo "the server did not start:" >&2; cat "$dir/log" >&2; exit 3; }
  path=/v1/prompts/$(curl -sSf "$address/v1/prompts?limit=1" | jq -r '.items[0].name')
fi

row="('6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00', ('7d0c5a8e-52f9-5bb0-9d1c-' || lpad(:p::text, 12, '0'))::uuid,
  'c1a1e4c8-52f9-5bb0-9d1c-0d4c6c4c1f00', 'cli', 'checkout', '{\"region\": \"eu\", \"trace\": \"4bf92f3577b34da6a3ce929d0e0e4736\"}')"
insert="INSERT INTO usage_events (tenant_id, prompt_id, prompt_version_id, client_type, project_key, context) VALUES"
{ echo "\\set p random(1, $prompts)"; echo "$insert $row;"; } | tr '\n' ' ' | sed 's/) INSERT/)\nINSERT/' >"$dir/single.sql"
{
  echo "\\set p random(1, $prompts)"
  echo "$insert $row$(for _ in $(seq 2 "$BATCH"); do printf ', %s' "$row"; done);" | tr '\n' ' '
} >"$dir/batch.sql"

ticks=$(getconf CLK_TCK)
cpu() { # cpu PID: microseconds that the process and its children spent on a core
  local pid fields sum=0
  for pid in "$1" $(pgrep -P "$1" || true); do
    read -r -a fields 2>/dev/null <"/proc/$pid/stat" || continue # a connection may just have ended
    sum=$(( sum + fields[13] + fields[14] + fields[15] + fields[16] ))
  done
  echo $(( sum * 1000000 / ticks ))
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {if (b > 0) printf "%.2f", a / b; else printf "-"}'; }

# pgbench FILE ROWS CLIENTS [FLAG…]: inserts, and prints `rows failed rows/s p50 p99`, in ms, as our client does.
pgbench() {
  local said count tps
  rm -rf "$dir/took"; mkdir "$dir/took"
  said=$("$bin/pgbench" -n -M prepared -c "$3" -j 2 -T "$SECONDS_EACH" -f "$dir/$1.sql" -l --log-prefix="$dir/took/t" \
    "${@:4}" "${url%/*}/pgbench" 2>&1) || { echo "$said" >&2; return 1; }
  count=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' <<<"$said")
  tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$said")
  echo "$(( count * $2 )) 0 $(awk -v a="$tps" -v b="$2" 'BEGIN {printf "%.0f", a * b}')" \
    "$(cut -d' ' -f3 "$dir"/took/t.* | sort -n |
      awk '{a[NR] = $1} END {printf "%.3f %.3f", a[int((NR + 1) / 2)] / 1000, a[int(NR * 0.99 + 0.5)] / 1000}')"
}

# measure WHO WHAT COMMAND…: runs what prints `rows failed rows/s p50 p99` and notes it with the CPU time of a row.
measure() {
  local who=$1 what=$2 rows failed rate p50 p99 before ours=0 theirs
  sql postgres CHECKPOINT
  before=$(cpu "$postgres")
  [ "$who" != ours ] || ours=$(cpu "$server_pid")
  read -r rows failed rate p50 p99 < <("${@:3}") || { echo "$who, $what: no result" >&2; exit 3; }
  theirs=$(( $(cpu "$postgres") - before ))
  [ "$who" != ours ] || ours=$(( $(cpu "$server_pid") - ours ))
  echo "$rows" >>"$dir/$who.rows"
  echo "$who $what $rate $p50 $p99 $failed $(ratio "$theirs" "$rows") $(ratio "$ours" "$rows")" >>"$dir/results"
}
post() { "$ask" usage "$address" "$@"; }

echo "$("$bin/pgbench" --version), $prompts prompts, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)," \
  "fsync $(sql pgbench 'SHOW fsync'), synchronous_commit $(sql pgbench 'SHOW synchronous_commit')"
for round in $(seq "$ROUNDS"); do
  measure pgbench single pgbench single 1 "$CLIENTS"
  [ -z "$OURS" ] || measure ours single post "$CLIENTS" 1 "$SECONDS_EACH"
  [ -z "$OURS" ] || measure ours single-keys post "$CLIENTS" 1 "$SECONDS_EACH" keys
  measure pgbench batch pgbench batch "$BATCH" "$BATCHERS"
  [ -z "$OURS" ] || measure ours batch post "$BATCHERS" "$BATCH" "$SECONDS_EACH"
  [ -z "$OURS" ] || measure ours batch-keys post "$BATCHERS" "$BATCH" "$SECONDS_EACH" keys
done

# Fetches: with nothing else, while pgbench inserts, and while events are posted.
fetches() { # fetches BESIDE
  local pace count failed rate p50 p99
  for pace in full steady; do
    read -r count failed rate p50 p99 < <("$ask" fetches "$address" "$path" "$FETCHERS" "$SECONDS_EACH" \
      $([ "$pace" = full ] || echo "rate=$FETCHES")) || { echo "fetches: no result" >&2; exit 3; }
    echo "fetch $pace-$1 $rate $p50 $p99 $failed" >>"$dir/results"
  done
}
if [ -n "$OURS" ]; then
  arriving=$(( 2 * SECONDS_EACH + 4 )) # begins before and ends after the fetches, with their warm-up of a second each
  for round in $(seq "$ROUNDS"); do
    sql postgres CHECKPOINT
    fetches alone
    SECONDS_EACH=$arriving pgbench single 1 "$CLIENTS" --rate="$RATE" >"$dir/pgbench.rate" & pid=$!
    sleep 1; fetches beside-pgbench; wait "$pid"
    post "$CLIENTS" 1 "$(( arriving - 1 ))" "rate=$RATE" >"$dir/ours.rate" & pid=$!
    sleep 1; fetches beside-events; wait "$pid"
    for who in pgbench ours; do
      read -r rows failed rate p50 p99 <"$dir/$who.rate"
      echo "$rows" >>"$dir/$who.rows"
      echo "$who arriving $rate $p50 $p99 $failed" >>"$dir/results"
    done
  done
fi

# Medians over the rounds, and what they are beside others.
echo
awk -v asked="$RATE" '
  function median(values,    all, n, i, j, t) {
    n = split(values, all, " ")
    for (i = 2; i <= n; i++) {
      t = all[i] + 0
      for (j = i - 1; j > 0 && all[j] + 0 > t; j--) all[j + 1] = all[j]
      all[j + 1] = t
    }
    return all[int((n + 1) / 2)]
  }
  function beside(name, column, of) { if ((of, column) in m) printf " %s=%.2f", name, m[key, column] / m[of, column] }
  { key = $1 " " $2; if (!(key in failed)) order[++count] = key
    failed[key] += $6
    for (i = 3; i <= NF; i++) values[key, i] = values[key, i] " " $i }
  END {
    for (k = 1; k <= count; k++) for (i = 3; i <= 8; i++)
      if ((order[k], i) in values) m[order[k], i] = median(values[order[k], i])
    for (k = 1; k <= count; k++) {
      key = order[k]; split(key, part, " "); split(part[2], what, "-")
      printf "RESULT who=%s what=%s per_second=%d p50_ms=%.3f p99_ms=%.3f failed=%d",
        part[1], part[2], m[key, 3], m[key, 4], m[key, 5], failed[key]
      if (part[2] == "arriving") printf " of_asked=%.2f", m[key, 3] / asked
      if ((key, 7) in m) printf " postgres_cpu_us=%.1f", m[key, 7]
      if ((key, 8) in m && part[1] == "ours") { printf " server_cpu_us=%.1f", m[key, 8]; beside("of_pgbench", 3, "pgbench " what[1]) }
      if (part[1] == "fetch") {
        beside("p99_of_alone", 5, "fetch " what[1] "-alone")
        if (part[2] ~ /events/) beside("p99_of_beside_pgbench", 5, "fetch " what[1] "-beside-pgbench")
      }
      print ""
    }
  }' "$dir/results"

for who in pgbench ours; do
  [ -f "$dir/$who.rows" ] || continue
  rows=$(sql "$who" 'SELECT count(*) FROM usage_events') acknowledged=$(awk '{sum += $1} END {printf "%d", sum}' "$dir/$who.rows")
  echo "RESULT who=$who what=kept rows=$rows acknowledged=$acknowledged"
  [ "$rows" = "$acknowledged" ] || { echo "$who: $rows rows, and $acknowledged were acknowledged" >&2; bad=1; }
done
[ -z "${bad:-}" ] || exit 3
