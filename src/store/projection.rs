//! The projection: what the repository says, put into tables together with the cursor that says how far it was read.

use super::{Engine, Error, Record, Row, Statement, TABLES, Table, Transaction, is_same, usage::text};
use jiff::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most records that are written, and the most prompts whose records are read, at a time.
const TOGETHER: usize = 500;

/// Rows by their table and id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows(BTreeMap<&'static str, BTreeMap<String, Record>>);

impl Rows {
    /// Adds a row: of what it says the columns of the table, NULL where it says nothing of one. Without an id it is none.
    pub fn add(&mut self, table: &str, mut said: Record) {
        let Some(table) = Table::named(table) else { return };
        let Some(id) = said.get("id").and_then(|id| id.as_str()).map(str::to_owned) else { return };
        let columns = table.columns().map(|column| (column.to_owned(), said.swap_remove(column).unwrap_or_default()));
        let record = columns.collect();
        self.0.entry(table.name).or_default().insert(id, record);
    }

    /// Adds the rows of another picture.
    pub fn extend(&mut self, other: Self) {
        for (table, rows) in other.0 {
            self.0.entry(table).or_default().extend(rows);
        }
    }

    /// The rows of a table, by id.
    pub fn of(&self, table: &str) -> impl Iterator<Item = (&String, &Record)> {
        self.0.get(table).into_iter().flatten()
    }

    /// What has to be done to these rows so that they are those.
    #[must_use]
    pub fn until(&self, wanted: &Self) -> Difference {
        let mut difference = Difference::default();
        for table in &TABLES {
            let none = BTreeMap::new();
            let (have, want) = (self.0.get(table.name).unwrap_or(&none), wanted.0.get(table.name).unwrap_or(&none));
            for (id, record) in want {
                let columns = have.get(id).map(|have| differing(have, record));
                if columns.as_ref().is_none_or(|columns| !columns.is_empty()) {
                    let columns = columns.unwrap_or_default();
                    difference.put.push(Put { table, record: record.clone(), columns });
                }
            }
            let gone = have.iter().filter(|(id, _)| !want.contains_key(*id));
            difference.take.extend(gone.map(|(_, record)| (table, record.clone())));
        }
        difference
    }
}

/// The columns in which two records differ.
fn differing(have: &Record, want: &Record) -> Vec<String> {
    let differs =
        |(name, value): &(&String, &serde_json::Value)| have.get(*name).is_none_or(|own| !is_same(own, value));
    want.iter().filter(differs).map(|(name, _)| name.clone()).collect()
}

/// A row that is not there, or says something else.
#[derive(Debug, Clone)]
pub struct Put {
    /// The table.
    pub table: &'static Table,
    /// The row.
    pub record: Record,
    /// The columns in which the row that is there differs; none where there is no such row.
    pub columns: Vec<String>,
}

/// What has to be done to rows so that they are others.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// To be put in.
    pub put: Vec<Put>,
    /// To be taken away.
    pub take: Vec<(&'static Table, Record)>,
}

impl Difference {
    /// How many rows are concerned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.put.len() + self.take.len()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How far a tenant's rows were read from the repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The commit of the default branch.
    pub commit: Option<String>,
    /// The commit of the branch with the decisions.
    pub log: Option<String>,
    /// How many landings there are up to the commit.
    pub landings: i64,
    /// The form of the rows.
    pub format: i64,
}

/// What is said of the tenant itself.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The registry's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its default branch.
    pub default_branch: String,
}

static PUT_TENANT: Statement = Statement::both(
    "INSERT INTO tenants (id, name, default_branch) VALUES ($1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, default_branch = excluded.default_branch",
);
static PUT_CURSOR: Statement = Statement::both("INSERT INTO sync_state (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING");
static LOCK_CURSOR: Statement = Statement::each(
    "SELECT commit_id, log_commit_id, landings, format FROM sync_state WHERE tenant_id = $1 FOR UPDATE",
    "SELECT commit_id, log_commit_id, landings, format FROM sync_state WHERE tenant_id = $1",
);
static MOVE_CURSOR: Statement = Statement::both(
    "UPDATE sync_state SET commit_id = $2, log_commit_id = $3, landings = $4, format = $5, synced_at = $6
     WHERE tenant_id = $1",
);
static PROMPTS: Statement = Statement::both("SELECT id FROM prompts WHERE tenant_id = $1");
static LOOK: Statement = Statement::both(
    "SELECT commit_id, log_commit_id, landings, format, tokens_epoch FROM sync_state WHERE tenant_id = $1",
);

/// Makes sure that a tenant has a row, and waits until nobody else writes its rows; answers how far they were read.
///
/// # Errors
/// Where the database is away.
pub async fn lock_cursor(begun: &mut dyn Transaction, tenant: &Tenant) -> Result<Cursor, Error> {
    let values = vec![tenant.id.into(), tenant.name.as_str().into(), tenant.default_branch.as_str().into()];
    begun.query(&PUT_TENANT, values).await?;
    begun.query(&PUT_CURSOR, vec![tenant.id.into()]).await?;
    let rows = begun.query(&LOCK_CURSOR, vec![tenant.id.into()]).await?;
    rows.first().map_or_else(|| Ok(Cursor::default()), cursor)
}

fn cursor(row: &Row) -> Result<Cursor, Error> {
    Ok(Cursor {
        commit: row.opt_text("commit_id")?,
        log: row.opt_text("log_commit_id")?,
        landings: row.int("landings")?,
        format: row.int("format")?,
    })
}

/// Says how far the rows were read now.
///
/// # Errors
/// Where the database is away.
pub async fn move_cursor(begun: &mut dyn Transaction, tenant: Uuid, to: &Cursor) -> Result<(), Error> {
    let (commit, log) = (to.commit.as_deref().into(), to.log.as_deref().into());
    let values = vec![tenant.into(), commit, log, to.landings.into(), to.format.into(), Timestamp::now().into()];
    begun.query(&MOVE_CURSOR, values).await.map(drop)
}

/// How far a tenant's rows were read, and how often its tokens and pins were changed; none where it has no rows yet.
///
/// # Errors
/// Where the database is away.
pub async fn look_at(engine: &dyn Engine, tenant: Uuid) -> Result<Option<(Cursor, i64)>, Error> {
    let rows = engine.query(&LOOK, vec![tenant.into()]).await?;
    rows.first().map(|row| Ok((cursor(row)?, row.int("tokens_epoch")?))).transpose()
}

/// Does to the rows what has to be done.
///
/// # Errors
/// Where the database is away.
pub async fn change_rows(begun: &mut dyn Transaction, difference: &Difference) -> Result<(), Error> {
    for table in &TABLES {
        let records = difference.put.iter().filter(|put| std::ptr::eq(put.table, table)).map(|put| &put.record);
        for some in records.collect::<Vec<_>>().chunks(TOGETHER) {
            begun.query(table.put(), vec![text(&some).into()]).await?;
        }
    }
    for table in TABLES.iter().rev() {
        let gone = difference.take.iter().filter(|(own, _)| std::ptr::eq(*own, table));
        let ids: Vec<&str> = gone.filter_map(|(_, record)| record.get("id")?.as_str()).collect();
        for some in ids.chunks(TOGETHER) {
            begun.query(table.take(), vec![text(&some).into()]).await?;
        }
    }
    Ok(())
}

/// The rows that belong to no prompt.
///
/// # Errors
/// Where the database is away.
pub async fn read_others(begun: &mut dyn Transaction, tenant: Uuid) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    for table in TABLES.iter().filter(|table| table.prompt.is_none()) {
        for row in begun.query(table.read(), vec![tenant.into()]).await? {
            rows.add(table.name, table.record(&row)?);
        }
    }
    Ok(rows)
}

/// The rows that belong to some prompts.
///
/// # Errors
/// Where the database is away.
pub async fn read_prompts(begun: &mut dyn Transaction, tenant: Uuid, prompts: &[Uuid]) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    for some in prompts.chunks(TOGETHER) {
        let some = text(&some);
        for table in TABLES.iter().filter(|table| table.prompt.is_some()) {
            for row in begun.query(table.read(), vec![tenant.into(), some.as_str().into()]).await? {
                rows.add(table.name, table.record(&row)?);
            }
        }
    }
    Ok(rows)
}

/// The ids of all prompts that have a row.
///
/// # Errors
/// Where the database is away.
pub async fn prompt_ids(begun: &mut dyn Transaction, tenant: Uuid) -> Result<Vec<Uuid>, Error> {
    begun.query(&PROMPTS, vec![tenant.into()]).await?.iter().map(|row| row.uuid("id")).collect()
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&PUT_TENANT, &PUT_CURSOR, &LOCK_CURSOR, &MOVE_CURSOR, &PROMPTS, &LOOK]
}
