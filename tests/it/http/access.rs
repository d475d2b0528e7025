//! Who may do what: every row of the table, asked with and without what it needs.

use super::{events::Subscriber, metrics::Quiet};
use crate::harness::{self, Registry, Server, binary};
use promptreg::{
    app::{Clock, KnownToken, Tokens},
    domain::{Permission, Token, TokenKind, token_digest},
    http::{Options, ROUTES, Route},
};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};
use uuid::Uuid;

/// A second of the tests' clock.
const NOW: u64 = 1_800_000_000;

/// A registry with a role and a user for each permission (`only-read`), and one that lacks exactly that (`not-read`).
fn registry() -> Registry {
    let registry = super::registry();
    registry.file("models/small.yaml", "provider: openai\nmodel: small\napi_key: {env: SMALL_KEY}\n");
    registry.file("policies/polite.yaml", "checks: [{forbid_pattern: damn}]\n");
    let word = |permission: &Permission| permission.as_str().replace('_', "-");
    for permission in Permission::ALL {
        let others = Permission::ALL.into_iter().filter(|other| *other != permission);
        let all = [("only", vec![permission]), ("not", others.collect())];
        for (kind, permissions) in all {
            let name = format!("{kind}-{}", word(&permission));
            let permissions: String = permissions.iter().fold(String::new(), |mut text, permission| {
                let _ = writeln!(text, "  - {}", permission.as_str());
                text
            });
            registry.file(&format!("roles/{name}.yaml"), format!("permissions:\n{permissions}"));
            registry.file(&format!("users/{name}.yaml"), format!("email: {name}@example.org\nroles: [{name}]\n"));
        }
    }
    registry.file("users/gone.yaml", "email: gone@example.org\nroles: [only-read]\nis_active: false\n");
    registry.commit("People");
    registry.git(&["switch", "--quiet", "-c", "proposal/warmer"]);
    registry.version("support/greet", "2.1.0", "Good morning, dear.");
    registry.commit_as("ben", "Warmer");
    registry.git(&["switch", "--quiet", "main"]);
    registry
}

/// The secret of a user's token, which no random bytes are in.
fn secret(name: &str) -> String {
    format!("prg_{}", &promptreg::domain::Digest::of(name.as_bytes()).hex()[..43])
}

/// The id of a user's token.
fn id(user: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, user.as_bytes())
}

fn token(user: &str, scopes: &[Permission], expires_at: Option<i64>) -> KnownToken {
    let (id, name) = (id(user), format!("of {user}"));
    KnownToken::new(
        Token { id, name, user: user.parse().unwrap(), scopes: scopes.into(), expires_at, kind: TokenKind::Token },
        0,
    )
}

/// A server with a token for each user, and a clock that the test moves.
fn server(address: &str, options: Options) -> (Registry, Quiet, Arc<AtomicU64>) {
    let registry = registry();
    let seconds = Arc::new(AtomicU64::new(NOW));
    let now = Arc::clone(&seconds);
    let clock = Clock::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst)));
    let server = Quiet::new(&registry, address, options, clock);
    let users: Vec<_> = server.app.current().registry.users.keys().map(ToString::to_string).collect();
    let of_users = users.iter().map(|user| (secret(user), token(user, &[], None)));
    let more = [
        (secret("scoped"), token("not-administer", &[Permission::Read, Permission::Administer], None)),
        (secret("short"), token("only-read", &[], Some(NOW as i64 + 60))),
    ];
    let all = of_users.chain(more).map(|(secret, token)| (token_digest(&secret).unwrap(), Arc::new(token)));
    server.app.set_tokens(all.collect::<Tokens>());
    (registry, server, seconds)
}

/// An address that the row answers.
fn path(route: &Route) -> String {
    let query = match route.pattern {
        "/v1/search" => "?q=hello",
        "/v1/prompts/{name}/diff" => "?from=1.0.0&to=1.1.0",
        _ => "",
    };
    let name = if route.pattern.contains("workflows") { "triage" } else { "greet" };
    let name = if route.pattern.contains("clients") { "desk" } else { name };
    let path = route.pattern.replace("{name}", name).replace("{version}", "1.0.0").replace("{*id}", "proposal/warmer");
    path.replace("{forge}", "github") + query
}

fn ask(server: &Quiet, route: &Route, path: &str, user: Option<&str>) -> (u16, Value) {
    let bearer = user.map(|user| format!("Bearer {}", secret(user)));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    server.ask(route.method, path, &headers)
}

#[test]
fn every_route_is_for_those_who_have_its_permission_and_for_nobody_else() {
    let (_registry, server, _) = server("0.0.0.0:0", Options::default());
    for route in ROUTES {
        let path = path(route);
        let Some(needs) = route.needs else {
            // Neither forges nor an identity provider are known here.
            let expected = match route.pattern {
                pattern if pattern.contains("forge") => 403,
                pattern if pattern.contains("sign-") => 404,
                _ => 200,
            };
            assert_eq!(ask(&server, route, &path, None).0, expected, "{route:?}");
            continue;
        };
        let (status, said) = ask(&server, route, &path, None);
        let word = needs.as_str();
        let user = word.replace('_', "-");
        assert_eq!((status, said["permission"].as_str()), (401, Some(word)), "{route:?}");
        let (status, said) = ask(&server, route, &path, Some(&format!("not-{user}")));
        assert_eq!((status, said["permission"].as_str()), (403, Some(word)), "{route:?}");
        // Of the events, which never end, the head is enough.
        let asked = Route { method: if route.pattern == "/v1/events" { "HEAD" } else { route.method }, ..*route };
        let (status, said) = ask(&server, &asked, &path, Some(&format!("only-{user}")));
        // A body of nothing is no input, usage has no database here, and the index is made aside.
        assert!([200, 400, 415, 503].contains(&status), "{route:?}: {status} {said}");
    }
}

#[test]
fn a_method_that_no_row_has_is_answered_by_nobody() {
    let (_registry, server, _) = server("127.0.0.1:0", Options::default());
    for route in ROUTES {
        let methods = ROUTES.iter().filter(|other| other.pattern == route.pattern).map(|other| other.method);
        let methods: Vec<_> = methods.collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"].iter().filter(|method| !methods.contains(method)) {
            let reply = harness::ask(&server.address, method, &path(route), &[], "").unwrap();
            let allowed = methods.iter().any(|method| reply.header("allow").contains(method));
            assert!(reply.status == 405 && allowed, "{method} {route:?}: {reply:?}");
        }
    }
}

#[test]
fn a_route_whose_row_names_no_ref_answers_for_no_other_state() {
    let (_registry, server, _) = server("127.0.0.1:0", Options { read_drafts: true, ..Options::default() });
    for route in ROUTES.iter().filter(|route| route.pattern != "/v1/events" && !route.given.contains("ref&at")) {
        let path = path(route);
        let path = format!("{path}{}ref=nothing", if path.contains('?') { "&" } else { "?" });
        let (_, said) = ask(&server, route, &path, None);
        assert_ne!(said["title"], "no such ref", "{route:?}");
    }
}

#[test]
fn the_page_of_all_routes_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/ROUTES.md");
    let page = promptreg::http::document();
    if std::env::var_os("PROMPTREG_WRITE_ROUTES").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "src/http/ROUTES.md is not what the table says: PROMPTREG_WRITE_ROUTES=1 cargo test --test it page_of_all"
    );
}

#[test]
fn a_token_that_is_not_good_is_never_taken_for_nobody() {
    let (_registry, server, seconds) = server("127.0.0.1:0", Options::default());
    let ask = |said: &str| {
        let (status, answer) = server.ask("GET", "/v1/prompts/greet", &[("authorization", said)]);
        format!("{status} {}", answer["detail"].as_str().unwrap_or("let in"))
    };
    let bearer = |name: &str| format!("Bearer {}", secret(name));
    let before = ask(&bearer("short"));
    seconds.fetch_add(60, Ordering::SeqCst);
    let said = [
        before,
        ask(&bearer("short")),
        ask(&bearer("nobody")),
        ask("Bearer prg_x"),
        ask("Basic YTpi"),
        ask(&bearer("gone")),
        ask(&bearer("scoped")),
        ask(&bearer("only-read").replace("Bearer", "bearer")),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    200 let in
    401 the token has expired: have another one made
    401 there is no such token, or it was revoked: have another one made
    401 send `Authorization: Bearer prg_…` with the 47 characters of a token
    401 send `Authorization: Bearer prg_…` with the 47 characters of a token
    403 this needs the permission `read`, which the token, or its user, does not have
    200 let in
    200 let in
    ");
    assert_eq!(server.app.refused_counts(), (4, 1, 0));
    let used = server.app.tokens().iter().filter(|(_, known)| known.used_at() > 0).count();
    assert_eq!(used, 4, "what was refused as expired was not used");
}

#[test]
fn drafts_need_a_permission_of_their_own_however_they_are_asked_for() {
    let (_registry, server, _) = server("0.0.0.0:0", Options { anonymous_read: true, ..Options::default() });
    for query in ["ref=main", "r%65f=main", "at=2026-01-01T00:01:00Z", "label=production&%61t=1767225661"] {
        let path = format!("/v1/prompts/greet?{query}");
        assert_eq!(server.ask("GET", &path, &[]).0, 401, "{query}");
        for (user, expected) in [("only-read", 403), ("not-administer", 200)] {
            let bearer = format!("Bearer {}", secret(user));
            let (status, said) = server.ask("GET", &path, &[("authorization", &bearer)]);
            assert!(status == expected || said["title"] == "conflicting selectors", "{query} {user}: {status} {said}");
        }
    }
}

#[test]
fn a_caller_is_told_who_they_are() {
    let (_registry, server, _) = server("127.0.0.1:0", Options::default());
    let bearer = format!("Bearer {}", secret("scoped"));
    let me = |headers: &[(&str, &str)]| server.ask("GET", "/v1/me", headers).1;
    assert_eq!(
        me(&[]),
        json!({"user": null, "roles": [], "permissions": ["read", "record_usage", "read_reports", "sync"], "token": null})
    );
    let token = json!({"id": id("not-administer"), "name": "of not-administer", "kind": "token", "expires_at": null});
    assert_eq!(
        me(&[("authorization", &bearer)]),
        json!({"user": "not-administer", "roles": ["not-administer"], "permissions": ["read"], "token": token})
    );
    assert_eq!(server.ask("GET", "/v1/me", &[("authorization", "Bearer x")]).0, 401);
}

#[test]
fn no_cache_hands_to_others_what_a_token_was_needed_for() {
    let (_registry, server, _) = server("0.0.0.0:0", Options::default());
    let bearer = format!("Bearer {}", secret("only-read"));
    let head = |path: &str, more: &[(&str, &str)]| {
        let headers = [&[("authorization", bearer.as_str())], more].concat();
        let reply = harness::ask(&server.address, "GET", path, &headers, "").unwrap();
        format!("{} {} | {}", reply.status, reply.header("cache-control"), reply.header("vary"))
    };
    // In front of the router, and behind it.
    for path in ["/v1/prompts/greet?version=1.0.0", "/v1/prompts/greet/versions/1.0.0"] {
        assert_eq!(head(path, &[]), "200 private, max-age=31536000, immutable | authorization, cookie", "{path}");
        let known = [("if-none-match", "*")];
        assert_eq!(head(path, &known), "304 private, max-age=31536000, immutable | authorization, cookie", "{path}");
    }
    assert_eq!(head("/v1/prompts/greet", &[]), "200 no-cache | authorization, cookie");
    assert_eq!(head("/v1/prompts/nobody", &[]), "404 no-store | authorization, cookie");
    let refused = harness::ask(&server.address, "GET", "/v1/prompts/greet", &[], "").unwrap();
    assert_eq!((refused.header("vary"), refused.header("www-authenticate")), ("authorization, cookie", "Bearer"));
    let (_registry, open, _) = self::server("127.0.0.1:0", Options::default());
    for headers in [&[][..], &[("authorization", bearer.as_str())]] {
        let reply = harness::ask(&open.address, "GET", "/v1/prompts/greet?version=1.0.0", headers, "").unwrap();
        assert_eq!((reply.header("cache-control"), reply.header("vary")), ("public, max-age=31536000, immutable", ""));
    }
    let wrong = [("authorization", "Bearer prg_x")];
    let wrong = harness::ask(&open.address, "GET", "/v1/prompts/greet", &wrong, "").unwrap();
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, "Bearer error=\"invalid_token\""));
}

#[test]
fn a_page_of_another_host_has_the_server_do_nothing() {
    let (_registry, server, _) = server("127.0.0.1:0", Options::default());
    let bearer = format!("Bearer {}", secret("not-administer"));
    for route in ROUTES.iter().filter(|route| route.method != "GET" && route.needs.is_some()) {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
            let headers = [("origin", origin), ("authorization", bearer.as_str())];
            let (status, said) = server.ask(route.method, &path(route), &headers);
            assert_eq!((status, &said["title"]), (403, &json!("not allowed here")), "{route:?}");
        }
    }
}

#[test]
fn who_may_read_no_more_is_told_no_more() {
    let (registry, server, _) = server("0.0.0.0:0", Options::default());
    let bearer = |name: &str| format!("Bearer {}", secret(name));
    let subscribe = |name: &str| {
        let mut told = Subscriber::new(&server.address, "", &[("authorization", &bearer(name))]);
        assert_eq!(told.next().unwrap().0, "hello");
        told
    };
    let [mut revoked, mut without_role, mut still] = ["only-read", "not-sync", "not-propose"].map(subscribe);
    let kept = server.app.tokens();
    let others = kept.iter().filter(|(_, known)| known.token.user.as_str() != "only-read");
    let others: Tokens = others.map(|(digest, known)| (*digest, Arc::clone(known))).collect();
    server.app.set_tokens(others);
    registry.file("roles/not-sync.yaml", "permissions: [propose]\n");
    registry.land("A role with less");
    assert_eq!(still.next().unwrap().0, "commit");
    assert_eq!((revoked.next(), without_role.next()), (None, None));
}

#[test]
fn what_reaches_loopback_by_another_name_is_not_of_this_machine() {
    let (_registry, server, _) = server("127.0.0.1:0", Options::default());
    let status = |headers: &[(&str, &str)]| {
        // One is answered ahead of the routes, the other by them.
        let [first, second] = ["/v1/prompts/greet", "/v1/prompts"].map(|path| server.ask("GET", path, headers).0);
        assert_eq!(first, second, "{headers:?}");
        first
    };
    for own in ["localhost", "LOCALHOST:80", "127.0.0.1:8484", "127.8.4.84", "[::1]", "[::1]:8484"] {
        assert_eq!(status(&[("host", own)]), 200, "{own}");
    }
    for other in
        ["evil.example", "evil.example:8484", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]:1"]
    {
        assert_eq!(status(&[("host", other)]), 401, "{other}");
    }
    for header in ["forwarded", "x-forwarded-for"] {
        assert_eq!(status(&[("host", "localhost"), (header, "203.0.113.7")]), 401, "{header}");
    }
    let bearer = format!("Bearer {}", secret("only-read"));
    assert_eq!(status(&[("host", "prompts.example.org"), ("authorization", &bearer)]), 200);
}

#[test]
fn addresses_are_for_those_who_may_administer_and_keys_for_nobody() {
    let (_registry, server, _) = server("127.0.0.1:0", Options::default());
    let bearer = format!("Bearer {}", secret("only-administer"));
    let ana = |headers: &[(&str, &str)]| server.ask("GET", "/v1/users?limit=1", headers).1["items"][0].clone();
    let public = json!({"handle": "ana", "display_name": "ana", "roles": [], "is_active": true});
    assert_eq!(ana(&[]), public);
    let may_read = format!("Bearer {}", secret("not-administer"));
    assert_eq!(ana(&[("authorization", &may_read)]), public);
    // To administer is not to read.
    assert_eq!(server.ask("GET", "/v1/users", &[("authorization", &bearer)]).0, 403);
    let all = format!("Bearer {}", secret("not-propose"));
    assert_eq!(ana(&[("authorization", &all)])["email"], "ana@example.org");
    let models = server.ask("GET", "/v1/models", &[]).1;
    let small = json!({"name": "small", "provider": "openai", "model": "small", "api_key": {"env": "SMALL_KEY"}});
    assert_eq!(models, json!({"items": [small]}));
    let policies = server.ask("GET", "/v1/policies", &[]).1;
    assert_eq!(policies["items"][0]["name"], "polite");
    let desk = server.ask("GET", "/v1/clients/desk", &[]).1;
    assert_eq!((&desk["name"], &desk["description"]), (&json!("desk"), &json!("The help desk.")));
    assert_eq!(server.ask("GET", "/v1/clients/nobody", &[]).0, 404);
}

#[test]
fn what_is_refused_is_told_to_whoever_records_it_and_holds_up_nobody() {
    let (_registry, server, _) = server("127.0.0.1:0", Options::default());
    let mut refusals = server.app.refusals().unwrap();
    assert!(server.app.refusals().is_none());
    let bearer = format!("Bearer {}", secret("only-read"));
    assert_eq!(server.ask("GET", "/v1/proposals", &[("authorization", &bearer)]).0, 403);
    let told = refusals.try_recv().unwrap();
    assert_eq!((told.asked.as_str(), told.lacked), ("GET /v1/proposals", Some(Permission::ReadDrafts)));
    assert_eq!((told.token, told.status, told.at), (Some(id("only-read")), 403, NOW as i64));
    assert_eq!(told.address, Some([127, 0, 0, 1].into()));
    (0..1_030).for_each(|_| server.app.refused(told.clone()));
    assert_eq!(server.app.refused_counts(), (0, 1_031, 6));
}

#[test]
fn a_token_is_in_no_log_and_no_answer() {
    let registry = super::registry();
    let path = registry.path();
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let mut server = Server::run(binary(&path).args(args).env("PROMPTREG_LOG", "trace"));
    let secret = secret("nobody");
    for said in [format!("Bearer {secret}"), secret.clone(), format!("Basic {secret}")] {
        let reply = server.ask("GET", "/v1/prompts/greet", &[("authorization", &said)], "");
        assert!(reply.status == 401 && !reply.body.contains(&secret), "{reply:?}");
    }
    let log = server.until_log("a request was refused");
    assert!(!log.contains(&secret[4..]), "{log}");
}
