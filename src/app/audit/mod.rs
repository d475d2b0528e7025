//! The audit of what Git tells: every decision, every landing, and what each landing did, newest first.
//!
//! Rows follow from refs alone, ids included: whoever reads the same branches has the same rows.

mod chained;
mod kept;
mod row;
mod taken;

pub use row::Audited;
pub(super) use taken::is_theirs;

use self::{row::Rows, taken::Taken};
use super::{App, Current, Error, Page, past};

/// How many landed things are read at once: at least, and at most.
const CHUNK: (usize, usize) = (32, 512);

/// How many landed things are read for one page, so that no question takes long however rare its answer is.
const MOST: usize = 8_192;

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Only what this person did.
    pub actor: Option<String>,
    /// Only what was done to this: the name of a prompt (its versions are meant too) or of anything else, `NAME@VERSION`, or
    /// a commit.
    pub entity: Option<String>,
    /// Only what is called so: `approve`, `label_moved`, …
    pub action: Option<String>,
    /// Only what happened at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Only what happened at this time or before.
    pub until: Option<i64>,
    /// The most rows of the page, at least 1.
    pub limit: usize,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A place in the audit: how many landed things and how many words of people are older, and how many rows of the oldest thing
/// that is not were told already.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    landed: usize,
    told: usize,
    said: usize,
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let (landed, rest) = text.split_once('.')?;
        let (told, said) = rest.split_once('.')?;
        Some(Self { landed: landed.parse().ok()?, told: told.parse().ok()?, said: said.parse().ok()? })
    }
}

impl Search {
    fn start(&self) -> Result<Cursor, Error> {
        let Some(cursor) = &self.cursor else { return Ok(Cursor { landed: usize::MAX, told: 0, said: usize::MAX }) };
        Cursor::read(cursor).ok_or_else(|| Error::Parameter {
            field: "cursor".to_owned(),
            reason: "give the `next_cursor` of the page before".to_owned(),
        })
    }

    /// Whether something may have happened at a time that is asked for, as far as that is known, by somebody who is.
    fn fits(&self, at: i64, actor: &str) -> bool {
        self.since.is_none_or(|since| since <= at)
            && self.until.is_none_or(|until| at <= until)
            && self.actor.as_deref().is_none_or(|wanted| wanted == actor)
    }

    /// Whether a thing is the one that is asked for.
    fn means(&self, entity: &str) -> bool {
        let Some(wanted) = self.entity.as_deref() else { return true };
        entity == wanted || entity.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('@'))
    }
}

impl App {
    /// What was decided, what landed and what that did, up to `current`, a state that was served; newest first, a page at a
    /// time. A page may hold fewer rows than asked for and yet not be the last. What was decided comes at the time at which it came into
    /// the log. Blocks.
    ///
    /// # Errors
    /// Where the cursor is none, or Git fails.
    pub fn audit(&self, current: &Current, search: &Search) -> Result<Page<Audited>, Error> {
        let start = search.start()?;
        let taken = Taken::down(self, current, search);
        let rows = Rows::of(current);
        let mut at = Cursor {
            landed: start.landed.min(taken.landed.len()),
            said: start.said.min(taken.said.len()),
            told: start.told,
        };
        let (mut items, mut seen) = (Vec::new(), 0);
        let limit = search.limit.max(1);
        let mut shelf = past::Contents::default();
        let mut read = at.landed;
        while at.landed > 0 || at.said > 0 {
            if items.len() == limit || seen == MOST {
                let next_cursor = Some(format!("{}.{}.{}", at.landed, at.told, at.said));
                return Ok(Page { items, next_cursor });
            }
            let landed = at.landed.checked_sub(1).and_then(|place| taken.landed.get(place));
            let said = at.said.checked_sub(1).and_then(|place| taken.said.get(place));
            match (landed, said) {
                (Some(landed), said) if said.is_none_or(|said| landed.is_after(said)) => {
                    if at.landed <= read {
                        read = at.landed.saturating_sub(limit.clamp(CHUNK.0, CHUNK.1));
                        let chunk = taken.landed.get(read..at.landed).unwrap_or_default();
                        shelf = past::Contents::read(self.repository(), chunk.iter().filter_map(taken::Landed::step))?;
                    }
                    seen += 1;
                    let told: Vec<Audited> =
                        rows.of_landed(landed, &shelf).into_iter().filter(|row| row.fits(search)).collect();
                    let left = told.len().saturating_sub(at.told);
                    let room = (limit - items.len()).min(left);
                    items.extend(told.into_iter().skip(at.told).take(room));
                    (at.landed, at.told) = if room == left { (at.landed - 1, 0) } else { (at.landed, at.told + room) };
                }
                (_, Some(said)) => {
                    items.extend(Some(rows.of_said(said)).filter(|row| row.fits(search)));
                    at.said -= 1;
                }
                _ => break,
            }
        }
        Ok(Page { items, next_cursor: None })
    }
}
