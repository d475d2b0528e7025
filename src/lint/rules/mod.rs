//! The table of rules, in the order in which they are explained.

mod alias_collides;
mod approved_version_changed;
mod approved_version_removed;
mod archived_in_use;
mod contract_break;
mod control_token_in_text;
mod deprecated_in_use;
mod duplicate_email;
mod duplicate_name;
mod empty_message;
mod fallback_to_itself;
mod hidden_characters;
mod hook_url_not_https;
mod invalid_cron;
mod invalid_json_schema;
mod invalid_pattern;
mod invalid_timezone;
mod label_removed;
mod label_target_missing;
mod label_to_deprecated;
mod literal_braces;
mod missing_description;
mod name_mismatch;
mod non_portable_template;
mod orphan_file;
mod partial_cycle;
mod permission_unknown;
mod placeholder_text;
mod policy_violation;
mod prompt_removed;
mod role_in_variable_position;
mod secret_in_file;
mod shape;
mod single_braces;
mod template_syntax;
mod template_too_large;
mod test_fails;
mod test_input_invalid;
mod text_not_normalized;
mod token_estimate_over_budget;
mod unclosed_tag;
mod undeclared_variable;
mod unknown_client;
mod unknown_collection;
mod unknown_label;
mod unknown_model;
mod unknown_owner;
mod unknown_partial;
mod unknown_policy;
mod unknown_prompt;
mod unknown_role;
mod unknown_rule;
mod unknown_tag;
mod unknown_workflow;
mod unpinned_partial;
mod unused_ignore;
mod unused_variable;
mod variants_do_not_sum;
mod version_not_greater;
mod version_unchanged;
mod workflow_input_type;
mod workflow_missing_input;
mod workflow_never_runs;
mod workflow_unknown_input;
mod workflow_unknown_output;

use super::rule::Rule;
use crate::domain::{Diagnostic, Level};

pub(super) use self::{
    secret_in_file::mask,
    unknown_rule::{rule_fix, rule_help},
};

/// Every rule.
pub static RULES: &[&Rule] = &[
    &shape::RULE,
    &template_syntax::RULE,
    &undeclared_variable::RULE,
    &unused_variable::RULE,
    &single_braces::RULE,
    &literal_braces::RULE,
    &non_portable_template::RULE,
    &role_in_variable_position::RULE,
    &control_token_in_text::RULE,
    &hidden_characters::RULE,
    &text_not_normalized::RULE,
    &unclosed_tag::RULE,
    &empty_message::RULE,
    &token_estimate_over_budget::RULE,
    &template_too_large::RULE,
    &invalid_json_schema::RULE,
    &missing_description::RULE,
    &placeholder_text::RULE,
    &duplicate_name::RULE,
    &alias_collides::RULE,
    &duplicate_email::RULE,
    &unknown_owner::RULE,
    &unknown_role::RULE,
    &permission_unknown::RULE,
    &unknown_tag::RULE,
    &unknown_label::RULE,
    &unknown_collection::RULE,
    &unknown_client::RULE,
    &unknown_policy::RULE,
    &unknown_model::RULE,
    &unknown_prompt::RULE,
    &unknown_partial::RULE,
    &unpinned_partial::RULE,
    &partial_cycle::RULE,
    &label_target_missing::RULE,
    &label_to_deprecated::RULE,
    &invalid_cron::RULE,
    &invalid_timezone::RULE,
    &fallback_to_itself::RULE,
    &hook_url_not_https::RULE,
    &unknown_workflow::RULE,
    &workflow_missing_input::RULE,
    &workflow_unknown_input::RULE,
    &workflow_unknown_output::RULE,
    &workflow_input_type::RULE,
    &workflow_never_runs::RULE,
    &deprecated_in_use::RULE,
    &archived_in_use::RULE,
    &variants_do_not_sum::RULE,
    &policy_violation::RULE,
    &invalid_pattern::RULE,
    &test_fails::RULE,
    &test_input_invalid::RULE,
    &secret_in_file::RULE,
    &name_mismatch::RULE,
    &orphan_file::RULE,
    &approved_version_changed::RULE,
    &approved_version_removed::RULE,
    &prompt_removed::RULE,
    &label_removed::RULE,
    &version_not_greater::RULE,
    &version_unchanged::RULE,
    &contract_break::RULE,
    &unknown_rule::RULE,
    &unused_ignore::RULE,
];

/// The rules about approved versions.
pub(super) const APPROVED_VERSION_CHANGED: &str = "approved-version-changed";
/// See above.
pub(super) const APPROVED_VERSION_REMOVED: &str = "approved-version-removed";
/// The rule about variables in braces where no braces are read.
pub(super) const LITERAL_BRACES: &str = "literal-braces-in-none-engine";
/// The rule about variables in the form of another template language.
pub(super) const SINGLE_BRACES: &str = "single-braces";
/// The rule about names of rules.
pub(super) const UNKNOWN_RULE: &str = "unknown-rule";
/// The rule about ignore comments.
pub(super) const UNUSED_IGNORE: &str = "unused-ignore";

/// Whether a finding keeps its file from being served.
pub(super) fn breaks(finding: &Diagnostic) -> bool {
    finding.severity == Level::Error && RULES.iter().any(|rule| rule.breaks && rule.name == finding.rule)
}
