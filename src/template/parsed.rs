//! What the check of one text answers: faults with places, variables, partials and the helpers that make messages.

use crate::domain::Span;

/// What was found in one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// What is wrong, in the order of the text; at most 20.
    pub faults: Vec<TemplateFault>,
    /// Each use of a variable of the input, in the order of the text.
    pub variables: Vec<VariableUse>,
    /// Whether some place uses the input as a whole, such as `{{json this}}`: then every variable counts as used.
    pub whole_input: bool,
    /// Each inclusion, in the order of the text.
    pub partials: Vec<PartialUse>,
    /// Each call of a helper that makes messages or parts.
    pub markers: Vec<MarkerUse>,
    /// How many tags there are, comments and ends of blocks counted.
    pub tags: usize,
    /// How deep blocks are nested; each `else if` is one deeper.
    pub depth: usize,
}

impl Parsed {
    /// Whether a text, of which this was found, is one value and nothing else: `{{input.draft}}`.
    #[must_use]
    pub fn is_one_value(&self, text: &str) -> bool {
        let inner = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}"));
        let inner = inner.map(|inner| inner.trim_matches(['~', '{', '}', '&', ' ']));
        self.tags == 1 && inner.is_some() && inner == self.variables.first().map(|used| used.path.as_str())
    }
}

/// A fault of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// Where, in bytes of the text.
    pub span: Span,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// A use of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableUse {
    /// The variable: a property of the input.
    pub name: String,
    /// The path as it is written, such as `user.name` or `../language`.
    pub path: String,
    /// Where the path stands, in bytes of the text.
    pub span: Span,
    /// What it is used for.
    pub used: Use,
}

impl VariableUse {
    /// The names of the path from the input inwards: `outputs`, `summary` for `@root.outputs.[summary]`.
    ///
    /// The first is the variable; there is at least that one.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut rest = self.path.trim_start_matches("../").trim_start_matches("./");
        for word in ["@root", "this"] {
            rest = rest.strip_prefix(word).filter(|rest| rest.starts_with(['.', '/'])).unwrap_or(rest);
        }
        let mut names = Vec::new();
        loop {
            rest = rest.strip_prefix(['.', '/']).unwrap_or(rest);
            let (name, after) = match rest.strip_prefix('[') {
                Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
                None => rest.split_at(rest.find(['.', '/']).unwrap_or(rest.len())),
            };
            if name.is_empty() {
                return names;
            }
            names.push(name);
            rest = after;
        }
    }
}

/// What a variable is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Its text is printed.
    Output,
    /// `#if`, `#unless` or `#with` asks whether it is there.
    Condition,
    /// `#each` goes over it.
    Loop,
    /// A helper or a partial is given it.
    Argument,
}

/// An inclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialUse {
    /// The name in the text, to be found in `uses`.
    pub name: String,
    /// Where the name stands, in bytes of the text.
    pub span: Span,
    /// Whether the partial sees the variables of this text: it is included outside loops and given no value of its own.
    pub sees_input: bool,
    /// The names that are given to it one by one: `{{> greeting name=user}}`.
    pub given: Vec<String>,
}

/// A call of a helper that makes messages or parts of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerUse {
    /// `role`, `history`, `section` or `media`.
    pub helper: &'static str,
    /// The whole tag, in bytes of the text.
    pub span: Span,
}

#[cfg(test)]
mod tests {
    use crate::{domain::Limits, template::parse};

    #[test]
    fn a_path_is_read_name_by_name_however_it_is_written() {
        let names = |text: &str| {
            let parsed = parse(text, &Limits::default());
            parsed.variables.last().map(|used| used.names().join(" ")).unwrap_or_default()
        };
        for (text, expected) in [
            ("{{ticket}}", "ticket"),
            ("{{outputs.summary.title}}", "outputs summary title"),
            ("{{outputs/summary}}", "outputs summary"),
            ("{{@root.outputs.[the summary].0}}", "outputs the summary 0"),
            ("{{this.input.x}}", "input x"),
            ("{{./input.x}}", "input x"),
            ("{{#each outputs.list}}{{../input.[a.b]}}{{/each}}", "input a.b"),
            ("{{thistle.x}}", "thistle x"),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn the_first_name_is_the_variable() {
        let text = "{{a}} {{../b}} {{this.c}} {{#with d}}{{../e.f}}{{@root.[g h]}}{{/with}}";
        for used in parse(text, &Limits::default()).variables {
            assert_eq!(used.names().first(), Some(&used.name.as_str()), "{}", used.path);
        }
    }
}
