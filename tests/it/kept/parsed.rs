//! What sound files said comes back as it was, or not at all.

use super::place;
use promptreg::{
    app::Parsed,
    domain::{Kind, Limits, locate},
    files::{Document, Entity},
    git::BlobId,
};
use proptest::prelude::*;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const EPOCH: u32 = 1;

fn path_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Registry => "registry.toml",
        Kind::Collection => "prompts/a/collection.yaml",
        Kind::Prompt => "prompts/a/prompt.yaml",
        Kind::Version => "prompts/a/1.0.0.yaml",
        Kind::Workflow => "workflows/a.yaml",
        Kind::Model => "models/a.yaml",
        Kind::Hook => "hooks/a.yaml",
        Kind::Client => "clients/a.yaml",
        Kind::User => "users/a.yaml",
        Kind::Role => "roles/a.yaml",
        Kind::Policy => "policies/a.yaml",
        Kind::Tags => "tags.yaml",
    }
}

/// What a file of this kind and text says.
fn said(kind: Kind, text: &str) -> (BlobId, Entity) {
    let path = path_of(kind);
    let document = Document::read(&path.into(), locate(path).unwrap().unwrap(), text.as_bytes(), &Limits::default());
    let entity = document.entity.unwrap_or_else(|| panic!("{text}\n{:?}", document.faults));
    (BlobId::of_bytes(text.as_bytes()).unwrap(), entity)
}

/// Three files of their own kinds and contents.
fn three() -> Vec<(Kind, BlobId, Entity)> {
    let texts = [
        (Kind::Version, "content: Hello {{name}}\nparameters: {temperature: 1.0, seed: 18446744073709551615}\n"),
        (Kind::Version, "messages: [{role: system, content: Be short.}, {placeholder: history}]\n"),
        (Kind::Tags, "internal: {description: For colleagues.}\n"),
    ];
    texts.map(|(kind, text)| (kind, said(kind, text))).map(|(kind, (blob, entity))| (kind, blob, entity)).to_vec()
}

fn put(path: &Path, entities: &[(Kind, BlobId, Entity)]) {
    let parsed = Parsed::open(path, EPOCH);
    entities.iter().for_each(|(kind, blob, entity)| parsed.put(*kind, *blob, &Limits::default(), entity));
    parsed.flush();
}

/// How many of them are known; those that are say what they said.
fn known(path: &Path, entities: &[(Kind, BlobId, Entity)]) -> usize {
    let parsed = Parsed::open(path, EPOCH);
    let found = entities.iter().filter_map(|(kind, blob, entity)| {
        let found = parsed.get(*kind, *blob, &Limits::default())?;
        assert_eq!(format!("{found:?}"), format!("{entity:?}"));
        Some(())
    });
    found.count()
}

#[test]
fn what_was_put_is_there_at_the_next_start() {
    let (_folder, path) = place();
    put(&path, &three()[..1]);
    put(&path, &three()[1..]);
    assert_eq!(known(&path, &three()), 3);
    let parsed = Parsed::open(&path, EPOCH);
    let (kind, blob, _) = three().remove(0);
    assert_eq!(parsed.get(Kind::Prompt, blob, &Limits::default()), None);
    assert_eq!(parsed.get(kind, three()[1].1, &Limits::default()), Some(three().remove(1).2));
    assert_eq!(parsed.get(kind, three()[2].1, &Limits::default()), None);
    for limits in [Limits { template_tags: 1, ..Limits::default() }, Limits { tokens: 1, ..Limits::default() }] {
        assert_eq!(parsed.get(kind, blob, &limits), None);
    }
    assert_eq!(Parsed::open(&path, EPOCH + 1).get(kind, blob, &Limits::default()), None);
}

#[test]
fn many_threads_may_put_and_get() {
    let (_folder, path) = place();
    let all: Vec<_> = (0..400)
        .map(|number| said(Kind::Version, &format!("content: {}\n", format!("{number} ").repeat(20_000))))
        .map(|(blob, entity)| (Kind::Version, blob, entity))
        .collect();
    let parsed = Parsed::open(&path, EPOCH);
    std::thread::scope(|scope| {
        for part in all.chunks(100) {
            let parsed = &parsed;
            scope.spawn(move || {
                part.iter().for_each(|(kind, blob, entity)| parsed.put(*kind, *blob, &Limits::default(), entity));
            });
        }
    });
    assert!(fs::metadata(&path).unwrap().len() > 8 << 20, "it is written while it grows");
    parsed.flush();
    assert_eq!(known(&path, &all), 400);
}

#[test]
fn what_was_let_go_of_is_not_known_and_what_comes_is_written() {
    let (_folder, path) = place();
    put(&path, &three()[..2]);
    let mut parsed = Parsed::open(&path, EPOCH);
    parsed.forget();
    let (kind, blob, entity) = three().remove(2);
    assert_eq!(parsed.get(three()[0].0, three()[0].1, &Limits::default()), None);
    parsed.put(kind, blob, &Limits::default(), &entity);
    parsed.flush();
    assert_eq!(known(&path, &three()), 3);
}

#[test]
fn a_file_of_what_was_parsed_that_was_cut_off_is_whole_again_after_a_start() {
    let (_folder, path) = place();
    put(&path, &three());
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let left = known(&path, &three());
        assert!(left < 3);
        put(&path, &three()[left..]);
        assert_eq!(fs::read(&path).unwrap(), whole, "{length}");
    }
}

#[test]
fn a_flipped_byte_never_becomes_content() {
    let (_folder, path) = place();
    put(&path, &three());
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for flip in [1, 0x20, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            fs::write(&path, bytes).unwrap();
            let left = known(&path, &three());
            assert!(left == 2 || left == 0 && at < 40, "byte {at}: {left}");
        }
    }
}

#[test]
fn a_file_that_is_deleted_while_it_is_open_is_begun_anew() {
    let (folder, path) = place();
    let path = folder.path().join("data").join(path.file_name().unwrap());
    put(&path, &three()[..1]);
    let parsed = Parsed::open(&path, EPOCH);
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let (kind, blob, entity) = three().remove(1);
    assert!(parsed.get(three()[0].0, three()[0].1, &Limits::default()).is_some());
    parsed.put(kind, blob, &Limits::default(), &entity);
    parsed.flush();
    assert_eq!(known(&path, &three()), 1);
}

#[test]
fn where_nothing_can_be_written_nothing_is_kept_and_nothing_fails() {
    let (folder, path) = place();
    fs::write(&path, "a file").unwrap();
    let below = path.join("parsed");
    put(&below, &three());
    assert_eq!(known(&below, &three()), 0);

    let locked = folder.path().join("locked");
    let path = locked.join("parsed");
    put(&path, &three()[..1]);
    fs::write(&path, [fs::read(&path).unwrap(), b"torn".to_vec()].concat()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(known(&path, &three()[..1]), 1);
    put(&path, &three()[1..]);
    assert_eq!(known(&path, &three()[..1]), 1);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_folder_or_a_pipe_in_the_place_of_the_file_is_no_file() {
    let (_folder, path) = place();
    fs::create_dir(&path).unwrap();
    put(&path, &three());
    assert_eq!(known(&path, &three()), 0);
    fs::remove_dir(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    put(&path, &three());
    assert_eq!(known(&path, &three()), 3);
}

/// Any text that a person may have written, as YAML.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec!["", " ", "null", "1.0", "~", "\n\n", "é\u{1f600}", "a: b", "- x", "#"]);
    prop_oneof![odd.prop_map(str::to_owned), "[ -~\n]{0,20}", "\\PC{0,8}"].prop_map(|text| {
        let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        serde_json::to_string(&text).unwrap()
    })
}

fn number() -> impl Strategy<Value = String> {
    let odd = ["1.0", "1e3", "-0.0", "0", "-1", "18446744073709551615", "9223372036854775808", "-9223372036854775808"];
    let hard = ["0.1", "5e-324", "1.7976931348623157e308", "1.2345678901234567e-7", "9007199254740993.0", "2.5E+2"];
    prop_oneof![
        prop::sample::select([odd.as_slice(), hard.as_slice()].concat()).prop_map(str::to_owned),
        any::<f64>().prop_filter("numbers", |number| number.is_finite()).prop_map(|number| format!("{number:?}")),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
    ]
}

/// A map with its keys in any order.
fn map(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let entry = ("[a-z]{1,3}|x-[a-z]{1,3}", value).prop_map(|(key, value)| format!("\"{key}\": {value}"));
    prop::collection::vec(entry, 0..5).prop_map(|mut entries| {
        let mut seen = std::collections::HashSet::new();
        entries.retain(|entry| seen.insert(entry.split(':').next().unwrap_or_default().to_owned()));
        format!("{{{}}}", entries.join(", "))
    })
}

/// Any value, as YAML.
fn value() -> impl Strategy<Value = String> {
    let plain = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), number(), text()];
    plain.prop_recursive(3, 16, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
        prop_oneof![list, map(inner)]
    })
}

/// A file of any kind: its texts, values and maps are any.
fn any_file() -> impl Strategy<Value = (Kind, String)> {
    let parts = (prop::sample::select(Kind::ALL.to_vec()), text(), text(), map(value()), map(value()), value());
    parts.prop_map(|(kind, a, b, m, n, v)| (kind, write(kind, [&a, &b, &m, &n, &v])))
}

fn write(kind: Kind, [a, b, m, n, v]: [&String; 5]) -> String {
    match kind {
        Kind::Registry => {
            let limits = "[limits]\nfile_bytes = 2000\n[lint]\nunused-variable = \"warn\"\n";
            let paths = "[[approval.paths]]\npath = \"prompts/**\"\napprovers = [\"ana\", \"role:legal\"]\n";
            format!("[registry]\nname = \"a\"\nid = \"6f0cf2a5-98a3-4b7e-9d4e-0d2a1f0f4c11\"\n{limits}{paths}")
        }
        Kind::Collection => format!("x-more: {m}\ndisplay_name: {a}\ndescription: {b}\n"),
        Kind::Prompt => format!(
            "x-more: {m}\ndisplay_name: {a}\ndescription: {b}\nowner: ana\ntags: [b, a]\nstatus: archived\naliases: [old]\n\
             labels: {{staging: 1.0.0-rc.1, production: 1.0.0}}\ndeprecated: {{1.0.0: why}}\npolicies: [p]\n\
             variants: {{production: {{split: {{1.0.0: 90, 1.1.0: 10}}, overrides: [{{client: c, version: 1.0.0}}]}}}}\n"
        ),
        Kind::Version => format!(
            "messages: [{{role: system, content: {a}}}, {{placeholder: history}}, {{role: user, content: {b}}}]\n\
             input_schema: {{type: object, properties: {{a: {{default: {v}}}, x: {{enum: [{v}]}}}}}}\nuses: {{t: t@1.0.0}}\n\
             tools: [{{name: t, parameters: {{type: object, x-more: {m}}}}}]\nparameters: {n}\nnotes: {a}\nmodel: fast\n\
             engine: none\ntests: [{{name: one, input: {m}, render_contains: [{b}]}}]\nx-more: {m}\n"
        ),
        Kind::Workflow => format!(
            "display_name: {a}\nstatus: published\nx-more: {m}\ninput_schema: {{type: object, default: {v}}}\n\
             triggers: [{{id: a, type: manual}}, {{id: b, type: schedule, cron: '0 7 * * *', input: {m}}},\
             {{id: c, type: webhook, secret: {{env: SECRET}}, input_mapping: {{t: {a}}}}}]\n\
             steps: [{{id: s, prompt: 'a:production', input_mapping: {{t: {b}}}, output_key: o, retries: 2}}]\noutput: {{r: {a}}}\n"
        ),
        Kind::Model => format!(
            "description: {a}\nprovider: openai\nmodel: m\napi_key: {{file: /run/key}}\nparameters: {n}\nfallback: [other]\nx-m: {v}\n"
        ),
        Kind::Hook => format!(
            "type: webhook\ndescription: {a}\ntarget_url: 'https://example.org/'\nauth_token: {{env: KEY}}\n\
             workflow: w\nevents: [run.succeeded, run.failed]\nx-more: {m}\n"
        ),
        Kind::Client => {
            format!("description: {a}\nconfig: {n}\ndefault_filter: {{tags: [b, a], labels: [l]}}\nx-m: {m}\n")
        }
        Kind::User => format!(
            "email: ana@example.org\ndisplay_name: {a}\nroles: [admin]\nis_active: false\npreferences: {{theme: dark}}\nx-m: {m}\n"
        ),
        Kind::Role => format!("description: {a}\npermissions: [read, propose]\nx-more: {m}\n"),
        Kind::Policy => format!(
            "description: {a}\nselector: {{tags: [b, a], collections: [x/y], names: [n]}}\n\
             checks: [{{forbid_pattern: a+}}, {{max_tokens: 5}}, {{require_policy_reviewer: true}}]\nx-more: {m}\n"
        ),
        Kind::Tags => format!("b: {{description: {a}}}\na: {{display_name: {b}}}\n"),
    }
}

proptest! {
    /// With every key in its order and every number as it was written.
    #[test]
    fn what_comes_back_is_what_was_said((kind, text) in any_file()) {
        let (_folder, path) = place();
        let path_in_registry = path_of(kind);
        let location = locate(path_in_registry).unwrap().unwrap();
        let limits = Limits::default();
        let document = Document::read(&path_in_registry.into(), location, text.as_bytes(), &limits);
        // A text or a schema that is no good is another test's story.
        prop_assume!(document.entity.is_some());
        let (blob, entity) = (BlobId::of_bytes(text.as_bytes()).unwrap(), document.entity.unwrap());
        put(&path, &[(kind, blob, entity)].clone());
        let entities = [(kind, blob, said(kind, &text).1)];
        prop_assert_eq!(known(&path, &entities), 1);
    }
}
