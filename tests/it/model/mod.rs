//! Calls of models, of providers that are played.

pub(crate) mod forms;
mod outputs;
pub(crate) mod pretend;
mod providers;
mod retries;
mod secrets;
mod streams;

use self::pretend::{Act, Pretend};
use promptreg::{
    domain::{Message, ModelName, ModelProfile, Secret},
    model::{Answer, Caller, Failed, Limits, Profile, Request, Setup},
};
use serde_json::{Map, Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// The key that no text may show.
const KEY: &str = "sk-proj-9fQ2vLxT7mKc41ZyR8uW";

const LIMITS: Limits = Limits { deadline: Duration::from_secs(20), retries: 2 };

/// A caller that knows one key, and the pauses that it made without waiting.
struct Bench {
    caller: Caller,
    paused: Arc<Mutex<Vec<Duration>>>,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup::new(Arc::new(|secret| match secret {
            Secret::Env(name) if name == "KEY" => Ok(KEY.into()),
            Secret::Env(name) if name == "EMPTY" => Ok(" ".into()),
            Secret::Env(name) if name == "LINES" => Ok("two\nlines".into()),
            Secret::File(_) => Ok(format!("{KEY}\n").into()),
            _ => Err("no such key is set here".to_owned()),
        }));
        let paused = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&paused);
        setup.sleep = Arc::new(move |pause| {
            heard.lock().unwrap().push(pause);
            Box::pin(std::future::ready(()))
        });
        setup.answer_bytes = 1 << 20;
        change(&mut setup);
        Self { caller: Caller::new(setup), paused }
    }

    async fn call(&self, profiles: &[Profile], question: &Question) -> Result<Answer, Failed> {
        self.caller.call(profiles, &question.request(), LIMITS).await
    }

    async fn stream(&self, profiles: &[Profile], question: &Question) -> (Vec<String>, Result<Answer, Failed>) {
        let mut heard = Vec::new();
        let mut told = |text: &str| heard.push(text.to_owned());
        let answer = self.caller.stream(profiles, &question.request(), LIMITS, &mut told).await;
        (heard, answer)
    }

    fn paused(&self) -> Vec<Duration> {
        self.paused.lock().unwrap().clone()
    }
}

/// What is asked, owned.
#[derive(Default)]
struct Question {
    messages: Vec<Message>,
    tools: Vec<Value>,
    parameters: Map<String, Value>,
    output_schema: Option<Value>,
}

impl Question {
    fn new(messages: Value) -> Self {
        Self { messages: serde_json::from_value(messages).unwrap(), ..Self::default() }
    }

    fn hello() -> Self {
        Self::new(json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]))
    }

    fn request(&self) -> Request<'_> {
        Request {
            messages: &self.messages,
            tools: &self.tools,
            parameters: &self.parameters,
            output_schema: self.output_schema.as_ref(),
        }
    }
}

fn profile(name: &str, profile: Value) -> Profile {
    let profile: ModelProfile = serde_json::from_value(profile).unwrap();
    (name.parse::<ModelName>().unwrap(), Arc::new(profile))
}

/// A profile of this provider, played at this address.
fn at(provider: &str, pretend: &Pretend) -> Profile {
    let path = if provider == "openai" { "/v1" } else { "" };
    let base_url = format!("http://{}{path}", pretend.address);
    let (model, key) = (json!("some-model"), json!({"env": "KEY"}));
    profile("fast", json!({"provider": provider, "model": model, "base_url": base_url, "api_key": key}))
}

/// What a call said, without what differs from run to run.
fn shown(answer: &Result<Answer, Failed>) -> String {
    match answer {
        Ok(answer) => format!("{:#}", json!(Answer { latency_ms: 0, ..answer.clone() })),
        Err(failed) => {
            format!("{}: {failed} ({} attempts)\n  {}", failed.error.kind(), failed.attempts, failed.error.help())
        }
    }
}
