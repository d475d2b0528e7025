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

/// The only word of `known` that differs from `word` by one slip: a letter put in, left out or replaced, or two
/// neighbours swapped, with case and `-` for `_` free.
///
/// Words of fewer than four letters are as near to each other as two names are, and a digit is no slip: who writes
/// `gpt-5` does not mean `gpt-4`.
#[must_use]
pub fn slip<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let is_long = (4..=64).contains(&word.chars().count());
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (letters_of, digits_of) = (letters(word), digits(word));
    let is_near = |other: &&str| {
        other.len().abs_diff(word.len()) <= 4
            && digits(other) == digits_of
            && distance(&letters_of, &letters(other)) <= 1
    };
    let mut near = known.into_iter().filter(|_| is_long).filter(is_near);
    near.next().filter(|_| near.next().is_none())
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

    #[test]
    fn a_slip_is_one_letter_and_leaves_no_choice() {
        assert_eq!(slip("langauge", ["language", "ticket"]), Some("language"));
        assert_eq!(slip("House_Tone", ["house-tone"]), Some("house-tone"));
        assert_eq!(slip("tonne", ["tone", "tonnes"]), None);
        assert_eq!(slip("ben", ["ken"]), None);
        assert_eq!(slip("gpt-5", ["gpt-4"]), None);
        assert_eq!(slip("lanugaeg", ["language"]), None);
    }
}
