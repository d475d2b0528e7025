//! The audit: rows that are only ever added, each with a hash over itself and the hash of the one before.

use super::{Engine, Error, Row, Statement, Transaction, storable, time_text, usage::text};
use crate::domain::{Digest, write_canonical};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;
use uuid::Uuid;

/// The most rows that are looked up, written or read at a time.
const TOGETHER: usize = 1_000;

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// Its id: what has the same id is in the chain once.
    pub id: Uuid,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done, in a word.
    pub action: String,
    /// To what kind of thing.
    pub entity_type: String,
    /// To which.
    pub entity: String,
    /// The commit that tells it, where one does.
    pub commit: Option<String>,
    /// What was there before.
    pub old_values: Option<Value>,
    /// What is there since.
    pub new_values: Option<Value>,
    /// What else is known of it.
    pub details: Option<Value>,
}

/// A row with its place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chained {
    /// 1, 2, 3, …
    pub seq: i64,
    /// The row.
    pub row: AuditRow,
    /// The hash of the row before, of the first one empty.
    pub previous_hash: String,
    /// The hash of this one: 64 hexadecimal digits.
    pub hash: String,
}

/// Where a chain ends, and up to where the repository's own rows are in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditHead {
    /// How many rows there are.
    pub seq: i64,
    /// The hash of the last one.
    pub hash: String,
    /// The commit of the default branch.
    pub commit: Option<String>,
    /// The commit of the branch with the decisions.
    pub log: Option<String>,
}

impl AuditRow {
    /// The row as every database keeps it: moments to the microsecond, texts that all of them take, and no fractions.
    fn kept(self) -> Self {
        let text = |text: String| text.replace('\0', "\u{fffd}");
        let json = |json: Option<Value>| json.filter(|json| !json.is_null()).map(|json| whole(storable(json)));
        Self {
            id: self.id,
            at: Timestamp::from_microsecond(self.at.as_microsecond()).unwrap_or(self.at),
            actor: text(self.actor),
            action: text(self.action),
            entity_type: text(self.entity_type),
            entity: text(self.entity),
            commit: self.commit.map(text),
            old_values: json(self.old_values),
            new_values: json(self.new_values),
            details: json(self.details),
        }
    }

    /// The hash of the row at a place: SHA-256 of the canonical JSON of all of it, and of the hash before.
    #[must_use]
    pub fn hash(&self, tenant: Uuid, seq: i64, previous_hash: &str) -> String {
        let mut said = self.told();
        said["tenant_id"] = json!(tenant);
        said["seq"] = json!(seq);
        said["previous_hash"] = json!(previous_hash);
        let mut text = String::new();
        write_canonical(&said, &mut text);
        Digest::of(text.as_bytes()).hex()
    }

    /// The row as JSON.
    #[must_use]
    pub fn told(&self) -> Value {
        let Self { id, at, actor, action, entity_type, entity, commit, old_values, new_values, details } = self;
        json!({
            "id": id, "at": time_text(*at), "actor": actor, "action": action, "entity_type": entity_type,
            "entity": entity, "commit_id": commit, "old_values": old_values, "new_values": new_values,
            "details": details,
        })
    }

    /// The row that JSON says, such as [`AuditRow::told`] does.
    #[must_use]
    pub fn read(said: &Value) -> Option<Self> {
        let text = |key: &str| Some(said.get(key)?.as_str()?.to_owned());
        let json = |key: &str| said.get(key).filter(|value| !value.is_null()).cloned();
        Some(Self {
            id: text("id")?.parse().ok()?,
            at: text("at")?.parse().ok()?,
            actor: text("actor")?,
            action: text("action")?,
            entity_type: text("entity_type")?,
            entity: text("entity")?,
            commit: text("commit_id"),
            old_values: json("old_values"),
            new_values: json("new_values"),
            details: json("details"),
        })
    }
}

/// Databases write fractions in ways of their own, so that none is left a number.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => number.to_string().into(),
        Value::Array(values) => values.into_iter().map(whole).collect(),
        Value::Object(values) => values.into_iter().map(|(key, value)| (key, whole(value))).collect(),
        other => other,
    }
}

impl Chained {
    /// The row with its place in the chain as JSON, a line of an export.
    #[must_use]
    pub fn told(&self) -> Value {
        let mut said = self.row.told();
        said["seq"] = json!(self.seq);
        said["previous_hash"] = json!(self.previous_hash);
        said["hash"] = json!(self.hash);
        said
    }

    /// The row that a line of an export says.
    #[must_use]
    pub fn read(said: &Value) -> Option<Self> {
        let text = |key: &str| Some(said.get(key)?.as_str()?.to_owned());
        Some(Self {
            seq: said.get("seq")?.as_i64()?,
            row: AuditRow::read(said)?,
            previous_hash: text("previous_hash")?,
            hash: text("hash")?,
        })
    }
}

static PUT_HEAD: Statement =
    Statement::both("INSERT INTO audit_heads (tenant_id, seq, hash) VALUES ($1, 0, '') ON CONFLICT DO NOTHING");
static LOCK_HEAD: Statement = Statement::each(
    "SELECT seq, hash, commit_id, log_commit_id FROM audit_heads WHERE tenant_id = $1 FOR UPDATE",
    "SELECT seq, hash, commit_id, log_commit_id FROM audit_heads WHERE tenant_id = $1",
);
static MOVE_HEAD: Statement = Statement::both("UPDATE audit_heads SET seq = $2, hash = $3 WHERE tenant_id = $1");
static MOVE_READ: Statement =
    Statement::both("UPDATE audit_heads SET commit_id = $2, log_commit_id = $3 WHERE tenant_id = $1");
static HEAD: Statement =
    Statement::both("SELECT seq, hash, commit_id, log_commit_id FROM audit_heads WHERE tenant_id = $1");
static KNOWN: Statement = Statement::each(
    "SELECT id FROM audit_logs WHERE tenant_id = $1
     AND id IN (SELECT CAST(json_array_elements_text(CAST($2 AS json)) AS uuid))",
    "SELECT id FROM audit_logs WHERE tenant_id = $1 AND id IN (SELECT value FROM json_each($2))",
);
static PUT: Statement = Statement::each(
    "INSERT INTO audit_logs (tenant_id, seq, id, at, actor, action, entity_type, entity, commit_id, old_values,
         new_values, details, previous_hash, hash)
     SELECT $1, seq, id, at, actor, action, entity_type, entity, commit_id, old_values, new_values, details,
         previous_hash, hash
     FROM json_to_recordset(CAST($2 AS json)) AS r (seq bigint, id uuid, at timestamptz, actor text, action text,
         entity_type text, entity text, commit_id text, old_values jsonb, new_values jsonb, details jsonb,
         previous_hash text, hash text)",
    "INSERT INTO audit_logs (tenant_id, seq, id, at, actor, action, entity_type, entity, commit_id, old_values,
         new_values, details, previous_hash, hash)
     SELECT $1, value ->> 'seq', value ->> 'id', value ->> 'at', value ->> 'actor', value ->> 'action',
         value ->> 'entity_type', value ->> 'entity', value ->> 'commit_id', json_extract(value, '$.old_values'),
         json_extract(value, '$.new_values'), json_extract(value, '$.details'), value ->> 'previous_hash', value ->> 'hash'
     FROM json_each($2)",
);
static AFTER: Statement =
    Statement::both("SELECT * FROM audit_logs WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
static BEFORE: Statement = Statement::both(
    "SELECT * FROM audit_logs WHERE tenant_id = $1 AND seq < $2
     AND (CAST($3 AS text) IS NULL OR actor = $3)
     AND (CAST($4 AS text) IS NULL OR entity = $4 OR entity LIKE $5 ESCAPE '!')
     AND (CAST($6 AS text) IS NULL OR action = $6) AND at >= $7 AND at <= $8 ORDER BY seq DESC LIMIT $9",
);

/// Adds rows to the end of a tenant's chain, which nobody else does meanwhile; what is in it already is left out. Answers how
/// many were added.
///
/// # Errors
/// Where the database is away.
pub async fn append_audit(begun: &mut dyn Transaction, tenant: Uuid, rows: Vec<AuditRow>) -> Result<usize, Error> {
    begun.query(&PUT_HEAD, vec![tenant.into()]).await?;
    let found = begun.query(&LOCK_HEAD, vec![tenant.into()]).await?;
    let AuditHead { mut seq, mut hash, .. } = found.first().map_or_else(|| Ok(AuditHead::default()), head)?;
    let first = seq;
    let mut seen = HashSet::new();
    for some in rows.chunks(TOGETHER) {
        let ids: Vec<Uuid> = some.iter().map(|row| row.id).collect();
        let known = begun.query(&KNOWN, vec![tenant.into(), text(&ids).into()]).await?;
        seen.extend(known.iter().map(|row| row.uuid("id")).collect::<Result<Vec<_>, _>>()?);
        let mut chained = Vec::new();
        for row in some.iter().filter(|row| seen.insert(row.id)) {
            let row = row.clone().kept();
            let previous_hash = std::mem::take(&mut hash);
            seq += 1;
            hash = row.hash(tenant, seq, &previous_hash);
            chained.push(Chained { seq, row, previous_hash, hash: hash.clone() }.told());
        }
        if !chained.is_empty() {
            begun.query(&PUT, vec![tenant.into(), text(&chained).into()]).await?;
        }
    }
    if seq > first {
        begun.query(&MOVE_HEAD, vec![tenant.into(), seq.into(), hash.as_str().into()]).await?;
    }
    Ok(usize::try_from(seq - first).unwrap_or_default())
}

/// Says up to where the repository's own rows are in the chain.
///
/// # Errors
/// Where the database is away.
pub async fn move_audit(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    commit: Option<&str>,
    log: Option<&str>,
) -> Result<(), Error> {
    begun.query(&PUT_HEAD, vec![tenant.into()]).await?;
    begun.query(&MOVE_READ, vec![tenant.into(), commit.into(), log.into()]).await.map(drop)
}

/// Where a chain ends; none where it has not begun.
///
/// # Errors
/// Where the database is away.
pub async fn audit_head(engine: &dyn Engine, tenant: Uuid) -> Result<Option<AuditHead>, Error> {
    engine.query(&HEAD, vec![tenant.into()]).await?.first().map(head).transpose()
}

fn head(row: &Row) -> Result<AuditHead, Error> {
    Ok(AuditHead {
        seq: row.int("seq")?,
        hash: row.text("hash")?,
        commit: row.opt_text("commit_id")?,
        log: row.opt_text("log_commit_id")?,
    })
}

fn chained(row: &Row) -> Result<Chained, Error> {
    Ok(Chained {
        seq: row.int("seq")?,
        row: AuditRow {
            id: row.uuid("id")?,
            at: row.time("at")?,
            actor: row.text("actor")?,
            action: row.text("action")?,
            entity_type: row.text("entity_type")?,
            entity: row.text("entity")?,
            commit: row.opt_text("commit_id")?,
            old_values: row.opt_json("old_values")?,
            new_values: row.opt_json("new_values")?,
            details: row.opt_json("details")?,
        },
        previous_hash: row.text("previous_hash")?,
        hash: row.text("hash")?,
    })
}

/// The rows of a chain after a place, in order, so many at most.
///
/// # Errors
/// Where the database is away.
pub async fn audit_after(engine: &dyn Engine, tenant: Uuid, seq: i64) -> Result<Vec<Chained>, Error> {
    let most = i64::try_from(TOGETHER).unwrap_or(i64::MAX);
    engine.query(&AFTER, vec![tenant.into(), seq.into(), most.into()]).await?.iter().map(chained).collect()
}

/// Which rows are asked for.
#[derive(Debug, Clone)]
pub struct AuditAsked {
    /// Only what this person did.
    pub actor: Option<String>,
    /// Only what was done to this thing, or to its versions.
    pub entity: Option<String>,
    /// Only what is called so.
    pub action: Option<String>,
    /// Not what happened before.
    pub since: Timestamp,
    /// Not what happened after.
    pub until: Timestamp,
    /// Only rows before this place.
    pub before: i64,
    /// The most rows.
    pub limit: usize,
}

/// The newest rows that are asked for, the last one of the chain first.
///
/// # Errors
/// Where the database is away.
pub async fn audit_before(engine: &dyn Engine, tenant: Uuid, asked: AuditAsked) -> Result<Vec<Chained>, Error> {
    let AuditAsked { actor, entity, action, since, until, before, limit } = asked;
    let escaped = |text: &String| text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let versions = entity.as_ref().map(|entity| format!("{}@%", escaped(entity)));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (actor, entity, versions, action) = (actor.into(), entity.into(), versions.into(), action.into());
    let values =
        vec![tenant.into(), before.into(), actor, entity, versions, action, since.into(), until.into(), limit.into()];
    engine.query(&BEFORE, values).await?.iter().map(chained).collect()
}

/// What is wrong with a chain, in a sentence, and at which place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The place.
    pub seq: i64,
    /// What is wrong.
    pub what: String,
}

/// Follows a chain row by row.
#[derive(Debug, Default)]
pub struct Chain {
    /// Whose it is.
    pub tenant: Uuid,
    /// The place of the last row.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// What is wrong, at most a hundred things.
    pub broken: Vec<Broken>,
}

impl Chain {
    /// The beginning of a tenant's chain.
    #[must_use]
    pub fn of(tenant: Uuid) -> Self {
        Self { tenant, ..Self::default() }
    }

    /// Looks at the row that should come next.
    pub fn follow(&mut self, next: &Chained) {
        let Chained { seq, row, previous_hash, hash } = next;
        let expected = self.seq + 1;
        if *seq != expected {
            self.breaks(*seq, format!("row {expected} should come before row {seq}, and is missing"));
        } else if *previous_hash != self.hash {
            self.breaks(
                *seq,
                format!("row {seq} does not follow the row before it: one of them was changed or replaced"),
            );
        }
        if row.hash(self.tenant, *seq, previous_hash) != *hash {
            self.breaks(*seq, format!("row {seq} ({} {} {}) was changed", row.action, row.entity_type, row.entity));
        }
        (self.seq, self.hash) = (*seq, hash.clone());
    }

    /// Looks whether it ends where it should.
    pub fn end(&mut self, head: &AuditHead) {
        if (self.seq, &self.hash) != (head.seq, &head.hash) {
            let what = format!("the chain ends with row {}, and should end with row {}", self.seq, head.seq);
            self.breaks(self.seq, what);
        }
    }

    fn breaks(&mut self, seq: i64, what: String) {
        const MOST: usize = 100;
        if self.broken.len() < MOST {
            self.broken.push(Broken { seq, what });
        }
    }
}

/// Follows a tenant's whole chain.
///
/// # Errors
/// Where the database is away.
pub async fn verify_audit(engine: &dyn Engine, tenant: Uuid) -> Result<Chain, Error> {
    let mut chain = Chain::of(tenant);
    // What is added while it is read comes after this.
    let head = audit_head(engine, tenant).await?.unwrap_or_default();
    loop {
        let rows = audit_after(engine, tenant, chain.seq).await?;
        let Some(last) = rows.last() else { break };
        if last.seq <= chain.seq {
            break;
        }
        let within = rows.iter().filter(|row| row.seq <= head.seq);
        within.for_each(|row| chain.follow(row));
        if last.seq >= head.seq {
            break;
        }
    }
    chain.end(&head);
    Ok(chain)
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&PUT_HEAD, &LOCK_HEAD, &MOVE_HEAD, &MOVE_READ, &HEAD, &KNOWN, &PUT, &AFTER, &BEFORE]
}
