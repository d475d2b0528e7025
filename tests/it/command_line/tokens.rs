//! Tokens on the command line: made for a user, shown once, listed and revoked.

use crate::harness::{Output, Registry};

/// A registry with a role, and a database beside it.
struct Tokens(Registry, String);

impl Tokens {
    fn new() -> Self {
        let registry = Registry::new();
        registry.file("roles/program.yaml", "permissions: [read, record_usage]\n");
        registry.file("users/ci.yaml", "email: ci@example.org\nroles: [program]\n");
        registry.file("users/gone.yaml", "email: gone@example.org\nroles: [program]\nis_active: false\n");
        registry.land("begin");
        let url = format!("sqlite://{}", registry.path().join(".git/tokens.db").display());
        Self(registry, url)
    }

    fn run(&self, args: &[&str]) -> Output {
        self.0.promptreg(&[&["token"], args, &["--database", &self.1]].concat())
    }

    fn sql(&self) -> Vec<u8> {
        let path = self.1.strip_prefix("sqlite://").unwrap();
        [std::fs::read(path).unwrap(), std::fs::read(format!("{path}-wal")).unwrap_or_default()].concat()
    }
}

#[test]
fn a_token_is_printed_once_and_alone_and_only_its_hash_is_kept() {
    let tokens = Tokens::new();
    let made = tokens.run(&["create", "--user", "ci", "--name", "build"]);
    let secret = made.stdout.strip_suffix('\n').unwrap();
    assert!(secret.starts_with("prg_") && secret.len() == 47 && !secret.contains('\n'), "{made:?}");
    assert_eq!(made.stderr, "the token `build` of ci may read, record_usage, for good; it is shown this once:\n");
    let other = tokens.run(&["create", "--user", "ci", "--name", "other", "--scope", "read", "--expires", "90d"]);
    assert_ne!(other.stdout, made.stdout);
    let kept = tokens.sql();
    let holds = |text: &str| kept.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(holds(&promptreg::store::token_hash(secret)) && !holds(secret));
    let listed = tokens.run(&["list", "--json"]);
    assert!(!listed.stdout.contains(&promptreg::store::token_hash(secret)), "{listed:?}");
    let mut json = listed.json();
    for token in json.as_array_mut().unwrap() {
        for key in ["id", "created_at", "expires_at"] {
            if token[key].is_string() {
                token[key] = format!("[{key}]").into();
            }
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @"");
}

#[test]
fn a_revoked_token_is_listed_only_where_all_are_asked_for() {
    let tokens = Tokens::new();
    tokens.run(&["create", "--user", "ci", "--name", "build"]);
    assert_eq!(tokens.run(&["revoke", "build"]).all(), "the token `build` of ci is revoked\nexit code 0");
    assert_eq!(tokens.run(&["revoke", "build"]).all(), "");
    assert_eq!(tokens.run(&["revoke", "other"]).all(), "");
    assert_eq!(tokens.run(&["list"]).all(), "");
    tokens.run(&["create", "--user", "ci", "--name", "build"]);
    let all = tokens.run(&["list", "--all"]).stdout;
    assert_eq!((all.lines().count(), all.matches("never used, revoked 20").count()), (2, 1), "{all}");
    let id = &all[..36];
    assert_eq!(tokens.run(&["revoke", id]).code, 0);
    assert_eq!(tokens.run(&["list"]).stdout, "");
}

#[test]
fn a_token_may_do_no_more_than_its_user() {
    let tokens = Tokens::new();
    let refused = |args: &[&str]| tokens.run(&[&["create", "--name", "x"], args].concat()).all();
    insta::assert_snapshot!(refused(&["--user", "ci", "--scope", "read", "--scope", "administer"]), @"");
    insta::assert_snapshot!(refused(&["--user", "ana", "--scope", "read"]), @"");
    insta::assert_snapshot!(refused(&["--user", "gone"]), @"");
    insta::assert_snapshot!(refused(&["--user", "who\u{1b}[2J"]), @"");
    insta::assert_snapshot!(refused(&["--user", "ci", "--scope", "reed"]), @"");
    insta::assert_snapshot!(refused(&["--user", "ci", "--expires", "-3d"]), @"");
    tokens.run(&["create", "--user", "ci", "--name", "x"]);
    insta::assert_snapshot!(refused(&["--user", "ci"]), @"");
    let named = |name: &str| tokens.run(&["create", "--user", "ci", "--name", name]).code;
    assert_eq!(
        [named(""), named("a\nb"), named(" a"), named(&"a".repeat(65)), named(&"a".repeat(64))],
        [2, 2, 2, 2, 0]
    );
}
