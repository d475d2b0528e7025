//! Runs of workflows, performed by processes that may be killed, with models that are played.

mod crash;
mod door;
mod faults;
mod limits;
mod stored;
mod through;
mod whole;

use crate::{
    harness::Registry,
    store::{Told, story},
};
use promptreg::{
    app::{
        Answered, App, Asked, Calling, Keep, Model, NoAnswer, Records, RunAsked, RunItem, RunMove, RunSettings, Runner,
    },
    domain::{Content, WorkflowName},
    store,
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinHandle};
use uuid::Uuid;

/// A model that answers what a function makes of the question's text, where it may: each answer takes a permit.
pub(super) struct Played {
    answer: fn(&str) -> Result<Answered, Box<NoAnswer>>,
    /// What was asked, in the order in which it was.
    pub(super) asked: Mutex<Vec<String>>,
    /// How often it may answer.
    pub(super) permits: Semaphore,
    /// Told whenever something was asked.
    heard: tokio::sync::Notify,
}

impl std::fmt::Debug for Played {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Played")
    }
}

impl Played {
    /// One that answers at once.
    pub(super) fn new(answer: fn(&str) -> Result<Answered, Box<NoAnswer>>) -> Arc<Self> {
        Self::with_permits(answer, 1_000_000)
    }

    pub(super) fn with_permits(answer: fn(&str) -> Result<Answered, Box<NoAnswer>>, permits: usize) -> Arc<Self> {
        let permits = Semaphore::new(permits);
        Arc::new(Self { answer, asked: Mutex::default(), permits, heard: tokio::sync::Notify::new() })
    }

    /// One that says after each question that it was heard.
    pub(super) fn echo() -> Arc<Self> {
        Self::new(said)
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until so much was asked.
    pub(super) async fn until_asked(&self, count: usize) {
        let waiting = async {
            loop {
                let heard = self.heard.notified();
                if self.asked().len() >= count {
                    return;
                }
                heard.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
    }
}

/// What a model says that repeats what it was asked.
pub(super) fn said(question: &str) -> Result<Answered, Box<NoAnswer>> {
    Ok(Answered {
        text: format!("({question})"),
        model: "some-model".to_owned(),
        input_tokens: Some(10),
        output_tokens: Some(2),
        cost_usd: Some(0.5),
        latency_ms: 7,
        attempts: 1,
        ..Answered::default()
    })
}

impl Model for Played {
    fn call<'a>(&'a self, asked: Asked<'a>) -> Calling<'a> {
        let texts = asked.messages.iter().map(|message| match &message.content {
            Content::Text(text) => text.clone(),
            Content::Parts(_) => "[parts]".to_owned(),
        });
        let question = texts.collect::<Vec<_>>().join("|");
        Box::pin(async move {
            self.asked.lock().unwrap().push(question.clone());
            self.heard.notify_waiters();
            self.permits.acquire().await.unwrap().forget();
            (self.answer)(&question)
        })
    }
}

/// A registry with a workflow of three steps.
pub(super) fn registry() -> Registry {
    let registry = Registry::new();
    for (name, text) in [("first", "One of {{n}}."), ("second", "Two of {{text}}."), ("third", "Three of {{text}}.")] {
        registry.file(
            &format!("prompts/{name}/prompt.yaml"),
            "description: Says something.\nowner: ana\nlabels: {production: 1.0.0}\n",
        );
        let (variable, kind) = if name == "first" { ("n", "integer") } else { ("text", "string") };
        registry.file(&format!("prompts/{name}/1.0.0.yaml"), version(text, variable, kind));
    }
    registry.file("models/fast.yaml", "provider: openai\nmodel: some-model\n");
    workflow(&registry, "chain", "");
    registry.land("Start");
    registry
}

/// A version with one variable.
pub(super) fn version(text: &str, variable: &str, kind: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    format!(
        "content: {text}\nmodel: fast\ninput_schema:\n  type: object\n  required: [{variable}]\n  properties: \
         {{{variable}: {{type: {kind}, description: Something.}}}}\nnotes: Made for a test.\n"
    )
}

/// A workflow of three steps, and what there is to the second one.
pub(super) fn workflow(registry: &Registry, name: &str, second: &str) {
    let text = format!(
        "display_name: A chain\nowner: ana\nstatus: published\ninput_schema:\n  type: object\n  required: [n]\n  \
         properties: {{n: {{type: integer}}, more: {{type: boolean, default: false}}}}\n\
         triggers:\n  - {{id: by-hand, type: manual}}\nsteps:\n  \
         - {{id: one, prompt: first, input_mapping: {{n: \"{{{{input.n}}}}\"}}, output_key: one}}\n  \
         - {{id: two, prompt: second, input_mapping: {{text: \"{{{{outputs.one}}}}\"}}, output_key: two{second}}}\n  \
         - {{id: three, prompt: third, input_mapping: {{text: \"<{{{{outputs.one}}}}>\"}}, output_key: three}}\n\
         output: {{n: \"{{{{input.n}}}}\", text: \"{{{{outputs.three}}}}\"}}\n"
    );
    registry.file(&format!("workflows/{name}.yaml"), text);
}

/// A process that performs runs; what it does is given up when it is dropped.
pub(super) struct Process {
    pub(super) app: Arc<App>,
    watching: JoinHandle<()>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Process {
    /// One more process of a registry, on the same database.
    pub(super) async fn new(registry: &Registry, told: &Told, settings: RunSettings, model: Arc<Played>) -> Self {
        let app = Arc::new(App::open(&registry.path()).unwrap());
        app.keep_records(Records::new(Keep { engine: store::open(&told.url).unwrap(), days: None, tokens: None }));
        app.run_workflows(Runner::new(settings, model));
        let watching = tokio::spawn(Arc::clone(&app).watch(Duration::from_secs(60)));
        app.reach_records().await.unwrap();
        Self { app, watching }
    }

    /// As a crash does: nothing goes on, and nothing is said to anybody.
    pub(super) async fn kill(mut self) {
        self.watching.abort();
        let _ = (&mut self.watching).await;
    }

    pub(super) async fn start(&self, n: u64) -> Uuid {
        self.app.start_run(&name("chain"), with(json!({"n": n}))).await.unwrap().id
    }

    /// Waits until a run has ended, and answers what it is then.
    pub(super) async fn ended(&self, run: Uuid) -> RunItem {
        let looking = async {
            let mut watched = self.app.watch_run(&run.to_string(), 0, true).await.unwrap();
            while watched.next().await.unwrap().is_some() {}
            self.app.run(&run.to_string(), true).await.unwrap()
        };
        tokio::time::timeout(Duration::from_secs(20), looking).await.unwrap()
    }

    /// The same in a few words: where it is, what came out or went wrong, and its steps.
    pub(super) async fn told(&self, run: Uuid) -> String {
        words(&self.ended(run).await)
    }
}

pub(super) fn name(name: &str) -> WorkflowName {
    name.parse().unwrap()
}

pub(super) fn with(input: Value) -> RunAsked {
    let Value::Object(input) = input else { panic!("{input}") };
    RunAsked { input, ..RunAsked::default() }
}

/// A run in a few words.
pub(super) fn words(run: &RunItem) -> String {
    let mut lines = vec![format!("{} {} {}", run.status.as_str(), text(&run.output), text(&run.error))];
    for step in run.steps.iter().flatten() {
        lines.push(format!("{} {} {} {}", step.id, step.status.as_str(), text(&step.output), text(&step.error)));
    }
    lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

fn text(value: &Option<impl serde::Serialize>) -> String {
    value.as_ref().map(|value| serde_json::to_string(value).unwrap()).unwrap_or_default()
}

/// What happens in a run, in a word each.
pub(super) async fn events(process: &Process, run: Uuid, after: usize) -> Vec<String> {
    let mut watched = process.app.watch_run(&run.to_string(), after, true).await.unwrap();
    let mut said = Vec::new();
    while let Some(event) = watched.next().await.unwrap() {
        said.push(match event.what {
            RunMove::Step(step) => format!("{} {}", event.place, step.id),
            RunMove::Run(run) => format!("{} {}", event.place, run.status.as_str()),
        });
    }
    said
}
