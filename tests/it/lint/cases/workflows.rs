//! The cases of the rules about workflows, triggers and hooks.

use super::{Case, PROMPT, V1, V2};

const W: &str = "workflows/w.yaml";
const HOOK: &str = "hooks/desk.yaml";

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "invalid-cron",
        fires: &[(
            W,
            "triggers:\n  - {id: a, type: schedule, cron: 0 25 * * 1-5}\n  - {id: b, type: schedule, cron: \"*/90 7-5 * JANUARY 8\"}\n  - {id: c, type: schedule, cron: 0 7 30 2 *}\nsteps: [{id: greet, prompt: greet}]\n",
        )],
        near: &[(
            W,
            "triggers:\n  - {id: a, type: schedule, cron: 0 7 29 2 *}\n  - {id: b, type: schedule, cron: \"*/15 7-18/2 L JAN-jun mon,7\"}\n  - {id: c, type: schedule, cron: 0 7 30 2 MON}\nsteps: [{id: greet, prompt: greet}]\n",
        )],
        ignored: &[(
            W,
            "triggers:\n  # promptreg: ignore invalid-cron -- another program starts it\n  - {id: a, type: schedule, cron: H 7 * * 1}\nsteps: [{id: greet, prompt: greet}]\n",
        )],
        stays: false,
    },
    Case {
        rule: "invalid-timezone",
        fires: &[(
            W,
            "triggers:\n  - {id: a, type: schedule, cron: 0 7 * * *, timezone: Berlin}\n  - {id: b, type: schedule, cron: 0 7 * * *, timezone: Europe/Brelin}\n  - {id: c, type: schedule, cron: 0 7 * * *, timezone: GMT+2}\n  - {id: e, type: schedule, cron: 0 7 * * *, timezone: Europe/Munich}\n  - {id: d, type: schedule, cron: 0 7 * * *, timezone: PST}\nsteps: [{id: greet, prompt: greet}]\n",
        )],
        near: &[(
            W,
            "triggers:\n  - {id: a, type: schedule, cron: 0 7 * * *, timezone: America/Argentina/Ushuaia}\n  - {id: b, type: schedule, cron: 0 7 * * *, timezone: UTC}\n  - {id: c, type: schedule, cron: 0 7 * * *}\nsteps: [{id: greet, prompt: greet}]\n",
        )],
        ignored: &[(
            W,
            "triggers:\n  # promptreg: ignore invalid-timezone -- the next release of the database has it\n  - {id: a, type: schedule, cron: 0 7 * * *, timezone: Mars/Olympus}\nsteps: [{id: greet, prompt: greet}]\n",
        )],
        stays: false,
    },
    Case {
        rule: "hook-url-not-https",
        fires: &[
            (HOOK, "type: webhook\ntarget_url: http://desk.example.com/hooks/triage\nevents: [run.failed]\n"),
            ("hooks/mail.yaml", "type: email\ntarget_url: mailto:ops@example\nevents: [run.failed]\n"),
            (
                "hooks/password.yaml",
                "type: slack\ntarget_url: https://bot:hunter2@chat.example.com/hooks/1\nevents: [run.failed]\n",
            ),
        ],
        near: &[
            (HOOK, "type: webhook\ntarget_url: http://127.0.0.1:8080/hook\nevents: [run.failed]\n"),
            ("hooks/six.yaml", "type: webhook\ntarget_url: http://[::1]:8080/hook\nevents: [run.failed]\n"),
            ("hooks/mail.yaml", "type: email\ntarget_url: mailto:ops@mail.example.org\nevents: [run.failed]\n"),
            ("hooks/at.yaml", "type: slack\ntarget_url: https://chat.example.com/@team\nevents: [run.failed]\n"),
        ],
        ignored: &[(
            HOOK,
            "type: webhook\n# promptreg: ignore hook-url-not-https -- within our own network\ntarget_url: http://desk.internal/hook\nevents: [run.failed]\n",
        )],
        stays: false,
    },
    Case {
        rule: "unknown-workflow",
        fires: &[
            (W, "steps: [{id: greet, prompt: greet}]\n"),
            ("workflows/triage.yaml", "steps: [{id: greet, prompt: greet}]\n"),
            (HOOK, "type: webhook\ntarget_url: https://desk.example.com/\nworkflow: traige\nevents: [run.failed]\n"),
        ],
        near: &[
            (W, "steps: [{id: greet, prompt: greet}]\n"),
            (HOOK, "type: webhook\ntarget_url: https://desk.example.com/\nworkflow: w\nevents: [run.failed]\n"),
            ("hooks/all.yaml", "type: webhook\ntarget_url: https://desk.example.com/\nevents: [run.failed]\n"),
        ],
        ignored: &[(
            HOOK,
            "type: webhook\ntarget_url: https://desk.example.com/\nworkflow: later # promptreg: ignore unknown-workflow -- comes next week\nevents: [run.failed]\n",
        )],
        stays: false,
    },
    Case {
        rule: "workflow-never-runs",
        fires: &[(W, "status: published\nsteps: [{id: greet, prompt: greet}]\n")],
        near: &[
            (W, "status: published\ntriggers: [{id: by-hand, type: manual}]\nsteps: [{id: greet, prompt: greet}]\n"),
            ("workflows/draft.yaml", "steps: [{id: greet, prompt: greet}]\n"),
        ],
        ignored: &[(
            W,
            "# promptreg: ignore workflow-never-runs -- its trigger follows\nstatus: published\nsteps: [{id: greet, prompt: greet}]\n",
        )],
        stays: false,
    },
    Case {
        rule: "workflow-missing-input",
        fires: &[
            (
                V1,
                "content: \"{{name}} {{language}}\"\ninput_schema:\n  type: object\n  required: [name, language]\n  properties: {name: {type: string}, language: {type: string, default: English}}\n",
            ),
            (
                V2,
                "content: \"{{name}} {{mood}}\"\ninput_schema:\n  type: object\n  required: [name, mood]\n  properties: {name: {type: string}, mood: {type: string}}\n",
            ),
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0}\nvariants: {production: {split: {1.0.0: 90, 1.1.0: 10}}}\n",
            ),
            (
                W,
                "input_schema: {type: object, required: [name], properties: {name: {type: string}}}\ntriggers:\n  - {id: mornings, type: schedule, cron: 0 7 * * *}\n  - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {}}\nsteps:\n  - {id: one, prompt: greet@1.0.0}\n  - {id: two, prompt: greet, input_mapping: {name: \"{{input.name}}\"}}\n",
            ),
        ],
        near: &[
            (
                V1,
                "content: \"{{name}}{{language}}{{mood}}\"\ninput_schema:\n  type: object\n  required: [name, language]\n  properties: {name: {type: string}, language: {type: string, default: English}, mood: {type: string}}\n",
            ),
            (
                W,
                "input_schema: {type: object, required: [name], properties: {name: {type: string}}}\ntriggers:\n  - {id: mornings, type: schedule, cron: 0 7 * * *, input: {name: Ana}}\n  - {id: inbox, type: webhook, secret: {env: INBOX}}\nsteps:\n  - {id: one, prompt: greet, input_mapping: {name: \"{{input.name}}\"}}\n",
            ),
        ],
        ignored: &[
            (
                V1,
                "content: \"{{name}}\"\ninput_schema: {type: object, required: [name], properties: {name: {type: string}}}\n",
            ),
            (
                W,
                "steps:\n  # promptreg: ignore workflow-missing-input -- the next version needs it no more\n  - {id: one, prompt: greet}\n",
            ),
        ],
        stays: false,
    },
    Case {
        rule: "workflow-unknown-input",
        fires: &[
            (
                V1,
                "content: \"{{name}} {{mood}}\"\ninput_schema: {type: object, required: [name], properties: {name: {type: string}, mood: {type: string}}}\n",
            ),
            (
                W,
                "input_schema: {type: object, additionalProperties: false, properties: {name: {type: string}}}\ntriggers:\n  - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {nickname: \"{{body.name}}\"}}\nsteps:\n  - {id: one, prompt: greet, input_mapping: {nmae: \"{{input.name}}\"}}\n  - {id: two, prompt: greet, input_mapping: {name: \"{{input.name}}\", title: Dr}}\n  - {id: three, prompt: tone@1.0.0, input_mapping: {style: dry}}\n",
            ),
        ],
        near: &[
            (
                V1,
                "content: \"{{name}}\"\ninput_schema: {type: object, required: [name], properties: {name: {type: string}}}\n",
            ),
            (
                V2,
                "content: \"{{name}} {{mood}}\"\ninput_schema: {type: object, required: [name], properties: {name: {type: string}, mood: {type: string}}}\n",
            ),
            (
                "prompts/tone/1.0.0.yaml",
                "content: \"{{json this}}\"\ninput_schema: {type: object, properties: {}, additionalProperties: {type: string}}\n",
            ),
            (
                PROMPT,
                "description: Greets.\nlabels: {production: 1.0.0}\nvariants: {production: {split: {1.0.0: 90, 1.1.0: 10}}}\n",
            ),
            (
                W,
                "input_schema: {type: object, properties: {name: {type: string}}}\nsteps:\n  - {id: one, prompt: greet, input_mapping: {name: \"{{input.name}}\", mood: glad}}\n  - {id: two, prompt: tone@1.0.0, input_mapping: {anything: goes}}\n",
            ),
        ],
        ignored: &[(
            W,
            "steps:\n  # promptreg: ignore workflow-unknown-input -- the next version takes it\n  - {id: one, prompt: greet, input_mapping: {name: Ana}}\n",
        )],
        stays: false,
    },
    Case {
        rule: "workflow-unknown-output",
        fires: &[
            (
                V1,
                "content: \"{{name}}\"\ninput_schema: {type: object, properties: {name: {}}}\noutput_schema: {type: object, properties: {title: {type: string}}}\n",
            ),
            (V2, "content: \"{{name}}\"\ninput_schema: {type: object, properties: {name: {}}}\n"),
            (
                W,
                "input_schema: {type: object, properties: {note: {type: string}, ticket: {type: object, properties: {text: {type: string}}}}}\ntriggers:\n  - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {note: \"{{ticket}} {{request.body.text}}\"}}\nsteps:\n  - id: summarize\n    prompt: greet@1.0.0\n    input_mapping: {name: \"{{ticket}} {{input.tiket}} {{input.ticket.txt}} {{input.ticket.text.x}}\"}\n    output_key: summary\n    when: \"{{outputs.reply}}\"\n  - id: draft\n    prompt: greet@1.1.0\n    input_mapping: {name: {all: [\"{{outputs.summarize}}\", \"{{outputs.summary.titel}}\", \"{{outputs.reply}}\"]}}\n    output_key: reply\n  - {id: check-it, prompt: tone@1.0.0}\noutput: {a: \"{{steps.draft.output}}\", b: \"{{outputs.sumary}}\", c: \"{{outputs.check-it}}\", d: \"{{outputs.reply.text}}\", e: \"{{summary}}\"}\n",
            ),
            ("workflows/bare.yaml", "steps:\n  - {id: one, prompt: tone@1.0.0, when: \"{{input.go}}\"}\n"),
        ],
        near: &[
            (
                V1,
                "content: \"{{name}}\"\ninput_schema: {type: object, properties: {name: {}}}\noutput_schema: {type: object, properties: {title: {type: string}, items: {type: array, items: {type: object, properties: {a: {}}}}, more: {type: object}}}\n",
            ),
            (
                W,
                "input_schema: {type: object, properties: {note: {type: string}, ticket: {$ref: \"#/$defs/t\"}, free: {type: object, additionalProperties: true, properties: {a: {}}}}, $defs: {t: {type: object, properties: {text: {type: string}}}}}\ntriggers:\n  - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {note: \"{{body.ticket.text}} {{headers.x-id}} {{query.q}}\"}}\nsteps:\n  - id: summarize\n    prompt: greet@1.0.0\n    input_mapping: {name: \"{{input.ticket.text}} {{input.free.b}} {{#each input}}{{nothing}}{{/each}}\"}\n    output_key: summary\n  - id: draft\n    prompt: greet@1.0.0\n    input_mapping: {name: {all: [\"{{outputs.summary.title}} {{outputs.summary.items.0.a}} {{outputs.summary.more.b}}\", \"{{outputs}}\"]}}\noutput: {a: \"{{outputs.summary}}\", b: \"\\\\{{nothing}}\"}\n",
            ),
        ],
        ignored: &[(
            W,
            "steps: [{id: one, prompt: greet}]\n# promptreg: ignore workflow-unknown-output -- the step follows\noutput: {a: \"{{outputs.later}}\"}\n",
        )],
        stays: false,
    },
    Case {
        rule: "workflow-input-type",
        fires: &[
            (
                V1,
                "content: \"{{name}} {{count}} {{language}} {{#each list}}{{this}}{{/each}}\"\ninput_schema:\n  type: object\n  properties:\n    name: {type: string}\n    count: {type: integer, maximum: 9}\n    language: {enum: [English, German]}\n    list: {type: array, items: {type: string}}\n",
            ),
            (
                W,
                "input_schema:\n  type: object\n  properties:\n    text: {type: string}\n    size: {type: [integer, 'null']}\n    lang: {type: string, enum: [English, French]}\n    list: {type: array, items: {type: object}}\ntriggers:\n  - {id: mornings, type: schedule, cron: 0 7 * * *, input: {text: 7, lang: Dutch}}\n  - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {size: \"{{body.a}}, {{body.b}}\"}}\nsteps:\n  - {id: one, prompt: greet@1.0.0, output_key: answer, input_mapping: {count: \"{{input.text}}\"}}\n  - {id: two, prompt: greet@1.0.0, input_mapping: {count: \"about {{input.size}}\"}}\n  - {id: three, prompt: greet@1.0.0, input_mapping: {count: \"{{input.size}}\", language: \"{{input.lang}}\"}}\n  - {id: four, prompt: greet@1.0.0, input_mapping: {count: \"{{outputs.answer}}\", list: \"{{ input.list }}\"}}\n  - {id: five, prompt: greet@1.0.0, input_mapping: {count: 12, name: [a], list: [a, 2], language: german}}\n",
            ),
        ],
        near: &[
            (
                V1,
                "content: \"{{name}} {{count}} {{language}} {{any}}\"\ninput_schema:\n  type: object\n  properties:\n    name: {type: string}\n    count: {type: number}\n    language: {enum: [English, German]}\n    any: {}\n",
            ),
            (
                W,
                "input_schema:\n  type: object\n  properties:\n    text: {type: string}\n    size: {type: integer}\n    lang: {enum: [German]}\n    free: {}\ntriggers:\n  - {id: mornings, type: schedule, cron: 0 7 * * *, input: {text: seven, size: 7.0}}\nsteps:\n  - {id: one, prompt: greet@1.0.0, output_key: answer, input_mapping: {count: \"{{input.size}}\", language: \"{{input.lang}}\", any: [1]}}\n  - {id: two, prompt: greet@1.0.0, input_mapping: {count: \"{{input.free}}\", language: \"{{outputs.answer}}\", name: \"{{input.size}} pieces\"}}\n  - {id: three, prompt: greet@1.0.0, input_mapping: {count: 7, language: German, name: \"7\"}}\n",
            ),
        ],
        ignored: &[
            (V1, "content: \"{{count}}\"\ninput_schema: {type: object, properties: {count: {type: integer}}}\n"),
            (
                W,
                "steps:\n  # promptreg: ignore workflow-input-type -- the runner of ours turns it into a number\n  - {id: one, prompt: greet, input_mapping: {count: \"7\"}}\n",
            ),
        ],
        stays: false,
    },
    Case {
        rule: "fallback-to-itself",
        fires: &[("models/slow.yaml", "provider: openai\nmodel: o1\nfallback: [fast, slow]\n")],
        near: &[
            ("models/slow.yaml", "provider: openai\nmodel: o1\nfallback: [fast]\n"),
            ("models/fast.yaml", "provider: openai\nmodel: gpt-4o-mini\nfallback: [slow]\n"),
        ],
        ignored: &[(
            "models/slow.yaml",
            "provider: openai\nmodel: o1\nfallback: [slow] # promptreg: ignore fallback-to-itself -- one more try is worth it\n",
        )],
        stays: false,
    },
];
