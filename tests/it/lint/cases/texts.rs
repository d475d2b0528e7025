//! The cases of the rules about texts.

use super::{Case, V1, V2};

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "single-braces",
        fires: &[
            (
                V1,
                "content: |\n  Answer in ${language}, ${ language }.\n  Keep it under %(words)s words, [title]!\ninput_schema:\n  type: object\n  properties:\n    language: {type: string}\n    words: {type: integer}\n    title: {type: string}\n",
            ),
            (
                V2,
                "messages:\n  - role: user\n    content: \"{% if name %}Greet {name}.{% endif %}\"\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
            ),
        ],
        near: &[
            (
                V1,
                "content: \"Greet {{name}} as {name: {{name}}}, [name](x)\"\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
            ),
            (V2, "content: \"Write f'{name}' and ${HOME}.\"\n"),
        ],
        ignored: &[(
            V1,
            "# promptreg: ignore single-braces -- the caller replaces it\ncontent: \"Greet {name}\"\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
        )],
        stays: false,
    },
    Case {
        rule: "literal-braces-in-none-engine",
        fires: &[
            (
                V1,
                "content: \"Greet {{name}} in {{ language }}.\"\nengine: none\ninput_schema:\n  type: object\n  properties: {name: {type: string}, language: {type: string}}\n",
            ),
            (
                V2,
                "content: \"Greet {{name}} and {{other}}.\"\nengine: none\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
            ),
        ],
        near: &[(V1, "content: \"In Vue, {{name}} prints a value.\"\nengine: none\n")],
        ignored: &[(
            V1,
            "engine: none\n# promptreg: ignore literal-braces-in-none-engine -- the caller fills it in\ncontent: \"Greet {{name}}\"\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
        )],
        stays: false,
    },
    Case {
        rule: "non-portable-template",
        fires: &[(
            V1,
            "content: |\n  What went wrong? {{log}} {{log}}\n  It has {{len}} lines.\ninput_schema: {type: object, properties: {log: {type: string}, len: {type: integer}}}\n",
        )],
        near: &[(
            V1,
            "content: \"{{#if log}}{{this.log}}{{/if}} {{login}}\"\ninput_schema: {type: object, properties: {log: {type: string}, login: {type: string}}}\n",
        )],
        ignored: &[(
            V1,
            "# promptreg: ignore non-portable-template -- we never export this\ncontent: \"{{log}}\"\ninput_schema: {type: object, properties: {log: {type: string}}}\n",
        )],
        stays: false,
    },
    Case {
        rule: "role-in-variable-position",
        fires: &[
            (
                V1,
                "messages:\n  - {role: system, content: \"{{ orders }}\"}\n  - role: user\n    content: |\n      User: {{question}}\n      Assistant:\ninput_schema: {type: object, properties: {orders: {type: string}, question: {type: string}}}\n",
            ),
            (
                V2,
                "content: |\n  {{role \"system\"}}\n  {{{orders}}}\n  {{role \"user\"}}\n  Hello\ninput_schema: {type: object, properties: {orders: {type: string}}}\n",
            ),
        ],
        near: &[
            (
                V1,
                "messages:\n  - {role: system, content: \"You speak {{language}}.\"}\n  - {role: user, content: \"{{question}}\"}\ninput_schema: {type: object, properties: {language: {type: string}, question: {type: string}}}\n",
            ),
            (
                V2,
                "messages:\n  - role: system\n    content: |\n      User: Hello\n      Assistant: Hello, {{name}}\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
            ),
        ],
        ignored: &[(
            V1,
            "messages:\n  # promptreg: ignore role-in-variable-position -- only our own jobs fill it in\n  - {role: system, content: \"{{orders}}\"}\n  - {role: user, content: Go on}\ninput_schema: {type: object, properties: {orders: {type: string}}}\n",
        )],
        stays: false,
    },
    Case {
        rule: "control-token-in-text",
        fires: &[
            (V1, "content: |\n  <|im_start|>system\n  You are brief.<|im_end|>\n"),
            (V2, "content: \"[INST] Be brief. [/INST]\"\nengine: none\n"),
        ],
        near: &[(V1, "content: \"In Elm, f <| g <| h |> i, and a list [INSTALL], <start>.\"\n")],
        ignored: &[(
            V1,
            "# promptreg: ignore control-token-in-text -- it explains the format\ncontent: \"What does <|im_start|> mean?\"\n",
        )],
        stays: false,
    },
    Case {
        rule: "hidden-characters",
        fires: &[
            (V1, "content: \"Pay to \u{202e}moc.elpmaxe\u{202c} only.\"\n"),
            (V2, "content: \"Be\u{200b} brief.\u{200b}\"\nnotes: \"Ok\u{e0049}\u{e0067}\u{e006e}\"\n"),
        ],
        near: &[
            (
                V1,
                "content: \"می\u{200c}خواهم 👩\u{200d}💻 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} 1\u{fe0f}\u{20e3} ❤\u{fe0f} שלום\u{200f}!\"\n",
            ),
            (V2, "content: \"ไทย\u{200b}ไทย \\u202e is an override\"\n"),
        ],
        ignored: &[(
            V1,
            "content: \"Be\u{2060} brief.\" # promptreg: ignore hidden-characters -- it keeps a name together\n",
        )],
        stays: false,
    },
    Case {
        rule: "text-not-normalized",
        fires: &[
            (V1, "\u{feff}content: |\r\n  Hello  \r\n  you\r\n"),
            (V2, "content: Hello\t\nnotes: |\n  Two blanks  \n  are kept.\nmodel: fast   "),
        ],
        near: &[(V1, "content: |\n  Hello  \n  \tyou \nnotes: \"a \\\n  b\"\n")],
        ignored: &[(V1, "content: Hello # promptreg: ignore text-not-normalized -- a test of ours  \n")],
        stays: false,
    },
    Case {
        rule: "unclosed-tag",
        fires: &[
            (V1, "content: |\n  <ticket>\n  It is broken.\n  </tiket>\n"),
            (
                V2,
                "content: |\n  <example>\n  One\n  <example>\n  Two\n  </example>\n  <example>\n  Three\n  </example>\n  </rules>\n",
            ),
        ],
        near: &[
            (
                V1,
                "content: |\n  <title>\n  <ticket id=\"1\">\n  It is broken.\n  </ticket>\n  ```\n  </open>\n  ```\n  <answer>\n",
            ),
            (V2, "content: |\n  <div>\n  <nav>\n  </nav>\n  </nav>\n"),
        ],
        ignored: &[(
            V1,
            "# promptreg: ignore-file unclosed-tag -- the caller adds the beginning\ncontent: |\n  It is broken.\n  </ticket>\n",
        )],
        stays: false,
    },
    Case {
        rule: "empty-message",
        fires: &[
            (V1, "messages:\n  - {role: system, content: \"\"}\n  - role: user\n    content: |\n      Hello\n"),
            (V2, "content: \" \"\n"),
        ],
        near: &[(V1, "messages:\n  - {placeholder: history}\n  - {role: user, content: .}\n")],
        ignored: &[(V1, "content: \"\" # promptreg: ignore empty-message -- to be written\n")],
        stays: false,
    },
    Case {
        rule: "token-estimate-over-budget",
        fires: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[limits]\ntokens = 10\n",
            ),
            (V1, "content: |\n  Answer the question of a customer in at most three short sentences.\n  Be kind.\n"),
            (V2, "content: \"{{> tone}} {{> tone}} {{> tone}}\"\nuses: {tone: tone@1.0.0}\n"),
        ],
        near: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[limits]\ntokens = 16\n",
            ),
            (V1, "content: |\n  Answer the question of a customer in three sentences.\n"),
            (V2, "content: \"{{> tone}} {{> tone}}\"\nuses: {tone: tone@1.0.0}\n"),
        ],
        ignored: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[limits]\ntokens = 5\n",
            ),
            (
                V1,
                "# promptreg: ignore token-estimate-over-budget -- it is needed in full\ncontent: Answer the question of a customer in three short sentences.\n",
            ),
        ],
        stays: false,
    },
    Case {
        rule: "template-too-large",
        fires: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[limits]\ntemplate_tags = 4\ntemplate_depth = 2\n",
            ),
            (V1, "content: \"{{> row}} {{> row}}\"\nuses: {row: tone@1.1.0}\n"),
            (
                V2,
                "content: \"{{#if a}}{{> row}}{{/if}}\"\nuses: {row: tone@1.2.0}\ninput_schema: {type: object, properties: {a: {type: string}}}\n",
            ),
            ("prompts/tone/1.1.0.yaml", "content: \"{{! a}}{{! b}} Row\"\n"),
            ("prompts/tone/1.2.0.yaml", "content: \"{{> brief}}\"\nuses: {brief: tone@1.0.0}\n"),
        ],
        near: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[limits]\ntemplate_tags = 4\ntemplate_depth = 2\n",
            ),
            (V1, "content: \"{{> row}} {{> brief}}\"\nuses: {row: tone@1.1.0, brief: tone@1.0.0}\n"),
            ("prompts/tone/1.1.0.yaml", "content: \"{{! a}}{{> brief}} Row\"\nuses: {brief: tone@1.0.0}\n"),
        ],
        ignored: &[
            (
                "registry.toml",
                "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[limits]\ntemplate_tags = 2\n",
            ),
            (
                V1,
                "# promptreg: ignore-file template-too-large -- nobody renders it here\nmessages:\n  - {role: system, content: \"{{! a}}{{! b}} Hello\"}\n  - {role: user, content: \"{{! a}} Hello\"}\n",
            ),
        ],
        stays: false,
    },
];
