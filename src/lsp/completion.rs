//! Completion: what may be written at the cursor, in a text that is mostly broken at that moment.

use super::{
    offer::{Offer, list},
    outline::Name,
    spot::Spot,
    tag::{Form, Tag},
    thing::{self, Thing},
    vocabulary,
};
use crate::{
    domain::{Kind, Span, variables},
    schema, template,
};
use lsp_types::{CompletionItemKind, CompletionList};
use serde_json::Value;
use std::collections::BTreeSet;

/// What may be written at a spot.
pub(super) fn complete(spot: &Spot<'_>) -> CompletionList {
    if let Some(tag) = spot.tag() {
        return list(spot, tag.word, in_tag(spot, &tag));
    }
    let offers = if spot.cursor.on_key { keys(spot) } else { beside(spot) };
    list(spot, replaced(spot), offers)
}

/// What goes when something is completed: the word, but not the quotes around it.
fn replaced(spot: &Spot<'_>) -> Span {
    let span = spot.cursor.span;
    let written = spot.outline.slice(span);
    let Some(quote) = written.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return span };
    let closing = usize::from(written.len() > 1 && written.ends_with(quote));
    Span::new(span.start + 1, (span.end - closing).max(span.start + 1))
}

fn in_tag(spot: &Spot<'_>, tag: &Tag) -> Vec<Offer> {
    let close = if tag.is_closed { "" } else { "}}" };
    let whole = |name: String, about: String, kind| Offer::new(name.clone(), about, kind).text(name + close);
    let word = |name: String, about: String, kind| Offer::new(name, about, kind);
    let helpers = |block: bool| {
        let all = template::helpers().filter(move |(_, example)| example.starts_with("{{#") == block);
        all.map(move |(name, example)| word(name.to_owned(), example.to_owned(), CompletionItemKind::FUNCTION))
    };
    let names = known_names(spot).into_iter();
    match tag.form {
        Form::Partial => {
            let partials = thing::names(spot, Thing::Partial).into_iter();
            partials.map(|(name, pin)| whole(name, pin, CompletionItemKind::MODULE)).collect()
        }
        Form::Block => helpers(true).collect(),
        Form::Argument => names.map(|(name, about)| word(name, about, CompletionItemKind::VARIABLE)).collect(),
        Form::Value => {
            let variables = names.map(|(name, about)| whole(name, about, CompletionItemKind::VARIABLE));
            if spot.kind == Kind::Version { variables.chain(helpers(false)).collect() } else { variables.collect() }
        }
    }
}

/// What a template may print: the variables of a version; the input and the outputs before this step of a workflow.
fn known_names(spot: &Spot<'_>) -> Vec<(String, String)> {
    let Some(workflow) = spot.workflow() else { return thing::names(spot, Thing::Variable) };
    let path = spot.path();
    if let ["triggers", ..] = path.as_slice() {
        return vec![("body".to_owned(), "The body of the request".to_owned())];
    }
    let before = match path.as_slice() {
        ["steps", step, ..] => step.parse().unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    let inputs = workflow.input_schema.as_ref().map(variables).unwrap_or_default();
    let inputs = inputs.into_iter().map(|one| (format!("input.{}", one.name), one.description.unwrap_or_default()));
    let outputs = workflow.steps.iter().take(before).filter_map(|step| {
        Some((format!("outputs.{}", step.output_key.as_ref()?), format!("The answer of the step `{}`", step.id)))
    });
    inputs.chain(outputs).collect()
}

/// The keys that the map under the cursor may have and has not yet.
fn keys(spot: &Spot<'_>) -> Vec<Offer> {
    let named = thing::of_key(spot.kind, &spot.path()).map(|thing| named_keys(spot, thing)).unwrap_or_default();
    let there: BTreeSet<String> = spot
        .outline
        .children(spot.cursor.scope)
        .filter(|(_, entry)| !matches!(entry.name, Name::Key(span) if span == spot.cursor.span))
        .map(|(_, entry)| spot.outline.name(entry))
        .collect();
    let rest = spot.outline.text.get(spot.cursor.span.end..).unwrap_or_default();
    let has_sign = rest.trim_start_matches([' ', '"', '\'']).starts_with([':', '=']);
    let sign = match spot.kind {
        _ if has_sign || is_header(spot) => "",
        Kind::Registry if !spot.cursor.in_flow => " = ",
        _ => ": ",
    };
    let schema = schema_keys(&schema::at(spot.kind, &spot.cursor.path), &there);
    let all = named.into_iter().chain(schema).chain(vocabulary::keys(&spot.path()));
    let new = all.filter(|offer| !there.contains(&offer.label));
    new.map(|offer| if offer.is_whole { offer } else { offer.behind(sign) }).collect()
}

/// Whether the cursor stands in the name of a TOML table.
fn is_header(spot: &Spot<'_>) -> bool {
    let before = spot.outline.text.get(..spot.cursor.span.start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    spot.kind == Kind::Registry && line.starts_with('[')
}

fn named_keys(spot: &Spot<'_>, thing: Thing) -> Vec<Offer> {
    let key = |(name, about)| Offer::new(name, about, CompletionItemKind::PROPERTY);
    if thing != Thing::Partial {
        return thing::names(spot, thing).into_iter().map(key).collect();
    }
    // A new partial comes with its newest version.
    let folders =
        spot.desk.known.registry.listed().filter(|folder| Some(&folder.name) != spot.folder().map(|own| &own.name));
    let usable = folders.filter_map(|folder| {
        let (number, version) = folder.versions.iter().next_back()?;
        let pin = format!("{0}: {0}@{number}", folder.name);
        let offer = Offer::new(folder.name.to_string(), pin.clone(), CompletionItemKind::MODULE);
        (version.messages.len() == 1).then(|| offer.text(pin).whole())
    });
    usable.collect()
}

/// The keys that schemas know, each with what they say of it. A schema that forbids a key which is there is not meant.
fn schema_keys(nodes: &[&Value], there: &BTreeSet<String>) -> Vec<Offer> {
    let forbids =
        |node: &Value, key: &String| node["additionalProperties"] == false && node["properties"].get(key).is_none();
    let meant = nodes.iter().filter(|node| !there.iter().any(|key| !key.starts_with("x-") && forbids(node, key)));
    let properties = meant.filter_map(|node| node["properties"].as_object()).flatten();
    let known = properties.filter_map(|(name, property)| {
        let about = property["description"].as_str()?;
        Some(Offer::new(name.clone(), about.to_owned(), CompletionItemKind::PROPERTY))
    });
    known.collect()
}

/// What may stand where no key is: values, and in block style also the keys and items that may begin there.
fn beside(spot: &Spot<'_>) -> Vec<Offer> {
    let nodes = schema::at(spot.kind, &spot.cursor.path);
    let is_a = |kind: &str| nodes.iter().any(|node| node["type"] == kind);
    let on_line = is_beside_key(spot);
    let mut offers = values(spot, &spot.path());
    if is_a("array") && !spot.cursor.in_flow {
        let mut path = spot.path();
        path.push("0");
        let item = |offer: Offer| if on_line { offer.within("[", "]") } else { offer.within("- ", "") };
        offers.extend(values(spot, &path).into_iter().map(item));
    }
    if !on_line && !spot.cursor.in_flow {
        offers.extend(keys(spot));
    }
    offers
}

/// Whether the cursor stands behind a key on the key's own line.
fn is_beside_key(spot: &Spot<'_>) -> bool {
    let entry = spot.cursor.scope.and_then(|scope| spot.outline.entries.get(scope));
    entry.is_some_and(|entry| {
        let between = spot.outline.text.get(entry.start()..spot.cursor.byte).unwrap_or_default();
        matches!(entry.name, Name::Key(_)) && !between.contains('\n')
    })
}

/// The values that may stand at a path.
fn values(spot: &Spot<'_>, path: &[&str]) -> Vec<Offer> {
    let names = thing::of_value(spot.kind, path).map(|thing| thing::names(spot, thing)).unwrap_or_default();
    let named = names.into_iter().map(|(name, about)| Offer::new(name, about, CompletionItemKind::REFERENCE));
    let owned: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
    let nodes = schema::at(spot.kind, &owned);
    let about =
        super::hover::of_key(&nodes).and_then(|page| page.lines().next().map(str::to_owned)).unwrap_or_default();
    let listed = super::hover::values(&nodes)
        .into_iter()
        .map(|value| Offer::new(value, about.clone(), CompletionItemKind::ENUM_MEMBER));
    let is_switch = nodes.iter().any(|node| node["type"] == "boolean");
    let quote = |offer: Offer| if needs_quotes(spot) && !is_switch { offer.within("\"", "\"") } else { offer };
    named.chain(listed).chain(vocabulary::values(path)).map(quote).collect()
}

/// Whether a text has to be quoted here: in TOML, unless it is already.
fn needs_quotes(spot: &Spot<'_>) -> bool {
    spot.kind == Kind::Registry && !spot.outline.slice(spot.cursor.span).starts_with(['"', '\''])
}
