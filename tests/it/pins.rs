//! Pins as part of the state: when they begin and end, who is told, and that they never hand out what nobody approved.

use crate::harness::Registry;
use jiff::Timestamp;
use promptreg::{
    app::{App, Clock, Event, Opening, Pin, Query},
    domain::{Selector, VersionState},
};
use proptest::prelude::*;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

/// A second of the tests' clock.
const NOW: u64 = 1_800_000_000;

/// A registry that is followed, and a clock that the test moves.
struct Followed {
    registry: Registry,
    app: Arc<App>,
    seconds: Arc<AtomicU64>,
}

impl Followed {
    fn new() -> Self {
        let registry = Registry::new();
        let versions = [("1.0.0", "Hi."), ("1.1.0", "Hello."), ("1.2.0", "Good day.")];
        registry.prompt("greet", "labels: {production: 1.1.0, staging: 1.2.0}\n", &versions);
        registry.prompt("bye", "labels: {production: 1.0.0}\n", &[("1.0.0", "Bye.")]);
        registry.land("Start");
        let seconds = Arc::new(AtomicU64::new(NOW));
        let now = Arc::clone(&seconds);
        let clock = Clock::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(now.load(SeqCst)));
        let app = Arc::new(App::open_with(Opening { clock, ..Opening::of(&registry.path()) }, &|_| ()).unwrap());
        Self { registry, app, seconds }
    }

    /// What a selector is answered: the version, and whether that is by a pin.
    fn told(&self, selector: &str) -> String {
        let answer = self.app.current().fetch(&selector.parse::<Selector>().unwrap().into());
        answer.map_or_else(
            |error| error.to_string(),
            |answer| {
                let json: serde_json::Value = serde_json::from_slice(&answer.body()).unwrap();
                let pinned = if json["pinned"].is_null() { "" } else { " pinned" };
                format!("{}{pinned}", json["version"].as_str().unwrap())
            },
        )
    }
}

fn pin(selector: &str, label: &str, seconds: u64) -> Pin {
    let (prompt, version) = selector.split_once('@').unwrap();
    Pin {
        prompt: prompt.parse().unwrap(),
        label: label.parse().unwrap(),
        version: version.parse().unwrap(),
        until: Timestamp::from_second((NOW + seconds) as i64).unwrap(),
        by: "ana".to_owned(),
        reason: "Git is \"down\"".to_owned(),
    }
}

#[test]
fn a_pin_lapses_by_the_clock_and_subscribers_are_told_of_its_beginning_and_its_end() {
    let followed = Followed::new();
    let (app, runtime) = (&followed.app, tokio::runtime::Runtime::new().unwrap());
    let commit = followed.registry.head().to_string();
    let mut said = vec![followed.told("greet")];
    let mut told = app.subscribe(None, None);
    let mut of_bye = app.subscribe(Some(&commit), Some("bye".parse().unwrap()));
    let mut tell = |said: &mut Vec<String>| {
        let event = runtime.block_on(told.next());
        let id = event.place().to_string();
        let text = serde_json::to_string(&event).unwrap();
        let text = regex::Regex::new(r#","at":"[^"]*""#).unwrap().replace(&text, "").replace(&commit, "COMMIT");
        said.push(format!("{} {text} {}", event.word(), id.replace(&commit, "COMMIT")));
        id
    };
    tell(&mut said);
    assert!(matches!(runtime.block_on(of_bye.next()), Event::Hello(_)));
    let pins = [pin("greet@1.0.0", "production", 60)];
    assert!(app.hold_pins(&pins));
    assert!(!app.hold_pins(&pins), "nothing is different");
    let during = tell(&mut said);
    said.push(followed.told("greet"));
    followed.seconds.fetch_add(59, SeqCst);
    assert!(!app.let_pins_lapse());
    assert_eq!(followed.told("greet"), "1.0.0 pinned");
    followed.seconds.fetch_add(1, SeqCst);
    assert!(app.let_pins_lapse());
    tell(&mut said);
    said.push(followed.told("greet"));
    insta::assert_snapshot!(said.join("\n"), @r#"
    1.1.0
    hello {"commit":"COMMIT"} COMMIT
    commit {"commit":"COMMIT","pins":"5d350ecc098eddf8","previous":"COMMIT","changed":["greet"],"removed":[]} COMMIT~5d350ecc098eddf8
    1.0.0 pinned
    commit {"commit":"COMMIT","previous":"COMMIT","changed":["greet"],"removed":[]} COMMIT
    1.1.0
    "#);

    // Who comes back is told what it missed; who knew pins that nobody remembers fetches anew.
    let missed = |after: &str| {
        let event = runtime.block_on(app.subscribe(Some(after), None).next());
        let Event::Commit(change) = event else { return event.word().to_owned() };
        format!("commit {:?}", change.changed)
    };
    assert_eq!(missed(&during), "commit [\"greet\"]");
    assert_eq!(missed(&commit), "hello");
    assert_eq!(missed(&format!("{commit}~0123456789abcdef")), "reset");
    assert_eq!(missed(&format!("{commit}~pins")), "reset");
    // Nobody who asks for another prompt is told of it.
    let silent = runtime.block_on(async { tokio::time::timeout(Duration::from_millis(20), of_bye.next()).await });
    assert!(silent.is_err(), "{silent:?}");
}

#[test]
fn a_pin_lapses_while_the_server_runs_whatever_else_is_away() {
    let followed = Followed::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    followed.app.hold_pins(&[pin("greet@1.0.0", "production", 60)]);
    let mut told = followed.app.subscribe(None, None);
    runtime.block_on(async {
        told.next().await;
        let watcher = tokio::spawn(Arc::clone(&followed.app).watch(Duration::from_secs(86_400)));
        followed.seconds.fetch_add(60, SeqCst);
        let Event::Commit(change) = told.next().await else { panic!("it was told of no change") };
        assert_eq!(&*change.changed[0], "greet");
        watcher.abort();
    });
    assert_eq!(followed.told("greet"), "1.1.0");
}

#[test]
fn a_pin_stands_above_variants_and_above_a_label_whose_version_was_withdrawn() {
    let followed = Followed::new();
    let more = "labels: {production: 1.1.0, staging: 1.2.0}\nrevoked: {1.1.0: it leaks}\nvariants:\n  staging:\n    split: {1.2.0: 100}\n";
    followed.registry.prompt("greet", more, &[]);
    followed.registry.land("Revoke what production is");
    followed.app.sync().unwrap();
    assert_eq!(followed.told("greet"), "`greet` 1.1.0 was revoked: it leaks");
    followed.app.hold_pins(&[pin("greet@1.0.0", "production", 60), pin("greet@1.0.0", "staging", 60)]);
    assert_eq!(
        (followed.told("greet"), followed.told("greet:staging")),
        ("1.0.0 pinned".into(), "1.0.0 pinned".into())
    );
    let keyed = Query { key: Some("k".to_owned()), .."greet:staging".parse::<Selector>().unwrap().into() };
    assert_eq!(followed.app.current().find(&keyed).unwrap().1.to_string(), "1.0.0");
}

#[derive(Debug, Clone)]
enum Step {
    Pin(Vec<(usize, usize, usize, u64)>),
    /// `prompt.yaml` says something else: where labels point, and what is withdrawn.
    Say {
        production: usize,
        staging: Option<usize>,
        yanked: Option<usize>,
        revoked: Option<usize>,
    },
    Wait(u64),
}

const PROMPTS: [&str; 3] = ["greet", "bye", "nobody"];
const LABELS: [&str; 3] = ["production", "staging", "beta"];
/// Three that are approved, one that lies on a branch only, one that is broken, and one that is nowhere.
const NUMBERS: [&str; 6] = ["1.0.0", "1.1.0", "1.2.0", "9.0.0", "8.0.0", "7.0.0"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pin = (0..3_usize, 0..3_usize, 0..6_usize, 0..100_u64);
    let number = || proptest::option::of(0..3_usize);
    let said = (0..3_usize, number(), number(), number());
    let step = prop_oneof![
        3 => proptest::collection::vec(pin, 0..5).prop_map(Step::Pin),
        2 => said.prop_map(|(production, staging, yanked, revoked)| Step::Say { production, staging, yanked, revoked }),
        1 => (1..60_u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..8)
}

/// Nothing is handed out under a label but what is approved and was not withdrawn, whoever asks however.
fn nothing_else_is_served(followed: &Followed, pins: &[Pin]) {
    let (current, now) = (followed.app.current(), followed.seconds.load(SeqCst) as i64);
    for name in PROMPTS {
        for label in LABELS {
            let query = Query::from(format!("{name}:{label}").parse::<Selector>().unwrap());
            let front = current.by_label(name, Some(label)).map(promptreg::app::Answer::body);
            let fetched = current.fetch(&query).ok().map(|answer| answer.body());
            assert_eq!(front, fetched, "in front and behind, {name}:{label}");
            let folder = current.registry.prompts.get(name);
            let may = |number: &promptreg::domain::Semver| {
                folder.is_some_and(|folder| {
                    let state = folder.prompt.state(number).0;
                    folder.versions.contains_key(number)
                        && !matches!(state, VersionState::Yanked | VersionState::Revoked)
                })
            };
            let said = folder.and_then(|folder| folder.prompt.labels.iter().find(|(own, _)| own.as_str() == label));
            let is_live = |pin: &&Pin| {
                let (prompt, own) = (pin.prompt.as_str(), pin.label.as_str());
                (prompt, own) == (name, label) && now < pin.until.as_second() && may(&pin.version) && said.is_some()
            };
            let expected = pins.iter().filter(is_live).max().map(|pin| (pin.version.to_string(), true));
            let of_git = said.filter(|(_, number)| may(number)).map(|(_, number)| (number.to_string(), false));
            let told = fetched.map(|body| {
                let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
                assert!(["approved", "deprecated"].contains(&json["status"].as_str().unwrap()), "{json}");
                (json["version"].as_str().unwrap().to_owned(), !json["pinned"].is_null())
            });
            assert_eq!(told, expected.or(of_git), "{name}:{label} under {pins:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn with_any_pins_nothing_is_served_that_nobody_approved(steps in steps()) {
        let followed = Followed::new();
        followed.registry.git(&["switch", "--quiet", "-c", "proposal/more"]);
        followed.registry.version("greet", "9.0.0", "A draft.");
        followed.registry.land("A draft");
        followed.registry.git(&["switch", "--quiet", "main"]);
        followed.registry.file("prompts/greet/8.0.0.yaml", "content: [broken\n");
        followed.registry.land("Broken");
        let mut pins = Vec::new();
        for step in steps {
            match step {
                Step::Pin(all) => {
                    let since = followed.seconds.load(SeqCst) - NOW;
                    let made = all.iter().map(|(prompt, label, number, seconds)| {
                        pin(&format!("{}@{}", PROMPTS[*prompt], NUMBERS[*number]), LABELS[*label], since + seconds)
                    });
                    pins = made.collect();
                    followed.app.hold_pins(&pins);
                }
                Step::Say { production, staging, yanked, revoked } => {
                    let number = |at: usize| NUMBERS[at];
                    let staging = staging.map(|at| format!(", staging: {}", number(at))).unwrap_or_default();
                    let yanked = yanked.map(|at| format!("yanked: {{{}: bad}}\n", number(at))).unwrap_or_default();
                    let revoked = revoked.map(|at| format!("revoked: {{{}: worse}}\n", number(at))).unwrap_or_default();
                    let more = format!("labels: {{production: {}{staging}}}\n{yanked}{revoked}", number(production));
                    followed.registry.prompt("greet", &more, &[]);
                    followed.registry.land("Say something else");
                    followed.app.sync().unwrap();
                }
                Step::Wait(seconds) => {
                    followed.seconds.fetch_add(seconds, SeqCst);
                    followed.app.let_pins_lapse();
                }
            }
            nothing_else_is_served(&followed, &pins);
        }
    }
}
