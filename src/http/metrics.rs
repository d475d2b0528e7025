//! `GET /metrics`: what is counted, in the text format of Prometheus (0.0.4).

use super::{
    counts::Counts,
    routes::{Door, Result, blocking},
};
use crate::app::{App, Histogram, Outcome};
use axum::{extract::State, http::header, response::IntoResponse as _};
use std::{
    fmt::{Display, Write as _},
    fs,
    sync::atomic::Ordering,
};

/// Counting takes milliseconds, so it is done where nobody is held up.
pub(super) async fn metrics(State(door): State<Door>) -> Result {
    let text = blocking(move || Ok(told(&door))).await?;
    let headers =
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, text).into_response())
}

fn told(door: &Door) -> String {
    let mut text = Text::default();
    served(&mut text, &door.app);
    followed(&mut text, &door.app);
    asked(&mut text, &door.counts);
    refused(&mut text, &door.app);
    recorded(&mut text, &door.app);
    let subscribers = door.options.subscribers.saturating_sub(door.subscribers.available_permits());
    text.gauge("promptreg_subscribers", "Subscribers of events.", subscribers);
    process(&mut text);
    text.0
}

/// What is served, and how old it is.
fn served(text: &mut Text, app: &App) {
    let (current, meter) = (app.current(), app.meter());
    let is_served = u8::from(app.trouble().is_none());
    text.gauge(
        "promptreg_newest_commit_served",
        "1 where the newest commit is served, 0 where it cannot be.",
        is_served,
    );
    let age = meter.age().as_secs_f64();
    text.gauge("promptreg_data_age_seconds", "Time since the repository was last looked at with success.", age);
    let age = meter.commit_age().as_secs_f64();
    text.gauge("promptreg_commit_age_seconds", "Time since the commit that is served was made.", age);
    text.gauge("promptreg_prompts", "Prompts that are served.", current.registry.listed().count());
    text.gauge("promptreg_versions", "Versions that are served.", current.version_count());
    let held = current.quarantined();
    text.gauge("promptreg_quarantined", "Files whose content on the branch is not what is served.", held);
    let uncovered = current.uncovered();
    text.gauge("promptreg_uncovered", "Files on the branch that are not approved, and not served.", uncovered);
    text.gauge("promptreg_pins", "Labels that an operator holds at a version.", current.pin_count());
    if let Some(size) = current.index_size() {
        text.gauge("promptreg_index_documents", "Documents in the search index.", size.documents);
        text.gauge("promptreg_index_segments", "Segments of the search index.", size.segments);
        text.gauge("promptreg_index_bytes", "Bytes of the search index.", size.bytes);
    }
}

/// How following goes.
fn followed(text: &mut Text, app: &App) {
    let meter = app.meter();
    text.family("promptreg_syncs_total", "counter", "Looks at the repository, by how they ended.");
    for outcome in Outcome::ALL {
        text.sample("promptreg_syncs_total", &[("outcome", outcome.word())], meter.count(outcome));
    }
    let name = "promptreg_sync_seconds";
    text.family(
        name,
        "histogram",
        "Time of each phase of a sync: of each fetch, and of what was done where something was new.",
    );
    for (phase, times) in meter.phases() {
        text.histogram(name, &[("phase", phase)], &times);
    }
}

/// What was asked at the door. A route that was never asked for is left out.
fn asked(text: &mut Text, counts: &Counts) {
    let routes = counts.routes();
    text.family("promptreg_http_requests_total", "counter", "Requests, by route and class of status.");
    for route in &routes {
        for (class, count) in route.classes() {
            let labels = [("route", route.pattern), ("status", class)];
            text.sample("promptreg_http_requests_total", &labels, count);
        }
    }
    let name = "promptreg_http_request_seconds";
    text.family(name, "histogram", "Time until the head of an answer was ready, by route.");
    for route in routes.iter().filter(|route| route.classes().next().is_some()) {
        text.histogram(name, &[("route", route.pattern)], &route.times);
    }
    text.gauge("promptreg_http_connections", "Open connections.", counts.connections());
}

/// Who was refused.
fn refused(text: &mut Text, app: &App) {
    let (unknown, forbidden, dropped) = app.refused_counts();
    let name = "promptreg_refused_total";
    text.family(name, "counter", "Requests whose caller may not make them, by status.");
    text.sample(name, &[("status", "401")], unknown);
    text.sample(name, &[("status", "403")], forbidden);
    let name = "promptreg_refusals_dropped_total";
    text.family(name, "counter", "Refused requests that found no place to be recorded.");
    text.sample(name, &[], dropped);
}

/// What is kept in the database, where there is one.
fn recorded(text: &mut Text, app: &App) {
    let Ok(records) = app.records() else { return };
    let is_up = u8::from(records.away().is_none());
    text.gauge("promptreg_database_up", "1 where the database is in reach, 0 where it is away.", is_up);
    let is_audited = u8::from(app.is_audited());
    text.gauge("promptreg_audited", "1 where the audit tells all that Git tells of what is served.", is_audited);
    let (rows, deeds) = records.waiting();
    text.gauge("promptreg_rows_waiting", "Rows that wait to be written.", rows);
    text.gauge("promptreg_audit_waiting", "What was done and waits to be put into the audit.", deeds);
    let counts = &records.counts;
    let counted = [
        ("promptreg_rows_written_total", "Rows that were written: events, executions, feedback.", &counts.written),
        ("promptreg_commits_total", "Transactions that wrote them.", &counts.commits),
        ("promptreg_fetches_dropped_total", "Fetches that were not counted.", &counts.dropped),
        ("promptreg_unaudited_total", "What was done and found no place in the audit.", &counts.unaudited),
    ];
    for (name, help, count) in counted {
        text.family(name, "counter", help);
        text.sample(name, &[], count.load(Ordering::Relaxed));
    }
}

fn process(text: &mut Text) {
    if let Some(bytes) = resident() {
        text.gauge("process_resident_memory_bytes", "Resident memory.", bytes);
    }
    text.family("promptreg_build_info", "gauge", "Always 1; the version is in the label.");
    text.sample("promptreg_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
}

/// The bytes of memory that are resident, where the system tells.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The text of the answer, family after family. Labels are words of our own, so that none has to be escaped.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let braces = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{braces} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], times: &Histogram) {
        let mut total = 0;
        for (bound, count) in times.buckets() {
            let bound = if bound.is_finite() { bound.to_string() } else { "+Inf".to_owned() };
            self.sample(&format!("{name}_bucket"), &[labels, &[("le", &bound)]].concat(), count);
            total = count;
        }
        self.sample(&format!("{name}_sum"), labels, times.sum());
        self.sample(&format!("{name}_count"), labels, total);
    }
}
