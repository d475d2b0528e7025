//! The cases of the rules about files, names, templates and comments.

use super::{Case, PROMPT, V1, V2};

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "shape",
        fires: &[(V1, "mesages:\n  - {role: user, content: Hello}\n"), (V2, "content: Hi\nnotes: on\n")],
        near: &[(V1, "messages:\n  - {role: user, content: Hello}\nx-team: {anything: [1]}\n")],
        ignored: &[(V1, "content: Hello\nnotes: on  # promptreg: ignore shape -- it is meant as a word\n")],
        stays: false,
    },
    Case {
        rule: "template-syntax",
        fires: &[(V1, "messages:\n  - role: system\n    content: |\n      Be kind.\n      Greet {{name\n")],
        near: &[(V1, "content: \"Greet {{name\"\nengine: none\n"), (V2, "content: \"a } b }} c\"\n")],
        ignored: &[(V1, "# promptreg: ignore-file template-syntax -- mended later\ncontent: \"Greet {{name\"\n")],
        stays: true,
    },
    Case {
        rule: "undeclared-variable",
        fires: &[
            (
                V1,
                "content: |\n  Greet {{ nmae }} and {{other}}, {{other}}!\ninput_schema:\n  properties:\n    name: {type: string}\n  required: [name]\nmodel: fast\n",
            ),
            (V2, "content: \"{{name}}\"\n"),
            ("prompts/support/greet/1.2.0.yaml", "content: \"{{> voice}}\"\nuses: {voice: tone@1.1.0}\n"),
            (
                "prompts/tone/1.1.0.yaml",
                "content: \"{{style}}\"\ninput_schema: {type: object, properties: {style: {type: string}}}\n",
            ),
        ],
        near: &[(V1, "content: \"{{name}}\"\ninput_schema: {type: object, properties: {name: {type: string}}}\n")],
        ignored: &[(
            V1,
            "# promptreg: ignore undeclared-variable -- the caller's session adds it\ncontent: \"{{name}}\"\n",
        )],
        stays: false,
    },
    Case {
        rule: "unused-variable",
        fires: &[(
            V1,
            "content: \"{{name}}\"\ninput_schema:\n  type: object\n  properties:\n    name: {type: string}\n    title: {type: string}\n",
        )],
        near: &[
            (
                V1,
                "content: \"{{> tone}}\"\nuses: {tone: tone@1.1.0}\ninput_schema: {type: object, properties: {style: {type: string}}}\n",
            ),
            (
                "prompts/tone/1.1.0.yaml",
                "content: \"{{style}}\"\ninput_schema: {type: object, properties: {style: {type: string}}}\n",
            ),
        ],
        ignored: &[(
            V1,
            "content: Hello\ninput_schema:\n  type: object\n  properties:\n    # promptreg: ignore unused-variable -- callers send it already\n    name: {type: string}\n",
        )],
        stays: false,
    },
    Case {
        rule: "invalid-json-schema",
        fires: &[(
            V1,
            "content: Hello\ninput_schema:\n  type: objekt\noutput_schema:\n  $ref: https://example.com/a.json\n",
        )],
        near: &[(V1, "content: Hello\noutput_schema: {$ref: \"#/$defs/a\", $defs: {a: {type: object}}}\n")],
        ignored: &[(
            V1,
            "content: Hello\ninput_schema:\n  type: objekt # promptreg: ignore invalid-json-schema -- it is German\n",
        )],
        stays: true,
    },
    Case {
        rule: "missing-description",
        fires: &[(PROMPT, "labels: {production: 1.0.0}\n"), ("prompts/tone/prompt.yaml", "description: ' '\n")],
        near: &[(PROMPT, "description: Greets.\n")],
        ignored: &[(PROMPT, "# promptreg: ignore-file missing-description -- a test of ours\nowner: ana\n")],
        stays: false,
    },
    Case {
        rule: "duplicate-name",
        fires: &[
            ("prompts/sales/tone/prompt.yaml", "description: Another.\n"),
            ("prompts/sales/tone/1.0.0.yaml", "content: Buy!\n"),
            (
                "workflows/triage.yaml",
                "steps:\n  - {id: one, prompt: greet}\n  - {id: two, prompt: greet}\n  - {id: one, prompt: greet}\n",
            ),
        ],
        near: &[(
            "workflows/greet.yaml",
            "triggers: [{id: one, type: manual}]\nsteps:\n  - {id: one, prompt: greet}\n",
        )],
        ignored: &[
            (
                "prompts/sales/tone/prompt.yaml",
                "# promptreg: ignore-file duplicate-name -- both are fine\ndescription: B.\n",
            ),
            ("prompts/sales/tone/1.0.0.yaml", "content: Buy!\n"),
        ],
        stays: true,
    },
    Case {
        rule: "unknown-owner",
        fires: &[
            (PROMPT, "description: Greets.\nowner: anna\nlabels: {production: 1.0.0}\n"),
            ("workflows/w.yaml", "owner: cleo\nsteps: [{id: a, prompt: greet}]\n"),
        ],
        near: &[(PROMPT, "description: Greets.\n")],
        ignored: &[(
            PROMPT,
            "description: Greets.\nowner: bob # promptreg: ignore unknown-owner -- starts on Monday\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-tag",
        fires: &[
            (PROMPT, "description: Greets.\ntags: [suport, summary]\n"),
            ("clients/ide.yaml", "default_filter: {tags: [code]}\n"),
        ],
        near: &[(PROMPT, "description: Greets.\ntags: [support, summary]\n")],
        ignored: &[(PROMPT, "description: Greets.\n# promptreg: ignore unknown-tag -- the list follows\ntags: [x]\n")],
        stays: false,
    },
    Case {
        rule: "unknown-model",
        fires: &[
            (V1, "content: Hello\nmodel: gpt-4o\n"),
            ("models/slow.yaml", "provider: openai\nmodel: o1\nfallback: [fats]\n"),
            ("users/cleo.yaml", "email: cleo@example.com\npreferences: {default_model: nope}\n"),
            ("workflows/w.yaml", "steps: [{id: a, prompt: greet, model: nope}]\n"),
        ],
        near: &[(V1, "content: Hello\nmodel: fast\n")],
        ignored: &[(
            V1,
            "# promptreg: ignore-file unknown-model -- comes with the next change\ncontent: Hello\nmodel: gpt\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-prompt",
        fires: &[
            (
                "workflows/w.yaml",
                "steps:\n  - {id: a, prompt: great:production}\n  - {id: b, prompt: greet@^2}\n  - {id: c, prompt: greet:staging}\n",
            ),
            ("policies/p.yaml", "selector: {names: [greet, other]}\nchecks: [{max_tokens: 10}]\n"),
        ],
        near: &[
            ("workflows/w.yaml", "steps:\n  - {id: a, prompt: greet}\n  - {id: b, prompt: greet@^1}\n"),
            ("policies/p.yaml", "selector: {names: [tone]}\nchecks: [{max_tokens: 10}]\n"),
        ],
        ignored: &[(
            "workflows/w.yaml",
            "steps:\n  # promptreg: ignore unknown-prompt -- its change is merged first\n  - {id: a, prompt: later}\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-partial",
        fires: &[
            (V1, "content: \"{{> tone}} Hello\"\n"),
            (V2, "content: \"{{> tone}} {{> tona}}\"\nuses: {tone: tone@9.0.0, tune: tune@1.0.0}\n"),
            ("prompts/support/greet/1.2.0.yaml", "content: \"{{> two}}\"\nuses: {two: tone@1.1.0}\n"),
            ("prompts/tone/1.1.0.yaml", "messages: [{role: system, content: a}, {role: user, content: b}]\n"),
        ],
        near: &[(V1, "content: \"{{> voice}}\"\nuses: {voice: tone@1.0.0}\n")],
        ignored: &[(
            V1,
            "# promptreg: ignore-file unknown-partial -- it will come\ncontent: Hello\nuses: {tune: tune@1.0.0}\n",
        )],
        stays: true,
    },
    Case {
        rule: "unpinned-partial",
        fires: &[
            (V1, "content: \"{{> tone}}\"\nuses: {tone: tone}\n"),
            (V2, "content: \"{{> tone}}\"\nuses: {tone: tone@^1}\n"),
        ],
        near: &[(V1, "content: \"{{> tone}}\"\nuses: {tone: tone@1.0.0}\n")],
        ignored: &[(
            V1,
            "content: \"{{> tone}}\"\nuses: {tone: tone} # promptreg: ignore unpinned-partial -- always the newest\n",
        )],
        stays: true,
    },
    Case {
        rule: "partial-cycle",
        fires: &[
            (V1, "content: \"{{> tone}}\"\nuses: {tone: tone@1.1.0}\n"),
            ("prompts/tone/1.1.0.yaml", "content: \"{{> greet}}\"\nuses: {greet: greet@1.0.0}\n"),
            (V2, "content: \"{{> greet}}\"\nuses: {greet: greet@1.0.0}\n"),
        ],
        near: &[
            (V1, "content: \"{{> tone}}\"\nuses: {tone: tone@1.1.0}\n"),
            ("prompts/tone/1.1.0.yaml", "content: \"{{> tone}}\"\nuses: {tone: tone@1.0.0}\n"),
        ],
        ignored: &[(
            V1,
            "# promptreg: ignore-file partial-cycle -- on purpose\ncontent: \"{{> me}}\"\nuses: {me: greet@1.0.0}\n",
        )],
        stays: true,
    },
    Case {
        rule: "label-target-missing",
        fires: &[
            ("clients/ide.yaml", "description: Our editor.\n"),
            (
                PROMPT,
                "description: Greets.\nlabels:\n  production: 1.0.0\n  staging: 1.3.0\nyanked: {0.9.0: too loud}\nvariants:\n  production: {split: {1.0.0: 90, 1.2.0: 10}, overrides: [{client: ide, version: 2.0.0}]}\n",
            ),
        ],
        near: &[
            (PROMPT, "description: Greets.\nlabels: {production: 1.0.0, next: 2.0.0-rc.1}\n"),
            ("prompts/support/greet/2.0.0-rc.1.yaml", "content: Hi\n"),
        ],
        ignored: &[(
            PROMPT,
            "description: Greets.\n# promptreg: ignore label-target-missing -- the version follows\nlabels: {next: 2.0.0}\n",
        )],
        stays: false,
    },
    Case {
        rule: "label-to-deprecated",
        fires: &[
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0, staging: 1.1.0}\ndeprecated: {1.0.0: too long}\nyanked:\n  1.1.0: too loud\n",
            ),
            (V2, "content: Hi\n"),
        ],
        near: &[
            (PROMPT, "description: Greets.\nlabels: {production: 1.1.0}\nrevoked: {1.0.0: leaks}\n"),
            (V2, "content: Hi\n"),
        ],
        ignored: &[(
            PROMPT,
            "description: Greets.\nlabels:\n  # promptreg: ignore label-to-deprecated -- until Friday\n  production: 1.0.0\ndeprecated: {1.0.0: too long}\n",
        )],
        stays: false,
    },
    Case {
        rule: "test-fails",
        fires: &[(
            V1,
            "content: \"Hello {{name}}, in {{language}}\"\ninput_schema:\n  type: object\n  required: [name]\n  properties:\n    name: {type: string}\n    language: {type: string, default: English}\ntests:\n  - {name: good, input: {name: Ana}, render_contains: [Ana, in English]}\n  - {name: bad, input: {name: Ana}, render_contains: [Hello, in German]}\n",
        )],
        near: &[(
            V1,
            "content: \"Hello {{> tone}}\"\nuses: {tone: tone@1.0.0}\ntests:\n  - {name: partial, render_contains: [Hello Be brief.]}\n  - {name: for a model, input: {x: 1}, expect: [{contains: a}]}\n",
        )],
        ignored: &[(
            V1,
            "content: Hello\ntests:\n  - name: german\n    # promptreg: ignore test-fails -- the text follows\n    render_contains: [Hallo]\n",
        )],
        stays: false,
    },
    Case {
        rule: "secret-in-file",
        fires: &[(
            V1,
            concat!(
                "content: |\n  Use sk-",
                "proj-a8Kd02Lm5Qx7Zr1Tb9Vw3Yc6 and ghp",
                "_16C7e42F292c6912E7710c838347Ae178B4a.\n  ",
                "-----BEGIN RSA PRIV",
                "ATE KEY-----\n  MIIEpAIBAAKCAQEA7bq98Q2pZ0JxM3vT5uYw1kR8sN4hL6cD\n  aB1c\n",
            ),
        )],
        near: &[(
            V1,
            concat!(
                "content: |\n  sk-xxxxxxxxxxxxxxxxxxxxxxxx AKIAIOSFODNN7EXAMPLE sk-learn-based-classification-2-model\n",
                "  task-a8Kd02Lm5Qx7Zr1Tb9Vw3Yc6 -----BEGIN PRIVATE KEY----- …\n",
            ),
        )],
        ignored: &[(
            V1,
            concat!(
                "content: Hello\nnotes: sk-",
                "a8Kd02Lm5Qx7Zr1Tb9Vw3Yc6 # promptreg: ignore secret-in-file -- revoked long ago\n"
            ),
        )],
        stays: false,
    },
    Case {
        rule: "name-mismatch",
        fires: &[
            ("prompts/support/greet/v1.yaml", "content: Hello\n"),
            ("prompts/Summarize_Ticket/prompt.yaml", "description: Summarizes.\n"),
            ("users/Ana Silva.yaml", "email: ana@example.com\n"),
        ],
        near: &[("clients/thermal-team.yaml", "description: Reads.\n"), ("prompts/support/greet/README.md", "# Hi\n")],
        ignored: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[lint]\nname-mismatch = \"off\"\n",
            ),
            ("users/Ana.yaml", "email: ana@example.com\n"),
        ],
        stays: false,
    },
    Case {
        rule: "orphan-file",
        fires: &[
            ("prompts/alone/1.0.0.yaml", "content: Hello\n"),
            ("prompts/empty/prompt.yaml", "description: Nothing yet.\n"),
            ("prompts/support/greet/draft.yaml", "content: Hello\n"),
            ("models/fast.yml", "provider: openai\n"),
        ],
        near: &[("prompts/support/collection.yaml", "description: For the desk.\n"), ("docs/draft.yaml", "a: 1\n")],
        ignored: &[(
            "prompts/alone/1.0.0.yaml",
            "# promptreg: ignore-file orphan-file -- its prompt.yaml follows\ncontent: Hello\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-rule",
        fires: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[lint]\nunused-variables = \"off\"\nshape = \"off\"\n",
            ),
            (V1, "# promptreg: ignore unkown-tag -- fine\ncontent: Hello\n"),
        ],
        near: &[(
            "registry.toml",
            "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[lint]\nunused-variable = \"off\"\nshape = \"error\"\n",
        )],
        ignored: &[(
            "registry.toml",
            "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[lint]\n# promptreg: ignore unknown-rule -- of a newer version\nbrand-new = \"off\"\n",
        )],
        stays: false,
    },
    Case {
        rule: "unused-ignore",
        fires: &[
            (V1, "# promptreg: ignore unknown-model -- soon\ncontent: Hello\nmodel: fast\n"),
            (V2, "content: Hi # promptreg: ignore unused-variable\nnotes: x # promptreg: ignore-file shape -- here\n"),
            (PROMPT, "# promptreg: allow unknown-tag\ndescription: Greets. # promptreg: ignore -- all\n"),
        ],
        near: &[(V1, "content: |\n  # promptreg: ignore unknown-model -- soon\n# promptreg is fine\n")],
        ignored: &[(
            V1,
            "# promptreg: ignore unused-ignore -- the model goes soon\n# promptreg: ignore-file unknown-model -- soon\ncontent: Hello\n",
        )],
        stays: false,
    },
];
