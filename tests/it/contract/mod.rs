//! The contract, judged by the validator: what is called compatible never rejects what was accepted before.

mod made;
mod values;

use made::{Pair, pair};
use promptreg::{
    domain::{Bump, Version, accepts, contract_changes},
    schema::Compiled,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Map, Value, json};
use values::{Chance, is_spoken, near};

/// How many values are tried on each pair of schemas.
const VALUES: usize = 16;

/// How many pairs are counted.
const PAIRS: usize = 120;

/// Values near a schema, and a few near another one.
fn tries(narrow: &Value, wide: &Value, seed: u64) -> impl Iterator<Item = Value> {
    let mut chance = Chance::new(seed);
    (0..VALUES).map(move |i| near(if i % 6 == 5 { wide } else { narrow }, &mut chance)).collect::<Vec<_>>().into_iter()
}

/// What a pair of schemas showed.
#[derive(Default)]
struct Seen {
    is_compatible: bool,
    /// How many values both accepted.
    accepted: usize,
    /// Whether a value was accepted by the narrow one and rejected by the wide one.
    is_refuted: bool,
}

/// Tries values that `narrow` accepts on `wide`.
fn tried(wide: &Value, narrow: &Value, seed: u64, is_compatible: bool) -> Result<Option<Seen>, TestCaseError> {
    let (Ok(first), Ok(second)) = (Compiled::new(wide), Compiled::new(narrow)) else { return Ok(None) };
    let mut seen = Seen { is_compatible, ..Seen::default() };
    for value in tries(narrow, wide, seed).filter(|value| second.faults(value).is_empty()) {
        let is_accepted = first.faults(&value).is_empty();
        prop_assert!(is_accepted || !is_compatible, "{wide} was said to accept all of {narrow}, but not {value}");
        seen.accepted += usize::from(is_accepted);
        seen.is_refuted |= !is_accepted;
    }
    Ok(Some(seen))
}

fn strictly(pair: &Pair) -> Result<Option<Seen>, TestCaseError> {
    tried(&pair.wide, &pair.narrow, pair.seed, accepts(&pair.wide, &pair.narrow).is_ok())
}

fn version(schema: &Value) -> Version {
    serde_json::from_value(json!({"content": "x", "input_schema": schema})).unwrap()
}

/// Whether a call with this input is answered: what it leaves out is filled in before it is judged.
fn is_answered(schema: &Compiled, input: &Map<String, Value>) -> bool {
    schema.faults(&Value::Object(schema.with_defaults(input))).is_empty()
}

/// The same for the input of two versions, where callers give only keys that the old schema declares.
fn by_contract(pair: &Pair) -> Result<Option<Seen>, TestCaseError> {
    let (old, new) = (&pair.narrow, &pair.wide);
    let (Ok(before), Ok(after)) = (Compiled::new(old), Compiled::new(new)) else { return Ok(None) };
    let changes = contract_changes(&version(old), &version(new));
    let is_compatible = changes.first().is_none_or(|change| change.bump < Bump::Major);
    let mut seen = Seen { is_compatible, ..Seen::default() };
    for value in tries(old, new, pair.seed) {
        let Value::Object(input) = &value else { continue };
        if is_spoken(old, &value) && is_answered(&before, input) {
            let is_accepted = is_answered(&after, input);
            prop_assert!(is_accepted || !is_compatible, "{old} became {new}, which rejects {value}: {changes:?}");
            seen.accepted += usize::from(is_accepted);
            seen.is_refuted |= !is_accepted;
        }
    }
    Ok(Some(seen))
}

proptest! {
    #[test]
    fn what_is_shown_to_be_accepted_is_accepted_and_a_schema_accepts_itself(pair in pair(false)) {
        let is_schema = strictly(&pair)?.is_some();
        prop_assert!(!is_schema || accepts(&pair.narrow, &pair.narrow).is_ok());
    }

    #[test]
    fn a_change_that_is_not_called_major_rejects_no_input_that_was_accepted(pair in pair(true)) {
        by_contract(&pair)?;
    }
}

/// Of so many pairs, always the same ones: how many are compatible and were tried, and of how many others it is shown
/// by a value that they are not.
fn shares(of: impl Strategy<Value = Pair>, try_out: fn(&Pair) -> Result<Option<Seen>, TestCaseError>) -> [usize; 3] {
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; 3];
    for _ in 0..PAIRS {
        let pair = of.new_tree(&mut runner).unwrap().current();
        let Some(seen) = try_out(&pair).unwrap() else { continue };
        counts[0] += usize::from(seen.is_compatible && seen.accepted > 0 && pair.narrow != pair.wide);
        counts[1] += usize::from(!seen.is_compatible);
        counts[2] += usize::from(seen.is_refuted);
    }
    counts
}

#[test]
fn the_pairs_of_these_tests_are_compatible_often_enough_and_the_values_are_telling() {
    for counts in [shares(pair(false), strictly), shares(pair(true), by_contract)] {
        let [compatible, incompatible, refuted] = counts;
        assert!(compatible * 5 >= PAIRS, "{counts:?}");
        assert!(refuted * 4 >= incompatible && incompatible * 20 >= PAIRS, "{counts:?}");
    }
}
