//! An author who pushes commits of one file, without a work tree.

use crate::Done;
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// A commit that is made and not pushed yet, and how to see that it is served.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) before: String,
    /// The word that is nowhere else.
    pub(crate) word: String,
    /// The path of the API that shows it.
    pub(crate) path: String,
}

/// Works in the repository that is served, or in a clone of it; the branch is moved by nobody but who pushes.
pub(crate) struct Author {
    repository: String,
    tip: String,
    /// The `prompt.yaml` files, in the order in which they are touched.
    prompts: Vec<String>,
}

impl Author {
    pub(crate) fn of(repository: &str) -> Done<Self> {
        let tip = git(repository, &["rev-parse", "main"], b"")?;
        let all = git(repository, &["ls-tree", "-r", "--name-only", "main", "prompts"], b"")?;
        let prompts = all.lines().filter(|path| path.ends_with("/prompt.yaml") && !path.contains("/tone-"));
        Ok(Self { repository: repository.to_owned(), tip, prompts: prompts.map(ToOwned::to_owned).collect() })
    }

    /// Makes the next commit: every other one moves a label, those between add a version. Each brings a word of its own.
    pub(crate) fn commit(&mut self, round: usize) -> Done<Made> {
        let place = (round * 7919) % self.prompts.len();
        let prompt = self.prompts[place].clone();
        let folder = prompt.trim_end_matches("/prompt.yaml").to_owned();
        let name = folder.rsplit('/').next().unwrap_or_default();
        let word = format!("zq{}x{round}", self.tip.get(..7).unwrap_or_default());
        let (file, text, path) = if round.is_multiple_of(2) {
            let text = git(&self.repository, &["show", &format!("{}:{prompt}", self.tip)], b"")?;
            (prompt, relabelled(&text, &word), format!("/v1/prompts/{name}"))
        } else {
            let number = format!("9.{round}.0");
            let text = format!("content: Say {word}.\nnotes: Made by a bench.\n");
            (format!("{folder}/{number}.yaml"), text, format!("/v1/prompts/{name}/versions/{number}"))
        };
        let before = self.tip.clone();
        self.tip = self.write(&file, &text, round)?;
        Ok(Made { id: self.tip.clone(), before, word, path })
    }

    /// Writes a commit of one file by `git fast-import`, which reads only the trees on its way.
    fn write(&self, file: &str, text: &str, round: usize) -> Done<String> {
        let now = 1_800_000_000 + round;
        let stream = format!(
            "commit refs/bench/next\nmark :1\ncommitter User 0 <user-0@example.com> {now} +0000\ndata 4\nNext\n\
             from {}\nM 100644 inline {file}\ndata {}\n{text}\nget-mark :1\ndone\n",
            self.tip,
            text.len()
        );
        git(&self.repository, &["fast-import", "--quiet", "--done", "--force", "--cat-blob-fd=1"], stream.as_bytes())
    }
}

/// The text with `production` at the other of its two newest versions, and a word in its description.
fn relabelled(text: &str, word: &str) -> String {
    let number = |label: &str| -> Option<&str> { text.split_once(label)?.1.split([',', '}']).next() };
    let (old, staging) = (number("production: ").unwrap_or("1.0.0"), number("staging: ").unwrap_or("1.0.0"));
    let new = if old == staging { "1.0.0" } else { staging };
    let text = text.replace(&format!("production: {old}"), &format!("production: {new}"));
    text.replacen("description: ", &format!("description: {word} "), 1) + "\n"
}

/// Runs `git` and gives back what it printed, without the line's end.
pub(crate) fn git(repository: &str, arguments: &[&str], input: &[u8]) -> Done<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(input)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("git {}: {}", arguments.join(" "), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
