//! The cases of the rules about workflows, triggers and hooks.

use super::Case;

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
            "triggers:\n  - {id: a, type: schedule, cron: 0 7 * * *, timezone: Berlin}\n  - {id: b, type: schedule, cron: 0 7 * * *, timezone: Europe/Brelin}\n  - {id: c, type: schedule, cron: 0 7 * * *, timezone: GMT+2}\n  - {id: d, type: schedule, cron: 0 7 * * *, timezone: PST}\nsteps: [{id: greet, prompt: greet}]\n",
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
];
