//! The one integration test binary: every module is a story about one part of the product.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod floors;
mod registry_template;
mod schemas;
mod yaml;
