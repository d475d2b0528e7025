//! Idempotency keys: what a caller sends twice is recorded once.

use super::{Error, Row, Statement, Transaction, usage::text};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

/// A key that a caller gave to something, and the id that it gets where the key is new.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Key {
    /// The caller's key.
    pub key: String,
    /// The id.
    pub id: Uuid,
}

static CLAIM: Statement = Statement::each(
    "INSERT INTO idempotency_keys (tenant_id, kind, key, id, created_at)
     SELECT $1, $2, key, id, $4 FROM json_to_recordset(CAST($3 AS json)) AS r (key text, id uuid)
     ON CONFLICT (tenant_id, kind, key) DO NOTHING RETURNING key, id",
    "INSERT INTO idempotency_keys (tenant_id, kind, key, id, created_at)
     SELECT $1, $2, value ->> 'key', value ->> 'id', $4 FROM json_each($3) WHERE true
     ON CONFLICT (tenant_id, kind, key) DO NOTHING RETURNING key, id",
);

static CLAIMED: Statement = Statement::each(
    "SELECT key, id FROM idempotency_keys
     WHERE tenant_id = $1 AND kind = $2 AND key IN (SELECT json_array_elements_text(CAST($3 AS json)))",
    "SELECT key, id FROM idempotency_keys WHERE tenant_id = $1 AND kind = $2 AND key IN (SELECT value FROM json_each($3))",
);

/// Takes keys of one kind for ids; answers which id each key stands for, which is another one where it was taken before.
///
/// Others who take the same keys at the same time are waited for.
///
/// # Errors
/// Where the database is away.
pub async fn claim_keys(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    kind: &'static str,
    mut keys: Vec<Key>,
    now: Timestamp,
) -> Result<HashMap<String, Uuid>, Error> {
    // In one order everywhere, so that no two wait for each other; of equal ones the first.
    keys.sort_by(|a, b| a.key.cmp(&b.key));
    keys.dedup_by(|later, first| later.key == first.key);
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let said = |row: &Row| Ok((row.text("key")?, row.uuid("id")?));
    let values = vec![tenant.into(), kind.into(), text(&keys).into(), now.into()];
    let taken = begun.query(&CLAIM, values).await?;
    let mut ids: HashMap<String, Uuid> = taken.iter().map(said).collect::<Result<_, Error>>()?;
    let others: Vec<&str> = keys.iter().map(|key| &*key.key).filter(|key| !ids.contains_key(*key)).collect();
    if !others.is_empty() {
        let values = vec![tenant.into(), kind.into(), text(&others).into()];
        let found = begun.query(&CLAIMED, values).await?;
        ids.extend(found.iter().map(said).collect::<Result<Vec<_>, Error>>()?);
    }
    Ok(ids)
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&CLAIM, &CLAIMED]
}
