//! `POST /v1/forge/{forge}`: who is let in, and what is answered.

use crate::harness::{Registry, Reply, Server, binary};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpStream,
};

const OPENED: &str = include_str!("payloads/github/opened.json");

fn hex(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello")]).land("Greet");
    registry
}

/// A server to which GitHub's secrets are `old` and `new`, and GitLab's is `token`.
fn server(registry: &Registry) -> Server {
    let folder = registry.path();
    registry.file("old.secret", "old\n");
    let forges = "[forge.github]\nsecrets = [{file = \"old.secret\"}, {env = \"NEW\"}]\n\
        [forge.gitlab]\nsecrets = [{file = \"nowhere\"}]\n";
    registry.file("promptreg.toml", forges);
    let args = ["serve", "--listen", "127.0.0.1:0", "--registry", "."];
    Server::run(binary(&folder).args(args).envs([("NEW", "new"), ("PROMPTREG_FORGE_GITLAB_SECRET", "token")]))
}

pub(super) fn github(server: &Server, secret: &str, body: &str) -> Reply {
    let signature = format!("sha256={}", hex(secret, body));
    server.ask("POST", "/v1/forge/github", &[("x-hub-signature-256", &signature), ("x-github-event", "ping")], body)
}

pub(super) fn pagure(server: &Server, secret: &str, body: &str) -> Reply {
    server.ask("POST", "/v1/forge/pagure", &[("x-pagure-signature-256", &hex(secret, body))], body)
}

fn said(reply: &Reply) -> String {
    format!("{} {}", reply.status, reply.body)
}

#[test]
fn a_signed_event_is_taken_once() {
    let registry = registry();
    let server = server(&registry);
    insta::assert_snapshot!(said(&github(&server, "new", OPENED)), @r#"202 {"heard":{"forge":"github","kind":"opened","change":7,"head":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","base":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"],"title":"Say hello in French","at":"2026-03-01T10:00:00Z"}}"#);
    insta::assert_snapshot!(said(&github(&server, "old", OPENED)), @r#"202 {"ignored":"this was told within the last 24 hours"}"#);
    insta::assert_snapshot!(said(&github(&server, "old", "{}")), @r#"202 {"ignored":"this is about no branch and no pull request"}"#);
    insta::assert_snapshot!(said(&github(&server, "old", "{")), @r#"400 {"type":"about:blank","title":"malformed body","status":400,"detail":"EOF while parsing an object at line 1 column 1"}"#);
    let token = |token: &str, body: &str| server.ask("POST", "/v1/forge/gitlab", &[("x-gitlab-token", token)], body);
    insta::assert_snapshot!(said(&token("token", include_str!("payloads/gitlab/note.json"))), @r#"202 {"ignored":"a comment decides nothing"}"#);
    insta::assert_snapshot!(said(&token("tokem", "{}")), @r#"401 {"type":"about:blank","title":"not signed","status":401,"detail":"no secret of gitlab made this request's signature"}"#);
}

/// The answer to a body that is only announced, without its headers.
fn announced(server: &Server, length: usize) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST /v1/forge/github HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    format!("{} {}", &text[9..12], text.split("\r\n\r\n").nth(1).unwrap())
}

#[test]
fn what_nobody_signed_is_refused_whatever_it_claims() {
    let registry = registry();
    let mut server = server(&registry);
    let signature = hex("old", OPENED);
    let ask = |path: &str, headers: &[(&str, &str)], body: &str| said(&server.ask("POST", path, headers, body));
    let github = format!("sha256={signature}");
    let all = [
        ask("/v1/forge/github", &[], OPENED),
        ask("/v1/forge/github", &[("x-hub-signature-256", &github)], &OPENED.replace("opened", "closed")),
        ask("/v1/forge/github", &[("x-gitea-signature", &signature), ("x-gitea-event", "push")], OPENED),
        ask("/v1/forge/gitlab", &[("x-hub-signature-256", &github)], OPENED),
        ask("/v1/forge/gitea", &[("x-gitea-signature", &signature)], OPENED),
        ask("/v1/forge/pagure", &[("x-pagure-signature-256", &hex("", OPENED))], OPENED),
        ask("/v1/forge/forgejo", &[("x-forgejo-signature", &signature)], OPENED),
        announced(&server, (5 << 20) + 1),
        said(&server.get("/v1/forge/github")),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    401 {"type":"about:blank","title":"not signed","status":401,"detail":"no secret of github made this request's signature"}
    401 {"type":"about:blank","title":"not signed","status":401,"detail":"no secret of github made this request's signature"}
    401 {"type":"about:blank","title":"not signed","status":401,"detail":"no secret of github made this request's signature"}
    401 {"type":"about:blank","title":"not signed","status":401,"detail":"no secret of gitlab made this request's signature"}
    403 {"type":"about:blank","title":"not configured","status":403,"detail":"no secret is configured for gitea: name one under [forge.gitea] in promptreg.toml, and give the forge the same"}
    403 {"type":"about:blank","title":"not configured","status":403,"detail":"no secret is configured for pagure: name one under [forge.pagure] in promptreg.toml, and give the forge the same"}
    404 {"type":"about:blank","title":"no such forge","status":404,"detail":"forges are github, gitlab, gitea (Forgejo too) and pagure"}
    413 {"type":"about:blank","title":"body too long","status":413,"detail":"the body is longer than 5242880 bytes"}
    405 {"type":"about:blank","title":"method not allowed","status":405,"detail":"this route does not answer this method"}
    "#);
    let log = server.log();
    assert!(!log.contains(&signature) && !log.contains("token"), "{log}");
}

#[test]
fn an_event_has_a_push_served_at_once() {
    let remote = registry();
    let follower = Registry::new();
    let url = format!("file://{}", remote.path().display());
    let data = follower.path().join("data");
    let args = ["serve", "--listen", "127.0.0.1:0", "--poll", "3600", "--allow-protocol", "file", "--registry", &url];
    let mut command = binary(&follower.path());
    command.args(args).arg("--data").arg(data).env("PROMPTREG_FORGE_GITHUB_SECRET", "old");
    let server = Server::run(&mut command);
    remote.prompt("part", "labels: {production: 1.0.0}\n", &[("1.0.0", "Goodbye")]).land("Part");
    assert_eq!(server.get("/v1/prompts/part").status, 404);
    assert_eq!(github(&server, "old", include_str!("payloads/github/push.json")).status, 202);
    server.until("/v1/prompts/part", |reply| reply.status == 200);
}

#[test]
fn a_secret_that_cannot_be_had_is_told_before_anything_is_served() {
    let registry = registry();
    let serve = |toml: &str, more: &[&str]| {
        registry.file("promptreg.toml", toml);
        let all = [&["serve", "--listen", "127.0.0.1:0", "--registry", "."], more].concat();
        registry.promptreg(&all).all()
    };
    let all = [
        serve("[forge.github]\nsecrets = [{env = \"NOT_SET\"}]\n", &[]),
        serve("[forge.github]\nsecrets = [{file = \"not-there\"}]\n", &[]),
        serve("[forge.github]\nsecrets = [\"hunter2\"]\n", &[]),
        serve("[forge.sourcehut]\nsecrets = []\n", &[]),
        serve("", &["--forge-secret", "github"]),
        serve(
            "",
            &[
                "--forge-secret",
                "gitea=registry.toml",
                "--forge-secret",
                "gitea=tags.yaml",
                "--forge-secret",
                "gitea=users/ana.yaml",
            ],
        ),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    error: NOT_SET is to hold a secret, and it is not set
    exit code 2
    error: cannot read not-there: No such file or directory (os error 2)
    exit code 3
    error: promptreg.toml: unknown variant `hunter2`, expected `env` or `file`
    exit code 2
    error: promptreg.toml: unknown variant `sourcehut`, expected one of `github`, `gitlab`, `gitea`, `pagure`
    exit code 2
    error: --forge-secret github: write github=FILE, gitlab=, gitea= or pagure=FILE
    exit code 2
    error: gitea has more than 2 secrets: name the new one and the one before
    exit code 2
    ");
}
