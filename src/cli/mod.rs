//! The door for people: the command line.

mod at_desk;
mod audit;
mod blame;
mod bump;
mod completions;
mod database;
mod decide;
mod demo;
mod diff;
mod doctor;
mod dry_run;
mod error;
mod export;
mod feedback;
mod fmt;
mod guard;
mod import;
mod init;
mod keys;
mod lint;
mod list;
mod listing;
mod log;
mod lsp;
mod merge;
mod moment;
mod new;
mod pin;
mod promote;
mod proposals;
mod reading;
mod render;
mod run;
mod run_there;
mod running;
mod search;
mod serve;
mod server;
mod settings;
mod show;
mod stream;
mod submit;
mod sync;
mod terminal;
mod token;
mod usage;
mod verify;
mod watch;

use self::{error::Failure, terminal::Terminal};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A Git-backed prompt registry: prompts are reviewed files, and what is served is what was approved.
#[derive(Debug, Parser)]
#[command(
    name = "promptreg",
    version,
    propagate_version = true,
    after_help = "What they are for:\n  \
        begin     demo, init, import, export, doctor, completions\n  \
        write     new, bump, lint, fmt, lsp\n  \
        read      list, search, show, render, diff, log, blame\n  \
        review    submit, proposals, approve, reject, withdraw, merge\n  \
        release   promote, deprecate, yank, revoke, restore, archive\n  \
        prove     verify, audit, keys\n  \
        report    usage, feedback\n  \
        operate   serve, run, sync, watch, token, guard\n\n\
        Exit codes: 0 clean, 1 findings or nothing found, 2 usage or settings, 3 could not do it.\n\nExamples:\n  \
        promptreg demo                      see it work\n  \
        promptreg init acme-prompts         start a registry of your own\n  \
        promptreg lint                      judge the files of the registry you are in\n  \
        promptreg serve                     hand out what was approved"
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Arguments),
    Init(init::Arguments),
    Lint(lint::Arguments),
    Fmt(fmt::Arguments),
    New(new::Arguments),
    Bump(bump::Arguments),
    List(list::Arguments),
    Search(search::Arguments),
    Show(show::Arguments),
    Render(render::Arguments),
    Diff(diff::Arguments),
    Log(log::Arguments),
    Blame(blame::Arguments),
    Submit(submit::Arguments),
    Proposals(proposals::Arguments),
    Approve(decide::Approve),
    Reject(decide::Reject),
    Withdraw(decide::Withdraw),
    Merge(merge::Arguments),
    Promote(promote::Promote),
    Deprecate(promote::Deprecate),
    Yank(promote::Yank),
    Revoke(promote::Revoke),
    Restore(promote::Restore),
    Archive(promote::Archive),
    Verify(verify::Arguments),
    Audit(audit::Arguments),
    Keys(keys::Arguments),
    Usage(usage::Arguments),
    Feedback(feedback::Arguments),
    Guard(guard::Arguments),
    Run(run::Arguments),
    Sync(sync::Arguments),
    Serve(serve::Arguments),
    Watch(watch::Arguments),
    Token(token::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Lsp(lsp::Arguments),
    Doctor(doctor::Arguments),
    Completions(completions::Arguments),
}

/// How a verb ended, where it did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Clean,
    /// Something was found that has to be mended.
    Findings,
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse_from(search::with_words_last(std::env::args_os().collect()));
    let mut terminal = Terminal::new();
    let done = match arguments.verb {
        Verb::Demo(arguments) => demo::run(&arguments, &mut terminal),
        Verb::Init(arguments) => init::run(&arguments, &mut terminal),
        Verb::Lint(arguments) => lint::run(&arguments, &mut terminal),
        Verb::Fmt(arguments) => fmt::run(&arguments, &mut terminal),
        Verb::New(arguments) => new::run(&arguments, &mut terminal),
        Verb::Bump(arguments) => bump::run(&arguments, &mut terminal),
        Verb::List(arguments) => list::run(&arguments, &mut terminal),
        Verb::Search(arguments) => search::run(&arguments, &mut terminal),
        Verb::Show(arguments) => show::run(&arguments, &mut terminal),
        Verb::Render(arguments) => render::run(&arguments, &mut terminal),
        Verb::Diff(arguments) => diff::run(&arguments, &mut terminal),
        Verb::Log(arguments) => log::run(&arguments, &mut terminal),
        Verb::Blame(arguments) => blame::run(&arguments, &mut terminal),
        Verb::Submit(arguments) => submit::run(&arguments, &mut terminal),
        Verb::Proposals(arguments) => proposals::run(&arguments, &mut terminal),
        Verb::Approve(arguments) => decide::approve(&arguments, &mut terminal),
        Verb::Reject(arguments) => decide::reject(&arguments, &mut terminal),
        Verb::Withdraw(arguments) => decide::withdraw(&arguments, &mut terminal),
        Verb::Merge(arguments) => merge::run(&arguments, &mut terminal),
        Verb::Promote(arguments) => promote::promote(&arguments, &mut terminal),
        Verb::Deprecate(arguments) => promote::deprecate(&arguments, &mut terminal),
        Verb::Yank(arguments) => promote::yank(&arguments, &mut terminal),
        Verb::Revoke(arguments) => promote::revoke(&arguments, &mut terminal),
        Verb::Restore(arguments) => promote::restore(&arguments, &mut terminal),
        Verb::Archive(arguments) => promote::archive(&arguments, &mut terminal),
        Verb::Verify(arguments) => verify::run(&arguments, &mut terminal),
        Verb::Audit(arguments) => audit::run(&arguments, &mut terminal),
        Verb::Keys(arguments) => keys::run(&arguments, &mut terminal),
        Verb::Usage(arguments) => usage::run(&arguments, &mut terminal),
        Verb::Feedback(arguments) => feedback::run(&arguments, &mut terminal),
        Verb::Guard(arguments) => guard::run(&arguments, &mut terminal),
        Verb::Run(arguments) => run::run(&arguments, &mut terminal),
        Verb::Sync(arguments) => sync::run(&arguments, &mut terminal),
        Verb::Serve(arguments) => serve::run(&arguments, &mut terminal),
        Verb::Watch(arguments) => watch::run(&arguments, &mut terminal),
        Verb::Token(arguments) => token::run(&arguments, &mut terminal),
        Verb::Export(arguments) => export::run(&arguments, &mut terminal),
        Verb::Import(arguments) => import::run(&arguments, &mut terminal),
        Verb::Lsp(arguments) => lsp::run(&arguments),
        Verb::Doctor(arguments) => doctor::run(&arguments, &mut terminal),
        Verb::Completions(arguments) => completions::run::<Arguments>(&arguments, &mut terminal),
    };
    match done {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        // Whoever reads our output has stopped, which is no failure of ours.
        Err(Failure::Print(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.error(&failure);
            failure.code()
        }
    }
}
