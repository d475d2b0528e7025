//! What was kept: which lines of a text stand in an older one already.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::{hash::Hash, ops::Range, time::Instant};

/// The stretches of lines that two texts have in common, in order: where they stand in the old one and in the new one.
/// A line that went to another place is none of them. What takes longer than `until` is compared more coarsely, and less
/// is found.
#[must_use]
pub fn kept<T: Eq + Hash>(old: &[T], new: &[T], until: Instant) -> Vec<(Range<usize>, Range<usize>)> {
    let ops = capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(until));
    let same = ops.into_iter().filter(|op| matches!(op, DiffOp::Equal { .. }));
    same.map(|op| (op.old_range(), op.new_range())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn lines_in_common_are_found_in_order() {
        let kept = kept(&["a", "b", "c", "d"], &["x", "b", "c", "a", "d"], Instant::now() + Duration::from_secs(60));
        assert_eq!(kept, [(1..3, 1..3), (3..4, 4..5)]);
    }
}
