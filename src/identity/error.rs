//! What can go wrong with finding out who somebody is.

use crate::calls;

/// Why nobody knows who somebody is. No message holds a secret, a code or a token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is none.
    #[error("{0}")]
    Setting(String),
    /// The provider does not answer; it is worth to try again later.
    #[error("the identity provider does not answer: {0}")]
    Away(String),
    /// The provider does not confirm what the browser brought.
    #[error("the identity provider refuses this sign-in: {0}")]
    Refused(String),
    /// What the provider says cannot be believed.
    #[error("what the identity provider says cannot be believed: {0}")]
    Unbelievable(String),
    /// Too many sign in at the same time.
    #[error("too many sign in at the same time: try again in a moment")]
    Busy,
    /// This machine cannot do what it has to.
    #[error("nobody can sign in here: {0}")]
    Machine(String),
}

impl From<calls::Error> for Error {
    fn from(error: calls::Error) -> Self {
        match error {
            calls::Error::Away(why) => Self::Away(why),
            calls::Error::TooLong(_) | calls::Error::Address(_) => Self::Unbelievable(error.to_string()),
            calls::Error::NoRoots(_) => Self::Machine(error.to_string()),
        }
    }
}

/// Says that something cannot be believed.
pub(super) fn unbelievable<T>(what: impl Into<String>) -> Result<T, Error> {
    Err(Error::Unbelievable(what.into()))
}
