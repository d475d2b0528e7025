//! `promptreg lint`: judges the files of a registry.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{
    app,
    domain::{Level, nearest},
    lint, report,
};
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Judge the registry's files
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg lint\n  promptreg lint prompts/support --format json\n  \
    promptreg lint --base main\n  promptreg lint --base origin/main --format github\n  \
    promptreg lint --explain unpinned-partial\n\n\
    With --base the files are judged as a change of what REF approved: versions that were approved and are changed or \
    removed, numbers that do not fit, and contracts that break are found too. What was wrong already where the change \
    began, in files that it leaves alone, is left out. In CI fetch the whole history first (`fetch-depth: 0`).")]
pub(super) struct Arguments {
    #[command(flatten)]
    registry: RegistryFlag,
    /// Only what is found in these files and folders (everything is read all the same)
    paths: Vec<PathBuf>,
    /// Judge the change since the files parted from REF: a branch, `origin/main`, a tag, HEAD or a commit's id
    /// (no `HEAD^`). What is on REF counts as approved
    #[arg(long, value_name = "REF")]
    base: Option<String>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print why a rule exists and what to do, and judge nothing
    #[arg(long, value_name = "RULE", conflicts_with_all = ["paths", "format", "base"])]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Annotated snippets for people
    #[default]
    Human,
    /// One JSON object a line
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    if let Some(rule) = &arguments.explain {
        return explain(rule, terminal);
    }
    let root = arguments.registry.root()?;
    let waiting = terminal.waiting("reading and judging");
    let (loaded, mut diagnostics) = match &arguments.base {
        None => {
            let loaded = app::load_folder(&root)?;
            let found = lint::lint(&loaded);
            (loaded, found)
        }
        Some(reference) => {
            let (loaded, base) = app::load_change(&root, reference)?;
            let found = lint::lint_change(&loaded, &base);
            (loaded, found)
        }
    };
    drop(waiting);
    let wanted = wanted(&root, &arguments.paths, arguments.base.is_some())?;
    if !wanted.is_empty() {
        diagnostics.retain(|found| wanted.iter().any(|path| is_within(&found.place.path, path)));
    }
    let format = match arguments.format {
        Format::Human => report::Format::Human,
        Format::Json => report::Format::Json,
        Format::Sarif => report::Format::Sarif,
        Format::Github => report::Format::Github,
    };
    let rules: Vec<_> = lint::RULES
        .iter()
        .map(|rule| report::RuleInfo {
            name: rule.name,
            summary: rule.summary,
            explanation: rule.explanation,
            default: rule.default,
        })
        .collect();
    let style = report::Style { color: terminal.has_colours(), rules: &rules, ..report::Style::default() };
    let text = report::render(format, &diagnostics, &|path| lint::source(&loaded, path), &style);
    terminal.out().write_all(text.as_bytes())?;
    let errors = diagnostics.iter().any(|found| found.severity == Level::Error);
    Ok(if errors { Outcome::Findings } else { Outcome::Clean })
}

fn explain(rule: &str, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let Some(text) = lint::explain(rule) else {
        let names = || lint::RULES.iter().map(|rule| rule.name);
        let help = match nearest(rule, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        return Err(Failure::Usage(format!("there is no rule `{rule}`: {help}")));
    };
    writeln!(terminal.out(), "{text}")?;
    Ok(Outcome::Clean)
}

/// The paths as the registry writes them. A change may have removed some: those need not be there.
fn wanted(root: &Path, paths: &[PathBuf], may_be_gone: bool) -> Result<Vec<String>, Failure> {
    let relative = |path: &PathBuf| {
        let absolute = match path.canonicalize() {
            Err(error) if may_be_gone && error.kind() == io::ErrorKind::NotFound => gone(path),
            found => found,
        };
        let absolute = absolute.map_err(|source| Failure::Read { path: path.display().to_string(), source })?;
        let inside = absolute
            .strip_prefix(root)
            .map_err(|_| Failure::Usage(format!("{} is not in the registry at {}", path.display(), root.display())))?;
        Ok(inside.to_string_lossy().replace('\\', "/"))
    };
    paths.iter().map(relative).collect()
}

/// The absolute path of what is not there, by the nearest folder above that is.
fn gone(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let above = absolute.ancestors().find_map(|above| Some((above.canonicalize().ok()?, above)));
    match above {
        Some((real, above)) => Ok(absolute.strip_prefix(above).map(|rest| real.join(rest)).unwrap_or(real)),
        None => Ok(absolute),
    }
}

fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
