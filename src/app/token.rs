//! Tokens: made for a user of the registry, shown once, and taken back.

use super::{Deed, Error};
use crate::{
    domain::{Handle, Identity, Permission, Permissions, Registry, TokenKind, harmless},
    store::{Engine, Token, all_tokens, append_audit, put_token, revoke_token, time_text, token_hash},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};
use uuid::Uuid;

/// What every secret begins with, so that it is known where it leaks.
const PREFIX: &str = "prg_";

/// How many bytes of chance a secret has.
const BYTES: usize = 32;

/// The most bytes of a token's name.
const NAME_BYTES: usize = 64;

/// What a token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The handle of whose token it is.
    pub user: String,
    /// What people call it: 1 to 64 bytes on one line, and no UUID.
    pub name: String,
    /// What it may be used for; all that its user may do where nothing is said.
    pub scopes: Vec<Permission>,
    /// From when on it is worth nothing; never where nothing is said.
    pub expires_at: Option<Timestamp>,
    /// Who makes it.
    pub created_by: String,
}

/// A token that was made, and its secret, which is kept nowhere.
#[derive(Debug)]
pub struct MadeToken {
    /// `prg_` and 43 letters of base64url.
    pub secret: String,
    /// The token.
    pub token: Token,
}

/// Makes a token in a database.
///
/// # Errors
/// Where there is no such user that is active, where the user does not have one of the permissions, where the name is none or a
/// token has it, and where the database is away.
pub async fn make_token(
    engine: &dyn Engine,
    registry: &Registry,
    asked: NewToken,
    now: Timestamp,
) -> Result<MadeToken, Error> {
    let identity = identity(registry)?;
    let (user, scopes) = permitted(registry, &asked)?;
    check_name(&asked.name)?;
    if asked.expires_at.is_some_and(|end| end <= now) {
        return Err(parameter("expires", "the token would be worth nothing from the start".to_owned()));
    }
    let secret = secret()?;
    let token = Token {
        id: Uuid::now_v7(),
        kind: TokenKind::Token,
        name: asked.name,
        user: user.to_string(),
        scopes,
        hash: token_hash(&secret),
        created_by: asked.created_by,
        created_at: now,
        expires_at: asked.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let mut begun = engine.begin().await?;
    if !put_token(&mut *begun, identity, &token).await? {
        let what = format!("a token is called `{}` already: revoke it first, or take another name", token.name);
        return Err(Error::Refused(what));
    }
    let deed = Deed {
        actor: token.created_by.clone(),
        action: "token_created",
        entity_type: "token",
        entity: token.name.clone(),
        details: about(&token),
    };
    append_audit(&mut *begun, identity.id, vec![deed.row(now)]).await?;
    begun.commit().await?;
    Ok(MadeToken { secret, token })
}

/// Makes a token worth nothing, by its id or its name, for somebody who wants that; answers it as it was. A session goes by its id.
///
/// # Errors
/// Where there is no such token, or it is worth nothing already, and where the database is away.
pub async fn take_token(
    engine: &dyn Engine,
    registry: &Registry,
    named: &str,
    by: &str,
    now: Timestamp,
) -> Result<Token, Error> {
    let identity = identity(registry)?;
    let id = named.parse::<Uuid>().ok();
    let is_meant = |token: &Token| match id {
        Some(id) => token.id == id,
        None => token.kind == TokenKind::Token && token.name == named,
    };
    let all = all_tokens(engine, identity.id).await?;
    // Of those that had a name one after the other, the one that lives.
    let found = all.iter().filter(|token| is_meant(token)).max_by_key(|token| token.is_live(now));
    let Some(token) = found else {
        let name = named.chars().map(harmless).collect();
        return Err(Error::Missing { what: "token", name });
    };
    let mut begun = engine.begin().await?;
    if !token.is_live(now) || !revoke_token(&mut *begun, identity, token.id, now).await? {
        let what = if token.revoked_at.is_some() { "was revoked" } else { "expired" };
        return Err(Error::Refused(format!("the token `{}` {what} already", token.name)));
    }
    let deed = Deed {
        actor: by.to_owned(),
        action: "token_revoked",
        entity_type: "token",
        entity: token.name.clone(),
        details: about(token),
    };
    append_audit(&mut *begun, identity.id, vec![deed.row(now)]).await?;
    begun.commit().await?;
    Ok(token.clone())
}

/// What the audit is told of a token.
pub(super) fn about(token: &Token) -> Value {
    let expires_at = token.expires_at.map(time_text);
    json!({"id": token.id, "kind": token.kind, "user": token.user, "scopes": token.scopes, "expires_at": expires_at})
}

/// What the registry is called in the database.
pub(super) fn identity(registry: &Registry) -> Result<&Identity, Error> {
    Ok(&registry.settings.as_ref().ok_or(Error::NoDatabase)?.registry)
}

/// The user whose token it is to be, and what it may be used for.
fn permitted<'a>(registry: &'a Registry, asked: &NewToken) -> Result<(&'a Handle, Vec<Permission>), Error> {
    let handle = asked.user.parse::<Handle>().ok();
    let known = handle.and_then(|handle| registry.users.get_key_value(&handle));
    let Some((handle, user)) = known else {
        let word: String = asked.user.chars().map(harmless).collect();
        return Err(parameter("user", format!("there is no `{word}` in users/ of what is served")));
    };
    if !user.is_active {
        return Err(parameter("user", format!("`{handle}` is not active")));
    }
    let may = Permissions::of_user(registry, handle);
    let lacking: Vec<&str> = asked.scopes.iter().filter(|one| !may.has(**one)).map(|one| one.as_str()).collect();
    if !lacking.is_empty() {
        let has: Vec<&str> = may.iter().map(Permission::as_str).collect();
        let has = if has.is_empty() { "nothing".to_owned() } else { has.join(", ") };
        return Err(parameter("scope", format!("`{handle}` may not {}, only: {has}", lacking.join(", "))));
    }
    let scopes: Permissions = if asked.scopes.is_empty() { may } else { asked.scopes.iter().copied().collect() };
    if scopes == Permissions::NONE {
        return Err(parameter("user", format!("`{handle}` may do nothing: no role in users/ allows anything")));
    }
    Ok((handle, scopes.iter().collect()))
}

fn check_name(name: &str) -> Result<(), Error> {
    let is_line = name.chars().all(|letter| letter == harmless(letter) && letter != '\n') && name.trim() == name;
    if name.is_empty() || name.len() > NAME_BYTES || !is_line || name.parse::<Uuid>().is_ok() {
        let what = format!("write 1 to {NAME_BYTES} bytes on one line, without blanks around them, and no UUID");
        return Err(parameter("name", what));
    }
    Ok(())
}

/// A secret that nobody can guess.
pub(super) fn secret() -> Result<String, Error> {
    let mut bytes = [0; BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::Refused("the system has no randomness".to_owned()))?;
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

fn parameter(field: &str, reason: String) -> Error {
    Error::Parameter { field: field.to_owned(), reason }
}
