//! Runs that go through, and what is left of them.

use super::{Played, Process, Told, events, name, registry, story, version, with, workflow};
use promptreg::app::{ExecutionsAsked, RunAsked, RunSettings, RunsAsked, UsageAsked};
use serde_json::json;

story!(each_step_reads_what_the_steps_before_it_answered, chained);
story!(a_step_whose_when_is_nothing_is_left_out, left_out);
story!(what_is_approved_meanwhile_changes_nothing_in_a_run, pinned);
story!(a_run_is_started_once_under_its_key, once);
story!(runs_are_listed_page_by_page, listed);

async fn chained(told: Told) {
    let (registry, model) = (registry(), Played::echo());
    let process = Process::new(&registry, &told, RunSettings::default(), model.clone()).await;
    let run = process.start(7).await;
    let ended = process.told(run).await;
    let seen = events(&process, run, 0).await.join(", ");
    let later = events(&process, run, 2).await.join(", ");
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended, @r#"
        succeeded {"n":7,"text":"(Three of <(One of 7.)>.)"}
        one succeeded "(One of 7.)"
        two succeeded "(Two of (One of 7.).)"
        three succeeded "(Three of <(One of 7.)>.)"
        "#);
        insta::assert_snapshot!(model.asked().join("\n"), @"
        One of 7.
        Two of (One of 7.).
        Three of <(One of 7.)>.
        ");
        insta::assert_snapshot!(seen, @"1 one, 2 two, 3 three, 3 succeeded");
        insta::assert_snapshot!(later, @"3 three, 3 succeeded");
    }
    let asked = ExecutionsAsked { limit: 10, ..ExecutionsAsked::default() };
    let executions = process.app.executions(asked).await.unwrap();
    let lines = executions.items.iter().rev().map(|one| {
        let (tokens, cost) = ((one.input_tokens, one.output_tokens), one.cost_usd);
        let (step, model) = (one.step.as_deref().unwrap(), one.model.as_deref().unwrap());
        assert_eq!(one.run, Some(run));
        format!("{step} {}@{} {} {model} {tokens:?} {cost:?}", one.prompt, one.version, one.status.as_str())
    });
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
        one first@1.0.0 success some-model (Some(10), Some(2)) Some(0.5)
        two second@1.0.0 success some-model (Some(10), Some(2)) Some(0.5)
        three third@1.0.0 success some-model (Some(10), Some(2)) Some(0.5)
        ");
    }
    let whole = process.app.execution(&executions.items[2].id.to_string()).await.unwrap();
    assert_eq!((whole.input, whole.output.as_deref()), (Some(json!({"n": 7})), Some("(One of 7.)")));
    let usage = process.app.usage(&"first".parse().unwrap(), UsageAsked::default()).await.unwrap();
    assert_eq!(usage.total, 1);
}

async fn left_out(told: Told) {
    let (registry, model) = (registry(), Played::echo());
    workflow(&registry, "chain", ", when: \"{{input.more}}\"");
    workflow(&registry, "missing", ", when: \"{{outputs.nothing}}\"");
    workflow(&registry, "words", ", when: \"  {{outputs.nothing.at.all}} \"");
    registry.land("Steps that may be left out");
    let process = Process::new(&registry, &told, RunSettings::default(), model).await;
    let mut lines = Vec::new();
    for (workflow, input) in [
        ("chain", json!({"n": 1})),
        ("chain", json!({"n": 1, "more": true})),
        ("missing", json!({"n": 1})),
        ("words", json!({"n": 1})),
    ] {
        let run = process.app.start_run(&name(workflow), with(input)).await.unwrap().id;
        let run = process.ended(run).await;
        let steps = run.steps.iter().flatten().map(|step| step.status.as_str()).collect::<Vec<_>>();
        lines.push(format!("{workflow} {}: {}", run.status.as_str(), steps.join(" ")));
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines.join("\n"), @"
        chain succeeded: succeeded skipped succeeded
        chain succeeded: succeeded succeeded succeeded
        missing succeeded: succeeded skipped succeeded
        words succeeded: succeeded skipped succeeded
        ");
    }
}

async fn pinned(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(super::said, 0));
    let process = Process::new(&registry, &told, RunSettings::default(), model.clone()).await;
    let before = process.start(1).await;
    model.until_asked(1).await;
    registry.file("prompts/third/1.1.0.yaml", version("Four of {{text}}.", "text", "string"));
    registry
        .file("prompts/third/prompt.yaml", "description: Says something.\nowner: ana\nlabels: {production: 1.1.0}\n");
    registry.file("models/fast.yaml", "provider: openai\nmodel: another-model\n");
    let commit = registry.land("Another version");
    let app = process.app.clone();
    tokio::task::spawn_blocking(move || app.sync()).await.unwrap().unwrap();
    let after = process.start(2).await;
    model.permits.add_permits(100);
    let (before, after) = (process.ended(before).await, process.ended(after).await);
    let last = |run: &promptreg::app::RunItem| {
        let step = run.steps.as_ref().unwrap().last().unwrap();
        format!("{} {}", step.version.as_deref().unwrap(), step.output.as_ref().unwrap())
    };
    insta::allow_duplicates! {
        insta::assert_snapshot!(format!("{}\n{}", last(&before), last(&after)), @r#"
        1.0.0 "(Three of <(One of 1.)>.)"
        1.1.0 "(Four of <(One of 2.)>.)"
        "#);
    }
    assert_eq!((before.commit.unwrap() == commit, after.commit.unwrap()), (false, commit));
}

async fn once(told: Told) {
    let (registry, model) = (registry(), Played::echo());
    workflow(&registry, "other", "");
    registry.land("Another workflow");
    let process = Process::new(&registry, &told, RunSettings::default(), model.clone()).await;
    let asked = || RunAsked { idempotency_key: Some("monday".to_owned()), ..with(json!({"n": 1})) };
    let first = process.app.start_run(&name("chain"), asked()).await.unwrap();
    process.ended(first.id).await;
    let again = process.app.start_run(&name("chain"), asked()).await.unwrap();
    assert_eq!((first.is_new, again.is_new, again.id, again.status.as_str()), (true, false, first.id, "succeeded"));
    let other = process.app.start_run(&name("other"), asked()).await.unwrap();
    assert_ne!(other.id, first.id);
    process.ended(other.id).await;
    assert_eq!(model.asked().len(), 6);
    let long = RunAsked { idempotency_key: Some("k".repeat(201)), ..with(json!({"n": 1})) };
    let refused = process.app.start_run(&name("chain"), long).await.unwrap_err();
    assert_eq!(refused.to_string(), "idempotency_key: it has to have 1 to 200 bytes, and no NUL among them");
}

async fn listed(told: Told) {
    let (registry, model) = (registry(), Played::echo());
    workflow(&registry, "other", "");
    registry.land("Another workflow");
    let process = Process::new(&registry, &told, RunSettings::default(), model).await;
    let mut ids = Vec::new();
    for workflow in ["chain", "other", "chain"] {
        let run = process.app.start_run(&name(workflow), with(json!({"n": 1}))).await.unwrap().id;
        process.ended(run).await;
        ids.push(run);
    }
    let asked = |workflow: Option<&str>, status: Option<&str>, cursor: Option<String>| RunsAsked {
        workflow: workflow.map(name),
        status: status.map(|status| promptreg::domain::RunStatus::named(status).unwrap()),
        cursor,
        limit: 2,
    };
    let page = process.app.runs(asked(None, None, None), true).await.unwrap();
    assert_eq!(page.items.iter().map(|run| run.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
    let rest = process.app.runs(asked(None, Some("succeeded"), page.next_cursor), true).await.unwrap();
    assert_eq!((rest.items.iter().map(|run| run.id).collect::<Vec<_>>(), rest.next_cursor), (vec![ids[0]], None));
    let of = process.app.runs(asked(Some("other"), None, None), false).await.unwrap();
    let shown = of.items.iter().map(|run| (run.id, run.input.is_some(), run.output.is_some())).collect::<Vec<_>>();
    assert_eq!(shown, [(ids[1], false, false)]);
    for status in ["queued", "failed"] {
        assert!(process.app.runs(asked(Some("chain"), Some(status), None), true).await.unwrap().items.is_empty());
    }
}
