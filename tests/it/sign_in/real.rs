//! The whole flow at a provider that is none of ours: `oidc-provider`, with its own forms.
//!
//! Whoever uses it marks the test `#[ignore = "needs an identity provider: run tests/run"]`: it panics where there is none.

use super::{Browser, Page, SECRET, Site, now, unused};
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// The provider; stopped when the test ends.
struct Provider {
    child: Child,
    issuer: String,
    /// What it says later, which nobody reads.
    said: BufReader<ChildStdout>,
}

impl Provider {
    fn start(url: &str) -> Self {
        assert!(std::env::var_os("TEST_PROVIDER").is_some(), "there is no TEST_PROVIDER: run tests/run");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider/provider.js");
        let mut command = Command::new("node");
        command.arg(script).args([&format!("{url}/v1/sign-in/callback"), SECRET]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut provider = Self { child, issuer: String::new(), said };
        provider.said.read_line(&mut provider.issuer).unwrap();
        provider.issuer = provider.issuer.trim_end().to_owned();
        assert!(provider.issuer.starts_with("http://127.0.0.1:"), "the provider did not start");
        provider
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a page's form leads, with all that it holds and what is typed in.
fn fill(page: &Page, typed: &str) -> (String, String) {
    let form = page.body.split("<form").nth(1).unwrap_or_else(|| panic!("no form: {page:?}"));
    let value = |of: &str, name: &str| Some(of.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.to_owned());
    let inputs = form.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\""));
    let hidden = inputs.map(|input| format!("{}={}", value(input, "name").unwrap(), value(input, "value").unwrap()));
    (value(form, "action").unwrap(), format!("{}{typed}", hidden.collect::<Vec<_>>().join("&")))
}

/// Signs in as somebody and consents; answers what leads back to the server.
fn sign_in(site: &Site, browser: &mut Browser, name: &str) -> String {
    let sent = site.begin(browser);
    assert_eq!(sent.status, 302, "{sent:?}");
    let (mut page, _) = browser.follow(sent, "/v1/sign-in/callback");
    let mut typed = format!("&login={name}&password=any");
    while page.place.is_empty() {
        let (action, body) = fill(&page, &typed);
        typed = String::new();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let posted = browser.ask("POST", &action, &form, &body);
        page = browser.follow(posted, "/v1/sign-in/callback").0;
    }
    page.place
}

#[test]
#[ignore = "needs an identity provider: run tests/run"]
fn whoever_a_real_provider_vouches_for_is_let_in_and_nobody_else() {
    let url = unused();
    let provider = Provider::start(&url);
    let site = Site::at(&provider.issuer, url);
    let mut ana = Browser::default();
    let back = sign_in(&site, &mut ana, "ana");
    let before = ana.clone();
    let begun = now();
    let page = ana.get(&back);
    assert_eq!((page.status, &*page.place), (302, &*format!("{}/v1/me", site.url)), "{page:?}");
    let live = site.live();
    let [session] = &live[..] else { panic!("{live:?}") };
    assert!(session.user == "ana" && session.created_at.as_second() >= begun, "{session:?}");
    let me = |browser: &mut Browser| browser.get(&format!("{}/v1/me", site.url)).body;
    assert!(me(&mut ana).contains("\"user\":\"ana\""));

    // The same code a second time, by a browser that still has what it was sent with.
    let again = before.clone().get(&back);
    assert_eq!((again.status, site.live().len()), (403, 1), "{again:?}");
    // The code of somebody else, brought by a browser that did not ask for it.
    let mut other = Browser::default();
    site.begin(&mut other);
    assert_eq!(other.get(&back).status, 400);

    for (name, why) in [("ben", "did not verify"), ("dora", "no active user")] {
        let mut browser = Browser::default();
        let back = sign_in(&site, &mut browser, name);
        let page = browser.get(&back);
        assert!(page.status == 403 && page.body.contains(why), "{page:?}");
        assert_eq!(browser.cookie(&site.url, "promptreg"), None);
    }
    assert_eq!(ana.ask("POST", &format!("{}/v1/sign-out", site.url), &[("origin", &site.url)], "").status, 204);
    assert_eq!(site.live(), []);
    assert!(me(&mut ana).contains("\"user\":null"));
}
