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

    /// What the audit in the database says of tokens.
    fn audited(&self) -> String {
        use promptreg::store::{Statement, open};
        static READ: Statement = Statement::both("SELECT * FROM audit_logs ORDER BY seq");
        let rows = crate::store::block_on(async { open(&self.1).unwrap().query(&READ, vec![]).await.unwrap() });
        let line = |row: &promptreg::store::Row| {
            let mut details = row.json("details").unwrap();
            details["id"] = "[id]".into();
            let [actor, action, entity] = ["actor", "action", "entity"].map(|name| row.text(name).unwrap());
            format!("{actor} {action} {entity} {details}\n")
        };
        rows.iter().map(line).collect()
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
    let (said, rest) = made.stderr.split_once(", where sqlite:///").unwrap();
    assert_eq!(said, "the token `build` of ci may read, record_usage, for good");
    assert!(rest.ends_with("tokens.db is used; it is shown this once:\n"), "{rest}");
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
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    [
      {
        "id": "[id]",
        "kind": "token",
        "name": "other",
        "user": "ci",
        "scopes": [
          "read"
        ],
        "created_by": "operator",
        "created_at": "[created_at]",
        "expires_at": "[expires_at]",
        "last_used_at": null,
        "revoked_at": null
      },
      {
        "id": "[id]",
        "kind": "token",
        "name": "build",
        "user": "ci",
        "scopes": [
          "read",
          "record_usage"
        ],
        "created_by": "operator",
        "created_at": "[created_at]",
        "expires_at": null,
        "last_used_at": null,
        "revoked_at": null
      }
    ]
    "#);
}

#[test]
fn a_revoked_token_is_listed_only_where_all_are_asked_for() {
    let tokens = Tokens::new();
    tokens.run(&["create", "--user", "ci", "--name", "build"]);
    assert_eq!(tokens.run(&["revoke", "build"]).all(), "the token `build` of ci is revoked\nexit code 0");
    insta::assert_snapshot!(tokens.run(&["revoke", "build"]).all(), @"
    error: the token `build` was revoked already
    exit code 3
    ");
    insta::assert_snapshot!(tokens.run(&["revoke", "other\u{1b}[2J"]).all(), @"
    error: there is no token `other␛[2J`
    exit code 3
    ");
    insta::assert_snapshot!(tokens.run(&["list"]).all(), @"
    there are no tokens: `promptreg token create --user HANDLE --name NAME` makes one
    exit code 0
    ");
    tokens.run(&["create", "--user", "ci", "--name", "build"]);
    let all = tokens.run(&["list", "--all"]).stdout;
    assert_eq!((all.lines().count(), all.matches("never used, revoked 20").count()), (2, 1), "{all}");
    let id = &all[..36];
    assert_eq!(tokens.run(&["revoke", id]).code, 0);
    let audited = tokens.audited();
    insta::assert_snapshot!(audited, @r#"
    operator token_created build {"id":"[id]","kind":"token","user":"ci","scopes":["read","record_usage"],"expires_at":null}
    operator token_revoked build {"id":"[id]","kind":"token","user":"ci","scopes":["read","record_usage"],"expires_at":null}
    operator token_created build {"id":"[id]","kind":"token","user":"ci","scopes":["read","record_usage"],"expires_at":null}
    operator token_revoked build {"id":"[id]","kind":"token","user":"ci","scopes":["read","record_usage"],"expires_at":null}
    "#);
    assert_eq!(tokens.run(&["list"]).stdout, "");
}

#[test]
fn a_token_may_do_no_more_than_its_user() {
    let tokens = Tokens::new();
    let refused = |args: &[&str]| tokens.run(&[&["create", "--name", "x"], args].concat()).all();
    insta::assert_snapshot!(refused(&["--user", "ci", "--scope", "read", "--scope", "administer"]), @"
    error: scope: `ci` may not administer, only: read, record_usage
    exit code 2
    ");
    insta::assert_snapshot!(refused(&["--user", "ana", "--scope", "read"]), @"
    error: scope: `ana` may not read, only: nothing
    exit code 2
    ");
    insta::assert_snapshot!(refused(&["--user", "gone"]), @"
    error: user: `gone` is not active
    exit code 2
    ");
    insta::assert_snapshot!(refused(&["--user", "who\u{1b}[2J"]), @"
    error: user: there is no `who␛[2J` in users/ of what is served
    exit code 2
    ");
    insta::assert_snapshot!(refused(&["--user", "ci", "--scope", "reed"]), @"
    error: invalid value 'reed' for '--scope <PERMISSION>': did you mean `read`? there are read, read_drafts, propose, approve, merge, move_labels, deprecate, run_workflows, record_usage, read_reports, read_audit, sync, manage_tokens, administer

    For more information, try '--help'.
    exit code 2
    ");
    insta::assert_snapshot!(refused(&["--user", "ci", "--expires=-3d"]), @r#"
    error: invalid value '-3d' for '--expires <TIME>': write 90d, 12h or "1 year"

    For more information, try '--help'.
    exit code 2
    "#);
    tokens.run(&["create", "--user", "ci", "--name", "x"]);
    insta::assert_snapshot!(refused(&["--user", "ci"]), @"
    error: a token is called `x` already: revoke it first, or take another name
    exit code 3
    ");
    let named = |name: &str| tokens.run(&["create", "--user", "ci", "--name", name]).code;
    assert_eq!(
        [named(""), named("a\nb"), named(" a"), named(&"a".repeat(65)), named(&"a".repeat(64))],
        [2, 2, 2, 2, 0]
    );
}

#[test]
fn a_server_hears_of_tokens_while_it_runs() {
    let tokens = Tokens::new();
    let server = tokens.0.serve(&["--database", &tokens.1]);
    let me = |secret: &str| server.ask("GET", "/v1/me", &[("authorization", &format!("Bearer {secret}"))], "");
    let until = |secret: &str, status: u16| {
        let since = std::time::Instant::now();
        while me(secret).status != status {
            assert!(since.elapsed().as_secs() < 20, "{:?}", me(secret));
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    };
    let create = |name: &str, more: &[&str]| {
        let made = tokens.run(&[&["create", "--user", "ci", "--name", name], more].concat());
        made.stdout.trim_end().to_owned()
    };
    let (secret, narrow) = (create("build", &[]), create("narrow", &["--scope", "read"]));
    until(&secret, 200);
    until(&narrow, 200);
    let said = me(&secret).json();
    assert_eq!((&said["user"], &said["token"]["name"]), (&"ci".into(), &"build".into()));
    assert_eq!(said["permissions"], serde_json::json!(["read", "record_usage"]));
    assert_eq!(me(&narrow).json()["permissions"], serde_json::json!(["read"]));
    // A token may do no more than its user, whatever it was made for.
    tokens.0.file("roles/program.yaml", "permissions: [record_usage]\n");
    let commit = tokens.0.land("programs do not read");
    server.until_commit(&commit);
    assert_eq!(me(&secret).json()["permissions"], serde_json::json!(["record_usage"]));
    assert_eq!(me(&narrow).json()["permissions"], serde_json::json!([]));
    tokens.run(&["revoke", "build"]);
    until(&secret, 401);
    assert_eq!(me(&narrow).status, 200);
}
