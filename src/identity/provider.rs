//! A provider: browsers are sent there, and it is asked who came back.

use super::{
    Error, Person, Settings,
    claims::{Claims, Doubt, claims},
    error::unbelievable,
    found::{Found, find, good, read},
};
use crate::calls::{Call, Caller, Method, StatusCode};
use base64::{Engine as _, prelude::*};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom as _, SystemRandom},
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use url::{Url, form_urlencoded};

/// How long the provider may take for one answer, and the most bytes of it.
const PATIENCE: Duration = Duration::from_secs(8);
const ANSWER_BYTES: usize = 1 << 20;

/// How long what it says of itself is believed.
const FRESH: Duration = Duration::from_secs(3_600);

/// How many ask it at the same time.
const ASKING: usize = 32;

/// What the browser keeps for us while somebody is at the provider: worth nothing to anybody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// What has to come back.
    pub state: String,
    /// What the ID token has to say.
    pub nonce: String,
    /// What shows that it was us who asked.
    pub verifier: String,
}

impl Begun {
    fn new() -> Result<Self, Error> {
        let random = || -> Result<String, Error> {
            let mut bytes = [0; 32];
            let filled = SystemRandom::new().fill(&mut bytes);
            filled.map_err(|_| Error::Machine("the system has no randomness".to_owned()))?;
            Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
        };
        Ok(Self { state: random()?, nonce: random()?, verifier: random()? })
    }

    fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.as_bytes()))
    }
}

/// A provider of OpenID Connect. It is asked what it is with the first sign-in, and again from time to time.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    caller: Caller,
    found: Mutex<Option<(Instant, Arc<Found>)>>,
    asking: Semaphore,
}

impl Provider {
    /// Knows a provider; it is not asked anything yet.
    ///
    /// # Errors
    /// Where a setting is none.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        let caller = Caller::new(PATIENCE, ANSWER_BYTES);
        Ok(Self { settings, caller, found: Mutex::default(), asking: Semaphore::new(ASKING) })
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Begins a sign-in: where the browser has to go, and what it has to keep meanwhile.
    ///
    /// # Errors
    /// Where the provider is away, or is not what it has to be.
    pub async fn begin(&self) -> Result<(String, Begun), Error> {
        let _place = self.asking.try_acquire().map_err(|_| Error::Busy)?;
        let found = self.found().await?;
        let begun = Begun::new()?;
        let Ok(mut url) = Url::parse(&found.described.authorization_endpoint) else {
            return unbelievable("its address for signing in is none");
        };
        let scopes = self.settings.scopes.iter().filter(|scope| *scope != "openid");
        let scope = scopes.fold("openid".to_owned(), |all, one| format!("{all} {one}"));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri())
            .append_pair("scope", &scope)
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge", &begun.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok((url.into(), begun))
    }

    /// Asks who came back with a code, at a moment in seconds since 1970.
    ///
    /// # Errors
    /// Where the provider is away, does not know the code (any more), or says what cannot be believed.
    pub async fn finish(&self, code: &str, begun: &Begun, now: i64) -> Result<Person, Error> {
        let _place = self.asking.try_acquire().map_err(|_| Error::Busy)?;
        let told = self.ask(code, begun, now).await;
        if matches!(told, Err(Error::Unbelievable(_))) {
            // It may be another one by now.
            *self.found.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        told
    }

    async fn ask(&self, code: &str, begun: &Begun, now: i64) -> Result<Person, Error> {
        let found = self.found().await?;
        let tokens = self.tokens(&found, code, begun).await?;
        let claims = match claims(&tokens.id_token, &found.keys, &self.settings, &begun.nonce, now) {
            // It signs with a new key: look again, once.
            Err(Doubt::NoKey) => {
                let found = self.find().await?;
                claims(&tokens.id_token, &found.keys, &self.settings, &begun.nonce, now)
            }
            told => told,
        };
        let claims = match claims {
            Ok(claims) => claims,
            Err(Doubt::Wrong(error)) => return Err(error),
            Err(Doubt::NoKey) => return unbelievable("the ID token is signed with a key that is none of its own"),
        };
        match &found.described.userinfo_endpoint {
            Some(url) if !claims.has_email() => Ok(self.more(url, &tokens, &claims).await?.person()),
            _ => Ok(claims.person()),
        }
    }

    /// What the provider says of itself, as far as that is fresh.
    async fn found(&self) -> Result<Arc<Found>, Error> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((at, found)) if at.elapsed() < FRESH => Ok(found),
            _ => self.find().await,
        }
    }

    async fn find(&self) -> Result<Arc<Found>, Error> {
        let found = Arc::new(find(&self.caller, &self.settings).await?);
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }

    /// What the provider gives for a code.
    async fn tokens(&self, found: &Found, code: &str, begun: &Begun) -> Result<Tokens, Error> {
        let (headers, body) = self.redeeming(found, code, begun);
        let url = &found.described.token_endpoint;
        let told = self.caller.call(Call { method: Method::POST, url, headers: &headers, body }).await?;
        if told.status == StatusCode::BAD_REQUEST {
            let said: Refusal = serde_json::from_slice(&told.body).unwrap_or_default();
            return Err(Error::Refused(said.word()));
        }
        read(&good(told)?, "its answer to a code")
    }

    /// The headers and the body by which a code is redeemed.
    fn redeeming(&self, found: &Found, code: &str, begun: &Begun) -> (Vec<(&'static str, String)>, String) {
        let Settings { client_id, client_secret, .. } = &self.settings;
        let methods = found.described.token_endpoint_auth_methods_supported.as_deref();
        let is_basic = methods.is_none_or(|all| all.iter().any(|one| one == "client_secret_basic"));
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.settings.redirect_uri())
            .append_pair("code_verifier", &begun.verifier);
        let form = "application/x-www-form-urlencoded".to_owned();
        let mut headers = vec![("content-type", form), ("accept", "application/json".to_owned())];
        if is_basic {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let both = format!("{}:{}", encoded(client_id), encoded(client_secret));
            headers.push(("authorization", format!("Basic {}", BASE64_STANDARD.encode(both))));
        } else {
            body.append_pair("client_id", client_id).append_pair("client_secret", client_secret);
        }
        (headers, body.finish())
    }

    /// What the provider says of somebody besides what is in the ID token.
    async fn more(&self, url: &str, tokens: &Tokens, claims: &Claims) -> Result<Claims, Error> {
        let headers =
            [("authorization", format!("Bearer {}", tokens.access_token)), ("accept", "application/json".to_owned())];
        let told = self.caller.call(Call { method: Method::GET, url, headers: &headers, body: String::new() }).await?;
        let more: Claims = read(&good(told)?, "what it knows of a user")?;
        if more.sub != claims.sub {
            return unbelievable("what it knows of a user is about somebody else");
        }
        Ok(more)
    }
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
}

/// Why the provider gives nothing for a code.
#[derive(Default, Deserialize)]
struct Refusal {
    error: Option<String>,
}

impl Refusal {
    /// Its word for that, which is one of a few.
    fn word(&self) -> String {
        let is_word =
            |word: &&String| word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        self.error.as_ref().filter(is_word).cloned().unwrap_or_else(|| "for a reason of its own".to_owned())
    }
}
