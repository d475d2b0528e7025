//! Approval: who may approve what, and whether what was said of a content is enough.

use super::{
    decision::{Decision, Subject, Verb},
    name::{Handle, LabelName, RoleName},
    prompt::{Moves, VersionState},
    settings::{ApprovalMode, PathRule, Settings},
    user::{Permission, Role, SigningKey, User},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

mod judge;

pub use judge::Seen;
use judge::is_enough;

/// Of how many approvals that do not count it is told why.
const NAMED: usize = 3;

/// The policy of one state of a registry: nothing of a change itself has a say in whether it is covered.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// `registry.toml`.
    pub settings: Arc<Settings>,
    /// The people.
    pub users: BTreeMap<Handle, Arc<User>>,
    /// What their roles allow.
    pub roles: BTreeMap<RoleName, Arc<Role>>,
}

/// How many approvals a path needs, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// How many people.
    pub required: u32,
    /// Who they may be.
    pub approvers: Approvers,
}

/// Who may approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approvers {
    /// Those who hold one of these roles.
    Roles(Vec<RoleName>),
    /// Those who are listed: handles, and roles written `role:NAME`.
    Listed(Vec<String>),
    /// Those whose roles let them administer: for settings, users and roles.
    Administrators,
}

/// A decision, as it lies on the branch that keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// What was decided.
    pub decision: Decision,
    /// The name of its file: the SHA-256 of its bytes.
    pub id: String,
    /// The key that signed it, `TYPE BASE64`; none where there is no signature that holds.
    pub key: Option<String>,
    /// The commit that brought it, and when that was made, in seconds since 1970.
    pub commit: String,
    /// When that commit was made, in seconds since 1970.
    pub logged_at: i64,
    /// How many commits of the branch came before that one.
    pub place: usize,
}

/// What is asked of the rules: is this content covered?
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The path in the repository.
    pub path: &'a str,
    /// What was said of this path and this content, in the order of the log.
    pub voices: &'a [Arc<Voice>],
    /// Who wrote it, as Git knows: handles or mail addresses.
    pub authors: &'a [&'a str],
    /// Whoever brought it as a whole, by handles or mail addresses: after a squash only the one who merged, so that it counts
    /// only where no request says who wrote it.
    pub brought_by: &'a [&'a str],
    /// From which place of the log on a key counts no more.
    pub revoked: &'a BTreeMap<String, usize>,
}

/// Whether a content is covered, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// How many approvals it needs.
    pub required: u32,
    /// The approvals that count, one a person.
    pub approved: Vec<Arc<Voice>>,
    /// The rejections that count.
    pub rejected: Vec<Arc<Voice>>,
    /// The requests that count.
    pub requested: Vec<Arc<Voice>>,
    /// Those who are known to have written it.
    pub authors: BTreeSet<Handle>,
    /// Who could still approve.
    pub may: BTreeSet<Handle>,
    /// What was said and does not count, and why not.
    pub overlooked: Vec<(Arc<Voice>, Overlooked)>,
}

/// Why a decision does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Overlooked {
    /// It was made for another registry.
    OtherRegistry,
    /// No such user, or one who may do nothing any more.
    Nobody,
    /// It is not signed, or the signature does not hold.
    Unsigned,
    /// The key is not one of this person's.
    ForeignKey,
    /// The key is listed for somebody else too.
    SharedKey,
    /// The key was not valid at that time.
    ExpiredKey,
    /// The key was revoked before the decision came into the log.
    RevokedKey,
    /// Reviews on a forge do not count, or those of this witness.
    ForeignWitness,
    /// The person is called something else on that forge.
    ForeignLogin,
    /// The person may not decide on this path.
    NotEligible,
    /// The person wrote it.
    Author,
    /// The path has changed on the default branch since the person looked, or had before.
    Outdated,
    /// It was covered and had landed before, as the person saw.
    TooLate,
}

impl Overlooked {
    /// Why, in words that follow the person's name.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::OtherRegistry => "decided on another registry",
            Self::Nobody => "is no active user of this registry",
            Self::Unsigned => "did not sign, or the signature does not hold",
            Self::ForeignKey => "signed with a key that users/ does not list for this person",
            Self::SharedKey => "signed with a key that is listed for others too",
            Self::ExpiredKey => "signed with a key that was not valid at that time",
            Self::RevokedKey => "signed with a key that was revoked before",
            Self::ForeignWitness => "has this from a witness that the registry does not accept",
            Self::ForeignLogin => "is not known by this login on that forge",
            Self::NotEligible => "may not decide on this path",
            Self::Author => "wrote it",
            Self::Outdated => "saw something else at this path on the default branch",
            Self::TooLate => "said so after it was approved and had landed: yank or revoke it instead",
        }
    }
}

impl Rules {
    /// Whether a content counts only with signed approvals.
    #[must_use]
    pub fn are_verified(&self) -> bool {
        self.settings.approval.mode == ApprovalMode::Verified
    }

    /// What a path needs: the last of the rules for paths that matches, else what holds for all. Settings, users and roles
    /// need an administrator whatever is said of them.
    #[must_use]
    pub fn need(&self, path: &str) -> Need {
        let approval = &self.settings.approval;
        let rule: Option<&PathRule> = approval.paths.iter().rev().find(|rule| glob(&rule.path, path));
        let required = rule.map_or(approval.required, |rule| rule.required);
        if is_policy(path) {
            return Need { required: required.max(1), approvers: Approvers::Administrators };
        }
        match rule {
            Some(rule) => rule.need(),
            None => Need { required, approvers: Approvers::Roles(approval.roles.clone()) },
        }
    }

    /// Whether a person may do something.
    #[must_use]
    pub fn allows(&self, who: &Handle, permission: Permission) -> bool {
        let user = self.users.get(who).filter(|user| user.is_active);
        let mut roles = user.into_iter().flat_map(|user| &user.roles).filter_map(|role| self.roles.get(role));
        roles.any(|role| role.allows(permission))
    }

    /// Whether a person is one of these.
    #[must_use]
    pub fn is_among(&self, who: &Handle, approvers: &Approvers) -> bool {
        let Some(user) = self.users.get(who).filter(|user| user.is_active) else { return false };
        match approvers {
            Approvers::Roles(roles) => user.roles.iter().any(|role| roles.contains(role)),
            Approvers::Listed(names) => names.iter().any(|name| match name.strip_prefix("role:") {
                Some(role) => user.roles.iter().any(|own| own.as_str() == role),
                None => name == who.as_str(),
            }),
            Approvers::Administrators => self.allows(who, Permission::Administer),
        }
    }

    /// Everybody who may approve a path.
    #[must_use]
    pub fn eligible(&self, need: &Need) -> BTreeSet<Handle> {
        self.users.keys().filter(|who| self.is_among(who, &need.approvers)).cloned().collect()
    }

    /// Whose key this is, `TYPE BASE64`, among those who are active: a key that was valid at that moment, is not revoked, and
    /// is listed for nobody else.
    #[must_use]
    pub fn owner_of(&self, key: &str, at: &str) -> Option<&Handle> {
        let holds = |own: &SigningKey| own.is(key) && own.is_valid_at(at) && own.revoked().is_none();
        let has = |user: &User| user.is_active && user.signing_keys.iter().any(holds);
        let owner = self.users.iter().find_map(|(handle, user)| has(user).then_some(handle));
        owner.filter(|owner| !self.is_shared(key, owner))
    }

    /// Whether a person may move labels so, deprecate and archive, without anybody's review. A change that moves nothing
    /// is none of these.
    #[must_use]
    pub fn may_move(&self, who: &Handle, moves: &Moves) -> bool {
        let labels = &self.settings.labels;
        let may_move = |label: &LabelName| match labels.protected.contains(label) {
            true => self.is_among(who, &Approvers::Roles(labels.protected_roles.clone())),
            false => self.allows(who, Permission::MoveLabels),
        };
        (moves.standing || !moves.labels.is_empty())
            && moves.labels.iter().all(may_move)
            && (!moves.standing || self.allows(who, Permission::Deprecate))
    }

    /// The person behind a handle or a mail address; the first of those who share it.
    #[must_use]
    pub fn person(&self, text: &str) -> Option<&Handle> {
        let by_handle = self.users.keys().find(|handle| handle.as_str() == text);
        by_handle.or_else(|| self.people(text).next())
    }

    /// The people behind a handle or a mail address: more than one where they share it.
    pub fn people(&self, text: &str) -> impl Iterator<Item = &Handle> {
        let is = move |handle: &Handle, user: &User| handle.as_str() == text || user.email.eq_ignore_ascii_case(text);
        self.users.iter().filter(move |(handle, user)| is(handle, user)).map(|(handle, _)| handle)
    }
}

impl PathRule {
    /// What the paths need that it is about.
    #[must_use]
    pub fn need(&self) -> Need {
        Need { required: self.required, approvers: Approvers::Listed(self.approvers.clone()) }
    }
}

impl Verdict {
    /// Whether it is covered: enough approvals, and nobody against.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        is_enough(self.required, &self.approved, &self.rejected)
    }

    /// How many approvals it still lacks.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.required.saturating_sub(u32::try_from(self.approved.len()).unwrap_or(u32::MAX))
    }

    /// Where it stands while it is on no default branch.
    #[must_use]
    pub fn state(&self) -> VersionState {
        match (self.rejected.is_empty(), self.is_covered(), self.requested.is_empty()) {
            (false, ..) => VersionState::Rejected,
            // Where nothing is required, a draft is one all the same until somebody asks for it.
            (true, true, false) => VersionState::Approved,
            (true, true, true) if self.required > 0 => VersionState::Approved,
            (true, false, false) => VersionState::PendingApproval,
            (true, _, true) => VersionState::Draft,
        }
    }

    /// What is lacking, in one sentence without a full stop; empty where nothing is.
    #[must_use]
    pub fn lack(&self) -> String {
        let names = |voices: &[Arc<Voice>]| {
            voices.iter().map(|voice| voice.decision.by.to_string()).collect::<Vec<_>>().join(", ")
        };
        if !self.rejected.is_empty() {
            return format!("{} rejected it", names(&self.rejected));
        }
        if self.missing() == 0 {
            return String::new();
        }
        let approvals = if self.required == 1 { "approval" } else { "approvals" };
        let mut text = format!("it has {} of {} {approvals}", self.approved.len(), self.required);
        if !self.approved.is_empty() {
            text += &format!(" (by {})", names(&self.approved));
        }
        let others = || self.overlooked.iter().filter(|(voice, _)| voice.decision.decision == Verb::Approve);
        for (voice, why) in others().take(NAMED) {
            text += &format!("; that of {} does not count, who {}", voice.decision.by, why.why());
        }
        match others().count().saturating_sub(NAMED) {
            0 => text,
            more => text + &format!("; {more} more do not count either"),
        }
    }
}

impl Subject {
    /// Whether it is this content at this path.
    #[must_use]
    pub fn is(&self, path: &str, blob: Option<&str>) -> bool {
        self.path == path && self.blob.as_deref() == blob
    }
}

/// Whether a file is part of the policy, and needs an administrator's approval.
#[must_use]
pub fn is_policy(path: &str) -> bool {
    path == super::settings::REGISTRY_FILE || path.starts_with("users/") || path.starts_with("roles/")
}

/// Whether a path matches a pattern: `*` and `?` stay within one folder's name, `**` does not, and a pattern that ends in
/// `/` means all that is below.
#[must_use]
pub fn glob(pattern: &str, path: &str) -> bool {
    let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
    let (pattern, path): (Vec<char>, Vec<char>) = (whole.chars().collect(), path.chars().collect());
    // reached[i]: the pattern up to here matches the first i characters.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let is_deep = pattern[at] == '*' && pattern.get(at + 1) == Some(&'*');
        let mut next = vec![false; path.len() + 1];
        match pattern[at] {
            '*' => {
                for i in 0..=path.len() {
                    next[i] = reached[i] || (i > 0 && next[i - 1] && (is_deep || path[i - 1] != '/'));
                }
            }
            one => {
                for i in 1..=path.len() {
                    next[i] = reached[i - 1] && (path[i - 1] == one || (one == '?' && path[i - 1] != '/'));
                }
            }
        }
        at += if is_deep { 2 } else { 1 };
        // `a/**/b` matches `a/b` too.
        if is_deep && pattern.get(at) == Some(&'/') {
            let slash = next.clone();
            for i in 1..=path.len() {
                next[i] = reached[i] || (slash[i - 1] && path[i - 1] == '/');
            }
            next[0] = reached[0];
            at += 1;
        }
        reached = next;
    }
    reached[path.len()]
}

#[cfg(test)]
mod tests;
