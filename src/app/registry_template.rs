//! The registry template, embedded in the binary.

/// A list of the template's files, each with its bytes.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../registry-template/", $path)))),*]
    };
}

/// The files of `registry-template/` by path; a test holds the list and the folder together.
pub const FILES: &[(&str, &[u8])] = files![
    ".editorconfig",
    ".gitattributes",
    ".gitea/workflows/promptreg.yml",
    ".github/workflows/promptreg.yml",
    ".gitignore",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    ".vscode/extensions.json",
    ".vscode/settings.json",
    "README.md",
    "clients/support-desk.yaml",
    "hooks/help-desk.yaml",
    "models/careful.yaml",
    "models/fast.yaml",
    "policies/no-personal-data.yaml",
    "prompts/house-tone/1.0.0.yaml",
    "prompts/house-tone/1.1.0.yaml",
    "prompts/house-tone/prompt.yaml",
    "prompts/marketing/collection.yaml",
    "prompts/marketing/newsletter/collection.yaml",
    "prompts/marketing/newsletter/newsletter-intro/1.0.0.yaml",
    "prompts/marketing/newsletter/newsletter-intro/prompt.yaml",
    "prompts/marketing/product-description/1.0.0.yaml",
    "prompts/marketing/product-description/1.1.0.yaml",
    "prompts/marketing/product-description/prompt.yaml",
    "prompts/marketing/release-notes/1.0.0.yaml",
    "prompts/marketing/release-notes/prompt.yaml",
    "prompts/support/classify-ticket/1.0.0.yaml",
    "prompts/support/classify-ticket/prompt.yaml",
    "prompts/support/collection.yaml",
    "prompts/support/draft-reply/1.0.0.yaml",
    "prompts/support/draft-reply/1.1.0.yaml",
    "prompts/support/draft-reply/prompt.yaml",
    "prompts/support/summarize-ticket/1.0.0.yaml",
    "prompts/support/summarize-ticket/1.1.0.yaml",
    "prompts/support/summarize-ticket/1.2.0.yaml",
    "prompts/support/summarize-ticket/prompt.yaml",
    "registry.toml",
    "roles/admin.yaml",
    "roles/approver.yaml",
    "roles/architect.yaml",
    "roles/collaborator.yaml",
    "roles/consumer.yaml",
    "roles/contributor.yaml",
    "roles/viewer.yaml",
    "tags.yaml",
    "users/ana.yaml",
    "users/ben.yaml",
    "users/cleo.yaml",
    "workflows/triage-ticket.yaml",
];
