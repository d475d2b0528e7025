//! The cases of the rules about prompts, people and policies.

use super::{Case, PROMPT, V1, V2};

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
    Case {
        rule: "placeholder-text",
        fires: &[
            (PROMPT, "description: Say in a sentence what it does, and for whom.\nlabels: {production: 1.0.0}\n"),
            ("prompts/tone/prompt.yaml", "description: TODO\n"),
            ("users/bo.yaml", "email: name@example.com\n"),
            (
                "hooks/desk.yaml",
                "type: webhook\ntarget_url: https://example.com/hooks/promptreg\nevents: [run.failed]\n",
            ),
        ],
        near: &[
            (PROMPT, "description: Makes a todo list of a mail.\nlabels: {production: 1.0.0}\n"),
            ("users/bo.yaml", "email: name@example.org\n"),
        ],
        ignored: &[(
            PROMPT,
            "description: TBD # promptreg: ignore placeholder-text -- Ana writes it\nlabels: {production: 1.0.0}\n",
        )],
        stays: false,
    },
    Case {
        rule: "deprecated-in-use",
        fires: &[
            (
                "prompts/tone/prompt.yaml",
                "description: How we speak.\ndeprecated: {1.0.0: too short}\nyanked: {1.1.0: too long}\nrevoked: {1.2.0: quotes a customer}\n",
            ),
            ("prompts/tone/1.1.0.yaml", "content: Be.\n"),
            ("prompts/tone/1.2.0.yaml", "content: Do.\n"),
            ("prompts/tone/1.3.0.yaml", "content: Speak.\n"),
            (V1, "content: \"{{> a}}{{> b}}{{> c}}\"\nuses:\n  a: tone@1.0.0\n  b: tone@1.1.0\n  c: tone@1.2.0\n"),
            ("workflows/w.yaml", "steps:\n  - {id: a, prompt: tone@1.0.0}\n  - {id: b, prompt: tone@~1.0}\n"),
        ],
        near: &[
            ("prompts/tone/prompt.yaml", "description: How we speak.\ndeprecated: {1.0.0: too short}\n"),
            ("prompts/tone/1.1.0.yaml", "content: Speak.\n"),
            (PROMPT, "description: Greets.\nlabels: {production: 1.1.0}\n"),
            (V1, "content: \"{{> a}}\"\nuses: {a: tone@1.0.0}\n"),
            (V2, "content: \"{{> a}}\"\nuses: {a: tone@1.1.0}\n"),
            ("workflows/w.yaml", "steps: [{id: a, prompt: tone@^1}]\n"),
            ("workflows/old.yaml", "status: archived\nsteps: [{id: a, prompt: tone@1.0.0}]\n"),
        ],
        ignored: &[
            ("prompts/tone/prompt.yaml", "description: How we speak.\ndeprecated: {1.0.0: too short}\n"),
            (
                V1,
                "content: \"{{> a}}\"\nuses:\n  # promptreg: ignore deprecated-in-use -- short is what we want\n  a: tone@1.0.0\n",
            ),
        ],
        stays: false,
    },
    Case {
        rule: "archived-in-use",
        fires: &[
            ("prompts/tone/prompt.yaml", "description: How we speak.\nstatus: archived\n"),
            (V1, "content: \"{{> tone}}\"\nuses: {tone: tone@1.0.0}\n"),
            ("workflows/w.yaml", "steps: [{id: a, prompt: tone@1.0.0}]\n"),
        ],
        near: &[
            ("prompts/tone/prompt.yaml", "description: How we speak.\nstatus: archived\n"),
            (PROMPT, "description: Greets.\nstatus: archived\nlabels: {production: 1.0.0}\n"),
            (V1, "content: \"{{> tone}}\"\nuses: {tone: tone@1.0.0}\n"),
            ("workflows/w.yaml", "status: archived\nsteps: [{id: a, prompt: tone@1.0.0}]\n"),
        ],
        ignored: &[
            ("prompts/tone/prompt.yaml", "description: How we speak.\nstatus: archived\n"),
            (
                "workflows/w.yaml",
                "steps: [{id: a, prompt: tone@1.0.0}] # promptreg: ignore archived-in-use -- goes too\n",
            ),
        ],
        stays: false,
    },
    Case {
        rule: "policy-violation",
        fires: &[
            ("policies/care.yaml", POLICY),
            (PROMPT, "description: Greets.\nowner: ana\nlabels: {production: 1.0.0}\n"),
            (
                V1,
                "content: |\n  Dear {{password}}, mail to\n  a@example.org or b@example.org.\n  {{> voice}}\nuses: {voice: tone@1.1.0}\ninput_schema:\n  type: object\n  properties:\n    password: {type: string}\n",
            ),
            ("prompts/tone/1.1.0.yaml", "content: \"{{> deep}}\"\nuses: {deep: deep@1.0.0}\n"),
            ("prompts/deep/prompt.yaml", "description: What we always say.\n"),
            ("prompts/deep/1.0.0.yaml", "content: Write to c@example.org, and again to c@example.org.\n"),
        ],
        near: &[
            ("policies/care.yaml", POLICY),
            // Nobody is handed the first version any more.
            (PROMPT, "description: Greets.\nlabels: {production: 1.1.0}\n"),
            (V1, "content: Mail to a@example.org.\n"),
            (V2, "content: \"{{> voice}}\"\nuses: {voice: tone@1.1.0}\n"),
            ("prompts/tone/1.1.0.yaml", "content: Never invent anything.\n"),
        ],
        ignored: &[
            ("policies/care.yaml", "selector: {names: [greet]}\nchecks: [{forbid_pattern: '@'}]\n"),
            (V1, "# promptreg: ignore policy-violation -- the address is public\ncontent: Mail to a@example.org.\n"),
        ],
        stays: false,
    },
    Case {
        rule: "invalid-pattern",
        fires: &[(
            "policies/care.yaml",
            "checks:\n  - forbid_pattern: 'a(?!b)'\n  - require_pattern: \"(ab\"\n  - forbid_pattern: '(\\w)\\1'\n  - forbid_pattern: '\\w{999}{999}'\n",
        )],
        near: &[(
            "policies/care.yaml",
            "checks: [{forbid_pattern: '(?i)\\bpassword\\b'}, {require_pattern: '^x|y$'}]\n",
        )],
        ignored: &[(
            "policies/care.yaml",
            "checks:\n  - forbid_pattern: 'a(?!b)' # promptreg: ignore invalid-pattern -- for another tool\n",
        )],
        stays: false,
    },
    Case {
        rule: "test-input-invalid",
        fires: &[(
            V1,
            "content: \"Hello {{name}}{{tone}}\"\ninput_schema: {type: object, required: [name], properties: {name: {type: string}, tone: {type: string, pattern: ^k}}}\ntests:\n  - {name: a number, input: {name: 7}, render_contains: [Hello]}\n  - {name: nothing}\n  - {name: misspelt, input: {naem: Ana, tone: rude}}\n  - {name: nothing, input: {name: Ana}}\n  - name: of the answer\n    input: {name: Ana}\n    expect:\n      - {contain: Ana}\n      - {regex: ^A}\n      - {json_schema: output_schema}\n      - {json_schema: answer}\n      - {json_schema: {type: objekt}}\n",
        )],
        near: &[(
            V1,
            "content: \"Hello {{name}}{{tone}}\"\ninput_schema: {type: object, required: [name], properties: {name: {type: string}, tone: {type: string, pattern: ^k}}}\noutput_schema: {type: object}\ntests:\n  - name: of the answer\n    input: {name: Ana, tone: kind}\n    expect: [{contains: Ana, x-why: polite}, {json_schema: output_schema}, {json_schema: {type: object}}]\n",
        )],
        ignored: &[(
            V1,
            "content: Hello\ninput_schema: {type: object, required: [name]}\ntests:\n  - name: bare # promptreg: ignore test-input-invalid -- what then\n",
        )],
        stays: false,
    },
];

const POLICY: &str = "description: Nobody's address goes to a model.
selector: {collections: [support]}
checks:
  - forbid_pattern: '\\w+@\\w+\\.org'
  - require_pattern: '(?i)never invent'
  - forbid_variable: password
  - max_tokens: 20
  - require_policy_reviewer: true
";
