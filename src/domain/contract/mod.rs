//! The contract: what a version promises to its callers, and which bump a change of it demands.

mod accepts;
mod bounds;
mod branches;
mod changes;
mod compare;
mod defaults;
mod evaluate;
mod gap;
mod kinds;
mod lists;
mod names;
mod narrow;
mod node;
mod number;
mod objects;
mod proof;
mod same;
mod tools;

pub use self::{
    accepts::{Misfit, Part, Undeclared, accepts, misfits},
    changes::{ContractChange, contract_changes},
};

#[cfg(test)]
mod tests;
