//! Rule `invalid-timezone`: time zones that there are not.

use crate::{
    domain::{Diagnostic, Level, TriggerKind, nearest},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};
use jiff::tz::TimeZoneDatabase;

pub(super) static RULE: Rule = Rule {
    name: "invalid-timezone",
    default: Level::Error,
    summary: "time zones of schedules that the IANA database does not have",
    explanation: r#"
A schedule keeps the time of a place, with its summer time. The place is a name of the IANA database, a region and a
city; the database is part of promptreg, so that every machine judges alike. Offsets such as `GMT+2` and most
abbreviations such as `PST` are no places. Without a time zone a schedule keeps UTC.

Bad:
```yaml
triggers:
  - {id: mornings, type: schedule, cron: "0 7 * * 1-5", timezone: Berlin}
```
Good:
```yaml
triggers:
  - {id: mornings, type: schedule, cron: "0 7 * * 1-5", timezone: Europe/Berlin}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// Words that are no zones, and the place whose time is mostly meant.
const PLACES: [(&str, &str); 8] = [
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
    ("CDT", "America/Chicago"),
    ("EDT", "America/New_York"),
    ("BST", "Europe/London"),
    ("CEST", "Europe/Berlin"),
    ("JST", "Asia/Tokyo"),
    ("AEST", "Australia/Sydney"),
];

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Workflow(workflow)) = &document.entity else { return };
    let mut database = None;
    for (i, trigger) in workflow.triggers.iter().enumerate() {
        let TriggerKind::Schedule { timezone: Some(zone), .. } = &trigger.kind else { continue };
        if findings.is_full(RULE.name, document) {
            return;
        }
        let database = database.get_or_insert_with(TimeZoneDatabase::bundled);
        if database.get(zone).is_err() {
            let span = findings.at(document, &format!("/triggers/{i}/timezone"));
            let finding =
                Diagnostic::error(RULE.name, &document.path, Some(span), format!("there is no time zone `{zone}`"));
            findings.add(finding.help(help(database, zone)));
        }
    }
}

fn help(database: &TimeZoneDatabase, zone: &str) -> String {
    // `Etc/GMT+2` is two hours behind UTC: never what was meant by `GMT+2`.
    if zone.contains(|c: char| c == '+' || c.is_ascii_digit()) {
        return "write the region and city whose time is meant, such as `Europe/Berlin`: an offset has no summer time"
            .to_owned();
    }
    let known: Vec<String> = database.available().map(|name| name.to_string()).collect();
    let place = PLACES.iter().find(|(word, _)| word.eq_ignore_ascii_case(zone)).map(|(_, place)| *place);
    let (region, city) = zone.rsplit_once('/').unwrap_or(("", zone));
    let names = || known.iter().filter_map(|name| Some((name.as_str(), name.rsplit_once('/')?)));
    let same_city = || names().find(|(_, (_, other))| other.eq_ignore_ascii_case(&city.replace('-', "_")));
    // What is near to an abbreviation is another one, of another time.
    let near = || {
        let first = |text: &str| text.chars().next().map(|letter| letter.to_ascii_lowercase());
        let is_alike = |other: &str, of: &str| other.eq_ignore_ascii_case(region) && first(of) == first(city);
        let cities = names().filter(|(_, (other, of))| is_alike(other, of));
        let near = nearest(city, cities.map(|(_, (_, city))| city))?;
        names().find(|(_, (other, city))| *city == near && other.eq_ignore_ascii_case(region))
    };
    let near = || same_city().or_else(near).map(|(name, _)| name);
    match place.or_else(near) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "write a region and a city of the same time, such as `Europe/Berlin` for all of Germany, or `UTC`"
            .to_owned(),
    }
}
