//! Access: sets of permissions, tokens, and what a token may do.

use super::{digest::Digest, name::Handle, registry::Registry, user::Permission};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u16);

impl Permissions {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// The same with one more.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u16)
    }

    /// Whether it holds this one.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & 1 << permission as u16 != 0
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Its permissions, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |one| self.has(*one))
    }

    /// What a user may do: all that their roles allow; nothing where there is no such user, or they are not active.
    #[must_use]
    pub fn of_user(registry: &Registry, handle: &Handle) -> Self {
        let Some(user) = registry.users.get(handle).filter(|user| user.is_active) else { return Self::NONE };
        let roles: Vec<_> = user.roles.iter().filter_map(|name| registry.roles.get(name)).collect();
        Permission::ALL.into_iter().filter(|one| roles.iter().any(|role| role.allows(*one))).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Made by a person or for a program, and handed around by them.
    Token,
    /// Made by a sign-in.
    Session,
}

/// Something that says whose a request is. Its secret is not in it, and is kept by nobody but its holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it is called by in logs and lists.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub user: Handle,
    /// All that it is good for, as far as its user may do it; empty is all that the user may do.
    pub scopes: Vec<Permission>,
    /// The first second since 1970 at which it is good for nothing; none where it is good for ever.
    pub expires_at: Option<i64>,
    /// What it is for.
    pub kind: TokenKind,
}

impl Token {
    /// What it may do in a registry: what its user may do, and no more than its scopes.
    #[must_use]
    pub fn permissions(&self, registry: &Registry) -> Permissions {
        let of_user = Permissions::of_user(registry, &self.user);
        if self.scopes.is_empty() { of_user } else { of_user.and(self.scopes.iter().copied().collect()) }
    }

    /// Whether it is good for nothing any more, at this second since 1970.
    #[must_use]
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// What is kept of a secret, `prg_` and 32 random bytes as 43 characters of base64url: its SHA-256; none where the text has not the form of a secret.
#[must_use]
pub fn token_digest(secret: &str) -> Option<Digest> {
    let rest = secret.strip_prefix("prg_")?;
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (rest.len() == 43 && rest.bytes().all(is_base64url)).then(|| Digest::of(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Grant, Role, User};
    use serde_json::json;
    use std::sync::Arc;

    fn registry(is_active: bool) -> Registry {
        let mut registry = Registry::default();
        let user = json!({"email": "a@b.c", "roles": ["reader", "nobody", "mover"], "is_active": is_active});
        registry.users.insert("ana".parse().unwrap(), Arc::new(serde_json::from_value::<User>(user).unwrap()));
        for (name, permission) in [("reader", Permission::Read), ("mover", Permission::MoveLabels)] {
            let role = Role { description: None, permissions: vec![Grant::Known(permission)] };
            registry.roles.insert(name.parse().unwrap(), Arc::new(role));
        }
        registry
    }

    fn token(user: &str, scopes: &[Permission]) -> Token {
        let user = user.parse().unwrap();
        Token {
            id: Uuid::nil(),
            name: String::new(),
            user,
            scopes: scopes.into(),
            expires_at: Some(10),
            kind: TokenKind::Token,
        }
    }

    #[test]
    fn a_token_may_do_what_its_user_may_and_no_more_than_its_scopes() {
        let may = |token: &Token, is_active| token.permissions(&registry(is_active)).iter().collect::<Vec<_>>();
        assert_eq!(may(&token("ana", &[]), true), [Permission::Read, Permission::MoveLabels]);
        assert_eq!(may(&token("ana", &[Permission::Read, Permission::Administer]), true), [Permission::Read]);
        assert_eq!(may(&token("ana", &[]), false), []);
        assert_eq!(may(&token("eve", &[]), true), []);
    }

    #[test]
    fn a_token_is_good_until_the_second_it_expires() {
        assert_eq!([9, 10, 11].map(|now| token("ana", &[]).is_expired(now)), [false, true, true]);
    }

    #[test]
    fn a_secret_has_one_form_and_only_its_digest_is_kept() {
        let secret = format!("prg_{}8", "_".repeat(42));
        assert_eq!(token_digest(&secret), Some(Digest::of(secret.as_bytes())));
        for wrong in ["", "prg_", &secret[1..], &secret[..46], &format!("{secret}x"), &secret.replace('8', "/")] {
            assert_eq!(token_digest(wrong), None, "{wrong}");
        }
    }
}
