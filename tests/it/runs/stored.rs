//! What is stored of what goes in and comes out.

use super::{Played, Process, Told, registry, said, story};
use promptreg::{
    app::{Caller, RunSettings, Stored},
    domain::Permissions,
    store::Statement,
};
use std::time::Duration;

story!(nothing_is_left_of_a_run_where_nothing_is_stored, nothing);
story!(digests_are_left_where_they_are_stored, hashes);
story!(nothing_is_left_of_a_run_that_was_cancelled, cancelled);
story!(a_run_whose_values_are_not_kept_goes_on_elsewhere_all_the_same, goes_on);

static ALL: Statement = Statement::both(
    "SELECT CAST(input AS text) AS text FROM workflow_runs
     UNION ALL SELECT CAST(output AS text) FROM workflow_runs
     UNION ALL SELECT CAST(error AS text) FROM workflow_runs
     UNION ALL SELECT CAST(output AS text) FROM run_steps
     UNION ALL SELECT CAST(error AS text) FROM run_steps
     UNION ALL SELECT CAST(input AS text) FROM execution_logs
     UNION ALL SELECT output FROM execution_logs
     UNION ALL SELECT error FROM execution_logs",
);

/// Everything in the database that could hold what went in or came out.
async fn left(told: &Told) -> String {
    let rows = told.engine.query(&ALL, vec![]).await.unwrap();
    let rows = rows.iter().filter_map(|row| row.opt_text("text").unwrap());
    rows.map(|text| text.replace(": ", ":")).collect::<Vec<_>>().join("\n")
}

fn settings(stored: Stored) -> RunSettings {
    RunSettings { stored, lease: Duration::from_millis(300), ..RunSettings::default() }
}

async fn nothing(told: Told) {
    let process = Process::new(&registry(), &told, settings(Stored::Nothing), Played::echo()).await;
    let run = process.start(4711).await;
    assert_eq!(process.ended(run).await.status.as_str(), "succeeded");
    let ended = left(&told).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended, @r#"{"stored":false}"#);
    }
}

async fn hashes(told: Told) {
    let process = Process::new(&registry(), &told, settings(Stored::Hashes), Played::echo()).await;
    let run = process.start(4711).await;
    assert_eq!(process.ended(run).await.status.as_str(), "succeeded");
    let left = left(&told).await;
    assert!(!left.contains("4711"), "{left}");
    assert_eq!(left.lines().filter(|line| line.contains("sha256:")).count(), 8, "{left}");
}

async fn cancelled(told: Told) {
    let model = Played::with_permits(said, 1);
    let process = Process::new(&registry(), &told, settings(Stored::Nothing), model.clone()).await;
    let run = process.start(4711).await;
    model.until_asked(2).await;
    assert!(left(&told).await.contains("4711"), "it is needed to go on");
    process.app.cancel_run(&run.to_string(), &Caller::anonymous(Permissions::NONE)).await.unwrap();
    let left = left(&told).await;
    assert!(!left.contains("4711"), "{left}");
}

async fn goes_on(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 1));
    let first = Process::new(&registry, &told, settings(Stored::Nothing), model.clone()).await;
    let run = first.start(4711).await;
    model.until_asked(2).await;
    first.kill().await;
    model.permits.add_permits(10);
    let second = Process::new(&registry, &told, settings(Stored::Nothing), model.clone()).await;
    assert_eq!(second.ended(run).await.status.as_str(), "succeeded");
    assert_eq!(model.asked().last().unwrap(), "Three of <(One of 4711.)>.");
    let left = left(&told).await;
    assert!(!left.contains("4711"), "{left}");
}
