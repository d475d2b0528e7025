//! Views: states other than the one that is served, of a ref or of a time. No cache may keep them.

use super::{
    App, Error,
    arrivals::{Handles, arrivals_of, known_arrivals},
    current::{Arrivals, Current},
    effective::{Stand, put_folders},
    ledger::{Content, Ledger, identity},
    shelf::{Shelf, Wanted},
};
use crate::{
    domain::{Limits, Location, PromptName, Registry, Semver, locate},
    files,
    git::{CommitId, Repository, Tree},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, PoisonError},
};

/// How many other states (`ref`, `at`) are kept.
const VIEWS: usize = 8;

/// Other states, made with a lock and a shelf of their own, so that they never hold up what is served.
#[derive(Debug, Default)]
pub(super) struct Views {
    shelf: Shelf<'static>,
    made: VecDeque<(View, Arc<Current>)>,
}

/// A state other than the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct View {
    commit: CommitId,
    /// Whether it is what was served then, and not the commit's own files.
    is_past: bool,
    /// The commit that is served while it is asked for.
    served: Option<CommitId>,
}

/// How many seconds a caller's clock may be ahead of ours.
const SKEW: i64 = 60;

impl App {
    /// The state of a branch, tag or commit. Blocks.
    ///
    /// # Errors
    /// Where there is no such ref, or Git fails.
    pub fn at_ref(&self, name: &str) -> Result<Arc<Current>, Error> {
        let commit = self.repository.resolve(name)?;
        self.view(View { commit, is_past: false, served: None })
    }

    /// What was served at a time (RFC 3339, or seconds since 1970). Blocks.
    ///
    /// # Errors
    /// Where the time cannot be read, or nothing had been committed by then.
    pub fn at_time(&self, time: &str) -> Result<Arc<Current>, Error> {
        let seconds = seconds("at", time)?;
        if seconds > self.meter.clock().now().as_second().saturating_add(SKEW) {
            let reason = format!("{time} is still to come: what is served then is not known");
            return Err(Error::Parameter { field: "at".to_owned(), reason });
        }
        let tip = self.current.load().commit.ok_or_else(|| Error::NoCommit(self.branch.clone()))?;
        // Clocks go wrong, so that the newest is so by its place on the line, not by its time.
        let by_then = |ledger: &Ledger| {
            let line = &ledger.landings[..=ledger.landing_of(tip)?];
            Some(line.iter().rfind(|landing| landing.at <= seconds)?.commit)
        };
        let commit = by_then(&self.ledger());
        let missing = || Error::Missing { what: "commit at", name: time.to_owned() };
        self.view(View { commit: commit.ok_or_else(missing)?, is_past: true, served: None })
    }

    fn view(&self, view: View) -> Result<Arc<Current>, Error> {
        let served = self.current();
        // What was withdrawn since counts in every view, so that a view belongs to what is served now.
        let view = View { served: served.commit, ..view };
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, state)) = views.made.iter().find(|(other, _)| *other == view) {
            return Ok(Arc::clone(state));
        }
        let state = if view.is_past {
            let past = Past::new(&self.ledger(), view.commit, &served.registry)?;
            past.read(&self.repository, &served.registry, &mut views.shelf)?
        } else {
            at_commit(&self.repository, view.commit, &served, &mut views.shelf)?
        };
        let state = Arc::new(state);
        views.made.push_front((view, Arc::clone(&state)));
        if views.made.len() > VIEWS {
            views.made.truncate(VIEWS);
            views.shelf = Shelf::default();
        }
        Ok(state)
    }
}

/// More than any file has, and far from where sums overflow.
const HUGE: usize = u32::MAX as usize;

/// What was admitted keeps to the limits that held then, whatever they were.
pub(super) const ADMITTED: Limits = Limits {
    file_bytes: HUGE,
    yaml_depth: HUGE,
    yaml_nodes: HUGE,
    template_tags: HUGE,
    template_depth: HUGE,
    output_bytes: HUGE,
    render_milliseconds: u32::MAX as u64,
    tokens: HUGE,
};

/// What was served as of an earlier landing, as far as the ledger knows it: contents of the past have yet to be read.
#[derive(Debug)]
pub(super) struct Past {
    commit: CommitId,
    stands: Vec<Stand>,
    arrivals: Arrivals,
    others: Vec<Arc<Content>>,
    depths: HashMap<(PromptName, Semver), usize>,
}

impl Past {
    /// Takes down what was served as of a commit of the default branch. Handles are those of today.
    ///
    /// # Errors
    /// Where the commit is not on the branch's first-parent line.
    pub(super) fn new(ledger: &Ledger, commit: CommitId, served: &Registry) -> Result<Self, Error> {
        let last = ledger.landing_of(commit).ok_or(Error::NotOnBranch(commit))?;
        let who = Handles::of(&served.users);
        let (mut stands, mut others) = (Vec::new(), Vec::new());
        for (identity, standing) in ledger.standings(last) {
            match identity {
                Location::Prompt(_, name) => stands.extend(Stand::of(ledger, name, last)),
                Location::Version(..) => {}
                Location::Registry => others.push(standing.content.clone()),
                _ if standing.is_removed => {}
                _ => others.push(standing.content.clone()),
            }
        }
        let arrivals = stands.iter().map(|stand| (stand.name.clone(), arrivals_of(ledger, &stand.name, last, &who)));
        let arrivals = arrivals.collect();
        Ok(Self { commit, stands, arrivals, others, depths: ledger.depths.clone() })
    }

    /// Reads what is not in memory any more, and makes a state of it. Withdrawals since then count.
    ///
    /// # Errors
    /// Where Git fails.
    pub(super) fn read(
        self,
        repository: &Repository,
        served: &Registry,
        shelf: &mut Shelf<'_>,
    ) -> Result<Current, Error> {
        let wanted = |content: &Arc<Content>| Wanted {
            location: content.location.clone(),
            path: Arc::clone(&content.path),
            blob: content.blob,
            limits: ADMITTED,
        };
        let all = self.stands.iter().flat_map(Stand::contents).chain(&self.others);
        shelf.fetch(repository, all.filter(|content| content.entity.is_none()).map(wanted), &|_| ())?;
        let said = |content: &Arc<Content>| content.entity.clone().or_else(|| shelf.get(&wanted(content)).cloned());
        let mut registry = Registry::default();
        for content in &self.others {
            if let Some(entity) = said(content) {
                files::place(&mut registry, &identity(&content.location), entity);
            }
        }
        let folders = self.stands.iter().filter_map(|stand| stand.folder(said)).collect();
        put_folders(&mut registry, folders, &self.depths);
        let registry = with_withdrawals(registry, served);
        Ok(Current::view(Some(self.commit), registry, &self.arrivals))
    }
}

/// The files of a commit that what is served says already, and those that have to be read.
///
/// # Errors
/// Where Git fails.
pub(super) fn files_of(tree: &Tree, limits: Limits) -> Vec<Wanted> {
    let files = tree.entries.iter().filter_map(|entry| {
        let location = locate(&entry.path).ok()??;
        let limits = if location == Location::Registry { Limits::default() } else { limits };
        Some(Wanted { location, path: Arc::clone(&entry.path), blob: entry.blob, limits })
    });
    files.collect()
}

/// Makes a state of any commit's own files, as if they were the first to land. Withdrawals on the default branch count,
/// and what it does not serve with equal content is a draft.
///
/// # Errors
/// Where Git fails.
pub(super) fn at_commit(
    repository: &Repository,
    commit: CommitId,
    served: &Current,
    shelf: &mut Shelf<'_>,
) -> Result<Current, Error> {
    let limits = served.registry.settings.as_deref().map(|settings| settings.limits).unwrap_or_default();
    let files = files_of(&repository.tree(commit)?, limits);
    shelf.fetch(repository, files.iter().cloned(), &|_| ())?;
    let contents = files.into_iter().map(|wanted| Content {
        entity: shelf.get(&wanted).cloned(),
        location: wanted.location,
        path: wanted.path,
        blob: wanted.blob,
    });
    let ledger = Ledger::of_files(contents.collect());
    let (mut registry, mut stands) = (Registry::default(), Vec::new());
    for (identity, standing) in ledger.standings(0) {
        match (identity, &standing.content.entity) {
            (Location::Prompt(_, name), _) => stands.extend(Stand::of(&ledger, name, 0)),
            (_, Some(entity)) => files::place(&mut registry, identity, entity.clone()),
            _ => {}
        }
    }
    let folders = stands.iter().filter_map(|stand: &Stand| stand.folder(|content| content.entity.clone())).collect();
    put_folders(&mut registry, folders, &ledger.depths);
    let registry = with_withdrawals(registry, &served.registry);
    let arrivals = known_arrivals(&registry, served);
    Ok(Current::view(Some(commit), registry, &arrivals))
}

/// What was yanked or revoked on the default branch is so in every view of the registry.
fn with_withdrawals(mut registry: Registry, served: &Registry) -> Registry {
    for folder in registry.prompts.values_mut() {
        let Some(known) = served.prompts.get(&folder.name) else { continue };
        if known.prompt.yanked.is_empty() && known.prompt.revoked.is_empty() {
            continue;
        }
        let prompt = Arc::make_mut(&mut Arc::make_mut(folder).prompt);
        prompt.yanked.extend(known.prompt.yanked.clone());
        prompt.revoked.extend(known.prompt.revoked.clone());
    }
    registry
}

/// A time that a caller wrote: a number of seconds since 1970, or RFC 3339.
///
/// # Errors
/// Where it is no time, naming the parameter.
pub fn time(field: &str, time: &str) -> Result<jiff::Timestamp, Error> {
    let wrong = || Error::Parameter {
        field: field.to_owned(),
        reason: format!("`{}` is no time: write 2026-11-22T14:02:00Z", time.chars().take(40).collect::<String>()),
    };
    match time.parse::<i64>() {
        Ok(seconds) => jiff::Timestamp::from_second(seconds).map_err(|_| wrong()),
        Err(_) => time.parse().map_err(|_| wrong()),
    }
}

/// The same in seconds since 1970.
///
/// # Errors
/// As [`time`].
pub fn seconds(field: &str, text: &str) -> Result<i64, Error> {
    Ok(time(field, text)?.as_second())
}

/// A time as answers tell it: RFC 3339, to the second.
pub(super) fn text(time: jiff::Timestamp) -> String {
    format!("{time:.0}")
}
