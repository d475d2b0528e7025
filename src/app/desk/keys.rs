//! Revoking a key: what it signs from now on does not count.

use super::{Desk, refused_for};
use crate::{
    app::{Error, shelf::MOST_BYTES},
    domain::{DECISIONS, DatedKey, Handle, Limits, Location, Permission, RevokedKey, SigningKey, User},
    files::{Document, Entity, write},
    git::CommitId,
};
use serde_json::Value;
use std::sync::Arc;

/// A key that was revoked.
#[derive(Debug, Clone)]
pub struct Revoked {
    /// The commit on the default branch.
    pub commit: CommitId,
    /// Whose key it was.
    pub user: Handle,
    /// The newest commit of the log: what came into it later does not count.
    pub after: Option<CommitId>,
}

impl Desk {
    /// Notes in a user's file that a key is in wrong hands. What it signed and came into the log before goes on counting,
    /// unless `since` names an older commit of the log.
    ///
    /// # Errors
    /// Where there is no such user or key, `since` is not in the log, the person is neither that user nor an administrator, or signing or pushing fails.
    pub fn revoke_key(
        &self,
        user: &Handle,
        key: &str,
        since: Option<CommitId>,
        reason: Option<&str>,
    ) -> Result<Revoked, Error> {
        let verified = self.rules()?.are_verified();
        let (who, own) = if verified {
            let (own, who) = self.signer()?;
            (who, Some(own))
        } else {
            (self.who()?, None)
        };
        let rules = self.rules()?;
        if who != *user && !rules.allows(&who, Permission::Administer) {
            let others =
                rules.users.keys().filter(|other| *other == user || rules.allows(other, Permission::Administer));
            let others: Vec<String> = others.map(Handle::to_string).collect();
            return Err(refused_for(&who, &format!("revoke a key of {user}"), &others));
        }
        let after = self.moment(since)?;
        let branch = self.app.branch().to_owned();
        let commit = self.publish(&branch, |tip| {
            self.app.sync()?;
            let Some(tip) = tip else { return Err(Error::NoCommit(branch.clone())) };
            let (path, text, said) = self.user(user)?;
            let keys = revoked(&said, key, after, reason)?;
            let keys = serde_json::to_value(keys).unwrap_or(Value::Null);
            let text = write::set_whole(&text, "signing_keys", Some(&keys));
            let text = text.map_err(|reason| Error::Refused(format!("{path}: {reason}")))?;
            let tree = self.repository().tree_of(tip)?;
            let tree = self.repository().edit_tree(Some(tree), &[(path.as_str(), Some(text.as_bytes()))])?;
            let message = format!("{user}: a key is revoked\n\n{}", reason.unwrap_or("No reason was given."));
            Ok(Some(self.repository().commit_tree(tree, &[tip], &message, own)?))
        })?;
        self.app.sync()?;
        let commit = commit.ok_or_else(|| Error::Refused("nothing was changed".to_owned()))?;
        Ok(Revoked { commit, user: user.clone(), after })
    }

    /// The commit of the log up to which a key counts: the one that is meant, else the newest that is evidence.
    fn moment(&self, since: Option<CommitId>) -> Result<Option<CommitId>, Error> {
        let ledger = self.app.ledger();
        match since.filter(|since| !ledger.decisions.has(*since)) {
            Some(since) => Err(Error::Refused(format!(
                "{since} is no commit of {DECISIONS} that is evidence: `git log origin/{DECISIONS}` lists them"
            ))),
            None => Ok(since.or_else(|| ledger.decisions.tip())),
        }
    }

    /// The file of a user on the default branch: its path, its text and what it says.
    fn user(&self, user: &Handle) -> Result<(String, String, Arc<User>), Error> {
        let location = Location::User(user.clone());
        let path = location.to_string();
        let blob = self.app.blob_at(&location)?;
        let bytes = self.repository().blobs(&[blob], MOST_BYTES)?.pop().and_then(Result::ok).unwrap_or_default();
        let document = Document::read(&path.as_str().into(), location, &bytes, &Limits::default());
        match document.entity {
            Some(Entity::User(said)) => Ok((path, String::from_utf8_lossy(&bytes).into_owned(), said)),
            _ => Err(Error::Refused(format!("{path} is broken: mend it first"))),
        }
    }
}

/// The keys of a user, one of them revoked. It is meant by its line, or by any part of it that no other has.
fn revoked(user: &User, key: &str, after: Option<CommitId>, reason: Option<&str>) -> Result<Vec<SigningKey>, Error> {
    let meant: Vec<usize> =
        (0..user.signing_keys.len()).filter(|at| user.signing_keys[*at].line().contains(key)).collect();
    let [meant] = meant[..] else {
        let lines: Vec<&str> = user.signing_keys.iter().map(SigningKey::line).collect();
        return Err(Error::Refused(format!(
            "`{key}` means {} keys of this user, and one has to be meant: {}",
            meant.len(),
            lines.join("; ")
        )));
    };
    let mut keys = user.signing_keys.clone();
    let old = &keys[meant];
    if old.revoked().is_some() {
        return Err(Error::Refused("the key is revoked already".to_owned()));
    }
    keys[meant] = SigningKey::Dated(DatedKey {
        key: old.line().to_owned(),
        valid_from: old.valid_from().map(str::to_owned),
        valid_until: old.valid_until().map(str::to_owned),
        revoked: Some(RevokedKey { after: after.map(|after| after.to_string()), reason: reason.map(str::to_owned) }),
    });
    Ok(keys)
}
