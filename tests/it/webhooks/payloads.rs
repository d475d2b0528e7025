//! The payloads of all forges, ours and, where a folder is named, those that were recorded.

use promptreg::{
    app::forge::{Event, Forge, Kind},
    http::forge::{Unread, read},
};
use proptest::prelude::*;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

fn ours() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/webhooks/payloads"))
}

/// Every payload below a folder with one folder a forge, by its path, in order.
fn payloads(root: &Path) -> Vec<(String, Forge, Vec<u8>)> {
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|file| file.file_type().is_file());
    let named = files.filter_map(|file| {
        let path = file.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let word = path.split('/').next().unwrap();
        let forge = Forge::named(if word == "forgejo" { "gitea" } else { word })?;
        let is_payload = path.ends_with(".json") && !path.ends_with(".headers.json");
        is_payload.then(|| (path, forge, fs::read(file.path()).unwrap()))
    });
    named.collect()
}

/// One line that says all of an event.
fn line(event: &Event) -> String {
    let Value::Object(mut all) = serde_json::to_value(event).unwrap() else { panic!("an event is an object") };
    let kind = all.remove("kind").unwrap();
    all.remove("forge");
    let short = |text: String| text.replace(&"a".repeat(40), "aaaa").replace(&"b".repeat(40), "bbbb");
    short(format!("{kind}\n    {}", Value::from(all))).replace(&"c".repeat(40), "cccc")
}

#[test]
fn each_payload_is_an_event_or_ignored_with_a_reason() {
    let told: Vec<String> = payloads(ours())
        .iter()
        .map(|(path, forge, body)| match read(*forge, body) {
            Ok(event) => format!("{path}: {}", line(&event)),
            Err(Unread::Ignored(why)) => format!("{path}: ignored, {why}"),
            Err(Unread::Malformed(why)) => panic!("{path}: {why}"),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    gitea/approved.json: {"review":{"by":{"name":"cleo-x","is_bot":false},"id":null,"verdict":"approve","commit":null}}
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitea/approved_by_actions.json: {"review":{"by":{"name":"gitea-actions","is_bot":true},"id":null,"verdict":"approve","commit":null}}
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitea/branch_made.json: ignored, this is about no branch and no pull request
    gitea/merged.json: {"closed":{"merged":true,"landed":"cccc"}}
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitea/opened.json: "opened"
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitea/push.json: {"push":{"branch":"main"}}
        {"head":"cccc","is_draft":false}
    gitea/rejected.json: {"review":{"by":{"name":"cleo-x","is_bot":false},"id":null,"verdict":"reject","commit":null}}
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitea/unfinished.json: "updated"
        {"title":"WIP: Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":true,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/approved.json: {"review":{"by":{"name":"cleo-x","is_bot":false},"id":"123","verdict":"approve","commit":"aaaa"}}
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/approved_by_a_bot.json: {"review":{"by":{"name":"stamp[bot]","is_bot":true},"id":"123","verdict":"approve","commit":"aaaa"}}
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/branch_gone.json: {"push":{"branch":"french"}}
        {"is_draft":false}
    github/changes_requested.json: {"review":{"by":{"name":"cleo-x","is_bot":false},"id":"123","verdict":"reject","commit":"aaaa"}}
        {"title":"Say hello in French","at":"2026-03-01T11:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/dismissed.json: {"review":{"by":{"name":"cleo-x","is_bot":false},"id":"123","verdict":"dismiss","commit":"aaaa"}}
        {"title":"Say hello in French","at":"2026-03-01T12:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/draft.json: "updated"
        {"title":"Say hello in French","at":"2026-03-01T10:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":true,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/labeled.json: ignored, this happened to a pull request, and changes nothing of it
    github/line_comment.json: ignored, a comment decides nothing
    github/merged.json: {"closed":{"merged":true,"landed":"cccc"}}
        {"title":"Say hello in French","at":"2026-03-01T10:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/opened.json: "opened"
        {"title":"Say hello in French","at":"2026-03-01T10:00:00Z","change":7,"head":"aaaa","base":"bbbb","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    github/ping.json: ignored, this is about no branch and no pull request
    github/push.json: {"push":{"branch":"main"}}
        {"head":"cccc","is_draft":false}
    github/push_of_a_tag.json: ignored, what was pushed is no branch
    gitlab/approved.json: {"review":{"by":{"name":"cleo-x","is_bot":false},"id":null,"verdict":"approve","commit":null}}
        {"title":"Say hello in French","at":"2026-03-01 11:00:00 UTC","change":7,"head":"aaaa","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitlab/draft.json: "updated"
        {"title":"Draft: Say hello in French","at":"2026-03-01 11:00:00 UTC","change":7,"head":"aaaa","author":{"name":"ana-x","is_bot":false},"is_draft":true,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitlab/merged.json: {"closed":{"merged":true,"landed":"cccc"}}
        {"title":"Say hello in French","at":"2026-03-01 11:00:00 UTC","change":7,"head":"aaaa","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitlab/note.json: ignored, a comment decides nothing
    gitlab/opened.json: "opened"
        {"title":"Say hello in French","at":"2026-03-01 11:00:00 UTC","change":7,"head":"aaaa","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    gitlab/push.json: {"push":{"branch":"main"}}
        {"head":"cccc","is_draft":false}
    gitlab/tag.json: ignored, this is about no branch and no merge request
    gitlab/taken_back_by_gitlab.json: ignored, nobody did this
    gitlab/unapproved.json: {"review":{"by":{"name":"cleo-x","is_bot":false},"id":null,"verdict":"dismiss","commit":null}}
        {"title":"Say hello in French","at":"2026-03-01 11:00:00 UTC","change":7,"head":"aaaa","author":{"name":"ana-x","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo-x"]}
    pagure/approved.json: {"review":{"by":{"name":"cleo","is_bot":false},"id":"2","verdict":"approve","commit":null}}
        {"title":"Say hello in French","at":"1772362800","change":7,"head":"aaaa","first":"bbbb","author":{"name":"ana","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo"]}
    pagure/edited.json: ignored, this is about no branch and changes nothing of a pull request
    pagure/line_comment.json: {"review":{"by":{"name":"cleo","is_bot":false},"id":"1","verdict":"comment","commit":"aaaa"}}
        {"title":"Say hello in French","at":"1772362800","change":7,"head":"aaaa","author":{"name":"ana","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo"]}
    pagure/merged.json: {"closed":{"merged":true,"landed":null}}
        {"title":"Say hello in French","at":"1772362800","change":7,"head":"aaaa","author":{"name":"ana","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo"]}
    pagure/notification.json: ignored, Pagure said this itself
    pagure/opened.json: "opened"
        {"title":"Say hello in French","at":"1772362800","change":7,"head":"aaaa","first":"bbbb","author":{"name":"ana","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo"]}
    pagure/push.json: {"push":{"branch":"main"}}
        {"head":"cccc","is_draft":false}
    pagure/rejected.json: {"review":{"by":{"name":"cleo","is_bot":false},"id":"1","verdict":"reject","commit":null}}
        {"title":"Say hello in French","at":"1772362800","change":7,"head":"aaaa","author":{"name":"ana","is_bot":false},"is_draft":false,"branch":"french","base_branch":"main","reviewers":["cleo"]}
    "#);
}

/// Ours, and those below the folder that `PROMPTREG_WEBHOOKS` names: one folder a forge, as many payloads as there are.
#[test]
fn every_recorded_payload_is_understood_or_ignored() {
    let mut roots = vec![ours().to_owned()];
    roots.extend(std::env::var_os("PROMPTREG_WEBHOOKS").map(Into::into));
    for root in roots {
        let all = payloads(&root);
        let mut counts: BTreeMap<(Forge, &str), usize> = BTreeMap::new();
        for (path, forge, body) in &all {
            let kind = match read(*forge, body) {
                Ok(event) => named(path, &event),
                Err(Unread::Ignored(_)) => "ignored",
                Err(Unread::Malformed(why)) => panic!("{path}: {why}"),
            };
            *counts.entry((*forge, kind)).or_default() += 1;
        }
        let understood =
            counts.iter().filter(|((_, kind), _)| *kind != "ignored").map(|(_, count)| count).sum::<usize>();
        assert!(understood > 0, "{}: {counts:?}", root.display());
    }
}

/// The word for an event that holds together: a change has its number and head, a push its branch.
fn named(path: &str, event: &Event) -> &'static str {
    let is_change = event.change.is_some() && event.head.is_some() && event.base_branch.is_some();
    match &event.kind {
        Kind::Push { branch } => {
            assert!(!branch.is_empty() && event.change.is_none(), "{path}: {event:?}");
            return "push";
        }
        _ => assert!(is_change, "{path}: {event:?}"),
    }
    match &event.kind {
        Kind::Opened => "opened",
        Kind::Updated => "updated",
        Kind::Closed { .. } => "closed",
        Kind::Review(_) | Kind::Push { .. } => "review",
    }
}

#[test]
fn what_is_no_json_object_is_no_payload() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let why = |body: &str| read(Forge::Github, body.as_bytes()).map_err(|why| format!("{why:?}")).unwrap_err();
    let all = ["", "{", "[]", "7", "{} {}", "{\"a\": \u{0}}", &deep].map(why);
    insta::assert_snapshot!(all.join("\n"), @r#"
    Malformed("EOF while parsing a value at line 1 column 0")
    Malformed("EOF while parsing an object at line 1 column 1")
    Malformed("it is no object")
    Malformed("it is no object")
    Malformed("trailing characters at line 1 column 4")
    Malformed("expected value at line 1 column 7")
    Malformed("recursion limit exceeded at line 1 column 128")
    "#);
    assert!(read(Forge::Github, &[b'"', 0xff, b'"']).is_err());
}

/// A payload in which one place holds something else.
fn mangled(value: &mut Value, path: &mut impl Iterator<Item = usize>, with: &Value) {
    let next = path.next().unwrap_or_default();
    match value {
        Value::Object(map) if !map.is_empty() => {
            let at = next % map.len();
            if let Some((_, inner)) = map.iter_mut().nth(at) {
                mangled(inner, path, with);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = next % items.len();
            mangled(&mut items[at], path, with);
        }
        other => *other = with.clone(),
    }
}

proptest! {
    #[test]
    fn no_payload_with_something_odd_in_it_is_more_than_ignored(
        which in any::<prop::sample::Index>(),
        path in prop::collection::vec(0_usize..64, 6),
        with in prop::sample::select(vec![
            Value::Null, Value::from(-1), Value::from(1e300), Value::from(""), Value::from("é".repeat(2_000)),
            serde_json::json!([]), serde_json::json!([[]]), serde_json::json!({}), Value::from(true),
        ]),
    ) {
        let all = payloads(ours());
        let (name, forge, body) = &all[which.index(all.len())];
        let mut value: Value = serde_json::from_slice(body).unwrap();
        mangled(&mut value, &mut path.into_iter(), &with);
        match read(*forge, value.to_string().as_bytes()) {
            Ok(event) => {
                let ids = event.head.iter().chain(&event.base);
                prop_assert!(ids.into_iter().all(|id| id.len() == 40), "{}", name);
                prop_assert!(event.title.is_none_or(|title| title.len() <= 1_000), "{}", name);
            }
            Err(why) => prop_assert!(matches!(why, Unread::Ignored(_)), "{}: {:?}", name, why),
        }
    }
}
