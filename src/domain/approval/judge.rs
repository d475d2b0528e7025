//! Judging: whether what was said of a content is enough, heard in the order of the log.

use super::{Claim, Overlooked, Rules, Verdict, Voice};
use crate::domain::{
    decision::{Decision, Evidence, Verb},
    name::Handle,
    user::Permission,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the commit that a decision was based on tells of when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// The content had landed already.
    pub is_after: bool,
    /// Something else lies at the path than the person saw, or lay there.
    pub is_outdated: bool,
}

/// What one person said, in which place among all that was said.
struct Word<'a> {
    at: usize,
    voice: &'a Arc<Voice>,
    seen: Seen,
}

/// What was said so far and counts, as far as it is known who said it.
#[derive(Default)]
struct Heard<'a> {
    /// The newest word of each person, by where it was said: the person's own, or that in one change on a forge.
    words: BTreeMap<(&'a Handle, Source<'a>), Word<'a>>,
    /// All requests, and whether each still stands.
    requests: Vec<(usize, &'a Arc<Voice>, bool)>,
}

/// Where something was said: none where the person signed it.
type Source<'a> = Option<(&'a str, u64)>;

/// What the words come to.
#[derive(Default)]
struct Tally {
    approved: Vec<Arc<Voice>>,
    rejected: Vec<Arc<Voice>>,
    overlooked: Vec<(Arc<Voice>, Overlooked)>,
}

impl Rules {
    /// Judges what was said of a content. `seen` says of a decision what the person saw of it.
    ///
    /// What was covered stays covered, whatever is said later by somebody who had seen that it landed: then it is yanked or
    /// revoked, for all to see. A request makes nobody an author of what that person approved before.
    #[must_use]
    pub fn judge(&self, claim: &Claim<'_>, seen: impl Fn(&Decision) -> Seen) -> Verdict {
        let need = self.need(claim.path);
        let (mut heard, mut overlooked) = (Heard::default(), Vec::new());
        for (at, voice) in claim.voices.iter().enumerate() {
            let decision = &voice.decision;
            let is_among = || self.is_among(&decision.by, &need.approvers);
            let fault = self.fault_of(voice, claim.revoked).or_else(|| match decision.decision {
                Verb::Approve | Verb::Reject if !is_among() => Some(Overlooked::NotEligible),
                Verb::Reject | Verb::Withdraw if heard.is_against(decision) && seen(decision).is_after => {
                    let tally = self.tally(claim, &heard);
                    is_enough(need.required, &tally.approved, &tally.rejected).then_some(Overlooked::TooLate)
                }
                _ => None,
            });
            match (fault, decision.decision) {
                (Some(fault), _) => overlooked.push((Arc::clone(voice), fault)),
                (None, Verb::Request) => heard.requests.push((at, voice, true)),
                (None, Verb::Withdraw) => heard.withdraw(decision),
                // To say yes once more takes nothing back, though somebody has called that person an author since.
                (None, Verb::Approve) if self.counts(claim, &heard, decision) => {}
                (None, Verb::Approve | Verb::Reject) => {
                    let word = Word { at, voice, seen: seen(decision) };
                    heard.words.insert((&decision.by, source(decision)), word);
                }
            }
        }
        let tally = self.tally(claim, &heard);
        overlooked.extend(tally.overlooked);
        let standing = heard.requests.iter().filter(|(.., stands)| *stands);
        let mut verdict = Verdict {
            required: need.required,
            approved: tally.approved,
            rejected: tally.rejected,
            requested: standing.map(|(_, voice, _)| Arc::clone(voice)).collect(),
            authors: self.authors(claim, &heard, usize::MAX),
            may: self.eligible(&need),
            overlooked,
        };
        let has_approved: BTreeSet<Handle> = verdict.approved.iter().map(|voice| voice.decision.by.clone()).collect();
        verdict.may.retain(|who| !verdict.authors.contains(who) && !has_approved.contains(who));
        verdict
    }

    /// What the words come to that were heard so far.
    fn tally(&self, claim: &Claim<'_>, heard: &Heard<'_>) -> Tally {
        let mut tally = Tally::default();
        for word in heard.newest() {
            let (voice, decision) = (Arc::clone(word.voice), &word.voice.decision);
            if decision.decision == Verb::Reject {
                tally.rejected.push(voice);
            } else if self.authors(claim, heard, word.at).contains(&decision.by) {
                tally.overlooked.push((voice, Overlooked::Author));
            } else if word.seen.is_outdated {
                tally.overlooked.push((voice, Overlooked::Outdated));
            } else {
                tally.approved.push(voice);
            }
        }
        tally
    }

    /// Whether a person's approval counts already that was given in the same way.
    fn counts(&self, claim: &Claim<'_>, heard: &Heard<'_>, decision: &Decision) -> bool {
        let known = heard.words.get(&(&decision.by, source(decision)));
        known.is_some_and(|word| {
            word.voice.decision.decision == Verb::Approve
                && !word.seen.is_outdated
                && !self.authors(claim, heard, word.at).contains(&decision.by)
        })
    }

    /// Who wrote a content, as Git says and those who asked for approval before a word was said: also those who took that
    /// back, since they wrote it all the same.
    fn authors(&self, claim: &Claim<'_>, heard: &Heard<'_>, before: usize) -> BTreeSet<Handle> {
        let asked: Vec<&Decision> =
            heard.requests.iter().filter(|(at, ..)| *at < before).map(|(_, voice, _)| &voice.decision).collect();
        let brought_by = if asked.is_empty() { claim.brought_by } else { &[] };
        let named = asked.iter().flat_map(|decision| decision.authors.iter().map(String::as_str));
        let known = claim.authors.iter().chain(brought_by).copied().chain(named);
        let known = known.flat_map(|text| self.people(text).cloned());
        known.chain(asked.iter().map(|decision| decision.by.clone())).collect()
    }

    /// Why a decision is not the word of the person that it names; none where it is.
    #[must_use]
    pub fn fault_of(&self, voice: &Voice, revoked: &BTreeMap<String, usize>) -> Option<Overlooked> {
        let decision = &voice.decision;
        if decision.registry != self.settings.registry.id {
            return Some(Overlooked::OtherRegistry);
        }
        let Some(user) = self.users.get(&decision.by).filter(|user| user.is_active) else {
            return Some(Overlooked::Nobody);
        };
        let Some(key) = &voice.key else { return Some(Overlooked::Unsigned) };
        if revoked.get(key).is_some_and(|from| voice.place >= *from) {
            return Some(Overlooked::RevokedKey);
        }
        match &decision.evidence {
            Evidence::Own => match user.signing_keys.iter().find(|own| own.is(key)) {
                None => Some(Overlooked::ForeignKey),
                Some(_) if self.is_shared(key, &decision.by) => Some(Overlooked::SharedKey),
                Some(own) if !own.is_valid_at(&decision.at) => Some(Overlooked::ExpiredKey),
                Some(_) if decision.decision == Verb::Request && !self.allows(&decision.by, Permission::Propose) => {
                    Some(Overlooked::NotEligible)
                }
                Some(_) => None,
            },
            Evidence::Forge { forge, login, .. } => {
                let approval = &self.settings.approval;
                let witness = approval.witnesses.iter().find(|own| approval.accept_forge_reviews && own.is(key));
                let is_login = user.forge_logins.get(forge).is_some_and(|own| own.eq_ignore_ascii_case(login));
                match witness {
                    None => Some(Overlooked::ForeignWitness),
                    Some(own) if !own.is_valid_at(&decision.at) => Some(Overlooked::ExpiredKey),
                    Some(_) => (!is_login).then_some(Overlooked::ForeignLogin),
                }
            }
        }
    }

    /// Whether a key is listed for somebody else too: then nobody knows whose it is.
    pub(super) fn is_shared(&self, key: &str, by: &Handle) -> bool {
        let lists =
            |who: &Handle| self.users.get(who).is_some_and(|user| user.signing_keys.iter().any(|own| own.is(key)));
        self.users.keys().any(|who| who != by && lists(who))
    }
}

/// Whether so many approvals are enough, and nobody is against.
pub(super) const fn is_enough(required: u32, approved: &[Arc<Voice>], rejected: &[Arc<Voice>]) -> bool {
    rejected.is_empty() && approved.len() as u64 >= required as u64
}

fn source(decision: &Decision) -> Source<'_> {
    match &decision.evidence {
        Evidence::Own => None,
        Evidence::Forge { forge, change, .. } => Some((forge, *change)),
    }
}

impl<'a> Heard<'a> {
    /// Whether a decision is against what was said: a rejection, or the withdrawal of an approval.
    fn is_against(&self, decision: &Decision) -> bool {
        decision.decision == Verb::Reject || self.words.keys().any(|(by, _)| **by == decision.by)
    }

    /// What people sign themselves takes back all that they said; what a forge tells, only what was said in that change.
    fn withdraw(&mut self, decision: &Decision) {
        let own = source(decision);
        let is_meant = |by: &Handle, at: Source<'_>| *by == decision.by && (own.is_none() || own == at);
        self.words.retain(|(by, at), _| !is_meant(by, *at));
        for (_, voice, stands) in &mut self.requests {
            *stands &= !is_meant(&voice.decision.by, source(&voice.decision));
        }
    }

    /// The word of each person that counts: the person's own before what a witness tells, else the newest.
    fn newest(&self) -> impl Iterator<Item = &Word<'a>> {
        let mut newest: BTreeMap<&Handle, (bool, &Word<'a>)> = BTreeMap::new();
        for ((by, source), word) in &self.words {
            let rank = |(is_own, word): &(bool, &Word<'_>)| (*is_own, word.at);
            let this = (source.is_none(), word);
            if newest.get(by).is_none_or(|known| rank(known) < rank(&this)) {
                newest.insert(by, this);
            }
        }
        newest.into_values().map(|(_, word)| word)
    }
}
