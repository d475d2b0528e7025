//! Diagnostics printed for people, as JSON lines, SARIF and GitHub annotations.
