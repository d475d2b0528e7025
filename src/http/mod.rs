//! The door for programs: HTTP.

mod audit;
mod cookie;
mod counts;
mod error;
mod events;
mod extract;
pub mod forge;
mod front;
mod history;
mod metrics;
mod parts;
mod patience;
mod proposals;
mod reply;
mod routes;
mod search;
mod sign_in;
mod sync;
mod usage;

pub use self::{
    front::{Options, serve},
    sign_in::{CALLBACK, SignIn},
};
