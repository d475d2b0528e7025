//! A registry of many versions with its history, the same bytes and commit ids every time: what all benches run on.

mod history;
mod import;
mod texts;

use self::texts::Dice;
use std::{fs, io, path::Path, process::Command};

/// How many versions a prompt has.
pub(crate) const VERSIONS: usize = 5;
/// How many users, tags and partials there are, and at least how many collections.
const USERS: usize = 40;
const TAGS: usize = 30;
const COLLECTIONS: usize = 24;
const PARTIALS: usize = 20;
/// How many prompts a collection holds at most where there are more collections than the least.
const PROMPTS_OF_A_COLLECTION: usize = 83;

/// What to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// About how many versions; five belong to each prompt.
    pub(crate) versions: usize,
    /// How many commits the default branch has besides the first one.
    pub(crate) commits: usize,
    /// Whether a third of those commits are merges of short branches by others.
    pub(crate) merges: bool,
    /// Whether versions have tests, which lint renders.
    pub(crate) tests: bool,
    /// Whether the repository is bare: no file is checked out.
    pub(crate) bare: bool,
}

/// Writes a registry into a new folder, with all of its history.
///
/// A folder that was there is replaced, if it is one of ours.
pub(crate) fn write(root: &Path, size: Size) -> io::Result<()> {
    clear(root)?;
    let bare: &[&str] = if size.bare { &["--bare"] } else { &[] };
    git(root, &[&["init", "--quiet", "--initial-branch=main", "--template="], bare].concat())?;
    import::import(root, history::History::new(size))?;
    if size.bare {
        return fs::write(root.join("description"), OURS);
    }
    git(root, &["reset", "--quiet", "--hard", "main"])
}

/// The first line of what a bench wrote.
const OURS: &str = "# Written by a bench.\n";

fn clear(root: &Path) -> io::Result<()> {
    let begins = |path: &str| fs::read_to_string(root.join(path)).is_ok_and(|text| text.starts_with(OURS));
    match root.symlink_metadata() {
        Err(_) => fs::create_dir_all(root),
        Ok(_) if begins("registry.toml") || begins("description") => {
            fs::remove_dir_all(root).and_then(|()| fs::create_dir_all(root))
        }
        Ok(_) => Err(io::Error::other(format!("{} is there already and no bench made it", root.display()))),
    }
}

/// A file: its path and its text.
type File = (String, String);

/// Where a prompt lies.
pub(crate) struct Item {
    name: String,
    folder: String,
    owner: usize,
    tags: [usize; 2],
}

impl Item {
    fn new(i: usize, name: String, collection: Option<String>) -> Self {
        let collection = collection.map(|path| path + "/").unwrap_or_default();
        let tags = [i % TAGS, (i + 1 + i / 7 % (TAGS - 1)) % TAGS];
        Self { folder: format!("prompts/{collection}{name}"), name, owner: i % USERS, tags }
    }

    fn is_partial(&self) -> bool {
        self.name.starts_with("tone-")
    }
}

/// All prompts, first those that others include.
fn items(prompts: usize) -> Vec<Item> {
    let collections = collections(prompts);
    let partials = (0..PARTIALS).map(|i| Item::new(i, format!("tone-{i}"), None));
    let others = (0..prompts).map(|i| {
        let name = format!("{}-{i:05}", texts::task(i));
        Item::new(i, name, Some(collection(i % collections)))
    });
    partials.chain(others).collect()
}

fn collections(prompts: usize) -> usize {
    COLLECTIONS.max(prompts / PROMPTS_OF_A_COLLECTION)
}

/// Every third collection lies in another.
fn collection(i: usize) -> String {
    if i % 3 == 2 { format!("team-{}/area-{i}", i - 1) } else { format!("team-{i}") }
}

/// A partial's name, for half of all prompts.
fn tone(dice: &mut Dice) -> Option<String> {
    (dice.below(2) == 0).then(|| format!("tone-{}", dice.below(PARTIALS)))
}

/// Everything but prompts and workflows.
fn around(prompts: usize) -> Vec<File> {
    let tags: String = (0..TAGS).map(|i| format!("tag-{i}:\n  description: What has tag {i}.\n")).collect();
    let mut files = vec![
        ("registry.toml".to_owned(), SETTINGS.to_owned()),
        ("tags.yaml".to_owned(), format!("partial:\n  description: Included by others.\n{tags}")),
        (
            "models/fast.yaml".to_owned(),
            "provider: openai\nmodel: gpt-4.1-mini\napi_key: {env: OPENAI_API_KEY}\n".to_owned(),
        ),
        ("roles/author.yaml".to_owned(), "description: Writes prompts.\npermissions: [read]\n".to_owned()),
    ];
    files.extend((0..USERS).map(|i| user(i, 0)));
    files.extend((0..collections(prompts)).map(|i| {
        let text = format!("display_name: Collection {i}\ndescription: Prompts of team {i}.\n");
        (format!("prompts/{}/collection.yaml", collection(i)), text)
    }));
    files
}

/// A user whose file was edited that often.
fn user(i: usize, edits: usize) -> File {
    let married = if edits == 0 { String::new() } else { format!(" ({edits})") };
    let text = format!("email: user-{i}@example.com\ndisplay_name: User {i}{married}\nroles: [author]\n");
    (format!("users/user-{i}.yaml"), text)
}

const SETTINGS: &str = "\
# Written by a bench.
[registry]
name = \"generated\"
id = \"00000000-0000-4000-8000-000000000000\"
default_branch = \"main\"
";

/// Runs `git` with one author and one date, so that commits have the same ids every time.
pub(crate) fn git(root: &Path, arguments: &[&str]) -> io::Result<()> {
    const DATE: &str = "2026-11-22T12:00:00+00:00";
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"]).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "User 0").env(format!("GIT_{who}_EMAIL"), "user-0@example.com");
        command.env(format!("GIT_{who}_DATE"), DATE);
    }
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("git {}: {status}", arguments.join(" ")))) }
}
