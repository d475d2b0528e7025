//! Following commit by commit ends where a load from nothing does, whatever is pushed.

use crate::histories::{History, LABELS, NAMES, NUMBERS, Push, pushes};
use promptreg::{
    app::{App, Query, Request},
    domain::{Listing, PromptStatus},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fmt::{Debug, Write as _},
};

/// All that a registry says, a line each, so that a difference is told by its lines.
fn everything(app: &App) -> String {
    let current = app.current();
    let mut all = String::new();
    let mut overview = serde_json::to_value(app.overview()).unwrap();
    for clock in ["looked_at", "age_seconds"] {
        overview.as_object_mut().unwrap().remove(clock);
    }
    writeln!(all, "status: {overview:#}").unwrap();
    for status in [PromptStatus::Active, PromptStatus::Archived] {
        let listing = Listing { status: Some(status), ..Listing::default() };
        say(&mut all, "prompts", &json(&current.prompts(&listing, None)));
    }
    say(&mut all, "collections", &json(&current.collections()));
    say(&mut all, "tags", &json(&current.tags()));
    say(&mut all, "workflows", &json(&current.workflows()));
    for name in NAMES.into_iter().chain(["old-name"]) {
        let versions = current.versions(&name.parse().unwrap());
        say(&mut all, name, &versions.map(|items| json(&items)).map_err(|error| error.to_string()));
        let labels = LABELS.map(|label| format!("{name}:{label}"));
        let numbers = NUMBERS.map(|number| format!("{name}@{number}"));
        // What the server asks first, before it looks closer.
        for label in LABELS {
            say(&mut all, label, &current.by_label(name, Some(label)));
        }
        for number in NUMBERS {
            say(&mut all, number, &current.by_number(name, number));
        }
        for selector in labels.into_iter().chain(numbers).chain([name.to_owned(), format!("{name}@^1")]) {
            answers(&mut all, app, &selector);
        }
    }
    all
}

fn answers(all: &mut String, app: &App, selector: &str) {
    let current = app.current();
    let query =
        Query { key: Some("k".to_owned()), ..Query::from(selector.parse::<promptreg::domain::Selector>().unwrap()) };
    let answer = current.fetch(&query);
    say(
        all,
        selector,
        &answer
            .map(|answer| (String::from_utf8(answer.body()), answer.etag(), answer.immutable))
            .map_err(|error| error.to_string()),
    );
    let rendered = current.render(&query, Request::default());
    say(all, selector, &rendered.map(|rendered| json(&rendered)).map_err(|error| error.to_string()));
}

fn say(all: &mut String, what: &str, said: &impl Debug) {
    writeln!(all, "{what}: {said:?}").unwrap();
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// The lines that only one of them says.
fn difference(followed: &str, anew: &str) -> String {
    let only = |sign: char, of: &str, other: &str| -> String {
        let other: BTreeSet<&str> = other.lines().collect();
        of.lines().filter(|line| !other.contains(line)).map(|line| format!("\n{sign} {line}")).collect()
    };
    format!("followed (-), a load from nothing (+){}{}", only('-', followed, anew), only('+', anew, followed))
}

/// Follows in strides of so many pushes and compares with a load from nothing after each.
fn follow(pushes: &[Push], strides: &[usize]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::new(folder.path());
    let by_one = App::open(folder.path()).unwrap();
    let by_stride = App::open(folder.path()).unwrap();
    let mut strides = strides.iter().cycle();
    let mut left = *strides.next().unwrap_or(&1);
    for (step, push) in pushes.iter().enumerate() {
        history.push(push);
        prop_assert!(by_one.sync().unwrap());
        left -= 1;
        if left > 0 && step + 1 < pushes.len() {
            continue;
        }
        left = *strides.next().unwrap_or(&1);
        prop_assert!(by_stride.sync().unwrap());
        let anew = App::open(folder.path()).unwrap();
        let expected = everything(&anew);
        for followed in [&by_one, &by_stride] {
            let said = everything(followed);
            prop_assert!(said == expected, "after push {step}: {}", difference(&said, &expected));
            prop_assert!(followed.current().registry == anew.current().registry, "after push {step}");
        }
    }
    Ok(())
}

/// What the histories come to: else all of it could be refused, and every comparison be of nothing with nothing.
#[test]
fn random_histories_serve_much_and_hold_much_back() {
    let mut runner = TestRunner::deterministic();
    let (mut prompts, mut labels, mut versions, mut workflows, mut held) = (0, 0, 0, 0, 0);
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        for _ in 0..24 {
            history.push(&pushes().new_tree(&mut runner).unwrap().current());
        }
        let app = App::open(folder.path()).unwrap();
        let current = app.current();
        prompts += current.registry.listed().count();
        labels += current.registry.listed().map(|folder| folder.prompt.labels.len()).sum::<usize>();
        versions += current.version_count();
        workflows += current.workflows().len();
        let quarantined = app.status(&current).unwrap().quarantined.len();
        assert_eq!(current.quarantined(), quarantined);
        held += quarantined;
    }
    let of_each =
        format!("{prompts} prompts, {labels} labels, {versions} versions, {workflows} workflows, {held} held");
    let enough = prompts > 20 && labels > 15 && versions > 40 && workflows > 2 && held > 20;
    assert!(enough, "{of_each}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn following_ends_where_a_load_from_nothing_does(
        pushes in prop::collection::vec(pushes(), 1..24),
        strides in prop::collection::vec(1_usize..5, 1..8),
    ) {
        follow(&pushes, &strides)?;
    }
}

/// What a commit does to the files: `None` takes one away.
type Edit<'a> = (&'a str, Option<&'a str>);

/// Follows commits of these files, and compares with a load from nothing after each.
fn of_files(commits: &[&[Edit<'_>]], between: impl Fn(&crate::repository::Fixture, usize)) {
    let fixture = crate::repository::Fixture::new();
    for (path, (_, text)) in crate::histories::first_files() {
        fixture.write(&path, text);
    }
    fixture.commit("start");
    let followed = App::open(&fixture.path()).unwrap();
    for (number, edits) in commits.iter().enumerate() {
        for (path, text) in *edits {
            match text {
                Some(text) => fixture.write(path, text),
                None => std::fs::remove_file(fixture.path().join(path)).unwrap(),
            }
        }
        between(&fixture, number);
        fixture.commit("a push");
        followed.sync().unwrap();
        let (said, expected) = (everything(&followed), everything(&App::open(&fixture.path()).unwrap()));
        assert!(said == expected, "after push {number}: {}", difference(&said, &expected));
    }
}

#[test]
fn a_partial_whose_prompt_is_sound_only_after_something_includes_it() {
    let including = "content: \"A {{> tone}}\"\nuses: {tone: tone@1.0.0}\n";
    of_files(
        &[
            &[("prompts/tone/prompt.yaml", Some("a: [")), ("prompts/tone/1.0.0.yaml", Some("content: T\n"))],
            &[("prompts/hello/prompt.yaml", Some("description: H.\n")), ("prompts/hello/2.0.0.yaml", Some(including))],
            &[("prompts/tone/prompt.yaml", Some("description: T.\n"))],
        ],
        |_, _| {},
    );
}

#[test]
fn a_symbolic_link_that_becomes_a_folder_of_another_repository() {
    of_files(&[&[], &[]], |fixture, number| {
        let (mode, id) = [("120000", fixture.object("blob", b"x")), ("160000", "1".repeat(40))][number].clone();
        fixture.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{id},workflows/w1.yaml")]);
        fixture.git(&["commit", "--quiet", "--message", "special"]);
        fixture.git(&["update-index", "--skip-worktree", "workflows/w1.yaml"]);
    });
}

#[test]
fn a_second_folder_of_a_name_when_the_first_moves() {
    let (prompt, version) = (Some("description: Says.\nlabels: {production: 1.0.0}\n"), Some("content: One.\n"));
    let other = Some("content: Two.\n");
    of_files(
        &[
            &[
                ("prompts/foot/prompt.yaml", prompt),
                ("prompts/foot/1.0.0.yaml", version),
                ("prompts/support/foot/prompt.yaml", prompt),
                ("prompts/support/foot/1.0.0.yaml", other),
            ],
            &[
                ("prompts/foot/prompt.yaml", None),
                ("prompts/foot/1.0.0.yaml", None),
                ("prompts/team/area/foot/prompt.yaml", prompt),
                ("prompts/team/area/foot/1.0.0.yaml", version),
            ],
            &[("prompts/support/foot/prompt.yaml", Some("description: Edited.\nlabels: {production: 1.0.0}\n"))],
        ],
        |_, _| {},
    );
}
