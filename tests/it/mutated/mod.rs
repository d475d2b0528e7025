//! A thousand files of a registry as accidents and malice leave them: every verb answers, within bounds.

mod amplified;
mod mutate;

use crate::{harness::binary, repository::Fixture};
use mutate::{Dice, mutate};
use promptreg::{
    app::TEMPLATE_FILES,
    domain::{Location, locate},
};
use std::{
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
};

/// How many files are broken.
const FILES: usize = 1_000;
/// How many of the files of a registry are broken together: more, and they would hide each other.
const TOGETHER: usize = 100;
/// The most memory that a verb may ask for, in KiB, code and stacks included.
const MEMORY: usize = 400 << 10;
/// A verb over many files that takes longer hangs, and is killed.
const SECONDS: usize = 60;

/// A registry of the template's files, `TOGETHER` of them mutated one to four times; prompts are there many times, each
/// time under another name, so that there are enough.
fn broken(round: usize, dice: &mut Dice) -> Fixture {
    let registry = Fixture::new();
    let files: Vec<_> =
        TEMPLATE_FILES.iter().filter_map(|(path, bytes)| Some((locate(path).ok()??, *path, *bytes))).collect();
    for (_, path, bytes) in &files {
        registry.write(path, bytes);
    }
    registry.commit("The template");
    for i in 0..TOGETHER {
        let (location, path, bytes) = &files[dice.roll(files.len())];
        let mut mutated = bytes.to_vec();
        for _ in 0..=dice.roll(4) {
            mutated = mutate(&mutated, dice);
        }
        let path = match location {
            Location::Prompt(..) | Location::Version(..) => {
                let (folder, file) = path.rsplit_once('/').unwrap();
                let name = format!("{folder}-{round}-{i}");
                let prompt = files.iter().find(|(_, path, _)| *path == format!("{folder}/prompt.yaml")).unwrap().2;
                registry.write(&format!("{name}/prompt.yaml"), prompt);
                format!("{name}/{file}")
            }
            _ => (*path).to_owned(),
        };
        registry.write(&path, mutated);
    }
    registry
}

/// Runs a verb within the memory and so many seconds, and answers its exit code, or what else ended it.
fn run(folder: &Path, verb: &[&str], seconds: usize) -> Result<i32, String> {
    let limited = format!("ulimit -v {MEMORY}; exec timeout --signal=KILL {seconds} \"$0\" \"$@\"");
    let inner = binary(folder);
    let mut command = Command::new("bash");
    command.args(["-c", &limited]).arg(inner.get_program()).args(verb).current_dir(folder);
    command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Addresses are asked for in small pieces: the limit is one of addresses, and the gigabyte at a time that is usual
    // would be no memory yet.
    command.env("MIMALLOC_ARENA_RESERVE", "16MiB").env("MALLOC_ARENA_MAX", "1");
    let mut output = tempfile::tempfile().unwrap();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output.try_clone().unwrap()).spawn().unwrap();
    let status = child.wait().unwrap();
    let mut said = String::new();
    std::io::Seek::rewind(&mut output).unwrap();
    output.read_to_string(&mut said).unwrap();
    match status.code() {
        Some(code) if !said.contains("panicked at") => Ok(code),
        _ => Err(format!("{status}: {said}")),
    }
}

#[test]
fn a_thousand_broken_files_are_judged_within_bounds() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..FILES / TOGETHER {
        let registry = broken(round, &mut dice);
        let folder = registry.path();
        for format in ["human", "json", "sarif", "github"] {
            let ended = run(&folder, &["lint", "--format", format], SECONDS);
            assert_eq!(ended, Ok(1), "round {round}");
        }
        for verb in [&["fmt", "--check"][..], &["list", "--work-tree"], &["show", "house-tone", "--work-tree"]] {
            let ended = run(&folder, verb, SECONDS);
            assert!(ended.as_ref().is_ok_and(|code| *code < 4), "round {round}, {verb:?}: {ended:?}");
        }
        registry.commit("Broken");
        let ended = run(&folder, &["sync"], SECONDS);
        assert!(ended.as_ref().is_ok_and(|code| *code < 2), "round {round}, sync: {ended:?}");
    }
}
