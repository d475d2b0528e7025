//! Gaps: what a wide schema does not cover of a narrow one, and the sentences for those whom it concerns.

use super::kinds::Kinds;
use serde_json::Value;

/// What is not covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// The wide schema accepts nothing here.
    Nothing,
    /// It takes other kinds of values.
    Kinds { takes: Kinds, beyond: Kinds },
    /// It does not take these values, as they are shown.
    Values(Vec<String>),
    /// It takes listed values only, and the narrow one does not list any.
    Listed,
    /// It needs this property.
    Required(String),
    /// It refuses this property.
    Refused(String),
    /// It says something about undeclared properties that the narrow one does not hold to; whether it refuses them.
    Open { refuses: bool },
    /// A condition such as `maxLength: 20`.
    Condition(String),
    /// A keyword whose two values cannot be compared.
    Differs(String),
    /// The comparison would take too long.
    Intricate,
}

impl What {
    /// Whether two are about the same side of a value, whatever they say of it.
    pub(super) fn is_about_the_same(&self, other: &Self) -> bool {
        let keyword = |what: &Self| match what {
            Self::Condition(text) | Self::Differs(text) => text.split(':').next().map(str::to_owned),
            _ => None,
        };
        std::mem::discriminant(self) == std::mem::discriminant(other) && keyword(self) == keyword(other)
    }
}

/// A place where a wide schema does not cover a narrow one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) what: What,
    /// The names that lead to what it is about, `[]` for the items of a list; none for the whole.
    pub(super) about: Vec<String>,
    /// The pointer into the wide document.
    pub(super) wide: String,
    /// The pointer into the narrow document.
    pub(super) narrow: String,
}

/// Who is told of a gap: what the wide schema does to the narrow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The wide one is given what the narrow one accepts.
    Plain,
    /// The new schema, which is the wide one, is given what suited the old one.
    TakesLess,
    /// The old schema, which is the wide one, would not have taken what the new one takes.
    TakesMore,
    /// Who reads what the new schema lets through knows only the old one, which is the wide one.
    GivesMore,
    /// What the old schema let through no longer comes.
    GivesLess,
}

/// A value, short enough for a sentence.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut line: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        line.push('…');
    }
    line
}

/// Names that lead somewhere, as `customer.phones[]`.
pub(super) fn path(names: &[String]) -> String {
    let mut path = String::new();
    for name in names {
        let dot = if path.is_empty() || name.starts_with('[') { "" } else { "." };
        path.push_str(dot);
        path.push_str(&shown(&Value::from(name.as_str())));
    }
    path
}

/// Values in a row, the first few of them.
fn row(values: &[String], or: &str) -> String {
    let quoted: Vec<String> = values.iter().take(5).map(|value| format!("`{value}`")).collect();
    match (values.len(), quoted.as_slice()) {
        (6.., _) => format!("{} {or} {} others", quoted.join(", "), values.len() - 5),
        (_, [some @ .., last]) if !some.is_empty() => format!("{} {or} {last}", some.join(", ")),
        _ => quoted.concat(),
    }
}

impl Gap {
    /// The sentence about this gap; `whole` is what it is about where it names nothing, such as `the input`.
    pub(super) fn told(&self, told: Told, whole: &str) -> String {
        let about = if self.about.is_empty() { whole.to_owned() } else { format!("`{}`", path(&self.about)) };
        match &self.what {
            What::Nothing => nothing(told, &about),
            What::Kinds { takes, beyond } => kinds(told, &about, *takes, *beyond),
            What::Values(values) => listed(told, &about, values),
            What::Listed => match told {
                Told::Plain => format!("{about} takes listed values only, and others may be given"),
                Told::TakesLess => format!("{about} takes listed values only now"),
                Told::TakesMore => format!("{about} takes more than listed values now"),
                Told::GivesMore => format!("{about} may be more than the listed values now"),
                Told::GivesLess => format!("{about} is one of the listed values only now"),
            },
            What::Required(_) => required(told, &format!("`{}`", path(&self.names()))),
            What::Refused(_) => refused(told, &format!("`{}`", path(&self.names()))),
            What::Open { refuses } => open(told, &about, *refuses),
            What::Condition(condition) => match told {
                Told::Plain => format!("{about} must satisfy `{condition}`, and what is given need not"),
                Told::TakesLess => format!("{about} must satisfy `{condition}` now"),
                Told::TakesMore | Told::GivesMore => format!("{about} need not satisfy `{condition}` any more"),
                Told::GivesLess => format!("{about} always satisfies `{condition}` now"),
            },
            What::Differs(keyword) => match told {
                Told::Plain => format!("it cannot be shown that {about} takes all that may be given, by `{keyword}`"),
                Told::TakesLess => format!("it cannot be shown that {about} takes all it took: `{keyword}` changed"),
                Told::TakesMore => format!("{about} may take more than it took: `{keyword}` changed"),
                Told::GivesMore => {
                    format!("it cannot be shown that {about} is never more than it was: `{keyword}` changed")
                }
                Told::GivesLess => format!("{about} may be less than it was: `{keyword}` changed"),
            },
            What::Intricate => format!("the schemas of {about} are too intricate to be compared"),
        }
    }

    /// The names that lead to what it is about, with that of the property that it needs or refuses.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = self.about.clone();
        if let What::Required(name) | What::Refused(name) = &self.what {
            names.push(name.clone());
        }
        names
    }
}

fn nothing(told: Told, about: &str) -> String {
    match told {
        Told::Plain => format!("{about} takes nothing at all"),
        Told::TakesLess => format!("{about} takes nothing at all now"),
        Told::TakesMore => format!("{about} may be given now"),
        Told::GivesMore => format!("{about} may come now"),
        Told::GivesLess => format!("{about} never comes any more"),
    }
}

fn kinds(told: Told, about: &str, takes: Kinds, beyond: Kinds) -> String {
    match told {
        Told::Plain => format!("{about} takes {takes} only, and {beyond} may be given"),
        Told::TakesLess => format!("{about} takes {takes} only, not {beyond}"),
        Told::TakesMore => format!("{about} takes {beyond} too"),
        Told::GivesMore => format!("{about} may be {beyond} now, not {takes} only"),
        Told::GivesLess => format!("{about} is {takes} only now, never {beyond}"),
    }
}

fn listed(told: Told, about: &str, values: &[String]) -> String {
    let (and, or) = (row(values, "and"), row(values, "or"));
    match told {
        Told::Plain => format!("{about} does not take {or}, which may be given"),
        Told::TakesLess => format!("{about} no longer takes {or}"),
        Told::TakesMore => format!("{about} takes {and} too"),
        Told::GivesMore => format!("{about} may be {or} now"),
        Told::GivesLess => format!("{about} is never {or} any more"),
    }
}

fn required(told: Told, name: &str) -> String {
    match told {
        Told::Plain => format!("{name} is required, and need not be given"),
        Told::TakesLess => format!("{name} is required now"),
        Told::TakesMore => format!("{name} is optional now"),
        Told::GivesMore => format!("{name} may be missing now"),
        Told::GivesLess => format!("{name} is always there now"),
    }
}

fn refused(told: Told, name: &str) -> String {
    match told {
        Told::Plain => format!("{name} is refused, and may be given"),
        Told::TakesLess => format!("{name} is refused now"),
        Told::TakesMore => format!("{name} is accepted now"),
        Told::GivesMore => format!("{name} may come now"),
        Told::GivesLess => format!("{name} never comes any more"),
    }
}

fn open(told: Told, about: &str, refuses: bool) -> String {
    let keys = if refuses { "keys that are not declared" } else { "some keys that are not declared" };
    match told {
        Told::Plain => format!("{about} refuses {keys}, and they may be given"),
        Told::TakesLess => format!("{about} refuses {keys} now"),
        Told::TakesMore => format!("{about} takes {keys} now"),
        Told::GivesMore => format!("{about} may have {keys} now"),
        Told::GivesLess => format!("{about} never has {keys} any more"),
    }
}
