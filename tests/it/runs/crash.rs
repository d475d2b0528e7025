//! Processes that are killed in the middle: no run is lost, and no finished step is repeated.

use super::{Played, Process, Told, registry, said, story};
use promptreg::app::RunSettings;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

story!(a_run_goes_on_elsewhere_from_its_last_finished_step, goes_on);
story!(every_run_ends_and_no_finished_step_is_repeated_though_processes_are_killed, killed);
story!(a_run_that_is_handed_back_is_taken_up_at_once, handed_back);
story!(a_run_that_nobody_can_perform_fails_in_the_end, worn_out);

/// Settings of a process whose runs are soon taken up by others.
fn short() -> RunSettings {
    RunSettings { lease: Duration::from_millis(300), ..RunSettings::default() }
}

async fn goes_on(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 1));
    let first = Process::new(&registry, &told, short(), model.clone()).await;
    let run = first.start(7).await;
    model.until_asked(2).await;
    first.kill().await;
    model.permits.add_permits(10);
    let second = Process::new(&registry, &told, short(), model.clone()).await;
    let ended = second.told(run).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended, @r#"
        succeeded {"n":7,"text":"(Three of <(One of 7.)>.)"}
        one succeeded "(One of 7.)"
        two succeeded "(Two of (One of 7.).)"
        three succeeded "(Three of <(One of 7.)>.)"
        "#);
        // The second step was asked for twice: nobody knows what became of the first time.
        insta::assert_snapshot!(model.asked().join("\n"), @"
        One of 7.
        Two of (One of 7.).
        Two of (One of 7.).
        Three of <(One of 7.)>.
        ");
    }
}

async fn killed(told: Told) {
    const RUNS: usize = 40;
    const KILLS: usize = 4;
    let (registry, model) = (registry(), Played::with_permits(said, 0));
    let mut process = Process::new(&registry, &told, short(), model.clone()).await;
    let mut runs = Vec::new();
    for n in 0..RUNS {
        runs.push(process.start(u64::try_from(n).unwrap()).await);
    }
    for kill in 1..=KILLS {
        model.permits.add_permits(RUNS * 3 / (KILLS + 1));
        // As many were asked for as could be answered, and more.
        model.until_asked(RUNS * 3 / (KILLS + 1) * kill + 1).await;
        process.kill().await;
        process = Process::new(&registry, &told, short(), model.clone()).await;
    }
    model.permits.add_permits(RUNS * 100);
    for (n, run) in runs.iter().enumerate() {
        let run = process.ended(*run).await;
        let text = run.output.unwrap()["text"].as_str().unwrap().to_owned();
        assert_eq!((run.status.as_str(), text), ("succeeded", format!("(Three of <(One of {n}.)>.)")));
    }
    // What was recorded was recorded once, whatever was asked for again.
    let calls = told.engine.query(&CALLS, vec![]).await.unwrap();
    assert_eq!(calls[0].int("rows").unwrap(), i64::try_from(RUNS * 3).unwrap());
    assert_eq!(calls[0].int("steps").unwrap(), i64::try_from(RUNS * 3).unwrap());
    // A step is asked for again only by a process after the one that was killed.
    let mut times: HashMap<String, usize> = HashMap::new();
    model.asked().into_iter().for_each(|question| *times.entry(question).or_default() += 1);
    assert_eq!(times.len(), RUNS * 3);
    assert!(times.values().all(|times| *times <= KILLS + 1), "{times:?}");
}

static CALLS: promptreg::store::Statement = promptreg::store::Statement::both(
    "SELECT (SELECT count(*) FROM execution_logs) AS rows, (SELECT count(*) FROM run_steps) AS steps",
);

async fn handed_back(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 1));
    let first = Process::new(&registry, &told, RunSettings::default(), model.clone()).await;
    let run = first.start(7).await;
    model.until_asked(2).await;
    first.app.hand_back_runs().await;
    first.kill().await;
    model.permits.add_permits(10);
    // Its lease would last longer than this test waits.
    let second = Process::new(&registry, &told, RunSettings::default(), model.clone()).await;
    assert_eq!(second.ended(run).await.status.as_str(), "succeeded");
    let asked = model.asked();
    assert_eq!(asked.iter().collect::<HashSet<_>>().len() + 1, asked.len());
}

async fn worn_out(told: Told) {
    let (registry, model) = (registry(), Played::with_permits(said, 0));
    let settings = || RunSettings { tries: 2, ..short() };
    let mut process = Process::new(&registry, &told, settings(), model.clone()).await;
    let run = process.start(7).await;
    for asked in 1..=2 {
        model.until_asked(asked).await;
        process.kill().await;
        process = Process::new(&registry, &told, settings(), model.clone()).await;
    }
    let ended = process.told(run).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended, @r#"failed {"message":"it was taken up 2 times, and its next step never ended"}"#);
    }
    assert_eq!(model.asked().len(), 2);
}
