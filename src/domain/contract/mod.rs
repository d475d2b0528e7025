//! The contract: what a version promises to its callers, and which bump a change of it demands.

mod accepts;
mod bounds;
mod branches;
mod changes;
mod compare;
mod defaults;
mod evaluate;
mod gap;
mod given;
mod keyword;
mod kinds;
mod lists;
mod names;
mod narrow;
mod node;
mod number;
mod objects;
mod proof;
mod same;
mod taken;
mod tools;

pub use self::{
    accepts::{Misfit, SchemaPart, Undeclared, accepts, misfits},
    changes::{ContractChange, contract_changes},
};

#[cfg(test)]
mod tests;
