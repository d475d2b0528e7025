//! What the client of the benches is made of.

pub(crate) mod connection;
pub(crate) mod load;
pub(crate) mod push;
pub(crate) mod texts;
pub(crate) mod usage;
pub(crate) mod visible;

/// The value below which so many percent lie; sorts.
pub(crate) fn percentile(all: &mut [f64], percent: usize) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all.get((all.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
