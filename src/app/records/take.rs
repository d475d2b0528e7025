//! Taking: what programs send is held against the registry before it is written.

use super::{
    Records,
    write::{Batch, Keyed},
};
use crate::{
    app::{App, Error},
    domain::{ClientType, Handle, Kind, PromptName, Registry, Semver, harmless, id},
    schema::{About, Fault},
    store::UsageEvent,
};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use std::ops::RangeInclusive;
use uuid::Uuid;

/// The most events of one request.
const EVENTS: usize = 1_000;

/// The most bytes of a project's key and of an idempotency key, and of a context as JSON.
pub(in crate::app) const KEY_BYTES: usize = 200;
const CONTEXT_BYTES: usize = 8 << 10;

/// How many days ago something may have happened that is recorded now, and how many seconds a caller's clock may be ahead.
const DAYS: i64 = 366;
const SKEW: i64 = 300;

/// A usage event as a program sends it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageBody {
    /// The prompt's name.
    pub prompt: String,
    /// The exact number of the version.
    pub version: String,
    /// The handle of who used it.
    pub user: Option<String>,
    /// What kind of program: desktop, web, codex, cli or other; other where it is left out.
    pub client_type: Option<String>,
    /// For which project; at most 200 bytes.
    pub project_key: Option<String>,
    /// Whatever else there is to say: an object of at most 8 kB.
    pub context: Option<Value>,
    /// When, RFC 3339; now where it is left out. Not more than a year ago.
    pub created_at: Option<String>,
    /// What is sent twice under the same key is recorded once; at most 200 bytes.
    pub idempotency_key: Option<String>,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// How many events.
    pub accepted: usize,
    /// Their ids, in the order in which they were sent; of one that was recorded before, the id that it has.
    pub ids: Vec<Uuid>,
}

impl App {
    /// Records usage; answers when it is durable. `at` is the JSON pointer to an event by its index, for what is wrong with it.
    ///
    /// # Errors
    /// Where an event names what is not there, or is too long: then none of them is recorded, and every fault is named with
    /// its JSON pointer. Where the database is away, or too much waits for it: then it is not known of any of them.
    pub async fn record_usage(&self, events: Vec<UsageBody>, at: impl Fn(usize) -> String) -> Result<Recorded, Error> {
        let records = self.records()?;
        let now = self.meter().clock().now();
        let current = self.current();
        let mut check = Check::new(&current.registry, now)?;
        let usage = check.each(events, at, Check::usage);
        let bytes = check.end()?;
        let ids = records.put(Batch { usage, bytes, ..Batch::default() }).await?;
        Ok(Recorded { accepted: ids.len(), ids })
    }

    /// The database side.
    ///
    /// # Errors
    /// Where this registry is opened without one.
    pub fn records(&self) -> Result<&std::sync::Arc<Records>, Error> {
        self.records.get().ok_or(Error::NoDatabase)
    }
}

/// Holds what was sent against the registry.
pub(super) struct Check<'a> {
    registry: &'a Registry,
    tenant: Uuid,
    now: Timestamp,
    /// The JSON pointer to what is looked at.
    at: String,
    faults: Vec<Fault>,
    /// How many bytes of text that could be long were found.
    bytes: usize,
}

impl<'a> Check<'a> {
    pub(super) fn new(registry: &'a Registry, now: Timestamp) -> Result<Self, Error> {
        let settings = registry.settings.as_ref().ok_or(Error::NoDatabase)?;
        Ok(Self { registry, tenant: settings.registry.id, now, at: String::new(), faults: Vec::new(), bytes: 0 })
    }

    /// Whose records these are.
    pub(super) const fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// Answers what was wrong, if anything was, else how many bytes of text there are that could be long.
    pub(super) fn end(self) -> Result<usize, Error> {
        if self.faults.is_empty() { Ok(self.bytes) } else { Err(Error::Body(self.faults)) }
    }

    /// Looks at each of what was sent; `at` is the JSON pointer to one by its index.
    pub(super) fn each<T, U>(
        &mut self,
        sent: Vec<T>,
        at: impl Fn(usize) -> String,
        look: impl Fn(&mut Self, T) -> Option<U>,
    ) -> Vec<U> {
        if sent.len() > EVENTS {
            let what = format!("{} events are too many: send at most {EVENTS} at a time", sent.len());
            self.fault("", what, None);
        }
        let mut seen = Vec::with_capacity(sent.len().min(EVENTS));
        for (index, one) in sent.into_iter().take(EVENTS).enumerate() {
            self.at = at(index);
            seen.extend(look(self, one));
        }
        seen
    }

    pub(super) fn fault(&mut self, field: &str, message: String, help: Option<String>) {
        let pointer = if field.is_empty() { self.at.clone() } else { format!("{}/{field}", self.at) };
        self.faults.push(Fault { pointer, about: About::Value, message, help, repair: None });
    }

    fn usage(&mut self, sent: UsageBody) -> Option<Keyed<UsageEvent>> {
        let version = self.version(&sent.prompt, &sent.version);
        let user_id = self.user(sent.user.as_deref());
        let client_type = sent.client_type.map_or(Some(ClientType::Other), |word| self.client_type(&word));
        let project_key = self.short("project_key", sent.project_key);
        let key = self.short("idempotency_key", sent.idempotency_key);
        let context = self.context("context", sent.context);
        let created_at = self.time(sent.created_at.as_deref());
        let (prompt_id, prompt_version_id) = version?;
        let event = UsageEvent {
            id: Uuid::now_v7(),
            prompt_id,
            prompt_version_id,
            user_id,
            client_type: client_type?,
            project_key,
            context,
            created_at: created_at?,
        };
        Some(Keyed { key, event })
    }

    /// The ids of a version that the registry has.
    pub(super) fn version(&mut self, prompt: &str, version: &str) -> Option<(Uuid, Uuid)> {
        let name = prompt.parse::<PromptName>().ok();
        let Some(folder) = name.and_then(|name| self.registry.prompts.get(&name)) else {
            let what = format!("there is no prompt {}", quoted(prompt));
            self.fault("prompt", what, None);
            return None;
        };
        match version.parse::<Semver>().ok().filter(|number| folder.versions.contains_key(number)) {
            Some(number) => Some(ids(self.tenant, &folder.name, &number)),
            None => {
                let what = format!("`{}` has no version {}", folder.name, quoted(version));
                let help = "give the exact number that was fetched, as `version` of the answer says".to_owned();
                self.fault("version", what, Some(help));
                None
            }
        }
    }

    pub(super) fn user(&mut self, handle: Option<&str>) -> Option<Uuid> {
        let handle = handle?;
        let known = handle.parse::<Handle>().ok().filter(|handle| self.registry.users.contains_key(handle));
        if known.is_none() {
            let help = "give the handle of a file in users/, or leave it out".to_owned();
            self.fault("user", format!("there is no user {}", quoted(handle)), Some(help));
        }
        known.map(|handle| id(self.tenant, Kind::User, handle.as_str()))
    }

    pub(super) fn client_type(&mut self, word: &str) -> Option<ClientType> {
        let kind = ClientType::named(word);
        if kind.is_none() {
            let known = ClientType::ALL.map(ClientType::as_str).join(", ");
            self.fault("client_type", format!("{} is none of {known}", quoted(word)), None);
        }
        kind
    }

    /// A text of a few words.
    pub(super) fn short(&mut self, field: &str, text: Option<String>) -> Option<String> {
        self.text(field, text, 1..=KEY_BYTES)
    }

    /// A text of so many bytes.
    pub(super) fn text(&mut self, field: &str, text: Option<String>, bytes: RangeInclusive<usize>) -> Option<String> {
        let text = text?;
        if !bytes.contains(&text.len()) || text.contains('\0') {
            let what = format!("it has to have {} to {} bytes, and no NUL among them", bytes.start(), bytes.end());
            self.fault(field, what, None);
            return None;
        }
        self.bytes += text.len();
        Some(text)
    }

    /// A JSON object of a few things.
    pub(super) fn context(&mut self, field: &str, context: Option<Value>) -> Option<Value> {
        match context {
            None | Some(Value::Null | Value::Object(_)) => self.json(field, context, CONTEXT_BYTES),
            Some(_) => {
                self.fault(field, "it has to be a JSON object".to_owned(), None);
                None
            }
        }
    }

    /// Any JSON value of at most so many bytes.
    pub(super) fn json(&mut self, field: &str, value: Option<Value>, most: usize) -> Option<Value> {
        let value = value.filter(|value| !value.is_null())?;
        let bytes = value.to_string().len();
        if bytes > most {
            self.fault(field, format!("it is longer than {most} bytes"), None);
            return None;
        }
        if has_nul(&value) {
            self.fault(field, "it has a NUL in it".to_owned(), None);
            return None;
        }
        self.bytes += bytes;
        Some(value)
    }

    /// A whole number in a range.
    pub(super) fn number(&mut self, field: &str, number: Option<Number>, range: RangeInclusive<i64>) -> Option<i64> {
        let number = number?;
        let whole = number.as_i64().filter(|whole| range.contains(whole));
        if whole.is_none() {
            let what = format!("{number} is no whole number from {} to {}", range.start(), range.end());
            self.fault(field, what, None);
        }
        whole
    }

    pub(super) fn time(&mut self, text: Option<&str>) -> Option<Timestamp> {
        let Some(text) = text else { return Some(self.now) };
        let Ok(time) = text.parse::<Timestamp>() else {
            let what = format!("{} is no time: write 2026-11-22T14:02:00Z", quoted(text));
            self.fault("created_at", what, None);
            return None;
        };
        let earliest = self.now.checked_sub(Span::new().hours(24 * DAYS)).unwrap_or(Timestamp::MIN);
        let latest = self.now.checked_add(Span::new().seconds(SKEW)).unwrap_or(Timestamp::MAX);
        if time < earliest || time > latest {
            let what = format!("{text} is more than {DAYS} days ago, or still to come");
            self.fault("created_at", what, None);
            return None;
        }
        Some(time)
    }
}

/// The ids of a prompt and of a version of it.
pub(in crate::app) fn ids(tenant: Uuid, name: &PromptName, number: &Semver) -> (Uuid, Uuid) {
    (id(tenant, Kind::Prompt, name.as_str()), id(tenant, Kind::Version, &format!("{name}@{number}")))
}

/// Whether a NUL is in a JSON value, which PostgreSQL does not take; the value was parsed, so that its depth is bounded.
pub(in crate::app) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(items) => items.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// What somebody wrote, so short that it can be repeated.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", text.chars().take(64).map(harmless).collect::<String>())
}
