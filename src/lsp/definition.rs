//! Definition: where what the word under the cursor names is written.

use super::{
    found::{self, Found},
    outline::{Name, Outline},
    requests::Desk,
    spot::Spot,
    tag::Form,
    thing::{self, Thing},
};
use crate::domain::Span;
use lsp_types::Location;

/// The place to go to; `None` where the word leads nowhere.
pub(super) fn definition(spot: &Spot<'_>) -> Option<Location> {
    let found = match spot.tag() {
        Some(tag) => {
            let word = spot.outline.slice(tag.word);
            match tag.form {
                Form::Partial => found::find(spot, Thing::Partial, word)?,
                Form::Value | Form::Argument => variable(spot, word)?,
                Form::Block => return None,
            }
        }
        None => found::find(spot, thing::under(spot)?, spot.word())?,
    };
    location(spot.desk, &found)
}

fn variable(spot: &Spot<'_>, word: &str) -> Option<Found> {
    let mut names = word.split('.');
    let first = names.next()?;
    let Some(workflow) = spot.workflow() else { return found::find(spot, Thing::Variable, first) };
    let name = names.next()?;
    let path = match first {
        "input" => vec!["input_schema".to_owned(), "properties".to_owned(), name.to_owned()],
        "outputs" => {
            let step = workflow.steps.iter().position(|step| step.output_key.as_deref() == Some(name))?;
            vec!["steps".to_owned(), step.to_string()]
        }
        _ => return None,
    };
    Some(Found { location: spot.location.clone(), path, page: String::new() })
}

fn location(desk: &Desk<'_>, found: &Found) -> Option<Location> {
    let path = found.location.to_string();
    // As it is open, else as it is on disk.
    let text = match desk.folder.open(&path) {
        Some(open) => &*open.text,
        None => &*desk.known.documents.get(path.as_str())?.text,
    };
    let names: Vec<&str> = found.path.iter().map(String::as_str).collect();
    let outline = Outline::new(found.location.kind(), text);
    let span = outline.find(&names).map_or(Span::default(), |entry| match entry.name {
        Name::Key(span) => span,
        Name::Item(_, at) => Span::new(at, at),
    });
    let range = super::lines::Lines::new(text, desk.client.unit).range(span);
    Some(Location { uri: desk.folder.uri(&path)?, range })
}
