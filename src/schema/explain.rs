//! Explaining: from what the validator reports to faults that a person can act on, each told once and where it lies.

use super::{
    compiled,
    fault::{About, Fault, Repair, entry},
    words,
};
use crate::domain::{nearest, slip};
use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

/// The most faults that are told of one file: whoever mends these sees the rest.
const MOST: usize = 200;

/// The words with which every fault of an entry says that it may not stand where it stands.
const NOT_HERE: &str = "may not stand here";

/// The most known keys that a help lists.
const KNOWN_KEYS: usize = 12;

/// All faults among `errors`, which `schema` gave rise to, sorted by pointer.
pub(super) fn all<'a>(schema: &Value, errors: impl Iterator<Item = ValidationError<'a>>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for error in errors.take(MOST) {
        tell(schema, &error, &mut faults);
    }
    drop_derived(&mut faults);
    faults.sort();
    faults.dedup();
    faults
}

/// Leaves out what follows from another fault: a missing key that stands there under a misspelt name, what is wrong
/// inside an entry that may not stand there at all, and the measure of a value that has the wrong type.
fn drop_derived(faults: &mut Vec<Fault>) {
    let mut meant = Vec::new();
    let mut refused = Vec::new();
    let mut mistyped = Vec::new();
    for fault in faults.iter() {
        let word = fault.help.as_ref().and_then(|help| help.strip_prefix("did you mean ")?.strip_suffix('?'));
        match (fault.about, word) {
            (About::Key, Some(word)) => {
                let holder = fault.pointer.rsplit_once('/').map_or("", |(holder, _)| holder);
                meant.push((holder.to_owned(), word.to_owned()));
            }
            (About::Key, None) if fault.message.contains(NOT_HERE) => refused.push(fault.pointer.clone()),
            (About::Value, _) if fault.message.starts_with("expected ") => mistyped.push(fault.pointer.clone()),
            _ => {}
        }
    }
    faults.retain(|fault| {
        let inside = |outer: &String| {
            fault.pointer.strip_prefix(outer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let missing = fault.message.starts_with("missing key");
        let misspelt = missing && meant.iter().any(|(at, word)| *at == fault.pointer && fault.message.contains(word));
        let moot = fault.about == About::Value && refused.iter().any(inside);
        let measured = mistyped.contains(&fault.pointer) && !fault.message.starts_with("expected ");
        !(misspelt || moot || (measured && fault.about == About::Value))
    });
}

/// The part of our schema that an error is about: what holds the keyword that failed.
fn holder<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Option<&'s Value> {
    schema.pointer(error.schema_path().as_str().rsplit_once('/')?.0)
}

fn tell(schema: &Value, error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
    let at = error.instance_path().as_str();
    let holder = holder(schema, error);
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            faults.extend(unexpected.iter().map(|key| unknown_key(holder, at, key, error.instance())));
        }
        Kind::PropertyNames { error: inner } => faults.push(bad_key(schema, error, inner)),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => forms(schema, error, context, faults),
        _ => faults.push(single(schema, error)),
    }
}

/// The fault of an error that concerns one value.
fn single(schema: &Value, error: &ValidationError<'_>) -> Fault {
    let at = error.instance_path().as_str();
    let holder = holder(schema, error);
    let said = |key: &str| holder.and_then(|holder| holder[key].as_str());
    match error.kind() {
        Kind::Required { property } => {
            let missing = format!("missing key `{}`", words::shown(property));
            Fault::value(at, said("errorMessage").map_or(missing, str::to_owned))
        }
        Kind::Type { kind } => {
            let advice = said("errorMessage").or_else(|| unquotable(holder?, error.instance()));
            wrong_type(at, kind, error.instance(), advice)
        }
        Kind::Enum { options } => not_listed(at, options, error.instance()),
        Kind::Pattern { pattern } => mismatch(holder, at, pattern, error.instance()),
        Kind::Not { .. } | Kind::FalseSchema => {
            let fault = Fault::new(at, About::Key, format!("{} {NOT_HERE}", name(at)));
            said("errorMessage").map_or(fault.clone(), |why| fault.help(why))
        }
        Kind::MinProperties { .. } | Kind::MaxProperties { .. } if said("errorMessage").is_some() => {
            Fault::value(at, said("errorMessage").unwrap_or_default())
        }
        kind => Fault::value(at, measure(&name(at), kind).unwrap_or_else(|| plain(error))),
    }
}

/// What the validator itself says, on one line and no longer than can be read.
fn plain(error: &ValidationError<'_>) -> String {
    words::shown(&Value::String(error.masked_with("this value").to_string()))
}

/// The place in backticks, or words for the whole.
fn name(at: &str) -> String {
    words::place(at).map_or_else(|| "this".to_owned(), |name| format!("`{name}`"))
}

fn unknown_key(holder: Option<&Value>, at: &str, key: &str, map: &Value) -> Fault {
    let fault = Fault::new(entry(at, key), About::Key, format!("unknown key `{key}`"));
    let Some(known) = holder.and_then(|holder| holder["properties"].as_object()) else { return fault };
    if let Some(word) = nearest(key, known.keys().map(String::as_str)) {
        let meant = slip(key, known.keys().map(String::as_str)).filter(|meant| map.get(meant).is_none());
        return fault.help(format!("did you mean `{word}`?")).repair(meant.map(|meant| Repair::Word(meant.to_owned())));
    }
    match known.len() {
        0 => fault.help("nothing may stand here"),
        n if n <= KNOWN_KEYS => fault.help(format!("known here: {}", words::list(known.keys().map(String::as_str)))),
        _ => fault,
    }
}

/// A key that does not fit what its map asks of keys.
fn bad_key(schema: &Value, error: &ValidationError<'_>, inner: &ValidationError<'_>) -> Fault {
    let key = inner.instance().as_str().unwrap_or_default();
    let told = single(schema, inner);
    let message = told.message.replacen("this ", &format!("the key `{}` ", words::shown(inner.instance())), 1);
    Fault { pointer: entry(error.instance_path().as_str(), key), about: About::Key, message, ..told }
}

/// How to write what would not fit in quotes either: of `0.1`, where the number of a version is due.
fn unquotable<'s>(holder: &'s Value, value: &Value) -> Option<&'s str> {
    let (_, advice) = holder["patternErrorMessage"].as_str()?.split_once(": ")?;
    let quoted = Value::String(value.as_number()?.to_string());
    let fits = compiled::options().build(holder).ok()?.is_valid(&quoted);
    (!fits).then_some(advice)
}

fn wrong_type(at: &str, kind: &TypeKind, value: &Value, advice: Option<&str>) -> Fault {
    let kinds: Vec<JsonType> = match kind {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(set) => set.iter().collect(),
    };
    let wanted: Vec<&str> = kinds.iter().map(|kind| words::expected(*kind)).collect();
    let fault = Fault::value(at, format!("expected {}, found {}", wanted.join(" or "), words::found(value)));
    let number = |text: &str| text.parse::<f64>().is_ok();
    match (kinds.as_slice(), value) {
        _ if advice.is_some() => fault.help(advice.unwrap_or_default()),
        ([JsonType::String], Value::Number(_) | Value::Bool(_)) => {
            fault.help("write it in quotes").repair(Some(Repair::Quote))
        }
        ([JsonType::Number | JsonType::Integer], Value::String(text)) if number(text) => {
            fault.help("write it without quotes").repair(Some(Repair::Unquote))
        }
        ([JsonType::Integer], Value::Number(_)) => {
            Fault { message: "expected a whole number, found one with a fraction".to_owned(), ..fault }
        }
        ([JsonType::Array], Value::String(_) | Value::Number(_)) => fault.help("write it as `[…]`, or after a `- `"),
        (_, Value::Null) => fault.help("write a value, or leave the key out"),
        _ => fault,
    }
}

fn not_listed(at: &str, options: &Value, value: &Value) -> Fault {
    let options: Vec<String> = options.as_array().into_iter().flatten().map(words::shown).collect();
    let known = || options.iter().map(String::as_str);
    let message = format!("{} must be one of {}; it is `{}`", name(at), words::list(known()), words::shown(value));
    let fault = Fault::value(at, message);
    match value.as_str().and_then(|text| nearest(text, known())) {
        Some(word) => {
            let meant = value.as_str().and_then(|text| slip(text, known())).map(|meant| Repair::Word(meant.to_owned()));
            fault.help(format!("did you mean `{word}`?")).repair(meant)
        }
        None => fault,
    }
}

/// A text that does not match a pattern. What may be a secret is not repeated.
fn mismatch(holder: Option<&Value>, at: &str, pattern: &str, value: &Value) -> Fault {
    let said = holder.and_then(|holder| holder["patternErrorMessage"].as_str());
    let secret = holder.is_some_and(|holder| holder["writeOnly"] == true);
    let subject = if secret { name(at) } else { format!("`{}`", words::shown(value)) };
    Fault::value(
        at,
        match said {
            Some(said) => format!("{subject} is {said}"),
            None => format!("{subject} does not match the pattern `{pattern}`"),
        },
    )
}

/// What is too long, too short, too large, too small, too many or too few.
fn measure(name: &str, kind: &Kind) -> Option<String> {
    let s = |n: u64| if n == 1 { "" } else { "s" };
    Some(match kind {
        Kind::MinLength { limit: 1 } => format!("{name} is empty"),
        Kind::MinLength { limit } => format!("{name} is shorter than {limit} characters"),
        Kind::MaxLength { limit } => format!("{name} is longer than {limit} character{}", s(*limit)),
        Kind::MinItems { limit: 1 } | Kind::MinProperties { limit: 1 } => format!("{name} is empty"),
        Kind::MinItems { limit } | Kind::MinProperties { limit } => format!("{name} has fewer than {limit} entries"),
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => {
            format!("{name} has more than {limit} entr{}", if *limit == 1 { "y" } else { "ies" })
        }
        Kind::AdditionalItems { limit } => {
            format!("{name} has more than {limit} entr{}", if *limit == 1 { "y" } else { "ies" })
        }
        Kind::Minimum { limit } => format!("{name} is less than {limit}"),
        Kind::Maximum { limit } => format!("{name} is more than {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("{name} is not more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("{name} is not less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("{name} is no multiple of {multiple_of}"),
        Kind::Constant { expected_value } => format!("{name} must be `{}`", words::shown(expected_value)),
        Kind::UniqueItems => format!("{name} holds the same entry twice"),
        Kind::Contains => format!("{name} lacks an entry that it must hold"),
        Kind::Format { format } => format!("{name} is not a valid {format}"),
        Kind::OneOfMultipleValid { .. } => format!("{name} fits more than one of the forms of which it may have one"),
        Kind::UnevaluatedItems { .. } => format!("{name} has more entries than it may have"),
        _ => return None,
    })
}

/// A value that fits none of several forms: the faults of the form that was meant, else one fault that lists them.
fn forms(schema: &Value, error: &ValidationError<'_>, context: &[Vec<ValidationError<'_>>], faults: &mut Vec<Fault>) {
    let at = error.instance_path().as_str();
    let told = |form: &Vec<ValidationError<'_>>| {
        let mut own = Vec::new();
        form.iter().for_each(|error| tell(schema, error, &mut own));
        own
    };
    if let Some(meant) = meant(context, at) {
        faults.extend(told(meant));
        return;
    }
    let whys: Vec<Fault> = context.iter().flat_map(told).filter(|fault| fault.pointer == at).collect();
    let wanted: Option<Vec<&str>> = whys
        .iter()
        .map(|fault| fault.message.strip_prefix("expected ")?.split_once(", found ").map(|(wanted, _)| wanted))
        .collect();
    let message = match wanted.filter(|wanted| !wanted.is_empty()) {
        Some(wanted) => format!("expected {}, found {}", wanted.join(" or "), words::found(error.instance())),
        None => {
            let whys: Vec<&str> = whys.iter().take(4).map(|fault| fault.message.as_str()).collect();
            format!("{} fits none of the forms that it may have: {}", name(at), whys.join("; or "))
        }
    };
    faults.push(Fault::value(at, message.trim_end_matches(": ")));
}

/// The form that was meant, if one stands out: it has the right type, then the right value of what tells the forms
/// apart, then the fewest faults.
fn meant<'c, 'e>(context: &'c [Vec<ValidationError<'e>>], at: &str) -> Option<&'c Vec<ValidationError<'e>>> {
    let whole = |error: &ValidationError<'_>| error.instance_path().as_str() == at;
    let typed = |error: &ValidationError<'_>| matches!(error.kind(), Kind::Type { .. }) && whole(error);
    let distinct = |error: &ValidationError<'_>| matches!(error.kind(), Kind::Constant { .. });
    let rank = |form: &Vec<ValidationError<'_>>| {
        (
            form.iter().any(typed),
            form.iter().any(distinct),
            form.iter().filter(|error| whole(error)).count(),
            form.len(),
        )
    };
    let best = context.iter().min_by_key(|form| rank(form)).map(rank).filter(|best| !best.0)?;
    let mut first = context.iter().filter(|form| rank(form) == best);
    first.next().filter(|_| first.next().is_none())
}
