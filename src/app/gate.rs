//! The gate: whether a change that landed is covered by the rules that held before it.

use super::{
    arrivals::timestamp,
    decisions::Spoken,
    ledger::{Content, Entry, Ledger, Touched, identity},
    revoked::keys_of,
};
use crate::{
    domain::{Claim, Decision, Handle, Location, Permission, Rules, Seen, Verdict},
    files::Entity,
    git::{Change, CommitId, FirstParent, Repository},
};
use std::{collections::BTreeMap, sync::Arc};

/// A content that was judged when it landed, with the rules that it was judged by.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) landing: usize,
    pub(super) rules: Arc<Rules>,
    pub(super) verdict: Arc<Verdict>,
    /// Whoever moved labels, deprecated or archived by a signed commit: that needs no approval.
    pub(super) moved_by: Option<Handle>,
    /// What was judged.
    location: Location,
}

/// A content that lies on the branch and is not covered.
#[derive(Debug, Clone)]
pub(super) struct Uncovered {
    /// What lies there; none where something was taken away, or is no plain file.
    pub(super) content: Option<Arc<Content>>,
    /// Why nobody can cover it: it is no plain file, or names a moment that never was.
    pub(super) refused: Option<&'static str>,
    pub(super) landing: usize,
    pub(super) verdict: Arc<Verdict>,
}

/// Why a user's file is covered by nobody that revokes a key from a commit on which the log has not.
const UNKNOWN_MOMENT: &str = "it revokes a key after a commit that promptreg/log does not have";

impl Judged {
    /// Whether it is covered.
    pub(super) fn is_covered(&self) -> bool {
        self.moved_by.is_some() || self.verdict.is_covered()
    }
}

/// One change of a landing that is to be judged.
pub(super) struct Landed<'a> {
    pub(super) commit: &'a FirstParent,
    pub(super) landing: usize,
    pub(super) change: &'a Change,
    pub(super) location: &'a Location,
    /// What it brings; none where it takes something away.
    pub(super) content: Option<&'a Arc<Content>>,
    /// The key that signed the commit.
    pub(super) key: Option<&'a str>,
}

impl Ledger {
    /// The rules by which the next landing is judged; none where being on the branch is enough, and for the first
    /// landing, which is trusted.
    pub(super) fn gate(&mut self) -> Option<Arc<Rules>> {
        let landing = self.landings.len();
        if landing == 0 {
            return None;
        }
        if self.rules.is_none() {
            self.rules = self.rules_now().map(Arc::new);
        }
        self.rules.clone().filter(|rules| rules.are_verified())
    }

    /// The rules of what may be served now.
    pub(super) fn rules_now(&self) -> Option<Rules> {
        let mut rules = None;
        let last = self.last();
        let standing = self.standing(&Location::Registry, last)?;
        if let Some(Entity::Registry(settings)) = &standing.content.entity {
            rules = Some(Rules { settings: Arc::clone(settings), users: BTreeMap::new(), roles: BTreeMap::new() });
        }
        let mut rules = rules?;
        for (identity, standing) in self.policy_standings(last) {
            match (identity, &standing.content.entity) {
                _ if standing.is_removed => {}
                (Location::User(handle), Some(Entity::User(user))) => {
                    rules.users.insert(handle.clone(), Arc::clone(user));
                }
                (Location::Role(name), Some(Entity::Role(role))) => {
                    rules.roles.insert(name.clone(), Arc::clone(role));
                }
                _ => {}
            }
        }
        Some(rules)
    }

    /// Whether a change is covered. What is not is noted, and what was covered before stays as it was.
    pub(super) fn covers(
        &mut self,
        repository: &Repository,
        rules: &Arc<Rules>,
        landed: &Landed<'_>,
        touched: &mut Touched,
    ) -> bool {
        if self.changes_nothing(landed) {
            self.uncovered.remove(landed.location);
            return true;
        }
        let subject: Spoken = (Arc::clone(&landed.change.path), landed.change.new);
        let judged = Judged {
            landing: landed.landing,
            rules: Arc::clone(rules),
            verdict: Arc::new(self.judge(repository, rules, &subject, landed.landing, landed.location)),
            moved_by: self.moved_by(rules, landed),
            location: landed.location.clone(),
        };
        // What is no plain file is covered by nobody, nor a key that is revoked from a moment on that never was.
        let unknown = !self.knows_moments(landed.content.map(|content| &**content));
        let refused = landed.change.refused.or(unknown.then_some(UNKNOWN_MOMENT));
        let is_covered = judged.is_covered() && refused.is_none();
        if is_covered {
            self.uncovered.remove(landed.location);
        } else {
            let (content, verdict) = (landed.content.cloned(), Arc::clone(&judged.verdict));
            let uncovered = Uncovered { content, refused, landing: landed.landing, verdict };
            self.uncovered.insert(landed.location.clone(), uncovered);
            touched.places.insert(landed.location.clone());
        }
        self.judged.entry(subject).or_default().push(judged);
        is_covered
    }

    /// Whether a change leaves what is covered as it is: the same content as before, also in another folder, or the file of
    /// a version, which is immutable for good.
    fn changes_nothing(&self, landed: &Landed<'_>) -> bool {
        let identity = identity(landed.location);
        if landed.change.refused.is_some() {
            return false;
        }
        let Some(blob) = landed.change.new else {
            return matches!(identity, Location::Version(..)) || !self.heads.contains_key(landed.location);
        };
        let is_head = self.heads.get(landed.location).and_then(Option::as_ref).is_some_and(|head| head.blob == blob);
        let is_served = || self.standing(&identity, self.last()).is_some_and(|standing| standing.content.blob == blob);
        is_head || (matches!(identity, Location::Version(..)) && is_served())
    }

    /// Whether the log has every commit from which on a key is revoked. What it has not yet is remembered.
    fn knows_moments(&mut self, content: Option<&Content>) -> bool {
        let keys = content.and_then(|content| content.entity.as_ref()).map_or(&[][..], keys_of);
        let named = keys.iter().filter_map(|key| key.revoked()?.after.as_deref()?.parse().ok());
        let unknown: Vec<CommitId> = named.filter(|commit| !self.decisions.has(*commit)).collect();
        let knows = unknown.is_empty();
        self.unknown_moments.extend(unknown);
        knows
    }

    /// Judges a content as of a landing.
    fn judge(
        &self,
        repository: &Repository,
        rules: &Rules,
        subject: &Spoken,
        landing: usize,
        location: &Location,
    ) -> Verdict {
        let (path, blob) = subject;
        let landed = &self.landings[landing].author;
        let author = blob.and_then(|blob| self.authors.get(path, blob)).unwrap_or(landed);
        let names: Vec<&str> = author.addresses().collect();
        // After a squash the one who merged is all that Git knows.
        let (authors, brought_by) = if author == landed { (&[][..], &names[..]) } else { (&names[..], &[][..]) };
        let voices = self.decisions.of(subject);
        let heard = self.until.map_or(voices.len(), |until| voices.partition_point(|voice| voice.place < until));
        let claim = Claim { path, voices: &voices[..heard], authors, brought_by, revoked: &self.revoked };
        rules.judge(&claim, |decision| self.seen(repository, decision, subject, location, Some(landing)))
    }

    /// What a person saw of a path, by the commit of the default branch that the decision was based on: before a content
    /// landed, the path must not have changed since; after that, the content must have been there. A version that has yet to
    /// land never changes. A commit that is not on the branch tells nothing.
    pub(super) fn seen(
        &self,
        repository: &Repository,
        decision: &Decision,
        (path, blob): &Spoken,
        location: &Location,
        landing: Option<usize>,
    ) -> Seen {
        let is_version = matches!(location, Location::Version(..));
        let base = decision.base.parse::<CommitId>().ok();
        let known = base.and_then(|base| Some((base, *self.numbers_of.get(&base)?)));
        let Some((base, number)) = known else { return Seen { is_after: false, is_outdated: !is_version } };
        if landing.is_some_and(|landing| landing <= number) {
            let found = repository.blob_at(base, path);
            return Seen { is_after: true, is_outdated: found != Ok(*blob) };
        }
        let entries = self.admitted.get(&identity(location)).map_or(&[][..], Vec::as_slice);
        let is_between =
            |entry: &Entry| entry.landing > number && landing.is_none_or(|landing| entry.landing < landing);
        Seen { is_after: false, is_outdated: !is_version && entries.iter().any(is_between) }
    }

    /// Who moved labels, deprecated, yanked, revoked or archived, or revoked a key, where a change does nothing else, and
    /// whoever signed the commit may do that.
    fn moved_by(&self, rules: &Rules, landed: &Landed<'_>) -> Option<Handle> {
        let before = self.heads.get(landed.location)?.as_ref()?;
        let who = rules.owner_of(landed.key?, &timestamp(landed.commit.committed_at)?)?;
        let may = match (&before.entity, &landed.content?.entity) {
            (Some(Entity::Prompt(before)), Some(Entity::Prompt(after))) => rules.may_move(who, &before.moves(after)?),
            (Some(Entity::User(before)), Some(Entity::User(after))) => {
                let is_own = matches!(landed.location, Location::User(own) if own == who);
                before.only_withdraws(after) && (is_own || rules.allows(who, Permission::Administer))
            }
            _ => false,
        };
        may.then(|| who.clone())
    }

    /// Judges again what something new was said of. Answers whether that covers something that was not covered, or the
    /// other way round: then the ledger has to be made anew.
    pub(super) fn judge_again(&mut self, repository: &Repository, spoken: &[Spoken], touched: &mut Touched) -> bool {
        if self.unknown_moments.iter().any(|commit| self.decisions.has(*commit)) {
            return true;
        }
        for subject in spoken {
            let Some(known) = self.judged.get(subject).cloned() else { continue };
            let mut judged = Vec::with_capacity(known.len());
            for one in known {
                let verdict = self.judge(repository, &one.rules, subject, one.landing, &one.location);
                let again = Judged { verdict: Arc::new(verdict), ..one.clone() };
                if again.is_covered() != one.is_covered() {
                    return true;
                }
                touched.thing(&identity(&one.location));
                touched.places.insert(one.location.clone());
                if let Some(uncovered) = self.uncovered.get_mut(&one.location).filter(|own| own.landing == one.landing)
                {
                    uncovered.verdict = Arc::clone(&again.verdict);
                }
                judged.push(again);
            }
            self.judged.insert(subject.clone(), judged);
        }
        false
    }

    /// How a content at a path was judged, newest last; none where being on the branch was enough.
    pub(super) fn judged(&self, content: &Content) -> &[Judged] {
        self.judged.get(&(Arc::clone(&content.path), Some(content.blob))).map_or(&[], Vec::as_slice)
    }
}
