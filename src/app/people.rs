//! Lists of what is not about prompts: users, models, clients and policies; and who a caller is.

use super::{Caller, current::Current};
use crate::domain::{
    ClientConfig, ClientName, Handle, ModelName, ModelProfile, Permissions, Policy, PolicyName, RoleName, TokenKind,
};
use serde::Serialize;

/// A thing by its name, with all that its file says.
#[derive(Debug, Serialize)]
pub struct Named<'a, N, T> {
    name: &'a N,
    #[serde(flatten)]
    said: &'a T,
}

/// One user in a list.
#[derive(Debug, Serialize)]
pub struct UserItem<'a> {
    handle: &'a Handle,
    display_name: Option<&'a str>,
    roles: &'a [RoleName],
    is_active: bool,
    /// For those who may administer.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

/// Who a caller is.
#[derive(Debug, Serialize)]
pub struct Me<'a> {
    /// None where nobody said who they are.
    user: Option<&'a Handle>,
    roles: &'a [RoleName],
    permissions: Permissions,
    token: Option<MyToken<'a>>,
}

#[derive(Debug, Serialize)]
struct MyToken<'a> {
    id: String,
    name: &'a str,
    kind: TokenKind,
    expires_at: Option<String>,
}

impl Current {
    /// The users, by handle; with e-mail addresses only for those who may see them.
    #[must_use]
    pub fn users(&self, with_email: bool) -> Vec<UserItem<'_>> {
        let users = self.registry.users.iter().map(|(handle, user)| UserItem {
            handle,
            display_name: user.display_name.as_deref(),
            roles: &user.roles,
            is_active: user.is_active,
            email: with_email.then_some(user.email.as_str()),
        });
        users.collect()
    }

    /// The model profiles, by name: where their keys are found, never a key.
    #[must_use]
    pub fn models(&self) -> Vec<Named<'_, ModelName, ModelProfile>> {
        self.registry.models.iter().map(|(name, said)| Named { name, said: &**said }).collect()
    }

    /// The safety policies, by name.
    #[must_use]
    pub fn policies(&self) -> Vec<Named<'_, PolicyName, Policy>> {
        self.registry.policies.iter().map(|(name, said)| Named { name, said: &**said }).collect()
    }

    /// One client config.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<Named<'_, ClientName, ClientConfig>> {
        let (name, said) = self.registry.clients.get_key_value(name)?;
        Some(Named { name, said })
    }

    /// Who a caller is, as this state knows them.
    #[must_use]
    pub fn me<'a>(&'a self, caller: &'a Caller) -> Me<'a> {
        let user = caller.user();
        let token = caller.token.as_ref().map(|known| &known.token);
        Me {
            user,
            roles: user.and_then(|user| self.registry.users.get(user)).map_or(&[], |user| &user.roles),
            permissions: caller.permissions,
            token: token.map(|token| MyToken {
                id: token.id.to_string(),
                name: &token.name,
                kind: token.kind,
                expires_at: token.expires_at.map(text),
            }),
        }
    }
}

/// A second since 1970 as RFC 3339.
fn text(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX).to_string()
}

impl UserItem<'_> {
    /// The handle, which is also the cursor.
    #[must_use]
    pub fn name(&self) -> &str {
        self.handle.as_str()
    }
}

impl Named<'_, ModelName, ModelProfile> {
    /// The name, which is also the cursor.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}

impl Named<'_, PolicyName, Policy> {
    /// The name, which is also the cursor.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}
