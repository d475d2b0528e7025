//! Signing in with a browser: who is let in, as whom, and for how long.

mod browser;
mod real;

use crate::{
    harness::{Registry, Server, binary},
    identity::pretend::{CLIENT, Pretend, SECRET},
    store::block_on,
};
use browser::{Browser, Page};
use jiff::Timestamp;
use promptreg::store::{self, Engine, Statement, Token};
use std::{collections::BTreeMap, net::TcpListener};
use uuid::{Uuid, uuid};

/// The id of the registry.
const TENANT: Uuid = uuid!("6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00");

/// A registry whose people sign in at a provider, served.
struct Site {
    registry: Registry,
    server: Server,
    url: String,
    database: String,
}

/// An address on which nobody listens.
fn unused() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

impl Site {
    fn new(issuer: &str) -> Self {
        Self::at(issuer, unused())
    }

    fn at(issuer: &str, url: String) -> Self {
        let registry = Registry::new();
        registry.file("roles/reader.yaml", "permissions: [read]\n");
        registry.file("users/ana.yaml", "email: Ana@Example.org\nroles: [reader]\n");
        registry.file("users/gone.yaml", "email: gone@example.org\nroles: [reader]\nis_active: false\n");
        registry.file("users/kim.yaml", "email: kim@example.org\nroles: [reader]\n");
        for twin in ["one", "two"] {
            registry.file(&format!("users/{twin}.yaml"), "email: twin@example.org\nroles: [reader]\n");
        }
        registry.land("begin");
        let folder = registry.path().join(".git");
        std::fs::write(folder.join("secret"), format!("{SECRET}\n")).unwrap();
        let database = format!("sqlite://{}", folder.join("records.db").display());
        let settings = format!(
            "registry = \"..\"\nlisten = \"{}\"\npublic_url = \"{url}\"\ndatabase = \"{database}\"\n[oidc]\n\
             issuer = \"{issuer}\"\nclient_id = \"{CLIENT}\"\nclient_secret = {{file = \"secret\"}}\n",
            url.strip_prefix("http://").unwrap()
        );
        std::fs::write(folder.join("promptreg.toml"), settings).unwrap();
        let server = Self::serve(&registry);
        Self { registry, server, url, database }
    }

    fn serve(registry: &Registry) -> Server {
        let settings = registry.path().join(".git/promptreg.toml");
        let server = Server::run(binary(&registry.path()).arg("serve").arg("--config").arg(settings));
        server.until("/v1/status", |reply| reply.json()["database"]["in_reach"] == true);
        server
    }

    /// Begins a sign-in; answers where the browser is sent.
    fn begin(&self, browser: &mut Browser) -> Page {
        browser.get(&format!("{}/v1/sign-in?return_to=/v1/me", self.url))
    }

    /// The sessions and tokens that live.
    fn live(&self) -> Vec<Token> {
        self.ask(async |engine| store::live_tokens(engine, TENANT, Timestamp::now()).await.unwrap())
    }

    /// Sees to it that a user has a row.
    fn knows(&self, handle: &str) {
        static TENANTS: Statement = Statement::both(
            "INSERT INTO tenants (id, name, default_branch) VALUES ($1, 'acme', 'main') ON CONFLICT (id) DO NOTHING",
        );
        static PUT: Statement = Statement::both(
            "INSERT INTO users (id, tenant_id, handle, is_active, preferences) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, handle) DO NOTHING",
        );
        self.ask(async |engine| {
            let mut begun = engine.begin().await.unwrap();
            begun.query(&TENANTS, vec![TENANT.into()]).await.unwrap();
            let id = promptreg::domain::id(TENANT, promptreg::domain::Kind::User, handle);
            let values = vec![id.into(), TENANT.into(), handle.into(), true.into(), serde_json::json!({}).into()];
            begun.query(&PUT, values).await.unwrap();
            begun.commit().await.unwrap();
        });
    }

    /// What was done, and by whom, as the audit tells it without what Git tells.
    fn done(&self) -> Vec<String> {
        static READ: Statement = Statement::both(
            "SELECT actor, action, entity FROM audit_logs WHERE commit_id IS NULL AND actor <> 'server' ORDER BY seq",
        );
        let rows = self.ask(async |engine| engine.query(&READ, vec![]).await.unwrap());
        let word = |row: &store::Row, name: &str| row.text(name).unwrap();
        rows.iter()
            .map(|row| format!("{} {} {}", word(row, "actor"), word(row, "action"), word(row, "entity")))
            .collect()
    }

    /// When each user signed in last.
    fn last_logins(&self) -> BTreeMap<String, Option<Timestamp>> {
        static READ: Statement = Statement::both("SELECT handle, last_login FROM users");
        let rows = self.ask(async |engine| engine.query(&READ, vec![]).await.unwrap());
        rows.iter().map(|row| (row.text("handle").unwrap(), row.opt_time("last_login").unwrap())).collect()
    }

    fn ask<T>(&self, asked: impl AsyncFnOnce(&dyn Engine) -> T) -> T {
        block_on(async { asked(&*store::open(&self.database).unwrap()).await })
    }
}

/// The value of a parameter of an address.
fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
    let (_, query) = url.split_once('?').unwrap();
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_else(|| panic!("{url}"))
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

/// Signs somebody in at the provider that we pretend to be; answers what the browser is told when it is back.
fn come_back(site: &Site, pretend: &Pretend, browser: &mut Browser, email: &str) -> Page {
    let sent = site.begin(browser);
    assert_eq!(sent.status, 302, "{sent:?}");
    pretend.gives(&pretend.signer.sign(&pretend.claims(email, parameter(&sent.place, "nonce"), now())));
    browser.get(&format!("{}/v1/sign-in/callback?code=c&state={}", site.url, parameter(&sent.place, "state")))
}

#[test]
fn somebody_whose_address_is_known_is_let_in_until_they_sign_out() {
    let pretend = Pretend::new();
    let (site, mut browser) = (Site::new(&pretend.issuer), Browser::default());
    site.knows("ana");
    site.knows("cleo");
    let back = come_back(&site, &pretend, &mut browser, "ANA@example.ORG");
    assert_eq!((back.status, &*back.place), (302, &*format!("{}/v1/me", site.url)), "{back:?}");
    let secret = browser.cookie(&site.url, "promptreg").unwrap().to_owned();
    let cookies = back.cookies.join("\n").replace(&secret, "[secret]");
    insta::assert_snapshot!(cookies, @"
    promptreg-sign-in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax
    promptreg=[secret]; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax
    ");
    let live = site.live();
    let [session] = &live[..] else { panic!("{live:?}") };
    assert_eq!((&*session.user, session.hash.clone()), ("ana", store::token_hash(&secret)));
    let logins = site.last_logins();
    assert!(logins["ana"].is_some_and(|at| at == session.created_at) && logins["cleo"].is_none(), "{logins:?}");
    let lasts = session.expires_at.unwrap().as_second() - now();
    assert!((12 * 3_600 - 60..=12 * 3_600).contains(&lasts), "{lasts}");

    let me = |browser: &mut Browser| browser.get(&format!("{}/v1/me", site.url)).body;
    assert!(me(&mut Browser::default()).contains("\"user\":null"));
    let said: serde_json::Value = serde_json::from_str(&me(&mut browser)).unwrap();
    assert_eq!((&said["user"], &said["token"]["kind"]), (&"ana".into(), &"session".into()), "{said}");
    assert_eq!(said["permissions"], serde_json::json!(["read"]));
    // A session says nothing to a server that it is none of.
    let mut other = Browser::default();
    other.set(&site.url, "__Host-promptreg", &secret);
    assert!(me(&mut other).contains("\"user\":null"));

    let end = format!("{}/v1/sign-out", site.url);
    for foreign in [&[][..], &[("origin", "https://evil.example")], &[("origin", "null")]] {
        assert_eq!(browser.ask("POST", &end, foreign, "").status, 403);
    }
    assert_eq!(site.live().len(), 1);
    let ended = browser.ask("POST", &end, &[("origin", &site.url)], "");
    assert_eq!((ended.status, browser.cookie(&site.url, "promptreg")), (204, None), "{ended:?}");
    assert_eq!(site.live(), []);
    browser.set(&site.url, "promptreg", &secret);
    assert!(me(&mut browser).contains("\"user\":null"), "a session that ended is as none");
    assert_eq!(site.done(), ["ana signed_in ana", "ana signed_out ana"]);
    let log = { site }.server.log();
    assert!(log.contains("signed in") && !log.contains(&secret) && !log.contains(SECRET), "{log}");
}

#[test]
fn a_session_changes_something_only_from_a_page_of_this_server() {
    let pretend = Pretend::new();
    let (site, mut browser) = (Site::new(&pretend.issuer), Browser::default());
    site.registry.file("roles/reader.yaml", "permissions: [read, sync]\n");
    let commit = site.registry.land("ana may have the repository looked at");
    site.server.until_commit(&commit);
    assert_eq!(come_back(&site, &pretend, &mut browser, "ana@example.org").status, 302);
    let mut sync = |origin: &[(&str, &str)]| browser.ask("POST", &format!("{}/v1/sync", site.url), origin, "").status;
    assert_eq!(sync(&[("origin", &site.url)]), 200);
    assert_eq!([sync(&[]), sync(&[("origin", "null")]), sync(&[("origin", "https://evil.example")])], [403, 403, 403]);
    assert_eq!(sync(&[("origin", &site.url), ("origin", "https://evil.example")]), 403);
}

#[test]
fn nobody_else_is_let_in() {
    let pretend = Pretend::new();
    let site = Site::new(&pretend.issuer);
    let mut all = String::new();
    for email in ["dora@example.org", "gone@example.org", "twin@example.org", "\u{212a}im@example.org", ""] {
        let mut browser = Browser::default();
        let back = come_back(&site, &pretend, &mut browser, email);
        all += &format!("{email}: {} {}\n", back.status, back.body);
        assert_eq!(browser.cookie(&site.url, "promptreg"), None);
    }
    let mut browser = Browser::default();
    let sent = site.begin(&mut browser);
    let mut claims = pretend.claims("ana@example.org", parameter(&sent.place, "nonce"), now());
    claims["email_verified"] = false.into();
    pretend.gives(&pretend.signer.sign(&claims));
    let back =
        browser.get(&format!("{}/v1/sign-in/callback?code=c&state={}", site.url, parameter(&sent.place, "state")));
    all += &format!("not verified: {} {}\n", back.status, back.body);
    insta::assert_snapshot!(all, @r#"
    dora@example.org: 403 {"type":"about:blank","title":"nobody signs in as that","status":403,"detail":"no active user in users/ has the e-mail address that your identity provider verified: have one of your administrators add you"}
    gone@example.org: 403 {"type":"about:blank","title":"nobody signs in as that","status":403,"detail":"no active user in users/ has the e-mail address that your identity provider verified: have one of your administrators add you"}
    twin@example.org: 403 {"type":"about:blank","title":"nobody signs in as that","status":403,"detail":"more than one active user in users/ has the e-mail address that your identity provider verified: have one of your administrators tell them apart"}
    Kim@example.org: 403 {"type":"about:blank","title":"nobody signs in as that","status":403,"detail":"no active user in users/ has the e-mail address that your identity provider verified: have one of your administrators add you"}
    : 403 {"type":"about:blank","title":"nobody signs in as that","status":403,"detail":"no active user in users/ has the e-mail address that your identity provider verified: have one of your administrators add you"}
    not verified: 403 {"type":"about:blank","title":"nobody signs in as that","status":403,"detail":"your identity provider did not verify an e-mail address of yours, and users are known by theirs"}
    "#);
    assert_eq!(site.live(), []);
}

#[test]
fn a_browser_has_to_bring_back_what_it_was_sent_with() {
    let pretend = Pretend::new();
    let site = Site::new(&pretend.issuer);
    let mut begun = Browser::default();
    let sent = site.begin(&mut begun);
    let (state, nonce) = (parameter(&sent.place, "state"), parameter(&sent.place, "nonce"));
    pretend.gives(&pretend.signer.sign(&pretend.claims("ana@example.org", nonce, now())));
    let sealed = begun.cookie(&site.url, "promptreg-sign-in").unwrap().to_owned();
    let mut all = String::new();
    let mut come = |what: &str, mut browser: Browser, query: &str| {
        let back = browser.get(&format!("{}/v1/sign-in/callback?{query}", site.url));
        all += &format!("{what}: {} {}\n", back.status, back.body);
    };
    let with = |cookie: &str| {
        let mut browser = Browser::default();
        browser.set(&site.url, "promptreg-sign-in", cookie);
        browser
    };
    let good = format!("code=c&state={state}");
    come("forged state", begun.clone(), "code=c&state=forged");
    come("no state", begun.clone(), "code=c");
    come("no cookie", Browser::default(), &good);
    let (text, sum) = sealed.split_once('.').unwrap();
    come("no seal", with(text), &good);
    come("empty seal", with(&format!("{text}.")), &good);
    come("another seal", with(&format!("{text}.{}", "A".repeat(sum.len()))), &good);
    come("changed", with(&format!("A{}.{sum}", &text[1..])), &good);
    come("another provider", begun.clone(), &format!("{good}&iss=https://elsewhere.example"));
    come("refused there", begun.clone(), &format!("error=access_denied&state={state}"));
    come("no code", begun.clone(), &format!("state={state}"));
    pretend.says("/token", 400, &serde_json::json!({"error": "invalid_grant"}));
    come("used code", begun.clone(), &good);
    insta::assert_snapshot!(all, @r#"
    forged state: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in"}
    no state: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in"}
    no cookie: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in"}
    no seal: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in"}
    empty seal: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in"}
    another seal: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in"}
    changed: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in"}
    another provider: 400 {"type":"about:blank","title":"not signed in","status":400,"detail":"another identity provider than ours sent this browser"}
    refused there: 403 {"type":"about:blank","title":"not signed in","status":403,"detail":"the identity provider did not let you in: begin again at /v1/sign-in"}
    no code: 403 {"type":"about:blank","title":"not signed in","status":403,"detail":"the identity provider did not let you in: begin again at /v1/sign-in"}
    used code: 403 {"type":"about:blank","title":"not signed in","status":403,"detail":"the identity provider refuses this sign-in: invalid_grant"}
    "#);
    assert_eq!(site.live(), []);
    // Whoever is sent away by one server may come back to another, or to the same one after a restart.
    let Site { registry, server, url, database } = site;
    drop(server);
    let site = Site { server: Site::serve(&registry), registry, url, database };
    pretend.gives(&pretend.signer.sign(&pretend.claims("ana@example.org", nonce, now())));
    let back = begun.get(&format!("{}/v1/sign-in/callback?{good}&session_state=x&iss={}", site.url, pretend.issuer));
    assert_eq!((back.status, site.live().len()), (302, 1), "{back:?}");
    assert_eq!(begun.cookie(&site.url, "promptreg-sign-in"), None);
}

#[test]
fn a_browser_comes_back_to_no_other_server() {
    let pretend = Pretend::new();
    let site = Site::new(&pretend.issuer);
    let ask = |query: &str| Browser::default().get(&format!("{}/v1/sign-in{query}", site.url));
    for away in ["//evil.example", "/%5Cevil.example", "https://evil.example", "%09/x", "", &"/".repeat(600)] {
        let refused = ask(&format!("?return_to={away}"));
        assert_eq!((refused.status, refused.cookies.len()), (400, 0), "{refused:?}");
    }
    assert_eq!(ask("?next=/").status, 400);
    assert_eq!(ask("").status, 302);
}

#[test]
fn a_provider_that_is_away_keeps_nobody_from_starting_or_reading() {
    let gone = unused();
    let site = Site::new(&gone);
    let mut browser = Browser::default();
    let away = site.begin(&mut browser);
    assert_eq!((away.status, away.cookies.len()), (503, 0), "{away:?}");
    assert_eq!(site.server.get("/v1/prompts").status, 200);
    let Site { registry, .. } = site;
    let plain = registry.serve(&[]);
    insta::assert_snapshot!(plain.get("/v1/sign-in").problem(), @"404 no signing in: nobody can sign in here: promptreg.toml has no [oidc]");
}
