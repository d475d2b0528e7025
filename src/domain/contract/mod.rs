//! The contract: what a version promises to its callers, and which bump a change of it demands.

mod accepts;
mod changes;

pub use self::{
    accepts::{Misfit, Part, Undeclared, accepts, misfits},
    changes::{ContractChange, contract_changes},
};
