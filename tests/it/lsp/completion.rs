//! What is offered while a text is typed, and is broken.

use super::{PROMPT, VERSION, client::Editor, registry};

const WORKFLOW: &str = "workflows/triage.yaml";

#[test]
fn in_a_template_variables_partials_and_helpers_are_offered() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    insta::assert_snapshot!(editor.offers(VERSION, &super::GREET.replace("Speak {{language}}", "Ä😀 {{la‸")), @"
          {{> house-tone}} Ä😀 {{question}}
          {{> house-tone}} Ä😀 {{language}}
          {{> house-tone}} Ä😀 {{lookup
          {{> house-tone}} Ä😀 {{json
          {{> house-tone}} Ä😀 {{role
          {{> house-tone}} Ä😀 {{history
          {{> house-tone}} Ä😀 {{section
          {{> house-tone}} Ä😀 {{media
    … 9 in all
    ");
    insta::assert_snapshot!(editor.offers(VERSION, &super::GREET.replace("Speak {{language}}", "Ä😀 {{‸}}")), @"
          {{> house-tone}} Ä😀 {{question}}.
          {{> house-tone}} Ä😀 {{language}}.
          {{> house-tone}} Ä😀 {{lookup}}.
          {{> house-tone}} Ä😀 {{json}}.
          {{> house-tone}} Ä😀 {{role}}.
          {{> house-tone}} Ä😀 {{history}}.
          {{> house-tone}} Ä😀 {{section}}.
          {{> house-tone}} Ä😀 {{media}}.
    … 9 in all
    ");
    insta::assert_snapshot!(editor.offers(VERSION, &super::GREET.replace("{{> house-tone}}", "{{> ‸")), @"      {{> house-tone}} Speak {{language}}.");
    insta::assert_snapshot!(editor.offers(VERSION, &super::GREET.replace("Speak {{language}}", "{{#‸")), @"
    {{> house-tone}} {{#if
    {{> house-tone}} {{#unless
    {{> house-tone}} {{#each
    {{> house-tone}} {{#with
    {{> house-tone}} {{#ifEquals
    {{> house-tone}} {{#unlessEquals
    ");
    insta::assert_snapshot!(editor.offers(VERSION, &super::GREET.replace("Speak {{language}}", "{{#if q‸}}")), @"
    {{> house-tone}} {{#if question}}.
    {{> house-tone}} {{#if language}}.
    ");
    insta::assert_snapshot!(editor.offers(VERSION, &super::GREET.replace("\"{{question}}\"", "{{‸")), @"
        content: {{question}}
        content: {{language}}
        content: {{lookup
        content: {{json
        content: {{role
        content: {{history
        content: {{section
        content: {{media
    … 9 in all
    ");
    insta::assert_snapshot!(editor.offers(WORKFLOW, &super::TRIAGE.replace("{{outputs.greeting}}\"}\noutput", "{{‸\"}\noutput")), @r#"
    input_mapping: {question: "{{input.ticket}}"}
    input_mapping: {question: "{{outputs.greeting}}"}
    "#);
    insta::assert_snapshot!(editor.offers(WORKFLOW, &super::TRIAGE.replace("{{input.ticket}}", "{{in‸}}")), @r#"    input_mapping: {question: "{{input.ticket}}"}"#);
}

#[test]
fn keys_are_offered_that_are_not_there_yet() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\nowner: ana\n‸\n"), @"
    display_name: 
    category: 
    tags: 
    status: 
    labels: 
    deprecated: 
    yanked: 
    revoked: 
    … 11 in all
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\nown‸\ntags: [internal]\n"), @"
    display_name: 
    owner: 
    category: 
    status: 
    labels: 
    deprecated: 
    yanked: 
    revoked: 
    … 11 in all
    ");
    insta::assert_snapshot!(editor.offers(VERSION, "messages:\n  - role: system\n    content: |\n      Hi.\n  - ‸\n"), @"
    - placeholder: 
    - role: 
    - content:
    ");
    insta::assert_snapshot!(editor.offers(VERSION, "messages:\n  - role: system\n    ‸\n"), @"    content:");
    insta::assert_snapshot!(editor.offers(VERSION, "content: x\nparameters: {temperature: 0.1, ‸}\n"), @"
    parameters: {temperature: 0.1, max_tokens: }
    parameters: {temperature: 0.1, top_p: }
    ");
    insta::assert_snapshot!(editor.offers(VERSION, "content: x\nuses: {‸\nnotes: x\n"), @"uses: {house-tone: house-tone@1.0.0");
    insta::assert_snapshot!(editor.offers(VERSION, "content: x\ninput_schema:\n  properties:\n    question:\n      ty‸\n"), @"
          type: 
          description: 
          properties: 
          required: 
          default: 
          enum: 
          items: 
          additionalProperties: 
    … 15 in all
    ");
    insta::assert_snapshot!(editor.offers(WORKFLOW, &super::TRIAGE.replace("    model: fast\n", "    retries: 1\n    ‸\n")), @"
    model: 
    timeout_seconds: 
    when:
    ");
    insta::assert_snapshot!(editor.offers(WORKFLOW, &super::TRIAGE.replace("{question: \"{{input.ticket}}\"}", "{‸")), @"    input_mapping: {question:");
    insta::assert_snapshot!(editor.offers("registry.toml", "[registry]\nname = \"acme\"\n‸\n"), @"
    id = 
    default_branch =
    ");
    insta::assert_snapshot!(editor.offers("registry.toml", "[registry]\nname = \"acme\"\n[app‸"), @"
    [approval
    [labels
    [lint
    [limits
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\nlabels:\n  ‸\n"), @"  production:");
}

#[test]
fn values_are_offered_where_names_belong() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    insta::assert_snapshot!(editor.offers(PROMPT, "owner: ‸\ndescription: Greets.\n"), @"
    owner: ana
    owner: ben
    owner: cleo
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "owner:‸"), @"
    owner: ana
    owner: ben
    owner: cleo
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\ntags: [in‸\nowner: ana\n"), @"
    tags: [internal
    tags: [public
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\ntags:\n  - internal\n  - ‸\n"), @"
    - internal
    - public
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\ntags:\n  ‸\n"), @"
    - internal
    - public
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\ntags: ‸\n"), @"
    tags: [internal]
    tags: [public]
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\nstatus: ‸\n"), @"
    status: active
    status: archived
    ");
    insta::assert_snapshot!(editor.offers(PROMPT, "description: Greets.\nlabels: {production: ‸}\n"), @"
    labels: {production: 1.1.0}
    labels: {production: 1.0.0}
    ");
    insta::assert_snapshot!(editor.offers(VERSION, "content: x\nmodel: \"f‸\"\n"), @r#"model: "fast""#);
    insta::assert_snapshot!(editor.offers(VERSION, "content: x\nuses:\n  house-tone: ‸\n"), @"  house-tone: house-tone@1.0.0");
    insta::assert_snapshot!(editor.offers(VERSION, "messages:\n  - role: ‸\n"), @"
    - role: system
    - role: user
    - role: assistant
    - role: tool
    ");
    insta::assert_snapshot!(editor.offers(VERSION, "content: x\ninput_schema:\n  required: [‸]\n  properties:\n    question: {type: ‸}\n".replacen('‸', "", 1).as_str()), @"
    question: {type: string}
    question: {type: integer}
    question: {type: number}
    question: {type: boolean}
    question: {type: array}
    question: {type: object}
    question: {type: null}
    ");
    insta::assert_snapshot!(editor.offers(WORKFLOW, &super::TRIAGE.replace("greet:staging", "gr‸")), @"
    prompt: greet:production
    prompt: greet:staging
    prompt: greet@1.1.0
    prompt: greet@1.0.0
    prompt: house-tone:production
    prompt: house-tone@1.0.0
    ");
    insta::assert_snapshot!(editor.offers("users/ana.yaml", "email: ana@example.org\nroles: [‸]\n"), @"roles: [writer]");
    insta::assert_snapshot!(editor.offers("roles/writer.yaml", "permissions:\n  - r‸\n"), @"
      - read
      - read_drafts
      - propose
      - approve
      - merge
      - move_labels
      - deprecate
      - run_workflows
    … 14 in all
    ");
    insta::assert_snapshot!(editor.offers("users/ana.yaml", "email: ana@example.org\nis_active: ‸\n"), @"
    is_active: true
    is_active: false
    ");
    insta::assert_snapshot!(editor.offers("registry.toml", "[labels]\nprotected_roles = [‸]\n"), @r#"protected_roles = ["writer"]"#);
    insta::assert_snapshot!(editor.offers("registry.toml", "[approval]\nmode = ‸\n"), @r#"
    mode = "merge"
    mode = "verified"
    "#);
}

#[test]
fn where_anything_may_stand_nothing_is_offered() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    insta::assert_snapshot!(editor.offers(PROMPT, "description: ‸\n"), @"");
    insta::assert_snapshot!(editor.offers(PROMPT, "# a comment ‸\n"), @"nothing");
    insta::assert_snapshot!(editor.offers(VERSION, "content: |\n  Text ‸\n"), @"");
    insta::assert_snapshot!(editor.offers(PROMPT, "owner: ana  # who ‸\n"), @"nothing");
    insta::assert_snapshot!(editor.offers("README.md", "own‸"), @"nothing");
}
