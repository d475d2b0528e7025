//! Which variables a version needs, with those of the partials that see its input.

use super::context::{self, Context};
use crate::{
    domain::{Engine, Variable, Version, Which, nearest},
    files::Document,
    template::PartialUse,
};
use std::collections::BTreeSet;

/// The variables that a text needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs<'c> {
    /// Their names.
    pub(super) names: BTreeSet<&'c str>,
    /// Whether the input is used as a whole, so that every variable counts as used.
    pub(super) whole: bool,
}

/// What a version needs with all that it includes; `None` where a template or a partial cannot be read, which is a
/// complaint of its own.
pub(super) fn of_version<'c>(context: &'c Context<'_>, document: &'c Document) -> Option<Needs<'c>> {
    within(context, document, &mut BTreeSet::new())
}

/// The variables that a version declares and no text uses; none where a slip of the fingers may have been meant as one.
pub(super) fn unused(context: &Context<'_>, document: &Document) -> Vec<Variable> {
    let Some(version) = context::version(document).filter(|version| version.variable_names().next().is_some()) else {
        return Vec::new();
    };
    let Some(needs) = of_version(context, document).filter(|needs| !needs.whole) else { return Vec::new() };
    let used = needs.names;
    // So it is in most files, and then nothing is copied.
    if version.variable_names().all(|name| used.contains(name)) {
        return Vec::new();
    }
    let mut declared = version.variables();
    // A slip of the fingers is one mistake: the place that has it is named, and not the variable that was meant.
    let names = || declared.iter().map(|variable| variable.name.as_str());
    let slips = used.iter().filter(|name| !names().any(|declared| declared == **name));
    let meant: BTreeSet<_> = slips.filter_map(|name| nearest(name, names())).map(str::to_owned).collect();
    declared.retain(|variable| !used.contains(variable.name.as_str()) && !meant.contains(&variable.name));
    declared
}

/// What a partial needs of the version that includes it.
pub(super) fn of_partial<'c>(
    context: &'c Context<'_>,
    version: &'c Version,
    partial: &'c PartialUse,
) -> Option<Needs<'c>> {
    through(context, version, partial, &mut BTreeSet::new())
}

fn within<'c>(context: &'c Context<'_>, document: &'c Document, open: &mut BTreeSet<&'c str>) -> Option<Needs<'c>> {
    let mut needs = Needs::default();
    // A circle adds nothing new, and what was seen on another way is there already.
    if !open.insert(&document.path) {
        return Some(needs);
    }
    let version = context::version(document)?;
    if version.engine == Engine::None {
        return Some(needs);
    }
    for template in context.templates(document)?.1.iter().flatten() {
        if !template.faults.is_empty() {
            return None;
        }
        needs.names.extend(template.variables.iter().map(|variable| variable.name.as_str()));
        needs.whole |= template.whole_input;
        for partial in &template.partials {
            let more = through(context, version, partial, open)?;
            needs.names.extend(more.names);
            needs.whole |= more.whole;
        }
    }
    Some(needs)
}

fn through<'c>(
    context: &'c Context<'_>,
    version: &'c Version,
    partial: &'c PartialUse,
    open: &mut BTreeSet<&'c str>,
) -> Option<Needs<'c>> {
    let pin = version.uses.get(partial.name.as_str())?;
    let Which::Exact(number) = &pin.which else { return None };
    let mut needs = within(context, context.version_file(&pin.name, number)?, open)?;
    if !partial.sees_input {
        return Some(Needs::default());
    }
    needs.names.retain(|name| !partial.given.iter().any(|given| given == name));
    Some(needs)
}
