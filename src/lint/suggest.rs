//! "Did you mean": the nearest of the names that there are.

use std::fmt::Display;

/// The nearest name, if one is near enough to be meant: a third of its letters may differ.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = 1 + name.chars().count() / 3;
    let near = known.into_iter().map(|other| (distance(name, other, far), other));
    near.filter(|(distance, _)| *distance <= far).min().map(|(_, other)| other)
}

/// A sentence of help: the nearest name, else what there is, else how to make one.
pub(super) fn help<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, make: &str) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    match listing(known) {
        Some(list) => format!("there is {list}; {make}"),
        None => make.to_owned(),
    }
}

/// Up to eight names in backticks; `None` where there are none.
pub(super) fn listing<T: Display>(names: impl Iterator<Item = T>) -> Option<String> {
    let names: Vec<_> = names.take(9).map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        all if all.len() <= 8 => Some(all.join(", ")),
        many => Some(format!("{}, …", many[..8].join(", "))),
    }
}

/// How many letters to add, drop, change or swap with a neighbour; anything above `far` where it is more.
fn distance(a: &str, b: &str, far: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > far {
        return far + 1;
    }
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                let swapped: &Vec<usize> = &before;
                cost = cost.min(swapped[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_is_near_and_another_word_is_not() {
        let known = ["language", "ticket", "tone"];
        assert_eq!(nearest("langauge", known), Some("language"));
        assert_eq!(nearest("tickets", known), Some("ticket"));
        assert_eq!(nearest("customer", known), None);
        assert_eq!(nearest("x", []), None);
    }
}
