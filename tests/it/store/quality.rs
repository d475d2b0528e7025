//! Executions and feedback: counted by day at any time, listed page by page.

use super::{Told, story};
use jiff::civil::{Date, date};
use promptreg::{
    domain::{ClientType, ExecutionStatus},
    store::{
        After, Dialect, Engine, Execution, ExecutionQuestion, Feedback, FeedbackQuestion, Statement, execution_of,
        executions, feedback_of, fold_executions, make_month, month_of, put_executions, put_feedback, quality_of,
        throw_away, versions_of,
    },
};
use serde_json::json;
use uuid::Uuid;

story!(an_execution_comes_back_as_it_went_in, whole);
story!(executions_are_counted_alike_before_and_after_they_are_added_up, counted);
story!(a_page_begins_where_the_one_before_ended, paged);
story!(ratings_are_counted_by_version, rated);
story!(lists_and_reports_read_indexes, indexed);

const TENANT: Uuid = Uuid::from_u128(1);
const PROMPT: Uuid = Uuid::from_u128(100);
const ALWAYS: (Date, Date) = (Date::constant(1, 1, 1), Date::constant(9999, 12, 31));

fn execution(number: u128, at: &str, status: ExecutionStatus) -> Execution {
    Execution {
        id: Uuid::from_u128(number),
        run_id: Some(Uuid::from_u128(50)),
        step: Some("summarize".to_owned()),
        prompt_id: PROMPT,
        prompt_version_id: Uuid::from_u128(200 + number % 2),
        user_id: Some(Uuid::from_u128(9)),
        client_type: ClientType::Web,
        project_key: Some("shop".to_owned()),
        provider: Some("openai".to_owned()),
        model: Some("gpt".to_owned()),
        parameters: Some(json!({"temperature": 0.2})),
        status,
        input: Some(json!("a text, \"quoted\"")),
        output: Some("it's \\ \u{7} \"fine\"\n".to_owned()),
        error: None,
        latency_ms: Some(100 * number as i64),
        input_tokens: Some(10),
        output_tokens: None,
        cost_usd: Some(0.25),
        context: Some(json!({"page": number as u64})),
        created_at: at.parse().unwrap(),
    }
}

fn feedback(number: u128, at: &str, rating: Option<i64>) -> Feedback {
    Feedback {
        id: Uuid::from_u128(number),
        prompt_id: PROMPT,
        prompt_version_id: Uuid::from_u128(200 + number % 2),
        execution_id: Some(Uuid::from_u128(7)),
        user_id: None,
        rating,
        comment: Some("Too long.".to_owned()),
        tags: vec!["style".to_owned(), "length".to_owned()],
        created_at: at.parse().unwrap(),
    }
}

async fn put(engine: &dyn Engine, executions: &[Execution], feedback: &[Feedback]) {
    for execution in executions {
        make_month(engine, month_of(execution.created_at)).await.unwrap();
    }
    let mut begun = engine.begin().await.unwrap();
    put_executions(&mut *begun, TENANT, executions).await.unwrap();
    put_feedback(&mut *begun, TENANT, feedback).await.unwrap();
    begun.commit().await.unwrap();
}

async fn whole(told: Told) {
    let engine = &*told.engine;
    let full = execution(1, "2026-11-22T09:00:00.123456Z", ExecutionStatus::Timeout);
    let bare = Execution {
        run_id: None,
        step: None,
        user_id: None,
        project_key: None,
        provider: None,
        model: None,
        parameters: None,
        input: None,
        output: None,
        latency_ms: None,
        input_tokens: None,
        cost_usd: None,
        context: None,
        error: Some("refused".to_owned()),
        ..execution(2, "2026-11-22T09:00:00Z", ExecutionStatus::Error)
    };
    put(engine, &[full.clone(), bare.clone()], &[]).await;
    assert_eq!(execution_of(engine, TENANT, full.id).await.unwrap(), Some(full.clone()));
    assert_eq!(execution_of(engine, TENANT, bare.id).await.unwrap(), Some(bare.clone()));
    assert_eq!(execution_of(engine, Uuid::from_u128(2), full.id).await.unwrap(), None);
    let listed = executions(engine, TENANT, ExecutionQuestion::default(), 10).await.unwrap();
    let cut = Execution { parameters: None, input: None, output: None, context: None, ..full.clone() };
    assert_eq!(listed, [cut, bare]);
    let versions = versions_of(engine, TENANT, &[full.id, Uuid::from_u128(3)]).await.unwrap();
    assert_eq!(versions.into_iter().collect::<Vec<_>>(), [(full.id, (PROMPT, full.prompt_version_id))]);
}

async fn counted(told: Told) {
    let engine = &*told.engine;
    let all = [
        execution(1, "2026-10-31T23:59:59.999999Z", ExecutionStatus::Success),
        execution(2, "2026-11-01T00:00:00Z", ExecutionStatus::Success),
        execution(3, "2026-11-01T12:00:00Z", ExecutionStatus::Error),
        Execution { latency_ms: None, ..execution(4, "2026-11-01T13:00:00Z", ExecutionStatus::Success) },
        execution(5, "2026-11-02T00:00:00Z", ExecutionStatus::Timeout),
    ];
    let told = async || {
        let days = [ALWAYS, (date(2026, 11, 1), date(2026, 11, 2))];
        let mut lines = Vec::new();
        for days in days {
            for (version, quality) in quality_of(engine, TENANT, PROMPT, days).await.unwrap() {
                let said = (quality.ended, quality.timed, quality.latency_ms, quality.input_tokens, quality.cost_usd);
                lines.push(format!("{} {} {said:?}", days.0, version.as_u128()));
            }
        }
        lines
    };
    put(engine, &all[..3], &[]).await;
    while fold_executions(engine, TENANT).await.unwrap() {}
    put(engine, &all[3..], &[]).await;
    let before = told().await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(before.join("\n"), @"
        0001-01-01 200 ([2, 0, 0], 1, 200, 20, 0.5)
        0001-01-01 201 ([1, 1, 1], 3, 900, 30, 0.75)
        2026-11-01 200 ([2, 0, 0], 1, 200, 20, 0.5)
        2026-11-01 201 ([0, 1, 0], 1, 300, 10, 0.25)
        ");
    }
    for _ in 0..2 {
        while fold_executions(engine, TENANT).await.unwrap() {}
        assert_eq!(told().await, before);
    }
    throw_away(engine, "2026-12-01T00:00:00Z".parse().unwrap()).await.unwrap();
    assert_eq!(executions(engine, TENANT, ExecutionQuestion::default(), 10).await.unwrap(), []);
    assert_eq!(told().await, before);
    static VIEW: Statement = Statement::both(
        "SELECT CAST(sum(count) AS bigint) AS count FROM version_executions_daily WHERE tenant_id = $1",
    );
    assert_eq!(engine.query(&VIEW, vec![TENANT.into()]).await.unwrap()[0].int("count").unwrap(), 5);
}

async fn paged(told: Told) {
    let engine = &*told.engine;
    let at = |number: u128| format!("2026-11-{:02}T09:00:00Z", 1 + number / 2);
    let status = |number: u128| ExecutionStatus::ALL[number as usize % 3];
    let rows: Vec<Execution> = (1..=9).map(|number| execution(number, &at(number), status(number))).collect();
    let said: Vec<Feedback> =
        (1..=9).map(|number| feedback(number, &at(number), Some(1 + number as i64 % 5))).collect();
    put(engine, &rows, &said).await;
    let page = async |question: ExecutionQuestion| {
        let rows = executions(engine, TENANT, question, 2).await.unwrap();
        let after = rows.last().map(|row| After { created_at: row.created_at, id: row.id });
        (rows.iter().map(|row| row.id.as_u128()).collect::<Vec<_>>(), after)
    };
    let pages = async |question: ExecutionQuestion| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (rows, next) = page(ExecutionQuestion { after, ..question }).await;
            if rows.is_empty() {
                return all;
            }
            all.push(rows);
            after = next;
        }
    };
    let of_prompt = ExecutionQuestion { prompt_id: Some(PROMPT), ..Default::default() };
    let of_version = ExecutionQuestion { prompt_version_id: Some(Uuid::from_u128(200)), ..of_prompt };
    assert_eq!(pages(ExecutionQuestion::default()).await, [vec![9, 8], vec![7, 6], vec![5, 4], vec![3, 2], vec![1]]);
    assert_eq!(pages(of_prompt).await.concat(), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(pages(of_version).await.concat(), [8, 6, 4, 2]);
    for (status, all, few) in [
        (ExecutionStatus::Success, [9, 6, 3], [6]),
        (ExecutionStatus::Error, [7, 4, 1], [4]),
        (ExecutionStatus::Timeout, [8, 5, 2], [8]),
    ] {
        let status = Some(status);
        assert_eq!(pages(ExecutionQuestion { status, ..Default::default() }).await.concat(), all);
        assert_eq!(pages(ExecutionQuestion { status, ..of_prompt }).await.concat(), all);
        assert_eq!(pages(ExecutionQuestion { status, ..of_version }).await.concat()[..1], few);
    }
    let mut question = FeedbackQuestion { prompt_id: Some(PROMPT), ..Default::default() };
    let first = feedback_of(engine, TENANT, question, 1).await.unwrap();
    assert_eq!(first, [said[8].clone()]);
    question.after = Some(After { created_at: first[0].created_at, id: first[0].id });
    question.rating = Some(5);
    assert_eq!(feedback_of(engine, TENANT, question, 9).await.unwrap(), [said[3].clone()]);
    question.rating = Some(6);
    assert_eq!(feedback_of(engine, TENANT, question, 9).await.unwrap(), []);
}

async fn rated(told: Told) {
    let engine = &*told.engine;
    let said = [
        feedback(1, "2026-10-31T23:59:59.999999Z", Some(1)),
        feedback(3, "2026-11-01T00:00:00Z", Some(5)),
        feedback(5, "2026-11-01T23:59:59.999999Z", Some(5)),
        feedback(7, "2026-11-01T10:00:00Z", None),
        feedback(2, "2026-11-02T00:00:00Z", Some(3)),
    ];
    put(engine, &[], &said).await;
    let mut lines = Vec::new();
    for days in [ALWAYS, (date(2026, 11, 1), date(2026, 11, 2))] {
        for (version, quality) in quality_of(engine, TENANT, PROMPT, days).await.unwrap() {
            lines.push(format!("{} {} {} {:?}", days.0, version.as_u128(), quality.feedback, quality.ratings));
        }
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines.join("\n"), @"
        0001-01-01 200 1 [0, 0, 1, 0, 0]
        0001-01-01 201 4 [1, 0, 0, 0, 2]
        2026-11-01 201 3 [0, 0, 0, 0, 2]
        ");
    }
}

/// The plans of all lists and reports: no table is read from its beginning to its end.
async fn indexed(told: Told) {
    let engine = &*told.engine;
    make_month(engine, date(2026, 11, 1)).await.unwrap();
    let tables = ["execution_logs", "feedback", "executions_daily"];
    let mut seen = 0;
    for statement in promptreg::store::statements() {
        let sql = statement.sql(engine.dialect()).split_whitespace().collect::<Vec<_>>().join(" ");
        let is_of = |table: &&str| sql.contains(&format!("FROM {table} "));
        if !sql.starts_with("SELECT") || !tables.iter().any(is_of) {
            continue;
        }
        let plan = plan(engine, &sql).await;
        let is_whole = |line: &str| match engine.dialect() {
            Dialect::Postgres => tables.iter().any(|table| line.contains(&format!("Seq Scan on {table}"))),
            Dialect::Sqlite => tables.iter().any(|table| line.starts_with(&format!("SCAN {table}"))),
        };
        let is_sorted = |line: &str| line.contains("Sort Key") || line.contains("TEMP B-TREE FOR ORDER BY");
        assert!(!plan.lines().any(is_whole), "{sql}\n{plan}");
        assert!(!sql.contains("LIMIT") || !plan.lines().any(is_sorted), "{sql}\n{plan}");
        seen += 1;
    }
    assert_eq!(seen, 12 + 1 + 1 + 18 + 2);
}

async fn plan(engine: &dyn Engine, sql: &str) -> String {
    // A plan is made for values; texts do for all of them in SQLite, which asks for no types.
    let value = |index: usize| match (engine.dialect(), index) {
        (Dialect::Sqlite, _) => "'a'".to_owned(),
        (_, 1 | 5 | 6) => format!("CAST('{PROMPT}' AS uuid)"),
        (_, 3) if sql.contains("LIMIT $4") => format!("CAST('{PROMPT}' AS uuid)"),
        (_, 2) if sql.contains("LIMIT $4") => "CAST('2026-11-22' AS timestamptz)".to_owned(),
        (_, 2) if sql.contains("json_array") => format!("'[\"{PROMPT}\"]'"),
        (_, 2) => format!("CAST('{PROMPT}' AS uuid)"),
        (_, 4) if sql.contains("LIMIT $4") => "10".to_owned(),
        _ => "'2026-11-22'".to_owned(),
    };
    let sql = (1..=6).fold(sql.to_owned(), |sql, index| sql.replace(&format!("${index}"), &value(index)));
    let explain = if engine.dialect() == Dialect::Postgres { "EXPLAIN " } else { "EXPLAIN QUERY PLAN " };
    let mut begun = engine.begin().await.unwrap();
    // The tables are empty, and an empty table is read at once.
    static NOT_AT_ONCE: Statement = Statement::each("SET LOCAL enable_seqscan = off", "SELECT 1");
    begun.query(&NOT_AT_ONCE, vec![]).await.unwrap();
    let explained = Statement::made(format!("{explain}{sql}"), format!("{explain}{sql}"));
    let rows = begun.query(&explained, vec![]).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let column = if engine.dialect() == Dialect::Postgres { "QUERY PLAN" } else { "detail" };
    rows.iter().map(|row| row.text(column).unwrap()).collect::<Vec<_>>().join("\n")
}
