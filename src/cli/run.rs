//! `promptreg run`: a workflow, once.

use super::{
    Outcome, dry_run,
    error::Failure,
    reading::Reading,
    run_there, running,
    serve::{run_to_end, stopped},
    settings::ServerFile,
    terminal::Terminal,
};
use crate::{
    app::{App, Current, RunAsked, RunFault, RunItem, RunProgress, StepItem},
    domain::{RunStatus, StepStatus, WorkflowName, clean},
};
use serde_json::{Map, Value};
use std::{
    fs,
    io::{self, Read as _, Write},
    sync::Arc,
};

/// The most bytes of an input.
const INPUT_BYTES: u64 = 1 << 20;

/// Run a workflow once
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg run triage --input ticket='Where is my parcel?'\n  \
    promptreg run triage --input input.json --json\n  \
    jq .ticket mail.json | promptreg run triage --input -\n  \
    promptreg run triage --input ticket=@mail.txt --dry-run\n  \
    promptreg run triage --input ticket=hello --server http://127.0.0.1:8484\n\n\
    With --server the server runs it and records what it does; without, it runs here and nothing is recorded. Only workflows run \
    that are published on the default branch; --dry-run renders any, of any state. Standard output is what the workflow puts out, \
    as JSON; the steps are told on standard error. A run that does not succeed exits with 3.")]
pub(super) struct Arguments {
    /// The workflow
    pub name: WorkflowName,
    #[command(flatten)]
    pub reading: Reading,
    /// A field's value, NAME=VALUE: JSON where it can be read as that, else text, and NAME=@FILE the text of a file; or a file
    /// with all of the input as JSON, - for standard input
    #[arg(long = "input", value_name = "NAME=VALUE|FILE|-")]
    pub inputs: Vec<String>,
    /// Render all that can be rendered, and ask no model
    #[arg(long)]
    pub dry_run: bool,
    /// Print the whole run as JSON, with its steps
    #[arg(long)]
    pub json: bool,
    /// Have this server run it [env: PROMPTREG_TOKEN, with a token]
    #[arg(long, value_name = "URL", conflicts_with_all = ["dry_run", "ref", "at", "work_tree"])]
    pub server: Option<String>,
    /// Start it once on the server, however often it is asked for under this key
    #[arg(long, value_name = "KEY", requires = "server")]
    pub key: Option<String>,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    if let Some(url) = &arguments.server {
        let input = input(&arguments.inputs, None)?;
        return run_there::run(arguments, url, input, terminal);
    }
    let file = ServerFile::read(None)?;
    if arguments.dry_run {
        let state = arguments.reading.state(terminal)?;
        let input = input(&arguments.inputs, schema(&state, &arguments.name))?;
        let dry = state.dry_run(&arguments.name, input, running::default_model(&file)?.as_ref())?;
        return dry_run::print(&dry, arguments.json, terminal);
    }
    let reading = terminal.waiting("reading the registry");
    let app = Arc::new(arguments.reading.upstream()?);
    drop(reading);
    let input = input(&arguments.inputs, schema(&app.current(), &arguments.name))?;
    run_here(arguments, &file, (app, input), terminal)
}

fn schema<'a>(state: &'a Current, name: &WorkflowName) -> Option<&'a Value> {
    state.registry.workflows.get(name)?.input_schema.as_ref()
}

/// Runs a workflow of what is live: of a clone, the branch as its remote has it.
fn run_here(
    arguments: &Arguments,
    file: &ServerFile,
    (app, input): (Arc<App>, Map<String, Value>),
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let (settings, model) = (running::settings(file)?, running::model(file, |_| true));
    let asked = RunAsked { input, ..RunAsked::default() };
    let waiting = terminal.waiting("running");
    let mut say = |progress: RunProgress<'_>| match progress {
        RunProgress::Begins(step, place, count) => {
            waiting.say(&format!("{} ({} of {count})", clean(step), place + 1));
        }
        // Who cannot be told of a step is told how the run ended.
        RunProgress::Ended(step) => drop(waiting.aside(|| tell(&step, terminal.aside()))),
    };
    let ran = run_to_end(async {
        tokio::select! {
            ran = app.run_once(&arguments.name, asked, (&settings, model), &mut say) => Ok(ran?),
            () = stopped() => Err(Failure::Run("the run was stopped".to_owned())),
        }
    });
    drop(waiting);
    print(&ran?, arguments.json, terminal)
}

/// Reads the input: whole files first, in which single fields are then set. A field that `schema` calls a text is one.
fn input(given: &[String], schema: Option<&Value>) -> Result<Map<String, Value>, Failure> {
    let (fields, files): (Vec<&String>, Vec<&String>) = given.iter().partition(|given| given.contains('='));
    let mut input = Map::new();
    for file in files {
        let text = read(file)?;
        let value: Map<String, Value> = serde_json::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{file} is no JSON object with the input: {error}")))?;
        input.extend(value);
    }
    for (name, value) in fields.into_iter().filter_map(|given| given.split_once('=')) {
        let text = match value.strip_prefix('@') {
            Some(file) => read(file)?,
            None => value.to_owned(),
        };
        let is_text = schema.is_some_and(|schema| schema["properties"][name]["type"] == "string");
        let value = if is_text { None } else { serde_json::from_str(&text).ok() };
        input.insert(name.to_owned(), value.unwrap_or(Value::String(text)));
    }
    Ok(input)
}

fn read(path: &str) -> Result<String, Failure> {
    let failed = |source| Failure::Read { path: path.to_owned(), source };
    let mut text = String::new();
    match path {
        "-" => io::stdin().take(INPUT_BYTES + 1).read_to_string(&mut text).map_err(failed)?,
        path => {
            let file = fs::File::open(path).map_err(failed)?;
            file.take(INPUT_BYTES + 1).read_to_string(&mut text).map_err(failed)?
        }
    };
    if text.len() as u64 > INPUT_BYTES {
        return Err(Failure::Usage(format!("{path} is longer than {INPUT_BYTES} bytes")));
    }
    Ok(text)
}

/// Tells of a step that has ended.
pub(super) fn tell(step: &StepItem, to: &mut impl Write) -> io::Result<()> {
    let mark = match step.status {
        StepStatus::Succeeded => "\u{1b}[32m✓\u{1b}[0m",
        StepStatus::Skipped => "\u{1b}[2m-\u{1b}[0m",
        StepStatus::Failed | StepStatus::TimedOut => "\u{1b}[31m✗\u{1b}[0m",
    };
    let version = step.prompt.as_deref().zip(step.version.as_deref());
    let version = version.map(|(prompt, version)| format!("  {prompt}@{version}")).unwrap_or_default();
    let how = match step.status {
        StepStatus::Skipped => "  skipped".to_owned(),
        _ => {
            let time = step.finished_at.duration_since(step.started_at).as_secs_f64().max(0.0);
            format!("  {time:.1} s")
        }
    };
    let tries = if step.attempts > 1 { format!(", asked {} times", step.attempts) } else { String::new() };
    writeln!(to, "{mark} {}{}{how}{tries}", clean(&step.id), clean(&version))
}

/// Prints what a run put out; a run that did not succeed is a failure.
pub(super) fn print(run: &RunItem, is_json: bool, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    if is_json {
        terminal.json(run)?;
    }
    match (run.status, &run.output) {
        (RunStatus::Succeeded, output) => {
            if let Some(output) = output.as_ref().filter(|_| !is_json) {
                terminal.json(output)?;
            }
            Ok(Outcome::Clean)
        }
        (status, _) => Err(Failure::Run(ended(status, run.error.as_ref()))),
    }
}

fn ended(status: RunStatus, fault: Option<&RunFault>) -> String {
    let word = status.as_str().replace('_', " ");
    let Some(fault) = fault else { return format!("the run {word}") };
    let step = fault.step.as_ref().map(|step| format!("step `{}`: ", clean(step))).unwrap_or_default();
    let mut text = format!("the run {word}: {step}{}", clean(&fault.message));
    if let Some(detail) = &fault.detail {
        text += &format!(": {}", clean(detail));
    }
    for place in fault.errors.iter().filter(|place| !fault.message.contains(&place.message)) {
        text += &format!("\n  {}: {}", clean(&place.pointer), clean(&place.message));
    }
    text
}
