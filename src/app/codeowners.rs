//! CODEOWNERS: the approval policy in the words of forges, as far as those reach.

use super::{Current, Error, forge::Forge};
use crate::domain::{Approvers, Handle, Need, REGISTRY_FILE, Rules, clean};
use std::fmt::Write as _;

/// What is never a part of a pattern there, or means something else.
const FOREIGN: [char; 5] = ['[', ']', '!', '\\', '#'];

/// Writes who approves what as a CODEOWNERS file; the last line that matches counts, as among the rules of `registry.toml`.
/// People are named by their `forge_logins`, else by their mail addresses. What such a file cannot say is said in comments.
///
/// # Errors
/// Where the registry has no settings, or the forge has no such file, or reads it otherwise.
pub fn codeowners(current: &Current, forge: Forge) -> Result<String, Error> {
    if !matches!(forge, Forge::Github | Forge::Gitlab) {
        let reason =
            format!("{forge} has no code owners of which the last line that matches counts; github and gitlab have");
        return Err(Error::Parameter { field: "forge".to_owned(), reason });
    }
    let registry = &current.registry;
    let settings =
        registry.settings.clone().ok_or_else(|| Error::Missing { what: "file", name: REGISTRY_FILE.to_owned() })?;
    let rules = Rules { settings, users: registry.users.clone(), roles: registry.roles.clone() };
    let name = &rules.settings.registry.name;
    let mut text = format!(
        "# Who approves what in the registry `{name}`: made of its registry.toml, users/ and roles/ by\n\
         # `promptreg export codeowners --forge {forge}`.\n"
    );
    let owners = Owners { rules: &rules, forge };
    let approval = &rules.settings.approval;
    let anywhere = Need { required: approval.required, approvers: Approvers::Roles(approval.roles.clone()) };
    owners.add(&mut text, "*", &anywhere);
    for rule in &approval.paths {
        match pattern(&rule.path) {
            Some(pattern) => owners.add(&mut text, &pattern, &rule.need()),
            None => {
                let path = clean(&rule.path).replace('\n', " ");
                let _ = writeln!(text, "# `{path}` cannot be written here: the lines above hold for it");
            }
        }
    }
    // Whatever the rules say of these, they need somebody who administers.
    for (path, shown) in [(REGISTRY_FILE, "/registry.toml"), ("users/", "/users/"), ("roles/", "/roles/")] {
        owners.add(&mut text, shown, &rules.need(path));
    }
    Ok(text)
}

/// A pattern over paths in the form of such a file; none where it cannot be written there.
fn pattern(path: &str) -> Option<String> {
    let is_whole = |part: &str| !part.contains("**") || part == "**";
    let is_plain = |letter: char| !letter.is_control() && !FOREIGN.contains(&letter);
    let fits = !path.is_empty() && path.chars().all(is_plain) && path.split('/').all(is_whole);
    fits.then(|| format!("/{}", path.trim_start_matches('/').replace(' ', "\\ ")))
}

/// Those who are named.
struct Owners<'a> {
    rules: &'a Rules,
    forge: Forge,
}

impl Owners<'_> {
    /// Adds the line of a pattern, and before it what the line cannot say.
    fn add(&self, text: &mut String, pattern: &str, need: &Need) {
        if need.required != 1 {
            let _ = writeln!(text, "# {} approvals are needed: protect the branch so", need.required);
        }
        let (mut names, mut unnamed) = (Vec::new(), Vec::new());
        for who in self.rules.eligible(need) {
            match self.name(&who) {
                Some(name) => names.push(name),
                None => unnamed.push(who.to_string()),
            }
        }
        if !unnamed.is_empty() {
            let _ = writeln!(text, "# also {}, whose login on {} is not known", unnamed.join(", "), self.forge);
        }
        let _ = match names.is_empty() {
            // A line that names nobody would ask for nobody's approval.
            true => writeln!(text, "# {pattern} has nobody to name: the lines above hold for it"),
            false => writeln!(text, "{pattern} {}", names.join(" ")),
        };
    }

    /// What a person is called in such a file.
    fn name(&self, who: &Handle) -> Option<String> {
        let user = self.rules.users.get(who)?;
        let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let login = user.forge_logins.get(self.forge.as_str());
        if let Some(login) = login.filter(|login| !login.is_empty() && login.chars().all(is_plain)) {
            return Some(format!("@{login}"));
        }
        let (name, host) = user.email.split_once('@')?;
        let is_address = |part: &str| !part.is_empty() && part.chars().all(|letter| is_plain(letter) || letter == '+');
        (is_address(name) && is_address(host)).then(|| user.email.clone())
    }
}
