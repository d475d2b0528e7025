//! The floors of the house, enforced: who may name whom, who owns which crate, how long a file may be.

use regex::Regex;
use std::{collections::BTreeMap, fs, path::Path};

/// The rooms from the ground up. A room uses only rooms on lower floors.
const FLOORS: [&[&str]; 7] = [
    &["calls", "domain", "kept"],
    &["git", "identity", "schema"],
    &["files", "template"],
    &["diff", "lint", "model", "report", "search", "store"],
    &["app"],
    &["http", "lsp"],
    &["cli"],
];

/// Which rooms may name which external crate. `*` is every room.
const OWNERS: [(&str, &[&str]); 52] = [
    ("annotate_snippets", &["report"]),
    ("anstream", &["cli"]),
    ("arc_swap", &["app"]),
    ("axum", &["http"]),
    ("base64", &["app", "http", "identity"]),
    ("bytes", &["app", "calls", "model", "http", "cli"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("crc32fast", &["kept"]),
    ("cronexpr", &["lint"]),
    ("csv", &["files"]),
    ("futures_util", &["model"]),
    ("git2", &["git"]),
    ("granit_parser", &["files"]),
    ("handlebars", &["template"]),
    ("hmac", &["http"]),
    ("http_body_util", &["calls", "model", "http", "cli"]),
    ("hyper", &["calls", "http", "cli"]),
    ("hyper_rustls", &["calls"]),
    ("hyper_util", &["calls", "http", "cli"]),
    ("indicatif", &["cli"]),
    ("jiff", &["app", "git", "lint", "model", "store", "cli"]),
    ("jsonschema", &["schema"]),
    ("rayon", &["files", "diff", "lint", "app"]),
    ("lsp_server", &["lsp"]),
    ("lsp_types", &["lsp"]),
    ("mimalloc", &["main"]),
    ("notify", &["app"]),
    ("regex", &["lint"]),
    ("rig_core", &["model"]),
    ("ring", &["app", "identity"]),
    ("secrecy", &["model"]),
    ("semver", &["domain"]),
    ("serde", &["*"]),
    ("serde_json", &["*"]),
    ("sha2", &["domain", "http"]),
    ("similar", &["diff"]),
    ("sqlx", &["store"]),
    ("ssh_key", &["git"]),
    ("tantivy", &["search"]),
    ("terminal_size", &["cli"]),
    ("thiserror", &["*"]),
    ("tokio", &["app", "calls", "http", "identity", "model", "cli"]),
    ("toml", &["files"]),
    ("tower", &["http"]),
    ("tracing", &["git", "model", "search", "app", "http", "cli"]),
    ("tracing_subscriber", &["cli"]),
    ("unicode_normalization", &["search"]),
    ("unicode_width", &["diff"]),
    ("url", &["identity", "model"]),
    ("uuid", &["domain", "store", "app", "http", "cli"]),
    ("walkdir", &["files"]),
];

/// The most lines of one source file.
const LINES: usize = 500;

struct Source {
    path: String,
    room: String,
    text: String,
}

impl Source {
    /// The text without comments, so that documents may mention what code may not.
    fn code(&self) -> String {
        self.text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = walkdir::WalkDir::new(root.join("src")).sort_by_file_name();
    files
        .into_iter()
        .map(Result::unwrap)
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "rs"))
        .map(|file| {
            let path = file.path().strip_prefix(root).unwrap().display().to_string();
            let room = path.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs").to_owned();
            Source { text: fs::read_to_string(file.path()).unwrap(), path, room }
        })
        .collect()
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn a_room_names_only_rooms_below_it() {
    // `use crate::{a, b::c}` and `crate::a::…` alike; a brace group is read up to its end.
    let single = Regex::new(r"\bcrate::([a-z_]+)").unwrap();
    let group = Regex::new(r"\bcrate::\{([^;]*);").unwrap();
    let first = Regex::new(r"(?:^|[,{]\s*)([a-z_]+)(?:::|,|\s|\})").unwrap();
    let mut faults = Vec::new();
    for source in sources() {
        let Some(own) = floor(&source.room) else {
            assert!(["lib", "main"].contains(&source.room.as_str()), "{}: on no floor", source.path);
            continue;
        };
        let code = source.code();
        let mut named: Vec<String> = single.captures_iter(&code).map(|found| found[1].to_owned()).collect();
        for found in group.captures_iter(&code) {
            named.extend(first.captures_iter(&found[1]).map(|found| found[1].to_owned()));
        }
        for room in named {
            if room != source.room && floor(&room).is_some_and(|other| other >= own) {
                faults.push(format!("{} names {room}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn an_external_crate_is_named_only_where_it_lives() {
    let owners: BTreeMap<&str, &[&str]> = OWNERS.into_iter().collect();
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let table = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let crates: Vec<String> = table
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0.trim().replace('-', "_")))
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect();
    let mut faults = Vec::new();
    for name in &crates {
        let Some(rooms) = owners.get(name.as_str()) else {
            faults.push(format!("{name} has no owner in OWNERS"));
            continue;
        };
        let used = Regex::new(&format!(r"(?:^|[^:\w]){name}::|\buse {name};")).unwrap();
        let inner =
            Regex::new(&format!(r"(?:super|self|crate)::{name}|\bmod {name};|use \w+::\{{[^;]*\b{name}::")).unwrap();
        for source in sources() {
            let allowed = rooms.contains(&"*") || rooms.contains(&source.room.as_str());
            let code = source.code();
            if !allowed && used.is_match(&code) && !inner.is_match(&code) {
                faults.push(format!("{} names {name}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_file_begins_with_one_sentence_and_ends_in_time() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LINES {
            faults.push(format!("{} has {lines} lines, more than {LINES}", source.path));
        }
        if !source.text.starts_with("//! ") {
            faults.push(format!("{} does not begin with //!", source.path));
        }
        if source.text.contains(concat!("super::", "super")) {
            faults.push(format!("{} reaches past its parent", source.path));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
