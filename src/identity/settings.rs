//! Settings: which provider is asked, and as whom.

use super::Error;
use std::{fmt, net::IpAddr};
use url::{Host, Url};

/// Which provider is asked, and as whom.
#[derive(Clone)]
pub struct Settings {
    /// The provider's address as it calls itself; what is asked of it is found below it.
    pub issuer: String,
    /// What the provider calls us.
    pub client_id: String,
    /// What shows that it is us.
    pub client_secret: String,
    /// What is asked for besides `openid`: `email` at least.
    pub scopes: Vec<String>,
    /// Where browsers find this server: an address without a path.
    pub public_url: String,
    /// The path below it that the provider sends browsers back to.
    pub callback: &'static str,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Sees to it that nothing is asked or answered in the clear, but on this machine.
    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |what: String| Err(Error::Setting(what));
        let issuer = secure("issuer", &self.issuer)?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return wrong(format!("issuer: {} has more to it than a path", self.issuer));
        }
        let own = secure("public_url", &self.public_url)?;
        if own.origin().ascii_serialization() != self.public_url.trim_end_matches('/') {
            return wrong(format!("public_url: write it as {}, without a path", own.origin().ascii_serialization()));
        }
        if self.client_id.is_empty() || self.client_secret.len() < 16 {
            return wrong("the client_id is empty, or the client_secret has fewer than 16 bytes".to_owned());
        }
        match self.scopes.iter().find(|scope| scope.is_empty() || !scope.bytes().all(|byte| byte.is_ascii_graphic())) {
            Some(scope) => wrong(format!("scopes: {scope:?} is none")),
            None => Ok(()),
        }
    }

    /// Where this server is, as `Origin` says it.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.public_url.trim_end_matches('/')
    }

    /// Whether browsers reach this server in the clear, which only those of this machine may.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.public_url.starts_with("http:")
    }

    /// Where the provider sends browsers back to.
    pub(super) fn redirect_uri(&self) -> String {
        format!("{}{}", self.origin(), self.callback)
    }
}

/// An address that is called securely, or lies on this machine.
pub(super) fn secure(field: &str, text: &str) -> Result<Url, Error> {
    // What holds a user may hold a password.
    let shown = if text.contains('@') { "the address" } else { text };
    let wrong = |why: &str| Error::Setting(format!("{field}: {shown} {why}"));
    let url = Url::parse(text).map_err(|error| wrong(&format!("is no address: {error}")))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => return Err(wrong("names no host")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(wrong("is not https, which it has to be but on this machine")),
    }
}
