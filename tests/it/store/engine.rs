//! What every engine must do alike.

use super::{Told, story};
use promptreg::store::{self, Dialect, Statement, Value};
use serde_json::json;
use uuid::Uuid;

story!(values_come_back_as_they_went_in, values);
story!(what_is_not_committed_is_undone, undone);
story!(tables_are_made_once_however_many_make_them_at_a_time, made_at_once);
story!(every_statement_is_understood, understood);

async fn values(told: Told) {
    static PUT: Statement = Statement::both(
        "INSERT INTO audit_logs (tenant_id, seq, id, at, actor, action, entity_type, entity, old_values, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, 'a', 'b', 'c', $6, '', '')",
    );
    static GET: Statement = Statement::both("SELECT * FROM audit_logs WHERE tenant_id = $1");
    let id = Uuid::from_u128(7);
    let at: jiff::Timestamp = "2026-11-22T09:00:00.123456Z".parse().unwrap();
    let said = json!({"b": [1, "zwei", null], "a": {"ü": true}});
    let mut begun = told.engine.begin().await.unwrap();
    let values: Vec<Value> = vec![id.into(), 42.into(), id.into(), at.into(), "Ünï".into(), said.clone().into()];
    begun.query(&PUT, values).await.unwrap();
    begun.commit().await.unwrap();
    let rows = told.engine.query(&GET, vec![id.into()]).await.unwrap();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((row.uuid("id").unwrap(), row.int("seq").unwrap(), row.time("at").unwrap()), (id, 42, at));
    assert_eq!((row.text("actor").unwrap(), row.json("old_values").unwrap()), ("Ünï".to_owned(), said));
    assert_eq!(row.opt_json("new_values").unwrap(), None);
    assert_eq!(
        row.text("nothing").unwrap_err().to_string(),
        "the column `nothing` is not there: somebody else wrote there, or it is a bug"
    );
}

async fn undone(told: Told) {
    static PUT: Statement = Statement::both("INSERT INTO tenants (id, name, default_branch) VALUES ($1, 'a', 'main')");
    static ALL: Statement = Statement::both("SELECT * FROM tenants");
    let mut begun = told.engine.begin().await.unwrap();
    begun.query(&PUT, vec![Uuid::from_u128(1).into()]).await.unwrap();
    drop(begun);
    assert_eq!(told.engine.query(&ALL, vec![]).await.unwrap(), []);
    let mut begun = told.engine.begin().await.unwrap();
    begun.query(&PUT, vec![Uuid::from_u128(2).into()]).await.unwrap();
    begun.commit().await.unwrap();
    assert_eq!(told.engine.query(&ALL, vec![]).await.unwrap().len(), 1);
    told.engine.migrate().await.unwrap();
    assert_eq!(told.engine.query(&ALL, vec![]).await.unwrap().len(), 1);
}

async fn made_at_once(told: Told) {
    let (url, _kept) = match told.engine.dialect() {
        Dialect::Sqlite => (format!("{}-2", told.url), None),
        Dialect::Postgres => {
            let database = crate::postgres::Database::new();
            (database.url().to_owned(), Some(database))
        }
    };
    let made = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { store::open(&url).unwrap().migrate().await })
    });
    for one in made.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
}

async fn understood(told: Told) {
    for statement in store::statements() {
        if let Err(error) = told.engine.prepare(statement).await {
            panic!("{error}: {}", statement.sql(told.engine.dialect()));
        }
    }
}
