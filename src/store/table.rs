//! The tables that say what the repository says: their columns, and the SQL that is made of those.

use super::{Error, Row, Statement, time_text};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// A row by its columns. Ids and times are texts ([`time_text`]), all else is as in JSON.
pub type Record = Map<String, Value>;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Int,
    Bool,
    Uuid,
    Time,
    Json,
}
use Kind::{Bool, Int, Json, Text, Time, Uuid};

/// A table that is made from the repository. Its key is `id`; `tenant_id` is in each of them.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The column with the prompt that a row belongs to; none where it belongs to no prompt.
    pub prompt: Option<&'static str>,
    columns: &'static [(&'static str, Kind)],
    put: LazyLock<Statement>,
    take: LazyLock<Statement>,
    read: LazyLock<Statement>,
}

macro_rules! tables {
    ($($name:literal $(of $prompt:literal)?: $($column:literal $kind:ident),*;)*) => {
        /// All of them, what is referred to before what refers to it.
        pub static TABLES: [Table; [$($name),*].len()] = [$({
            const COLUMNS: &[(&str, Kind)] = &[("id", Uuid), ("tenant_id", Uuid), $(($column, $kind)),*];
            const PROMPT: Option<&str> = [$(Some($prompt),)? None][0];
            Table {
                name: $name,
                prompt: PROMPT,
                columns: COLUMNS,
                put: LazyLock::new(|| put($name, COLUMNS)),
                take: LazyLock::new(|| take($name)),
                read: LazyLock::new(|| read($name, COLUMNS, PROMPT)),
            }
        }),*];
    };
}

tables! {
    "users": "handle" Text, "email" Text, "display_name" Text, "is_active" Bool, "preferences" Json;
    "roles": "name" Text, "description" Text, "permissions" Json;
    "user_roles": "user_id" Uuid, "role_id" Uuid;
    "prompt_collections": "path" Text, "parent_id" Uuid, "display_name" Text, "description" Text;
    "tags": "name" Text, "display_name" Text, "description" Text;
    "safety_policies": "name" Text, "description" Text, "selector" Json, "checks" Json;
    "client_configs": "name" Text, "description" Text, "config" Json, "default_filter" Json;
    "model_profiles": "name" Text, "description" Text, "provider" Text, "model" Text, "base_url" Text,
        "api_key_from" Json, "parameters" Json, "price" Json, "fallback" Json;
    "workflows": "name" Text, "display_name" Text, "description" Text, "owner" Text, "owner_id" Uuid, "status" Text,
        "input_schema" Json, "output" Json;
    "workflow_steps": "workflow_id" Uuid, "position" Int, "step" Text, "prompt" Text, "model" Text, "input_mapping" Json,
        "output_key" Text, "timeout_seconds" Int, "retries" Int, "condition" Text;
    "workflow_triggers": "workflow_id" Uuid, "position" Int, "trigger" Text, "type" Text, "cron" Text, "timezone" Text,
        "input" Json, "input_mapping" Json, "secret_from" Json;
    "integration_hooks": "name" Text, "type" Text, "description" Text, "target_url" Text, "auth_token_from" Json,
        "workflow" Text, "events" Json;
    "approval_requests": "path" Text, "blob" Text, "prompt" Text, "semver" Text, "status" Text, "branch" Text,
        "requested_by" Text, "requested_at" Time, "decided_by" Text, "decided_at" Time, "comment" Text;
    "prompts" of "id": "name" Text, "collection_id" Uuid, "display_name" Text, "description" Text, "category" Text,
        "owner" Text, "owner_id" Uuid, "status" Text, "labels" Json, "aliases" Json, "current_version_id" Uuid,
        "created_at" Time, "updated_at" Time;
    "prompt_versions" of "prompt_id": "prompt_id" Uuid, "version_number" Int, "semver" Text, "status" Text,
        "status_reason" Text, "content" Text, "messages" Json, "engine" Text, "input_schema" Json, "output_schema" Json,
        "variables" Json, "uses" Json, "tools" Json, "model" Text, "parameters" Json, "notes" Text, "digest" Text,
        "commit_id" Text, "created_by" Text, "created_at" Time, "approved_by" Text, "approved_at" Time;
    "prompt_tags" of "prompt_id": "prompt_id" Uuid, "tag_id" Uuid;
    "prompt_variants" of "prompt_id": "prompt_id" Uuid, "label" Text, "split" Json, "overrides" Json;
    "prompt_policy_links" of "prompt_id": "prompt_id" Uuid, "policy_id" Uuid;
}

impl Table {
    /// The table of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// Its columns, `id` first.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// Puts records in, in the place of those with the same id: `$1` is a JSON array of them.
    pub(super) fn put(&self) -> &Statement {
        &self.put
    }

    /// Takes records away: `$1` is a JSON array of their ids.
    pub(super) fn take(&self) -> &Statement {
        &self.take
    }

    /// Reads a tenant's records, `$1`; of a table whose rows belong to prompts only those of some, `$2`, a JSON array of ids.
    pub(super) fn read(&self) -> &Statement {
        &self.read
    }

    /// The record that a row says.
    pub(super) fn record(&self, row: &Row) -> Result<Record, Error> {
        let value = |name: &str, kind: Kind| -> Result<Value, Error> {
            Ok(match kind {
                Text => row.opt_text(name)?.into(),
                Int => row.opt_int(name)?.into(),
                Bool => row.bool(name)?.into(),
                Uuid => row.opt_uuid(name)?.map(|id| id.to_string()).into(),
                Time => row.opt_time(name)?.map(time_text).into(),
                Json => row.opt_json(name)?.into(),
            })
        };
        self.columns.iter().map(|(name, kind)| Ok(((*name).to_owned(), value(name, *kind)?))).collect()
    }
}

fn put(name: &str, columns: &[(&str, Kind)]) -> Statement {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let types = columns.iter().map(|(name, kind)| format!("{name} {}", postgres(*kind))).collect::<Vec<_>>().join(", ");
    let paths =
        columns.iter().map(|(name, _)| format!("json_extract(value, '$.{name}')")).collect::<Vec<_>>().join(", ");
    let sets = columns.iter().filter(|(name, _)| *name != "id");
    let sets = sets.map(|(name, _)| format!("{name} = excluded.{name}")).collect::<Vec<_>>().join(", ");
    let end = format!("ON CONFLICT (id) DO UPDATE SET {sets}");
    Statement::made(
        format!(
            "INSERT INTO {name} ({names}) SELECT {names} FROM json_to_recordset(CAST($1 AS json)) AS r ({types}) {end}"
        ),
        format!("INSERT INTO {name} ({names}) SELECT {paths} FROM json_each($1) WHERE true {end}"),
    )
}

fn take(name: &str) -> Statement {
    Statement::made(
        format!("DELETE FROM {name} WHERE id IN (SELECT CAST(json_array_elements_text(CAST($1 AS json)) AS uuid))"),
        format!("DELETE FROM {name} WHERE id IN (SELECT value FROM json_each($1))"),
    )
}

fn read(name: &str, columns: &[(&str, Kind)], prompt: Option<&str>) -> Statement {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let all = format!("SELECT {names} FROM {name} WHERE tenant_id = $1");
    match prompt {
        None => Statement::made(all.clone(), all),
        Some(prompt) => Statement::made(
            format!("{all} AND {prompt} IN (SELECT CAST(json_array_elements_text(CAST($2 AS json)) AS uuid))"),
            format!("{all} AND {prompt} IN (SELECT value FROM json_each($2))"),
        ),
    }
}

const fn postgres(kind: Kind) -> &'static str {
    match kind {
        Text => "text",
        Int => "bigint",
        Bool => "boolean",
        Uuid => "uuid",
        Time => "timestamptz",
        Json => "jsonb",
    }
}

/// Whether two values of a column are the same: however the database writes its numbers, and sorts its keys.
#[must_use]
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| is_same(one, other)))
        }
        _ => one == other,
    }
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    TABLES.iter().flat_map(|table| [table.put(), table.take(), table.read()]).collect()
}
