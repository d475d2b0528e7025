//! Writes a registry of many versions into a folder: `cargo bench --bench generate -- DIR [VERSIONS] [--tests]`.
#![expect(clippy::print_stderr, reason = "a bench is run by people")]

mod generated;

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    // `cargo bench` adds `--bench` to what it is given.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let tests = arguments.iter().any(|argument| argument == "--tests");
    let mut plain = arguments.iter().filter(|argument| !argument.starts_with("--"));
    let Some(folder) = plain.next() else {
        eprintln!("usage: cargo bench --bench generate -- DIR [VERSIONS] [--tests]");
        return ExitCode::from(2);
    };
    let versions = plain.next().map_or(Ok(10_000), |number| number.parse());
    let written = match versions {
        Ok(versions) => generated::write(Path::new(folder), generated::Size { versions, tests }),
        Err(error) => Err(std::io::Error::other(error)),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}
