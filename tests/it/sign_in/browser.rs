//! A browser as far as signing in needs one: it keeps cookies for each server, and fills forms in.

use std::collections::BTreeMap;

/// What a server answered.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) place: String,
    /// Every `Set-Cookie`.
    pub(super) cookies: Vec<String>,
    pub(super) body: String,
}

/// Cookies by server and name, with the path that each is for.
#[derive(Debug, Default, Clone)]
pub(super) struct Browser(BTreeMap<(String, String), (String, String)>);

impl Browser {
    /// One request; redirects are not followed.
    pub(super) fn ask(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let (server, path) = parts(url);
        let fits =
            |((of, _), (below, _)): &(&(String, String), &(String, String))| of == server && path.starts_with(&**below);
        let kept = self.0.iter().filter(fits).map(|((_, name), (_, value))| format!("{name}={value}"));
        let kept = kept.collect::<Vec<_>>().join("; ");
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: ureq::Agent = config.build().into();
        let mut request = ureq::http::Request::builder().method(method).uri(url).header("cookie", kept);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match body {
            "" => agent.run(request.body(()).unwrap()).unwrap(),
            body => agent.run(request.body(body.to_owned()).unwrap()).unwrap(),
        };
        let all = response.headers().get_all("set-cookie");
        let cookies: Vec<String> = all.iter().map(|header| header.to_str().unwrap().to_owned()).collect();
        for cookie in &cookies {
            self.keep(server, cookie);
        }
        let place = response.headers().get("location").map_or("", |place| place.to_str().unwrap());
        let place = if place.starts_with('/') { format!("{server}{place}") } else { place.to_owned() };
        Page { status: response.status().as_u16(), place, cookies, body: response.body_mut().read_to_string().unwrap() }
    }

    pub(super) fn get(&mut self, url: &str) -> Page {
        self.ask("GET", url, &[], "")
    }

    /// Goes where it is sent for as long as it is sent somewhere else than to `stop`; answers the last page, and its address.
    pub(super) fn follow(&mut self, mut page: Page, stop: &str) -> (Page, String) {
        let mut url = String::new();
        for _ in 0..10 {
            if page.place.is_empty() || page.place.contains(stop) {
                return (page, url);
            }
            url = std::mem::take(&mut page.place);
            page = self.get(&url);
        }
        panic!("sent around in a circle: {url}");
    }

    /// The value of a cookie.
    pub(super) fn cookie(&self, server: &str, name: &str) -> Option<&str> {
        self.0.get(&(server.to_owned(), name.to_owned())).map(|(_, value)| &**value)
    }

    pub(super) fn set(&mut self, server: &str, name: &str, value: &str) {
        self.0.insert((server.to_owned(), name.to_owned()), ("/".to_owned(), value.to_owned()));
    }

    fn keep(&mut self, server: &str, cookie: &str) {
        let mut words = cookie.split(';').map(str::trim);
        let (name, value) = words.next().unwrap().split_once('=').unwrap();
        let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
        let path = cookie
            .split(';')
            .map(str::trim)
            .find_map(|word| word.get(..5).filter(|key| key.eq_ignore_ascii_case("path=")).map(|_| &word[5..]));
        let key = (server.to_owned(), name.to_owned());
        if value.is_empty()
            || words.iter().any(|word| word == "max-age=0" || word.starts_with("expires=thu, 01 jan 1970"))
        {
            self.0.remove(&key);
        } else {
            self.0.insert(key, (path.unwrap_or("/").to_owned(), value.to_owned()));
        }
    }
}

/// The server of an address, and the rest.
fn parts(url: &str) -> (&str, &str) {
    let start = url.find("://").unwrap() + 3;
    url.split_at(url[start..].find('/').map_or(url.len(), |slash| start + slash))
}
