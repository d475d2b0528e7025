//! What can go wrong with a database.

/// What can go wrong with a database. No message holds an address with a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("{0}")]
    Address(String),
    /// The database cannot be reached, or went away; it is worth to try again later.
    #[error("the database is away: {0}")]
    Away(String),
    /// The tables could not be brought to the newest form.
    #[error("the tables of the database cannot be made: {0}")]
    Migration(String),
    /// A column holds what we never write.
    #[error("the column `{column}` {what}: somebody else wrote there, or it is a bug")]
    Column {
        /// The column.
        column: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The database refused a statement.
    #[error("the database refused a statement: {0}")]
    Refused(String),
}

impl Error {
    pub(super) fn column(column: &str, what: &'static str) -> Self {
        Self::Column { column: column.to_owned(), what }
    }

    /// Whether it is worth to try again when the database is back.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) => match said.code().as_deref() {
                // Connections that end, servers that stop or have no place, and transactions that lost a race; what SQLite
                // says where the disk is full or the file is locked.
                Some(code) if is_passing(code) => Self::Away(said.message().to_owned()),
                _ => Self::Refused(said.message().to_owned()),
            },
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::TypeNotFound { .. } => Self::Refused(error.to_string()),
            sqlx::Error::PoolTimedOut => Self::Away("no connection was free in time".to_owned()),
            _ => Self::Away(error.to_string()),
        }
    }
}

/// Whether a code of SQLSTATE, or of SQLite, speaks of something that passes.
fn is_passing(code: &str) -> bool {
    const STATES: [&str; 6] = ["08", "40", "53", "55P03", "57", "58"];
    // SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL and CANTOPEN, with whatever stands above the lowest byte.
    const SQLITE: [i64; 6] = [5, 6, 8, 10, 13, 14];
    match code.parse::<i64>() {
        Ok(number) if code.len() < 5 => SQLITE.contains(&(number & 0xff)),
        _ => STATES.iter().any(|state| code.starts_with(state)),
    }
}
