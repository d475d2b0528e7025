//! The door for programs: HTTP.

mod error;
mod extract;
mod front;
mod patience;
mod reply;
mod routes;

pub use self::front::{Options, serve};
