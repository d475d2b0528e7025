//! Random histories of a registry: what people push, the good, the broken and the hostile.

use crate::repository::START;
use promptreg::git::CommitId;
use proptest::prelude::*;
use std::{collections::BTreeMap, path::Path};

/// What is committed: mode and content by path.
pub(crate) type Files = BTreeMap<String, (u32, Vec<u8>)>;

/// One commit of the default branch.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    /// What is done, one after the other.
    pub(crate) acts: Vec<Act>,
    /// What it is done to.
    pub(crate) way: Way,
    /// Seconds since the commit before; clocks of people differ.
    pub(crate) pause: i64,
    /// Who does it.
    pub(crate) person: &'static str,
}

/// How a commit comes to the default branch; numbers count back on its first-parent line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Straight,
    /// On a branch that began so far back, merged.
    Merge(usize),
    /// After all files were put back to what they were.
    Revert(usize),
}

/// One thing that is done to the files; the numbers choose to what, among whatever there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act {
    kind: Kind,
    one: u8,
    two: u8,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Add,
    Version,
    Include,
    Label,
    Prompt,
    State,
    Move,
    Delete,
    DeleteFile,
    Break,
    Change,
    Template,
    Settings,
    Person,
    Around,
    Workflow,
    Twin,
    Special,
    Huge,
    Junk,
}

pub(crate) const NAMES: [&str; 6] = ["greet", "reply", "rank", "foot", "tone", "hello"];
pub(crate) const NUMBERS: [&str; 5] = ["1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0-rc.1"];
pub(crate) const LABELS: [&str; 2] = ["production", "staging"];
const COLLECTIONS: [&str; 3] = ["", "support/", "team/area/"];

pub(crate) fn pushes() -> impl Strategy<Value = Push> {
    let acts = prop_oneof![8 => prop::collection::vec(act(), 1..4), 1 => Just(Vec::new())];
    let way = prop_oneof![
        8 => Just(Way::Straight),
        2 => (1_usize..5).prop_map(Way::Merge),
        1 => (1_usize..6).prop_map(Way::Revert),
    ];
    // Clocks only go forward: of two people who wrote the same at the same path, a load from nothing calls the one with
    // the earlier date the author, even where that one came to the branch later.
    let pause = prop_oneof![4 => Just(60_i64), 1 => 1_i64..600];
    let person = prop::sample::select(vec!["ana", "ben", "cleo", "mallory"]);
    (acts, way, pause, person).prop_map(|(acts, way, pause, person)| Push { acts, way, pause, person })
}

fn act() -> impl Strategy<Value = Act> {
    let kind = prop_oneof![
        4 => Just(Kind::Add), 5 => Just(Kind::Version), 3 => Just(Kind::Include), 4 => Just(Kind::Label),
        3 => Just(Kind::Prompt), 2 => Just(Kind::State), 2 => Just(Kind::Move), 2 => Just(Kind::Delete),
        2 => Just(Kind::DeleteFile), 3 => Just(Kind::Break), 2 => Just(Kind::Change), 2 => Just(Kind::Template),
        1 => Just(Kind::Settings), 1 => Just(Kind::Person), 1 => Just(Kind::Around), 2 => Just(Kind::Workflow),
        1 => Just(Kind::Twin), 1 => Just(Kind::Special), 1 => Just(Kind::Huge), 1 => Just(Kind::Junk),
    ];
    (kind, any::<u8>(), any::<u8>()).prop_map(|(kind, one, two)| Act { kind, one, two })
}

fn of<'a>(all: &[&'a str], number: u8) -> &'a str {
    all[usize::from(number) % all.len()]
}

/// The files that every history begins with.
pub(crate) fn first_files() -> Files {
    let mut files = Files::new();
    put(&mut files, "registry.toml", settings(0));
    for person in ["ana", "ben", "cleo"] {
        put(&mut files, &format!("users/{person}.yaml"), format!("email: {person}@example.org\n"));
    }
    put(&mut files, "tags.yaml", "kind: {description: Kind.}\nloud: {description: Loud.}\n");
    put(&mut files, "models/fast.yaml", "provider: openai\nmodel: gpt-4.1-mini\n");
    put(&mut files, "prompts/support/greet/prompt.yaml", prompt(&NUMBERS[..1], 0, 0));
    put(&mut files, "prompts/support/greet/1.0.0.yaml", version(0));
    files
}

fn put(files: &mut Files, path: &str, text: impl AsRef<[u8]>) {
    put_as(files, path, 0o100_644, text);
}

/// A file goes where it is put, whatever lay there, in it or above it.
fn put_as(files: &mut Files, path: &str, mode: u32, text: impl AsRef<[u8]>) {
    let below = format!("{path}/");
    files.retain(|other, _| !other.starts_with(&below) && !path.starts_with(&format!("{other}/")));
    files.insert(path.to_owned(), (mode, text.as_ref().to_vec()));
}

fn settings(kind: u8) -> String {
    let more = match kind % 6 {
        0 => "\n[limits]\nfile_bytes = 2000\n",
        1 => "\n[labels]\ndefault = \"staging\"\n",
        2 => "\n[limits]\nfile_bytes = 1024\n",
        3 => "\n[lint]\nunused-variable = \"error\"\n",
        4 => "\n[registry\n",
        _ => "\n[labels]\ndefault = 3\n",
    };
    format!("[registry]\nname = \"acme\"\nid = \"6f0c0f8e-3c3f-4c58-9d8c-0f6a5b0c0001\"\n{more}")
}

/// A `prompt.yaml` with labels to some of these versions, and whatever else.
fn prompt(numbers: &[&str], labels: u8, more: u8) -> String {
    let (production, staging) = (of(numbers, labels), of(numbers, labels / 5));
    let more = match more % 12 {
        0 => String::new(),
        1 => "tags: [kind]\n".to_owned(),
        2 => "tags: [kind, loud]\n".to_owned(),
        3 => "status: archived\n".to_owned(),
        4 => format!("aliases: [{}]\n", of(&NAMES, labels)),
        5 => "owner: nobody\n".to_owned(),
        6 => "owner: ben\ncategory: support\n".to_owned(),
        7 => format!("variants: {{production: {{split: {{{production}: 50, {staging}: 50}}}}}}\n"),
        8 => "display_name: \"\\u202egreet\"\n".to_owned(),
        9 => "tags: [unknown]\n".to_owned(),
        _ => "aliases: [old-name]\ntags: [loud]\n".to_owned(),
    };
    let said = match labels % 4 {
        0 => format!("labels: {{production: {production}}}\n"),
        1 => format!("labels: {{production: {production}, staging: {staging}}}\n"),
        2 => format!("labels: {{staging: {staging}}}\n"),
        _ => String::new(),
    };
    format!("description: Says thing {labels}.\n{said}{more}")
}

/// A version, one of a few texts.
fn version(kind: u8) -> String {
    match kind % 5 {
        0 => "content: Hello.\n".to_owned(),
        1 => "content: \"Hello {{name}}.\"\ninput_schema:\n  type: object\n  properties:\n    name: {type: string, default: you}\n"
            .to_owned(),
        2 => format!("messages:\n  - {{role: system, content: Be kind.}}\n  - {{role: user, content: Text {kind}.}}\n"),
        3 => format!("content: Text {kind}.\nmodel: fast\nnotes: Shorter.\n"),
        _ => format!("engine: none\ncontent: \"{{{{#each {kind}\"\n"),
    }
}

const BROKEN: [&str; 7] =
    ["a: [", "- a\n- list\n", "", "content: 1\nmesages: []\n", "\t", "a: &a [*a, *a]\n", "content: \"{{#if x}}\"\n"];

const HOSTILE: [&str; 5] = [
    "content: \"{{#each this}}{{#each this}}{{#each this}}x{{/each}}{{/each}}{{/each}}\"\n",
    "content: \"{{lookup (lookup this '__proto__') 'constructor'}}\"\n",
    "content: \"{{> greet}}\"\nuses: {greet: greet@1.0.0}\n",
    "content: \"{{{{raw}}}}\"\n",
    "content: \"{{name}}\"\ninput_schema: {type: object, properties: {name: {type: string, pattern: \"(a+)+$\"}}}\n",
];

/// The folders that hold a `prompt.yaml` or a version, in order.
fn folders(files: &Files) -> Vec<String> {
    let mut all: Vec<String> = files
        .keys()
        .filter(|path| path.starts_with("prompts/") && !path.ends_with("/collection.yaml"))
        .filter_map(|path| path.rsplit_once('/').map(|(folder, _)| folder.to_owned()))
        .filter(|folder| folder != "prompts")
        .collect();
    all.dedup();
    all
}

/// The numbers of the versions that lie in a folder.
fn numbers(files: &Files, folder: &str) -> Vec<&'static str> {
    NUMBERS.into_iter().filter(|number| files.contains_key(&format!("{folder}/{number}.yaml"))).collect()
}

impl Act {
    /// Does it, to whatever there is to do it to.
    pub(crate) fn apply(self, files: &mut Files) {
        let Self { kind, one, two } = self;
        let folders = folders(files);
        let fresh = format!("prompts/{}{}", of(&COLLECTIONS, two), of(&NAMES, one));
        let folder = folders.get(usize::from(one) % folders.len().max(1)).cloned().unwrap_or_else(|| fresh.clone());
        let paths: Vec<String> = files.keys().cloned().collect();
        let file = paths.get(usize::from(one) % paths.len().max(1)).cloned().unwrap_or_else(|| "tags.yaml".to_owned());
        let number = of(&NUMBERS, two);
        // Mostly of the versions that are there, lest nothing were ever right.
        let mut known = numbers(files, &folder);
        if known.is_empty() || two % 8 == 7 {
            known = NUMBERS.to_vec();
        }
        match kind {
            Kind::Add => {
                // Where there is one of that name it is edited: two folders of one name are an act of their own.
                let name = format!("/{}", of(&NAMES, one));
                let there = folders.iter().find(|folder| folder.ends_with(&name)).unwrap_or(&fresh);
                put(files, &format!("{there}/prompt.yaml"), prompt(&NUMBERS[..1], 0, two / 3));
                put(files, &format!("{there}/1.0.0.yaml"), version(two));
            }
            Kind::Version => put(files, &format!("{folder}/{number}.yaml"), version(two / 5)),
            Kind::Include => {
                let (other, pinned) = (of(&NAMES, two), of(&NUMBERS[..2], two / 6));
                let text = format!("content: \"A {{{{> {other}}}}}\"\nuses: {{{other}: {other}@{pinned}}}\n");
                put(files, &format!("{folder}/{}.yaml", of(&NUMBERS, two / 30 + 1)), text);
            }
            Kind::Label => put(files, &format!("{folder}/prompt.yaml"), prompt(&known, two, 0)),
            Kind::Prompt => put(files, &format!("{folder}/prompt.yaml"), prompt(&known, two / 12, two)),
            Kind::State => {
                let word = of(&["deprecated", "yanked", "revoked"], two / 5);
                let text = prompt(&known, two / 3, 0) + &format!("{word}: {{{}: it leaks}}\n", of(&known, two));
                put(files, &format!("{folder}/prompt.yaml"), text);
            }
            Kind::Move => {
                let name = folder.rsplit('/').next().unwrap();
                rename(files, &folder, &format!("prompts/{}{name}", of(&COLLECTIONS, two)));
            }
            Kind::Delete => files.retain(|path, _| !path.starts_with(&format!("{folder}/"))),
            Kind::DeleteFile => drop(files.remove(&file)),
            Kind::Break => put(files, &file, of(&BROKEN, two)),
            Kind::Change => put(files, &format!("{folder}/1.0.0.yaml"), version(two)),
            Kind::Template => put(files, &format!("{folder}/{number}.yaml"), of(&HOSTILE, two / 5)),
            Kind::Settings => put(files, "registry.toml", settings(two)),
            Kind::Person => {
                let email = of(&["ana", "mallory", "ben"], two);
                let path = format!("users/{}.yaml", of(&["ana", "ben", "cleo", "dora"], one));
                put(files, &path, format!("email: {email}@example.org\n"));
            }
            Kind::Around => around(files, one, two),
            Kind::Workflow => {
                let (name, to) = (of(&NAMES, two), of(&["production", "staging"], two / 6));
                let text =
                    format!("status: published\nsteps:\n  - id: one\n    prompt: {name}:{to}\n    output_key: a\n");
                put(files, &format!("workflows/w{}.yaml", one % 2), text);
            }
            Kind::Twin => {
                let name = folder.rsplit('/').next().unwrap();
                let twin = format!("prompts/{}{name}", of(&COLLECTIONS, two));
                put(files, &format!("{twin}/prompt.yaml"), prompt(&[number], two, 1));
                put(files, &format!("{twin}/{number}.yaml"), version(two / 5));
            }
            Kind::Special => special(files, &file, two),
            Kind::Huge => put(files, &file, format!("content: {}\n", "long ".repeat(300 + 100 * usize::from(two % 5)))),
            Kind::Junk => put(files, &file, [0xff, 0xfe, 0, one, two, 0x1b]),
        }
    }
}

fn rename(files: &mut Files, from: &str, to: &str) {
    let within = format!("{from}/");
    let moved: Vec<String> = files.keys().filter(|path| path.starts_with(&within)).cloned().collect();
    for path in moved {
        if let Some((mode, bytes)) = files.remove(&path) {
            put_as(files, &format!("{to}/{}", &path[within.len()..]), mode, bytes);
        }
    }
}

fn around(files: &mut Files, one: u8, two: u8) {
    match one % 5 {
        0 => put(files, "tags.yaml", of(&["kind: {description: K.}\n", "loud: {}\nkind: {}\n", "[]\n"], two)),
        1 => put(files, "models/fast.yaml", of(&["provider: openai\nmodel: a\n", "model: [\n"], two)),
        2 => put(
            files,
            "prompts/support/collection.yaml",
            of(&["display_name: Support\n", "display_name: S\n", "x"], two),
        ),
        3 => put(files, "clients/web.yaml", of(&["default_filter: {tags: [kind]}\n", "nonsense: 1\n"], two)),
        _ => put(files, "README.md", [two]),
    }
}

/// What is no plain file.
fn special(files: &mut Files, path: &str, kind: u8) {
    match kind % 3 {
        0 => put_as(files, path, 0o120_000, "../../../../etc/passwd"),
        1 => {
            let text = files.get(path).map(|(_, text)| text.clone()).unwrap_or_default();
            put_as(files, path, 0o100_755, text);
        }
        _ => put_as(files, path, 0o160_000, ""),
    }
}

/// A history that grows, in a repository: who pushes knows all files of every commit.
pub(crate) struct History {
    repository: git2::Repository,
    /// The first-parent line, oldest first, and the files of each.
    line: Vec<(git2::Oid, Files)>,
    clock: i64,
}

impl History {
    /// A repository whose branch `main` has one commit.
    pub(crate) fn new(folder: &Path) -> Self {
        let mut options = git2::RepositoryInitOptions::new();
        let options = options.bare(true).external_template(false).initial_head("main");
        let repository = git2::Repository::init_opts(folder, options).unwrap();
        let mut history = Self { repository, line: Vec::new(), clock: START };
        let files = first_files();
        let id = history.commit("ana", &files, &[]);
        history.line.push((id, files));
        history.point();
        history
    }

    /// Commits a push and moves the branch to it.
    pub(crate) fn push(&mut self, push: &Push) -> CommitId {
        self.clock += push.pause;
        let tip = self.line.len() - 1;
        let back = |by: usize| tip.saturating_sub(by);
        let mut files = match push.way {
            Way::Revert(by) => self.line[back(by)].1.clone(),
            _ => self.line[tip].1.clone(),
        };
        let mut parents = vec![self.line[tip].0];
        if let Way::Merge(by) = push.way {
            let (base, mut side) = self.line[back(by)].clone();
            push.acts.iter().for_each(|act| act.apply(&mut side));
            parents.push(self.commit("ben", &side, &[base]));
            // What was done on the branch is done here too: its files, over those of this line.
            let before = &self.line[back(by)].1;
            let taken = before.keys().filter(|path| !side.contains_key(*path));
            taken.for_each(|path| drop(files.remove(path)));
            let changed = side.iter().filter(|(path, file)| before.get(*path) != Some(file));
            changed.for_each(|(path, (mode, text))| put_as(&mut files, path, *mode, text));
        } else {
            push.acts.iter().for_each(|act| act.apply(&mut files));
        }
        let id = self.commit(push.person, &files, &parents);
        self.line.push((id, files));
        self.point();
        self.tip()
    }

    pub(crate) fn tip(&self) -> CommitId {
        self.line.last().unwrap().0.to_string().parse().unwrap()
    }

    fn point(&self) {
        let tip = self.line.last().unwrap().0;
        self.repository.reference("refs/heads/main", tip, true, "a push").unwrap();
    }

    fn commit(&self, person: &str, files: &Files, parents: &[git2::Oid]) -> git2::Oid {
        let mut index = git2::Index::new().unwrap();
        for (path, (mode, text)) in files {
            // What a submodule points to is in no repository of ours.
            let id = if *mode == 0o160_000 {
                git2::Oid::from_str(&"1".repeat(40)).unwrap()
            } else {
                self.repository.blob(text).unwrap()
            };
            index.add(&entry(path, *mode, id)).unwrap();
        }
        let tree = self.repository.find_tree(index.write_tree_to(&self.repository).unwrap()).unwrap();
        let time = git2::Time::new(self.clock, 0);
        let who = git2::Signature::new(person, &format!("{person}@example.org"), &time).unwrap();
        let parents: Vec<_> = parents.iter().map(|id| self.repository.find_commit(*id).unwrap()).collect();
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        self.repository.commit(None, &who, &who, "a push", &tree, &parents).unwrap()
    }
}

fn entry(path: &str, mode: u32, id: git2::Oid) -> git2::IndexEntry {
    let never = git2::IndexTime::new(0, 0);
    git2::IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
