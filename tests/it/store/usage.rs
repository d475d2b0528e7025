//! Usage: recorded once, counted by day at any time, kept by month.

use super::{Told, story};
use jiff::{Timestamp, civil::date};
use promptreg::{
    domain::ClientType,
    store::{
        Dialect, Engine, Facet, Key, Statement, UsageEvent, UsageQuestion, claim_keys, fold_usage, make_month,
        month_of, most_used, put_usage, throw_away, usage_of,
    },
};
use uuid::Uuid;

story!(what_came_lately_is_counted_as_what_came_before, counted);
story!(a_key_stands_for_what_it_was_first_taken_for, keys);
story!(old_events_go_and_their_counts_stay, thrown_away);

const TENANT: Uuid = Uuid::from_u128(1);

fn event(number: u128, at: &str, version: u128, client_type: ClientType) -> UsageEvent {
    UsageEvent {
        id: Uuid::from_u128(number),
        prompt_id: Uuid::from_u128(100),
        prompt_version_id: Uuid::from_u128(version),
        user_id: number.is_multiple_of(2).then_some(Uuid::from_u128(9)),
        client_type,
        project_key: Some("shop".to_owned()),
        context: Some(serde_json::json!({"page": number as u64, "said": "it's \\ \u{7} \"fine\"\n"})),
        created_at: at.parse().unwrap(),
    }
}

async fn put(engine: &dyn Engine, events: &[UsageEvent]) {
    for event in events {
        make_month(engine, month_of(event.created_at)).await.unwrap();
    }
    let mut begun = engine.begin().await.unwrap();
    put_usage(&mut *begun, TENANT, &events.iter().collect::<Vec<_>>()).await.unwrap();
    begun.commit().await.unwrap();
}

async fn report(engine: &dyn Engine, hourly: bool, facet: Option<Facet>) -> Vec<String> {
    let [from, to] = ["2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z"].map(|time| time.parse::<Timestamp>().unwrap());
    let question = UsageQuestion { prompt_id: Uuid::from_u128(100), from, to, hourly, facet };
    let counts = usage_of(engine, TENANT, question).await.unwrap();
    counts.iter().map(|count| format!("{} {:?} {}", count.from, count.value, count.count)).collect()
}

async fn counted(told: Told) {
    let engine = &*told.engine;
    let events = [
        event(1, "2026-10-31T23:59:59.999999Z", 1, ClientType::Web),
        event(2, "2026-11-01T00:00:00Z", 1, ClientType::Cli),
        event(3, "2026-11-01T00:10:00Z", 2, ClientType::Cli),
        event(4, "2026-11-01T01:00:00Z", 2, ClientType::Cli),
    ];
    put(engine, &events[..2]).await;
    let all = async || {
        let mut all = Vec::new();
        for (hourly, facet) in [
            (false, None),
            (false, Some(Facet::ClientType)),
            (false, Some(Facet::Version)),
            (false, Some(Facet::ProjectKey)),
            (false, Some(Facet::User)),
            (true, None),
            (true, Some(Facet::ClientType)),
        ] {
            all.push(report(engine, hourly, facet).await);
        }
        all
    };
    while fold_usage(engine, TENANT).await.unwrap() {}
    put(engine, &events[2..]).await;
    let before = all().await;
    insta::allow_duplicates! {
        insta::assert_debug_snapshot!(before, @r#"
        [
            [
                "2026-10-31T00:00:00Z None 1",
                "2026-11-01T00:00:00Z None 3",
            ],
            [
                "2026-10-31T00:00:00Z Some(\"web\") 1",
                "2026-11-01T00:00:00Z Some(\"cli\") 3",
            ],
            [
                "2026-10-31T00:00:00Z Some(\"00000000-0000-0000-0000-000000000001\") 1",
                "2026-11-01T00:00:00Z Some(\"00000000-0000-0000-0000-000000000001\") 1",
                "2026-11-01T00:00:00Z Some(\"00000000-0000-0000-0000-000000000002\") 2",
            ],
            [
                "2026-10-31T00:00:00Z Some(\"shop\") 1",
                "2026-11-01T00:00:00Z Some(\"shop\") 3",
            ],
            [
                "2026-10-31T00:00:00Z None 1",
                "2026-11-01T00:00:00Z Some(\"00000000-0000-0000-0000-000000000009\") 2",
                "2026-11-01T00:00:00Z None 1",
            ],
            [
                "2026-10-31T23:00:00Z None 1",
                "2026-11-01T00:00:00Z None 2",
                "2026-11-01T01:00:00Z None 1",
            ],
            [
                "2026-10-31T23:00:00Z Some(\"web\") 1",
                "2026-11-01T00:00:00Z Some(\"cli\") 2",
                "2026-11-01T01:00:00Z Some(\"cli\") 1",
            ],
        ]
        "#);
    }
    while fold_usage(engine, TENANT).await.unwrap() {}
    assert_eq!(all().await, before);
    while fold_usage(engine, TENANT).await.unwrap() {}
    assert_eq!(all().await, before);
    let most = most_used(engine, TENANT, (date(2026, 11, 1), date(2026, 12, 1)), 5).await.unwrap();
    assert_eq!(most, [(Uuid::from_u128(100), 3)]);
    static READ: Statement = Statement::both("SELECT context, user_id, created_at FROM usage_events ORDER BY id");
    let rows = engine.query(&READ, vec![]).await.unwrap();
    assert_eq!(rows[1].json("context").unwrap(), events[1].context.clone().unwrap());
    assert_eq!(rows[1].opt_uuid("user_id").unwrap(), events[1].user_id);
    assert_eq!(rows[0].opt_uuid("user_id").unwrap(), None);
    assert_eq!(rows[0].time("created_at").unwrap(), events[0].created_at);
}

async fn keys(told: Told) {
    let key = |key: &str, id| Key { key: key.to_owned(), id: Uuid::from_u128(id) };
    let now = Timestamp::UNIX_EPOCH;
    let mut begun = told.engine.begin().await.unwrap();
    let first =
        claim_keys(&mut *begun, TENANT, "usage", vec![key("a", 1), key("b", 2), key("a", 3)], now).await.unwrap();
    assert_eq!((first["a"], first["b"]), (Uuid::from_u128(1), Uuid::from_u128(2)));
    begun.commit().await.unwrap();
    let mut begun = told.engine.begin().await.unwrap();
    let again = claim_keys(&mut *begun, TENANT, "usage", vec![key("c", 4), key("b", 5)], now).await.unwrap();
    assert_eq!((again["b"], again["c"]), (Uuid::from_u128(2), Uuid::from_u128(4)));
    let other = claim_keys(&mut *begun, TENANT, "feedback", vec![key("a", 6)], now).await.unwrap();
    assert_eq!(other["a"], Uuid::from_u128(6));
}

async fn thrown_away(told: Told) {
    let engine = &*told.engine;
    put(
        engine,
        &[event(1, "2026-10-31T23:59:59Z", 1, ClientType::Web), event(2, "2026-11-02T00:00:00Z", 1, ClientType::Web)],
    )
    .await;
    while fold_usage(engine, TENANT).await.unwrap() {}
    let before = report(engine, false, None).await;
    let before_november = "2026-11-01T00:00:00Z".parse().unwrap();
    let gone = throw_away(engine, before_november).await.unwrap();
    let whole = match engine.dialect() {
        Dialect::Sqlite => &["usage_events: 1 rows"][..],
        Dialect::Postgres => &["usage_events_2026_10", "execution_logs_2026_10"],
    };
    assert_eq!(gone, whole);
    assert_eq!(throw_away(engine, before_november).await.unwrap(), [""; 0]);
    static LEFT: Statement = Statement::both("SELECT id FROM usage_events");
    let left = engine.query(&LEFT, vec![]).await.unwrap();
    assert_eq!(left.iter().map(|row| row.uuid("id").unwrap()).collect::<Vec<_>>(), [Uuid::from_u128(2)]);
    assert_eq!(report(engine, false, None).await, before);
    assert_eq!(before.len(), 2);
    put(engine, &[event(3, "2026-10-31T23:59:59Z", 1, ClientType::Web)]).await;
    assert_eq!(engine.query(&LEFT, vec![]).await.unwrap().len(), 2);
}
