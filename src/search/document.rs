//! A prompt as documents: one for each version that is handed out, with all that is to be found of it.

use super::{
    Print,
    fields::{Fields, Key},
    scan::head,
};
use crate::domain::{CollectionPath, PromptFolder, PromptStatus, Semver, Turn, Version, VersionState, variables};
use tantivy::TantivyDocument;

/// How much of a category is counted as its name, in bytes.
const CATEGORY_BYTES: usize = 256;

/// What a version is to people who look for a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its prompt is active, and a label points to it or it is the newest: what the common question looks through.
    InUse,
    /// The same of an archived prompt.
    Archived,
    /// Any other.
    Older,
}

impl Standing {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Archived => "archived",
            Self::Older => "older",
        }
    }
}

/// The status as a word of the index.
pub(super) const fn status_word(status: PromptStatus) -> &'static str {
    match status {
        PromptStatus::Active => "active",
        PromptStatus::Archived => "archived",
    }
}

/// The documents of a prompt, the newest version first. The first carries the print; a prompt of which nothing is
/// handed out has one that says nothing.
pub(super) fn documents(fields: &Fields, folder: &PromptFolder, print: Print) -> Vec<TantivyDocument> {
    let mut documents = Vec::new();
    let mut newest = None;
    if !folder.is_removed {
        for (number, version) in folder.versions.iter().rev() {
            let state = folder.prompt.state(number).0;
            if state == VersionState::Revoked {
                continue;
            }
            let is_yanked = state == VersionState::Yanked;
            if !is_yanked {
                newest = newest.or(Some(number));
            }
            let is_current = !is_yanked
                && (newest == Some(number) || folder.prompt.labels.values().any(|labelled| labelled == number));
            let standing = match (is_current, folder.prompt.status) {
                (true, PromptStatus::Active) => Standing::InUse,
                (true, PromptStatus::Archived) => Standing::Archived,
                (false, _) => Standing::Older,
            };
            documents.push(document(fields, folder, (number, version), standing));
        }
    }
    if documents.is_empty() {
        documents.push(TantivyDocument::new());
        documents.iter_mut().for_each(|document| named(fields, folder, document));
    }
    if let Some(first) = documents.first_mut() {
        let (high, low) = halves(print);
        first.add_u64(fields.print[0], high);
        first.add_u64(fields.print[1], low);
    }
    documents
}

/// The two halves of a print.
fn halves(print: Print) -> (u64, u64) {
    let whole = u128::from_be_bytes(print);
    let low = u64::try_from(whole & u128::from(u64::MAX)).unwrap_or_default();
    (u64::try_from(whole >> 64).unwrap_or_default(), low)
}

/// The print of two halves.
pub(super) fn whole(high: u64, low: u64) -> Print {
    ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
}

fn document(
    fields: &Fields,
    folder: &PromptFolder,
    (number, version): (&Semver, &Version),
    standing: Standing,
) -> TantivyDocument {
    let prompt = &*folder.prompt;
    let mut document = TantivyDocument::new();
    named(fields, folder, &mut document);
    document.add_text(fields.version, number.to_string());
    let mut keys = vec![
        (Key::Standing, None, standing.as_str().to_owned()),
        (Key::Status, None, status_word(prompt.status).to_owned()),
    ];
    let within = std::iter::successors(folder.collection.clone(), CollectionPath::parent);
    keys.extend(within.map(|path| (Key::Collection, Some(fields.collection), path.to_string())));
    keys.extend(prompt.tags.iter().map(|tag| (Key::Tag, Some(fields.tag), tag.to_string())));
    keys.extend(prompt.labels.keys().map(|label| (Key::Label, Some(fields.label), label.to_string())));
    keys.extend(prompt.owner.iter().map(|owner| (Key::Owner, Some(fields.owner), owner.to_string())));
    for (key, counted, value) in keys {
        document.add_text(fields.key, key.of(&value));
        counted.into_iter().for_each(|counted| document.add_text(counted, &value));
    }
    prompt.category.iter().for_each(|category| document.add_text(fields.category, head(category, CATEGORY_BYTES)));
    if standing == Standing::InUse {
        titles(folder, |text| document.add_text(fields.title, text));
        titles(folder, |text| document.add_text(fields.all, text));
        texts(folder, version, |text| document.add_text(fields.all, text));
    } else {
        titles(folder, |text| document.add_text(fields.older, text));
        texts(folder, version, |text| document.add_text(fields.older, text));
    }
    document
}

/// Says whose document it is.
fn named(fields: &Fields, folder: &PromptFolder, document: &mut TantivyDocument) {
    document.add_text(fields.name, folder.name.as_str());
    document.add_text(fields.key, Key::Name.of(folder.name.as_str()));
}

/// What a prompt is called.
fn titles(folder: &PromptFolder, mut add: impl FnMut(&str)) {
    let prompt = &*folder.prompt;
    add(folder.name.as_str());
    prompt.display_name.iter().for_each(|text| add(text));
    prompt.aliases.iter().for_each(|alias| add(alias.as_str()));
    prompt.tags.iter().for_each(|tag| add(tag.as_str()));
    prompt.category.iter().for_each(|category| add(category));
}

/// What else is said of a version, and by it.
fn texts(folder: &PromptFolder, version: &Version, mut add: impl FnMut(&str)) {
    let prompt = &*folder.prompt;
    prompt.description.iter().for_each(|text| add(text));
    prompt.owner.iter().for_each(|owner| add(owner.as_str()));
    folder.collection.iter().for_each(|path| add(path.as_str()));
    version.notes.iter().for_each(|text| add(text));
    for variable in version.input_schema.as_deref().into_iter().flat_map(variables) {
        add(&variable.name);
        variable.description.iter().for_each(|text| add(text));
    }
    for turn in &version.messages {
        match turn {
            Turn::Message { content, .. } => add(content),
            Turn::Placeholder { placeholder } => add(placeholder),
        }
    }
}
