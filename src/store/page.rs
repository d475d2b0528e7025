//! Pages: lists with the newest first, each page beginning where the one before ended, however much comes meanwhile.

use super::Value;
use jiff::Timestamp;
use uuid::Uuid;

/// A place in a list of which the newest comes first: what follows it happened before, or at the same time with a lower id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// When the last one before it happened.
    pub created_at: Timestamp,
    /// Its id.
    pub id: Uuid,
}

impl After {
    /// The first four parameters of every list: whose, after what, and how many.
    pub(super) fn values(tenant: Uuid, after: Option<Self>, limit: usize) -> Vec<Value> {
        let Self { created_at, id } = after.unwrap_or(Self { created_at: Timestamp::MAX, id: Uuid::max() });
        vec![tenant.into(), created_at.into(), id.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()]
    }
}

/// A list of everything, of a prompt ($5), and of a version of it ($6), with a condition more, each with its index. SQLite is
/// told which one; for PostgreSQL a condition that `IS TRUE` is one for which it takes no other index.
macro_rules! lists {
    ($select:literal, $table:literal, [$newest:literal, $prompt:literal, $version:literal], $more:literal) => {
        [lists!(@one $select, $table, $newest, "tenant_id = $1", $more),
         lists!(@one $select, $table, $prompt, "(tenant_id = $1) IS TRUE AND prompt_id = $5", $more),
         lists!(@one $select, $table, $version,
             "(tenant_id = $1) IS TRUE AND (prompt_id = $5) IS TRUE AND prompt_version_id = $6", $more)]
    };
    (@one $select:literal, $table:literal, $index:literal, $scope:literal, $more:literal) => {
        Statement::each(
            lists!(@sql $select, $table, "", "", $scope, $more),
            lists!(@sql $select, $table, " INDEXED BY ", $index, $scope, $more),
        )
    };
    (@sql $select:literal, $table:literal, $by:literal, $index:literal, $scope:literal, $more:literal) => {
        // The first condition on the time follows from the second one, and is what leaves months out.
        concat!(
            "SELECT ", $select, " FROM ", $table, $by, $index, " WHERE ", $scope,
            " AND created_at <= $2 AND (created_at, id) < ($2, $3)", $more, " ORDER BY created_at DESC, id DESC LIMIT $4"
        )
    };
}
pub(super) use lists;
