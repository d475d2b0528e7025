//! Rule `invalid-cron`: schedules that cannot be read, or that never come.

use crate::{
    domain::{Diagnostic, Level, Span, TriggerKind},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};
use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions};

pub(super) static RULE: Rule = Rule {
    name: "invalid-cron",
    default: Level::Error,
    summary: "schedules that cannot be read, or that name a day that never comes",
    explanation: r#"
A schedule has five fields: minute, hour, day of month, month and day of week. Each takes `*`, a number, a range such as
`1-5`, a list such as `7,12`, and a step behind them such as `*/15`; months and days of the week also take three letters.
Where both days are given, either is enough, as in every cron. There are no seconds and no years.

Bad:
```yaml
triggers:
  - {id: mornings, type: schedule, cron: "0 25 * * 1-5"}
```
Good:
```yaml
triggers:
  - {id: mornings, type: schedule, cron: "0 7 * * 1-5"}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// The fields in order, and what each takes.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L for the last one"),
    ("month", "1 to 12, or JAN to DEC"),
    ("day of the week", "0 to 7, where 0 and 7 are Sunday, or SUN to SAT"),
];

/// The seconds of 1 March 2024, behind a leap day, and of four years.
const START: i64 = 1_709_251_200;
const FOUR_YEARS: i64 = 126_230_400;

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Workflow(workflow)) = &document.entity else { return };
    for (i, trigger) in workflow.triggers.iter().enumerate() {
        let TriggerKind::Schedule { cron, .. } = &trigger.kind else { continue };
        if findings.is_full(RULE.name, document) {
            return;
        }
        let pointer = format!("/triggers/{i}/cron");
        let mut add = |within: Span, message: String, help: String| {
            let span = findings.within(document, &pointer, within);
            findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
        };
        match read(cron) {
            Some(crontab) if never_comes(&crontab) => {
                let help = "give a day of the month that one of its months has; 29 February comes every four years";
                add(
                    Span::new(0, cron.len()),
                    "no date fits this schedule, so it never starts a run".into(),
                    help.into(),
                );
            }
            Some(_) => {}
            None => {
                for (span, written, (field, takes)) in faulty(cron) {
                    let message = format!("`{written}` is no {field}");
                    let help = format!(
                        "the {field} takes {takes}, also as a range (1-5, the lower first), a list (1,3), with a step (*/2), or *"
                    );
                    add(span, message, help);
                }
            }
        }
    }
}

fn read(cron: &str) -> Option<Crontab> {
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::UTC;
    cronexpr::parse_crontab_with(cron, options).ok()
}

/// The fields that cannot be read, each judged with stars for the others.
fn faulty(cron: &str) -> impl Iterator<Item = (Span, &str, (&'static str, &'static str))> {
    let mut end = 0;
    let parts = cron.split(' ').filter_map(move |part| {
        let start = end;
        end += part.len() + 1;
        (!part.is_empty()).then_some((Span::new(start, start + part.len()), part))
    });
    parts.zip(FIELDS).enumerate().filter_map(|(i, ((span, part), field))| {
        let mut alone = ["*"; 5];
        *alone.get_mut(i)? = part;
        read(&alone.join(" ")).is_none().then_some((span, part, field))
    })
}

/// Whether nothing comes in all the 28 years after which the days of the week are the same again.
fn never_comes(crontab: &Crontab) -> bool {
    (0..7).all(|n| {
        let from = MakeTimestamp::from_second(START + n * FOUR_YEARS);
        from.is_ok_and(|from| crontab.find_next(from).is_err())
    })
}
