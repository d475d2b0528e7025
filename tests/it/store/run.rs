//! Runs as rows: claimed by one process at a time, and moved on by the one that has them.

use super::{Told, story};
use jiff::Timestamp;
use promptreg::{
    domain::{RunStatus, StepStatus, TriggerType},
    store::{
        Advance, Claim, Engine, NewRun, Plan, RunStep, Statement, advance_runs, claim_runs, claimed_still,
        hand_back_runs, plans_of, put_plans, put_runs, put_steps, queued_runs, renew_claims, run_of, steps_of,
        throw_away_runs,
    },
};
use serde_json::json;
use std::{collections::HashSet, time::Duration};
use uuid::Uuid;

story!(each_run_is_claimed_by_one_process, claimed_once);
story!(a_run_moves_on_only_where_its_process_has_it_still, guarded);
story!(what_is_not_heard_of_any_more_is_claimed_by_others, lapsed);
story!(runs_that_have_ended_go_in_time, thrown_away);
story!(plans_and_steps_come_back_as_they_went_in, whole);

const TENANT: Uuid = Uuid::from_u128(1);
const LONG: Duration = Duration::from_secs(600);

fn run(number: u128, workflow: &str, claimed_by: Option<Uuid>) -> NewRun {
    NewRun {
        id: Uuid::from_u128(number),
        workflow_id: Uuid::from_u128(7),
        workflow: workflow.to_owned(),
        commit_id: Some("c".to_owned()),
        plan: "sha256:1".to_owned(),
        trigger_type: TriggerType::Manual,
        trigger: None,
        input: json!({"n": number as u64}),
        user_id: None,
        claimed_by,
        created_at: Timestamp::from_second(1_000 + number as i64).unwrap(),
    }
}

async fn put(engine: &dyn Engine, runs: &[NewRun], lease: Duration) {
    let mut begun = engine.begin().await.unwrap();
    put_runs(&mut *begun, TENANT, runs, lease).await.unwrap();
    begun.commit().await.unwrap();
}

fn claim(by: u128, most: usize) -> Claim<'static> {
    Claim { tenant: TENANT, by: Uuid::from_u128(by), lease: LONG, most, but: &[], is_lapsed: false }
}

async fn claimed(engine: &dyn Engine, claim: Claim<'_>) -> Vec<u128> {
    claim_runs(engine, claim).await.unwrap().iter().map(|run| run.id.as_u128()).collect()
}

fn advance(by: u128, place: i64, next_place: i64, status: RunStatus) -> Advance {
    Advance {
        id: Uuid::from_u128(1),
        claimed_by: Uuid::from_u128(by),
        place,
        next_place,
        status,
        input: None,
        output: None,
        error: None,
        finished_at: status.is_end().then_some(Timestamp::UNIX_EPOCH),
    }
}

async fn moves(engine: &dyn Engine, advance: &Advance) -> bool {
    let mut begun = engine.begin().await.unwrap();
    let moved = advance_runs(&mut *begun, TENANT, &[advance], LONG).await.unwrap();
    begun.commit().await.unwrap();
    moved.contains(&advance.id)
}

async fn claimed_once(told: Told) {
    let engine = &*told.engine;
    let runs: Vec<NewRun> = (1..=40).map(|n| run(n, if n % 4 == 0 { "b" } else { "a" }, None)).collect();
    put(engine, &runs, LONG).await;
    assert_eq!(
        (queued_runs(engine, TENANT, 100).await.unwrap(), queued_runs(engine, TENANT, 5).await.unwrap()),
        (40, 5)
    );
    assert_eq!(claimed(engine, claim(1, 3)).await, [1, 2, 3]);
    assert_eq!(claimed(engine, Claim { but: &["a"], ..claim(1, 2) }).await, [4, 8]);
    assert_eq!(claimed(engine, Claim { tenant: Uuid::from_u128(2), ..claim(1, 2) }).await, [] as [u128; 0]);
    let all = (2..=6).map(|by| {
        let engine = told.engine.clone();
        tokio::spawn(async move {
            let mut all = Vec::new();
            loop {
                let some = claimed(&*engine, claim(by, 3)).await;
                if some.is_empty() {
                    return all;
                }
                all.extend(some);
            }
        })
    });
    let mut seen = Vec::new();
    for one in all.collect::<Vec<_>>() {
        seen.extend(one.await.unwrap());
    }
    // What another is just claiming is skipped, so that there may be something left.
    seen.extend(claimed(engine, claim(7, 100)).await);
    assert_eq!((seen.len(), seen.iter().collect::<HashSet<_>>().len()), (35, 35));
    assert_eq!(queued_runs(engine, TENANT, 100).await.unwrap(), 0);
}

async fn guarded(told: Told) {
    let engine = &*told.engine;
    put(engine, &[run(1, "a", Some(Uuid::from_u128(1)))], LONG).await;
    assert!(!moves(engine, &advance(2, 0, 1, RunStatus::Running)).await, "another has it");
    assert!(moves(engine, &advance(1, 0, 1, RunStatus::Running)).await);
    assert!(!moves(engine, &advance(1, 0, 1, RunStatus::Running)).await, "it moved on already");
    hand_back_runs(engine, TENANT, Uuid::from_u128(1)).await.unwrap();
    assert!(!moves(engine, &advance(1, 1, 2, RunStatus::Running)).await, "it was handed back");
    assert_eq!(claimed(engine, claim(3, 5)).await, [1]);
    assert!(moves(engine, &advance(3, 1, 2, RunStatus::Succeeded)).await);
    assert!(!moves(engine, &advance(3, 2, 3, RunStatus::Running)).await, "it has ended");
    let ended = run_of(engine, TENANT, Uuid::from_u128(1)).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.next_place, ended.input), (RunStatus::Succeeded, 2, json!({"n": 1})));
}

async fn lapsed(told: Told) {
    let engine = &*told.engine;
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    put(engine, &[run(1, "a", Some(one)), run(2, "a", Some(one))], Duration::ZERO).await;
    renew_claims(engine, TENANT, one, &[Uuid::from_u128(2)], LONG).await.unwrap();
    let taken = Claim { is_lapsed: true, ..claim(2, 5) };
    // The lease was over when it began, by the database's clock of milliseconds.
    let mut all = claimed(engine, taken).await;
    while all.is_empty() {
        all = claimed(engine, taken).await;
    }
    assert_eq!(all, [1]);
    let has = async |by| claimed_still(engine, TENANT, by).await.unwrap().len();
    assert_eq!((has(one).await, has(other).await), (1, 1));
    assert_eq!(run_of(engine, TENANT, Uuid::from_u128(1)).await.unwrap().unwrap().tries, 2);
}

async fn thrown_away(told: Told) {
    let engine = &*told.engine;
    let mine = |number| run(number, "a", Some(Uuid::from_u128(1)));
    put(engine, &[mine(1), mine(2), run(3, "a", None), mine(2_000)], LONG).await;
    assert!(moves(engine, &advance(1, 0, 1, RunStatus::Failed)).await);
    let ended = Advance { id: Uuid::from_u128(2_000), ..advance(1, 0, 1, RunStatus::Succeeded) };
    assert!(moves(engine, &ended).await);
    let before = Timestamp::from_second(2_500).unwrap();
    assert_eq!(throw_away_runs(engine, Uuid::from_u128(2), before).await.unwrap(), 0);
    assert_eq!(throw_away_runs(engine, TENANT, before).await.unwrap(), 1);
    let mut left = Vec::new();
    for number in [1, 2, 3, 2_000] {
        left.extend(run_of(engine, TENANT, Uuid::from_u128(number)).await.unwrap().map(|run| run.id.as_u128()));
    }
    assert_eq!(left, [2, 3, 2_000], "what goes on stays, and what is not old");
}

async fn whole(told: Told) {
    let engine = &*told.engine;
    let plan =
        |number: u32| Plan { digest: format!("sha256:{number}"), plan: json!({"steps": [number], "a": "\u{7}"}) };
    let step = |place: i64, status| RunStep {
        run_id: Uuid::from_u128(1),
        place,
        step: format!("step-{place}"),
        status,
        output: (place == 0).then(|| json!("text")),
        error: (place == 1).then(|| json!({"message": "no"})),
        execution_id: (place == 0).then(|| Uuid::from_u128(9)),
        attempts: place,
        started_at: "2026-11-22T09:00:00.123456Z".parse().unwrap(),
        finished_at: "2026-11-22T09:00:01Z".parse().unwrap(),
    };
    let steps = [step(0, StepStatus::Succeeded), step(1, StepStatus::TimedOut), step(2, StepStatus::Skipped)];
    for _ in 0..2 {
        let mut begun = engine.begin().await.unwrap();
        put_plans(&mut *begun, TENANT, &[&plan(1), &plan(2)], Timestamp::UNIX_EPOCH).await.unwrap();
        begun.commit().await.unwrap();
    }
    let mut begun = engine.begin().await.unwrap();
    put_steps(&mut *begun, TENANT, &steps.iter().collect::<Vec<_>>()).await.unwrap();
    begun.commit().await.unwrap();
    assert_eq!(steps_of(engine, TENANT, &[Uuid::from_u128(1), Uuid::from_u128(3)]).await.unwrap(), steps);
    assert_eq!(plans_of(engine, TENANT, &["sha256:2", "sha256:3"]).await.unwrap(), [plan(2)]);
    let mut begun = engine.begin().await.unwrap();
    assert!(put_steps(&mut *begun, TENANT, &[&steps[0]]).await.is_err(), "a step is recorded once");
}

#[test]
fn the_queue_is_read_by_its_indexes_in_sqlite() {
    super::block_on(async { indexed(super::sqlite().await).await });
}

/// No statement reads all runs, however many have ended.
async fn indexed(told: Told) {
    let engine = &*told.engine;
    let mut seen = 0;
    for statement in promptreg::store::statements() {
        let sql = statement.sql(engine.dialect());
        if !sql.contains("workflow_runs") || sql.starts_with("INSERT") {
            continue;
        }
        let sql = (1..=6).fold(sql.to_string(), |sql, index| sql.replace(&format!("${index}"), "'[]'"));
        let explained = Statement::made(String::new(), format!("EXPLAIN QUERY PLAN {sql}"));
        let mut begun = engine.begin().await.unwrap();
        let rows = begun.query(&explained, vec![]).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        let lines: Vec<String> = rows.iter().map(|row| row.text("detail").unwrap()).collect();
        assert!(!lines.iter().any(|line| line.starts_with("SCAN workflow_runs")), "{sql}\n{lines:#?}");
        // Those that go on are few; those that are queued may be many.
        let is_sorted = lines.iter().any(|line| line.contains("TEMP B-TREE FOR ORDER BY"));
        assert!(!is_sorted || sql.contains("ORDER BY claimed_until"), "{sql}\n{lines:#?}");
        seen += 1;
    }
    assert_eq!(seen, 17);
}
