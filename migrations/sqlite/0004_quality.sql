-- How versions do: executions counted by day, and lists of the newest, page by page.

-- How executions of a version ended, by day in UTC. What came lately is in execution_deltas, one row a commit, and is added
-- here later; a report reads both. Counts stay where the executions are thrown away.
CREATE TABLE executions_daily (
    tenant_id TEXT NOT NULL,
    prompt_id TEXT NOT NULL,
    prompt_version_id TEXT NOT NULL,
    day TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('success', 'error', 'timeout')),
    count INTEGER NOT NULL,
    -- Of those that say how long they took: how many, and how long together.
    timed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    PRIMARY KEY (prompt_id, prompt_version_id, day, status)
) WITHOUT ROWID;

-- counts: [{"p": prompt_id, "v": prompt_version_id, "d": day, "s": status, "n": count, "t": timed, "l": latency_ms,
--           "i": input_tokens, "o": output_tokens, "c": cost_usd}, …]
CREATE TABLE execution_deltas (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    counts TEXT NOT NULL
);

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
CREATE INDEX feedback_prompt ON feedback (prompt_id, created_at, id, rating, tenant_id, prompt_version_id);
CREATE INDEX feedback_version ON feedback (prompt_version_id, created_at, id, rating);
CREATE INDEX feedback_newest ON feedback (tenant_id, created_at, id, rating);

DROP VIEW version_executions_daily;
-- How model calls of each version ended, by day, the newest ones included.
CREATE VIEW version_executions_daily AS
SELECT e.tenant_id, e.day, p.name, v.semver, e.status, sum(e.count) AS count,
       sum(e.latency_ms) * 1.0 / nullif(sum(e.timed), 0) AS latency_ms_mean,
       sum(e.input_tokens) AS input_tokens, sum(e.output_tokens) AS output_tokens, sum(e.cost_usd) AS cost_usd
FROM (
    SELECT * FROM executions_daily
    UNION ALL
    SELECT d.tenant_id, r.value ->> 'p', r.value ->> 'v', r.value ->> 'd', r.value ->> 's', r.value ->> 'n',
        r.value ->> 't', r.value ->> 'l', r.value ->> 'i', r.value ->> 'o', r.value ->> 'c'
    FROM execution_deltas d, json_each(d.counts) r
) e
LEFT JOIN prompts p ON p.id = e.prompt_id
LEFT JOIN prompt_versions v ON v.id = e.prompt_version_id
GROUP BY e.tenant_id, e.day, p.name, v.semver, e.status;
