//! Feedback: what people and programs think of what a version made, one by one.

use super::{
    Engine, Error, Row, Statement, Transaction,
    page::{After, lists},
    usage::{as_text, text},
};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// What somebody thinks of a version, or of what it made once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Feedback {
    /// Its id, which says when it was recorded: a UUIDv7.
    pub id: Uuid,
    /// The prompt.
    pub prompt_id: Uuid,
    /// The version of it.
    pub prompt_version_id: Uuid,
    /// The execution that it is about.
    pub execution_id: Option<Uuid>,
    /// Who says so, where that is known.
    pub user_id: Option<Uuid>,
    /// From 1, bad, to 5, good.
    pub rating: Option<i64>,
    /// In words.
    pub comment: Option<String>,
    /// In a word each.
    pub tags: Vec<String>,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
}

static PUT: Statement = Statement::each(
    "INSERT INTO feedback
         (tenant_id, id, prompt_id, prompt_version_id, execution_id, user_id, rating, comment, tags, created_at)
     SELECT $1, id, prompt_id, prompt_version_id, execution_id, user_id, rating, comment, tags, created_at
     FROM json_to_recordset(CAST($2 AS json)) AS r (id uuid, prompt_id uuid, prompt_version_id uuid, execution_id uuid,
         user_id uuid, rating smallint, comment text, tags jsonb, created_at timestamptz)",
    "INSERT INTO feedback
         (tenant_id, id, prompt_id, prompt_version_id, execution_id, user_id, rating, comment, tags, created_at)
     SELECT $1, value ->> 'id', value ->> 'prompt_id', value ->> 'prompt_version_id', value ->> 'execution_id',
         value ->> 'user_id', value ->> 'rating', value ->> 'comment', value -> 'tags', value ->> 'created_at'
     FROM json_each($2)",
);

/// Puts feedback where it stays.
///
/// # Errors
/// Where the database is away; nothing of it is there then, once the transaction is gone.
pub async fn put_feedback(begun: &mut dyn Transaction, tenant: Uuid, feedback: &[Feedback]) -> Result<(), Error> {
    if !feedback.is_empty() {
        begun.query(&PUT, vec![tenant.into(), text(&feedback).into()]).await?;
    }
    Ok(())
}

/// Which feedback is listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeedbackQuestion {
    /// That on this prompt.
    pub prompt_id: Option<Uuid>,
    /// That on this version; it is left out of account where no prompt is named.
    pub prompt_version_id: Option<Uuid>,
    /// With this rating.
    pub rating: Option<i64>,
    /// What comes after this in the list.
    pub after: Option<After>,
}

macro_rules! page {
    ($more:literal) => {
        lists!("*", "feedback", ["feedback_newest", "feedback_prompt", "feedback_version"], $more)
    };
}

static ALL: [Statement; 3] = page!("");
static RATED: [[Statement; 3]; 5] = [
    page!(" AND rating = 1"),
    page!(" AND rating = 2"),
    page!(" AND rating = 3"),
    page!(" AND rating = 4"),
    page!(" AND rating = 5"),
];

/// The newest feedback; at most `limit` of it. There is none with a rating that is not from 1 to 5.
///
/// # Errors
/// Where the database is away.
pub async fn feedback_of(
    engine: &dyn Engine,
    tenant: Uuid,
    question: FeedbackQuestion,
    limit: usize,
) -> Result<Vec<Feedback>, Error> {
    let rated = |rating: i64| usize::try_from(rating).ok()?.checked_sub(1).and_then(|index| RATED.get(index));
    let Some([of_all, of_prompt, of_version]) = question.rating.map_or(Some(&ALL), rated) else { return Ok(vec![]) };
    let mut values = After::values(tenant, question.after, limit);
    let statement = match (question.prompt_id, question.prompt_version_id) {
        (None, _) => of_all,
        (Some(_), None) => of_prompt,
        (Some(_), Some(_)) => of_version,
    };
    values.extend(question.prompt_id.map(Into::into));
    values.extend(question.prompt_id.and(question.prompt_version_id).map(Into::into));
    engine.query(statement, values).await?.iter().map(feedback).collect()
}

fn feedback(row: &Row) -> Result<Feedback, Error> {
    let tags = serde_json::from_value(row.json("tags")?).map_err(|_| Error::column("tags", "is no list of texts"))?;
    Ok(Feedback {
        id: row.uuid("id")?,
        prompt_id: row.uuid("prompt_id")?,
        prompt_version_id: row.uuid("prompt_version_id")?,
        execution_id: row.opt_uuid("execution_id")?,
        user_id: row.opt_uuid("user_id")?,
        rating: row.opt_int("rating")?,
        comment: row.opt_text("comment")?,
        tags,
        created_at: row.time("created_at")?,
    })
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    let mut all = vec![&PUT];
    all.extend(&ALL);
    all.extend(RATED.iter().flatten());
    all
}
