//! The language server, spoken to by a real client over a pipe.

mod client;
mod completion;
mod conversation;
mod meaning;

use crate::harness::Registry;

/// A registry with something of everything that a file may name.
fn registry() -> Registry {
    let registry = Registry::new();
    registry
        .prompt("house-tone", "labels: {production: 1.0.0}\n", &[("1.0.0", "Be kind.\nBe short.")])
        .prompt("support/greet", "tags: [internal]\nlabels: {production: 1.0.0, staging: 1.1.0}\n", &[("1.0.0", "Hi.")])
        .file("prompts/support/collection.yaml", "description: What helps customers.\n")
        .file("prompts/support/greet/1.1.0.yaml", GREET)
        .file("models/fast.yaml", "description: Quick and cheap.\nprovider: openai\nmodel: gpt-4o-mini\n")
        .file("roles/writer.yaml", "description: Writes prompts.\npermissions: [read, propose]\n")
        .file("workflows/triage.yaml", TRIAGE);
    registry
}

/// A version with variables, a partial and a model.
const GREET: &str = "messages:
  - role: system
    content: |
      {{> house-tone}} Speak {{language}}.
  - role: user
    content: \"{{question}}\"
input_schema:
  type: object
  required: [question]
  properties:
    question: {type: string, description: What they ask.}
    language: {type: string, enum: [English, German], default: English, description: What to answer in.}
uses: {house-tone: house-tone@1.0.0}
model: fast
notes: In the caller's language.
";

const TRIAGE: &str = "description: Greets.
owner: ana
status: published
input_schema:
  type: object
  properties:
    ticket: {type: string, description: The whole thread.}
steps:
  - id: greet
    prompt: greet:staging
    model: fast
    input_mapping: {question: \"{{input.ticket}}\"}
    output_key: greeting
  - id: again
    prompt: greet@1.1.0
    input_mapping: {question: \"{{outputs.greeting}}\"}
output: {greeting: \"{{outputs.greeting}}\"}
";

const VERSION: &str = "prompts/support/greet/1.1.0.yaml";
const PROMPT: &str = "prompts/support/greet/prompt.yaml";
