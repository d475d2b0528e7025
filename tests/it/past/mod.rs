//! What people ask of the past: what happened, what was live, and where a line comes from.

mod blame;
mod events;
mod http;
mod moments;
mod random;

use crate::harness::Registry;

/// A text with `COMMIT` for every commit: the minute of each says which one it is.
fn without_commits(text: &str) -> String {
    let ids = regex::Regex::new(r"\b([0-9a-f]{40}|[0-9a-f]{9})\b").unwrap();
    ids.replace_all(text, "COMMIT").into_owned()
}

/// What a verb prints, on both streams, with its exit code.
fn said(registry: &Registry, args: &[&str]) -> String {
    without_commits(&registry.promptreg(args).all())
}

/// Writes what is said of a prompt besides its description.
fn says(registry: &Registry, more: &str) {
    registry.prompt("support/greet", more, &[]);
}

/// A prompt whose label went forth and back.
fn rolled_back() -> Registry {
    let registry = Registry::new();
    registry.prompt("support/greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi."), ("0.9.0", "Yo.")]);
    registry.commit("Start");
    registry.prompt("support/greet", "labels: {production: 1.0.0, staging: 1.1.0}\n", &[("1.1.0", "Hello.")]);
    registry.commit_as("ben", "Another");
    says(&registry, "labels: {production: 1.1.0, staging: 1.1.0}\n");
    registry.commit_as("ben", "Hand it out");
    says(&registry, "labels: {production: 1.0.0, staging: 1.1.0}\n");
    registry.commit_as("cleo", "Roll back");
    registry
}
