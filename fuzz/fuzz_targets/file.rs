//! One file of a registry is anything at all: reading, loading, judging, reporting, formatting and rendering answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use promptreg::{
    app::TEMPLATE_FILES,
    domain::{Limits, locate},
    files::{self, Entity, Source},
    lint,
    report::{self, Format, Style},
    template,
};
use std::collections::BTreeMap;

// The first byte says which file of the template is replaced, the others are what it says.
fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let files = TEMPLATE_FILES.iter().filter_map(|(path, bytes)| Some((*path, locate(path).ok()??, *bytes)));
    let mut sources: Vec<Source> =
        files.map(|(path, location, bytes)| Source { path: path.into(), location, bytes: bytes.to_vec() }).collect();
    let at = usize::from(*first) % sources.len();
    sources[at].bytes = bytes.to_vec();
    let limits = files::limits(&sources);
    let loaded = files::load(files::documents(&sources, &limits), Vec::new());
    let found = lint::lint(&loaded);
    for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
        let _ = report::render(format, &found, &|path| lint::source(&loaded, path), &Style::default());
    }
    let document = &loaded.documents[&sources[at].path];
    let _ = files::format(&document.text);
    let Some(Entity::Version(version)) = &document.entity else { return };
    let find = |pin: &_| loaded.registry.pinned(pin).map(AsRef::as_ref);
    let Ok(compiled) = template::Compiled::new(version, find, &limits) else { return };
    for test in &version.tests {
        let _ = compiled.render(&test.input, &BTreeMap::new(), &Default::default());
    }
});
