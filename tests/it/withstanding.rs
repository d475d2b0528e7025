//! What a push cannot do: take a good prompt away, serve what was not admitted, or hold the service up.

use crate::repository::Fixture;
use promptreg::{
    app::{App, Error, Query},
    domain::Selector,
};
use serde_json::Value;

const FOLDER: &str = "prompts/support/greet";

/// A registry with two versions of one prompt, and whatever a test adds.
fn registry() -> Fixture {
    let fixture = Fixture::new();
    fixture.write(
        "registry.toml",
        "[registry]\nname = \"acme\"\nid = \"6f0c0f8e-3c3f-4c58-9d8c-0f6a5b0c0001\"\ndefault_branch = \"main\"\n",
    );
    fixture.write("users/ana.yaml", "email: ana@example.org\n");
    fixture.write("users/cleo.yaml", "email: cleo@example.org\n");
    fixture.write("prompts/support/greet/prompt.yaml", PROMPT);
    fixture.write("prompts/support/greet/1.0.0.yaml", version("Hello {{name}}."));
    fixture.commit("one");
    fixture.write("prompts/support/greet/1.1.0.yaml", version("Good day, {{name}}."));
    fixture.commit("two");
    fixture
}

/// The first `prompt.yaml` of [`registry`].
const PROMPT: &str =
    "description: Greets.\nowner: ana\ntags: [polite]\nlabels: {production: 1.0.0, staging: 1.1.0}\naliases: [hello]\n";

/// A version with one variable, `name`.
fn version(text: &str) -> String {
    format!(
        "content: \"{text}\"\ninput_schema:\n  type: object\n  required: [name]\n  properties:\n    name: {{type: string}}\n"
    )
}

fn query(selector: &str) -> Query {
    Query::from(selector.parse::<Selector>().unwrap())
}

fn fetch(app: &App, selector: &str) -> Result<Value, Error> {
    let answer = app.current().fetch(&query(selector))?;
    Ok(serde_json::from_slice(&answer.body()).unwrap())
}

fn content(app: &App, selector: &str) -> Value {
    fetch(app, selector).unwrap()["content"].clone()
}

fn held(app: &App) -> Vec<String> {
    app.overview().status.quarantined.iter().map(|held| held.path.clone()).collect()
}

/// The state before and after a commit: followed, and read anew, which must be the same.
fn after(fixture: &Fixture, change: impl FnOnce(&Fixture)) -> App {
    let followed = App::open(&fixture.path()).unwrap();
    change(fixture);
    fixture.commit("a push");
    assert!(followed.sync().unwrap());
    let anew = App::open(&fixture.path()).unwrap();
    assert_eq!(followed.current().registry, anew.current().registry);
    assert_eq!(held(&followed), held(&anew));
    followed
}

#[test]
fn a_label_to_a_version_that_is_not_there_leaves_the_labels_as_they_were() {
    let fixture = registry();
    let app = after(&fixture, |fixture| {
        fixture.write(&format!("{FOLDER}/prompt.yaml"), PROMPT.replace("production: 1.0.0", "production: 7.0.0"));
    });
    assert_eq!(content(&app, "greet"), "Hello {{name}}.");
    assert_eq!(held(&app), [format!("{FOLDER}/prompt.yaml")]);
    fixture.write(&format!("{FOLDER}/7.0.0.yaml"), version("At last, {{name}}."));
    fixture.commit("the version comes later");
    assert!(app.sync().unwrap());
    assert_eq!((content(&app, "greet"), held(&app).len()), ("At last, {{name}}.".into(), 0));
}

#[test]
fn a_partial_that_is_removed_stays_for_what_includes_it() {
    let fixture = registry();
    fixture.write("prompts/foot/prompt.yaml", "description: A foot.\nlabels: {production: 1.0.0}\n");
    fixture.write("prompts/foot/1.0.0.yaml", "content: Bye\n");
    fixture.write(&format!("{FOLDER}/1.2.0.yaml"), "content: \"Hi {{> foot}}\"\nuses: {foot: foot@1.0.0}\n");
    fixture.commit("with a foot");
    let app = after(&fixture, |fixture| {
        fixture.git(&["rm", "--quiet", "-r", "prompts/foot"]);
    });
    let rendered = app.current().render(&query("greet@1.2.0"), Default::default()).unwrap();
    assert_eq!(serde_json::to_value(&rendered.messages[0].content).unwrap(), "Hi Bye");
    assert_eq!(fetch(&app, "foot").unwrap_err().to_string(), "the prompt `foot` was removed from the registry");
}

#[test]
fn a_mode_that_is_refused_takes_no_approved_version_away() {
    let fixture = registry();
    let app = after(&fixture, |fixture| {
        fixture.git(&["update-index", "--chmod=+x", &format!("{FOLDER}/1.0.0.yaml")]);
        fixture.git(&["update-index", "--chmod=+x", &format!("{FOLDER}/prompt.yaml")]);
        fixture.git(&["config", "core.fileMode", "false"]);
    });
    assert_eq!(content(&app, "greet"), "Hello {{name}}.");
    assert_eq!(held(&app), [format!("{FOLDER}/1.0.0.yaml"), format!("{FOLDER}/prompt.yaml")]);
}

#[test]
fn other_limits_and_later_partials_do_not_change_what_was_admitted() {
    let fixture = registry();
    let long = version(&format!("Hello {{{{name}}}}{}.", " and all the others".repeat(100)));
    fixture.write(&format!("{FOLDER}/2.0.0.yaml"), &long);
    fixture.write(&format!("{FOLDER}/3.0.0.yaml"), "content: \"A {{> late}}\"\nuses: {late: late@1.0.0}\n");
    fixture.commit("one long, one that includes what is not there");
    fixture.write(&format!("{FOLDER}/3.0.0.yaml"), "content: B, the reviewed one\n");
    fixture.commit("without the partial");
    let app = after(&fixture, |fixture| {
        let settings = std::fs::read_to_string(fixture.path().join("registry.toml")).unwrap();
        fixture.write("registry.toml", format!("{settings}\n[limits]\nfile_bytes = 1024\n"));
        fixture.write(&format!("{FOLDER}/2.0.0.yaml"), version("Short."));
        fixture.write("prompts/late/prompt.yaml", "description: Late.\nlabels: {production: 1.0.0}\n");
        fixture.write("prompts/late/1.0.0.yaml", "content: too late\n");
    });
    assert!(content(&app, "greet@2.0.0").as_str().unwrap().starts_with("Hello {{name}} and all"));
    assert_eq!(content(&app, "greet@3.0.0"), "B, the reviewed one");
    assert_eq!(held(&app), [format!("{FOLDER}/2.0.0.yaml")]);
}

#[test]
fn settings_that_are_removed_still_hold() {
    let fixture = registry();
    let app = after(&fixture, |fixture| {
        fixture.git(&["rm", "--quiet", "registry.toml"]);
    });
    assert_eq!((app.branch(), held(&app)), ("main", vec!["registry.toml".to_owned()]));
    assert_eq!(content(&app, "greet"), "Hello {{name}}.");
}

#[test]
fn inclusions_that_double_at_every_step_are_worked_out_once_each() {
    let fixture = registry();
    let app = after(&fixture, |fixture| {
        for i in 0..60 {
            fixture.write(&format!("prompts/p{i:02}/prompt.yaml"), "description: One of many.\n");
            let next = format!("p{:02}@1.0.0", i + 1);
            let uses = if i < 59 { format!("uses: {{a: {next}, b: {next}}}\n") } else { String::new() };
            let text = if i < 59 { "content: \"{{> a}}{{> b}}\"\n" } else { "content: x\n" };
            fixture.write(&format!("prompts/p{i:02}/1.0.0.yaml"), format!("{text}{uses}"));
        }
    });
    assert_eq!(content(&app, "p59@1.0.0"), "x");
    let refused = app.current().render(&query("p00@1.0.0"), Default::default());
    assert!(matches!(refused, Err(Error::Template(_))), "{refused:?}");
}

#[test]
fn a_version_that_includes_itself_or_a_circle_is_never_admitted() {
    let fixture = registry();
    let app = after(&fixture, |fixture| {
        for (name, other) in [("one", "two"), ("two", "one"), ("own", "own")] {
            fixture.write(&format!("prompts/{name}/prompt.yaml"), "description: In a circle.\n");
            let text = format!("content: \"{{{{> x}}}}\"\nuses: {{x: {other}@1.0.0}}\n");
            fixture.write(&format!("prompts/{name}/1.0.0.yaml"), text);
        }
    });
    assert_eq!(held(&app), ["prompts/one/1.0.0.yaml", "prompts/own/1.0.0.yaml", "prompts/two/1.0.0.yaml"]);
    assert_eq!(content(&app, "greet"), "Hello {{name}}.");
}

#[test]
fn what_was_withdrawn_is_withdrawn_in_every_view() {
    let fixture = registry();
    fixture.git(&["branch", "old"]);
    let app = after(&fixture, |fixture| {
        fixture.write(&format!("{FOLDER}/prompt.yaml"), format!("{PROMPT}revoked: {{1.1.0: it leaks}}\n"));
    });
    let leaky = query("greet@1.1.0");
    for view in [app.at_ref("old").unwrap(), app.at_time("2026-01-01T00:02:30Z").unwrap()] {
        assert!(view.fetch(&leaky).unwrap_err().to_string().contains("was revoked: it leaks"));
        assert!(!view.fetch(&query("greet@1.0.0")).unwrap().immutable);
    }
}

#[test]
fn a_variant_hands_out_no_version_that_is_withdrawn() {
    let fixture = registry();
    let app = after(&fixture, |fixture| {
        fixture.write(&format!("{FOLDER}/1.2.0.yaml"), version("Hey {{name}}"));
        let more = "variants: {production: {split: {1.0.0: 1, 1.2.0: 99}}}\nyanked: {1.2.0: too loud}\n";
        fixture.write(&format!("{FOLDER}/prompt.yaml"), format!("{PROMPT}{more}"));
    });
    for key in ["a", "b", "c", "d"] {
        let of_key = Query { key: Some(key.to_owned()), ..query("greet") };
        let number = app.current().find(&of_key).unwrap().1;
        assert_eq!(number.to_string(), "1.0.0");
    }
}

#[test]
fn what_is_checked_out_does_not_decide_which_branch_counts() {
    let fixture = registry();
    fixture.git(&["switch", "--quiet", "--create", "draft"]);
    let settings = std::fs::read_to_string(fixture.path().join("registry.toml")).unwrap();
    fixture.write("registry.toml", settings.replace("\"main\"", "\"draft\""));
    fixture.write(&format!("{FOLDER}/prompt.yaml"), PROMPT.replace("production: 1.0.0", "production: 1.1.0"));
    fixture.commit("I am the default branch");
    let app = App::open(&fixture.path()).unwrap();
    assert_eq!((app.branch(), content(&app, "greet")), ("main", "Hello {{name}}.".into()));
    fixture.git(&["switch", "--quiet", "--detach", "main"]);
    assert_eq!(App::open(&fixture.path()).unwrap().branch(), "main");
}

#[test]
fn a_second_folder_of_a_name_takes_nothing_from_the_first() {
    let fixture = registry();
    let app = after(&fixture, |fixture| {
        fixture.write("prompts/a/greet/prompt.yaml", "description: Another.\nlabels: {production: 1.0.0}\n");
        fixture.write("prompts/a/greet/1.0.0.yaml", "content: Not me\n");
        fixture.write("prompts/b/greet/1.5.0.yaml", "content: Nor me\n");
    });
    assert_eq!(held(&app), ["prompts/a/greet/1.0.0.yaml", "prompts/a/greet/prompt.yaml", "prompts/b/greet/1.5.0.yaml"]);
    assert_eq!(content(&app, "greet"), "Hello {{name}}.");
    assert_eq!(content(&app, "greet@^1"), "Good day, {{name}}.");
    fixture.git(&["rm", "--quiet", "-r", FOLDER]);
    fixture.commit("make room");
    assert!(app.sync().unwrap());
    // The name is the other folder's now; the versions that were admitted under it stay what they were.
    let adopted = fetch(&app, "greet").unwrap();
    assert_eq!((&adopted["description"], &adopted["content"]), (&"Another.".into(), &"Hello {{name}}.".into()));
}

#[test]
fn a_version_that_was_held_back_with_its_folder_reserves_nothing() {
    let fixture = registry();
    fixture.write("prompts/a/greet/prompt.yaml", "description: Another.\n");
    fixture.write("prompts/a/greet/1.2.0.yaml", "content: Never served\n");
    fixture.commit("another of that name");
    let app = after(&fixture, |fixture| {
        fixture.git(&["rm", "--quiet", "-r", "prompts/a"]);
        fixture.write(&format!("{FOLDER}/1.2.0.yaml"), version("Dear {{name}},"));
    });
    assert_eq!((content(&app, "greet@1.2.0"), held(&app).len()), ("Dear {{name}},".into(), 0));
}

#[test]
fn a_version_that_violates_a_policy_is_held_back_until_the_policy_allows_it_and_others_stay() {
    let fixture = registry();
    let guard = "prompts/support/greet";
    let app = after(&fixture, |fixture| {
        fixture.write(
            "policies/polite.yaml",
            "selector: {tags: [polite]}\nchecks: [{forbid_pattern: \"(?i)hey|Hello\"}]\n",
        );
    });
    assert_eq!(content(&app, "greet@1.0.0"), "Hello {{name}}.", "what was admitted before stays");
    let app = after(&fixture, |fixture| {
        fixture.write(&format!("{guard}/1.2.0.yaml"), version("Hey {{name}}."));
        fixture.write(&format!("{guard}/1.3.0.yaml"), version("Dear {{name}}."));
    });
    assert!(matches!(fetch(&app, "greet@1.2.0"), Err(Error::Unresolved(_))));
    assert_eq!(content(&app, "greet@1.3.0"), "Dear {{name}}.");
    let said: Vec<_> =
        app.overview().status.quarantined.iter().flat_map(|held| &held.diagnostics).map(|one| one.rule).collect();
    assert!(said.contains(&"policy-violation"), "{said:?}");
    let app = after(&fixture, |fixture| fixture.write("policies/polite.yaml", "checks: [{forbid_pattern: nothing}]\n"));
    assert_eq!(content(&app, "greet@1.2.0"), "Hey {{name}}.");
}
