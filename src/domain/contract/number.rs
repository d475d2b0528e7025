//! Numbers and values compared as JSON Schema does: exactly, and `1` is `1.0`.

use serde_json::{Number, Value};
use std::cmp::Ordering;

/// Whole numbers of this size and above have no fraction left, and still fit an `i128`.
const LARGEST: f64 = 1e30;

/// The order of two numbers, without rounding either.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(a), None) => whole_to_float(a, float(b)),
        (None, Some(b)) => whole_to_float(b, float(a)).reverse(),
        (None, None) => float(a).total_cmp(&float(b)),
    }
}

/// The number, where it is whole and of a size that can be reckoned with.
pub(super) fn whole(number: &Number) -> Option<i128> {
    if let Some(integer) = number.as_i64() {
        return Some(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Some(integer.into());
    }
    let float = float(number);
    // Exact: it is whole, and far within an `i128`.
    (float.fract() == 0.0 && float.abs() < LARGEST).then_some(float as i128)
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or_default()
}

/// The order of a whole number, which lies within 64 bits or [`LARGEST`], and one that is not or is beyond that.
fn whole_to_float(whole: i128, float: f64) -> Ordering {
    if float.abs() >= LARGEST {
        return if float > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    // It has a fraction, so it is never equal to a whole number.
    if whole <= float.floor() as i128 { Ordering::Less } else { Ordering::Greater }
}

/// Whether two values are the same to `enum`, `const` and `uniqueItems`.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Ordering::Equal,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_compared_without_rounding() {
        let rising = [
            json!(-1e300),
            json!(i64::MIN),
            json!(-1.5),
            json!(-1),
            json!(0),
            json!(0.1),
            json!(1),
            json!(1.5),
            json!(9_007_199_254_740_992.0),
            json!(9_007_199_254_740_993_i64),
            json!(u64::MAX),
            json!(1e20),
            json!(1e300),
        ];
        for (i, a) in rising.iter().enumerate() {
            for (j, b) in rising.iter().enumerate() {
                let (Value::Number(x), Value::Number(y)) = (a, b) else { panic!("{a} {b}") };
                assert_eq!(compare(x, y), i.cmp(&j), "{a} {b}");
            }
        }
        assert!(equal(&json!({"a": [1, 0]}), &json!({"a": [1.0, -0.0]})));
        assert!(!equal(&json!(1), &json!("1")));
    }
}
