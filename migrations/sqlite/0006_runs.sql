-- Runs of workflows: their rows are the queue. Nobody wrote runs before, so that the table is made anew.

DROP TABLE workflow_runs;

-- What runs began with: by its digest, written once. Never a key of a model, only where it is found.
CREATE TABLE run_plans (
    tenant_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    plan TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);

CREATE TABLE workflow_runs (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    commit_id TEXT,
    plan TEXT NOT NULL,
    trigger_type TEXT NOT NULL CHECK (trigger_type IN ('manual', 'schedule', 'webhook')),
    trigger TEXT,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled')),
    input TEXT NOT NULL,
    output TEXT,
    error TEXT,
    user_id TEXT,
    -- The place of the step that comes next, from 0: all before it are in run_steps.
    next_place INTEGER NOT NULL DEFAULT 0,
    -- How often the run was taken up since its last step was recorded.
    tries INTEGER NOT NULL DEFAULT 0,
    -- The process that runs it, and until when the others leave it alone, by the database's own clock.
    claimed_by TEXT,
    claimed_until TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
);
CREATE INDEX workflow_runs_newest ON workflow_runs (tenant_id, created_at, id);
CREATE INDEX workflow_runs_workflow ON workflow_runs (workflow_id, created_at, id);
-- What did not end well is rare, and is what people look for; what has not ended is the queue.
CREATE INDEX workflow_runs_status ON workflow_runs (tenant_id, status, created_at, id) WHERE status <> 'succeeded';
CREATE INDEX workflow_runs_workflow_status ON workflow_runs (workflow_id, status, created_at, id)
    WHERE status <> 'succeeded';

CREATE TABLE run_steps (
    run_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    step TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('succeeded', 'failed', 'skipped', 'timed_out')),
    output TEXT,
    error TEXT,
    execution_id TEXT,
    attempts INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    PRIMARY KEY (run_id, place)
);
