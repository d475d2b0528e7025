//! A person at their clone: what they propose, decide, merge and move becomes commits and pushes, and their work tree is not
//! touched.

mod decide;
mod edit;
mod keys;
mod merge;
mod submit;

pub use self::{
    decide::{Choice, Decided, LeftOut},
    edit::{Edit, Edited},
    keys::Revoked,
    merge::Landed,
    submit::{Submission, Submitted},
};

use super::{App, Error, Opening, Progress};
use crate::{
    domain::{DECISIONS, Handle, Permission, Rules},
    git::{CommitId, Published, Repository, SigningKey},
};
use std::{collections::BTreeMap, path::Path};

/// A clone of a registry, and the person who works in it.
#[derive(Debug)]
pub struct Desk {
    app: App,
    key: Option<SigningKey>,
    /// The public half, `TYPE BASE64 …`.
    public: Option<String>,
    remote: Option<String>,
    /// Where the branches were before anything was fetched: what the person may have looked at here.
    looked_at: BTreeMap<String, CommitId>,
}

impl Desk {
    /// Fetches what the clone's remote has, where there is one, and reads what is approved there. `key` is the file of the key that
    /// signs; without one it is the one that the person's Git settings name.
    ///
    /// # Errors
    /// Where there is no registry, the remote is not in reach, the key is not there, or Git fails.
    pub fn open(root: &Path, opening: Opening, key: Option<&Path>, progress: Progress<'_>) -> Result<Self, Error> {
        let repository = Repository::open(root)?;
        let key = match key {
            // Whoever signs does so in another folder.
            Some(path) => {
                let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
                Some(SigningKey::File(whole))
            }
            None => repository.signing_key()?,
        };
        let public = key.as_ref().map(|key| repository.public_key(key)).transpose()?;
        let branch = super::branch::default_branch(&repository)?;
        let remote = repository.upstream(&branch)?;
        let looked_at = repository.branches()?;
        if let Some(remote) = &remote {
            if remote != "origin" {
                return Err(Error::Refused(format!(
                    "the remote that approvals are pushed to has to be called origin, not {remote}: `git remote rename {remote} origin`"
                )));
            }
            repository.fetch_all(remote)?;
        }
        let app = App::open_with(Opening { upstream: true, follows: false, ..opening }, progress)?;
        Ok(Self { app, key, public, remote, looked_at })
    }

    /// What is approved, and everything that is proposed.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// The remote that is pushed to; none where the repository itself is all there is.
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    fn repository(&self) -> &Repository {
        self.app.repository()
    }

    /// The rules that hold now.
    fn rules(&self) -> Result<Rules, Error> {
        self.app.ledger().rules_now().ok_or_else(|| Error::NoSettings(self.app.branch().to_owned()))
    }

    /// Who the person is: the owner of the key, else the user with the mail address of the Git settings.
    ///
    /// # Errors
    /// Where neither is known to the registry.
    pub fn who(&self) -> Result<Handle, Error> {
        let rules = self.rules()?;
        let by_key = self.public.as_deref().and_then(|line| {
            let now = self.now();
            rules.owner_of(line, &now).cloned()
        });
        if let Some(who) = by_key {
            return Ok(who);
        }
        let email = self.repository().email()?;
        let by_email = email.as_deref().and_then(|email| rules.person(email)).cloned();
        by_email.ok_or_else(|| {
            let email = email.unwrap_or_else(|| "no mail address".to_owned());
            Error::Refused(format!(
                "nobody in users/ has your key, or {email} of your Git settings: have an administrator add a file for you \
                 (`promptreg new user NAME`), or set `git config user.email`"
            ))
        })
    }

    /// The key that signs and whose it is.
    ///
    /// # Errors
    /// Where there is no key, or it is nobody's.
    fn signer(&self) -> Result<(&SigningKey, Handle), Error> {
        let (Some(key), Some(line)) = (&self.key, &self.public) else {
            return Err(Error::Refused(
                "a decision is signed with your SSH key, and there is none: name it with --key ~/.ssh/id_ed25519, or once \
                 and for all with `git config --global gpg.format ssh` and `git config --global user.signingkey \
                 ~/.ssh/id_ed25519.pub`"
                    .to_owned(),
            ));
        };
        let rules = self.rules()?;
        match rules.owner_of(line, &self.now()) {
            Some(who) => Ok((key, who.clone())),
            None => {
                let who = self.who().map_or_else(|_| "HANDLE".to_owned(), |who| who.to_string());
                Err(Error::Refused(format!(
                    "your key is not among the signing_keys of anybody in users/, or is not valid now: have an administrator \
                     add the line to users/{who}.yaml: {line}"
                )))
            }
        }
    }

    /// Sees to it that a person may do something.
    ///
    /// # Errors
    /// Where not: it says who could.
    fn need(&self, who: &Handle, permission: Permission, what: &str) -> Result<(), Error> {
        let rules = self.rules()?;
        if rules.allows(who, permission) {
            return Ok(());
        }
        let others = rules.users.keys().filter(|other| rules.allows(other, permission));
        Err(refused_for(who, what, &others.map(Handle::to_string).collect::<Vec<_>>()))
    }

    /// Now, as decisions write it.
    fn now(&self) -> String {
        let text = self.app.meter().clock().text();
        // Seconds are all that decisions know.
        text.split_once('.').map_or_else(|| text.clone(), |(seconds, _)| format!("{seconds}Z"))
    }

    /// The default branch's newest commit as the remote has it.
    fn tip(&self) -> Result<CommitId, Error> {
        self.app.current().commit.ok_or_else(|| Error::NoCommit(self.app.branch().to_owned()))
    }

    /// Publishes on a branch; `build` makes the commit on what is there, and may fail in any way.
    fn publish(
        &self,
        branch: &str,
        mut build: impl FnMut(Option<CommitId>) -> Result<Option<CommitId>, Error>,
    ) -> Result<Option<CommitId>, Error> {
        let mut failure = None;
        let published = self.repository().publish(branch, |tip| match build(tip) {
            Ok(commit) => Ok(commit),
            Err(error) => {
                failure = Some(error);
                Ok(None)
            }
        })?;
        match (failure, published) {
            (Some(error), _) => Err(error),
            (None, Published::At(commit)) => Ok(Some(commit)),
            (None, Published::Nothing) => Ok(None),
            (None, Published::Refused { reason }) => Err(Error::Refused(format!(
                "the remote refused the push to `{branch}`, and nothing has changed there: {reason}"
            ))),
        }
    }

    /// Adds files to the log.
    fn log(&self, files: &[(String, Vec<u8>)], message: &str) -> Result<Option<CommitId>, Error> {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
        match self.repository().append(&files, message)? {
            Published::At(commit) => Ok(Some(commit)),
            Published::Nothing => Ok(None),
            Published::Refused { reason } => Err(Error::Refused(format!(
                "the remote refused the push to `{DECISIONS}`, and nothing was decided: {reason}"
            ))),
        }
    }
}

/// That a person may not do something, and who could.
fn refused_for(who: &Handle, what: &str, others: &[String]) -> Error {
    let others = match others {
        [] => "nobody can: an administrator has to give somebody that permission in roles/ and users/".to_owned(),
        others => format!("{} can", others.join(" or ")),
    };
    Error::Refused(format!("{who} may not {what}; {others}"))
}
