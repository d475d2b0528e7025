//! What changed in meaning, told of real repositories by the real binary.

mod forms;
mod hostile;
mod reach;
mod versions;

use crate::harness::Registry;

const SUMMARIZE_1: &str = "\
messages:
  - role: system
    content: |
      You summarize support tickets for a colleague who takes over.
      Write exactly three sentences: what the customer wants, what has been done, what comes next.
      {{> tone}}
  - role: user
    content: \"{{ticket}}\"
input_schema:
  type: object
  required: [ticket]
  properties:
    ticket: {type: string, description: The thread.}
    language: {type: string, description: The language., default: English}
uses: {tone: tone@1.0.0}
model: fast
parameters: {temperature: 0.2}
notes: The first.
tests:
  - {name: a parcel, input: {ticket: My parcel is late.}}
  - {name: in German, input: {ticket: Mein Paket fehlt., language: German}}
";

const SUMMARIZE_2: &str = "\
messages:
  - role: system
    content: |
      You summarize support tickets for a colleague who takes over. Write in {{language}}.
      Write no more than two sentences: what the customer wants, what comes next.
      {{> tone}}
  - placeholder: history
  - role: user
    content: \"{{ticket}}\"
input_schema:
  type: object
  required: [ticket, language]
  properties:
    ticket: {type: string, description: The whole thread.}
    language: {type: string, description: The language.}
uses: {tone: tone@1.1.0}
model: fast
parameters: {temperature: 0.4, max_tokens: 300}
notes: In the reader's language, and shorter.
tests:
  - {name: a parcel, input: {ticket: My parcel is late., language: English}}
  - {name: in German, input: {ticket: Mein Paket fehlt., language: German}}
  - {name: no language, input: {ticket: My parcel is late.}}
";

const WORKFLOW: &str = "\
status: published
steps:
  - {id: sum-up, prompt: summarize:production, input_mapping: {ticket: \"{{input.ticket}}\"}, output_key: summary}
  - {id: sort, prompt: sort@^1, input_mapping: {}, output_key: team}
";

/// A registry with a partial, two prompts that include it, a workflow and a client.
fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt("tone", "labels: {production: 1.0.0}\n", &[("1.0.0", "Use plain words.\nBe friendly.\n")]);
    registry.prompt("support/summarize", "tags: [internal]\nlabels: {production: 1.0.0}\n", &[]);
    registry.file("prompts/support/summarize/1.0.0.yaml", SUMMARIZE_1);
    registry.prompt("support/sort", "labels: {production: 1.0.0}\n", &[]);
    registry.file(
        "prompts/support/sort/1.0.0.yaml",
        "content: \"Sort. {{> tone}}\"\nuses: {tone: tone@1.0.0}\nnotes: The first.\n",
    );
    registry.file("workflows/triage.yaml", WORKFLOW);
    registry.file("models/fast.yaml", "provider: openai\nmodel: small\napi_key: {env: KEY}\n");
    registry.file("clients/desk.yaml", "config: {}\ndefault_filter: {collections: [support], labels: [production]}\n");
    registry.commit("Start");
    registry
}

/// The same, with a change on a branch that is partly committed: a new tone, a new summary that is in its language and
/// asks for it, and both labels moved.
fn changed() -> Registry {
    let registry = registry();
    registry.git(&["switch", "--quiet", "-c", "proposal"]);
    registry.prompt(
        "tone",
        "labels: {production: 1.1.0}\n",
        &[("1.1.0", "Use plain words.\nBe friendly, and brief.\n")],
    );
    registry.commit("A briefer tone");
    registry.prompt("support/summarize", "tags: [internal, public]\nlabels: {production: 2.0.0}\n", &[]);
    registry.file("prompts/support/summarize/2.0.0.yaml", SUMMARIZE_2);
    registry.file("models/fast.yaml", "provider: openai\nmodel: smaller\napi_key: {env: KEY}\n");
    registry
}

/// What the binary prints, without the commit's id.
fn diff(registry: &Registry, args: &[&str]) -> String {
    let base = registry.git(&["merge-base", "main", "HEAD"]);
    registry.promptreg(&[&["diff"], args].concat()).all().replace(&base[..9], "[base]")
}
