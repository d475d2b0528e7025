//! Real repositories in temporary folders, made by the `git` program without any setting of this machine.

use promptreg::git::{CommitId, Repository};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A repository that is gone when the test ends. Its clock starts at 2026-01-01 and each commit takes a minute.
pub(crate) struct Fixture {
    folder: TempDir,
    minutes: std::cell::Cell<i64>,
}

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600;

impl Fixture {
    /// An empty repository with a work tree on `main`.
    pub(crate) fn new() -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap(), minutes: std::cell::Cell::new(0) };
        fixture.git(&["init", "--quiet", "--initial-branch=main", "--template=", "."]);
        fixture
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open(&self.path()).unwrap()
    }

    /// Runs git and gives back what it printed, without the line's end.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_as("ana", args, b"")
    }

    pub(crate) fn git_as(&self, person: &str, args: &[&str], stdin: &[u8]) -> String {
        let date = format!("@{} +0000", START + 60 * self.minutes.get());
        let mut child = Command::new("git")
            .args(["-c", "commit.gpgSign=false", "-c", "gc.auto=0", "-c", "advice.nestedTag=false"])
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")])
            .envs([("GIT_AUTHOR_NAME", person), ("GIT_COMMITTER_NAME", person)])
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), format!("{person}@example.org"))))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_DATE"), date.clone())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Turns the clock back.
    pub(crate) fn turn_back(&self, minutes: i64) {
        self.minutes.set(self.minutes.get() - minutes);
    }

    /// Commits all that changed, one minute later, as `person`.
    pub(crate) fn commit_as(&self, person: &str, message: &str) -> CommitId {
        self.minutes.set(self.minutes.get() + 1);
        self.git(&["add", "--all"]);
        self.git_as(
            person,
            &["commit", "--quiet", "--allow-empty", "--allow-empty-message", "--message", message],
            b"",
        );
        self.head()
    }

    pub(crate) fn commit(&self, message: &str) -> CommitId {
        self.commit_as("ana", message)
    }

    pub(crate) fn head(&self) -> CommitId {
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    /// Writes an object of any bytes, right or wrong, and gives back its id.
    pub(crate) fn object(&self, kind: &str, bytes: &[u8]) -> String {
        self.git_as("ana", &["hash-object", "-t", kind, "--literally", "-w", "--stdin"], bytes)
    }

    /// Writes a tree of any names and modes, without Git's checks.
    pub(crate) fn tree(&self, entries: &[(&str, &[u8], &str)]) -> String {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend((0..20).map(|i| u8::from_str_radix(&id[2 * i..2 * i + 2], 16).unwrap()));
        }
        self.object("tree", &bytes)
    }

    /// A commit of a tree, on no branch.
    pub(crate) fn commit_tree(&self, tree: &str) -> CommitId {
        self.git(&["commit-tree", "-m", "made by hand", tree]).parse().unwrap()
    }

    /// The file that holds a loose object.
    pub(crate) fn loose(&self, id: &str) -> PathBuf {
        self.path().join(".git/objects").join(&id[..2]).join(&id[2..])
    }
}

/// Writes a program. Another process does it, so that this one never holds it open for writing while a third is started.
pub(crate) fn program(path: &Path, text: &str) {
    let script = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod +x \"$2\"";
    assert!(Command::new("sh").args(["-c", script, "sh", text]).arg(path).status().unwrap().success());
}
