//! Writes a registry of many versions into a folder, with its history.
//!
//! `cargo bench --bench generate -- DIR [VERSIONS] [--commits N] [--no-merges] [--tests] [--bare]`: a fifth as many
//! prompts and commits as versions unless told otherwise, a third of the commits merges.
#![expect(clippy::print_stderr, reason = "a bench is run by people")]

mod generated;

use generated::{Size, VERSIONS};
use std::{error::Error, path::Path, process::ExitCode};

const USAGE: &str =
    "usage: cargo bench --bench generate -- DIR [VERSIONS] [--commits N] [--no-merges] [--tests] [--bare]";

fn main() -> ExitCode {
    // `cargo bench` adds `--bench` to what it is given.
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (folder, size) = match read(arguments) {
        Ok(read) => read,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match generated::write(Path::new(&folder), size) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<(String, Size), Box<dyn Error>> {
    let mut size = Size { versions: 10_000, commits: 0, merges: true, tests: false, bare: false };
    let (mut commits, mut plain) = (None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--commits" => commits = Some(arguments.next().ok_or("--commits wants a number")?.parse()?),
            "--merges" => size.merges = true,
            "--no-merges" => size.merges = false,
            "--tests" => size.tests = true,
            "--bare" => size.bare = true,
            other if other.starts_with("--") => return Err(format!("there is no {other}").into()),
            _ => plain.push(argument),
        }
    }
    let mut plain = plain.into_iter();
    let folder = plain.next().ok_or("where to?")?;
    if let Some(versions) = plain.next() {
        size.versions = versions.parse()?;
    }
    size.commits = commits.unwrap_or(size.versions / VERSIONS).max(1);
    Ok((folder, size))
}
