//! What a cold start cannot do without: reading the registry's blobs by `git cat-file`, and parsing them on all cores.
//!
//! `cargo bench --bench read -- REPOSITORY [ROUNDS]`. The blobs are all files of the registry at the tip, and all that
//! first-parent history had besides; each is read once. Prints the medians.
#![expect(clippy::print_stdout, reason = "a bench is run by people")]

use promptreg::{
    domain::Limits,
    files::{self, Source},
    git::{BlobId, Repository},
};
use std::{
    collections::BTreeMap,
    error::Error,
    hint::black_box,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let path = arguments.next().ok_or("usage: cargo bench --bench read -- REPOSITORY [ROUNDS]")?;
    let rounds: usize = arguments.next().map_or(Ok(3), |rounds| rounds.parse())?;
    let (path, repository) = (Path::new(&path), Repository::open(Path::new(&path))?);
    let blobs = blobs(&repository)?;
    let (mut reading, mut parsing, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let since = Instant::now();
        let sources = read(path, &blobs)?;
        reading.push(since.elapsed());
        bytes = sources.iter().map(|source| source.bytes.len()).sum();
        let since = Instant::now();
        let documents = files::documents(&sources, &Limits::default());
        parsing.push(since.elapsed());
        drop(black_box(documents));
    }
    println!("blobs {}", blobs.len());
    println!("bytes {bytes}");
    println!("read_seconds {:.3}", median(reading).as_secs_f64());
    println!("parse_seconds {:.3}", median(parsing).as_secs_f64());
    Ok(())
}

/// Every content of a registry file that is or was on the default branch, with one path that it has.
fn blobs(repository: &Repository) -> Done<BTreeMap<BlobId, Arc<str>>> {
    let tip = repository.tip("main")?.ok_or("there is no main")?;
    let mut blobs = BTreeMap::new();
    for commit in repository.history(tip, None)? {
        for change in commit.changes {
            if let Some(new) = change.new {
                blobs.insert(new, change.path);
            }
        }
    }
    Ok(blobs)
}

fn read(repository: &Path, blobs: &BTreeMap<BlobId, Arc<str>>) -> Done<Vec<Source>> {
    let mut git = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["cat-file", "--batch", "--buffer"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut asked = git.stdin.take().ok_or("no input")?;
    let mut answers = BufReader::with_capacity(1 << 20, git.stdout.take().ok_or("no output")?);
    let ids: String = blobs.keys().map(|id| format!("{id}\n")).collect();
    let asking = std::thread::spawn(move || asked.write_all(ids.as_bytes()));
    let mut sources = Vec::with_capacity(blobs.len());
    let mut line = String::new();
    for path in blobs.values() {
        line.clear();
        answers.read_line(&mut line)?;
        let size: usize = line.trim_end().rsplit(' ').next().ok_or("no size")?.parse()?;
        let mut bytes = vec![0; size + 1];
        answers.read_exact(&mut bytes)?;
        bytes.truncate(size);
        if let Ok(Some(location)) = promptreg::domain::locate(path) {
            sources.push(Source { path: Arc::clone(path), location, bytes });
        }
    }
    asking.join().map_err(|_| "asking failed")??;
    git.wait()?;
    Ok(sources)
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}
