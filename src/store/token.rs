//! Tokens: who may ask with what, for how long; a session of a browser is one too.

use super::{Engine, Error, Row, Statement, Tenant, Transaction, Value, lock_cursor, time_text, usage::text};
use crate::domain::{Digest, Identity, Permission, TokenKind};
use jiff::Timestamp;
use serde::{Deserialize as _, Serialize, Serializer};
use serde_json::json;
use uuid::Uuid;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Its id: a UUIDv7.
    pub id: Uuid,
    /// What it was made for.
    pub kind: TokenKind,
    /// What people call it; no two tokens that live have the same name.
    pub name: String,
    /// The handle of whose token it is.
    pub user: String,
    /// What it may be used for, as far as its user still may; words that are none of ours are left out.
    pub scopes: Vec<Permission>,
    /// The SHA-256 of its secret as 64 hexadecimal digits: see [`token_hash`].
    #[serde(skip)]
    pub hash: String,
    /// Who made it: a handle, or who runs the server.
    pub created_by: String,
    /// When it was made.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
    /// From when on it is worth nothing.
    #[serde(serialize_with = "as_text_if_any")]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to within some seconds.
    #[serde(serialize_with = "as_text_if_any")]
    pub last_used_at: Option<Timestamp>,
    /// Since when it is worth nothing.
    #[serde(serialize_with = "as_text_if_any")]
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it is worth something at this moment.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The word in the table.
const fn word(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Token => "token",
        TokenKind::Session => "session",
    }
}

/// What is kept of a secret.
#[must_use]
pub fn token_hash(secret: &str) -> String {
    Digest::of(secret.as_bytes()).hex()
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time_text(*time))
}

fn as_text_if_any<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(time_text).serialize(serializer)
}

static COUNT: Statement = Statement::both("UPDATE sync_state SET tokens_epoch = tokens_epoch + 1 WHERE tenant_id = $1");
static PUT: Statement = Statement::both(
    "INSERT INTO api_tokens (id, tenant_id, kind, name, user_handle, scopes, token_hash, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
);
static OF_NAME: Statement = Statement::both(
    "SELECT id FROM api_tokens WHERE tenant_id = $1 AND kind = 'token' AND name = $2 AND revoked_at IS NULL
         AND (expires_at IS NULL OR expires_at > $3)",
);
static ALL: Statement =
    Statement::both("SELECT * FROM api_tokens WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC");
static LIVE: Statement = Statement::both(
    "SELECT * FROM api_tokens WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
     ORDER BY created_at DESC, id DESC",
);
static REVOKE: Statement = Statement::both(
    "UPDATE api_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id",
);
static END: Statement = Statement::both(
    "UPDATE api_tokens SET revoked_at = $3
     WHERE tenant_id = $1 AND token_hash = $2 AND kind = 'session' AND revoked_at IS NULL RETURNING user_handle",
);
static USED: Statement = Statement::each(
    "UPDATE api_tokens SET last_used_at = r.at
     FROM json_to_recordset(CAST($2 AS json)) AS r (id uuid, at timestamptz)
     WHERE tenant_id = $1 AND api_tokens.id = r.id AND (last_used_at IS NULL OR last_used_at < r.at)",
    "UPDATE api_tokens SET last_used_at = r.value ->> 'at' FROM json_each($2) AS r
     WHERE tenant_id = $1 AND api_tokens.id = r.value ->> 'id'
         AND (last_used_at IS NULL OR last_used_at < r.value ->> 'at')",
);
static FORGET: Statement =
    Statement::both("DELETE FROM api_tokens WHERE tenant_id = $1 AND kind = 'session' AND expires_at < $2");
static SIGNED_IN: Statement = Statement::both("UPDATE users SET last_login = $3 WHERE tenant_id = $1 AND handle = $2");

/// Keeps a new token. Answers whether it was kept: not where a token of that name lives already.
///
/// # Errors
/// Where the database is away.
pub async fn put_token(begun: &mut dyn Transaction, registry: &Identity, token: &Token) -> Result<bool, Error> {
    // Whoever changes tokens of this registry at the same time waits here, so that a name is taken once.
    tell(begun, registry).await?;
    if token.kind == TokenKind::Token {
        let values = vec![registry.id.into(), (&*token.name).into(), token.created_at.into()];
        if !begun.query(&OF_NAME, values).await?.is_empty() {
            return Ok(false);
        }
    }
    let values: Vec<Value> = vec![
        token.id.into(),
        registry.id.into(),
        word(token.kind).into(),
        (&*token.name).into(),
        (&*token.user).into(),
        json!(token.scopes).into(),
        (&*token.hash).into(),
        (&*token.created_by).into(),
        token.created_at.into(),
        token.expires_at.into(),
    ];
    begun.query(&PUT, values).await?;
    Ok(true)
}

/// Makes a token worth nothing. Answers whether it was worth something before.
///
/// # Errors
/// Where the database is away.
pub async fn revoke_token(
    begun: &mut dyn Transaction,
    registry: &Identity,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, Error> {
    tell(begun, registry).await?;
    Ok(!begun.query(&REVOKE, vec![registry.id.into(), id.into(), now.into()]).await?.is_empty())
}

/// Ends a session, which is known by the hash of its secret. Answers whose it was, if it was one that had not ended.
///
/// # Errors
/// Where the database is away.
pub async fn end_session(
    begun: &mut dyn Transaction,
    registry: &Identity,
    hash: &str,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let ended = begun.query(&END, vec![registry.id.into(), hash.into(), now.into()]).await?;
    let Some(row) = ended.first() else { return Ok(None) };
    tell(begun, registry).await?;
    row.text("user_handle").map(Some)
}

/// Has every server read the tokens and pins again: see [`super::look_at`].
pub(super) async fn tell(begun: &mut dyn Transaction, registry: &Identity) -> Result<(), Error> {
    let Identity { id, name, default_branch } = registry;
    let tenant = Tenant { id: *id, name: name.to_string(), default_branch: default_branch.clone() };
    lock_cursor(begun, &tenant).await?;
    begun.query(&COUNT, vec![(*id).into()]).await?;
    Ok(())
}

/// The tokens and sessions that are worth something, the newest first.
///
/// # Errors
/// Where the database is away.
pub async fn live_tokens(engine: &dyn Engine, tenant: Uuid, now: Timestamp) -> Result<Vec<Token>, Error> {
    read(engine.query(&LIVE, vec![tenant.into(), now.into()]).await?)
}

/// Every token and session that was not forgotten, the newest first.
///
/// # Errors
/// Where the database is away.
pub async fn all_tokens(engine: &dyn Engine, tenant: Uuid) -> Result<Vec<Token>, Error> {
    read(engine.query(&ALL, vec![tenant.into()]).await?)
}

fn read(rows: Vec<Row>) -> Result<Vec<Token>, Error> {
    rows.iter().map(token).collect()
}

fn token(row: &Row) -> Result<Token, Error> {
    let scopes = row.json("scopes")?;
    let words = scopes.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(Token {
        id: row.uuid("id")?,
        kind: if row.text("kind")? == word(TokenKind::Session) { TokenKind::Session } else { TokenKind::Token },
        name: row.text("name")?,
        user: row.text("user_handle")?,
        scopes: words.iter().filter_map(|word| Permission::deserialize(word).ok()).collect(),
        hash: row.text("token_hash")?,
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.opt_time("expires_at")?,
        last_used_at: row.opt_time("last_used_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

/// Notes when tokens were used last. What was noted of a later moment stays.
///
/// # Errors
/// Where the database is away.
pub async fn note_use(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    used: impl IntoIterator<Item = (Uuid, Timestamp)>,
) -> Result<(), Error> {
    let used: Vec<_> = used.into_iter().map(|(id, at)| json!({"id": id, "at": time_text(at)})).collect();
    if !used.is_empty() {
        begun.query(&USED, vec![tenant.into(), text(&used).into()]).await?;
    }
    Ok(())
}

/// Throws sessions away that ended before a moment.
///
/// # Errors
/// Where the database is away.
pub async fn forget_sessions(begun: &mut dyn Transaction, tenant: Uuid, before: Timestamp) -> Result<(), Error> {
    begun.query(&FORGET, vec![tenant.into(), before.into()]).await?;
    Ok(())
}

/// Notes that a user signed in. Where the user has no row yet, nothing is noted.
///
/// # Errors
/// Where the database is away.
pub async fn note_sign_in(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    handle: &str,
    now: Timestamp,
) -> Result<(), Error> {
    begun.query(&SIGNED_IN, vec![tenant.into(), handle.into(), now.into()]).await?;
    Ok(())
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&COUNT, &PUT, &OF_NAME, &ALL, &LIVE, &REVOKE, &END, &USED, &FORGET, &SIGNED_IN]
}
