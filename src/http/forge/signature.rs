//! Signatures: whether a forge's request was made by somebody who knows one of its secrets.

use crate::app::forge::Forge;
use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::{collections::BTreeMap, fmt};

/// How many secrets a forge may have: the one in use, and the one before or after it.
pub const SECRETS: usize = 2;

/// How many seconds a signed time may lie before or after ours.
const SKEW: i64 = 300;

/// How a secret begins that signs as Standard Webhooks say; base64 follows.
const STANDARD_WEBHOOKS: &str = "whsec_";

/// The secrets that forges sign with.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<Forge, Vec<Secret>>);

/// A secret, and with it the scheme, so that no request chooses how it is judged.
#[derive(Clone)]
enum Secret {
    /// HMAC-SHA-256 over the body, or for GitLab the token itself.
    Plain(Vec<u8>),
    /// Standard Webhooks.
    Standard(Vec<u8>),
}

/// Says no secret.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// Adds a secret of a forge. For GitLab, one that begins with `whsec_` is the key of signatures as Standard Webhooks say,
    /// and any other is the token that it sends.
    ///
    /// # Errors
    /// In words, without the secret: it is empty, it is no base64 behind `whsec_`, or the forge has [`SECRETS`] already.
    pub fn add(&mut self, forge: Forge, secret: &str) -> Result<(), String> {
        let secrets = self.0.entry(forge).or_default();
        if secrets.len() >= SECRETS {
            return Err(format!("{forge} has more than {SECRETS} secrets: name the new one and the one before"));
        }
        if secret.is_empty() {
            return Err(format!("a secret of {forge} is empty"));
        }
        secrets.push(match secret.strip_prefix(STANDARD_WEBHOOKS).filter(|_| forge == Forge::Gitlab) {
            Some(key) => Secret::Standard(
                STANDARD.decode(key).map_err(|_| format!("a secret of {forge} is no base64 behind whsec_"))?,
            ),
            None => Secret::Plain(secret.as_bytes().to_vec()),
        });
        Ok(())
    }

    /// Whether a forge has a secret.
    pub(super) fn has(&self, forge: Forge) -> bool {
        self.0.get(&forge).is_some_and(|secrets| !secrets.is_empty())
    }

    /// Whether one of the forge's secrets made this request; `now` is in seconds since 1970. The forge fixes where the
    /// signature is looked for, and comparing takes as long whatever differs.
    pub(super) fn made(&self, forge: Forge, headers: &HeaderMap, body: &[u8], now: i64) -> bool {
        let secrets = self.0.get(&forge).map(Vec::as_slice).unwrap_or_default();
        secrets.iter().any(|secret| secret.made(forge, headers, body, now))
    }
}

impl Secret {
    fn made(&self, forge: Forge, headers: &HeaderMap, body: &[u8], now: i64) -> bool {
        let key = match self {
            Self::Standard(key) => return is_standard(key, headers, body, now),
            Self::Plain(key) => key,
        };
        let said = |name: &str| one(headers, name);
        let is_signed = |hex: Option<&str>| hex.and_then(bytes).is_some_and(|tag| is_tag(key, &[body], &tag));
        match forge {
            Forge::Github => is_signed(said("x-hub-signature-256").and_then(|said| said.strip_prefix("sha256="))),
            Forge::Gitea => is_signed(said("x-gitea-signature")) || is_signed(said("x-forgejo-signature")),
            Forge::Pagure => is_signed(said("x-pagure-signature-256")),
            Forge::Gitlab => headers.get("x-gitlab-token").is_some_and(|token| is_equal(key, token.as_bytes())),
        }
    }
}

/// The text of a header that is there once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Whether one of the signatures is right, and signed lately: `webhook-signature: v1,<base64> v1,<base64>` over
/// `<webhook-id>.<webhook-timestamp>.<body>`.
fn is_standard(key: &[u8], headers: &HeaderMap, body: &[u8], now: i64) -> bool {
    let said = |name: &str| one(headers, name);
    let (Some(id), Some(at), Some(tags)) = (said("webhook-id"), said("webhook-timestamp"), said("webhook-signature"))
    else {
        return false;
    };
    let is_recent = at.parse().is_ok_and(|at: i64| now.abs_diff(at) <= SKEW.unsigned_abs());
    let signed = [id.as_bytes(), b".", at.as_bytes(), b".", body];
    // Nobody sends more than one for each of two keys.
    let tags = tags.split(' ').take(2 * SECRETS).filter_map(|tag| STANDARD.decode(tag.strip_prefix("v1,")?).ok());
    is_recent && tags.into_iter().any(|tag| is_tag(key, &signed, &tag))
}

/// Whether a tag is the HMAC-SHA-256 of these parts, compared in constant time.
fn is_tag(key: &[u8], parts: &[&[u8]], tag: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    parts.iter().for_each(|part| mac.update(part));
    mac.verify_slice(tag).is_ok()
}

/// Whether two texts are equal; how long that takes says nothing of where they differ.
fn is_equal(secret: &[u8], said: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(secret);
    is_tag(secret, &[said], &mac.finalize().into_bytes())
}

/// The bytes of hexadecimal digits, 32 of them at most.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    if hex.len() != 64 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests;
