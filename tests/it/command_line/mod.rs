//! The door for people: the real binary, what it prints, and how it ends.

mod base;
mod demo;
mod fix;
mod help;
mod import;
mod newcomer;
mod search;
mod tokens;
mod verbs;
mod watch;
