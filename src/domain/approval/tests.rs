//! A table of cases: who said what about a content, and whether that is enough.

use super::*;
use crate::domain::decision::Evidence;
use serde_json::json;

const KEYS: [(&str, &str); 4] = [
    ("ana", "ssh-ed25519 AAAAana"),
    ("ben", "ssh-ed25519 AAAAben"),
    ("cleo", "ssh-ed25519 AAAAcleo"),
    ("dana", "ssh-ed25519 AAAAdana"),
];
const VERSION: &str = "prompts/support/triage/1.0.0.yaml";

fn rules(approval: serde_json::Value) -> Rules {
    let settings = json!({"registry": {"name": "acme", "id": uuid::Uuid::nil()}, "approval": approval});
    let user = |name: &str, key: serde_json::Value, role: &str| json!({"email": format!("{name}@example.org"), "roles": [role], "signing_keys": [key], "forge_logins": {"github": format!("{name}-x")}});
    let users = [
        user("ana", json!("ssh-ed25519 AAAAana ana@laptop"), "contributor"),
        user("ben", json!("ssh-ed25519 AAAAben"), "contributor"),
        user("cleo", json!({"key": "ssh-ed25519 AAAAcleo", "valid_until": "2026-12-31T00:00:00Z"}), "approver"),
        user("dana", json!("ssh-ed25519 AAAAdana"), "admin"),
    ];
    let named = KEYS.iter().zip(users);
    let roles = json!({
        "contributor": {"permissions": ["read", "propose"]}, "approver": {"permissions": ["approve", "propose"]},
        "admin": {"permissions": ["administer", "approve", "propose"]},
    });
    let roles: BTreeMap<RoleName, Role> = serde_json::from_value(roles).unwrap();
    Rules {
        settings: Arc::new(serde_json::from_value(settings).unwrap()),
        users: named
            .map(|((name, _), user)| (name.parse().unwrap(), Arc::new(serde_json::from_value(user).unwrap())))
            .collect(),
        roles: roles.into_iter().map(|(name, role)| (name, Arc::new(role))).collect(),
    }
}

fn voice(by: &str, verb: &str) -> Voice {
    let decision = json!({
        "type": "promptreg/decision/v1", "registry": uuid::Uuid::nil(), "decision": verb, "base": "b".repeat(40), "by": by,
        "subjects": [{"path": VERSION, "blob": "1".repeat(40), "sha256": "2".repeat(64)}], "at": "2026-11-22T09:00:00Z", "evidence": {"kind": "self"},
    });
    Voice {
        decision: serde_json::from_value(decision).unwrap(),
        id: "3".repeat(64),
        key: KEYS.iter().find(|(name, _)| *name == by).map(|(_, key)| (*key).to_owned()),
        commit: "4".repeat(40),
        logged_at: 0,
        place: 1,
    }
}

struct Case<'a> {
    rules: Rules,
    path: &'a str,
    authors: &'a [&'a str],
    brought_by: &'a [&'a str],
    revoked: BTreeMap<String, usize>,
}

impl Default for Case<'_> {
    fn default() -> Self {
        let rules = rules(json!({"mode": "verified", "witnesses": ["ssh-ed25519 AAAAserver"]}));
        Self { rules, path: VERSION, authors: &["ana@example.org"], brought_by: &[], revoked: BTreeMap::new() }
    }
}

impl Case<'_> {
    fn judge(&self, voices: Vec<Voice>) -> String {
        let voices: Vec<Arc<Voice>> = voices.into_iter().map(Arc::new).collect();
        let (authors, brought_by, revoked) = (self.authors, self.brought_by, &self.revoked);
        let claim = Claim { path: self.path, voices: &voices, authors, brought_by, revoked };
        let verdict = self.rules.judge(&claim, |decision| Seen {
            is_outdated: decision.base.starts_with('0'),
            is_after: decision.base.starts_with('f'),
        });
        let may: Vec<&str> = verdict.may.iter().map(Handle::as_str).collect();
        format!("{}: {} [{}]", verdict.state().as_str(), verdict.lack(), may.join(" "))
    }
}

fn said(words: &[(&str, &str)]) -> String {
    Case::default().judge(words.iter().map(|(by, verb)| voice(by, verb)).collect())
}

#[test]
fn what_was_said_decides_where_a_content_stands() {
    let table = [
        said(&[]),
        said(&[("ana", "request")]),
        said(&[("ana", "request"), ("cleo", "approve")]),
        said(&[("cleo", "approve")]),
        said(&[("ana", "request"), ("ben", "approve")]),
        said(&[("ana", "request"), ("ana", "approve")]),
        said(&[("cleo", "request"), ("cleo", "approve")]),
        said(&[("ana", "request"), ("cleo", "approve"), ("dana", "reject")]),
        said(&[("ana", "request"), ("cleo", "approve"), ("dana", "reject"), ("dana", "withdraw")]),
        said(&[("ana", "request"), ("cleo", "approve"), ("cleo", "reject")]),
        said(&[("ana", "request"), ("cleo", "reject"), ("cleo", "approve")]),
        said(&[("ana", "request"), ("cleo", "approve"), ("cleo", "withdraw")]),
        said(&[("ana", "request"), ("ana", "withdraw")]),
        said(&[("ana", "request"), ("ben", "reject")]),
        said(&[("ana", "request"), ("eve", "approve")]),
    ];
    insta::assert_snapshot!(table.join("\n"), @"
    draft: it has 0 of 1 approval [cleo dana]
    pending_approval: it has 0 of 1 approval [cleo dana]
    approved:  [dana]
    approved:  [dana]
    pending_approval: it has 0 of 1 approval; that of ben does not count, who may not decide on this path [cleo dana]
    pending_approval: it has 0 of 1 approval; that of ana does not count, who may not decide on this path [cleo dana]
    pending_approval: it has 0 of 1 approval; that of cleo does not count, who wrote it [dana]
    rejected: dana rejected it [dana]
    approved:  [dana]
    rejected: cleo rejected it [cleo dana]
    approved:  [dana]
    pending_approval: it has 0 of 1 approval [cleo dana]
    draft: it has 0 of 1 approval [cleo dana]
    pending_approval: it has 0 of 1 approval [cleo dana]
    pending_approval: it has 0 of 1 approval; that of eve does not count, who is no active user of this registry [cleo dana]
    ");
}

#[test]
fn what_a_decision_claims_has_to_be_borne_out() {
    let mut unsigned = voice("cleo", "approve");
    unsigned.key = None;
    let mut foreign = voice("cleo", "approve");
    foreign.key = Some("ssh-ed25519 AAAAben".to_owned());
    let mut elsewhere = voice("cleo", "approve");
    elsewhere.decision.registry = uuid::Uuid::max();
    let mut late = voice("cleo", "approve");
    late.decision.at = "2027-01-01T00:00:00Z".to_owned();
    let mut outdated = voice("cleo", "approve");
    outdated.decision.base = "0".repeat(40);
    let forge = |login: &str, key: &str| {
        let mut voice = voice("cleo", "approve");
        voice.key = Some(format!("ssh-ed25519 AAAA{key}"));
        voice.decision.evidence = Evidence::Forge {
            forge: "github".to_owned(),
            change: 7,
            review: None,
            login: login.to_owned(),
            head: "5".repeat(40),
        };
        voice
    };
    let all = [
        unsigned,
        foreign,
        elsewhere,
        late,
        outdated,
        forge("cleo-x", "server"),
        forge("cleo-y", "server"),
        forge("cleo-x", "cleo"),
    ];
    let table: Vec<String> = all.into_iter().map(|voice| Case::default().judge(vec![voice])).collect();
    insta::assert_snapshot!(table.join("\n"), @"
    draft: it has 0 of 1 approval; that of cleo does not count, who did not sign, or the signature does not hold [cleo dana]
    draft: it has 0 of 1 approval; that of cleo does not count, who signed with a key that users/ does not list for this person [cleo dana]
    draft: it has 0 of 1 approval; that of cleo does not count, who decided on another registry [cleo dana]
    draft: it has 0 of 1 approval; that of cleo does not count, who signed with a key that was not valid at that time [cleo dana]
    draft: it has 0 of 1 approval; that of cleo does not count, who saw something else at this path on the default branch [cleo dana]
    approved:  [dana]
    draft: it has 0 of 1 approval; that of cleo does not count, who is not known by this login on that forge [cleo dana]
    draft: it has 0 of 1 approval; that of cleo does not count, who has this from a witness that the registry does not accept [cleo dana]
    ");
}

#[test]
fn a_revoked_key_counts_for_what_came_into_the_log_before() {
    let key = "ssh-ed25519 AAAAcleo".to_owned();
    let revoked = |from: usize| Case { revoked: [(key.clone(), from)].into(), ..Case::default() };
    let judged = |from: usize| revoked(from).judge(vec![voice("cleo", "approve")]);
    insta::assert_snapshot!([judged(1), judged(2)].join("\n"), @"
    draft: it has 0 of 1 approval; that of cleo does not count, who signed with a key that was revoked before [cleo dana]
    approved:  [dana]
    ");
}

#[test]
fn the_path_says_whose_approval_is_needed() {
    let paths = json!([
        {"path": "**", "approvers": ["ben"], "required": 0},
        {"path": "prompts/legal/**", "approvers": ["ben", "role:admin"], "required": 2},
        {"path": "prompts/support/", "approvers": ["role:approver"]},
    ]);
    let case = |path: &'static str| {
        let rules = rules(json!({"mode": "verified", "paths": paths}));
        Case { path, rules, ..Case::default() }.judge(vec![voice("ben", "approve"), voice("cleo", "approve")])
    };
    let all = [
        case(VERSION),
        case("prompts/legal/a/1.0.0.yaml"),
        case("models/fast.yaml"),
        case("users/ben.yaml"),
        case("registry.toml"),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    approved:  []
    draft: it has 1 of 2 approvals (by ben); that of cleo does not count, who may not decide on this path [dana]
    draft:  []
    draft: it has 0 of 1 approval; that of ben does not count, who may not decide on this path; that of cleo does not count, who may not decide on this path [dana]
    draft: it has 0 of 1 approval; that of ben does not count, who may not decide on this path; that of cleo does not count, who may not decide on this path [dana]
    ");
}

/// The same, by somebody who had seen that the content landed.
fn after(mut voice: Voice) -> Voice {
    voice.decision.base = "f".repeat(40);
    voice
}

#[test]
fn what_was_covered_stays_covered_whatever_is_said_when_it_has_landed() {
    let approved = || vec![voice("ana", "request"), voice("cleo", "approve")];
    let with = |more: Vec<Voice>| Case::default().judge(approved().into_iter().chain(more).collect());
    let mut claims = voice("ben", "request");
    claims.decision.authors = vec!["cleo".to_owned(), "dana".to_owned()];
    let table = [
        with(vec![after(voice("dana", "reject"))]),
        with(vec![after(voice("cleo", "withdraw"))]),
        with(vec![after(voice("cleo", "reject"))]),
        with(vec![claims.clone()]),
        Case::default().judge(vec![after(voice("dana", "reject")), voice("cleo", "approve")]),
        Case::default().judge(vec![claims, voice("cleo", "approve")]),
    ];
    insta::assert_snapshot!(table.join("\n"), @"
    approved:  [dana]
    approved:  [dana]
    approved:  [dana]
    approved:  []
    rejected: dana rejected it [dana]
    pending_approval: it has 0 of 1 approval; that of cleo does not count, who wrote it []
    ");
}

#[test]
fn who_asked_for_approval_wrote_it_also_where_that_was_taken_back() {
    let table = [
        said(&[("cleo", "request"), ("cleo", "withdraw"), ("cleo", "approve")]),
        said(&[("cleo", "request"), ("cleo", "withdraw"), ("dana", "approve")]),
    ];
    insta::assert_snapshot!(table.join("\n"), @"
    draft: it has 0 of 1 approval; that of cleo does not count, who wrote it [dana]
    approved:  []
    ");
}

#[test]
fn a_persons_own_word_counts_before_what_a_witness_tells() {
    let told = |verb: &str, change: u64| {
        let mut voice = voice("cleo", verb);
        let (forge, login, head) = ("github".to_owned(), "cleo-x".to_owned(), "5".repeat(40));
        voice.decision.evidence = Evidence::Forge { forge, change, review: None, login, head };
        voice.key = Some("ssh-ed25519 AAAAserver".to_owned());
        voice
    };
    let table = [
        vec![voice("cleo", "reject"), told("approve", 7)],
        vec![voice("cleo", "approve"), told("withdraw", 7)],
        vec![told("approve", 7), told("withdraw", 8)],
        vec![told("approve", 7), told("withdraw", 7)],
        vec![told("approve", 7), voice("cleo", "withdraw")],
    ];
    let table: Vec<String> = table.into_iter().map(|voices| Case::default().judge(voices)).collect();
    insta::assert_snapshot!(table.join("\n"), @"
    rejected: cleo rejected it [cleo dana]
    approved:  [dana]
    approved:  [dana]
    draft: it has 0 of 1 approval [cleo dana]
    draft: it has 0 of 1 approval [cleo dana]
    ");
}

#[test]
fn a_key_that_two_people_list_is_nobodys() {
    let mut case = Case::default();
    let mut dana = (*case.rules.users["dana"]).clone();
    dana.signing_keys.extend(case.rules.users["cleo"].signing_keys.clone());
    case.rules.users.insert("dana".parse().unwrap(), Arc::new(dana));
    insta::assert_snapshot!(case.judge(vec![voice("cleo", "approve")]), @"draft: it has 0 of 1 approval; that of cleo does not count, who signed with a key that is listed for others too [cleo dana]");
}

#[test]
fn the_one_who_squashes_is_no_author_where_a_request_names_those() {
    let case = Case { authors: &[], brought_by: &["cleo@example.org"], ..Case::default() };
    let without = case.judge(vec![voice("cleo", "approve")]);
    let with = case.judge(vec![voice("ana", "request"), voice("cleo", "approve")]);
    let mut request = voice("ana", "request");
    request.decision.authors = vec!["CLEO@example.org".to_owned()];
    let named = case.judge(vec![request, voice("cleo", "approve")]);
    insta::assert_snapshot!([without, with, named].join("\n"), @"
    draft: it has 0 of 1 approval; that of cleo does not count, who wrote it [dana]
    approved:  [dana]
    pending_approval: it has 0 of 1 approval; that of cleo does not count, who wrote it [dana]
    ");
}

#[test]
fn a_glob_matches_as_in_codeowners() {
    let table = [
        ("prompts/legal/**", "prompts/legal/a/b.yaml", true),
        ("prompts/legal/**", "prompts/legality/b.yaml", false),
        ("prompts/legal/", "prompts/legal/a/b.yaml", true),
        ("prompts/*/b.yaml", "prompts/a/b.yaml", true),
        ("prompts/*/b.yaml", "prompts/a/c/b.yaml", false),
        ("prompts/**/b.yaml", "prompts/b.yaml", true),
        ("prompts/**/b.yaml", "prompts/a/c/b.yaml", true),
        ("prompts/**/b.yaml", "prompts/ab.yaml", false),
        ("**", "registry.toml", true),
        ("*.toml", "registry.toml", true),
        ("models/????.yaml", "models/fast.yaml", true),
        ("models/?.yaml", "models/fast.yaml", false),
        ("", "a", false),
    ];
    for (pattern, path, expected) in table {
        assert_eq!(glob(pattern, path), expected, "{pattern} {path}");
    }
    let hostile = "**/".repeat(170) + "b";
    assert!(!glob(&hostile, &"a/".repeat(2_000)));
}

#[test]
fn who_shares_a_mail_address_with_an_author_is_one() {
    let mut case = Case { authors: &["CLEO@example.org"], ..Case::default() };
    let ben = Arc::make_mut(case.rules.users.get_mut("ben").unwrap());
    ben.email = "cleo@example.org".to_owned();
    insta::assert_snapshot!(case.judge(vec![voice("cleo", "approve")]), @"draft: it has 0 of 1 approval; that of cleo does not count, who wrote it [dana]");
}

#[test]
fn a_key_that_two_people_list_moves_no_label() {
    let mut rules = rules(json!({"mode": "verified"}));
    let (key, at) = (KEYS[2].1, "2026-11-22T09:00:00Z");
    assert_eq!(rules.owner_of(key, at).map(Handle::as_str), Some("cleo"));
    let ben = Arc::make_mut(rules.users.get_mut("ben").unwrap());
    ben.signing_keys.push(SigningKey::Line(key.to_owned()));
    assert_eq!(rules.owner_of(key, at), None);
}
