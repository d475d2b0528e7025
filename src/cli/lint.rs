//! `promptreg lint`: judges the files of a registry.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{
    app,
    domain::{Diagnostic, Level, nearest},
    files::Loaded,
    lint, report,
};
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Judge the registry's files
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg lint\n  promptreg lint prompts/support --format json\n  \
    promptreg lint --base main    judges what changed since `main`\n  \
    promptreg lint --fix          mends what needs no decision\n  \
    promptreg lint --explain unpinned-partial\n\n\
    A fix is made only where nothing else is found afterwards, and never in what a version on the default branch says.\n\n\
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
    /// Mend the files where that is mechanical, and judge what is left
    #[arg(long)]
    fix: bool,
    /// Print why a rule exists and what to do, and judge nothing
    #[arg(long, value_name = "RULE", conflicts_with_all = ["paths", "format", "base", "fix"])]
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
    let base = arguments.base.as_deref();
    let wanted = wanted(&root, &arguments.paths, base.is_some())?;
    let is_wanted = |path: &str| wanted.is_empty() || wanted.iter().any(|folder| is_within(path, folder));
    let waiting = terminal.waiting("reading and judging");
    let fixes = arguments.fix.then(|| fix(&root, base, is_wanted)).transpose()?;
    let (loaded, mut diagnostics) = judge(&root, base)?;
    drop(waiting);
    let mut failed = Vec::new();
    if let Some(done) = fixes {
        tell(&done, arguments.format, terminal)?;
        failed = done.failed;
    }
    diagnostics.retain(|found| is_wanted(&found.place.path));
    print(arguments.format, &loaded, &diagnostics, terminal)?;
    let mut failed = failed.into_iter().map(Failure::App).peekable();
    while let Some(failure) = failed.next() {
        // The last one is told by who called.
        if failed.peek().is_none() {
            return Err(failure);
        }
        terminal.error(&failure);
    }
    let errors = diagnostics.iter().any(|found| found.severity == Level::Error);
    // The process ends now, which frees all of it at once.
    std::mem::forget(loaded);
    Ok(if errors { Outcome::Findings } else { Outcome::Clean })
}

/// What is found in the registry, or in a change of it.
fn judge(root: &Path, base: Option<&str>) -> Result<(Loaded, Vec<Diagnostic>), Failure> {
    let (loaded, found);
    if let Some(reference) = base {
        let base;
        (loaded, base) = app::load_change(root, reference)?;
        found = lint::lint_change(&loaded, &base);
    } else {
        loaded = app::load_folder(root)?;
        found = lint::lint(&loaded);
    }
    Ok((loaded, found))
}

/// Mends the wanted files; of a change those that differ.
fn fix(root: &Path, base: Option<&str>, is_wanted: impl Fn(&str) -> bool) -> Result<app::Fixes, Failure> {
    let change = base.map(|reference| app::load_change(root, reference)).transpose()?;
    let differs = |path: &str| change.as_ref().is_none_or(|(_, base)| base.changed.contains(path));
    Ok(app::fix(root, app::load_folder(root)?, |path| is_wanted(path) && differs(path))?)
}

/// Prints what was fixed and what was not: before the findings for people, beside them for programs.
fn tell(done: &app::Fixes, format: Format, terminal: &mut Terminal) -> Result<(), Failure> {
    let mut said = String::new();
    for (one, why) in
        done.fixed.iter().map(|one| (one, None)).chain(done.refused.iter().map(|(one, why)| (one, Some(why))))
    {
        let app::Fixed { path, line, rule, title } = one;
        match why {
            None => said.push_str(&format!("fixed[{rule}] {path}:{line}: {title}\n")),
            Some(why) => said.push_str(&format!("not fixed[{rule}] {path}:{line}: {title}: {why}\n")),
        }
    }
    if format == Format::Human {
        let apart = if said.is_empty() { "" } else { "\n" };
        write!(terminal.out(), "{said}{apart}")?;
    } else {
        write!(terminal.aside(), "{said}")?;
    }
    Ok(())
}

fn print(format: Format, loaded: &Loaded, diagnostics: &[Diagnostic], terminal: &mut Terminal) -> Result<(), Failure> {
    let format = match format {
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
    let text = report::render(format, diagnostics, &|path| lint::source(loaded, path), &style);
    Ok(terminal.out().write_all(text.as_bytes())?)
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
