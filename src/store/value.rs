//! Values that go into statements, and rows that come out of them.

use super::Error;
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

/// A value of a column, or of a parameter; `None` is NULL, which has a type too.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(Option<String>),
    /// A whole number.
    Int(Option<i64>),
    /// A number.
    Real(Option<f64>),
    /// Yes or no; in SQLite 1 or 0.
    Bool(Option<bool>),
    /// An id; in SQLite its text.
    Uuid(Option<Uuid>),
    /// A moment, to the microsecond; in SQLite its text in UTC ([`time_text`]), which sorts as the moments do.
    Time(Option<Timestamp>),
    /// A JSON value; in SQLite its text.
    Json(Option<Json>),
}

/// A moment as it is written in JSON and in SQLite: RFC 3339 in UTC, with six digits after the point.
#[must_use]
pub fn time_text(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// The same without the one character that PostgreSQL takes in no text.
#[must_use]
pub fn storable(value: Json) -> Json {
    let text = |text: String| if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    match value {
        Json::String(value) => text(value).into(),
        Json::Array(values) => values.into_iter().map(storable).collect(),
        Json::Object(values) => values.into_iter().map(|(key, value)| (text(key), storable(value))).collect(),
        other => other,
    }
}

macro_rules! from {
    ($($from:ty => $to:ident),*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$to(Some(value))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$to(value)
            }
        }
    )*};
}
from!(String => Text, i64 => Int, f64 => Real, bool => Bool, Uuid => Uuid, Timestamp => Time, Json => Json);

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

/// A row of an answer: values by the names of their columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row(pub(super) Vec<(String, Value)>);

impl Row {
    /// The value of a column as the database gave it.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }

    /// A text that is there.
    ///
    /// # Errors
    /// As all of these: where there is no such column, or it is NULL or of another kind: a bug in a statement of ours, or
    /// somebody else's hand in the table.
    pub fn text(&self, column: &str) -> Result<String, Error> {
        self.opt_text(column)?.ok_or_else(|| Error::column(column, "is NULL"))
    }

    /// A text, if it is not NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, Error> {
        match self.known(column)? {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(Error::column(column, "is no text")),
        }
    }

    /// A whole number that is there.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, column: &str) -> Result<i64, Error> {
        self.opt_int(column)?.ok_or_else(|| Error::column(column, "is NULL"))
    }

    /// A whole number, if it is not NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, Error> {
        match self.known(column)? {
            Value::Int(number) => Ok(*number),
            value if value.is_null() => Ok(None),
            _ => Err(Error::column(column, "is no whole number")),
        }
    }

    /// A number, if it is not NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_real(&self, column: &str) -> Result<Option<f64>, Error> {
        match self.known(column)? {
            Value::Real(number) => Ok(*number),
            #[expect(clippy::cast_precision_loss, reason = "counts and means are far below 2^53")]
            Value::Int(number) => Ok(number.map(|number| number as f64)),
            value if value.is_null() => Ok(None),
            _ => Err(Error::column(column, "is no number")),
        }
    }

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn bool(&self, column: &str) -> Result<bool, Error> {
        match self.known(column)? {
            Value::Bool(Some(value)) => Ok(*value),
            Value::Int(Some(value)) => Ok(*value != 0),
            _ => Err(Error::column(column, "is neither true nor false")),
        }
    }

    /// An id that is there.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn uuid(&self, column: &str) -> Result<Uuid, Error> {
        self.opt_uuid(column)?.ok_or_else(|| Error::column(column, "is NULL"))
    }

    /// An id, if it is not NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_uuid(&self, column: &str) -> Result<Option<Uuid>, Error> {
        match self.known(column)? {
            Value::Uuid(id) => Ok(*id),
            Value::Text(Some(text)) => text.parse().map(Some).map_err(|_| Error::column(column, "is no UUID")),
            value if value.is_null() => Ok(None),
            _ => Err(Error::column(column, "is no UUID")),
        }
    }

    /// A moment that is there.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn time(&self, column: &str) -> Result<Timestamp, Error> {
        self.opt_time(column)?.ok_or_else(|| Error::column(column, "is NULL"))
    }

    /// A moment, if it is not NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_time(&self, column: &str) -> Result<Option<Timestamp>, Error> {
        match self.known(column)? {
            Value::Time(time) => Ok(*time),
            Value::Text(Some(text)) => text.parse().map(Some).map_err(|_| Error::column(column, "is no time")),
            value if value.is_null() => Ok(None),
            _ => Err(Error::column(column, "is no time")),
        }
    }

    /// A JSON value, if it is not NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_json(&self, column: &str) -> Result<Option<Json>, Error> {
        match self.known(column)? {
            Value::Json(json) => Ok(json.clone()),
            Value::Text(Some(text)) => {
                serde_json::from_str(text).map(Some).map_err(|_| Error::column(column, "is no JSON"))
            }
            value if value.is_null() => Ok(None),
            _ => Err(Error::column(column, "is no JSON")),
        }
    }

    /// A JSON value that is there.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn json(&self, column: &str) -> Result<Json, Error> {
        self.opt_json(column)?.ok_or_else(|| Error::column(column, "is NULL"))
    }

    fn known(&self, column: &str) -> Result<&Value, Error> {
        self.get(column).ok_or_else(|| Error::column(column, "is not there"))
    }
}

impl Value {
    /// Whether it is NULL.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(
            self,
            Self::Text(None)
                | Self::Int(None)
                | Self::Real(None)
                | Self::Bool(None)
                | Self::Uuid(None)
                | Self::Time(None)
                | Self::Json(None)
        )
    }
}
