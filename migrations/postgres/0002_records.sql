-- What Git cannot hold. Events name prompts, versions and users by the ids that follow from their names, without foreign
-- keys: an event may arrive before the registry's rows do, and outlives them.

CREATE TABLE usage_events (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    prompt_id uuid NOT NULL,
    prompt_version_id uuid NOT NULL,
    user_id uuid,
    client_type text NOT NULL CHECK (client_type IN ('desktop', 'web', 'codex', 'cli', 'other')),
    project_key text,
    context jsonb,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX usage_events_prompt ON usage_events (prompt_id, created_at);
CREATE INDEX usage_events_created_at ON usage_events USING brin (created_at);

-- Counts by day, of a prompt's versions, of the clients that asked for it, and of their projects: each adds up to the same.
-- What came lately is in usage_deltas, one row a commit, and is added here later; a report reads both.
CREATE TABLE usage_daily (
    tenant_id uuid NOT NULL,
    prompt_id uuid NOT NULL,
    facet text NOT NULL CHECK (facet IN ('version', 'client_type', 'project_key')),
    day date NOT NULL,
    value text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (prompt_id, facet, day, value)
) WITH (fillfactor = 80);
CREATE INDEX usage_daily_day ON usage_daily (tenant_id, day, prompt_id) INCLUDE (count) WHERE facet = 'version';

-- counts: [{"p": prompt_id, "d": day, "v": prompt_version_id, "c": client_type, "k": project_key or "", "n": count}, …]
CREATE TABLE usage_deltas (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    counts jsonb NOT NULL
);
-- They live for a second: to compress them would cost more than it saves.
ALTER TABLE usage_deltas ALTER COLUMN counts SET STORAGE EXTERNAL;

-- What was recorded under which key of a caller's, so that it is recorded once.
CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('usage', 'execution', 'feedback', 'run')),
    key text NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);

CREATE TABLE workflow_runs (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    workflow text NOT NULL,
    commit_id text,
    trigger_type text NOT NULL CHECK (trigger_type IN ('manual', 'schedule', 'webhook')),
    trigger text,
    status text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'timeout')),
    input jsonb NOT NULL,
    output jsonb,
    error jsonb,
    user_id uuid,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX workflow_runs_workflow ON workflow_runs (workflow_id, created_at);

CREATE TABLE execution_logs (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    run_id uuid,
    step text,
    prompt_id uuid NOT NULL,
    prompt_version_id uuid NOT NULL,
    user_id uuid,
    client_type text NOT NULL CHECK (client_type IN ('desktop', 'web', 'codex', 'cli', 'other')),
    project_key text,
    provider text,
    model text,
    parameters jsonb,
    status text NOT NULL CHECK (status IN ('success', 'error', 'timeout')),
    input jsonb,
    output text,
    error text,
    latency_ms bigint,
    input_tokens bigint,
    output_tokens bigint,
    cost_usd double precision,
    context jsonb,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX execution_logs_version ON execution_logs (prompt_version_id, created_at);
CREATE INDEX execution_logs_prompt ON execution_logs (prompt_id, created_at);
CREATE INDEX execution_logs_run ON execution_logs (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX execution_logs_created_at ON execution_logs USING brin (created_at);

CREATE TABLE feedback (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    prompt_id uuid NOT NULL,
    prompt_version_id uuid NOT NULL,
    execution_id uuid,
    run_id uuid,
    user_id uuid,
    rating smallint CHECK (rating BETWEEN 1 AND 5),
    comment text,
    tags jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX feedback_version ON feedback (prompt_version_id, created_at);
CREATE INDEX feedback_prompt ON feedback (prompt_id, created_at);
CREATE INDEX feedback_execution ON feedback (execution_id) WHERE execution_id IS NOT NULL;

CREATE TABLE hook_deliveries (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    hook_id uuid NOT NULL,
    run_id uuid NOT NULL,
    event text NOT NULL,
    status text NOT NULL CHECK (status IN ('queued', 'delivered', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    response_status integer,
    error text,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz,
    delivered_at timestamptz
);
CREATE INDEX hook_deliveries_run ON hook_deliveries (run_id);

-- Of a secret only its SHA-256 is kept.
CREATE TABLE api_tokens (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('token', 'session')),
    name text NOT NULL,
    user_handle text NOT NULL,
    scopes jsonb NOT NULL,
    token_hash text NOT NULL UNIQUE,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_tokens_user ON api_tokens (tenant_id, user_handle);

-- Labels that an operator holds at a version until a time, for when Git itself is away.
CREATE TABLE label_pins (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    prompt text NOT NULL,
    label text NOT NULL,
    semver text NOT NULL,
    reason text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    lifted_at timestamptz
);

-- Who did what: each row's hash covers the one before it.
CREATE TABLE audit_logs (
    tenant_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    entity_type text NOT NULL,
    entity text NOT NULL,
    commit_id text,
    old_values jsonb,
    new_values jsonb,
    details jsonb,
    previous_hash text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (tenant_id, seq),
    UNIQUE (tenant_id, id)
);
CREATE INDEX audit_logs_at ON audit_logs (tenant_id, at);
CREATE INDEX audit_logs_entity ON audit_logs (tenant_id, entity, seq);

-- The newest row of each chain, and up to where the repository's own rows are in it.
CREATE TABLE audit_heads (
    tenant_id uuid PRIMARY KEY,
    seq bigint NOT NULL,
    hash text NOT NULL,
    commit_id text,
    log_commit_id text
);

CREATE FUNCTION audit_logs_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of audit_logs are never changed or removed';
END $$;
CREATE TRIGGER audit_logs_are_kept BEFORE UPDATE OR DELETE ON audit_logs
    FOR EACH ROW EXECUTE FUNCTION audit_logs_are_kept();
CREATE TRIGGER audit_logs_are_not_emptied BEFORE TRUNCATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_are_kept();
