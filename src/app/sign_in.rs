//! Signing in: somebody whom a provider knows becomes a user of the registry for a while.

use super::{
    App, Deed, Error,
    token::{about, identity, secret},
};
use crate::{
    domain::{Handle, Permission, Registry, TokenKind},
    identity::Person,
    store::{Token, append_audit, end_session, forget_sessions, note_sign_in, put_token, token_hash},
};
use jiff::{Span, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// For how many days a session that ended is still listed.
const KEPT: i64 = 30;

/// A session that began.
#[derive(Debug)]
pub struct SignedIn {
    /// What the browser shows from now on; kept nowhere else.
    pub secret: String,
    /// Whose session it is.
    pub user: Handle,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl App {
    /// Begins a session for the one active user whose e-mail address the provider verified; it may do whatever its user
    /// may, for so many seconds.
    ///
    /// # Errors
    /// Where that is nobody, or more than one; where there is no database, or it is away.
    pub async fn sign_in(&self, person: &Person, seconds: u32) -> Result<SignedIn, Error> {
        let records = self.records()?;
        let (current, now) = (self.current(), self.meter().clock().now());
        let user = match user_of(&current.registry, person) {
            Ok(user) => user.clone(),
            Err(stranger) => {
                // Who it was is the provider's to know: the audit is kept for good.
                self.take_down(Deed {
                    actor: "anonymous".to_owned(),
                    action: "sign_in_refused",
                    entity_type: "registry",
                    entity: identity(&current.registry)?.name.to_string(),
                    details: json!({"why": stranger.to_string()}),
                });
                return Err(stranger);
            }
        };
        let identity = identity(&current.registry)?;
        let later = |span: Span| now.checked_add(span).unwrap_or(Timestamp::MAX);
        let (secret, ends_at) = (secret()?, later(Span::new().seconds(i64::from(seconds))));
        let token = Token {
            id: Uuid::now_v7(),
            kind: TokenKind::Session,
            name: "browser".to_owned(),
            user: user.to_string(),
            scopes: Permission::ALL.to_vec(),
            hash: token_hash(&secret),
            created_by: user.to_string(),
            created_at: now,
            expires_at: Some(ends_at),
            last_used_at: Some(now),
            revoked_at: None,
        };
        records
            .ask(async {
                let mut begun = records.engine().begin().await?;
                put_token(&mut *begun, identity, &token).await?;
                note_sign_in(&mut *begun, identity.id, user.as_str(), now).await?;
                append_audit(&mut *begun, identity.id, vec![deed(&token.user, "signed_in", about(&token)).row(now)])
                    .await?;
                forget_sessions(&mut *begun, identity.id, later(Span::new().hours(-24 * KEPT))).await?;
                begun.commit().await
            })
            .await?;
        self.add_token(&token);
        Ok(SignedIn { secret, user, ends_at })
    }

    /// Ends the session that a browser shows; nothing where it ended before.
    ///
    /// # Errors
    /// Where there is no database, or it is away.
    pub async fn sign_out(&self, secret: &str) -> Result<(), Error> {
        let records = self.records()?;
        let (current, now) = (self.current(), self.meter().clock().now());
        let identity = identity(&current.registry)?;
        let hash = token_hash(secret);
        records
            .ask(async {
                let mut begun = records.engine().begin().await?;
                if let Some(user) = end_session(&mut *begun, identity, &hash, now).await? {
                    let row = deed(&user, "signed_out", json!({})).row(now);
                    append_audit(&mut *begun, identity.id, vec![row]).await?;
                }
                begun.commit().await
            })
            .await?;
        self.drop_token(secret);
        Ok(())
    }
}

fn deed(user: &str, action: &'static str, details: Value) -> Deed {
    Deed { actor: user.to_owned(), action, entity_type: "user", entity: user.to_owned(), details }
}

/// The one active user with the address. Only letters of ASCII are alike in both cases: others that look alike are other people's.
fn user_of<'a>(registry: &'a Registry, person: &Person) -> Result<&'a Handle, Error> {
    let stranger = |what: &str| Err(Error::Stranger(what.to_owned()));
    let Some(email) = &person.email else {
        return stranger(
            "your identity provider did not verify an e-mail address of yours, and users are known by theirs",
        );
    };
    let is_meant = |email: &str, of: &str| !email.is_empty() && email.eq_ignore_ascii_case(of);
    let mut users = registry.users.iter().filter(|(_, user)| user.is_active && is_meant(email, &user.email));
    match (users.next(), users.next()) {
        (Some((handle, _)), None) => Ok(handle),
        (None, _) => stranger(
            "no active user in users/ has the e-mail address that your identity provider verified: have one of your \
             administrators add you",
        ),
        _ => stranger(
            "more than one active user in users/ has the e-mail address that your identity provider verified: have one \
             of your administrators tell them apart",
        ),
    }
}
