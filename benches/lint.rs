//! How long lint, a cold start and a sync take on 10,000 versions, against reading and parsing the same files.
//!
//! `cargo bench --bench lint -- [VERSIONS] [--tests]`. CPU time is that of this process (not of `git`), where Linux
//! tells it; on a machine that does other things too it is the figure to trust.
#![expect(clippy::print_stdout, reason = "a bench is run by people")]

mod generated;

use promptreg::{
    app::{App, load_change, load_folder},
    domain::Limits,
    files, lint,
};
use std::{
    error::Error,
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

/// How often everything is repeated, all in turn, so that a noisy moment hits each alike.
const ROUNDS: usize = 7;

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let tests = arguments.iter().any(|argument| argument == "--tests");
    let versions = arguments.iter().find(|argument| !argument.starts_with("--"));
    let versions = versions.map_or(Ok(10_000), |number| number.parse())?;
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint-bench");
    // As many commits as versions of each prompt: what is measured is files, not history.
    let size = generated::Size { versions, commits: generated::VERSIONS, merges: false, tests, bare: false };
    generated::write(&root, size)?;
    describe(&root)?;
    against_parsing(&root)?;
    one_file(&root)?;
    following(&root)
}

/// What is measured, so that a figure can be judged later.
fn describe(root: &Path) -> Done {
    let (sources, _) = files::read(root, &Limits::default())?;
    let bytes: usize = sources.iter().map(|source| source.bytes.len()).sum();
    let loaded = load_folder(root)?;
    let findings = lint::lint(&loaded);
    let cores = std::thread::available_parallelism()?;
    println!("{} files, {bytes} bytes, {} findings, {cores} cores", sources.len(), findings.len());
    for finding in findings.iter().take(3) {
        println!("  {}: {} {}", finding.place.path, finding.rule, finding.message);
    }
    Ok(())
}

fn against_parsing(root: &Path) -> Done {
    let limits = Limits::default();
    let (mut reading, mut parsing, mut loading, mut whole) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        reading.push(time(|| Ok(files::read(root, &limits)?))?);
        parsing.push(time(|| Ok(files::documents(&files::read(root, &limits)?.0, &limits)))?);
        loading.push(time(|| Ok(load_folder(root)?))?);
        whole.push(time(|| Ok(lint::lint(&load_folder(root)?)))?);
    }
    let base = say("read the bytes and parse them", &parsing, None);
    say("  of that: read the bytes", &reading, Some(base));
    say("load a folder", &loading, Some(base));
    say("load and lint", &whole, Some(base));
    Ok(())
}

/// A pull request as most are: one file in all of the registry, judged against `main`.
fn one_file(root: &Path) -> Done {
    let judged = || -> Done<Vec<_>> {
        let (loaded, base) = load_change(root, "main")?;
        Ok(lint::lint_change(&loaded, &base))
    };
    let version = "prompts/team-0/summarize-ticket-00000/1.4.0.yaml";
    let text = fs::read_to_string(root.join(version))?.replace("Write in", "Answer in");
    for (what, path, more) in [
        ("a new version, with --base", "prompts/team-0/summarize-ticket-00000/1.5.0.yaml", text.as_str()),
        ("an edited prompt.yaml, with --base", "prompts/tone-1/prompt.yaml", "# Edited.\n"),
        ("a partial that 250 include, with --base", "prompts/tone-2/1.0.0.yaml", "# Edited.\n"),
    ] {
        let file = root.join(path);
        let before = fs::read_to_string(&file).ok();
        fs::write(&file, before.clone().unwrap_or_default() + more)?;
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            took.push(time(judged)?);
        }
        say(what, &took, None);
        for finding in judged()?.iter().take(3) {
            println!("  {}: {} {}", finding.place.path, finding.rule, finding.message);
        }
        match before {
            Some(before) => fs::write(&file, before)?,
            None => fs::remove_file(&file)?,
        }
    }
    Ok(())
}

fn following(root: &Path) -> Done {
    let mut opening = Vec::new();
    for _ in 0..ROUNDS {
        opening.push(time(|| Ok(App::open(root)?))?);
    }
    say("open a repository, cold", &opening, None);
    let app = App::open(root)?;
    let mut syncing = Vec::new();
    let file = root.join("prompts/tone-0/prompt.yaml");
    let text = fs::read_to_string(&file)?;
    for round in 0..ROUNDS {
        fs::write(&file, format!("{text}# round {round}\n"))?;
        generated::git(root, &["commit", "--quiet", "--all", "--message", "One file"])?;
        syncing.push(time(|| Ok(app.sync()?))?);
    }
    say("sync after a commit of one file", &syncing, None);
    Ok(())
}

/// Wall time and CPU time.
#[derive(Debug, Clone, Copy)]
struct Took {
    wall: Duration,
    cpu: Duration,
}

/// What `work` takes; dropping its result is not counted.
fn time<T>(work: impl FnOnce() -> Done<T>) -> Done<Took> {
    let (cpu, start) = (cpu(), Instant::now());
    let made = work()?;
    let took = Took { wall: start.elapsed(), cpu: self::cpu().saturating_sub(cpu) };
    drop(black_box(made));
    Ok(took)
}

/// The time that all threads of this process spent on a core; zero where the system does not tell.
fn cpu() -> Duration {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let spent = |thread: fs::DirEntry| -> Option<u64> {
        fs::read_to_string(thread.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    Duration::from_nanos(threads.filter_map(|thread| spent(thread.ok()?)).sum())
}

/// Prints the medians, and how they compare to others.
fn say(what: &str, all: &[Took], base: Option<Took>) -> Took {
    let wall = median(all.iter().map(|took| took.wall));
    let cpu = median(all.iter().map(|took| took.cpu));
    let ratio = base.map(|base| {
        let (wall, cpu) = (wall.as_secs_f64() / base.wall.as_secs_f64(), cpu.as_secs_f64() / base.cpu.as_secs_f64());
        format!("   {wall:.2}x wall, {cpu:.2}x CPU")
    });
    println!("{what:<40} {:>8.1} ms wall {:>8.1} ms CPU{}", ms(wall), ms(cpu), ratio.unwrap_or_default());
    Took { wall, cpu }
}

fn median(all: impl Iterator<Item = Duration>) -> Duration {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all[all.len() / 2]
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
