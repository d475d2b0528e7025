//! The rules that judge a registry, one file a rule.

mod context;
mod document;
mod ignore;
mod rule;
mod rules;
mod run;
mod sound;
mod suggest;
mod variables;

pub use self::{
    context::Context,
    document::{document, explain},
    rule::{Check, Findings, Rule},
    rules::RULES,
    run::{lint, source},
    sound::sound,
};
