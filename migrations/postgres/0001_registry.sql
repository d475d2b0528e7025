-- What the registry's repository says, as tables. Git is the truth: all of these rows can be made again from it, but
-- for users.last_login. Ids are UUIDv5 of the tenant, the kind and the name.

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    default_branch text NOT NULL
);

-- Where the rows of a tenant come from: a row is written only together with the cursor that it belongs to.
CREATE TABLE sync_state (
    tenant_id uuid PRIMARY KEY REFERENCES tenants (id),
    commit_id text,
    log_commit_id text,
    landings bigint NOT NULL DEFAULT 0,
    format integer NOT NULL DEFAULT 0,
    tokens_epoch bigint NOT NULL DEFAULT 0,
    synced_at timestamptz
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    handle text NOT NULL,
    email text,
    display_name text,
    is_active boolean NOT NULL,
    preferences jsonb NOT NULL,
    last_login timestamptz,
    UNIQUE (tenant_id, handle)
);

CREATE TABLE roles (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    description text,
    permissions jsonb NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE user_roles (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    role_id uuid NOT NULL REFERENCES roles (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (user_id, role_id)
);

CREATE TABLE prompt_collections (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    path text NOT NULL,
    parent_id uuid REFERENCES prompt_collections (id) DEFERRABLE INITIALLY DEFERRED,
    display_name text,
    description text
);

CREATE TABLE tags (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    display_name text,
    description text,
    UNIQUE (tenant_id, name)
);

CREATE TABLE prompts (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    collection_id uuid REFERENCES prompt_collections (id) DEFERRABLE INITIALLY DEFERRED,
    display_name text,
    description text,
    category text,
    owner text,
    owner_id uuid,
    status text NOT NULL CHECK (status IN ('active', 'archived')),
    labels jsonb NOT NULL,
    aliases jsonb NOT NULL,
    current_version_id uuid,
    created_at timestamptz,
    updated_at timestamptz,
    UNIQUE (tenant_id, name)
);
CREATE INDEX prompts_collection ON prompts (collection_id);
CREATE INDEX prompts_owner ON prompts (owner_id);

CREATE TABLE prompt_versions (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    prompt_id uuid NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    version_number integer NOT NULL CHECK (version_number > 0),
    semver text NOT NULL,
    status text NOT NULL CHECK (status IN
        ('draft', 'pending_approval', 'rejected', 'approved', 'unapproved', 'deprecated', 'yanked', 'revoked')),
    status_reason text,
    content text NOT NULL,
    messages jsonb NOT NULL,
    engine text NOT NULL CHECK (engine IN ('handlebars', 'none')),
    input_schema jsonb,
    output_schema jsonb,
    variables jsonb NOT NULL,
    uses jsonb NOT NULL,
    tools jsonb,
    model text,
    parameters jsonb NOT NULL,
    notes text,
    digest text NOT NULL,
    commit_id text,
    created_by text,
    created_at timestamptz,
    approved_by text,
    approved_at timestamptz,
    UNIQUE (prompt_id, semver)
);
CREATE INDEX prompt_versions_digest ON prompt_versions (tenant_id, digest);

CREATE TABLE prompt_tags (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    prompt_id uuid NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    tag_id uuid NOT NULL REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (prompt_id, tag_id)
);
CREATE INDEX prompt_tags_tag ON prompt_tags (tag_id);

CREATE TABLE prompt_variants (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    prompt_id uuid NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    label text NOT NULL,
    split jsonb NOT NULL,
    overrides jsonb NOT NULL,
    UNIQUE (prompt_id, label)
);

CREATE TABLE safety_policies (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    description text,
    selector jsonb NOT NULL,
    checks jsonb NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE prompt_policy_links (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    prompt_id uuid NOT NULL REFERENCES prompts (id) DEFERRABLE INITIALLY DEFERRED,
    policy_id uuid NOT NULL REFERENCES safety_policies (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (prompt_id, policy_id)
);
CREATE INDEX prompt_policy_links_policy ON prompt_policy_links (policy_id);

-- One row for each content that a signed request or decision names.
CREATE TABLE approval_requests (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    path text NOT NULL,
    blob text,
    prompt text,
    semver text,
    status text NOT NULL CHECK (status IN ('pending_approval', 'approved', 'rejected', 'withdrawn')),
    branch text,
    requested_by text,
    requested_at timestamptz,
    decided_by text,
    decided_at timestamptz,
    comment text
);
CREATE INDEX approval_requests_prompt ON approval_requests (tenant_id, prompt, semver);
CREATE INDEX approval_requests_status ON approval_requests (tenant_id, status);

CREATE TABLE client_configs (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    description text,
    config jsonb NOT NULL,
    default_filter jsonb NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE model_profiles (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    description text,
    provider text NOT NULL,
    model text NOT NULL,
    base_url text,
    api_key_from jsonb,
    parameters jsonb NOT NULL,
    fallback jsonb NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE workflows (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    display_name text,
    description text,
    owner text,
    owner_id uuid,
    status text NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    input_schema jsonb,
    output jsonb,
    UNIQUE (tenant_id, name)
);

CREATE TABLE workflow_steps (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    workflow_id uuid NOT NULL REFERENCES workflows (id) DEFERRABLE INITIALLY DEFERRED,
    position integer NOT NULL CHECK (position > 0),
    step text NOT NULL,
    prompt text NOT NULL,
    model text,
    input_mapping jsonb NOT NULL,
    output_key text,
    timeout_seconds bigint,
    retries bigint,
    condition text,
    UNIQUE (workflow_id, position)
);

CREATE TABLE workflow_triggers (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    workflow_id uuid NOT NULL REFERENCES workflows (id) DEFERRABLE INITIALLY DEFERRED,
    position integer NOT NULL CHECK (position > 0),
    trigger text NOT NULL,
    type text NOT NULL CHECK (type IN ('manual', 'schedule', 'webhook')),
    cron text,
    timezone text,
    input jsonb,
    input_mapping jsonb,
    secret_from jsonb,
    UNIQUE (workflow_id, position)
);

CREATE TABLE integration_hooks (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    type text NOT NULL CHECK (type IN ('webhook', 'slack', 'email')),
    description text,
    target_url text NOT NULL,
    auth_token_from jsonb,
    workflow text,
    events jsonb NOT NULL,
    UNIQUE (tenant_id, name)
);
