//! "Did you mean": the nearest of the names that there are.

use crate::{
    domain::{Edit, Fix, Span, nearest, slip},
    files::{self, Document},
};
use std::fmt::Display;

/// A sentence of help: the nearest name, else what there is, else how to make one.
pub(super) fn help<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, make: &str) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    match listing(known) {
        Some(list) => format!("there is {list}; {make}"),
        None => make.to_owned(),
    }
}

/// The fix of a name that is the slip of one letter away from exactly one that there is. The name stands once in `span`.
pub(super) fn respelling<'a>(
    document: &Document,
    span: Span,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<Fix> {
    let meant = slip(name, known)?;
    let written = document.text.get(span.start..span.end)?;
    let mut places = written.match_indices(name);
    let (at, _) = places.next().filter(|_| places.next().is_none())?;
    let start = span.start + at;
    let edit = match written == name {
        true => files::rewrite(&document.text, span, meant)?,
        false => Edit { span: Span::new(start, start + name.len()), text: meant.to_owned() },
    };
    Some(Fix { title: format!("write `{meant}`"), edits: vec![edit] })
}

/// Up to eight names in backticks; `None` where there are none.
pub(super) fn listing<T: Display>(names: impl Iterator<Item = T>) -> Option<String> {
    let names: Vec<_> = names.take(9).map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        all if all.len() <= 8 => Some(all.join(", ")),
        many => Some(format!("{}, …", many[..8].join(", "))),
    }
}
