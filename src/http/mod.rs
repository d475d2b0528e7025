//! The door for programs: HTTP.
