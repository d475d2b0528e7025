//! Pins: labels that an operator holds at a version until a time.

use super::{Engine, Error, Row, Statement, Transaction, Value, token::tell};
use crate::domain::Identity;
use jiff::Timestamp;
use uuid::Uuid;

/// A label of a prompt that is held at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPin {
    /// Its id: a UUIDv7.
    pub id: Uuid,
    /// The prompt's name.
    pub prompt: String,
    /// The label.
    pub label: String,
    /// The number of the version.
    pub version: String,
    /// Why.
    pub reason: String,
    /// Who pinned it: a handle, or who runs the server.
    pub created_by: String,
    /// When it was pinned.
    pub created_at: Timestamp,
    /// From when on it holds nothing.
    pub expires_at: Timestamp,
}

/// What came of a pin that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutPin {
    /// It is kept, in the place of the one that held the label before, if one did.
    Kept(Option<LabelPin>),
    /// There are too many already.
    TooMany,
}

static PUT: Statement = Statement::both(
    "INSERT INTO label_pins (id, tenant_id, prompt, label, semver, reason, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);
static LIVE: Statement = Statement::both(
    "SELECT * FROM label_pins WHERE tenant_id = $1 AND lifted_at IS NULL AND expires_at > $2
     ORDER BY created_at, id LIMIT $3",
);
static COUNT: Statement = Statement::both(
    "SELECT count(*) AS pins FROM label_pins WHERE tenant_id = $1 AND lifted_at IS NULL AND expires_at > $2",
);
static LIFT: Statement = Statement::both(
    "UPDATE label_pins SET lifted_at = $4
     WHERE tenant_id = $1 AND prompt = $2 AND label = $3 AND lifted_at IS NULL AND expires_at > $4 RETURNING *",
);

/// Keeps a new pin in the place of the one that holds the label, unless as many as `most` hold others already.
///
/// # Errors
/// Where the database is away.
pub async fn put_pin(
    begun: &mut dyn Transaction,
    registry: &Identity,
    pin: &LabelPin,
    most: i64,
) -> Result<PutPin, Error> {
    // Whoever pins something of this registry at the same time waits here.
    tell(begun, registry).await?;
    let before = lift(begun, registry.id, (&pin.prompt, &pin.label), pin.created_at).await?;
    let counted = begun.query(&COUNT, vec![registry.id.into(), pin.created_at.into()]).await?;
    if counted.first().map_or(Ok(0), |row| row.int("pins"))? >= most {
        return Ok(PutPin::TooMany);
    }
    let values: Vec<Value> = vec![
        pin.id.into(),
        registry.id.into(),
        (&*pin.prompt).into(),
        (&*pin.label).into(),
        (&*pin.version).into(),
        (&*pin.reason).into(),
        (&*pin.created_by).into(),
        pin.created_at.into(),
        pin.expires_at.into(),
    ];
    begun.query(&PUT, values).await?;
    Ok(PutPin::Kept(before))
}

/// Ends the pin that holds a label, and answers it; none where none does.
///
/// # Errors
/// Where the database is away.
pub async fn lift_pin(
    begun: &mut dyn Transaction,
    registry: &Identity,
    prompt: &str,
    label: &str,
    now: Timestamp,
) -> Result<Option<LabelPin>, Error> {
    tell(begun, registry).await?;
    lift(begun, registry.id, (prompt, label), now).await
}

async fn lift(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    (prompt, label): (&str, &str),
    now: Timestamp,
) -> Result<Option<LabelPin>, Error> {
    let rows = begun.query(&LIFT, vec![tenant.into(), prompt.into(), label.into(), now.into()]).await?;
    rows.first().map(pin).transpose()
}

/// The pins that hold something, at most so many, the oldest first.
///
/// # Errors
/// Where the database is away.
pub async fn live_pins(engine: &dyn Engine, tenant: Uuid, now: Timestamp, most: i64) -> Result<Vec<LabelPin>, Error> {
    engine.query(&LIVE, vec![tenant.into(), now.into(), most.into()]).await?.iter().map(pin).collect()
}

fn pin(row: &Row) -> Result<LabelPin, Error> {
    Ok(LabelPin {
        id: row.uuid("id")?,
        prompt: row.text("prompt")?,
        label: row.text("label")?,
        version: row.text("semver")?,
        reason: row.opt_text("reason")?.unwrap_or_default(),
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&PUT, &LIVE, &COUNT, &LIFT]
}
