//! The door for programs: HTTP.

mod access;
mod audit;
mod cookie;
mod counts;
mod error;
mod events;
mod extract;
pub mod forge;
mod front;
mod guard;
mod history;
mod metrics;
mod parts;
mod patience;
mod people;
mod pin;
mod proposals;
mod quality;
mod reply;
mod routes;
mod runs;
mod search;
mod sign_in;
mod sync;
mod usage;

pub use self::{
    access::{ROUTES, Route, document},
    front::{Options, serve},
    sign_in::{CALLBACK, SignIn},
};
