//! Over random histories, what the past tells and what a time shows are the same.

use crate::{harness::Registry, repository::START};
use promptreg::app::{App, Happened, Window, lived};
use proptest::prelude::*;

const NUMBERS: [&str; 3] = ["1.0.0", "1.1.0", "2.0.0"];

/// One commit.
#[derive(Debug, Clone)]
enum Step {
    Label(&'static str, usize),
    Unlabel,
    Arrive(usize),
    Break,
    Nowhere,
    Remove,
    Move(&'static str),
    Other,
}

fn step() -> impl Strategy<Value = Step> {
    let label = prop_oneof![Just("production"), Just("staging")];
    prop_oneof![
        5 => (label, 0..3_usize).prop_map(|(label, number)| Step::Label(label, number)),
        1 => Just(Step::Unlabel),
        2 => (0..3_usize).prop_map(Step::Arrive),
        1 => Just(Step::Break),
        1 => Just(Step::Nowhere),
        1 => Just(Step::Remove),
        1 => prop_oneof![Just("prompts/greet"), Just("prompts/a/greet"), Just("prompts/z/greet")].prop_map(Step::Move),
        1 => Just(Step::Other),
    ]
}

/// The folder and what is written there.
#[derive(Default)]
struct State {
    folder: String,
    labels: std::collections::BTreeMap<&'static str, &'static str>,
}

fn apply(registry: &Registry, state: &mut State, step: &Step) {
    let write = |state: &State, labels: String| {
        registry.file(&format!("{}/prompt.yaml", state.folder), format!("description: Hi.\n{labels}"));
    };
    let said = |state: &State| {
        let labels: Vec<_> = state.labels.iter().map(|(label, number)| format!("{label}: {number}")).collect();
        format!("labels: {{{}}}\n", labels.join(", "))
    };
    match step {
        Step::Label(label, number) => {
            state.labels.insert(label, NUMBERS[*number]);
            write(state, said(state));
        }
        Step::Unlabel => {
            state.labels.pop_first();
            write(state, said(state));
        }
        Step::Arrive(number) => {
            registry.file(&format!("{}/{}.yaml", state.folder, NUMBERS[*number]), "content: Hi.\n");
        }
        Step::Break => write(state, "labels: [\n".to_owned()),
        Step::Nowhere => write(state, "labels: {production: 7.0.0}\n".to_owned()),
        Step::Remove => drop(std::fs::remove_dir_all(registry.path().join(&state.folder))),
        Step::Move(folder) => {
            let (from, to) = (registry.path().join(&state.folder), registry.path().join(folder));
            if from.exists() && !to.exists() {
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                std::fs::rename(from, to).unwrap();
            }
            state.folder = (*folder).to_owned();
        }
        Step::Other => drop(registry.file("README.md", state.labels.len().to_string())),
    }
}

/// All events of the prompt, so many at a time.
fn history(app: &App, limit: usize) -> Vec<Happened> {
    let (name, current) = ("greet".parse().unwrap(), app.current());
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let page = app.history(&current, Some(&name), &Window { label: None, limit, cursor }).unwrap();
        assert!(page.items.len() <= limit);
        events.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return events;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn a_time_shows_what_the_history_says_was_live_then(steps in proptest::collection::vec(step(), 1..16)) {
        let registry = Registry::new();
        let mut state = State { folder: "prompts/greet".to_owned(), ..State::default() };
        registry.file("prompts/greet/1.0.0.yaml", "content: Hi.\n");
        state.labels.insert("production", "1.0.0");
        apply(&registry, &mut state, &Step::Label("production", 0));
        registry.commit("Start");
        for step in &steps {
            apply(&registry, &mut state, step);
            registry.commit("Step");
        }
        let app = App::open(&registry.path()).unwrap();
        let events = history(&app, 500);
        prop_assert_eq!(&history(&app, 1), &events);
        prop_assert_eq!(&history(&app, 3), &events);
        let name = "greet".parse().unwrap();
        for label in ["production", "staging"] {
            let lived = lived(&events, &label.parse().unwrap());
            for minute in 1..=(1 + steps.len() as i64) {
                let view = app.at_time(&(START + 60 * minute).to_string()).unwrap();
                let folder = view.registry.prompts.get::<promptreg::domain::PromptName>(&name);
                let folder = folder.filter(|folder| !folder.is_removed);
                let shown = folder.and_then(|folder| folder.prompt.labels.get(label));
                let time = format!("2026-01-01T00:{minute:02}:00Z");
                let told = lived.iter().find(|one| {
                    one.from.as_deref() <= Some(&*time) && one.until.as_deref().is_none_or(|until| until > &*time)
                });
                prop_assert_eq!(told.map(|one| &one.version), shown, "{} {}: {:?} {:#?}", label, time, steps, lived);
            }
        }
    }
}
