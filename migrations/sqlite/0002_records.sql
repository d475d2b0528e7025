-- What Git cannot hold. Events name prompts, versions and users by the ids that follow from their names, without foreign
-- keys: an event may arrive before the registry's rows do, and outlives them.

CREATE TABLE usage_events (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    prompt_id TEXT NOT NULL,
    prompt_version_id TEXT NOT NULL,
    user_id TEXT,
    client_type TEXT NOT NULL CHECK (client_type IN ('desktop', 'web', 'codex', 'cli', 'other')),
    project_key TEXT,
    context TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX usage_events_prompt ON usage_events (prompt_id, created_at);
CREATE INDEX usage_events_created_at ON usage_events (created_at);

-- Counts by day, of a prompt's versions, of the clients that asked for it, and of their projects: each adds up to the same.
-- What came lately is in usage_deltas, one row a commit, and is added here later; a report reads both.
CREATE TABLE usage_daily (
    tenant_id TEXT NOT NULL,
    prompt_id TEXT NOT NULL,
    facet TEXT NOT NULL CHECK (facet IN ('version', 'client_type', 'project_key')),
    day TEXT NOT NULL,
    value TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (prompt_id, facet, day, value)
) WITHOUT ROWID;
CREATE INDEX usage_daily_day ON usage_daily (tenant_id, day, prompt_id, count) WHERE facet = 'version';

-- counts: [{"p": prompt_id, "d": day, "v": prompt_version_id, "c": client_type, "k": project_key or "", "n": count}, …]
CREATE TABLE usage_deltas (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    counts TEXT NOT NULL
);

-- What was recorded under which key of a caller's, so that it is recorded once.
CREATE TABLE idempotency_keys (
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('usage', 'execution', 'feedback', 'run')),
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, kind, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE workflow_runs (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    commit_id TEXT,
    trigger_type TEXT NOT NULL CHECK (trigger_type IN ('manual', 'schedule', 'webhook')),
    trigger TEXT,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'timeout')),
    input TEXT NOT NULL,
    output TEXT,
    error TEXT,
    user_id TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
);
CREATE INDEX workflow_runs_workflow ON workflow_runs (workflow_id, created_at);

CREATE TABLE execution_logs (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    run_id TEXT,
    step TEXT,
    prompt_id TEXT NOT NULL,
    prompt_version_id TEXT NOT NULL,
    user_id TEXT,
    client_type TEXT NOT NULL CHECK (client_type IN ('desktop', 'web', 'codex', 'cli', 'other')),
    project_key TEXT,
    provider TEXT,
    model TEXT,
    parameters TEXT,
    status TEXT NOT NULL CHECK (status IN ('success', 'error', 'timeout')),
    input TEXT,
    output TEXT,
    error TEXT,
    latency_ms INTEGER,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost_usd REAL,
    context TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX execution_logs_version ON execution_logs (prompt_version_id, created_at);
CREATE INDEX execution_logs_prompt ON execution_logs (prompt_id, created_at);
CREATE INDEX execution_logs_run ON execution_logs (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX execution_logs_created_at ON execution_logs (created_at);

CREATE TABLE feedback (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    prompt_id TEXT NOT NULL,
    prompt_version_id TEXT NOT NULL,
    execution_id TEXT,
    run_id TEXT,
    user_id TEXT,
    rating INTEGER CHECK (rating BETWEEN 1 AND 5),
    comment TEXT,
    tags TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX feedback_version ON feedback (prompt_version_id, created_at);
CREATE INDEX feedback_prompt ON feedback (prompt_id, created_at);
CREATE INDEX feedback_execution ON feedback (execution_id) WHERE execution_id IS NOT NULL;

CREATE TABLE hook_deliveries (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    hook_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    event TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    response_status INTEGER,
    error TEXT,
    created_at TEXT NOT NULL,
    next_attempt_at TEXT,
    delivered_at TEXT
);
CREATE INDEX hook_deliveries_run ON hook_deliveries (run_id);

-- Of a secret only its SHA-256 is kept.
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('token', 'session')),
    name TEXT NOT NULL,
    user_handle TEXT NOT NULL,
    scopes TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    revoked_at TEXT
);
CREATE INDEX api_tokens_user ON api_tokens (tenant_id, user_handle);

-- Labels that an operator holds at a version until a time, for when Git itself is away.
CREATE TABLE label_pins (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    prompt TEXT NOT NULL,
    label TEXT NOT NULL,
    semver TEXT NOT NULL,
    reason TEXT,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    lifted_at TEXT
);

-- Who did what: each row's hash covers the one before it.
CREATE TABLE audit_logs (
    tenant_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity TEXT NOT NULL,
    commit_id TEXT,
    old_values TEXT,
    new_values TEXT,
    details TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq),
    UNIQUE (tenant_id, id)
);
CREATE INDEX audit_logs_at ON audit_logs (tenant_id, at);
CREATE INDEX audit_logs_entity ON audit_logs (tenant_id, entity, seq);

-- The newest row of each chain, and up to where the repository's own rows are in it.
CREATE TABLE audit_heads (
    tenant_id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    commit_id TEXT,
    log_commit_id TEXT
);

CREATE TRIGGER audit_logs_are_not_changed BEFORE UPDATE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'rows of audit_logs are never changed or removed'); END;
CREATE TRIGGER audit_logs_are_kept BEFORE DELETE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'rows of audit_logs are never changed or removed'); END;
