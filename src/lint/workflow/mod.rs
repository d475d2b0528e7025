//! What workflows say of inputs and outputs: their templates, what their steps and triggers give, and to whom.

mod field;
mod fit;
mod given;
mod text;

pub(super) use self::{
    field::{Lead, lead},
    fit::{Part, TEXT, misfit},
    given::{Given, Taker, givens, takers},
    text::{Reader, Text, faults, texts},
};
