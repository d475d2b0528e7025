//! The cases of the rules about prompts, people and policies.

use super::{Case, PROMPT, V2};

const CLIENT: &str = "clients/ide.yaml";
const ROLE: &str = "roles/approver.yaml";

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "alias-collides",
        fires: &[
            (PROMPT, "description: Greets.\naliases: [hello, tone, greet]\nlabels: {production: 1.0.0}\n"),
            ("prompts/tone/prompt.yaml", "description: How we speak.\naliases:\n  - hello\n"),
        ],
        near: &[
            (PROMPT, "description: Greets.\naliases: [hello]\nlabels: {production: 1.0.0}\n"),
            ("prompts/tone/prompt.yaml", "description: How we speak.\naliases: [voice]\n"),
        ],
        ignored: &[(
            PROMPT,
            "description: Greets.\naliases: [tone] # promptreg: ignore alias-collides -- until tone is gone\n",
        )],
        stays: false,
    },
    Case {
        rule: "duplicate-email",
        fires: &[("users/ana-silva.yaml", "display_name: Ana Silva\nemail: Ana@Example.com\n")],
        near: &[("users/ana-silva.yaml", "email: ana@example.com\nis_active: false\n")],
        ignored: &[(
            "users/bo.yaml",
            "# promptreg: ignore duplicate-email -- one mailbox for two\nemail: ana@example.com\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-role",
        fires: &[
            (ROLE, "permissions: [read, approve]\n"),
            ("users/bo.yaml", "email: bo@example.com\nroles: [aprover]\n"),
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n\n[approval]\nroles = [\"lead\"]\n\n[[approval.paths]]\npath = \"prompts/legal/**\"\napprovers = [\"anna\", \"role:legal\", \"approver\"]\n\n[labels]\nprotected_roles = [\"approvers\"]\n",
            ),
        ],
        near: &[
            ("users/bo.yaml", "email: bo@example.com\nroles: [anything]\n"),
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[approval]\nroles = [\"lead\"]\n[[approval.paths]]\npath = \"**\"\napprovers = [\"ana\", \"role:lead\"]\n",
            ),
        ],
        ignored: &[
            (ROLE, "permissions: [read, approve]\n"),
            (
                "users/bo.yaml",
                "email: bo@example.com\nroles: [boss] # promptreg: ignore unknown-role -- comes next week\n",
            ),
        ],
        stays: false,
    },
    Case {
        rule: "permission-unknown",
        fires: &[(ROLE, "permissions:\n  - read\n  - aprove\n  - fly\n")],
        near: &[(ROLE, "permissions: [read, read_drafts, approve]\n")],
        ignored: &[(
            ROLE,
            "# promptreg: ignore-file permission-unknown -- for the next promptreg\npermissions: [read, fly]\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-label",
        fires: &[
            (V2, "content: Hi\n"),
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0}\nvariants:\n  prodution: {split: {1.0.0: 90, 1.1.0: 10}}\n",
            ),
            (CLIENT, "default_filter: {labels: [production, stable]}\n"),
        ],
        near: &[
            (V2, "content: Hi\n"),
            (
                PROMPT,
                "description: Greets.\nlabels: {stable: 1.0.0}\nvariants:\n  stable: {split: {1.0.0: 90, 1.1.0: 10}}\n",
            ),
            (CLIENT, "default_filter: {labels: [production, stable]}\n"),
        ],
        ignored: &[(
            CLIENT,
            "default_filter:\n  # promptreg: ignore unknown-label -- from June on\n  labels: [stable]\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-collection",
        fires: &[
            (CLIENT, "default_filter: {collections: [suport]}\n"),
            ("policies/p.yaml", "selector: {collections: [support/email]}\nchecks: [{max_tokens: 9}]\n"),
        ],
        near: &[
            ("prompts/sales/email/collection.yaml", "description: What we send.\n"),
            (CLIENT, "default_filter: {collections: [sales, sales/email, support]}\n"),
        ],
        ignored: &[(
            CLIENT,
            "# promptreg: ignore-file unknown-collection -- from June on\ndefault_filter: {collections: [x]}\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-client",
        fires: &[
            (CLIENT, "description: Our editor.\n"),
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0}\nvariants:\n  production:\n    overrides:\n      - {client: idee, version: 1.0.0}\n",
            ),
        ],
        near: &[
            (CLIENT, "description: Our editor.\n"),
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0}\nvariants:\n  production:\n    overrides:\n      - {client: ide, version: 1.0.0}\n",
            ),
        ],
        ignored: &[(
            PROMPT,
            "description: Greets.\nlabels: {production: 1.0.0}\nvariants:\n  production:\n    overrides:\n      # promptreg: ignore unknown-client -- it has no switches\n      - {client: ide, version: 1.0.0}\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-policy",
        fires: &[
            (PROMPT, "description: Greets.\nlabels: {production: 1.0.0}\npolicies: [no-persnal-data, brief]\n"),
            ("policies/no-personal-data.yaml", "checks: [{forbid_pattern: \"[0-9]{16}\"}]\n"),
        ],
        near: &[
            (PROMPT, "description: Greets.\nlabels: {production: 1.0.0}\npolicies: [no-personal-data]\n"),
            ("policies/no-personal-data.yaml", "checks: [{forbid_pattern: \"[0-9]{16}\"}]\n"),
        ],
        ignored: &[(
            PROMPT,
            "description: Greets.\nlabels: {production: 1.0.0}\n# promptreg: ignore unknown-policy -- it is being written\npolicies: [brief]\n",
        )],
        stays: false,
    },
    Case {
        rule: "variants-do-not-sum",
        fires: &[
            (V2, "content: Hi\n"),
            (CLIENT, "description: Our editor.\n"),
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0, staging: 1.1.0, beta: 1.1.0, next: 1.1.0}\nvariants:\n  production:\n    split: {1.0.0: 90, 1.1.0: 20}\n    overrides:\n      - {client: ide, version: 1.0.0}\n      - {client: ide, version: 1.1.0}\n  staging: {split: {1.1.0: 100}}\n  beta: {split: {1.0.0: 100, 1.1.0: 0}}\n  next: {}\n",
            ),
        ],
        near: &[
            (V2, "content: Hi\n"),
            (CLIENT, "description: Our editor.\n"),
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0}\nvariants:\n  production:\n    split: {1.0.0: 90, 1.1.0: 10}\n    overrides: [{client: ide, version: 1.1.0}]\n",
            ),
        ],
        ignored: &[(
            PROMPT,
            "description: Greets.\nlabels: {production: 1.0.0}\nvariants:\n  production:\n    split: {1.0.0: 5} # promptreg: ignore variants-do-not-sum -- the other one comes tomorrow\n",
        )],
        stays: false,
    },
];
