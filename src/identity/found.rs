//! What a provider says of itself: its addresses, and the keys it signs with.

use super::{Error, Settings, error::unbelievable, key::Key, settings::secure};
use crate::calls::{Call, Caller, Method, StatusCode, Told};
use serde::{Deserialize, de::DeserializeOwned};

/// The most keys of a provider that are looked at.
const KEYS: usize = 64;

/// A provider's description of itself; what we do not ask for is left out.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Described {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: Option<String>,
    jwks_uri: String,
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

/// What is known of a provider.
#[derive(Debug)]
pub(super) struct Found {
    pub described: Described,
    pub keys: Vec<Key>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// Asks a provider for its description and its keys.
pub(super) async fn find(caller: &Caller, settings: &Settings) -> Result<Found, Error> {
    let url = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
    let described: Described = read(&get(caller, &url).await?, "its description")?;
    if described.issuer != settings.issuer {
        return unbelievable(format!("it calls itself {:?}, and not {:?}", described.issuer, settings.issuer));
    }
    let ends = [&described.authorization_endpoint, &described.token_endpoint, &described.jwks_uri];
    for end in ends.into_iter().chain(&described.userinfo_endpoint) {
        secure("the provider's description", end).map_err(|error| Error::Unbelievable(error.to_string()))?;
    }
    if described.code_challenge_methods_supported.as_ref().is_some_and(|all| !all.iter().any(|one| one == "S256")) {
        return unbelievable("it does not support PKCE by S256");
    }
    let set: KeySet = read(&get(caller, &described.jwks_uri).await?, "its keys")?;
    let keys = set.keys.into_iter().take(KEYS).filter_map(Key::read).collect();
    Ok(Found { described, keys })
}

async fn get(caller: &Caller, url: &str) -> Result<Told, Error> {
    let headers = [("accept", "application/json".to_owned())];
    let told = caller.call(Call { method: Method::GET, url, headers: &headers, body: String::new() }).await?;
    good(told)
}

/// An answer that is none of an error: what fails on the provider's side may be better later.
pub(super) fn good(told: Told) -> Result<Told, Error> {
    match told.status {
        StatusCode::OK => Ok(told),
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(Error::Away(format!("it answers {status}")))
        }
        status => unbelievable(format!("it answers {status}")),
    }
}

/// What an answer of JSON says.
pub(super) fn read<T: DeserializeOwned>(told: &Told, what: &str) -> Result<T, Error> {
    // Where it does not fit, what stands there is not repeated: it may be a token.
    serde_json::from_slice(&told.body).or_else(|error| {
        unbelievable(format!(
            "{what} is not what it has to be ({:?} at line {}, column {})",
            error.classify(),
            error.line(),
            error.column()
        ))
    })
}
