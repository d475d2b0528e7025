//! The newest: executions and feedback one by one, page by page.

use super::{
    names::{Ids, Names},
    report::tenant,
    take::ids,
};
use crate::{
    app::{App, Error, Page},
    domain::{ClientType, ExecutionStatus, Kind, PromptFolder, PromptName, Registry, Semver, harmless, id},
    store::{
        After, Execution, ExecutionQuestion, Feedback, FeedbackQuestion, execution_of, executions, feedback_of,
        time_text,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Which executions are asked for.
#[derive(Debug, Clone, Default)]
pub struct ExecutionsAsked {
    /// Those of this prompt.
    pub prompt: Option<PromptName>,
    /// Those of this version of it.
    pub version: Option<Semver>,
    /// Those that ended so.
    pub status: Option<ExecutionStatus>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// The most of them.
    pub limit: usize,
}

/// Which feedback is asked for.
#[derive(Debug, Clone, Default)]
pub struct FeedbackAsked {
    /// That on this prompt.
    pub prompt: Option<PromptName>,
    /// That on this version of it.
    pub version: Option<Semver>,
    /// With this rating.
    pub rating: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// The most of it.
    pub limit: usize,
}

/// A model call; in a list without what went in and came out. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExecutionItem {
    /// Its id.
    pub id: Uuid,
    /// The run that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Uuid>,
    /// The step of that run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The prompt's name; its id where the registry does not have it any more, as with version and user.
    pub prompt: String,
    /// The version's number.
    pub version: String,
    /// How it ended.
    pub status: ExecutionStatus,
    /// With what kind of program.
    pub client_type: ClientType,
    /// The handle of who had it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// For which project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_key: Option<String>,
    /// Who runs the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the model was told besides messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// What the prompt was rendered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What the model answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<i64>,
    /// How many tokens went in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<i64>,
    /// How many came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<i64>,
    /// What it cost, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Whatever else the program had to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// When.
    pub created_at: Timestamp,
}

/// What somebody said of a version, or of what it made. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedbackItem {
    /// Its id.
    pub id: Uuid,
    /// The prompt's name; its id where the registry does not have it any more, as with version and user.
    pub prompt: String,
    /// The version's number.
    pub version: String,
    /// The execution that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<Uuid>,
    /// From 1, bad, to 5, good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<i64>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In a word each.
    pub tags: Vec<String>,
    /// The handle of who said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

impl App {
    /// Executions, the newest first.
    ///
    /// # Errors
    /// Where there is no such prompt or version, the cursor is none, or the database is away.
    pub async fn executions(&self, asked: ExecutionsAsked) -> Result<Page<ExecutionItem>, Error> {
        let (records, current) = (self.records()?, self.current());
        let tenant = tenant(&current.registry)?;
        let scope = Scope::read(&current.registry, tenant, asked.prompt.as_ref(), asked.version.as_ref())?;
        let question = ExecutionQuestion {
            prompt_id: scope.prompt_id,
            prompt_version_id: scope.version_id,
            status: asked.status,
            after: after(asked.cursor.as_deref())?,
        };
        let rows = records.ask(executions(records.engine(), tenant, question, asked.limit + 1)).await?;
        let (rows, next_cursor) = cut(rows, asked.limit, |row| (row.created_at, row.id));
        let ids: Vec<Ids> = rows.iter().map(|row| (row.prompt_id, row.prompt_version_id, row.user_id)).collect();
        let names = Names::new(&current.registry, tenant, scope.folder, &ids);
        Ok(Page { items: rows.into_iter().map(|row| execution_item(row, &names)).collect(), next_cursor })
    }

    /// One execution with all that is known of it.
    ///
    /// # Errors
    /// Where there is none, or the database is away.
    pub async fn execution(&self, id: &str) -> Result<ExecutionItem, Error> {
        let (records, current) = (self.records()?, self.current());
        let tenant = tenant(&current.registry)?;
        let missing = || Error::Missing { what: "execution", name: id.chars().take(64).map(harmless).collect() };
        let known = id.parse().map_err(|_| missing())?;
        let row = records.ask(execution_of(records.engine(), tenant, known)).await?.ok_or_else(missing)?;
        let ids = [(row.prompt_id, row.prompt_version_id, row.user_id)];
        let names = Names::new(&current.registry, tenant, None, &ids);
        Ok(execution_item(row, &names))
    }

    /// Feedback, the newest first.
    ///
    /// # Errors
    /// Where there is no such prompt or version, no such rating, the cursor is none, or the database is away.
    pub async fn feedback(&self, asked: FeedbackAsked) -> Result<Page<FeedbackItem>, Error> {
        let (records, current) = (self.records()?, self.current());
        let tenant = tenant(&current.registry)?;
        if let Some(rating) = asked.rating.filter(|rating| !(1..=5).contains(rating)) {
            return Err(wrong("rating", format!("{rating} is not between 1 and 5")));
        }
        let scope = Scope::read(&current.registry, tenant, asked.prompt.as_ref(), asked.version.as_ref())?;
        let question = FeedbackQuestion {
            prompt_id: scope.prompt_id,
            prompt_version_id: scope.version_id,
            rating: asked.rating,
            after: after(asked.cursor.as_deref())?,
        };
        let rows = records.ask(feedback_of(records.engine(), tenant, question, asked.limit + 1)).await?;
        let (rows, next_cursor) = cut(rows, asked.limit, |row| (row.created_at, row.id));
        let ids: Vec<Ids> = rows.iter().map(|row| (row.prompt_id, row.prompt_version_id, row.user_id)).collect();
        let names = Names::new(&current.registry, tenant, scope.folder, &ids);
        Ok(Page { items: rows.into_iter().map(|row| feedback_item(row, &names)).collect(), next_cursor })
    }
}

/// The prompt and the version that a list is narrowed to.
#[derive(Default)]
struct Scope<'a> {
    folder: Option<&'a PromptFolder>,
    prompt_id: Option<Uuid>,
    version_id: Option<Uuid>,
}

impl<'a> Scope<'a> {
    fn read(
        registry: &'a Registry,
        tenant: Uuid,
        prompt: Option<&PromptName>,
        version: Option<&Semver>,
    ) -> Result<Self, Error> {
        let Some(name) = prompt else {
            let what = "give `prompt` too: numbers of versions are those of a prompt";
            return version.map_or(Ok(Self::default()), |_| Err(wrong("version", what.to_owned())));
        };
        let folder = known(registry, name)?;
        let version_id = version.map(|number| match folder.versions.contains_key(number) {
            true => Ok(ids(tenant, name, number).1),
            false => Err(Error::Missing { what: "version", name: format!("{name}@{number}") }),
        });
        let prompt_id = Some(id(tenant, Kind::Prompt, name.as_str()));
        Ok(Self { folder: Some(folder), prompt_id, version_id: version_id.transpose()? })
    }
}

/// A prompt that the registry has, taken out of it or not.
pub(super) fn known<'a>(registry: &'a Registry, name: &PromptName) -> Result<&'a PromptFolder, Error> {
    match registry.prompts.get(name) {
        Some(folder) => Ok(folder),
        None => Ok(registry.prompt(name)?),
    }
}

fn wrong(field: &str, reason: String) -> Error {
    Error::Parameter { field: field.to_owned(), reason }
}

/// What a cursor says: a time and an id.
pub(in crate::app) fn after(cursor: Option<&str>) -> Result<Option<After>, Error> {
    let read = |cursor: &str| {
        let (time, id) = cursor.split_once('_')?;
        Some(After { created_at: time.parse().ok()?, id: id.parse().ok()? })
    };
    let no_cursor = || wrong("cursor", "give the `next_cursor` of the page before".to_owned());
    cursor.map(|cursor| read(cursor).ok_or_else(no_cursor)).transpose()
}

/// As many rows as were asked for, of one more than that, and the cursor to what follows them.
pub(in crate::app) fn cut<T>(
    mut rows: Vec<T>,
    limit: usize,
    place: impl Fn(&T) -> (Timestamp, Uuid),
) -> (Vec<T>, Option<String>) {
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| is_more).map(place);
    (rows, last.map(|(created_at, id)| format!("{}_{id}", time_text(created_at))))
}

fn execution_item(row: Execution, names: &Names) -> ExecutionItem {
    ExecutionItem {
        id: row.id,
        run: row.run_id,
        step: row.step,
        prompt: names.prompt(row.prompt_id),
        version: names.version(row.prompt_version_id),
        status: row.status,
        client_type: row.client_type,
        user: row.user_id.map(|id| names.user(id)),
        project_key: row.project_key,
        provider: row.provider,
        model: row.model,
        parameters: row.parameters,
        input: row.input,
        output: row.output,
        error: row.error,
        latency_ms: row.latency_ms,
        input_tokens: row.input_tokens,
        output_tokens: row.output_tokens,
        cost_usd: row.cost_usd,
        context: row.context,
        created_at: row.created_at,
    }
}

fn feedback_item(row: Feedback, names: &Names) -> FeedbackItem {
    FeedbackItem {
        id: row.id,
        prompt: names.prompt(row.prompt_id),
        version: names.version(row.prompt_version_id),
        execution: row.execution_id,
        rating: row.rating,
        comment: row.comment,
        tags: row.tags,
        user: row.user_id.map(|id| names.user(id)),
        created_at: row.created_at,
    }
}
