//! Who somebody is, as a provider of OpenID Connect says: the authorization code flow with PKCE, state and nonce.

mod claims;
mod error;
mod found;
mod key;
mod provider;
mod settings;

pub use self::{
    claims::Person,
    error::Error,
    provider::{Begun, Provider},
    settings::Settings,
};
