//! Which keys are revoked: told by users' files and settings on the branch, and itself a question of what those files were covered by.
//!
//! A key that was revoked has no say in whether it was. So before anything is read, what is said of the policy is heard in
//! the order of the log, and at each moment those keys are revoked that covered files say so of. From then on they are
//! revoked, whatever is said later.

use super::{
    Error,
    decisions::Spoken,
    ledger::{Ledger, Touched},
    reading::{Reading, wanted},
    shelf::Shelf,
};
use crate::{
    domain::{Limits, Location, SigningKey, is_policy},
    files::Entity,
    git::{CommitId, FirstParent, Repository},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What users' files and settings that landed say of keys.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// All keys of all users and witnesses.
    keys: BTreeSet<String>,
    /// The keys that are revoked by files, covered or not, from which place of the log on, and by which landing. None of
    /// those that are revoked in any case.
    all: BTreeSet<(usize, String, usize)>,
    /// Those of covered files.
    covered: BTreeSet<(usize, String, usize)>,
}

/// A commit with what it changes of the policy, and what it is read with.
struct Policy {
    commit: FirstParent,
    limits: Limits,
    key: Option<String>,
}

/// What all worlds have in common.
struct Worlds<'a, 'b> {
    repository: &'a Repository,
    shelf: &'a mut Shelf<'b>,
    line: Vec<Policy>,
    /// The place in that line up to which each commit of the branch comes.
    numbers: HashMap<CommitId, usize>,
}

impl Claims {
    /// How many claims there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
}

impl Ledger {
    /// Takes note of what a file that landed says of keys: a user's own, or those of witnesses.
    pub(super) fn note_claims(&mut self, said: &Entity, landing: usize, is_covered: bool) {
        for key in keys_of(said) {
            self.claims.keys.insert(key.bare());
            let Some(from) = self.revoked_from(key) else { continue };
            if self.revoked.get(&key.bare()).is_none_or(|known| from < *known) {
                let claim = (landing, key.bare(), from);
                if is_covered {
                    self.claims.covered.insert(claim.clone());
                }
                self.claims.all.insert(claim);
            }
        }
    }

    /// From which place of the log on a file says that a key is revoked. A commit that the log has not is remembered.
    fn revoked_from(&mut self, key: &SigningKey) -> Option<usize> {
        let after = key.revoked()?.after.as_deref();
        let place = self.decisions.place_after(after);
        if let (None, Some(Ok(unknown))) = (place, after.map(str::parse)) {
            self.unknown_moments.insert(unknown);
        }
        place
    }

    /// Whether what is said anew may change which keys are revoked.
    pub(super) fn may_revoke(&self, spoken: &[Spoken]) -> bool {
        let has_claims = !self.revoked.is_empty() || self.claims.len() > 0;
        has_claims && spoken.iter().any(|subject| is_policy(&subject.0) && self.judged.contains_key(subject))
    }

    /// Finds out which keys are revoked, before the first landing is read. With no key called revoked the cost is that of
    /// looking at those files; where a key that is called so went on signing, it grows with what is said of the policy.
    pub(super) fn settle(
        &mut self,
        repository: &Repository,
        history: &[FirstParent],
        (limits, keys): (&[Limits], &[Option<String>]),
        shelf: &mut Shelf<'_>,
    ) -> Result<(), Error> {
        if !revokes_any(history, limits, shelf) {
            return Ok(());
        }
        let (mut numbers, mut line) = (HashMap::with_capacity(history.len()), Vec::new());
        for ((commit, limits), key) in history.iter().zip(limits).zip(keys) {
            let changes: Vec<_> = commit.changes.iter().filter(|change| is_policy(&change.path)).cloned().collect();
            if line.is_empty() || !changes.is_empty() {
                let commit = FirstParent { changes, ..commit.clone() };
                line.push(Policy { commit, limits: *limits, key: key.clone() });
            }
            numbers.insert(commit.commit, line.len() - 1);
        }
        let mut worlds = Worlds { repository, shelf, line, numbers };
        let claims = self.world(&mut worlds, None)?;
        let moments = self.moments(&claims);
        if moments.is_empty() {
            for (_, key, from) in claims.covered {
                self.holds_revoked(key, from);
            }
            return Ok(());
        }
        for until in moments {
            while let Some((_, key, from)) = self.world(&mut worlds, until)?.covered.pop_first() {
                self.holds_revoked(key, from);
            }
        }
        Ok(())
    }

    fn holds_revoked(&mut self, key: String, from: usize) {
        let known = self.revoked.entry(key).or_insert(from);
        *known = from.min(*known);
    }

    /// After which places of the log something of the policy may be covered that was not; none where no key that is called
    /// revoked signed anything from then on, so that it does not matter.
    fn moments(&self, claims: &Claims) -> Vec<Option<usize>> {
        let mut least: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, key, from) in &claims.all {
            let known = least.entry(key).or_insert(*from);
            *known = (*known).min(*from);
        }
        let voices = || self.decisions.all().filter(|(path, ..)| is_policy(path)).map(|(.., voice)| voice);
        let has_signed = |key: &str, place: usize| least.get(key).is_some_and(|from| place >= *from);
        if !voices().any(|voice| voice.key.as_ref().is_some_and(|key| has_signed(key, voice.place))) {
            return Vec::new();
        }
        let known = voices().filter(|voice| voice.key.as_ref().is_some_and(|key| claims.keys.contains(key)));
        let places: BTreeSet<usize> = known.map(|voice| voice.place + 1).chain([0]).collect();
        places.into_iter().map(Some).chain([None]).collect()
    }

    /// What those files say that land, where only the policy is read, what was said up to a place of the log is heard,
    /// and what is known to be revoked is.
    fn world(&mut self, worlds: &mut Worlds<'_, '_>, until: Option<usize>) -> Result<Claims, Error> {
        let mut world = Self {
            until,
            revoked: self.revoked.clone(),
            decisions: std::mem::take(&mut self.decisions),
            authors: std::mem::take(&mut self.authors),
            numbers_of: std::mem::take(&mut worlds.numbers),
            ..Self::default()
        };
        let read = worlds.line.iter().try_for_each(|Policy { commit, limits, key }| {
            let (repository, shelf) = (worlds.repository, &mut *worlds.shelf);
            let mut reading = Reading { repository, shelf, key: key.as_deref(), limits: *limits };
            world.land(commit, &mut reading, &mut Touched::default())
        });
        self.decisions = world.decisions;
        self.authors = world.authors;
        worlds.numbers = world.numbers_of;
        read.map(|()| world.claims)
    }
}

/// The keys of which a file says whether they are revoked.
pub(super) fn keys_of(said: &Entity) -> &[SigningKey] {
    match said {
        Entity::User(user) => &user.signing_keys,
        Entity::Registry(settings) => &settings.approval.witnesses,
        _ => &[],
    }
}

/// Whether any file says of a key that it is revoked.
fn revokes_any(history: &[FirstParent], limits: &[Limits], shelf: &Shelf<'_>) -> bool {
    let wanted = history.iter().zip(limits).flat_map(|(commit, limits)| wanted(commit, *limits));
    let mut policy = wanted.filter(|wanted| matches!(wanted.location, Location::User(_) | Location::Registry));
    policy.any(|wanted| {
        let keys = shelf.get(&wanted).map_or(&[][..], keys_of);
        keys.iter().any(|key| key.revoked().is_some())
    })
}
