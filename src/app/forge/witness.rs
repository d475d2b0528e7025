//! Witness: what an event says of people, as decisions on the contents that the forge's refs hold.

use super::{Event, Forge, Kind, Verdict};
use crate::{
    app::{App, Error, ledger::Ledger, proposals::writers, shelf::MOST_BYTES},
    domain::{Decision, Evidence, Form, Handle, Rules, SUBJECTS, Subject, Verb, Voice},
    git::{BlobId, Change, ChangeRefs, CommitId},
};
use std::{collections::BTreeSet, sync::Arc};

/// Under which name a forge keeps the heads of its changes.
pub(super) const fn refs_of(forge: Forge) -> ChangeRefs {
    match forge {
        Forge::Gitlab => ChangeRefs::MergeRequests,
        Forge::Github | Forge::Gitea | Forge::Pagure => ChangeRefs::Pull,
    }
}

/// The most commits of a change that has landed already.
const COMMITS: usize = 1_000;

/// What somebody said, and who.
struct Said<'a> {
    verb: Verb,
    login: &'a str,
    review: Option<&'a str>,
    /// The commit that it was said of.
    head: CommitId,
}

/// Whether an event may become a decision.
pub(super) fn may_be_one(event: &Event) -> bool {
    said(event).is_some()
}

/// What an event says that a person said; nothing where it was a program, or is about no commit.
fn said(event: &Event) -> Option<Said<'_>> {
    let head = |named: Option<&String>| named.or(event.head.as_ref())?.parse().ok();
    match &event.kind {
        Kind::Review(review) if !review.by.is_bot => {
            let verb = match review.verdict {
                Verdict::Approve => Verb::Approve,
                Verdict::Reject => Verb::Reject,
                Verdict::Dismiss => Verb::Withdraw,
                Verdict::Comment => return None,
            };
            let head = head(review.commit.as_ref())?;
            Some(Said { verb, login: &review.by.name, review: review.id.as_deref(), head })
        }
        Kind::Opened | Kind::Updated if !event.is_draft => {
            let author = event.author.as_ref().filter(|author| !author.is_bot)?;
            Some(Said { verb: Verb::Request, login: &author.name, review: None, head: head(None)? })
        }
        _ => None,
    }
}

impl App {
    /// The decisions that an event bears witness of, unsigned; none where a program or an unknown person spoke, or the change is
    /// not meant for the default branch. `None` where the commit that was spoken of is not what the forge's ref holds or held;
    /// a forge may write that ref after it told. `head_of` brings the head of a change from the forge.
    ///
    /// # Errors
    /// Where `head_of` fails, or Git does.
    pub(super) fn witness(
        &self,
        event: &Event,
        head_of: impl FnOnce(u64) -> Result<Option<CommitId>, Error>,
    ) -> Result<Option<Vec<Decision>>, Error> {
        let (Some(said), Some(change)) = (said(event), event.change) else { return Ok(Some(Vec::new())) };
        if event.base_branch.as_deref() != Some(self.branch.as_str()) {
            return Ok(Some(Vec::new()));
        }
        let Some(rules) = self.ledger().rules_now() else { return Ok(Some(Vec::new())) };
        let Some(by) = person(&rules, event.forge, said.login) else { return Ok(Some(Vec::new())) };
        let Some(now) = head_of(change)? else { return Ok(None) };
        let is_before = |old, new| Ok::<_, Error>(self.repository.merge_base(old, new)? == Some(old));
        if !self.holds(said.head) || !is_before(said.head, now)? {
            return Ok(None);
        }
        let Some(base) = self.base(event, said.head)? else { return Ok(Some(Vec::new())) };
        let changes = self.repository.difference(base, said.head)?;
        let changes: Vec<&Change> = changes.iter().filter(|change| change.refused.is_none()).collect();
        let authors = match said.verb {
            Verb::Request => self.authors_of(&rules, said.head, base, &changes)?,
            _ => Vec::new(),
        };
        let reviewers = event.reviewers.iter().filter(|_| said.verb == Verb::Request);
        let reviewers: BTreeSet<Handle> = reviewers.filter_map(|login| person(&rules, event.forge, login)).collect();
        let draft = Decision {
            form: Form::V1,
            registry: rules.settings.registry.id,
            decision: said.verb,
            subjects: Vec::new(),
            base: self.seen_by(base, &changes)?.to_string(),
            by,
            at: self.moment(event.at.as_deref()),
            comment: None,
            branch: event.branch.clone(),
            authors,
            reviewers: reviewers.into_iter().collect(),
            evidence: Evidence::Forge {
                forge: event.forge.to_string(),
                change,
                review: said.review.map(str::to_owned),
                login: said.login.to_owned(),
                head: said.head.to_string(),
            },
        };
        let ledger = self.ledger();
        let now = self.moment(None);
        let counts = |voice: &Voice| rules.fault_of(voice, &ledger.revoked).is_none() && voice.decision.at <= now;
        let is_news = |change: &&Change| !is_known(&ledger, change, &draft, counts);
        let changes: Vec<&Change> = changes.into_iter().filter(is_news).collect();
        drop(ledger);
        let mut decisions = Vec::new();
        for changes in changes.chunks(SUBJECTS / 2) {
            let subjects = self.subjects(changes)?;
            decisions.push(Decision { subjects, ..draft.clone() });
        }
        // What cannot be read back is no decision: a name that is too long, say.
        decisions.retain(|decision| !decision.subjects.is_empty() && Decision::read(&decision.to_bytes()).is_ok());
        Ok(Some(decisions))
    }

    /// The commit of the default branch from which a change went its way: what came onto that branch since, and into the
    /// change from there, is not what people look at. Once the change has landed, only what the forge says still tells: the
    /// base, or the oldest commit of a change into which nothing was merged.
    fn base(&self, event: &Event, head: CommitId) -> Result<Option<CommitId>, Error> {
        let Some(tip) = self.tip()? else { return Ok(None) };
        let common = self.repository.merge_base(tip, head)?;
        if common != Some(head) {
            return Ok(common);
        }
        let known = |id: Option<&String>| id?.parse().ok().filter(|id| self.holds(*id));
        if let Some(named) = known(event.base.as_ref())
            && self.repository.merge_base(named, tip)? == Some(named)
        {
            return Ok(self.repository.merge_base(named, head)?);
        }
        let Some(first) = known(event.first.as_ref()) else { return Ok(common) };
        Ok(self.repository.before(first, head, COMMITS)?.or(common))
    }

    /// The landing that somebody saw who looked at changes since `base`, a commit that a merge may have brought: the one that
    /// brought it, where it left alone what changes; else the newest one that `base` was built on.
    fn seen_by(&self, base: CommitId, changes: &[&Change]) -> Result<CommitId, Error> {
        let ledger = self.ledger();
        if ledger.landing_of(base).is_some() {
            return Ok(base);
        }
        let landings: Vec<CommitId> = ledger.landings.iter().map(|landing| landing.commit).collect();
        drop(ledger);
        let is_before = |old, new| Ok::<_, Error>(self.repository.merge_base(old, new)? == Some(old));
        let brought = first(&landings, |landing| is_before(base, landing))?;
        if let Some(brought) = landings.get(brought) {
            let since = self.repository.difference(base, *brought)?;
            if changes.iter().all(|change| since.iter().all(|other| other.path != change.path)) {
                return Ok(*brought);
            }
        }
        let later = first(&landings, |landing| is_before(landing, base).map(|is_before| !is_before))?;
        Ok(later.checked_sub(1).and_then(|number| landings.get(number)).copied().unwrap_or(base))
    }

    fn holds(&self, commit: CommitId) -> bool {
        self.repository.resolve(&commit.to_string()).is_ok()
    }

    /// Who wrote what a change brings: handles, or mail addresses of those whom nobody knows.
    fn authors_of(
        &self,
        rules: &Rules,
        head: CommitId,
        base: CommitId,
        changes: &[&Change],
    ) -> Result<Vec<String>, Error> {
        let known = self.repository.authors(head, Some(base))?;
        let of = |change: &&Change| known.get(&change.path, change.new?);
        let authors = changes.iter().filter_map(of);
        let people: BTreeSet<String> = authors.flat_map(|author| writers(rules, author)).collect();
        Ok(people.into_iter().collect())
    }

    /// The contents of changes as a decision names them; those that cannot be read are left out.
    fn subjects(&self, changes: &[&Change]) -> Result<Vec<Subject>, Error> {
        let ids: Vec<BlobId> = changes.iter().filter_map(|change| change.new).collect();
        let mut blobs = self.repository.blobs(&ids, MOST_BYTES)?.into_iter();
        let subject = |change: &&Change| match change.new {
            None => Some(Subject::removal(&change.path)),
            Some(blob) => Some(Subject::of(&change.path, &blob.to_string(), &blobs.next()?.ok()?)),
        };
        Ok(changes.iter().filter_map(subject).collect())
    }

    /// A time as decisions write it, from one that a forge wrote; now where that is none.
    pub(super) fn moment(&self, said: Option<&str>) -> String {
        let seconds = |text: &str| text.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let written = |text: &str| text.replace(" UTC", "Z").parse::<jiff::Timestamp>().ok();
        let at = said.and_then(|text| seconds(text).or_else(|| written(text)));
        format!("{:.0}", at.unwrap_or_else(|| self.meter.clock().now()))
    }
}

/// The number of the first landing of which something is true that stays true; how many there are where of none.
fn first(landings: &[CommitId], is_true: impl Fn(CommitId) -> Result<bool, Error>) -> Result<usize, Error> {
    let (mut low, mut high) = (0, landings.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(landing) = landings.get(middle) else { break };
        if is_true(*landing)? { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

/// The active user with this login; none where several have it.
fn person(rules: &Rules, forge: Forge, login: &str) -> Option<Handle> {
    let mut all = rules.users.iter().filter(|(_, user)| {
        let own = user.forge_logins.get(forge.as_str());
        user.is_active && own.is_some_and(|own| own.eq_ignore_ascii_case(login))
    });
    let (handle, _) = all.next()?;
    all.next().is_none().then(|| handle.clone())
}

/// Whether the log has this already, or what the same person said later on the same change: events may come late, twice,
/// or in any order. What counts for nothing, or says that it comes from the future, replaces nothing.
fn is_known(ledger: &Ledger, change: &Change, new: &Decision, counts: impl Fn(&Voice) -> bool) -> bool {
    let voices = ledger.decisions.of(&(Arc::clone(&change.path), change.new));
    voices.iter().any(|voice| replaces(voice, new) && counts(voice))
}

fn replaces(voice: &Voice, new: &Decision) -> bool {
    let known = &voice.decision;
    let (Evidence::Forge { forge, change, head, .. }, Evidence::Forge { forge: own, change: number, head: now, .. }) =
        (&known.evidence, &new.evidence)
    else {
        return false;
    };
    let is_request = |decision: &Decision| decision.decision == Verb::Request;
    if known.by != new.by || forge != own || change != number || is_request(known) != is_request(new) {
        return false;
    }
    // A request says the same as long as it is for the same commit and asks the same people.
    let is_same_request = is_request(new) && head == now && known.reviewers == new.reviewers;
    is_same_request || known.at > new.at || (known.at == new.at && known.decision == new.decision)
}
