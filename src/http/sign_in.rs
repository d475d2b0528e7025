//! Signing in with a browser: off to the identity provider, back with a code, and a cookie for a while.

use super::{
    cookie::Cookie,
    error::Problem,
    extract::Params,
    routes::{Door, Result},
};
use crate::identity::{Begun, Provider};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Where the identity provider sends browsers back to.
pub const CALLBACK: &str = "/v1/sign-in/callback";

/// For how many seconds somebody may be at the identity provider.
const AWAY: u32 = 600;

/// The most bytes of the path that somebody comes back to.
const PATH_BYTES: usize = 512;

/// How people sign in.
pub struct SignIn {
    provider: Provider,
    /// For how many seconds a session lasts.
    seconds: u32,
    /// What the cookies of those who are at the provider are sealed with. It follows from the secret that the provider knows us by, so
    /// that every replica has the same one, also after a restart.
    key: Hmac<Sha256>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl SignIn {
    /// Has people sign in at a provider, each time for so many seconds.
    #[must_use]
    pub fn new(provider: Provider, seconds: u32) -> Self {
        let keyed = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
        let derived =
            keyed(provider.settings().client_secret.as_bytes()).chain_update(b"promptreg sign-in v1").finalize();
        Self { key: keyed(&derived.into_bytes()), provider, seconds }
    }

    fn is_clear(&self) -> bool {
        self.provider.settings().is_clear()
    }

    /// The secret of the session that a browser shows, if it does.
    pub(super) fn session<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        Cookie::Session.of(headers, self.is_clear())
    }

    /// Whether a request comes from a page of this server, and says so.
    pub(super) fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let own = self.provider.settings().origin().as_bytes();
        origins.next().is_some_and(|origin| origin.as_bytes() == own) && origins.next().is_none()
    }

    fn seal(&self, kept: &Kept) -> String {
        let text = serde_json::to_vec(kept).unwrap_or_default();
        let sum = self.key.clone().chain_update(&text).finalize().into_bytes();
        format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(text), BASE64_URL_SAFE_NO_PAD.encode(sum))
    }

    fn open(&self, sealed: &str) -> Option<Kept> {
        let (text, sum) = sealed.split_once('.')?;
        let (text, sum) = (BASE64_URL_SAFE_NO_PAD.decode(text).ok()?, BASE64_URL_SAFE_NO_PAD.decode(sum).ok()?);
        self.key.clone().chain_update(&text).verify_slice(&sum).ok()?;
        serde_json::from_slice(&text).ok().filter(|kept: &Kept| now() < kept.until)
    }

    fn set(&self, response: &mut Response, cookie: Cookie, value: &str, seconds: u32) {
        if let Some(header) = cookie.set(value, seconds, self.is_clear()) {
            response.headers_mut().append(header::SET_COOKIE, header);
        }
    }
}

/// What a browser keeps for us while somebody is at the provider.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    begun: Begun,
    return_to: String,
    /// In seconds since 1970.
    until: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    return_to: Option<String>,
}

/// What a provider has a browser bring back; some send more.
#[derive(Deserialize)]
pub(super) struct Brought {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// How people sign in, where they can now: before anybody is sent away, there has to be a place for the session.
fn sign_in(door: &Door) -> Result<Arc<SignIn>> {
    let none = || {
        let detail = "nobody can sign in here: promptreg.toml has no [oidc]";
        Problem::new(StatusCode::NOT_FOUND, "no signing in", detail)
    };
    let sign_in = door.options.sign_in.clone().ok_or_else(none)?;
    door.app.records()?.in_reach()?;
    Ok(sign_in)
}

/// Sends a browser to the identity provider.
pub(super) async fn begin(State(door): State<Door>, Params(asked): Params<Asked>) -> Result {
    let sign_in = sign_in(&door)?;
    let return_to = asked.return_to.unwrap_or_else(|| "/".to_owned());
    if !is_local(&return_to) {
        let detail = format!("return_to: write a path of this server, as `/v1/me`, of at most {PATH_BYTES} bytes");
        let problem = Problem::new(StatusCode::BAD_REQUEST, "malformed parameter", detail);
        return Err(problem.with(serde_json::json!({"field": "return_to"})));
    }
    let (place, begun) = sign_in.provider.begin().await?;
    let kept = Kept { begun, return_to, until: now() + i64::from(AWAY) };
    let mut response = sent_to(&place);
    sign_in.set(&mut response, Cookie::Begun, &sign_in.seal(&kept), AWAY);
    Ok(response)
}

/// Takes back a browser that was sent there.
pub(super) async fn finish(State(door): State<Door>, headers: HeaderMap, Params(brought): Params<Brought>) -> Result {
    let sign_in = sign_in(&door)?;
    let kept = Cookie::Begun.of(&headers, sign_in.is_clear()).and_then(|sealed| sign_in.open(sealed));
    let kept = kept.filter(|kept| brought.state.as_ref() == Some(&kept.begun.state));
    let refused = |status, detail: &str| Problem::new(status, "not signed in", detail);
    let Some(kept) = kept else {
        let detail = "this browser did not begin this sign-in, or too long ago: begin again at /v1/sign-in";
        return Err(refused(StatusCode::BAD_REQUEST, detail));
    };
    if brought.iss.is_some_and(|iss| iss != sign_in.provider.settings().issuer) {
        return Err(refused(StatusCode::BAD_REQUEST, "another identity provider than ours sent this browser"));
    }
    let Some(code) = brought.code.filter(|_| brought.error.is_none()) else {
        return Err(refused(
            StatusCode::FORBIDDEN,
            "the identity provider did not let you in: begin again at /v1/sign-in",
        ));
    };
    let person = sign_in.provider.finish(&code, &kept.begun, now()).await?;
    let signed_in = door.app.sign_in(&person, sign_in.seconds).await?;
    tracing::info!(user = %signed_in.user, "somebody signed in");
    let mut response = sent_to(&kept.return_to);
    sign_in.set(&mut response, Cookie::Begun, "", 0);
    sign_in.set(&mut response, Cookie::Session, &signed_in.secret, sign_in.seconds);
    Ok(response)
}

/// Ends the session of a browser.
pub(super) async fn end(State(door): State<Door>, headers: HeaderMap) -> Result {
    let sign_in = sign_in(&door)?;
    if !sign_in.is_own_page(&headers) {
        let detail = "a page of another server wants you signed out, or none that says whose it is: send `origin`";
        return Err(Problem::new(StatusCode::FORBIDDEN, "another origin", detail));
    }
    if let Some(secret) = sign_in.session(&headers) {
        door.app.sign_out(secret).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    sign_in.set(&mut response, Cookie::Session, "", 0);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Sends a browser elsewhere; nobody may keep that.
fn sent_to(place: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether a browser that is sent to this place stays on this server: `//elsewhere` and `/\elsewhere` lead away from it.
fn is_local(place: &str) -> bool {
    let mut bytes = place.bytes();
    place.len() <= PATH_BYTES
        && bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && place.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn a_browser_is_sent_back_to_this_server_only() {
        for place in ["/", "/v1/me", "/v1/prompts?q=a%20b#c", "/a//b"] {
            assert!(is_local(place), "{place}");
        }
        for place in
            ["", "v1", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/a\r\nb", "/ü"]
        {
            assert!(!is_local(place), "{place}");
        }
    }
}
