//! Conditions on numbers and texts: whether those of the narrow side imply one of the wide side.

use super::{
    kinds::Kinds,
    narrow::{Limit, Narrow},
    number,
};
use serde_json::Value;
use std::cmp::Ordering;

/// Divisors beyond this lose digits on the way through a float.
const EXACT: i128 = 1 << 53;

/// Whether what `narrow` accepts satisfies `keyword: is`; the value being the same is looked at elsewhere.
pub(super) fn holds(keyword: &str, is: &Value, narrow: &Narrow<'_>, kinds: Kinds) -> bool {
    match keyword {
        "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" => in_range(keyword, is, narrow),
        "multipleOf" => is_multiple(is, narrow, kinds),
        "minLength" => is.as_u64().is_some_and(|least| narrow.least(keyword) >= least),
        "maxLength" => is.as_u64().is_some_and(|most| narrow.most(keyword).is_some_and(|other| other <= most)),
        _ => false,
    }
}

fn in_range(keyword: &str, is: &Value, narrow: &Narrow<'_>) -> bool {
    let Some(number) = is.as_number() else { return false };
    let limit = Limit { number, is_outside: keyword.starts_with("exclusive") };
    if keyword.ends_with("inimum") {
        narrow.lower().is_some_and(|lower| lower.as_lower(&limit) != Ordering::Less)
    } else {
        narrow.upper().is_some_and(|upper| upper.as_upper(&limit) != Ordering::Greater)
    }
}

fn is_multiple(is: &Value, narrow: &Narrow<'_>, kinds: Kinds) -> bool {
    let divisor = |value: &Value| number::whole(value.as_number()?).filter(|divisor| *divisor > 0 && *divisor <= EXACT);
    let Some(wide) = divisor(is) else { return false };
    (wide == 1 && !kinds.meets(Kinds::FRACTION))
        || narrow.each("multipleOf").filter_map(divisor).any(|narrow| narrow % wide == 0)
}
