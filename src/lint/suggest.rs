//! "Did you mean": the nearest of the names that there are.

use crate::domain::nearest;
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

/// Up to eight names in backticks; `None` where there are none.
pub(super) fn listing<T: Display>(names: impl Iterator<Item = T>) -> Option<String> {
    let names: Vec<_> = names.take(9).map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        all if all.len() <= 8 => Some(all.join(", ")),
        many => Some(format!("{}, …", many[..8].join(", "))),
    }
}
