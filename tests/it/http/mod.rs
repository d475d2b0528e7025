//! The door for programs, asked over real connections.

mod access;
mod diff;
mod drafts;
pub(crate) mod events;
mod fetch;
mod lists;
mod metrics;
mod refusals;
mod search;

use crate::harness::Registry;

/// A registry with a prompt in every state that a fetch knows.
fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt(
        "support/greet",
        "display_name: Greet a customer\ncategory: support\ntags: [internal]\naliases: [greeting]\n\
         labels: {production: 1.1.0, staging: 2.0.0}\ndeprecated: {1.0.0: too short}\n",
        &[("1.0.0", "Hi."), ("1.1.0", "Hello."), ("1.2.0", "Hello there."), ("2.0.0", "Good morning.")],
    );
    registry.prompt(
        "support/part",
        "labels: {production: 1.0.0}\nyanked: {1.1.0: says too much}\nrevoked: {1.2.0: leaks a name}\n",
        &[("1.0.0", "Bye."), ("1.1.0", "Goodbye."), ("1.2.0", "Goodbye, Eve.")],
    );
    registry.prompt("attic", "status: archived\nlabels: {production: 1.0.0}\n", &[("1.0.0", "Old.")]);
    registry.prompt("bare", "tags: [public]\n", &[("1.0.0", "No label.")]);
    registry.file(
        "prompts/support/ask/prompt.yaml",
        "description: Asks a question back.\nowner: ben\nlabels: {production: 1.0.0}\naliases: [inquire]\n",
    );
    registry.file(
        "prompts/support/ask/1.0.0.yaml",
        "messages:\n  - {role: system, content: \"Answer in {{language}}.\"}\n  - {role: user, content: \"{{question}}\"}\n\
         input_schema:\n  type: object\n  required: [question]\n  properties:\n    question: {type: string, description: What is asked.}\n    \
         language: {type: string, enum: [English, German], default: English, description: The language.}\n\
         parameters: {temperature: 0.2}\nnotes: The first.\n",
    );
    registry.file("prompts/support/collection.yaml", "display_name: Support\ndescription: For the help desk.\n");
    registry.file(
        "clients/desk.yaml",
        "description: The help desk.\nconfig: {}\ndefault_filter: {collections: [support], labels: [staging]}\n",
    );
    for (name, status) in [("triage", "published"), ("sketch", "draft")] {
        let text = format!(
            "display_name: Triage\nowner: ana\nstatus: {status}\ntriggers:\n  - {{id: by-hand, type: manual}}\nsteps:\n  \
             - {{id: first, prompt: greet, output_key: greeting}}\noutput: {{text: \"{{{{outputs.greeting}}}}\"}}\n"
        );
        registry.file(&format!("workflows/{name}.yaml"), text);
    }
    registry.commit("Start");
    registry
}
