//! What a profile leads to: a provider at an address, and a key.

use super::{Error, caller::Setup, sieve::Sieve, transport::Transport};
use crate::{
    calls,
    domain::{ModelProfile, Provider, Secret},
};
use rig_core::{
    driver::DynModel,
    operation::Completion,
    providers::{anthropic::AnthropicConfig, gemini::GeminiConfig, ollama::OllamaConfig, openai::OpenAIConfig},
};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use url::{Host, Url};

/// The longest answer of an Anthropic model that the library does not know; that provider wants to be told one.
const ANTHROPIC_TOKENS: u64 = 4096;

/// The most characters of a message, and how many of a key's first ones give it away.
const MESSAGE: usize = 500;
const SIGN: usize = 6;

/// What a profile leads to.
pub(super) struct Target<'a> {
    pub(super) profile: &'a ModelProfile,
    pub(super) key: Option<SecretString>,
    pub(super) provider: Provider,
}

impl<'a> Target<'a> {
    /// Reads the profile.
    pub(super) fn of(profile: &'a ModelProfile, setup: &Setup) -> Result<Self, Error> {
        let provider = Provider::named(&profile.provider).ok_or_else(|| {
            let known = Provider::ALL.map(Provider::as_str).join(", ");
            Error::Unusable(format!("`{}` is no provider that can be called here, which are {known}", profile.provider))
        })?;
        if let Some(base_url) = &profile.base_url {
            check(base_url, setup.plain_http)?;
        }
        let key = profile.api_key.as_ref().map(|place| key(place, setup)).transpose()?;
        Ok(Self { profile, key, provider })
    }

    /// The model behind it. The library is not told the key: the transport puts it in.
    pub(super) fn model(&self, caller: &Arc<calls::Caller>) -> DynModel<Completion> {
        let transport = Transport { caller: Arc::clone(caller), provider: self.provider, key: self.key.clone() };
        let (model, base_url) = (self.profile.model.as_str(), self.profile.base_url.as_deref());
        match self.provider {
            Provider::OpenAi => {
                let config = OpenAIConfig::new("");
                base_url.into_iter().fold(config, OpenAIConfig::with_base_url).connect(transport).chat(model).erase()
            }
            Provider::Anthropic => {
                let config = base_url.into_iter().fold(AnthropicConfig::new(""), AnthropicConfig::with_base_url);
                let mut model = config.connect(transport).completion(model);
                model.wire.default_max_tokens.get_or_insert(ANTHROPIC_TOKENS);
                model.erase()
            }
            Provider::Gemini => {
                let config = base_url.into_iter().fold(GeminiConfig::new(""), GeminiConfig::with_base_url);
                config.connect(transport).completion(model).erase()
            }
            Provider::Ollama => {
                let config = base_url.into_iter().fold(OllamaConfig::new(), OllamaConfig::with_base_url);
                config.connect(transport).native_completion(model).erase()
            }
        }
    }
}

impl Target<'_> {
    /// A message for people: cut to a bearable length, on one line, without the key or what begins like it.
    pub(super) fn clean(&self, message: &str) -> String {
        let mut clean: String = message.chars().take(MESSAGE).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let key = self.key.as_ref().map(SecretString::expose_secret).unwrap_or_default();
        let sign: String = key.chars().take(SIGN).collect();
        if !sign.is_empty() {
            let words = clean.split_inclusive(|c: char| c.is_whitespace() || "\"'`,;".contains(c));
            let words = words.map(|word| match word.find(&sign) {
                Some(at) => format!("{}[key] ", &word[..at]),
                None => word.to_owned(),
            });
            clean = words.collect();
        }
        clean.trim().to_owned()
    }

    /// A text without the key, though it was told in pieces.
    pub(super) fn without_key(&self, text: String) -> String {
        match self.key.as_ref().is_some_and(|key| text.contains(key.expose_secret())) {
            true => String::from_utf8_lossy(&Sieve::whole(self.key.as_ref(), text.as_bytes())).into_owned(),
            false => text,
        }
    }
}

/// The key without the line's end that a file has, or why there is none.
fn key(place: &Secret, setup: &Setup) -> Result<SecretString, Error> {
    let found = (setup.keys)(place).map_err(Error::NoKey)?;
    match found.expose_secret().trim() {
        "" => Err(Error::NoKey("what api_key leads to is empty".to_owned())),
        key if key.contains(char::is_control) => {
            Err(Error::NoKey("what api_key leads to has several lines".to_owned()))
        }
        key => Ok(key.into()),
    }
}

/// Keys and prompts go in the clear only within this machine, unless the operator allows more.
fn check(base_url: &str, plain_http: bool) -> Result<(), Error> {
    let wrong = |why: String| Err(Error::Unusable(format!("base_url {why}")));
    let Ok(url) = Url::parse(base_url) else { return wrong("is no address".to_owned()) };
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return wrong("has more to it than a host and a path".to_owned());
    }
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if here || plain_http => Ok(()),
        "http" => {
            wrong(format!("is http://{}, where keys and prompts would go in the clear", url.host_str().unwrap_or("")))
        }
        other => wrong(format!("begins with {other}:// instead of https://")),
    }
}
