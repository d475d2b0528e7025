//! The audit's chain: whatever is done to it is found.

use super::{Told, story};
use promptreg::store::{
    AuditAsked, AuditRow, Chain, Chained, Engine, Statement, append_audit, audit_after, audit_before, verify_audit,
};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

story!(every_way_to_tamper_with_the_chain_is_found, tampered);
story!(the_database_itself_refuses_to_change_a_row, refused);
story!(many_who_write_at_once_make_one_chain, at_once);
story!(what_was_exported_proves_itself, exported);
story!(rows_are_found_by_what_they_tell, found);

const TENANT: Uuid = Uuid::from_u128(1);

fn row(number: u128) -> AuditRow {
    AuditRow {
        id: Uuid::from_u128(number),
        at: "2026-11-22T09:00:00.123456789Z".parse().unwrap(),
        actor: "ana".to_owned(),
        action: "label_moved".to_owned(),
        entity_type: "prompt".to_owned(),
        entity: format!("greet{number}"),
        commit: number.is_multiple_of(2).then(|| "a".repeat(40)),
        old_values: Some(json!({"production": "1.0.0"})),
        new_values: Some(json!({"z": 1, "a": [true, null, 1.5, 1e16, "\u{0}"], "deep": {"b": 1, "a": 2}})),
        details: None,
    }
}

async fn append(engine: &dyn Engine, rows: Vec<AuditRow>) -> usize {
    let mut begun = engine.begin().await.unwrap();
    let added = append_audit(&mut *begun, TENANT, rows).await.unwrap();
    begun.commit().await.unwrap();
    added
}

async fn broken(engine: &dyn Engine) -> Vec<String> {
    let chain = verify_audit(engine, TENANT).await.unwrap();
    chain.broken.into_iter().map(|broken| broken.what).collect()
}

/// Does something that the triggers forbid.
async fn tamper(engine: &dyn Engine, sql: &[&'static str]) {
    let mut begun = engine.begin().await.unwrap();
    let without: &[&str] = match engine.dialect() {
        promptreg::store::Dialect::Postgres => &["ALTER TABLE audit_logs DISABLE TRIGGER ALL"],
        promptreg::store::Dialect::Sqlite => {
            &["DROP TRIGGER IF EXISTS audit_logs_are_not_changed", "DROP TRIGGER IF EXISTS audit_logs_are_kept"]
        }
    };
    for sql in without.iter().chain(sql) {
        begun.query(&Statement::both(sql), vec![]).await.unwrap();
    }
    begun.commit().await.unwrap();
}

async fn tampered(told: Told) {
    let engine = &*told.engine;
    assert_eq!(append(engine, (1..=5).map(row).collect()).await, 5);
    // What is there already is left out.
    assert_eq!(append(engine, vec![row(5), row(6), row(6)]).await, 1);
    assert_eq!(broken(engine).await, Vec::<String>::new());
    let ways: [(&[&str], &[&str]); 6] = [
        (
            &["UPDATE audit_logs SET actor = 'eve' WHERE seq = 3"],
            &["UPDATE audit_logs SET actor = 'ana' WHERE seq = 3"],
        ),
        (
            &["UPDATE audit_logs SET commit_id = NULL WHERE seq = 2"],
            &["UPDATE audit_logs SET commit_id = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' WHERE seq = 2"],
        ),
        (&["UPDATE audit_heads SET seq = 7"], &["UPDATE audit_heads SET seq = 6"]),
        (
            &[
                "UPDATE audit_logs SET seq = 100 WHERE seq = 2",
                "UPDATE audit_logs SET seq = 2 WHERE seq = 4",
                "UPDATE audit_logs SET seq = 4 WHERE seq = 100",
            ],
            &[
                "UPDATE audit_logs SET seq = 100 WHERE seq = 2",
                "UPDATE audit_logs SET seq = 2 WHERE seq = 4",
                "UPDATE audit_logs SET seq = 4 WHERE seq = 100",
            ],
        ),
        (&["DELETE FROM audit_logs WHERE seq = 6"], &[]),
        (&["DELETE FROM audit_logs WHERE seq = 3"], &[]),
    ];
    let mut said = String::new();
    for (way, back) in ways {
        tamper(engine, way).await;
        said += &format!("{}\n  {}\n", way[0], broken(engine).await.join("\n  "));
        tamper(engine, back).await;
        if !back.is_empty() {
            assert_eq!(broken(engine).await, Vec::<String>::new());
        }
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(said, @"
        UPDATE audit_logs SET actor = 'eve' WHERE seq = 3
          row 3 (label_moved prompt greet3) was changed
        UPDATE audit_logs SET commit_id = NULL WHERE seq = 2
          row 2 (label_moved prompt greet2) was changed
        UPDATE audit_heads SET seq = 7
          the chain ends with row 6, and should end with row 7
        UPDATE audit_logs SET seq = 100 WHERE seq = 2
          row 2 does not follow the row before it: one of them was changed or replaced
          row 2 (label_moved prompt greet4) was changed
          row 3 does not follow the row before it: one of them was changed or replaced
          row 4 does not follow the row before it: one of them was changed or replaced
          row 4 (label_moved prompt greet2) was changed
          row 5 does not follow the row before it: one of them was changed or replaced
        DELETE FROM audit_logs WHERE seq = 6
          the chain ends with row 5, and should end with row 6
        DELETE FROM audit_logs WHERE seq = 3
          row 3 should come before row 4, and is missing
          the chain ends with row 5, and should end with row 6
        ");
    }
}

async fn refused(told: Told) {
    let engine = &*told.engine;
    append(engine, vec![row(1)]).await;
    for sql in ["UPDATE audit_logs SET actor = 'eve'", "DELETE FROM audit_logs"] {
        let mut begun = engine.begin().await.unwrap();
        let error = begun.query(&Statement::both(sql), vec![]).await.unwrap_err();
        assert!(error.to_string().contains("rows of audit_logs are never changed or removed"), "{error}");
    }
}

async fn at_once(told: Told) {
    let engine: &Arc<dyn Engine> = &told.engine;
    let writers = (0..8).map(|writer| {
        let engine = Arc::clone(engine);
        tokio::spawn(async move {
            for number in 0..20 {
                append(&*engine, vec![row(1_000 * writer + number)]).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let chain = verify_audit(&**engine, TENANT).await.unwrap();
    assert_eq!((chain.seq, chain.broken), (160, vec![]));
}

async fn exported(told: Told) {
    let engine = &*told.engine;
    append(engine, (1..=3).map(row).collect()).await;
    let lines: Vec<_> =
        audit_after(engine, TENANT, 0).await.unwrap().iter().map(|row| row.told().to_string()).collect();
    let follow = |lines: &[String]| {
        let mut chain = Chain::of(TENANT);
        for line in lines {
            chain.follow(&Chained::read(&serde_json::from_str(line).unwrap()).unwrap());
        }
        chain
    };
    let whole = follow(&lines);
    assert_eq!((whole.seq, whole.broken.len()), (3, 0));
    // Both databases tell the same, to the byte of the hash.
    insta::allow_duplicates! {
        insta::assert_snapshot!(whole.hash, @"b7d2c08b68caf74dfeacf4637051165c79ae4f867d0986dc49ebf00dbf069308");
    }
    let changed: Vec<String> = lines.iter().map(|line| line.replace("1.0.0", "1.0.1")).collect();
    assert_eq!(follow(&changed).broken.len(), 3);
}

async fn found(told: Told) {
    let engine = &*told.engine;
    let more = AuditRow { entity: "greet@1.0.0".to_owned(), action: "arrived".to_owned(), ..row(20) };
    let rows = vec![AuditRow { entity: "greet".to_owned(), ..row(10) }, more, row(30)];
    append(engine, rows).await;
    let [since, until] = ["2026-11-22T09:00:00Z", "2026-11-22T09:00:01Z"].map(|time| time.parse().unwrap());
    let asked = AuditAsked { actor: None, entity: None, action: None, since, until, before: i64::MAX, limit: 10 };
    let seqs = async |asked: AuditAsked| {
        let rows = audit_before(engine, TENANT, asked).await.unwrap();
        rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(asked.clone()).await, [3, 2, 1]);
    assert_eq!(seqs(AuditAsked { entity: Some("greet".to_owned()), ..asked.clone() }).await, [2, 1]);
    assert_eq!(seqs(AuditAsked { action: Some("arrived".to_owned()), ..asked.clone() }).await, [2]);
    assert_eq!(seqs(AuditAsked { actor: Some("eve".to_owned()), ..asked.clone() }).await, Vec::<i64>::new());
    assert_eq!(seqs(AuditAsked { before: 3, limit: 1, ..asked.clone() }).await, [2]);
    assert_eq!(seqs(AuditAsked { since: until, until, ..asked }).await, Vec::<i64>::new());
}
