//! `promptreg render`: one version with an input put in.

use super::{Outcome, database::DatabaseFlag, error::Failure, reading::Reading, terminal::Terminal};
use crate::{
    app::{Query, Request},
    domain::{Content, Part, Selector},
};
use serde_json::{Map, Value};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Render one version with an input
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg render summarize-ticket --input ticket='My invoice is wrong.'\n  \
    promptreg render summarize-ticket:staging --input ticket=@ticket.txt --json\n  \
    promptreg render summarize-ticket@1.3.0 --work-tree --input-file input.json")]
pub(super) struct Arguments {
    /// NAME, NAME@1.2.0, NAME@^1, NAME:LABEL or NAME#sha256:…
    selector: Selector,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    database: DatabaseFlag,
    /// A variable's value; JSON where the variable is no text, and @FILE for the text of a file
    #[arg(long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
    /// A JSON file with the whole input
    #[arg(long, value_name = "FILE")]
    input_file: Option<PathBuf>,
    /// Print what the HTTP route answers
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let current = arguments.reading.pinned(&arguments.database, terminal)?;
    let query = Query::from(arguments.selector.clone());
    let (folder, number, _) = current.find(&query).map_err(crate::app::Error::from)?;
    let variables = folder.versions.get(&number).map(|version| version.variables()).unwrap_or_default();
    let mut input = arguments.input_file.as_deref().map(read_object).transpose()?.unwrap_or_default();
    for given in &arguments.inputs {
        let (name, text) = given
            .split_once('=')
            .ok_or_else(|| Failure::Usage(format!("`--input {given}` has no `=`: write --input NAME=VALUE")))?;
        let text = match text.strip_prefix('@') {
            Some(path) => read(path)?,
            None => text.to_owned(),
        };
        let is_text =
            variables.iter().any(|variable| variable.name == name && variable.r#type.as_deref() == Some("string"));
        let value = if is_text { None } else { serde_json::from_str(&text).ok() };
        input.insert(name.to_owned(), value.unwrap_or(Value::String(text)));
    }
    let rendered = current.render(&query, Request { input, messages: Vec::new() })?;
    if arguments.json {
        terminal.json(&rendered)?;
        return Ok(Outcome::Clean);
    }
    for (i, message) in rendered.messages.iter().enumerate() {
        let gap = if i == 0 { "" } else { "\n" };
        writeln!(terminal.out(), "{gap}\u{1b}[2m── {}\u{1b}[0m\n{}", message.role, text_of(&message.content))?;
    }
    Ok(Outcome::Clean)
}

/// The text of a message for people.
pub(super) fn text_of(content: &Content) -> String {
    let text = match content {
        Content::Text(text) => text.clone(),
        Content::Parts(parts) => {
            let texts = parts.iter().map(|part| match part {
                Part::Text { text } => text.clone(),
                Part::Media { media } => format!("[{}]\n", media.url),
                Part::Pending { .. } => "[to be filled in by the caller]\n".to_owned(),
            });
            texts.collect()
        }
    };
    text.trim_end_matches('\n').to_owned()
}

fn read(path: &str) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_owned(), source })
}

fn read_object(path: &Path) -> Result<Map<String, Value>, Failure> {
    let path = path.display().to_string();
    serde_json::from_str(&read(&path)?).map_err(|error| Failure::Usage(format!("{path} is no JSON object: {error}")))
}
