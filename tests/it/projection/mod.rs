//! The registry as rows: a true picture, whoever made it and however it came to be.

mod replicas;

use crate::{
    harness::Registry,
    histories::{History, pushes},
    store::{Told, story},
};
use promptreg::{
    app::{App, How, Keep, Projected, Projection, Records},
    store::{self, Engine, Statement, Value},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use std::{path::Path, sync::Arc};

story!(whatever_is_pushed_the_rows_of_what_changed_are_those_of_all, random);
story!(the_rows_say_what_the_registry_says, picture);
story!(what_was_changed_by_hand_is_found_and_put_right, by_hand);
story!(of_two_who_come_at_once_one_writes, at_once);
story!(who_is_behind_does_not_take_the_rows_back, behind);
story!(what_no_database_takes_in_a_text_holds_nothing_up, hostile);

/// A registry with its records in a database.
async fn open(folder: &Path, told: &Told) -> (Arc<App>, Arc<Records>) {
    let app = Arc::new(App::open(folder).unwrap());
    app.keep_records(Records::new(Keep { engine: store::open(&told.url).unwrap(), days: None, tokens: None }));
    app.reach_records().await.unwrap();
    let records = Arc::clone(app.records().unwrap());
    (app, records)
}

async fn project(app: &Arc<App>, before: Option<&Projected>, how: How) -> (Projected, usize) {
    match app.project(app.records().unwrap(), before, how).await.unwrap() {
        Projection::Done(projected, rows) => (projected, rows),
        Projection::Unknown(commit) => panic!("{commit} is not known"),
    }
}

async fn strays(app: &Arc<App>) -> Vec<String> {
    let strays = app.strays(app.records().unwrap()).await.unwrap();
    strays.iter().map(|stray| format!("{} {}: {}", stray.table, stray.row, stray.what)).collect()
}

async fn change(engine: &dyn Engine, sql: &'static str, values: Vec<Value>) {
    let mut begun = engine.begin().await.unwrap();
    begun.query(&Statement::both(sql), values).await.unwrap();
    begun.commit().await.unwrap();
}

async fn lines(engine: &dyn Engine, sql: &'static str) -> String {
    let rows = engine.query(&Statement::both(sql), vec![]).await.unwrap();
    rows.iter().map(|row| row.text("line").unwrap()).collect::<Vec<_>>().join("\n")
}

async fn random(told: Told) {
    let mut runner = TestRunner::deterministic();
    let (mut written, mut all) = (0, 0);
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let mut history = History::new(folder.path());
        let (app, _records) = open(folder.path(), &told).await;
        // Each history is of the same registry, so that the rows of the one before are in the way.
        let (mut projected, _) = project(&app, None, How::All).await;
        for step in 0..16 {
            history.push(&pushes().new_tree(&mut runner).unwrap().current());
            assert!(app.sync().unwrap());
            let rows;
            (projected, rows) = project(&app, Some(&projected), How::Since).await;
            written += rows;
            assert_eq!(strays(&app).await, Vec::<String>::new(), "after push {step}");
        }
        all += app.current().version_count() * 16;
    }
    assert!(written > 50 && written < all * 2, "{written} rows were written, and there were {all} versions");
}

fn everything() -> Registry {
    let registry = Registry::new();
    registry.prompt(
        "support/email/greet",
        "display_name: Greet\ncategory: support\ntags: [kind, internal]\n\
         labels: {production: 1.1.0, staging: 1.0.0}\nyanked: {1.0.0: too short}\naliases: [hello]\n\
         variants: {production: {split: {1.0.0: 10, 1.1.0: 90}}}\npolicies: [short]\n",
        &[("1.0.0", "Hi {{name}}."), ("1.1.0", "Hello.")],
    );
    registry.file("prompts/support/email/collection.yaml", "display_name: E-mail\n");
    registry.file("tags.yaml", "kind: {description: Friendly.}\n");
    registry.file("users/ana.yaml", "email: ana@example.org\nroles: [admin]\npreferences: {theme: dark}\n");
    registry.file(
        "models/fast.yaml",
        "provider: openai\nmodel: gpt-4o-mini\napi_key: {env: KEY}\nparameters: {temperature: 1.0}\n",
    );
    registry.file("clients/desk.yaml", "config: {beta: true}\ndefault_filter: {tags: [kind]}\n");
    registry.file("policies/short.yaml", "checks:\n  - max_tokens: 100\n");
    registry.file("hooks/chat.yaml", "type: slack\ntarget_url: https://example.org/hook\nauth_token: {env: HOOK}\nworkflow: triage\nevents: [run.failed]\n");
    registry.file(
        "workflows/triage.yaml",
        "display_name: Triage\nowner: ana\nstatus: published\ntriggers:\n  - {id: mornings, type: schedule, cron: \"0 7 * * 1-5\", timezone: Europe/Berlin}\n\
         steps:\n  - {id: first, prompt: greet, output_key: greeting, retries: 2}\noutput: {text: \"{{outputs.greeting}}\"}\n",
    );
    registry.land("Everything");
    registry
}

async fn picture(told: Told) {
    let registry = everything();
    let (app, records) = open(&registry.path(), &told).await;
    assert!(app.overview().status.quarantined.is_empty(), "{:?}", app.overview().status.quarantined);
    project(&app, None, How::Since).await;
    assert_eq!(strays(&app).await, Vec::<String>::new());
    let mut said = String::new();
    for sql in [
        "SELECT name || ' ' || coalesce(collection, '') || ' ' || semver || ' ' || content || ' by ' || owner AS line FROM current_prompts",
        "SELECT semver || ' ' || version_number || ' ' || status || ' ' || coalesce(status_reason, '') AS line FROM prompt_versions ORDER BY semver",
        "SELECT c.path || ' in ' || coalesce(p.path, '-') AS line FROM prompt_collections c LEFT JOIN prompt_collections p ON p.id = c.parent_id ORDER BY c.path",
        "SELECT t.name || ' ' || coalesce(t.description, '-') AS line FROM prompt_tags JOIN tags t ON t.id = tag_id ORDER BY t.name",
        "SELECT u.handle || ' ' || r.name AS line FROM user_roles JOIN users u ON u.id = user_id JOIN roles r ON r.id = role_id",
        "SELECT w.name || ' ' || s.step || ' ' || s.prompt || ' ' || s.retries AS line FROM workflow_steps s JOIN workflows w ON w.id = workflow_id",
        "SELECT trigger || ' ' || type || ' ' || cron || ' ' || timezone AS line FROM workflow_triggers",
        "SELECT p.name || ' ' || label AS line FROM prompt_variants JOIN prompts p ON p.id = prompt_id",
        "SELECT p.name || ' ' || s.name AS line FROM prompt_policy_links JOIN prompts p ON p.id = prompt_id JOIN safety_policies s ON s.id = policy_id",
        "SELECT name || ' ' || provider || ' ' || model || CASE WHEN price IS NULL THEN '' ELSE ' at a price' END AS line FROM model_profiles ORDER BY name",
        "SELECT name || ' ' || type || ' ' || target_url AS line FROM integration_hooks",
        "SELECT name AS line FROM client_configs",
        "SELECT name || ' ' || default_branch AS line FROM tenants",
    ] {
        said += &lines(records.engine(), sql).await;
        said += "\n\n";
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(said, @"
        greet support/email 1.1.0 Hello. by ana

        1.0.0 1 yanked too short
        1.1.0 2 approved 

        support in -
        support/email in support

        internal -
        kind Friendly.



        triage first greet 2

        mornings schedule 0 7 * * 1-5 Europe/Berlin

        greet production

        greet short

        fast openai gpt-4o-mini

        chat slack https://example.org/hook

        desk

        acme main
        ");
    }
}

async fn by_hand(told: Told) {
    let registry = everything();
    let (app, records) = open(&registry.path(), &told).await;
    project(&app, None, How::Since).await;
    let engine = records.engine();
    let seen: jiff::Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    change(engine, "UPDATE users SET last_login = $1", vec![seen.into()]).await;
    assert_eq!(strays(&app).await, Vec::<String>::new());
    change(engine, "UPDATE prompts SET display_name = 'Grab', labels = $1", vec![serde_json::json!({}).into()]).await;
    change(engine, "DELETE FROM prompt_versions WHERE semver = '1.0.0'", vec![]).await;
    let tenant = app.current().registry.settings.as_ref().unwrap().registry.id;
    change(
        engine,
        "INSERT INTO tags (id, tenant_id, name) VALUES ($1, $2, 'stray')",
        vec![uuid::Uuid::from_u128(5).into(), tenant.into()],
    )
    .await;
    let found = strays(&app).await.join("\n");
    insta::allow_duplicates! {
        insta::assert_snapshot!(found, @"
        tags stray: is there, and Git has no such thing
        prompts greet: differs in display_name, labels
        prompt_versions 1.0.0: is not there
        ");
    }
    let (_, rows) = project(&app, None, How::All).await;
    assert_eq!((rows, strays(&app).await), (3, vec![]));
    static SEEN: Statement = Statement::both("SELECT last_login FROM users");
    assert_eq!(engine.query(&SEEN, vec![]).await.unwrap()[0].time("last_login").unwrap(), seen);
    // Who writes the same again changes nothing.
    assert_eq!(project(&app, None, How::All).await.1, 0);
}

async fn at_once(told: Told) {
    let registry = everything();
    let (one, _) = open(&registry.path(), &told).await;
    let (other, _) = open(&registry.path(), &told).await;
    let ((_, first), (_, second)) = tokio::join!(project(&one, None, How::Since), project(&other, None, How::Since));
    assert!((first > 0) != (second > 0), "{first} and {second} rows");
}

async fn behind(told: Told) {
    let registry = everything();
    let (slow, _) = open(&registry.path(), &told).await;
    let (before, _) = project(&slow, None, How::Since).await;
    registry.version("support/email/greet", "1.2.0", "Good day.").land("Longer");
    let (fast, records) = open(&registry.path(), &told).await;
    project(&fast, None, How::Since).await;
    let found = slow.project(&records, Some(&before), How::Since).await.unwrap();
    let newest = fast.current().commit.unwrap().to_string();
    assert!(matches!(&found, Projection::Unknown(commit) if *commit == newest), "{found:?}");
    assert_eq!(strays(&fast).await, Vec::<String>::new());
    slow.sync().unwrap();
    assert_eq!(project(&slow, Some(&before), How::Since).await.1, 0);
}

async fn hostile(told: Told) {
    let registry = Registry::new();
    registry.prompt("good", "labels: {production: 1.0.0}\n", &[("1.0.0", "Fine.")]);
    registry.file("prompts/odd/prompt.yaml", "display_name: \"a\\0b\"\nlabels: {production: 1.0.0}\n");
    registry.file(
        "prompts/odd/1.0.0.yaml",
        "messages: [{role: user, content: \"x\\0y\"}]\nparameters: {\"k\\0\": 1e300, n: -0.0, big: 123456789012345678901234567890}\nnotes: \"\\0\"\n",
    );
    registry.land("Odd");
    let (app, records) = open(&registry.path(), &told).await;
    project(&app, None, How::Since).await;
    assert_eq!(strays(&app).await, Vec::<String>::new());
    let names =
        lines(records.engine(), "SELECT name || ' ' || content AS line FROM current_prompts ORDER BY name").await;
    assert!(names.starts_with("good Fine."), "{names}");
}
