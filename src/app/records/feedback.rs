//! Feedback: what people think of what a version made, as programs pass it on.

use super::{
    take::{Check, Recorded, quoted},
    write::{Batch, Keyed},
};
use crate::{
    app::{App, Error},
    domain::TagName,
    store::{Feedback, versions_of},
};
use serde::Deserialize;
use serde_json::Number;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most bytes of a comment, and the most tags.
const COMMENT_BYTES: usize = 8 << 10;
const TAGS: usize = 20;

/// Feedback as a program passes it on: a rating, a comment or a tag at the least.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackBody {
    /// The id of the execution that it is about, which says of which version; else `prompt` and `version` do.
    pub execution: Option<String>,
    /// The prompt's name.
    pub prompt: Option<String>,
    /// The exact number of the version.
    pub version: Option<String>,
    /// From 1, bad, to 5, good.
    pub rating: Option<Number>,
    /// In words; at most 8 kB.
    pub comment: Option<String>,
    /// In a word each, written as tags are; at most 20.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The handle of who says so.
    pub user: Option<String>,
    /// When, RFC 3339; now where it is left out. Not more than a year ago.
    pub created_at: Option<String>,
    /// What is sent twice under the same key is recorded once; at most 200 bytes.
    pub idempotency_key: Option<String>,
}

/// Which prompt and version executions are of.
type Versions = BTreeMap<Uuid, (Uuid, Uuid)>;

impl App {
    /// Records feedback; answers when it is durable. `at` is the JSON pointer to one by its index.
    ///
    /// # Errors
    /// As [`App::record_usage`]; where an execution is named that is not recorded, too.
    pub async fn record_feedback(
        &self,
        sent: Vec<FeedbackBody>,
        at: impl Fn(usize) -> String,
    ) -> Result<Recorded, Error> {
        let (records, current) = (self.records()?, self.current());
        let mut check = Check::new(&current.registry, self.meter().clock().now())?;
        let mut ids: Vec<Uuid> = sent.iter().filter_map(|one| one.execution.as_ref()?.parse().ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        let versions = match ids.is_empty() {
            true => Versions::new(),
            false => records.ask(versions_of(records.engine(), check.tenant(), &ids)).await?,
        };
        let feedback = check.each(sent, at, |check, one| check.feedback(one, &versions));
        let bytes = check.end()?;
        let ids = records.put(Batch { feedback, bytes, ..Batch::default() }).await?;
        Ok(Recorded { accepted: ids.len(), ids })
    }
}

impl Check<'_> {
    fn feedback(&mut self, sent: FeedbackBody, versions: &Versions) -> Option<Keyed<Feedback>> {
        if sent.rating.is_none() && sent.comment.is_none() && sent.tags.is_empty() {
            self.fault("", "it says nothing: give a rating, a comment or a tag".to_owned(), None);
        }
        let about = self.about(&sent, versions);
        let user_id = self.user(sent.user.as_deref());
        let key = self.short("idempotency_key", sent.idempotency_key);
        let (rating, comment) =
            (self.number("rating", sent.rating, 1..=5), self.text("comment", sent.comment, 1..=COMMENT_BYTES));
        let tags = self.tags(sent.tags);
        let created_at = self.time(sent.created_at.as_deref());
        let (execution_id, (prompt_id, prompt_version_id)) = about?;
        let id = Uuid::now_v7();
        let created_at = created_at?;
        let event =
            Feedback { id, prompt_id, prompt_version_id, execution_id, user_id, rating, comment, tags, created_at };
        Some(Keyed { key, event })
    }

    /// The execution that is meant, and the ids of the prompt and the version.
    fn about(&mut self, sent: &FeedbackBody, versions: &Versions) -> Option<(Option<Uuid>, (Uuid, Uuid))> {
        match (&sent.execution, &sent.prompt, &sent.version) {
            (Some(execution), None, None) => {
                let id = execution.parse::<Uuid>().ok();
                let found = id.and_then(|id| Some((Some(id), *versions.get(&id)?)));
                if found.is_none() {
                    let help = "give an id that POST /v1/executions answered, or `prompt` and `version`".to_owned();
                    self.fault("execution", format!("there is no execution {}", quoted(execution)), Some(help));
                }
                found
            }
            (None, Some(prompt), Some(version)) => Some((None, self.version(prompt, version)?)),
            (Some(_), _, _) => {
                let what = "the execution says which version is meant: leave `prompt` and `version` out";
                self.fault("execution", what.to_owned(), None);
                None
            }
            (None, _, _) => {
                let what = "it does not say what it is about: give `execution`, or `prompt` and `version`";
                self.fault("", what.to_owned(), None);
                None
            }
        }
    }

    fn tags(&mut self, mut tags: Vec<String>) -> Vec<String> {
        if tags.len() > TAGS {
            self.fault("tags", format!("{} tags are too many: give at most {TAGS}", tags.len()), None);
            tags.clear();
        }
        for (index, tag) in tags.iter().enumerate() {
            if let Err(error) = tag.parse::<TagName>() {
                self.fault(&format!("tags/{index}"), error.to_string(), None);
            }
        }
        tags
    }
}
