//! Files that say one thing thousands of times: `lint` takes no longer the more often it is said.

use super::run;
use crate::repository::Fixture;
use promptreg::app::TEMPLATE_FILES;
use std::fs;

/// How large the files are, in bytes.
const BYTES: usize = 300 << 10;

const VERSION: &str = "prompts/house-tone/9.0.0.yaml";
const PROMPT: &str = "prompts/house-tone/prompt.yaml";
const WORKFLOW: &str = "workflows/amplified.yaml";
const POLICY: &str = "policies/amplified.yaml";

const PROMPT_HEAD: &str = "display_name: House tone\ndescription: How we sound.\nowner: cleo\n";
const FLOW_HEAD: &str = "display_name: Flow\ndescription: Does it.\nowner: ana\nstatus: published\n";
const ONE_STEP: &str = "steps:\n  - {id: a, prompt: 'summarize-ticket:production', input_mapping: {ticket: x}}\n";
const NAMED: &str = "input_schema: {type: object, properties: {v: {type: string}}}\n";

/// A file: where it is, how it begins, what is said again and again, how it ends. `@` stands for how often it was said.
type Amplified = (&'static str, &'static str, &'static str, String);

/// A schema of so many variables, `v0`, `v1` and on.
fn declared(count: usize) -> String {
    let names: Vec<_> = (0..count).map(|i| format!("v{i}: {{type: string}}")).collect();
    format!("\ninput_schema: {{type: object, properties: {{{}}}}}\n", names.join(", "))
}

fn amplified() -> Vec<Amplified> {
    let named = || format!("'\n{NAMED}");
    let many = || format!("'{}", declared(4_000));
    let text = || "content: x\n".to_owned();
    vec![
        (VERSION, "", "# promptreg: ignore unused-variable -- x\n", text()),
        (VERSION, "", "# promptreg: ignore-file unused-ignore, unknown-rule, rule-@ -- x\n", text()),
        (VERSION, "content: x\n# promptreg: ignore ", "unused-ignore, ", "shape -- x\n".into()),
        (VERSION, "content: x\n", "# promptreg: ignore-file shape\n", String::new()),
        (VERSION, "content: x\n", "# x\n", String::new()),
        (VERSION, "content: '", "{v} ", named()),
        (VERSION, "content: '", "{v@} ", many()),
        (VERSION, "content: '", "[v@] {% if v@ %} ", many()),
        (VERSION, "engine: none\ncontent: '", "{{v@}} ", many()),
        (VERSION, "content: '", "{{v}} ", named()),
        (VERSION, "content: '", "{{v@}} ", "'\n".into()),
        (VERSION, "content: '", "{{> p@}} ", "'\n".into()),
        (VERSION, "content: '", "{{role \"system\"}}{{json v}} ", named()),
        (VERSION, "content: '", "{% x@ %} ", named()),
        (VERSION, "content: '", "<a@> ", "</a>'\n".into()),
        (VERSION, "content: |\n", "  <a>\n  </b@>\n", String::new()),
        (VERSION, "content: |\n", "  System: {{v}}\n  Assistant: x\n", NAMED.into()),
        (VERSION, "content: |\n  ", "{v} a long line ", format!("\n{NAMED}")),
        (VERSION, "content: |\n", "  <|im_start|> a line  \r\n", String::new()),
        (VERSION, "messages:\n", "  - {role: user, content: '<|im_start|> {v}'}\n", NAMED.into()),
        (VERSION, "messages:\n", "  - role: user\n", String::new()),
        (VERSION, "content: ", "\u{202e}x", "\n".into()),
        (VERSION, "content: \"", "\\u202e\u{200b}", "\"\n".into()),
        (VERSION, "content: x\nnotes: '", "\u{200b}x", "'\n".into()),
        (VERSION, "content: x\n", "a: &a b\n", String::new()),
        (VERSION, "content: x\n", "key@: x\n", String::new()),
        (VERSION, "content: x\ninput_schema: {properties: {", "v@: {type: string}, ", "}}\n".into()),
        (VERSION, "content: x\nuses:\n", "  p@: house-tone@1.0.@\n", String::new()),
        (VERSION, "content: x\ntests:\n", "  - {name: t@, input: {v@: 1}, render_contains: [y]}\n", String::new()),
        (VERSION, "content: x\ntests:\n", "  - {name: t, render_contains: [y]}\n", String::new()),
        (VERSION, "content: ", "[", String::new()),
        (VERSION, "content:\n", "- ", "x\n".into()),
        (PROMPT, PROMPT_HEAD, "label@: x\n", String::new()),
        (PROMPT, "labels:\n", "  l@: 1.0.@\n", PROMPT_HEAD.into()),
        (PROMPT, "aliases:\n", "  - a@\n", PROMPT_HEAD.into()),
        (PROMPT, "tags:\n", "  - t@\n", PROMPT_HEAD.into()),
        (WORKFLOW, FLOW_HEAD, "a@: '{{input.x}}'\n", String::new()),
        (
            WORKFLOW,
            "steps:\n",
            "  - {id: s@, prompt: 'house-tone@1.0.0', output_key: k@, input_mapping: {a: '{{outputs.k@}} {{steps.z}}'}}\n",
            FLOW_HEAD.into(),
        ),
        (WORKFLOW, "triggers:\n", "  - {id: t@, type: schedule, cron: '61 * * * @', timezone: No/Where}\n", {
            format!("{FLOW_HEAD}{ONE_STEP}")
        }),
        (POLICY, "description: x\nchecks:\n", "  - forbid_pattern: '[a-z]+@'\n", String::new()),
        (POLICY, "description: x\nchecks:\n", "  - forbid_variable: v@\n", String::new()),
    ]
}

#[test]
fn what_is_said_thousands_of_times_is_judged_within_bounds() {
    let registry = Fixture::new();
    for (path, bytes) in TEMPLATE_FILES {
        registry.write(path, bytes);
    }
    registry.commit("The template");
    let prompt = TEMPLATE_FILES.iter().find(|(path, _)| *path == PROMPT).unwrap().1;
    let mut failed = Vec::new();
    for (path, head, piece, tail) in amplified() {
        let mut text = head.to_owned();
        for count in 0.. {
            if text.len() > BYTES {
                break;
            }
            text.push_str(&piece.replace('@', &count.to_string()));
        }
        registry.write(path, text + &tail);
        let ended = run(&registry.path(), &["lint"], 20);
        if !ended.as_ref().is_ok_and(|code| *code < 2) {
            failed.push(format!("{head:?}, {piece:?}: {ended:?}"));
        }
        match path {
            PROMPT => registry.write(PROMPT, prompt),
            _ => fs::remove_file(registry.path().join(path)).unwrap(),
        }
    }
    assert_eq!(failed, Vec::<String>::new());
}
