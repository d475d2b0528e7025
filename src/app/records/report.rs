//! Reports: how often prompts were used, by time and by whom.

use super::newest::known;
use crate::{
    app::{App, Error},
    domain::{ClientType, Kind, PromptFolder, PromptName, Registry, id},
    store::{Facet, UsageCount, UsageQuestion, most_used, usage_of},
};
use jiff::{
    Timestamp, ToSpan as _, Unit,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The most buckets of one report.
const BUCKETS: usize = 1_000;

/// How many days a report tells of where nobody says since when.
const DAYS: i64 = 30;

/// How long a bucket is, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// An hour; counted one by one.
    Hour,
    /// A day.
    #[default]
    Day,
    /// A week, from Monday on.
    Week,
    /// A month.
    Month,
}

/// By what a report tells usage apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// By the prompt's version.
    Version,
    /// By the kind of client.
    Client,
    /// By project.
    Project,
    /// By user.
    User,
}

/// What is asked about a prompt's usage.
#[derive(Debug, Clone, Copy, Default)]
pub struct UsageAsked {
    /// Since when; the bucket in which that lies is counted whole. 30 days before `to` where nobody says.
    pub from: Option<Timestamp>,
    /// Up to when; the bucket in which that lies is counted whole. Now where nobody says.
    pub to: Option<Timestamp>,
    /// How long a bucket is.
    pub bucket: Bucket,
    /// By what usage is told apart.
    pub group: Option<Group>,
}

/// How often a prompt was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageReport {
    /// In all buckets together.
    pub total: u64,
    /// Oldest first. Where nothing is told apart, those without any usage too.
    pub buckets: Vec<UsageBucket>,
}

/// How often a prompt was used in some time, by whatever it is told apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct UsageBucket {
    /// From when on, RFC 3339.
    pub from: String,
    /// Up to when, without that moment.
    pub to: String,
    /// The version's number; its id where the registry does not have it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The kind of client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_type: Option<String>,
    /// The project; empty where none was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_key: Option<String>,
    /// The user's handle; empty where none was named, the id where the registry does not have the user any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How often.
    pub count: u64,
}

/// How often a prompt was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Used {
    /// The prompt's name; its id where the registry does not have it any more.
    pub name: String,
    /// How often.
    pub count: u64,
}

impl App {
    /// How often a prompt was used.
    ///
    /// # Errors
    /// Where there is no such prompt, the time has too many buckets, or the database is away.
    pub async fn usage(&self, name: &PromptName, asked: UsageAsked) -> Result<UsageReport, Error> {
        let (records, current) = (self.records()?, self.current());
        let folder = known(&current.registry, name)?;
        let tenant = tenant(&current.registry)?;
        let edges = self.edges(asked)?;
        let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return Err(Error::NoDatabase) };
        let facet = asked.group.map(|group| match group {
            Group::Version => Facet::Version,
            Group::Client => Facet::ClientType,
            Group::Project => Facet::ProjectKey,
            Group::User => Facet::User,
        });
        let question = UsageQuestion {
            prompt_id: id(tenant, Kind::Prompt, name.as_str()),
            from: *first,
            to: *last,
            hourly: asked.bucket == Bucket::Hour,
            facet,
        };
        let counts = records.ask(usage_of(records.engine(), tenant, question)).await?;
        let names = names(tenant, folder, &current.registry, asked.group);
        Ok(report(&edges, counts, asked.group, &names))
    }

    /// The prompts that were used most, the most used first.
    ///
    /// # Errors
    /// As [`App::usage`].
    pub async fn most_used(&self, asked: UsageAsked, limit: usize) -> Result<Vec<Used>, Error> {
        let (records, current) = (self.records()?, self.current());
        let tenant = tenant(&current.registry)?;
        let edges = self.edges(UsageAsked { bucket: Bucket::Day, ..asked })?;
        let day = |edge: Option<&Timestamp>| edge.map(|edge| utc(*edge)).unwrap_or_default();
        let days = (day(edges.first()), day(edges.last()));
        let found = records.ask(most_used(records.engine(), tenant, days, limit)).await?;
        let known = current.registry.prompts.keys();
        let known: HashMap<Uuid, &PromptName> =
            known.map(|name| (id(tenant, Kind::Prompt, name.as_str()), name)).collect();
        let name = |prompt: Uuid| known.get(&prompt).map_or_else(|| prompt.to_string(), ToString::to_string);
        Ok(found.into_iter().map(|(prompt, count)| Used { name: name(prompt), count }).collect())
    }

    /// Where the buckets begin, and at last where the last one ends.
    fn edges(&self, asked: UsageAsked) -> Result<Vec<Timestamp>, Error> {
        let wrong = |reason: String| Error::Parameter { field: "from".to_owned(), reason };
        let odd = |_| wrong("this is too far away".to_owned());
        let to = asked.to.unwrap_or_else(|| self.meter().clock().now());
        let from = asked.from.map_or_else(|| to.checked_sub((24 * DAYS).hours()), Ok).map_err(odd)?;
        if from >= to {
            return Err(wrong(format!("{from} is not before {to}")));
        }
        let mut edges = vec![begin(from, asked.bucket).map_err(odd)?];
        while let Some(last) = edges.last().filter(|last| **last < to) {
            if edges.len() > BUCKETS {
                return Err(wrong(format!(
                    "that would be more than {BUCKETS} buckets: ask for less, or for longer ones"
                )));
            }
            edges.push(next(*last, asked.bucket).map_err(odd)?);
        }
        Ok(edges)
    }
}

pub(in crate::app) fn tenant(registry: &Registry) -> Result<Uuid, Error> {
    registry.settings.as_ref().map(|settings| settings.registry.id).ok_or(Error::NoDatabase)
}

pub(super) fn utc(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// Where the bucket begins in which a moment lies.
fn begin(time: Timestamp, bucket: Bucket) -> Result<Timestamp, jiff::Error> {
    let zoned = time.to_zoned(TimeZone::UTC);
    let day = zoned.date();
    let day = match bucket {
        Bucket::Hour => {
            return time.round(jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor));
        }
        Bucket::Day => day,
        Bucket::Week => match day.weekday() {
            Weekday::Monday => day,
            _ => day.nth_weekday(-1, Weekday::Monday)?,
        },
        Bucket::Month => day.first_of_month(),
    };
    Ok(day.to_zoned(TimeZone::UTC)?.timestamp())
}

fn next(time: Timestamp, bucket: Bucket) -> Result<Timestamp, jiff::Error> {
    let span = match bucket {
        Bucket::Hour => 1.hour(),
        Bucket::Day => 1.day(),
        Bucket::Week => 1.week(),
        Bucket::Month => 1.month(),
    };
    Ok(time.to_zoned(TimeZone::UTC).checked_add(span)?.timestamp())
}

/// What the values of a facet are called.
fn names(tenant: Uuid, folder: &PromptFolder, registry: &Registry, group: Option<Group>) -> HashMap<String, String> {
    match group {
        Some(Group::Version) => {
            let name = |number| id(tenant, Kind::Version, &format!("{}@{number}", folder.name)).to_string();
            folder.versions.keys().map(|number| (name(number), number.to_string())).collect()
        }
        Some(Group::User) => {
            let id = |handle: &str| id(tenant, Kind::User, handle).to_string();
            registry.users.keys().map(|handle| (id(handle.as_str()), handle.to_string())).collect()
        }
        _ => ClientType::ALL.map(|kind| (kind.as_str().to_owned(), kind.as_str().to_owned())).into(),
    }
}

fn report(
    edges: &[Timestamp],
    counts: Vec<UsageCount>,
    group: Option<Group>,
    names: &HashMap<String, String>,
) -> UsageReport {
    let mut sums: BTreeMap<(usize, String), u64> = BTreeMap::new();
    if group.is_none() {
        sums.extend((0..edges.len().saturating_sub(1)).map(|index| ((index, String::new()), 0)));
    }
    let mut total = 0;
    for UsageCount { from, value, count } in counts {
        let index = edges.partition_point(|edge| *edge <= from).saturating_sub(1);
        let value = value.unwrap_or_default();
        let value = names.get(&value).cloned().unwrap_or(value);
        total += count;
        *sums.entry((index, value)).or_default() += count;
    }
    let edge = |index: usize| edges.get(index).map(ToString::to_string).unwrap_or_default();
    let buckets = sums.into_iter().map(|((index, value), count)| {
        let bucket = UsageBucket { from: edge(index), to: edge(index + 1), count, ..UsageBucket::default() };
        match group {
            None => bucket,
            Some(Group::Version) => UsageBucket { version: Some(value), ..bucket },
            Some(Group::Client) => UsageBucket { client_type: Some(value), ..bucket },
            Some(Group::Project) => UsageBucket { project_key: Some(value), ..bucket },
            Some(Group::User) => UsageBucket { user: Some(value), ..bucket },
        }
    });
    UsageReport { total, buckets: buckets.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(time: &str, bucket: Bucket) -> String {
        let begun = begin(time.parse().unwrap(), bucket).unwrap();
        format!("{begun} {}", next(begun, bucket).unwrap())
    }

    #[test]
    fn a_bucket_begins_where_people_expect_it() {
        let time = "2026-11-22T14:02:03Z";
        insta::assert_snapshot!(begins(time, Bucket::Hour), @"2026-11-22T14:00:00Z 2026-11-22T15:00:00Z");
        insta::assert_snapshot!(begins(time, Bucket::Day), @"2026-11-22T00:00:00Z 2026-11-23T00:00:00Z");
        insta::assert_snapshot!(begins(time, Bucket::Week), @"2026-11-16T00:00:00Z 2026-11-23T00:00:00Z");
        insta::assert_snapshot!(begins("2026-11-23T00:00:00Z", Bucket::Week), @"2026-11-23T00:00:00Z 2026-11-30T00:00:00Z");
        insta::assert_snapshot!(begins(time, Bucket::Month), @"2026-11-01T00:00:00Z 2026-12-01T00:00:00Z");
    }
}
