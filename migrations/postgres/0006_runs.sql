-- Runs of workflows: their rows are the queue. Nobody wrote runs before, so that the table is made anew.

DROP TABLE workflow_runs;

-- What runs began with: by its digest, written once. Never a key of a model, only where it is found.
CREATE TABLE run_plans (
    tenant_id uuid NOT NULL,
    digest text NOT NULL,
    plan jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);

CREATE TABLE workflow_runs (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    workflow text NOT NULL,
    commit_id text,
    plan text NOT NULL,
    trigger_type text NOT NULL CHECK (trigger_type IN ('manual', 'schedule', 'webhook')),
    trigger text,
    status text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled')),
    input jsonb NOT NULL,
    output jsonb,
    error jsonb,
    user_id uuid,
    -- The place of the step that comes next, from 0: all before it are in run_steps.
    next_place bigint NOT NULL DEFAULT 0,
    -- How often the run was taken up since its last step was recorded.
    tries bigint NOT NULL DEFAULT 0,
    -- The process that runs it, and until when the others leave it alone, by the database's own clock.
    claimed_by uuid,
    claimed_until timestamptz,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX workflow_runs_newest ON workflow_runs (tenant_id, created_at, id);
CREATE INDEX workflow_runs_workflow ON workflow_runs (workflow_id, created_at, id);
-- What did not end well is rare, and is what people look for; what has not ended is the queue.
CREATE INDEX workflow_runs_status ON workflow_runs (tenant_id, status, created_at, id) WHERE status <> 'succeeded';
CREATE INDEX workflow_runs_workflow_status ON workflow_runs (workflow_id, status, created_at, id)
    WHERE status <> 'succeeded';

CREATE TABLE run_steps (
    run_id uuid NOT NULL,
    place bigint NOT NULL,
    tenant_id uuid NOT NULL,
    step text NOT NULL,
    status text NOT NULL CHECK (status IN ('succeeded', 'failed', 'skipped', 'timed_out')),
    output jsonb,
    error jsonb,
    execution_id uuid,
    attempts bigint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, place)
);
