//! The rows of what people asked to be approved, and decided on.

use super::rows::Maker;
use crate::{
    app::{App, arrivals::timestamp, audit::is_theirs},
    domain::{Location, Verb, Voice, locate},
    store::Rows,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

/// A content, or the removal of what lies at a path.
type Subject = (Arc<str>, Option<String>);

/// What was said of each content, oldest first, by people whose keys say that it was them.
pub(super) type Said = BTreeMap<Subject, Vec<Arc<Voice>>>;

impl App {
    /// Takes down what was said, under the ledger's lock.
    pub(super) fn said(&self) -> Said {
        let ledger = self.ledger();
        let Some(rules) = ledger.rules_now() else { return Said::new() };
        let mut said = Said::new();
        for (path, blob, voice) in ledger.decisions.all() {
            let is_ours = rules.settings.registry.id == voice.decision.registry;
            if is_ours && voice.key.as_deref().is_some_and(|key| is_theirs(&rules, voice, key)) {
                let subject = (Arc::clone(path), blob.map(|blob| blob.to_string()));
                said.entry(subject).or_default().push(Arc::clone(voice));
            }
        }
        said.values_mut().for_each(|voices| voices.sort_by(|a, b| (a.place, &a.id).cmp(&(b.place, &b.id))));
        said
    }
}

/// A row for each content that something was said of: who asked last, and who decided last and did not take it back. Whether
/// that is enough is said by the gate alone.
pub(super) fn requests(said: &Said, maker: &Maker<'_>, rows: &mut Rows) {
    for ((path, blob), voices) in said {
        let stands = |voice: &Arc<Voice>| {
            let takes_back = |later: &Arc<Voice>| {
                later.decision.decision == Verb::Withdraw
                    && later.decision.by == voice.decision.by
                    && (later.place, &later.id) > (voice.place, &voice.id)
            };
            !voices.iter().any(takes_back)
        };
        let newest = |is: fn(Verb) -> bool| {
            voices.iter().rev().filter(|voice| is(voice.decision.decision)).find(|voice| stands(voice))
        };
        let asked = newest(|verb| verb == Verb::Request);
        let decided = newest(|verb| matches!(verb, Verb::Approve | Verb::Reject));
        let status = match (decided.map(|voice| voice.decision.decision), asked) {
            (Some(Verb::Approve), _) => "approved",
            (Some(_), _) => "rejected",
            (None, Some(_)) => "pending_approval",
            (None, None) => "withdrawn",
        };
        let (prompt, number) = match locate(path) {
            Ok(Some(Location::Version(_, name, number))) => (Some(name), Some(number)),
            Ok(Some(Location::Prompt(_, name))) => (Some(name), None),
            _ => (None, None),
        };
        let at = |voice: Option<&Arc<Voice>>| super::rows::time(&json!(timestamp(voice?.logged_at)));
        let by = |voice: Option<&Arc<Voice>>| voice.map(|voice| voice.decision.by.clone());
        let columns = json!({
            "path": path, "blob": blob, "prompt": prompt, "semver": number, "status": status,
            "branch": asked.and_then(|voice| voice.decision.branch.as_deref()),
            "requested_by": by(asked), "requested_at": at(asked), "decided_by": by(decided), "decided_at": at(decided),
            "comment": decided.or(asked).and_then(|voice| voice.decision.comment.as_deref()),
        });
        maker.request(path, blob.as_deref(), columns, rows);
    }
}
