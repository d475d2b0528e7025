//! The `promptreg` binary.

fn main() {}
