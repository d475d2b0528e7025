-- Pictures for people with SQL tools.

-- The version of each active prompt that its default label leads to.
CREATE VIEW current_prompts AS
SELECT p.tenant_id, p.id AS prompt_id, p.name, p.display_name, p.category, p.owner, c.path AS collection,
       v.id AS prompt_version_id, v.semver, v.version_number, v.status, v.content, v.model, v.digest,
       v.approved_by, v.approved_at, v.commit_id
FROM prompts p
JOIN prompt_versions v ON v.id = p.current_version_id
LEFT JOIN prompt_collections c ON c.id = p.collection_id
WHERE p.status = 'active';

-- Usage of each version by day in UTC, the newest events included.
CREATE VIEW prompt_usage_daily AS
SELECT u.tenant_id, u.day, p.name, v.semver, sum(u.count)::bigint AS count
FROM (
    SELECT tenant_id, day, prompt_id, value, count FROM usage_daily WHERE facet = 'version'
    UNION ALL
    SELECT d.tenant_id, r.d, r.p, CAST(r.v AS text), r.n
    FROM usage_deltas d, jsonb_to_recordset(d.counts) AS r (p uuid, d date, v uuid, n bigint)
) u
LEFT JOIN prompts p ON p.id = u.prompt_id
LEFT JOIN prompt_versions v ON v.id = CAST(u.value AS uuid)
GROUP BY u.tenant_id, u.day, p.name, v.semver;

-- Feedback on each version.
CREATE VIEW version_quality AS
SELECT f.tenant_id, p.name, v.semver, f.prompt_version_id, count(*) AS feedback_count, count(f.rating) AS rating_count,
       avg(f.rating)::double precision AS rating_mean,
       count(*) FILTER (WHERE f.rating = 1) AS ratings_1, count(*) FILTER (WHERE f.rating = 2) AS ratings_2,
       count(*) FILTER (WHERE f.rating = 3) AS ratings_3, count(*) FILTER (WHERE f.rating = 4) AS ratings_4,
       count(*) FILTER (WHERE f.rating = 5) AS ratings_5
FROM feedback f
LEFT JOIN prompts p ON p.id = f.prompt_id
LEFT JOIN prompt_versions v ON v.id = f.prompt_version_id
GROUP BY f.tenant_id, p.name, v.semver, f.prompt_version_id;

-- How model calls of each version ended, by day.
CREATE VIEW version_executions_daily AS
SELECT e.tenant_id, (e.created_at AT TIME ZONE 'UTC')::date AS day, p.name, v.semver, e.status, count(*) AS count,
       avg(e.latency_ms)::double precision AS latency_ms_mean, sum(e.input_tokens)::bigint AS input_tokens,
       sum(e.output_tokens)::bigint AS output_tokens, sum(e.cost_usd) AS cost_usd
FROM execution_logs e
LEFT JOIN prompts p ON p.id = e.prompt_id
LEFT JOIN prompt_versions v ON v.id = e.prompt_version_id
GROUP BY e.tenant_id, (e.created_at AT TIME ZONE 'UTC')::date, p.name, v.semver, e.status;
