//! The cases of the rules on a change: a registry before it, what it adds or edits, and what it removes.

use super::{Change, ChangeCase, PROMPT, V1, V2};

const V2_RC: &str = "prompts/support/greet/1.1.0-rc.1.yaml";
const V3: &str = "prompts/support/greet/1.2.0.yaml";
const MOVED_PROMPT: &str = "prompts/sales/greet/prompt.yaml";
const MOVED: &str = "prompts/sales/greet/1.0.0.yaml";
const LABELS: &str = "description: Greets.\nlabels: {production: 1.0.0}\n";

/// A version that asks for something.
const ASKS: &str = "content: \"{{text}} {{language}} {{tone}}\"\ninput_schema:\n  type: object\n  required: [text]\n  properties:\n    text: {type: string}\n    language: {type: string, enum: [English, German], default: English}\n    tone: {type: string}\n";
/// The same in other words.
const WORDED: &str = "content: \"{{language}}: {{text}} {{tone}}\"\ninput_schema:\n  type: object\n  required: [text]\n  properties:\n    text: {type: string, description: The text.}\n    language: {type: string, enum: [English, German], default: English}\n    tone: {type: string}\n";

pub(crate) const CASES: &[ChangeCase] = &[
    ChangeCase {
        rule: "approved-version-changed",
        fires: Change {
            before: &[("prompts/tone/1.1.0.yaml", "content: Be kind.\n")],
            once: &[("prompts/support/greet/1.2.0.yaml", "content: Good morning\n")],
            after: &[
                (V1, "content: Hello!\n"),
                ("prompts/tone/1.1.0.yaml", "content: Be kind.\nnotes: Only this is new.\n"),
                // Its number is taken, though nothing lies there any more.
                (V3, "content: Good evening\n"),
            ],
            gone: &[],
        },
        near: Change {
            before: &[(V2, "content: Hi\nmodle: fast\n"), (V3, "content: Somebody changed this already\n")],
            once: &[(V3, "content: Good morning\n"), ("prompts/greet/1.3.0.yaml", "content: Long gone\n")],
            after: &[
                // The same, written otherwise, in another collection.
                (MOVED, "# Moved.\nmessages:\n  - {role: user, content: Hello}\n"),
                (MOVED_PROMPT, LABELS),
                // What was broken was never approved.
                ("prompts/sales/greet/1.1.0.yaml", "content: Hi\nmodel: fast\n"),
                // Two that are put back.
                ("prompts/sales/greet/1.2.0.yaml", "content: Good morning\n"),
                ("prompts/sales/greet/1.3.0.yaml", "content: Long gone\n"),
            ],
            gone: &[V1, V2, V3, PROMPT],
        },
        ignored: Change {
            before: &[],
            once: &[],
            after: &[(V1, "# promptreg: ignore-file approved-version-changed -- nobody uses it\ncontent: Hello!\n")],
            gone: &[],
        },
        stays: true,
    },
    ChangeCase {
        rule: "approved-version-removed",
        fires: Change {
            before: &[(V2, "content: Hi\n"), (V3, "content: Hey\n")],
            once: &[(V3, "content: Good morning\n")],
            after: &[(MOVED, "content: Hello\n"), (MOVED_PROMPT, LABELS)],
            gone: &[PROMPT, V1, V2, V3],
        },
        near: Change {
            before: &[
                (V2, "content: Hi\nmodle: fast\n"),
                ("prompts/farewell/prompt.yaml", "description: Says goodbye.\n"),
                ("prompts/farewell/1.0.0.yaml", "content: Bye\n"),
            ],
            once: &[],
            after: &[
                ("prompts/greet-all/prompt.yaml", "description: Says goodbye.\naliases: [farewell]\n"),
                ("prompts/greet-all/1.0.0.yaml", "content: Bye\n"),
            ],
            // One that was never valid, and a prompt as a whole.
            gone: &[V2, "prompts/farewell/prompt.yaml", "prompts/farewell/1.0.0.yaml"],
        },
        ignored: Change {
            before: &[(V2, "content: Hi\n")],
            once: &[],
            after: &[(
                PROMPT,
                "# promptreg: ignore-file approved-version-removed -- nobody uses it\ndescription: Greets.\n",
            )],
            gone: &[V2],
        },
        stays: true,
    },
    ChangeCase {
        rule: "version-not-greater",
        fires: Change {
            before: &[(V3, "content: Hi\n")],
            once: &[("prompts/tone/2.3.0.yaml", "content: Be loud.\n")],
            after: &[
                (V2, "content: Hey\n"),
                (V2_RC, "content: Hey you\n"),
                ("prompts/support/greet/0.9.0.yaml", "content: Ho\n"),
                ("prompts/tone/2.2.9.yaml", "content: Be quiet.\n"),
            ],
            gone: &[],
        },
        near: Change {
            before: &[(V3, "content: Hi\n")],
            once: &[],
            after: &[
                ("prompts/support/greet/1.0.1.yaml", "content: Hello you\n"),
                ("prompts/support/greet/1.2.1-rc.1.yaml", "content: Hey\n"),
                ("prompts/support/greet/1.2.1.yaml", "content: Hey you\n"),
                ("prompts/support/greet/2.0.0-rc.1.yaml", "content: Ho\n"),
                ("prompts/new/prompt.yaml", "description: New.\n"),
                ("prompts/new/0.1.0.yaml", "content: New\n"),
                ("prompts/new/0.0.1.yaml", "content: Newer\n"),
            ],
            gone: &[],
        },
        ignored: Change {
            before: &[(V3, "content: Hi\n")],
            once: &[],
            after: &[(V2, "# promptreg: ignore-file version-not-greater -- imported with its number\ncontent: Hey\n")],
            gone: &[],
        },
        stays: false,
    },
    ChangeCase {
        rule: "version-unchanged",
        fires: Change {
            before: &[("prompts/tone/1.1.0.yaml", "content: Be brief.\nnotes: The same.\n")],
            once: &[],
            after: &[
                (V2, "messages:\n  - {role: user, content: Hello}\nnotes: To be written.\n"),
                (V3, "content: Hello\ntests: []\n"),
            ],
            gone: &[],
        },
        near: Change {
            before: &[],
            once: &[],
            after: &[
                (V2, "messages: [{role: system, content: Hello}]\n"),
                (V3, "content: Hello\nmodel: fast\n"),
                // What it includes is another version, though it says the same.
                ("prompts/support/greet/1.3.0.yaml", "content: \"{{> tone}}\"\nuses: {tone: tone@1.0.0}\n"),
                ("prompts/support/greet/1.4.0.yaml", "content: \"{{> tone}}\"\nuses: {tone: tone@1.1.0}\n"),
                ("prompts/tone/1.1.0.yaml", "content: Be kind.\n"),
            ],
            gone: &[],
        },
        ignored: Change {
            before: &[],
            once: &[],
            after: &[(V2, "# promptreg: ignore-file version-unchanged -- a first number of its own\ncontent: Hello\n")],
            gone: &[],
        },
        stays: false,
    },
    ChangeCase {
        rule: "contract-break",
        fires: Change {
            before: &[("prompts/tone/1.2.0.yaml", ASKS)],
            once: &[],
            after: &[
                // Three things that callers would notice, in a patch.
                (
                    "prompts/tone/1.2.1.yaml",
                    "content: \"{{text}} {{language}}\"\ninput_schema:\n  type: object\n  required: [text, language]\n  properties:\n    text: {type: string}\n    language: {type: string, enum: [German]}\n",
                ),
                // What is new and optional is more than a patch.
                (
                    "prompts/support/greet/1.0.1.yaml",
                    "content: \"Hello {{name}}\"\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
                ),
                // Compared to the version that comes with it.
                (
                    "prompts/support/greet/1.1.0.yaml",
                    "content: \"Hello {{name}}\"\ninput_schema: {type: object, required: [name], properties: {name: {type: string}}}\n",
                ),
            ],
            gone: &[],
        },
        near: Change {
            before: &[
                ("prompts/tone/1.2.0.yaml", ASKS),
                ("prompts/old/prompt.yaml", "description: Old.\n"),
                ("prompts/old/0.1.0.yaml", ASKS),
            ],
            once: &[],
            after: &[
                ("prompts/tone/1.2.1.yaml", WORDED),
                ("prompts/tone/2.0.0-rc.1.yaml", "content: Be kind.\n"),
                // Below 1.0.0 the minor number counts as the major one.
                ("prompts/old/0.2.0.yaml", "content: Be kind.\n"),
            ],
            gone: &[],
        },
        ignored: Change {
            before: &[("prompts/tone/1.2.0.yaml", ASKS)],
            once: &[],
            after: &[(
                "prompts/tone/1.2.1.yaml",
                "# promptreg: ignore-file contract-break -- nobody calls it yet\ncontent: Be kind.\n",
            )],
            gone: &[],
        },
        stays: false,
    },
    ChangeCase {
        rule: "prompt-removed",
        fires: Change {
            before: &[
                ("prompts/hail/prompt.yaml", "description: Hails.\n"),
                ("prompts/hail/1.0.0.yaml", "content: Hail\n"),
            ],
            once: &[],
            after: &[
                ("prompts/cheer/prompt.yaml", "description: Hails.\n"),
                ("prompts/cheer/1.0.0.yaml", "content: Hail\n"),
            ],
            gone: &[
                "prompts/hail/prompt.yaml",
                "prompts/hail/1.0.0.yaml",
                "prompts/tone/prompt.yaml",
                "prompts/tone/1.0.0.yaml",
            ],
        },
        near: Change {
            before: &[
                ("prompts/hail/prompt.yaml", "description: Hails.\n"),
                ("prompts/hail/1.0.0.yaml", "content: Hail\n"),
            ],
            once: &[],
            after: &[
                ("prompts/cheer/prompt.yaml", "description: Hails.\naliases: [hail]\n"),
                ("prompts/cheer/1.0.0.yaml", "content: Hail\n"),
                // It only moves.
                ("prompts/voice/tone/prompt.yaml", "description: How we speak.\n"),
                ("prompts/voice/tone/1.0.0.yaml", "content: Be brief.\n"),
            ],
            gone: &[
                "prompts/hail/prompt.yaml",
                "prompts/hail/1.0.0.yaml",
                "prompts/tone/prompt.yaml",
                "prompts/tone/1.0.0.yaml",
            ],
        },
        ignored: Change {
            before: &[],
            once: &[],
            after: &[(
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[lint]\nprompt-removed = \"off\"\n",
            )],
            gone: &["prompts/tone/prompt.yaml", "prompts/tone/1.0.0.yaml"],
        },
        stays: false,
    },
    ChangeCase {
        rule: "label-removed",
        fires: Change {
            before: &[(PROMPT, "description: Greets.\nlabels: {production: 1.0.0, staging: 1.0.0}\n")],
            once: &[],
            after: &[(PROMPT, "description: Greets.\nlabels: {prodction: 1.0.0}\n")],
            gone: &[],
        },
        near: Change {
            before: &[(PROMPT, "description: Greets.\nlabels: {production: 1.0.0}\n"), (V2, "content: Hi\n")],
            once: &[],
            after: &[(PROMPT, "description: Greets.\nlabels: {staging: 1.0.0, production: 1.1.0}\n")],
            gone: &[],
        },
        ignored: Change {
            before: &[(PROMPT, "description: Greets.\nlabels: {production: 1.0.0, staging: 1.0.0}\n")],
            once: &[],
            after: &[(
                PROMPT,
                "# promptreg: ignore-file label-removed -- nobody asks for it\ndescription: Greets.\nlabels: {production: 1.0.0}\n",
            )],
            gone: &[],
        },
        stays: false,
    },
];
