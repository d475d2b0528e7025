//! Quality: how each version of a prompt does, against the one before it.

use super::{
    newest::known,
    report::{tenant, utc},
    take::ids,
};
use crate::{
    app::{App, Error},
    domain::{Kind, PromptFolder, PromptName, id},
    store::{Quality, quality_of},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Which days are reported, in UTC; all of them where nobody says.
#[derive(Debug, Clone, Copy, Default)]
pub struct QualityAsked {
    /// Since when; the day in which that lies is counted whole.
    pub from: Option<Timestamp>,
    /// Up to when; the day in which that lies is counted whole.
    pub to: Option<Timestamp>,
}

/// How the versions of a prompt do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QualityReport {
    /// The prompt.
    pub prompt: PromptName,
    /// Its versions, the highest number first; at last those that the registry does not have any more.
    pub items: Vec<VersionQuality>,
}

/// How one version does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionQuality {
    /// Its number; its id where the registry does not have it any more.
    pub version: String,
    /// How often anything was said of it.
    pub feedback_count: u64,
    /// How often a rating was given.
    pub rating_count: u64,
    /// Their mean, from 1 to 5; none where there are none.
    pub rating_mean: Option<f64>,
    /// How often each rating was given.
    pub ratings: BTreeMap<u8, u64>,
    /// How its executions ended.
    pub executions: Ended,
    /// How long they took in the mean, of those that say so.
    pub latency_ms_mean: Option<f64>,
    /// How many tokens went in.
    pub input_tokens: u64,
    /// How many came out.
    pub output_tokens: u64,
    /// What they cost, in US dollars.
    pub cost_usd: f64,
    /// How its ratings compare with those of the nearest version before it that has any.
    pub against: Option<Better>,
}

/// How many executions ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// With an answer.
    pub success: u64,
    /// With an error.
    pub error: u64,
    /// Without an answer in time.
    pub timeout: u64,
}

/// How ratings compare with those of a version before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Better {
    /// That version's number.
    pub version: String,
    /// By how much the mean is higher; lower where it is negative.
    pub rating_mean_change: f64,
}

impl App {
    /// How each version of a prompt does: what people said of it, and how its executions ended.
    ///
    /// # Errors
    /// Where there is no such prompt, no day is meant, or the database is away.
    pub async fn quality(&self, name: &PromptName, asked: QualityAsked) -> Result<QualityReport, Error> {
        let (records, current) = (self.records()?, self.current());
        let folder = known(&current.registry, name)?;
        let tenant = tenant(&current.registry)?;
        let prompt = id(tenant, Kind::Prompt, name.as_str());
        let found = records.ask(quality_of(records.engine(), tenant, prompt, days(asked)?)).await?;
        Ok(QualityReport { prompt: name.clone(), items: versions(tenant, folder, found) })
    }
}

/// From which day on, and up to which, without that.
fn days(asked: QualityAsked) -> Result<(Date, Date), Error> {
    let from = asked.from.map_or(Date::constant(1, 1, 1), utc);
    let to = asked.to.map_or(Ok(Date::constant(9999, 12, 31)), |to| {
        let day = utc(to);
        let is_begin = day.to_zoned(TimeZone::UTC).is_ok_and(|begin| begin.timestamp() == to);
        if is_begin { Ok(day) } else { day.tomorrow() }
    });
    let wrong = |field: &str, reason| Error::Parameter { field: field.to_owned(), reason };
    let to = to.map_err(|_| wrong("to", "this is too far away".to_owned()))?;
    if from >= to {
        return Err(wrong("from", format!("{from} is not before {to}")));
    }
    Ok((from, to))
}

fn versions(tenant: Uuid, folder: &PromptFolder, mut found: BTreeMap<Uuid, Quality>) -> Vec<VersionQuality> {
    let mut items: Vec<VersionQuality> = Vec::with_capacity(folder.versions.len());
    let mut before: Option<(String, f64)> = None;
    for number in folder.versions.keys() {
        let quality = found.remove(&ids(tenant, &folder.name, number).1).unwrap_or_default();
        let mut item = version(number.to_string(), &quality);
        if let Some(mean) = item.rating_mean {
            let against = before.replace((item.version.clone(), mean));
            item.against =
                against.map(|(version, before)| Better { version, rating_mean_change: rounded(mean - before) });
        }
        items.push(item);
    }
    items.reverse();
    items.extend(found.into_iter().map(|(id, quality)| version(id.to_string(), &quality)));
    items
}

fn version(name: String, quality: &Quality) -> VersionQuality {
    let ratings: BTreeMap<u8, u64> = (1..).zip(quality.ratings).collect();
    let rating_count = quality.ratings.iter().sum();
    let points = ratings.iter().map(|(rating, count)| u64::from(*rating) * count).sum();
    let [success, error, timeout] = quality.ended;
    VersionQuality {
        version: name,
        feedback_count: quality.feedback,
        rating_count,
        rating_mean: mean(points, rating_count),
        ratings,
        executions: Ended { success, error, timeout },
        latency_ms_mean: mean(quality.latency_ms, quality.timed),
        input_tokens: quality.input_tokens,
        output_tokens: quality.output_tokens,
        // Sums of fractions differ by what no coin is as small as.
        cost_usd: (quality.cost_usd * 1e9).round() / 1e9,
        against: None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sums are far below 2^53")]
fn mean(sum: u64, count: u64) -> Option<f64> {
    (count > 0).then(|| rounded(sum as f64 / count as f64))
}

/// To a thousandth.
fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
