-- How versions do: executions counted by day, and lists of the newest, page by page.

-- How executions of a version ended, by day in UTC. What came lately is in execution_deltas, one row a commit, and is added
-- here later; a report reads both. Counts stay where the executions are thrown away.
CREATE TABLE executions_daily (
    tenant_id uuid NOT NULL,
    prompt_id uuid NOT NULL,
    prompt_version_id uuid NOT NULL,
    day date NOT NULL,
    status text NOT NULL CHECK (status IN ('success', 'error', 'timeout')),
    count bigint NOT NULL,
    -- Of those that say how long they took: how many, and how long together.
    timed bigint NOT NULL,
    latency_ms bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_usd double precision NOT NULL,
    PRIMARY KEY (prompt_id, prompt_version_id, day, status)
) WITH (fillfactor = 80);

-- counts: [{"p": prompt_id, "v": prompt_version_id, "d": day, "s": status, "n": count, "t": timed, "l": latency_ms,
--           "i": input_tokens, "o": output_tokens, "c": cost_usd}, …]
CREATE TABLE execution_deltas (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    counts jsonb NOT NULL
);
ALTER TABLE execution_deltas ALTER COLUMN counts SET STORAGE EXTERNAL;

DROP INDEX execution_logs_version;
DROP INDEX execution_logs_prompt;
CREATE INDEX execution_logs_version ON execution_logs (prompt_version_id, created_at, id);
CREATE INDEX execution_logs_prompt ON execution_logs (prompt_id, created_at, id);
CREATE INDEX execution_logs_newest ON execution_logs (tenant_id, created_at, id);
-- What failed is rare, and is what people look for.
CREATE INDEX execution_logs_failed_version ON execution_logs (prompt_version_id, status, created_at, id)
    WHERE status <> 'success';
CREATE INDEX execution_logs_failed_prompt ON execution_logs (prompt_id, status, created_at, id) WHERE status <> 'success';
CREATE INDEX execution_logs_failed_newest ON execution_logs (tenant_id, status, created_at, id) WHERE status <> 'success';

DROP INDEX feedback_version;
DROP INDEX feedback_prompt;
-- With all that a report reads, so that it reads nothing else.
CREATE INDEX feedback_prompt ON feedback (prompt_id, created_at, id, rating) INCLUDE (tenant_id, prompt_version_id);
CREATE INDEX feedback_version ON feedback (prompt_version_id, created_at, id, rating);
CREATE INDEX feedback_newest ON feedback (tenant_id, created_at, id, rating);

DROP VIEW version_executions_daily;
-- How model calls of each version ended, by day, the newest ones included.
CREATE VIEW version_executions_daily AS
SELECT e.tenant_id, e.day, p.name, v.semver, e.status, sum(e.count)::bigint AS count,
       sum(e.latency_ms)::double precision / nullif(sum(e.timed), 0)::double precision AS latency_ms_mean,
       sum(e.input_tokens)::bigint AS input_tokens, sum(e.output_tokens)::bigint AS output_tokens, sum(e.cost_usd) AS cost_usd
FROM (
    SELECT * FROM executions_daily
    UNION ALL
    SELECT d.tenant_id, r.p, r.v, r.d, r.s, r.n, r.t, r.l, r.i, r.o, r.c
    FROM execution_deltas d, jsonb_to_recordset(d.counts) AS r (p uuid, v uuid, d date, s text, n bigint, t bigint,
        l bigint, i bigint, o bigint, c double precision)
) e
LEFT JOIN prompts p ON p.id = e.prompt_id
LEFT JOIN prompt_versions v ON v.id = e.prompt_version_id
GROUP BY e.tenant_id, e.day, p.name, v.semver, e.status;
