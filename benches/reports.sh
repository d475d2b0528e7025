#!/usr/bin/env bash
# Reports over many usage events in PostgreSQL: how long the usual questions take over HTTP, and how they are planned.
#
#   benches/reports.sh          EVENTS=10000000 DAYS=90 PROMPTS=2000 ASKED=20
#
# PROMPTREG=FILE takes that binary and REGISTRY=DIR that registry instead of making them, PLANS= leaves the plans out.
#
# Events are put into the tables as the server does it, counts by day included, but by one statement a day; a few prompts
# are used most, as it is with real ones. The counts that a report answers must be those of the events. Wants PostgreSQL,
# git, curl and jq (Debian: apt-get install postgresql git curl jq), 5 GB of disk for ten million events, and bash.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${EVENTS:=10000000}" "${DAYS:=90}" "${PROMPTS:=2000}" "${ASKED:=20}" "${PLANS=1}"

missing=()
for program in git curl jq; do command -v "$program" >/dev/null || missing+=("$program"); done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "not found: ${missing[*]}; on Debian: apt-get install -y --no-install-recommends git curl jq" >&2
  exit 2
fi

cd "$here/.."
bin=$(tests/postgres bin)
dir=$(mktemp -d) cluster=$(mktemp -d)
server_pid=
stop() {
  [ -z "$server_pid" ] || { kill "$server_pid" && wait "$server_pid"; } 2>/dev/null || true
  [ ! -f "$cluster/port" ] || tests/postgres stop "$cluster" || true
  rm -rf "$dir" "$cluster"
}
trap stop EXIT

url=$(tests/postgres start "$cluster" shared_buffers=512MB max_wal_size=8GB autovacuum=off jit=off)
sql() { "$bin/psql" -XqtA -v ON_ERROR_STOP=1 "$url" -c "$1"; }

if [ -n "${PROMPTREG:-}" ]; then server=$PROMPTREG; else
  cargo build --release --quiet
  server=${CARGO_TARGET_DIR:-target}/release/promptreg
fi
registry=${REGISTRY:-$dir/registry}
[ -n "${REGISTRY:-}" ] || cargo bench --quiet --bench generate -- "$registry" "$((PROMPTS * 5))" >/dev/null
serve() {
  "$server" serve --registry "$registry" --listen 127.0.0.1:0 --data "$dir/data" --database "$url" >"$dir/out" 2>"$dir/log" &
  server_pid=$!
  for _ in $(seq 600); do grep -q listening "$dir/out" && break; sleep 0.1; done
  address=$(sed -n 's/^listening on //p' "$dir/out")
  [ -n "$address" ] || { echo "the server did not start:" >&2; cat "$dir/log" >&2; exit 3; }
}
serve
for _ in $(seq 600); do [ "$(sql 'SELECT count(*) FROM sync_state' 2>/dev/null || echo 0)" -gt 0 ] && break; sleep 0.1; done

# An event a day, so that the months are there.
name=$(curl -sSf "$address/v1/prompts?limit=1" | jq -r '.items[0].name')
version=$(curl -sSf "$address/v1/prompts/$name/versions" | jq -r '.items[0].version')
for day in $(seq 0 "$((DAYS - 1))"); do
  jq -cn --arg p "$name" --arg v "$version" --arg t "$(date -u -d "$day days ago" +%Y-%m-%dT00:00:00Z)" \
    '{prompt: $p, version: $v, client_type: "cli", created_at: $t}'
done | jq -cs . | curl -sSf -o "$dir/posted" -H 'content-type: application/json' --data @- "$address/v1/usage"

began=$SECONDS
sql "CREATE TABLE used AS SELECT v.tenant_id, v.prompt_id, v.id, p.n - 1 AS n, v.version_number AS k, count(*) OVER (PARTITION BY v.prompt_id) AS versions
     FROM prompt_versions v JOIN (SELECT id, row_number() OVER (ORDER BY name <> '$name', name) AS n FROM prompts) p ON p.id = v.prompt_id;
     CREATE INDEX ON used (n, k)"
prompts=$(sql 'SELECT max(n) + 1 FROM used')
each=$((EVENTS / DAYS))
for day in $(seq 0 "$((DAYS - 1))"); do
  sql "INSERT INTO usage_events (id, tenant_id, prompt_id, prompt_version_id, user_id, client_type, project_key, context, created_at)
    SELECT gen_random_uuid(), u.tenant_id, u.prompt_id, u.id,
      CASE WHEN e.i % 3 = 0 THEN md5((e.i % 500)::text)::uuid END,
      (ARRAY['web', 'cli', 'desktop', 'codex', 'other'])[1 + e.i % 5], 'project-' || (e.i % 20),
      '{\"region\": \"eu\", \"trace\": \"4bf92f3577b34da6a3ce929d0e0e4736\"}',
      date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - $day * interval '1 day' + e.i * (interval '86399 seconds' / $each)
    FROM (SELECT i, floor($prompts * power(random(), 4))::int AS n FROM generate_series(1, $each) i OFFSET 0) e
    JOIN used u ON u.n = e.n AND u.k = 1 + e.i % u.versions"
done
for facet in version:prompt_version_id::text client_type:client_type "project_key:coalesce(project_key, '')"; do
  sql "INSERT INTO usage_daily (tenant_id, prompt_id, facet, day, value, count)
    SELECT tenant_id, prompt_id, '${facet%%:*}', (created_at AT TIME ZONE 'UTC')::date, ${facet#*:}, count(*)
    FROM usage_events GROUP BY 1, 2, 4, 5
    ON CONFLICT (prompt_id, facet, day, value) DO UPDATE SET count = excluded.count"
done
sql "DROP TABLE used"; sql "VACUUM ANALYZE"
echo "$("$bin/postgres" --version), $(sql 'SELECT count(*) FROM usage_events') events of $prompts prompts in $DAYS days," \
  "$(sql "SELECT pg_size_pretty(pg_database_size('postgres'))"), made in $((SECONDS - began)) s, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"

# What is told is what there is: of the most used prompt, all days.
from=$(date -u -d "$((DAYS - 1)) days ago" +%Y-%m-%d)
told=$(curl -sSf "$address/v1/prompts/$name/usage?from=${from}" | jq .total)
there=$(sql "SELECT count(*) FROM usage_events e JOIN prompts p ON p.id = e.prompt_id WHERE p.name = '$name'")
[ "$told" = "$there" ] || { echo "a report tells of $told events, and there are $there" >&2; exit 1; }
echo "the most used prompt: $there events"

month=$(date -u -d '29 days ago' +%Y-%m-%d) week=$(date -u -d '6 days ago' +%Y-%m-%d)
questions=(
  "by-day-90-days /v1/prompts/$name/usage?from=${from}&bucket=day"
  "by-day-90-days-by-version /v1/prompts/$name/usage?from=${from}&bucket=day&group=version"
  "by-day-90-days-by-client /v1/prompts/$name/usage?from=${from}&bucket=day&group=client"
  "by-day-90-days-by-project /v1/prompts/$name/usage?from=${from}&bucket=day&group=project"
  "by-day-30-days-by-user /v1/prompts/$name/usage?from=${month}&bucket=day&group=user"
  "by-hour-7-days /v1/prompts/$name/usage?from=${week}&bucket=hour"
  "most-used-of-30-days /v1/usage?from=${month}"
  "most-used-of-90-days /v1/usage?from=${from}"
)
for question in "${questions[@]}"; do
  for _ in $(seq "$ASKED"); do
    curl -sS -o "$dir/answer" -w '%{http_code} %{time_total}\n' "$address${question#* }"
  done | sort -n -k 2 | awk -v what="${question%% *}" '
    $1 != 200 { failed++ } { took[NR] = $2 * 1000 }
    END { printf "RESULT what=%s p50_ms=%.1f max_ms=%.1f failed=%d\n", what, took[int((NR + 1) / 2)], took[NR], failed }'
done

[ -n "$PLANS" ] || exit 0
# The server's next connections say how each statement was carried out.
sql "LOAD 'auto_explain'; ALTER DATABASE postgres SET session_preload_libraries = 'auto_explain';
  ALTER DATABASE postgres SET auto_explain.log_min_duration = 0; ALTER DATABASE postgres SET auto_explain.log_analyze = on"
kill "$server_pid"; wait "$server_pid" 2>/dev/null || true
serve
for question in "${questions[@]}"; do
  lines=$(wc -l <"$cluster/log")
  curl -sS -o "$dir/answer" "$address${question#* }"
  echo "PLAN ${question%% *}"
  tail -n "+$((lines + 1))" "$cluster/log" | awk '
    function tell() { if (entry ~ /usage_(daily|events)/ && entry !~ /INSERT|UPDATE|DELETE/) printf "%s", plan; entry = plan = "" }
    !/^\t/ { tell(); if (/plan:/) entry = $0 "\n"; next }
    entry { entry = entry $0 "\n" }
    entry && /\(cost=|Cond:|Filter:/ { sub(/\(cost=[^)]*\) /, ""); sub(/^\t\t?/, "  "); plan = plan $0 "\n" }
    END { tell() }'
done
