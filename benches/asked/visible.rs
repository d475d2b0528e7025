//! How long it takes until a push is seen.

use super::{
    connection::Connection,
    percentile,
    push::{Author, Made, git},
};
use crate::Done;
use std::time::{Duration, Instant};

/// How often is looked: what is measured is tens of milliseconds, and who asks all the time takes a core from the server.
const EVERY: Duration = Duration::from_millis(1);
/// After this long a push is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pushes commits of one file from a clone, and prints in milliseconds: the time from the push's return until a fetch, and
/// until a search, shows it; and what `git diff-tree` takes for the two commits.
pub(crate) fn pushes(address: &str, repository: &str, rounds: usize) -> Done {
    let clone = std::env::temp_dir().join(format!("promptreg-bench-{}", std::process::id()));
    let (folder, repository) = (clone.display().to_string(), std::fs::canonicalize(repository)?.display().to_string());
    git(".", &["clone", "--quiet", "--bare", "--shared", &repository, &folder], b"")?;
    let measured = measure(address, &folder, &repository, rounds);
    std::fs::remove_dir_all(&clone)?;
    let Measured { mut fetch, mut search, mut diff } = measured?;
    for (what, all) in [("fetch", &mut fetch), ("search", &mut search), ("diff_tree", &mut diff)] {
        if !all.is_empty() {
            println!("{what}\t{:.2}\t{:.2}\t{}", percentile(all, 50), percentile(all, 95), all.len());
        }
    }
    Ok(())
}

#[derive(Default)]
struct Measured {
    fetch: Vec<f64>,
    search: Vec<f64>,
    diff: Vec<f64>,
}

fn measure(address: &str, clone: &str, repository: &str, rounds: usize) -> Done<Measured> {
    let mut author = Author::of(clone)?;
    let mut connection = Connection::open(address)?;
    let searches = searches(&mut connection)?;
    let mut measured = Measured::default();
    // The first round warms up and is not counted.
    for round in 0..=rounds {
        let made = author.commit(round)?;
        git(clone, &["push", "--quiet", repository, &format!("{}:refs/heads/main", made.id)], b"")?;
        let since = Instant::now();
        let fetch = until(&mut connection, &made.path, &made, since)?;
        let search = match searches {
            true => Some(until(&mut connection, &format!("/v1/search?q={}&limit=1", made.word), &made, since)?),
            false => None,
        };
        let since = Instant::now();
        git(repository, &["diff-tree", "-r", "--raw", &made.before, &made.id], b"")?;
        let diff = since.elapsed();
        if round > 0 {
            measured.fetch.push(ms(fetch));
            measured.search.extend(search.map(ms));
            measured.diff.push(ms(diff));
        }
    }
    Ok(measured)
}

/// Whether there is search; waits until its index is made.
pub(crate) fn searches(connection: &mut Connection) -> Done<bool> {
    let since = Instant::now();
    loop {
        match connection.get("/v1/search?q=care&limit=1")?.0 {
            200 => return Ok(true),
            503 if since.elapsed() < 10 * PATIENCE => std::thread::sleep(EVERY),
            404 => return Ok(false),
            other => return Err(format!("search answers {other}").into()),
        }
    }
}

/// Asks until the answer holds the word.
fn until(connection: &mut Connection, path: &str, made: &Made, since: Instant) -> Done<Duration> {
    loop {
        let (status, body) = connection.get(path)?;
        // Where nothing is found the question itself may be repeated: only an item has a name.
        let text = String::from_utf8_lossy(&body);
        if status == 200 && text.contains(&made.word) && text.contains("\"name\"") {
            return Ok(since.elapsed());
        }
        if since.elapsed() > PATIENCE {
            return Err(format!("{path} does not show {} of {}: {status} {text}", made.word, made.id).into());
        }
        std::thread::sleep(EVERY);
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
