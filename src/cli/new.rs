//! `promptreg new`: the first file of a new thing.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{app, domain::Kind};
use std::io::Write as _;

/// Write the first file of a new prompt, workflow, model profile, …
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg new prompt support/summarize-ticket\n  promptreg new model fast\n  \
    promptreg new workflow triage")]
pub(super) struct Arguments {
    /// What to make
    #[arg(value_enum)]
    kind: What,
    /// Its name; a prompt's may have its collection before it
    name: String,
    #[command(flatten)]
    registry: RegistryFlag,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    Prompt,
    Collection,
    Workflow,
    Model,
    Hook,
    Client,
    User,
    Role,
    Policy,
}

impl From<What> for Kind {
    fn from(what: What) -> Self {
        match what {
            What::Prompt => Self::Prompt,
            What::Collection => Self::Collection,
            What::Workflow => Self::Workflow,
            What::Model => Self::Model,
            What::Hook => Self::Hook,
            What::Client => Self::Client,
            What::User => Self::User,
            What::Role => Self::Role,
            What::Policy => Self::Policy,
        }
    }
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let root = arguments.registry.root()?;
    for path in app::new_file(&root, arguments.kind.into(), &arguments.name)? {
        writeln!(terminal.out(), "wrote {}", path.strip_prefix(&root).unwrap_or(&path).display())?;
    }
    writeln!(terminal.out(), "fill it in, and let `promptreg lint` judge it")?;
    Ok(Outcome::Clean)
}
