//! ID tokens: what a provider signed of somebody, believed only where all of it fits.

use super::{
    Error, Settings,
    error::unbelievable,
    key::{Algorithm, Key},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Deserializer};

/// How many seconds our clock and the provider's may differ.
const SKEW: i64 = 60;

/// The most bytes of an ID token.
const TOKEN_BYTES: usize = 64 << 10;

/// Somebody whom the provider knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them, for good.
    pub subject: String,
    /// Their e-mail address, where the provider verified that it is theirs.
    pub email: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// What we look at of an ID token's claims, or of an answer about a user.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub sub: String,
    iss: Option<String>,
    aud: Option<Audience>,
    azp: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default, deserialize_with = "yes")]
    email_verified: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// `true`, which some write as a text.
fn yes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let said = serde_json::Value::deserialize(deserializer)?;
    Ok(said == true || said == "true")
}

impl Claims {
    /// Whether anything is said of an e-mail address.
    pub(super) const fn has_email(&self) -> bool {
        self.email.is_some()
    }

    pub(super) fn person(self) -> Person {
        let Self { sub: subject, email, email_verified, .. } = self;
        Person { subject, email: email.filter(|_| email_verified) }
    }
}

/// Why a token is not believed: another look at the provider's keys may help, or nothing.
pub(super) enum Doubt {
    NoKey,
    Wrong(Error),
}

/// The claims of an ID token that was signed by one of the keys, for us, for this sign-in, and is valid at a moment, in seconds since
/// 1970.
pub(super) fn claims(token: &str, keys: &[Key], settings: &Settings, nonce: &str, now: i64) -> Result<Claims, Doubt> {
    let wrong = |what: &str| Doubt::Wrong(Error::Unbelievable(format!("the ID token {what}")));
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let [header, body, signature] = parts[..] else { return Err(wrong("is none")) };
    if token.len() > TOKEN_BYTES {
        return Err(wrong("is too long"));
    }
    let decoded = |part: &str| BASE64.decode(part).map_err(|_| wrong("is none"));
    let read: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| wrong("is none"))?;
    if read.crit.is_some() {
        return Err(wrong("demands what we do not know"));
    }
    let Some(algorithm) = Algorithm::named(&read.alg) else { return Err(wrong("is not signed by a public key")) };
    let fits =
        |key: &&Key| key.is_for(algorithm, &read.alg) && read.kid.as_ref().is_none_or(|id| key.id.as_ref() == Some(id));
    let message = token.as_bytes().get(..header.len() + 1 + body.len()).unwrap_or_default();
    let signature = decoded(signature)?;
    let mut fitting = keys.iter().filter(fits).peekable();
    if fitting.peek().is_none() {
        return Err(Doubt::NoKey);
    }
    if !fitting.any(|key| key.signed(algorithm, message, &signature)) {
        return Err(wrong("is not signed by the provider"));
    }
    let claims: Claims = serde_json::from_slice(&decoded(body)?).map_err(|_| wrong("does not say who it is about"))?;
    check(&claims, settings, nonce, now).map_err(Doubt::Wrong)?;
    Ok(claims)
}

fn check(claims: &Claims, settings: &Settings, nonce: &str, now: i64) -> Result<(), Error> {
    let wrong = |what: &str| unbelievable(format!("the ID token {what}"));
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
    let (soonest, latest) = ((now - SKEW) as f64, (now + SKEW) as f64);
    let id = &settings.client_id;
    let (is_for_us, is_for_others) = match &claims.aud {
        Some(Audience::One(one)) => (one == id, false),
        Some(Audience::Many(many)) => (many.contains(id), many.iter().any(|one| one != id)),
        None => (false, false),
    };
    if claims.iss.as_ref() != Some(&settings.issuer) {
        return wrong("is another provider's");
    }
    // One that others can show too has to say that it was made for us.
    if !is_for_us || claims.azp.as_ref().map_or(is_for_others, |azp| azp != id) {
        return wrong("is for somebody else");
    }
    if claims.exp.is_none_or(|end| end <= soonest) {
        return wrong("expired");
    }
    if claims.iat.is_none_or(|at| at > latest) || claims.nbf.is_some_and(|at| at > latest) {
        return wrong("is not valid yet");
    }
    if claims.nonce.as_deref() != Some(nonce) {
        return wrong("belongs to another sign-in");
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return wrong("does not say who it is about");
    }
    Ok(())
}
