//! How many runs go on at a time, and how they are ended from outside.

use super::{Played, Process, Told, name, registry, said, story, with, workflow};
use promptreg::app::{Caller, RunSettings};
use promptreg::domain::Permissions;
use serde_json::json;

story!(no_more_runs_go_on_than_may_and_the_others_wait_their_turn, in_turn);
story!(more_runs_than_may_be_queued_are_refused, full);
story!(a_run_that_is_cancelled_does_nothing_more, cancelled);

async fn in_turn(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 0));
    workflow(&registry, "other", "");
    registry.land("Another workflow");
    let settings = RunSettings { at_once: 3, at_once_each: 2, ..RunSettings::default() };
    let process = Process::new(&registry, &told, settings, model.clone()).await;
    let mut runs = Vec::new();
    for (workflow, n) in [("chain", 1), ("chain", 2), ("chain", 3), ("other", 4), ("other", 5)] {
        runs.push(process.app.start_run(&name(workflow), with(json!({"n": n}))).await.unwrap().id);
    }
    model.until_asked(3).await;
    let mut asked = model.asked();
    asked.sort();
    assert_eq!(asked, ["One of 1.", "One of 2.", "One of 4."]);
    assert_eq!(process.app.runner().unwrap().count(), 3);
    model.permits.add_permits(100);
    for run in runs {
        assert_eq!(process.ended(run).await.status.as_str(), "succeeded");
    }
}

async fn full(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 0));
    let settings = RunSettings { at_once: 1, queued: 2, ..RunSettings::default() };
    let process = Process::new(&registry, &told, settings, model.clone()).await;
    process.start(1).await;
    model.until_asked(1).await;
    let queued = [process.start(2).await, process.start(3).await];
    let refused = process.app.start_run(&name("chain"), with(json!({"n": 4}))).await.unwrap_err();
    assert_eq!(refused.to_string(), "2 runs are queued already: send it again in a moment");
    model.permits.add_permits(100);
    for run in queued {
        assert_eq!(process.ended(run).await.status.as_str(), "succeeded");
    }
}

async fn cancelled(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 1));
    let settings = RunSettings { at_once: 1, ..RunSettings::default() };
    let process = Process::new(&registry, &told, settings, model.clone()).await;
    let going = process.start(1).await;
    model.until_asked(2).await;
    let waiting = process.start(2).await;
    let nobody = Caller::anonymous(Permissions::NONE);
    for run in [waiting, going] {
        assert_eq!(process.app.cancel_run(&run.to_string(), &nobody).await.unwrap().as_str(), "cancelled");
    }
    model.permits.add_permits(100);
    // What comes after it finds its place free.
    let after = process.start(3).await;
    assert_eq!(process.ended(after).await.status.as_str(), "succeeded");
    let ended = [process.told(going).await, process.told(waiting).await].join("\n");
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended, @r#"
        cancelled
        one succeeded "(One of 1.)"
        cancelled
        "#);
        insta::assert_snapshot!(model.asked().join("\n"), @"
        One of 1.
        Two of (One of 1.).
        One of 3.
        Two of (One of 3.).
        Three of <(One of 3.)>.
        ");
    }
    assert_eq!(process.app.cancel_run(&after.to_string(), &nobody).await.unwrap().as_str(), "succeeded");
    for unknown in ["nothing", "01939d5e-0000-7000-8000-000000000000"] {
        let refused = process.app.cancel_run(unknown, &nobody).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("there is no run `{unknown}`"));
    }
}
