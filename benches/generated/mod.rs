//! A registry of many versions, the same bytes every time: what all benches run on.

mod texts;

use self::texts::{Dice, prompt, version};
use std::{fs, io, path::Path, process::Command};

/// How many versions a prompt has.
const VERSIONS: usize = 5;
/// How many users, tags, collections and partials there are.
const USERS: usize = 40;
const TAGS: usize = 30;
const COLLECTIONS: usize = 24;
const PARTIALS: usize = 20;

/// What to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// About how many versions; five belong to each prompt.
    pub(crate) versions: usize,
    /// Whether versions have tests, which lint renders.
    pub(crate) tests: bool,
}

/// Where something lies.
pub(crate) struct Item {
    pub(crate) name: String,
    folder: String,
}

/// Writes a registry into a new folder and commits it in five steps, one for every version of a prompt.
///
/// A folder that was there is replaced, if it is one of ours.
pub(crate) fn write(root: &Path, size: Size) -> io::Result<()> {
    clear(root)?;
    around(root)?;
    git(root, &["init", "--quiet", "--initial-branch=main"])?;
    let prompts: Vec<Item> = (0..size.versions / VERSIONS).map(item).collect();
    for number in 0..VERSIONS {
        for i in 0..PARTIALS {
            write_one(root, &partial(i), i, number, texts::partial)?;
        }
        for (i, item) in prompts.iter().enumerate() {
            write_one(root, item, i, number, |dice| {
                let tone = tone(dice);
                version(dice, tone.as_deref(), size.tests)
            })?;
        }
        git(root, &["add", "--all"])?;
        git(root, &["commit", "--quiet", "--message", &format!("Version 1.{number}.0 of everything")])?;
    }
    Ok(())
}

fn clear(root: &Path) -> io::Result<()> {
    let is_ours = fs::read_to_string(root.join("registry.toml")).is_ok_and(|text| text.starts_with(SETTINGS));
    match root.symlink_metadata() {
        Err(_) => fs::create_dir_all(root),
        Ok(_) if is_ours => fs::remove_dir_all(root).and_then(|()| fs::create_dir_all(root)),
        Ok(_) => Err(io::Error::other(format!("{} is there already and no bench made it", root.display()))),
    }
}

const SETTINGS: &str = "\
# Written by a bench.
[registry]
name = \"generated\"
id = \"00000000-0000-4000-8000-000000000000\"
default_branch = \"main\"
";

/// Everything but prompts.
fn around(root: &Path) -> io::Result<()> {
    put(root, "registry.toml", SETTINGS)?;
    let tags: String = (0..TAGS).map(|i| format!("tag-{i}:\n  description: What has tag {i}.\n")).collect();
    put(root, "tags.yaml", &format!("partial:\n  description: Included by others.\n{tags}"))?;
    put(root, "models/fast.yaml", "provider: openai\nmodel: gpt-4.1-mini\napi_key: {env: OPENAI_API_KEY}\n")?;
    for i in 0..USERS {
        let text = format!("email: user-{i}@example.com\ndisplay_name: User {i}\nroles: [author]\n");
        put(root, &format!("users/user-{i}.yaml"), &text)?;
    }
    put(root, "roles/author.yaml", "description: Writes prompts.\npermissions: [read]\n")?;
    for i in 0..COLLECTIONS {
        let text = format!("display_name: Collection {i}\ndescription: Prompts of team {i}.\n");
        put(root, &format!("prompts/{}/collection.yaml", collection(i)), &text)?;
    }
    Ok(())
}

/// Every third collection lies in another.
fn collection(i: usize) -> String {
    if i % 3 == 2 { format!("team-{}/area-{i}", i - 1) } else { format!("team-{i}") }
}

fn item(i: usize) -> Item {
    let name = format!("{}-{i:05}", texts::task(i));
    Item { folder: format!("prompts/{}/{name}", collection(i % COLLECTIONS)), name }
}

fn partial(i: usize) -> Item {
    let name = format!("tone-{i}");
    Item { folder: format!("prompts/{name}"), name }
}

/// A partial's name, for half of all prompts.
fn tone(dice: &mut Dice) -> Option<String> {
    (dice.below(2) == 0).then(|| format!("tone-{}", dice.below(PARTIALS)))
}

fn write_one(
    root: &Path,
    item: &Item,
    i: usize,
    number: usize,
    text: impl FnOnce(&mut Dice) -> String,
) -> io::Result<()> {
    let mut dice = Dice::new(&item.name, number);
    put(root, &format!("{}/1.{number}.0.yaml", item.folder), &text(&mut dice))?;
    let owner = i % USERS;
    let tags = [i % TAGS, (i + 1 + i / 7 % (TAGS - 1)) % TAGS];
    put(root, &format!("{}/prompt.yaml", item.folder), &prompt(&item.name, owner, tags, number))
}

fn put(root: &Path, path: &str, text: &str) -> io::Result<()> {
    let file = root.join(path);
    fs::create_dir_all(file.parent().unwrap_or(root))?;
    fs::write(file, text)
}

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
