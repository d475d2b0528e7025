//! "Did you mean": the nearest of the words that there are.

/// The word of `known` that `word` was probably meant to be; of equally near ones the first.
///
/// Up to a third of the letters, and three at most, may be put in, left out, replaced or swapped with a neighbour. Case,
/// and `-` for `_`, are free. Only the first 64 letters are looked at.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let word = letters(word);
    let near = known.into_iter().map(|other| (distance(&word, &letters(other)), other));
    near.filter(|(far, _)| *far <= limit).min_by_key(|(far, _)| *far).map(|(_, other)| other)
}

fn letters(text: &str) -> Vec<char> {
    text.chars().take(64).flat_map(char::to_lowercase).map(|c| if c == '-' { '_' } else { c }).collect()
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
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
