//! Templates: parse within limits, variables, rendering to messages.
//!
//! # The language
//!
//! A text is a template in the part of Handlebars that means the same wherever Handlebars is spoken:
//!
//! | form | |
//! |---|---|
//! | `{{name}}` `{{{name}}}` `{{&name}}` | a value; there is no HTML to escape, so all three are the same |
//! | `user.name` `user/name` `list.1` `list.length` `[odd name]` `this` `../name` `@root.name` | paths |
//! | `@index` `@key` `@first` `@last` | inside `#each` |
//! | `@state.count` | any other `@` name: the caller's context, empty where absent |
//! | `{{#if x}}` `{{else if y}}` `{{else}}` `{{/if}}`, `#unless` | conditions; `includeZero=true` as usual |
//! | `{{#each list as \|item index\|}}`, `{{#with value as \|v\|}}` | loops and scopes, with `{{else}}` |
//! | `{{#ifEquals a b}}`, `{{#unlessEquals a b}}` | as in dotprompt: same type and same value |
//! | `{{json x indent=2}}`, `{{lookup table key}}` | also in parentheses as an argument |
//! | `{{role "system"}}`, `{{history}}`, `{{section "name"}}`, `{{media url=x contentType="image/png"}}` | dotprompt's messages and parts |
//! | `{{> name}}` `{{> name value}}` `{{> name key=value}}` | another version, by its name in `uses` |
//! | `{{! … }}` `{{!-- … --}}` `{{~ … ~}}` `\{{` `\\{{` | comments, white space, escapes |
//!
//! # Where it differs from Handlebars.js
//!
//! Refused with a fault rather than done: sections by a variable's name (`{{#x}}`, `{{^x}}`), `{{.}}`, inline and block
//! partials, decorators, raw blocks, partials chosen by an expression, `~` at comments, texts and numbers as variables,
//! `../` above the input, helpers of one's own, and roles that are not written out. A variable may be named like a
//! helper; only `{{history}}` is always the helper.
//!
//! Strict: a value that is missing where it is printed is an error, unless its variable is declared in `input_schema`
//! and not required, and was not given. In conditions, loops and arguments what is missing is just not there. An object
//! has no text: printing one is an error. Lists print their items with commas between, numbers as JavaScript does.
//!
//! White space follows Handlebars.js, not the engine underneath: a tag other than a value that is alone on its line
//! takes the line with it, and a partial that is alone on its line is indented as it is.
//!
//! # Messages
//!
//! A text begins a message of its own role; `{{role …}}` begins another, and `{{history}}` puts the caller's messages,
//! marked `{"purpose": "history"}`. A message in which there is nothing but the author's white space is left out; one
//! that holds a value is not, whatever the value. Where messages begin is noted beside the text and never in it, so
//! that no value can make a message or a role. A placeholder puts the caller's messages as they are; `history` without
//! a place goes before the last message if that is the user's, else to the end; messages for any other name that has
//! no placeholder are an error.
//!
//! # What is bounded, and where
//!
//! By the check of a text: bytes, tags, nesting (never deeper than 100, since rendering uses the stack), 4,096 bytes of
//! a tag, 32 names of a path, 32 arguments, 8 subexpressions inside each other. Before compiling: tags, bytes and
//! nesting of the whole, each inclusion counted; 256 partials; no circles; characters times tags, in which the engine's
//! time grows. While rendering: bytes at each write, and the time at each write, turn of a loop, helper and partial, so
//! that it is passed by no more than one such step.

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
    parse::{DEPTH, parse},
    parsed::{MarkerUse, Parsed, PartialUse, TemplateFault, Use, VariableUse},
    words::{helpers, is_helper},
};
