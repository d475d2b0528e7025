//! Rows: what a landed thing or a word of somebody is told as.

use super::{
    Search,
    taken::{Landed, Said, thing},
};
use crate::{
    app::{
        Current, Happened, What,
        arrivals::{Handles, timestamp},
        ledger::Landing,
        past::{Contents, Told},
    },
    domain::Evidence,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audited {
    /// Follows from the registry's id and from what was done: the same wherever and whenever it is worked out.
    pub id: Uuid,
    /// When, RFC 3339: a decision when it came into the log, all else when it came to the default branch.
    pub at: Option<Arc<str>>,
    /// Who: a handle where one is known, else the name in the commit; of a decision that was signed with a key of nobody, or of
    /// somebody else, the key.
    pub actor: String,
    /// What: `request`, `approve`, `reject`, `withdraw`, `landed`, or the word for what it did (`label_moved`, `yanked`, …).
    pub action: String,
    /// What kind of thing it was done to: `version`, `prompt`, `user`, `registry`, …, or `commit`.
    pub entity_type: Cow<'static, str>,
    /// The name of the thing.
    pub entity: String,
    /// The commit that tells it: of the default branch, or of a decision of the branch that keeps those.
    pub commit: String,
    /// What else is known of it, in the words of the proposals and of the history.
    pub details: Map<String, Value>,
}

impl Audited {
    pub(super) fn fits(&self, search: &Search) -> bool {
        search.action.as_ref().is_none_or(|action| *action == self.action) && search.means(&self.entity)
    }
}

/// What rows are made with.
pub(super) struct Rows<'a> {
    registry: Uuid,
    told: Told<'a>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(current: &'a Current) -> Self {
        let registry = current.registry.settings.as_ref().map_or(Uuid::nil(), |settings| settings.registry.id);
        let told = Told { who: Handles::of(&current.registry.users), registry: &current.registry };
        Self { registry, told }
    }

    fn id(&self, what: &[&str]) -> Uuid {
        // No part has a line feed in it but the last.
        Uuid::new_v5(&self.registry, format!("audit\n{}", what.join("\n")).as_bytes())
    }

    /// The rows of what landed, newest first.
    pub(super) fn of_landed(&self, landed: &Landed, contents: &Contents) -> Vec<Audited> {
        match landed {
            Landed::Commit(_, landing) => vec![self.of_commit(landing)],
            Landed::Step { step, signed_by } => {
                let events = self.told.events(step, contents, None);
                let signed_by = signed_by.as_ref().map(ToString::to_string);
                events.into_iter().map(|event| self.of_event(event, signed_by.as_deref())).collect()
            }
        }
    }

    fn of_commit(&self, landing: &Landing) -> Audited {
        let (by, author) = (self.told.who.name_of(&landing.by), self.told.who.name_of(&landing.author.person));
        let mut details = Map::new();
        if by != author {
            details.insert("created_by".to_owned(), json!(author));
        }
        Audited {
            id: self.id(&["landed", &landing.commit_text]),
            at: landing.at_text.clone(),
            actor: by.to_string(),
            action: "landed".to_owned(),
            entity_type: "commit".into(),
            entity: landing.commit_text.to_string(),
            commit: landing.commit_text.to_string(),
            details,
        }
    }

    fn of_event(&self, event: Happened, signed_by: Option<&str>) -> Audited {
        let Happened { kind, name, what, created_by, created_at, approved_by, approved_at, commit } = event;
        let name = name.unwrap_or_else(|| kind.to_owned());
        let (kind, name) = match &what {
            What::Arrived { version, .. }
            | What::Deprecated { version, .. }
            | What::Yanked { version, .. }
            | What::Revoked { version, .. }
            | What::TakenBack { version, .. } => ("version", format!("{name}@{version}")),
            _ => (kind, name),
        };
        let mut details = match serde_json::to_value(&what) {
            Ok(Value::Object(details)) => details,
            _ => Map::new(),
        };
        let action = match details.shift_remove("event") {
            Some(Value::String(action)) => action,
            _ => String::new(),
        };
        let id = self.id(&[&action, &commit, kind, &name, &Value::Object(details.clone()).to_string()]);
        if created_by != approved_by {
            details
                .extend([("created_by".to_owned(), json!(created_by)), ("created_at".to_owned(), json!(created_at))]);
        }
        if signed_by.is_some() {
            details.insert("covered_by".to_owned(), json!("signed_commit"));
        }
        let actor = signed_by.unwrap_or(&approved_by).to_owned();
        Audited { id, at: approved_at, actor, action, entity_type: kind.into(), entity: name, commit, details }
    }

    /// The row of what somebody said of one content.
    pub(super) fn of_said(&self, said: &Said) -> Audited {
        let Said { voice, path, blob, who, .. } = said;
        let decision = &voice.decision;
        let (entity_type, entity) = thing(path);
        let key = voice.key.as_deref().unwrap_or_default();
        let mut details = Map::new();
        let mut add = |name: &str, value: Value| drop(details.insert(name.to_owned(), value));
        add("decision", json!(voice.id));
        add("path", json!(path));
        add("blob", json!(blob));
        add("base", json!(decision.base));
        add("said_at", json!(decision.at));
        match who {
            Some(_) => add("key", json!(key)),
            None => add("claims_to_be", json!(decision.by)),
        }
        for (name, value) in [("branch", &decision.branch), ("comment", &decision.comment)] {
            if let Some(value) = value {
                add(name, json!(value));
            }
        }
        for (name, people) in [("authors", json!(decision.authors)), ("reviewers", json!(decision.reviewers))] {
            if people.as_array().is_some_and(|people| !people.is_empty()) {
                add(name, people);
            }
        }
        if decision.evidence != Evidence::Own {
            add("evidence", json!(decision.evidence));
        }
        Audited {
            id: self.id(&[decision.decision.as_str(), &voice.id, blob.as_deref().unwrap_or_default(), path]),
            at: timestamp(voice.logged_at),
            actor: who.as_ref().map_or_else(|| key.to_owned(), ToString::to_string),
            action: decision.decision.to_string(),
            entity_type: entity_type.into(),
            entity,
            commit: voice.commit.clone(),
            details,
        }
    }
}
