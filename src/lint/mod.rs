//! The rules that judge a registry, one file a rule.
