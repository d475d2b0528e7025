//! Access: who a request is from, as the tokens in memory tell, and who was refused.

use super::App;
use crate::{
    domain::{Digest, Handle, Permission, Permissions, Token, TokenKind, token_digest},
    store,
};
use arc_swap::ArcSwap;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// How many refusals wait to be recorded; those that find no place are counted.
const WAITING: usize = 1_024;

/// A token that is good, and when it was last used.
#[derive(Debug)]
pub struct KnownToken {
    /// The token.
    pub token: Token,
    used_at: AtomicI64,
}

impl KnownToken {
    /// A token that was last used at this second since 1970; 0 where it never was.
    #[must_use]
    pub const fn new(token: Token, used_at: i64) -> Self {
        Self { token, used_at: AtomicI64::new(used_at) }
    }

    /// When it was last used, in seconds since 1970; 0 where it never was.
    #[must_use]
    pub fn used_at(&self) -> i64 {
        self.used_at.load(Relaxed)
    }
}

/// All tokens that are good, by the SHA-256 of their secrets.
#[derive(Debug, Default)]
pub struct Tokens(HashMap<Digest, Arc<KnownToken>>);

impl FromIterator<(Digest, Arc<KnownToken>)> for Tokens {
    fn from_iter<I: IntoIterator<Item = (Digest, Arc<KnownToken>)>>(tokens: I) -> Self {
        Self(tokens.into_iter().collect())
    }
}

impl Tokens {
    /// Each of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Digest, &Arc<KnownToken>)> {
        self.0.iter()
    }
}

/// Who asks, and what they may do.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token, none where nobody said who they are.
    pub token: Option<Arc<KnownToken>>,
    /// What they may do.
    pub permissions: Permissions,
}

impl Caller {
    /// Somebody who did not say who they are.
    #[must_use]
    pub const fn anonymous(permissions: Permissions) -> Self {
        Self { token: None, permissions }
    }

    /// Whether a browser asks that somebody signed in with.
    #[must_use]
    pub fn is_session(&self) -> bool {
        self.token.as_ref().is_some_and(|known| known.token.kind == TokenKind::Session)
    }

    /// Whose the token is.
    #[must_use]
    pub fn user(&self) -> Option<&Handle> {
        self.token.as_ref().map(|known| &known.token.user)
    }
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It has not the form of a token.
    Malformed,
    /// There is no such token: it never was, or it was revoked.
    Unknown,
    /// The token with this id has expired.
    Expired(Uuid),
    /// Nobody knows yet: the database has not told of its tokens since the start.
    Unheard,
}

/// A request that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The method and the pattern of the route, such as `GET /v1/prompts/{name}`.
    pub asked: String,
    /// What the caller lacked; none where the token was not good, or a web page of another host asked.
    pub lacked: Option<Permission>,
    /// The token, where there is one.
    pub token: Option<Uuid>,
    /// Whose it is.
    pub user: Option<Handle>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The status it was answered with: 401 or 403.
    pub status: u16,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// A token of the database as it is known here; none where a hand other than ours wrote there.
fn known(token: &store::Token) -> Option<(Digest, Arc<KnownToken>)> {
    let digest = format!("sha256:{}", token.hash).parse().ok()?;
    let said = Token {
        id: token.id,
        name: token.name.clone(),
        user: token.user.parse().ok()?,
        scopes: token.scopes.clone(),
        expires_at: token.expires_at.map(jiff::Timestamp::as_second),
        kind: token.kind,
    };
    let used_at = token.last_used_at.map_or(0, jiff::Timestamp::as_second);
    // Scopes of which none is left are not the same as none that were named.
    (!said.scopes.is_empty()).then(|| (digest, Arc::new(KnownToken::new(said, used_at))))
}

/// The tokens, and what is told of who was refused.
#[derive(Debug, Default)]
pub(super) struct Callers {
    tokens: ArcSwap<Tokens>,
    /// Whether the database has told of its tokens since the start.
    heard: AtomicBool,
    refused: [AtomicU64; 2],
    dropped: AtomicU64,
    queue: OnceLock<mpsc::Sender<Refusal>>,
}

impl App {
    /// Who a request is from, by what follows `Bearer `; without it, somebody who may do nothing. Takes no lock.
    ///
    /// # Errors
    /// Where the token is not good.
    pub fn caller(&self, bearer: Option<&str>) -> Result<Caller, Refused> {
        let Some(secret) = bearer else { return Ok(Caller::anonymous(Permissions::NONE)) };
        // It is found by its digest: how long that takes tells nothing of the secrets that there are.
        let digest = token_digest(secret).ok_or(Refused::Malformed)?;
        let known = self.access.tokens.load().0.get(&digest).map(Arc::clone);
        let is_heard = || self.access.heard.load(Relaxed) || self.records.get().is_none();
        let known = known.ok_or_else(|| if is_heard() { Refused::Unknown } else { Refused::Unheard })?;
        let now = self.meter.clock().now().as_second();
        if known.token.is_expired(now) {
            return Err(Refused::Expired(known.token.id));
        }
        known.used_at.fetch_max(now, Relaxed);
        let permissions = known.token.permissions(&self.peek().registry);
        Ok(Caller { token: Some(known), permissions })
    }

    /// Whether a caller who was let in a while ago may still do something: the token may have expired or been revoked since, or
    /// a role taken away. Whoever said nothing may do what they might.
    #[must_use]
    pub fn may_still(&self, caller: &Caller, permission: Permission) -> bool {
        let Some(known) = &caller.token else { return caller.permissions.has(permission) };
        let is_there = self.tokens().iter().any(|(_, other)| other.token.id == known.token.id);
        let is_live = !known.token.is_expired(self.meter.clock().now().as_second());
        is_there && is_live && known.token.permissions(&self.peek().registry).has(permission)
    }

    /// The tokens that are good.
    #[must_use]
    pub fn tokens(&self) -> Arc<Tokens> {
        self.access.tokens.load_full()
    }

    /// Takes these for the tokens that are good, and no others. Hand on the [`KnownToken`]s of before, lest it is
    /// forgotten when they were used.
    pub fn set_tokens(&self, tokens: Tokens) {
        self.access.tokens.store(Arc::new(tokens));
    }

    /// Takes the tokens of the database for the good ones. Those that were known before stay known as used when they were.
    pub fn load_tokens(&self, live: &[store::Token]) {
        self.access.tokens.rcu(|before| {
            let all = live.iter().filter_map(|token| {
                let (digest, known) = known(token)?;
                Some((digest, before.0.get(&digest).cloned().unwrap_or(known)))
            });
            all.collect::<Tokens>()
        });
        self.access.heard.store(true, Relaxed);
    }

    /// Takes one more token of the database for a good one, before all of them are loaded again.
    pub(super) fn add_token(&self, token: &store::Token) {
        let Some((digest, known)) = known(token) else { return };
        self.access.tokens.rcu(|before| {
            let mut all = before.0.clone();
            all.insert(digest, Arc::clone(&known));
            Tokens(all)
        });
    }

    /// Takes a token for a good one no longer, by its secret.
    pub(super) fn drop_token(&self, secret: &str) {
        let Some(digest) = token_digest(secret) else { return };
        self.access.tokens.rcu(|before| {
            let mut all = before.0.clone();
            all.remove(&digest);
            Tokens(all)
        });
    }

    /// Takes down that a request was refused. Waits for nothing: where too many wait to be recorded, this one is only
    /// counted.
    pub fn refused(&self, refusal: Refusal) {
        let Refusal { asked, lacked, token, address, status, .. } = &refusal;
        let lacked = lacked.map(Permission::as_str);
        let (token, address) = (token.map(|id| id.to_string()), address.map(|address| address.to_string()));
        tracing::info!(asked, lacked, token, address, status, "a request was refused");
        if let Some(count) = self.access.refused.get(usize::from(*status == 403)) {
            count.fetch_add(1, Relaxed);
        }
        if self.access.queue.get().is_some_and(|queue| queue.try_send(refusal).is_err()) {
            self.access.dropped.fetch_add(1, Relaxed);
        }
    }

    /// What is refused from now on, for whoever records it; none where somebody does already.
    pub fn refusals(&self) -> Option<mpsc::Receiver<Refusal>> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.access.queue.set(sender).is_ok().then_some(receiver)
    }

    /// How many requests were refused with 401, how many with 403, and how many of them found no place to be recorded.
    #[must_use]
    pub fn refused_counts(&self) -> (u64, u64, u64) {
        let [unknown, forbidden] = &self.access.refused;
        (unknown.load(Relaxed), forbidden.load(Relaxed), self.access.dropped.load(Relaxed))
    }
}
