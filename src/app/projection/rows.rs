//! The rows that say what one state of the registry says.

use crate::{
    app::Current,
    domain::{
        CollectionPath, Kind, PromptFolder, PromptName, Registry, Semver, TagName, TriggerKind, User, Workflow, id,
    },
    store::{Record, Rows, storable},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What rows are made with.
pub(super) struct Maker<'a> {
    current: &'a Current,
    registry: &'a Registry,
    pub tenant: Uuid,
}

impl<'a> Maker<'a> {
    /// None where the registry has no settings, and so no id.
    pub(super) fn of(current: &'a Current) -> Option<Self> {
        let registry = &current.registry;
        Some(Self { current, registry, tenant: registry.settings.as_ref()?.registry.id })
    }

    fn id(&self, kind: Kind, name: &str) -> Uuid {
        id(self.tenant, kind, name)
    }

    /// The id of what connects two things.
    fn link(&self, table: &str, one: Uuid, other: impl std::fmt::Display) -> Uuid {
        Uuid::new_v5(&self.tenant, format!("{table}:{one}:{other}").as_bytes())
    }

    fn add(&self, rows: &mut Rows, table: &'static str, id: Uuid, columns: Value) {
        let mut record: Record = [("id", id), ("tenant_id", self.tenant)]
            .map(|(name, id)| (name.to_owned(), id.to_string().into()))
            .into_iter()
            .collect();
        if let Value::Object(columns) = columns {
            record.extend(columns.into_iter().map(|(name, value)| (name, storable(value))));
        }
        rows.add(table, record);
    }

    /// The rows of one prompt; none where it was removed.
    pub(super) fn prompt(&self, name: &PromptName, rows: &mut Rows) {
        let Some(folder) = self.registry.prompts.get(name).filter(|folder| !folder.is_removed) else { return };
        let own = self.id(Kind::Prompt, name.as_str());
        let prompt = &*folder.prompt;
        let mut arrivals = Vec::new();
        for number in folder.versions.keys() {
            arrivals.extend(self.version(folder, own, number, rows));
        }
        let label = self.registry.default_label();
        let current = prompt.labels.get(&label).filter(|number| folder.versions.contains_key(number));
        let owner = prompt.owner.as_ref();
        let columns = json!({
            "name": name, "display_name": prompt.display_name, "description": prompt.description,
            "category": prompt.category, "owner": owner, "status": prompt.status, "labels": prompt.labels,
            "aliases": prompt.aliases,
            "collection_id": folder.collection.as_ref().map(|path| self.collection_id(path)),
            "owner_id": owner.map(|owner| self.id(Kind::User, owner.as_str())),
            "current_version_id": current.map(|number| self.version_id(name, number)),
            "created_at": arrivals.iter().min(), "updated_at": arrivals.iter().max(),
        });
        self.add(rows, "prompts", own, columns);
        for tag in &prompt.tags {
            let tag = tag_id(self.tenant, tag);
            let columns = json!({"prompt_id": own, "tag_id": tag});
            self.add(rows, "prompt_tags", self.link("prompt_tags", own, tag), columns);
        }
        for (label, variant) in &prompt.variants {
            let columns =
                json!({"prompt_id": own, "label": label, "split": variant.split, "overrides": variant.overrides});
            self.add(rows, "prompt_variants", self.link("prompt_variants", own, label), columns);
        }
        for (policy, _) in self.registry.policies.iter().filter(|(name, policy)| policy.binds(name, folder)) {
            let policy = self.id(Kind::Policy, policy.as_str());
            let columns = json!({"prompt_id": own, "policy_id": policy});
            self.add(rows, "prompt_policy_links", self.link("prompt_policy_links", own, policy), columns);
        }
    }

    fn version_id(&self, name: &PromptName, number: &Semver) -> Uuid {
        self.id(Kind::Version, &format!("{name}@{number}"))
    }

    /// The row of a version as its number answers it; answers when it came to the branch.
    fn version(&self, folder: &PromptFolder, prompt: Uuid, number: &Semver, rows: &mut Rows) -> Option<String> {
        let served = self.current.served(&folder.name, number)?;
        let answer: Map<String, Value> = serde_json::from_slice(&served.answer().body()).ok()?;
        let said = |key: &str| answer.get(key).cloned().unwrap_or_default();
        let mut columns = json!({
            "prompt_id": prompt, "semver": number, "status_reason": said("deprecated"), "commit_id": said("commit"),
            "created_at": time(&said("created_at")), "approved_at": time(&said("approved_at")),
        });
        for same in [
            "version_number",
            "status",
            "content",
            "messages",
            "engine",
            "input_schema",
            "output_schema",
            "variables",
            "uses",
            "tools",
            "model",
            "parameters",
            "notes",
            "digest",
            "created_by",
            "approved_by",
        ] {
            columns[same] = said(same);
        }
        self.add(rows, "prompt_versions", self.version_id(&folder.name, number), columns);
        time(&said("approved_at"))
    }

    fn collection_id(&self, path: &CollectionPath) -> Uuid {
        self.id(Kind::Collection, path.as_ref())
    }

    /// The rows of all that belongs to no prompt, but for requests.
    pub(super) fn others(&self, rows: &mut Rows) {
        self.collections(rows);
        self.tags(rows);
        self.people(rows);
        for (name, policy) in &self.registry.policies {
            let id = self.id(Kind::Policy, name.as_str());
            self.add(rows, "safety_policies", id, with_name(name, policy, &[("selector", json!({}))], &[]));
        }
        for (name, client) in &self.registry.clients {
            let defaults = [("config", json!({})), ("default_filter", json!({}))];
            self.add(
                rows,
                "client_configs",
                self.id(Kind::Client, name.as_str()),
                with_name(name, &**client, &defaults, &[]),
            );
        }
        for (name, model) in &self.registry.models {
            let defaults = [("parameters", json!({})), ("price", Value::Null), ("fallback", json!([]))];
            let columns = with_name(name, &**model, &defaults, &[("api_key", "api_key_from")]);
            self.add(rows, "model_profiles", self.id(Kind::Model, name.as_str()), columns);
        }
        for (name, hook) in &self.registry.hooks {
            let columns = with_name(name, &**hook, &[], &[("auth_token", "auth_token_from")]);
            self.add(rows, "integration_hooks", self.id(Kind::Hook, name.as_str()), columns);
        }
        for (name, workflow) in &self.registry.workflows {
            self.workflow(self.id(Kind::Workflow, name.as_str()), name.as_str(), workflow, rows);
        }
    }

    /// A row for each folder that prompts lie in, and each that such a folder lies in.
    fn collections(&self, rows: &mut Rows) {
        let used = self.registry.listed().filter_map(|folder| folder.collection.as_ref());
        let paths: BTreeSet<&CollectionPath> = used.chain(self.registry.collections.keys()).collect();
        let mut all: BTreeSet<String> = BTreeSet::new();
        for path in paths {
            let path = path.to_string();
            all.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
            all.insert(path);
        }
        for path in &all {
            let known = path.parse().ok().and_then(|path: CollectionPath| self.registry.collections.get(&path));
            let parent = path.rsplit_once('/').map(|(parent, _)| self.id(Kind::Collection, parent));
            let columns = json!({
                "path": path, "parent_id": parent,
                "display_name": known.and_then(|known| known.display_name.as_deref()),
                "description": known.and_then(|known| known.description.as_deref()),
            });
            self.add(rows, "prompt_collections", self.id(Kind::Collection, path), columns);
        }
    }

    /// A row for each tag that is described, or used.
    fn tags(&self, rows: &mut Rows) {
        let described = self.registry.tags.iter().flat_map(|tags| tags.keys());
        let used = self.registry.listed().flat_map(|folder| &folder.prompt.tags);
        let all: BTreeSet<&TagName> = described.chain(used).collect();
        for name in all {
            let tag = self.registry.tags.as_ref().and_then(|tags| tags.get(name));
            let columns = json!({
                "name": name, "display_name": tag.and_then(|tag| tag.display_name.as_deref()),
                "description": tag.and_then(|tag| tag.description.as_deref()),
            });
            self.add(rows, "tags", tag_id(self.tenant, name), columns);
        }
    }

    fn people(&self, rows: &mut Rows) {
        for (name, role) in &self.registry.roles {
            let columns = with_name(name, &**role, &[("permissions", json!([]))], &[]);
            self.add(rows, "roles", self.id(Kind::Role, name.as_str()), columns);
        }
        for (handle, user) in &self.registry.users {
            let own = self.id(Kind::User, handle.as_str());
            let User { email, display_name, is_active, preferences, .. } = &**user;
            let columns = json!({
                "handle": handle, "email": email, "display_name": display_name, "is_active": is_active,
                "preferences": preferences.as_ref().map_or_else(|| json!({}), |preferences| json!(preferences)),
            });
            self.add(rows, "users", own, columns);
            let known: BTreeSet<_> = user.roles.iter().filter(|role| self.registry.roles.contains_key(*role)).collect();
            for role in known {
                let role = self.id(Kind::Role, role.as_str());
                let columns = json!({"user_id": own, "role_id": role});
                self.add(rows, "user_roles", self.link("user_roles", own, role), columns);
            }
        }
    }

    fn workflow(&self, own: Uuid, name: &str, workflow: &Workflow, rows: &mut Rows) {
        let owner = workflow.owner.as_ref();
        let columns = json!({
            "name": name, "display_name": workflow.display_name, "description": workflow.description, "owner": owner,
            "owner_id": owner.map(|owner| self.id(Kind::User, owner.as_str())), "status": workflow.status,
            "input_schema": workflow.input_schema, "output": workflow.output,
        });
        self.add(rows, "workflows", own, columns);
        for (position, step) in (1..).zip(&workflow.steps) {
            let columns = json!({
                "workflow_id": own, "position": position, "step": step.id, "prompt": step.prompt.to_string(),
                "model": step.model, "input_mapping": step.input_mapping, "output_key": step.output_key,
                "timeout_seconds": step.timeout_seconds, "retries": step.retries, "condition": step.when,
            });
            self.add(rows, "workflow_steps", self.link("workflow_steps", own, position), columns);
        }
        for (position, trigger) in (1..).zip(&workflow.triggers) {
            let kind = match &trigger.kind {
                TriggerKind::Manual => "manual",
                TriggerKind::Schedule { .. } => "schedule",
                TriggerKind::Webhook { .. } => "webhook",
            };
            let mut columns = json!({
                "workflow_id": own, "position": position, "trigger": trigger.id, "type": kind, "cron": null,
                "timezone": null, "input": null, "input_mapping": null, "secret_from": null,
            });
            match &trigger.kind {
                TriggerKind::Manual => {}
                TriggerKind::Schedule { cron, timezone, input } => {
                    (columns["cron"], columns["timezone"], columns["input"]) =
                        (json!(cron), json!(timezone), json!(input));
                }
                TriggerKind::Webhook { secret, input_mapping } => {
                    (columns["secret_from"], columns["input_mapping"]) = (json!(secret), json!(input_mapping));
                }
            }
            self.add(rows, "workflow_triggers", self.link("workflow_triggers", own, position), columns);
        }
    }

    /// The row of a content that somebody asked to be approved, or decided on.
    pub(super) fn request(&self, path: &str, blob: Option<&str>, columns: Value, rows: &mut Rows) {
        let id = self.link("approval_requests", self.tenant, format!("{}:{path}", blob.unwrap_or_default()));
        self.add(rows, "approval_requests", id, columns);
    }
}

fn tag_id(tenant: Uuid, name: &TagName) -> Uuid {
    Uuid::new_v5(&tenant, format!("tag:{name}").as_bytes())
}

/// A noun's own keys as columns, with its name: all that it leaves out is NULL, or what stands for it.
fn with_name(
    name: impl Serialize,
    noun: &impl Serialize,
    defaults: &[(&str, Value)],
    renamed: &[(&str, &str)],
) -> Value {
    let mut columns = json!(noun);
    columns["name"] = json!(name);
    if columns.get("description").is_none() {
        columns["description"] = Value::Null;
    }
    for (key, value) in defaults {
        if columns.get(*key).is_none() {
            columns[*key] = value.clone();
        }
    }
    for (from, to) in renamed {
        columns[*to] = columns.as_object_mut().and_then(|columns| columns.shift_remove(*from)).unwrap_or_default();
    }
    columns
}

/// A time as rows have it, from RFC 3339.
pub(super) fn time(value: &Value) -> Option<String> {
    let time: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some(crate::store::time_text(time))
}
