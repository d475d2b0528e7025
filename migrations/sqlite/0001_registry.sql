-- UUIDs are TEXT, times TEXT (RFC 3339, microseconds, UTC), JSON is TEXT, booleans are 0 and 1.

-- What the registry's repository says, as tables. Git is the truth: all of these rows can be made again from it, but
-- for users.last_login. Ids are UUIDv5 of the tenant, the kind and the name.

CREATE TABLE tenants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    default_branch TEXT NOT NULL
);

-- Where the rows of a tenant come from: a row is written only together with the cursor that it belongs to.
CREATE TABLE sync_state (
    tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
    commit_id TEXT,
    log_commit_id TEXT,
    landings INTEGER NOT NULL DEFAULT 0,
    format INTEGER NOT NULL DEFAULT 0,
    tokens_epoch INTEGER NOT NULL DEFAULT 0,
    synced_at TEXT
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    handle TEXT NOT NULL,
    email TEXT,
    display_name TEXT,
    is_active INTEGER NOT NULL,
    preferences TEXT NOT NULL,
    last_login TEXT,
    UNIQUE (tenant_id, handle)
);

CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    description TEXT,
    permissions TEXT NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE user_roles (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    role_id TEXT NOT NULL REFERENCES roles (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (user_id, role_id)
);

CREATE TABLE prompt_collections (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    path TEXT NOT NULL,
    parent_id TEXT REFERENCES prompt_collections (id) DEFERRABLE INITIALLY DEFERRED,
    display_name TEXT,
    description TEXT
);

CREATE TABLE tags (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    display_name TEXT,
    description TEXT,
    UNIQUE (tenant_id, name)
);

CREATE TABLE prompts (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    collection_id TEXT REFERENCES prompt_collections (id) DEFERRABLE INITIALLY DEFERRED,
    display_name TEXT,
    description TEXT,
    category TEXT,
    owner TEXT,
    owner_id TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    labels TEXT NOT NULL,
    aliases TEXT NOT NULL,
    current_version_id TEXT,
    created_at TEXT,
    updated_at TEXT,
    UNIQUE (tenant_id, name)
);
CREATE INDEX prompts_collection ON prompts (collection_id);
CREATE INDEX prompts_owner ON prompts (owner_id);

CREATE TABLE prompt_versions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    prompt_id TEXT NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    version_number INTEGER NOT NULL CHECK (version_number > 0),
    semver TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('draft', 'pending_approval', 'rejected', 'approved', 'unapproved', 'deprecated', 'yanked', 'revoked')),
    status_reason TEXT,
    content TEXT NOT NULL,
    messages TEXT NOT NULL,
    engine TEXT NOT NULL CHECK (engine IN ('handlebars', 'none')),
    input_schema TEXT,
    output_schema TEXT,
    variables TEXT NOT NULL,
    uses TEXT NOT NULL,
    tools TEXT,
    model TEXT,
    parameters TEXT NOT NULL,
    notes TEXT,
    digest TEXT NOT NULL,
    commit_id TEXT,
    created_by TEXT,
    created_at TEXT,
    approved_by TEXT,
    approved_at TEXT,
    UNIQUE (prompt_id, semver)
);
CREATE INDEX prompt_versions_digest ON prompt_versions (tenant_id, digest);

CREATE TABLE prompt_tags (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    prompt_id TEXT NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    tag_id TEXT NOT NULL REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (prompt_id, tag_id)
);
CREATE INDEX prompt_tags_tag ON prompt_tags (tag_id);

CREATE TABLE prompt_variants (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    prompt_id TEXT NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    label TEXT NOT NULL,
    split TEXT NOT NULL,
    overrides TEXT NOT NULL,
    UNIQUE (prompt_id, label)
);

CREATE TABLE safety_policies (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    description TEXT,
    selector TEXT NOT NULL,
    checks TEXT NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE prompt_policy_links (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    prompt_id TEXT NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    policy_id TEXT NOT NULL REFERENCES safety_policies (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (prompt_id, policy_id)
);
CREATE INDEX prompt_policy_links_policy ON prompt_policy_links (policy_id);

-- One row for each content that a signed request or decision names.
CREATE TABLE approval_requests (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    path TEXT NOT NULL,
    blob TEXT,
    prompt TEXT,
    semver TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending_approval', 'approved', 'rejected', 'withdrawn')),
    branch TEXT,
    requested_by TEXT,
    requested_at TEXT,
    decided_by TEXT,
    decided_at TEXT,
    comment TEXT
);
CREATE INDEX approval_requests_prompt ON approval_requests (tenant_id, prompt, semver);
CREATE INDEX approval_requests_status ON approval_requests (tenant_id, status);

CREATE TABLE client_configs (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    description TEXT,
    config TEXT NOT NULL,
    default_filter TEXT NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE model_profiles (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    description TEXT,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    base_url TEXT,
    api_key_from TEXT,
    parameters TEXT NOT NULL,
    fallback TEXT NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE workflows (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    display_name TEXT,
    description TEXT,
    owner TEXT,
    owner_id TEXT,
    status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    input_schema TEXT,
    output TEXT,
    UNIQUE (tenant_id, name)
);

CREATE TABLE workflow_steps (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    workflow_id TEXT NOT NULL REFERENCES workflows (id) DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL CHECK (position > 0),
    step TEXT NOT NULL,
    prompt TEXT NOT NULL,
    model TEXT,
    input_mapping TEXT NOT NULL,
    output_key TEXT,
    timeout_seconds INTEGER,
    retries INTEGER,
    condition TEXT,
    UNIQUE (workflow_id, position)
);

CREATE TABLE workflow_triggers (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    workflow_id TEXT NOT NULL REFERENCES workflows (id) DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL CHECK (position > 0),
    trigger TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('manual', 'schedule', 'webhook')),
    cron TEXT,
    timezone TEXT,
    input TEXT,
    input_mapping TEXT,
    secret_from TEXT,
    UNIQUE (workflow_id, position)
);

CREATE TABLE integration_hooks (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('webhook', 'slack', 'email')),
    description TEXT,
    target_url TEXT NOT NULL,
    auth_token_from TEXT,
    workflow TEXT,
    events TEXT NOT NULL,
    UNIQUE (tenant_id, name)
);
