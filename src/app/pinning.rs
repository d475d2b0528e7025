//! Pinning: an operator has a label hand out another version until a time, for when Git is away.

use super::{App, Caller, Current, Deed, Error, pins::Pin, records::Records, token::identity, view::text};
use crate::{
    domain::{Handle, LabelName, Moves, PromptName, Rules, Semver, harmless},
    store::{Engine, LabelPin, PutPin, append_audit, lift_pin, live_pins, put_pin},
};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// The shortest and the longest time that a label is held.
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most labels that are held at a time.
const MOST: i64 = 1_000;

/// The most bytes of a reason.
const REASON_BYTES: usize = 500;

/// What is to be pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPin {
    /// The prompt.
    pub prompt: PromptName,
    /// Its label.
    pub label: LabelName,
    /// The version that it is to hand out: one that is approved, and not withdrawn.
    pub version: Semver,
    /// For how long: `30m`, `4h`, `7d`; a minute at least, and seven days at most.
    pub duration: String,
    /// Why: 1 to 500 bytes on one line. Whoever reads the prompt is told.
    pub reason: String,
    /// Who pins it.
    pub by: String,
}

/// Which label is to be held no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpin {
    /// The prompt.
    pub prompt: PromptName,
    /// Its label.
    pub label: LabelName,
    /// Who wants that.
    pub by: String,
}

/// Pins a label in a database, in the place of a pin that it had. Servers hear of it within a second.
///
/// # Errors
/// Where the prompt is not there or has no such label, the version is not approved or was withdrawn, the time is too short or too
/// long, no reason is given, too many labels are pinned, or the database is away.
pub async fn make_pin(engine: &dyn Engine, current: &Current, asked: NewPin, now: Timestamp) -> Result<Pin, Error> {
    let pin = checked(current, asked, now)?;
    kept(keep(engine, current, &pin, now).await?)?;
    Ok(pin)
}

/// Ends a pin in a database, and answers it. Servers hear of it within a second.
///
/// # Errors
/// Where nobody pinned that label, or the database is away.
pub async fn take_pin(engine: &dyn Engine, current: &Current, asked: &Unpin, now: Timestamp) -> Result<Pin, Error> {
    lifted(lift(engine, current, asked, now).await?, asked)
}

/// The pins in a database that did not lapse.
///
/// # Errors
/// Where the database is away.
pub async fn read_pins(engine: &dyn Engine, current: &Current, now: Timestamp) -> Result<Vec<Pin>, Error> {
    let tenant = identity(&current.registry)?.id;
    Ok(live_pins(engine, tenant, now, MOST).await?.iter().filter_map(known).collect())
}

/// The pin, where it may be one.
fn checked(current: &Current, asked: NewPin, now: Timestamp) -> Result<Pin, Error> {
    let NewPin { prompt, label, version, duration, reason, by } = asked;
    let wrong = |field: &str, reason: String| Err(Error::Parameter { field: field.to_owned(), reason });
    let spans = duration.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let Some(until) =
        spans.ok().filter(|time| (SHORTEST..=LONGEST).contains(time)).and_then(|time| now.checked_add(time).ok())
    else {
        return wrong("duration", "write a time from 1m to 7d, such as 30m or 4h".to_owned());
    };
    let is_line = reason.chars().all(|letter| letter == harmless(letter) && letter != '\n');
    if reason.trim().is_empty() || reason.len() > REASON_BYTES || !is_line {
        return wrong("reason", format!("say why in 1 to {REASON_BYTES} bytes on one line: callers read it"));
    }
    let reason = reason.trim().to_owned();
    // As databases keep it.
    let until = Timestamp::from_microsecond(until.as_microsecond()).unwrap_or(until);
    let pin = Pin { prompt, label, version, until, by, reason };
    current.pinnable(&pin)?;
    Ok(pin)
}

async fn keep(engine: &dyn Engine, current: &Current, pin: &Pin, now: Timestamp) -> Result<PutPin, Error> {
    let identity = identity(&current.registry)?;
    let row = LabelPin {
        id: Uuid::now_v7(),
        prompt: pin.prompt.to_string(),
        label: pin.label.to_string(),
        version: pin.version.to_string(),
        reason: pin.reason.clone(),
        created_by: pin.by.clone(),
        created_at: now,
        expires_at: pin.until,
    };
    let mut begun = engine.begin().await?;
    let put = put_pin(&mut *begun, identity, &row, MOST).await?;
    let PutPin::Kept(before) = &put else { return Ok(put) };
    let from = before.as_ref().map(|before| before.version.clone());
    let from = from.or_else(|| said(current, &pin.prompt, &pin.label));
    let details = json!({
        "id": row.id, "label": pin.label, "from": from, "to": pin.version, "until": text(pin.until), "reason": pin.reason,
    });
    let deed = deed(pin, "label_pinned", &pin.by, details);
    append_audit(&mut *begun, identity.id, vec![deed.row(now)]).await?;
    begun.commit().await?;
    Ok(put)
}

fn kept(put: PutPin) -> Result<(), Error> {
    match put {
        PutPin::Kept(_) => Ok(()),
        PutPin::TooMany => {
            let reason = format!("{MOST} labels are pinned, which is the most: end one of those pins first");
            Err(Error::Parameter { field: "label".to_owned(), reason })
        }
    }
}

async fn lift(
    engine: &dyn Engine,
    current: &Current,
    asked: &Unpin,
    now: Timestamp,
) -> Result<Option<LabelPin>, Error> {
    let identity = identity(&current.registry)?;
    let mut begun = engine.begin().await?;
    let row = lift_pin(&mut *begun, identity, asked.prompt.as_str(), asked.label.as_str(), now).await?;
    if let Some(row) = &row
        && let Some(pin) = known(row)
    {
        let to = said(current, &pin.prompt, &pin.label);
        let details = json!({"id": row.id, "label": pin.label, "from": pin.version, "to": to});
        append_audit(&mut *begun, identity.id, vec![deed(&pin, "label_unpinned", &asked.by, details).row(now)]).await?;
    }
    begun.commit().await?;
    Ok(row)
}

fn lifted(row: Option<LabelPin>, asked: &Unpin) -> Result<Pin, Error> {
    let missing = || Error::Missing { what: "pin on", name: format!("{}:{}", asked.prompt, asked.label) };
    row.as_ref().and_then(known).ok_or_else(missing)
}

/// What Git says of a label.
fn said(current: &Current, prompt: &PromptName, label: &LabelName) -> Option<String> {
    Some(current.folder(prompt)?.prompt.labels.get(label)?.to_string())
}

fn deed(pin: &Pin, action: &'static str, by: &str, details: serde_json::Value) -> Deed {
    Deed { actor: by.to_owned(), action, entity_type: "prompt", entity: pin.prompt.to_string(), details }
}

/// A pin of the database as it is known here; none where a hand other than ours wrote there.
fn known(row: &LabelPin) -> Option<Pin> {
    Some(Pin {
        prompt: row.prompt.parse().ok()?,
        label: row.label.parse().ok()?,
        version: row.version.parse().ok()?,
        until: row.expires_at,
        by: row.created_by.clone(),
        reason: row.reason.clone(),
    })
}

impl App {
    /// Pins a label for somebody who asks this server, which hands out the other version when this answers.
    ///
    /// # Errors
    /// As [`make_pin`], and where there is no database, or the caller may not move that label.
    pub async fn pin_label(self: &Arc<Self>, asked: NewPin, caller: &Caller) -> Result<Pin, Error> {
        let (records, current) = (Arc::clone(self.records()?), self.current());
        let by = mover(&current, caller, &asked.label)?.to_string();
        records.in_reach()?;
        let now = self.meter().clock().now();
        let pin = make_pin(records.engine(), &current, NewPin { by, ..asked }, now).await?;
        self.hear_of_pins(&records).await?;
        Ok(pin)
    }

    /// Ends a pin for somebody who asks this server, which hands out what Git says when this answers.
    ///
    /// # Errors
    /// As [`take_pin`], and where there is no database, or the caller may not move that label.
    pub async fn unpin_label(self: &Arc<Self>, asked: Unpin, caller: &Caller) -> Result<Pin, Error> {
        let (records, current) = (Arc::clone(self.records()?), self.current());
        let by = mover(&current, caller, &asked.label)?.to_string();
        records.in_reach()?;
        let now = self.meter().clock().now();
        let pin = take_pin(records.engine(), &current, &Unpin { by, ..asked }, now).await?;
        self.hear_of_pins(&records).await?;
        Ok(pin)
    }

    /// Reads the pins, and has labels held by them.
    pub(super) async fn hear_of_pins(self: &Arc<Self>, records: &Records) -> Result<(), Error> {
        // Whoever reads later holds later, and never what was read before.
        let _turn = records.pinning.lock().await;
        let pins = read_pins(records.engine(), &self.current(), self.meter().clock().now()).await?;
        let app = Arc::clone(self);
        let held = tokio::task::spawn_blocking(move || app.hold_pins(&pins)).await;
        held.map(drop).map_err(|error| Error::Refused(format!("labels cannot be pinned: {error}")))
    }
}

/// The person who asks, where they may move the label at once.
fn mover<'a>(current: &Current, caller: &'a Caller, label: &LabelName) -> Result<&'a Handle, Error> {
    let forbidden = |who: &str| Error::Forbidden(format!("{who} may not move the label `{label}`"));
    let who = caller.user().ok_or_else(|| forbidden("nobody in particular"))?;
    let registry = &current.registry;
    let settings = Arc::clone(registry.settings.as_ref().ok_or(Error::NoDatabase)?);
    let rules = Rules { settings, users: registry.users.clone(), roles: registry.roles.clone() };
    let moves = Moves { labels: [label.clone()].into(), standing: false };
    if rules.may_move(who, &moves) { Ok(who) } else { Err(forbidden(who.as_str())) }
}
