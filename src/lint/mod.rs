//! The rules that judge a registry, one file a rule.

mod base;
mod breach;
mod context;
mod declare;
mod document;
mod ignore;
mod in_use;
pub mod policies;
mod rule;
mod rules;
mod run;
mod scope;
mod slips;
mod sound;
mod suggest;
mod texts;
mod variables;
mod workflow;

pub use self::{
    base::{Approved, Base, Change},
    breach::Breach,
    context::Context,
    document::{document, explain},
    rule::{Check, Findings, Rule},
    rules::RULES,
    run::{lint, lint_change, lint_some, masked, source},
    scope::{Scope, scope},
    sound::{SOUNDNESS, sound},
};
