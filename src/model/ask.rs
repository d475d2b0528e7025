//! Asks one profile's model: again where its provider is busy, once more where its answer does not fit.

use super::{
    Error, Request, ToolCall,
    caller::Setup,
    heard,
    output::{self, Shape},
    pause::pause,
    request,
    sieve::Sieve,
    spent::Used,
    target::Target,
};
use crate::schema::Compiled;
use futures_util::StreamExt as _;
use rig_core::{
    completion::{CompletionRequest, CompletionResponse},
    driver::DynModel,
    error::ProviderError,
    message::Message,
    operation::Completion,
    streaming::{Item, StreamEvent},
};
use serde_json::Value;
use tokio::time::Instant;
use tracing::{Dispatch, dispatcher, instrument::WithSubscriber as _};

/// What was used up so far, and who hears the text.
pub(super) struct Tally<'a> {
    pub(super) attempts: u32,
    pub(super) used: Used,
    /// What the model said last.
    pub(super) text: Option<String>,
    /// Whether anybody heard anything yet.
    pub(super) heard: bool,
    told: Option<&'a mut (dyn FnMut(&str) + Send)>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(told: Option<&'a mut (dyn FnMut(&str) + Send)>) -> Self {
        Self { attempts: 0, used: Used::default(), text: None, heard: false, told }
    }

    /// Tells a piece of text, unless nothing is left of it.
    fn tell(&mut self, text: &[u8]) {
        if let Some(told) = self.told.as_mut().filter(|_| !text.is_empty()) {
            self.heard = true;
            told(&String::from_utf8_lossy(text));
        }
    }
}

/// What a model said.
pub(super) struct Reply {
    pub(super) text: String,
    pub(super) output: Option<Value>,
    pub(super) tool_calls: Vec<ToolCall>,
    pub(super) model: Option<String>,
}

/// How one profile is asked.
pub(super) struct Ask<'a> {
    pub(super) setup: &'a Setup,
    pub(super) target: &'a Target<'a>,
    pub(super) until: Instant,
    pub(super) retries: u32,
}

impl Ask<'_> {
    /// An answer that fits the schema, where there is one.
    pub(super) async fn answer(
        &self,
        model: &DynModel<Completion>,
        request: &Request<'_>,
        tally: &mut Tally<'_>,
    ) -> Result<Reply, Error> {
        let schema = request.output_schema.map(Compiled::new).transpose().map_err(|faults| {
            let first = faults.first().map(|fault| fault.message.as_str()).unwrap_or_default();
            Error::Unusable(format!("the output_schema is no JSON Schema: {first}"))
        })?;
        let mut shape = Shape::of(request, self.target);
        let mut made = request::made(request, self.target, shape)?;
        let mut asked = self.patiently(model, &made, tally).await;
        if shape.native && asked.as_ref().is_err_and(does_not_know_schemas) {
            shape = Shape::WORDS;
            made = request::made(request, self.target, shape)?;
            asked = self.patiently(model, &made, tally).await;
        }
        let mut reply = asked?;
        let Some(schema) = schema.filter(|_| reply.tool_calls.is_empty()) else { return Ok(reply) };
        let mut fits = reply.fit(&schema);
        if let Err(what) = &fits
            && shape.in_words
            && !tally.heard
        {
            let said = if reply.text.trim().is_empty() { "(nothing)" } else { reply.text.as_str() };
            made.chat_history.push(Message::assistant(said));
            made.chat_history.push(Message::user(output::again(what)));
            reply = self.patiently(model, &made, tally).await?;
            fits = reply.fit(&schema);
        }
        fits.map_err(|what| Error::InvalidOutput(self.target.clean(&what)))?;
        Ok(reply)
    }

    /// Asks, and asks again as long as that may help and there is time.
    async fn patiently(
        &self,
        model: &DynModel<Completion>,
        request: &CompletionRequest,
        tally: &mut Tally<'_>,
    ) -> Result<Reply, Error> {
        let first = tally.attempts;
        loop {
            tally.attempts = tally.attempts.saturating_add(1);
            let error = match self.once(model, request.clone(), tally).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let asked = tally.attempts - first;
            let left = self.until.saturating_duration_since(Instant::now());
            let pause = pause(asked, error.retry_after()).filter(|pause| *pause < left);
            let Some(pause) = pause.filter(|_| error.passes() && asked <= self.retries) else {
                return Err(error);
            };
            (self.setup.sleep)(pause).await;
        }
    }

    async fn once(
        &self,
        model: &DynModel<Completion>,
        request: CompletionRequest,
        tally: &mut Tally<'_>,
    ) -> Result<Reply, Error> {
        let response = match tally.told.is_some() {
            true => listened(model, request, tally, Sieve::new(self.target.key.as_ref())).await,
            false => model.call(request).with_subscriber(Dispatch::none()).await,
        };
        let response = response.map_err(|error| match heard::failure(error, self.target) {
            // What broke off in the middle is not asked for again: somebody has the beginning.
            Error::Unavailable { message, .. } | Error::RateLimited { message, .. } | Error::Broken(message)
                if tally.heard =>
            {
                Error::CutOff(message)
            }
            error => error,
        })?;
        tally.used.add(&response.usage, self.target.profile.price);
        let reply = heard::reply(&response, self.target)?;
        tally.text = Some(reply.text.clone());
        Ok(reply)
    }
}

/// Whether a provider refused because its model does not know the way in which it was asked for JSON.
fn does_not_know_schemas(error: &Error) -> bool {
    const SIGNS: [&str; 3] = ["schema", "format", "output_config"];
    match error {
        Error::Refused { status: 400 | 422, message } => SIGNS.iter().any(|sign| message.contains(sign)),
        _ => false,
    }
}

/// Tells the text as it comes. The library would log whole prompts and answers, so nobody listens to its log.
async fn listened(
    model: &DynModel<Completion>,
    request: CompletionRequest,
    tally: &mut Tally<'_>,
    mut sieve: Sieve,
) -> Result<CompletionResponse, ProviderError> {
    let mut stream = {
        let _unheard = dispatcher::set_default(&Dispatch::none());
        model.stream(request)?
    };
    while let Some(item) = stream.next().with_subscriber(Dispatch::none()).await {
        if let Item::Event(StreamEvent::Text { text, .. }) = item? {
            tally.tell(&sieve.pass(text.as_bytes()));
        }
    }
    tally.tell(&sieve.rest());
    stream.finish().with_subscriber(Dispatch::none()).await
}

impl Reply {
    /// Reads the text as JSON that fits the schema, or says what is wrong with it.
    fn fit(&mut self, schema: &Compiled) -> Result<(), String> {
        let (text, output) = output::read(schema, &self.text)?;
        (self.text, self.output) = (text, Some(output));
        Ok(())
    }
}
