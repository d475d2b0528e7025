//! Templates: parse within limits, variables, rendering to messages.

mod calls;
mod compiled;
mod cursor;
mod emit;
mod error;
mod escape;
mod expression;
mod gather;
mod parse;
mod parsed;
mod record;
mod scope;
mod tree;
mod values;
mod words;

pub use self::{
    compiled::Compiled,
    error::{Error, Place},
    escape::escape,
    parse::parse,
    parsed::{MarkerUse, Parsed, PartialUse, TemplateFault, Use, VariableUse},
};
