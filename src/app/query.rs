//! Queries: how a caller says which version it wants, read from a selector or from parameters.

use super::Error;
use crate::domain::{ClientName, PromptName, Registry, Selector, Which};

/// Which version a caller wants, and who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The prompt and which version of it.
    pub selector: Selector,
    /// The caller's key: decides between the versions of a split, always the same way.
    pub key: Option<String>,
    /// The kind of client.
    pub client: Option<ClientName>,
}

/// The parameters of a fetch, as text.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    /// `?label=`
    pub label: Option<String>,
    /// `?version=`: a number or a range.
    pub version: Option<String>,
    /// `?digest=`
    pub digest: Option<String>,
    /// `?key=`
    pub key: Option<String>,
    /// `?client=`
    pub client: Option<String>,
}

impl From<Selector> for Query {
    fn from(selector: Selector) -> Self {
        Self { selector, key: None, client: None }
    }
}

impl Query {
    /// Reads the parameters of a fetch.
    ///
    /// # Errors
    /// Where a parameter is malformed, or more than one says which version is meant.
    pub fn read(name: &str, parameters: Parameters) -> Result<Self, Error> {
        let Parameters { label, version, digest, key, client } = parameters;
        let name: PromptName = name.parse().map_err(|error| Error::parameter("name", &error))?;
        let given = [("label", &label), ("version", &version), ("digest", &digest)];
        let given: Vec<_> = given.iter().filter(|(_, value)| value.is_some()).map(|(field, _)| *field).collect();
        if given.len() > 1 {
            return Err(Error::Conflict(given.join(" and ")));
        }
        let which = match (label, version, digest) {
            (Some(label), ..) => Which::Label(label.parse().map_err(|error| Error::parameter("label", &error))?),
            (_, Some(version), _) => Which::version(&version).map_err(|error| Error::parameter("version", &error))?,
            (.., Some(digest)) => Which::Digest(digest.parse().map_err(|error| Error::parameter("digest", &error))?),
            _ => Which::Default,
        };
        let client = client.map(|client| client.parse().map_err(|error| Error::parameter("client", &error)));
        Ok(Self { selector: Selector { name, which }, key, client: client.transpose()? })
    }

    /// Sees to it that the client is one that the registry knows: a misspelt one would be handed what nobody meant.
    ///
    /// # Errors
    /// Where there is no client config of that name.
    pub fn check_client(&self, registry: &Registry) -> Result<(), Error> {
        match &self.client {
            Some(name) if !registry.clients.contains_key(name) => {
                Err(Error::Missing { what: "client config", name: name.to_string() })
            }
            _ => Ok(()),
        }
    }
}
