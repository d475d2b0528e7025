//! The projection: the registry as rows, so that people with SQL tools have a true picture of it.
//!
//! The rows are a pure function of what is served. What changed is worked out from the state before and the one after;
//! where the database was left by somebody else, all of it is compared.

mod requests;
mod rows;

use self::{
    requests::{Said, requests},
    rows::Maker,
};
use super::{App, Current, Error, Records};
use crate::{
    domain::{Kind, PromptFolder, PromptName, id},
    store::{
        self, Cursor, Difference, Rows, Tenant, Transaction, change_rows, lock_cursor, move_cursor, prompt_ids,
        read_others, read_prompts,
    },
};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// The form of the rows: raised whenever the same state has other ones.
const FORMAT: i64 = 1;

/// How many prompts are compared at a time.
const TOGETHER: usize = 500;

/// What is known to be in the database.
#[derive(Debug, Clone)]
pub struct Projected {
    current: Arc<Current>,
    said: Arc<Said>,
    cursor: Cursor,
}

impl Projected {
    /// The commit.
    pub(super) fn commit(&self) -> Option<&str> {
        self.cursor.commit.as_deref()
    }

    /// Whether it is of the state that is served now.
    pub(super) fn is_of(&self, current: &Arc<Current>) -> bool {
        Arc::ptr_eq(&self.current, current)
    }
}

/// What came of an attempt.
#[derive(Debug)]
pub enum Projection {
    /// The rows say what is served; so many were written.
    Done(Projected, usize),
    /// The rows are of a commit that is not known here: somebody else is ahead, or follows another history.
    Unknown(String),
}

/// A row that does not say what Git says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The table.
    pub table: &'static str,
    /// What the row is called: its name where it has one, else its id.
    pub row: String,
    /// What is wrong with it, in a few words.
    pub what: String,
}

/// How rows are put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// What changed since they were put right last, where that is known; all of them where it is not.
    Since,
    /// All of them, even where they are of a commit that is not known here.
    All,
}

impl App {
    /// Puts the rows right, in one transaction with the cursor that says which state they are of. Whoever comes second finds
    /// that it is done.
    ///
    /// # Errors
    /// Where the database is away, or the rows are of a form that a newer program knows.
    pub async fn project(
        self: &Arc<Self>,
        records: &Records,
        before: Option<&Projected>,
        how: How,
    ) -> Result<Projection, Error> {
        let next = self.projected()?;
        let mut begun = records.engine().begin().await?;
        let cursor = lock_cursor(&mut *begun, &tenant(&next.current)?).await?;
        if cursor.format > FORMAT {
            let what = "the rows in the database have a form that only a newer promptreg knows: they are left alone";
            return Err(Error::Refused(what.to_owned()));
        }
        if cursor == next.cursor && how == How::Since {
            return Ok(Projection::Done(next, 0));
        }
        if how == How::Since
            && let Some(unknown) = self.unknown(&cursor, &next)
        {
            return Ok(Projection::Unknown(unknown));
        }
        let written = match before.filter(|before| before.cursor == cursor && how == How::Since) {
            Some(before) => {
                let (before, next) = (before.clone(), next.clone());
                let difference = blocking(move || difference(&before, &next)).await?;
                change_rows(&mut *begun, &difference).await?;
                difference.len()
            }
            None => {
                let mut written = 0;
                let mut all = All::of(&next)?;
                while let Some(difference) = all.next(&mut *begun).await? {
                    change_rows(&mut *begun, &difference).await?;
                    written += difference.len();
                }
                written
            }
        };
        move_cursor(&mut *begun, maker(&next.current)?.tenant, &next.cursor).await?;
        begun.commit().await?;
        Ok(Projection::Done(next, written))
    }

    /// Compares all rows with what Git says, and changes nothing. Rows that are of another state than the one that is served
    /// differ from it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn strays(self: &Arc<Self>, records: &Records) -> Result<Vec<Stray>, Error> {
        let next = self.projected()?;
        let mut begun = records.engine().begin().await?;
        let cursor = lock_cursor(&mut *begun, &tenant(&next.current)?).await?;
        let mut strays = Vec::new();
        if cursor.commit.is_none() && next.cursor.commit.is_some() {
            let what = "is of no commit yet, so no row is there".to_owned();
            return Ok(vec![Stray { table: "sync_state", row: "commit_id".to_owned(), what }]);
        }
        if cursor != next.cursor {
            let said = |cursor: &Cursor| cursor.commit.clone().unwrap_or_else(|| "none".to_owned());
            let what = format!("its rows are of commit {}, and {} is served", said(&cursor), said(&next.cursor));
            strays.push(Stray { table: "sync_state", row: "commit_id".to_owned(), what });
        }
        let mut all = All::of(&next)?;
        while let Some(difference) = all.next(&mut *begun).await? {
            strays.extend(told(&difference));
        }
        Ok(strays)
    }

    /// What is served now, and the cursor that belongs to it.
    fn projected(&self) -> Result<Projected, Error> {
        let said = Arc::new(self.said());
        let current = self.current();
        let landing = current.commit.and_then(|commit| self.ledger().landing_of(commit));
        let cursor = Cursor {
            commit: current.commit.map(|commit| commit.to_string()),
            log: current.log.map(|commit| commit.to_string()),
            landings: landing.and_then(|landing| i64::try_from(landing + 1).ok()).unwrap_or_default(),
            format: FORMAT,
        };
        Ok(Projected { current, said, cursor })
    }

    /// The commit that the rows are of, where it is not known here, or comes after what is served here.
    fn unknown(&self, cursor: &Cursor, next: &Projected) -> Option<String> {
        let commit = cursor.commit.as_ref()?;
        let landing = commit.parse().ok().and_then(|commit| self.ledger().landing_of(commit));
        let is_known =
            landing.is_some_and(|landing| landing < usize::try_from(next.cursor.landings).unwrap_or_default());
        (!is_known).then(|| commit.clone())
    }
}

/// Works out what takes its time where it holds nobody up.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let failed = |error: tokio::task::JoinError| Error::Refused(format!("the rows cannot be worked out: {error}"));
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

fn maker(current: &Current) -> Result<Maker<'_>, Error> {
    Maker::of(current).ok_or(Error::NoDatabase)
}

fn tenant(current: &Current) -> Result<Tenant, Error> {
    let settings = current.registry.settings.as_ref().ok_or(Error::NoDatabase)?;
    let identity = &settings.registry;
    Ok(Tenant { id: identity.id, name: identity.name.to_string(), default_branch: identity.default_branch.clone() })
}

/// What has to be done to the rows of one state so that they are those of the next.
fn difference(before: &Projected, next: &Projected) -> Result<Difference, Error> {
    let (old, new) = (&before.current.registry, &next.current.registry);
    let (mut have, mut want) = (Rows::default(), Rows::default());
    let (old_maker, new_maker) = (maker(&before.current)?, maker(&next.current)?);
    let touched: BTreeSet<&PromptName> = if old.settings == new.settings && old.policies == new.policies {
        let is_same = |name: &&PromptName| match (old.prompts.get(*name), new.prompts.get(*name)) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            _ => false,
        };
        new.prompts.keys().chain(old.prompts.keys()).filter(|name| !is_same(name)).collect()
    } else {
        new.prompts.keys().chain(old.prompts.keys()).collect()
    };
    for name in &touched {
        old_maker.prompt(name, &mut have);
        new_maker.prompt(name, &mut want);
    }
    let sorts = |folder: Option<&Arc<PromptFolder>>| {
        let folder = folder.filter(|folder| !folder.is_removed)?;
        Some((folder.collection.clone(), folder.prompt.tags.clone()))
    };
    let sorted_alike = touched.iter().all(|name| sorts(old.prompts.get(*name)) == sorts(new.prompts.get(*name)));
    let same_others = old.collections == new.collections
        && old.tags == new.tags
        && old.users == new.users
        && old.roles == new.roles
        && old.policies == new.policies
        && old.clients == new.clients
        && old.models == new.models
        && old.hooks == new.hooks
        && old.workflows == new.workflows;
    if !(same_others && sorted_alike) {
        old_maker.others(&mut have);
        new_maker.others(&mut want);
    }
    if before.said != next.said {
        requests(&before.said, &old_maker, &mut have);
        requests(&next.said, &new_maker, &mut want);
    }
    Ok(have.until(&want))
}

/// All rows, compared with what they should be, a part at a time.
struct All<'a> {
    next: &'a Projected,
    maker: Maker<'a>,
    names: Vec<&'a PromptName>,
    done: usize,
    has_begun: bool,
}

impl<'a> All<'a> {
    fn of(next: &'a Projected) -> Result<Self, Error> {
        let maker = maker(&next.current)?;
        let names = next.current.registry.listed().map(|folder| &folder.name).collect();
        Ok(Self { next, maker, names, done: 0, has_begun: false })
    }

    /// What has to be done to the next part of the rows; none where all were compared.
    async fn next(&mut self, begun: &mut dyn Transaction) -> Result<Option<Difference>, store::Error> {
        let tenant = self.maker.tenant;
        let prompt = |name: &PromptName| id(tenant, Kind::Prompt, name.as_str());
        let mut want = Rows::default();
        if !std::mem::replace(&mut self.has_begun, true) {
            self.maker.others(&mut want);
            requests(&self.next.said, &self.maker, &mut want);
            let mut have = read_others(begun, tenant).await?;
            // Prompts that the registry does not have, in the same breath.
            let known: HashSet<Uuid> = self.names.iter().map(|name| prompt(name)).collect();
            let gone: Vec<Uuid> =
                prompt_ids(begun, tenant).await?.into_iter().filter(|prompt| !known.contains(prompt)).collect();
            have.extend(read_prompts(begun, tenant, &gone).await?);
            return Ok(Some(have.until(&want)));
        }
        let some = self.names.get(self.done..).unwrap_or_default();
        let some = some.get(..TOGETHER.min(some.len())).unwrap_or_default();
        if some.is_empty() {
            return Ok(None);
        }
        some.iter().for_each(|name| self.maker.prompt(name, &mut want));
        let ids: Vec<Uuid> = some.iter().map(|name| prompt(name)).collect();
        self.done += some.len();
        Ok(Some(read_prompts(begun, tenant, &ids).await?.until(&want)))
    }
}

fn told(difference: &Difference) -> impl Iterator<Item = Stray> {
    let name = |record: &store::Record| {
        let said = ["name", "handle", "path", "semver", "label", "step", "trigger", "id"];
        let said = said.iter().find_map(|key| record.get(*key)?.as_str());
        said.unwrap_or_default().to_owned()
    };
    let put = difference.put.iter().map(move |put| Stray {
        table: put.table.name,
        row: name(&put.record),
        what: if put.columns.is_empty() {
            "is not there".to_owned()
        } else {
            format!("differs in {}", put.columns.join(", "))
        },
    });
    let take = difference.take.iter().map(move |(table, record)| Stray {
        table: table.name,
        row: name(record),
        what: "is there, and Git has no such thing".to_owned(),
    });
    put.chain(take)
}
