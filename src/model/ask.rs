//! Asks one profile's model: again where its provider is busy, once more where its answer does not fit.

use super::{Error, Request, ToolCall, caller::Setup, heard, output, pause::pause, request, target::Target};
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

/// What was used up so far, and who hears the text.
pub(super) struct Tally<'a> {
    pub(super) attempts: u32,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    /// Whether anybody heard anything yet.
    pub(super) heard: bool,
    told: Option<&'a mut (dyn FnMut(&str) + Send)>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(told: Option<&'a mut (dyn FnMut(&str) + Send)>) -> Self {
        Self { attempts: 0, input_tokens: Some(0), output_tokens: Some(0), heard: false, told }
    }

    /// Counts what an answer took; what one provider does not count is not known of all.
    fn count(&mut self, response: &CompletionResponse) {
        let add = |sum: Option<u64>, more: Option<u64>| Some(sum?.saturating_add(more?));
        self.input_tokens = add(self.input_tokens, response.usage.input_tokens);
        self.output_tokens = add(self.output_tokens, response.usage.output_tokens);
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
        let mut made = request::made(request, self.target)?;
        let mut reply = self.patiently(model, &made, tally).await?;
        let Some(schema) = schema.filter(|_| reply.tool_calls.is_empty()) else { return Ok(reply) };
        let mut what = match reply.fit(&schema) {
            Ok(()) => return Ok(reply),
            Err(what) => what,
        };
        if self.target.in_words && !tally.heard {
            let said = if reply.text.trim().is_empty() { "(nothing)" } else { reply.text.as_str() };
            made.chat_history.push(Message::assistant(said));
            made.chat_history.push(Message::user(output::again(&what)));
            reply = self.patiently(model, &made, tally).await?;
            what = match reply.fit(&schema) {
                Ok(()) => return Ok(reply),
                Err(what) => what,
            };
        }
        Err(Error::InvalidOutput(self.target.clean(&what)))
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
            let pause = pause(asked, error.retry_after());
            let late = self.until.checked_duration_since(Instant::now()).is_none_or(|left| left <= pause);
            if !error.passes() || asked > self.retries || late {
                return Err(error);
            }
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
            true => listened(model, request, tally).await,
            false => model.call(request).await,
        };
        let response = response.map_err(|error| match heard::failure(error, self.target) {
            // What broke off in the middle is not asked for again: somebody has the beginning.
            Error::Unavailable { message, .. } | Error::RateLimited { message, .. } if tally.heard => {
                Error::Broken(message)
            }
            error => error,
        })?;
        tally.count(&response);
        heard::reply(&response, self.target)
    }
}

/// Tells the text as it comes.
async fn listened(
    model: &DynModel<Completion>,
    request: CompletionRequest,
    tally: &mut Tally<'_>,
) -> Result<CompletionResponse, ProviderError> {
    let mut stream = model.stream(request)?;
    while let Some(item) = stream.next().await {
        if let Item::Event(StreamEvent::Text { text, .. }) = item?
            && let Some(told) = tally.told.as_mut()
        {
            tally.heard = true;
            told(&text);
        }
    }
    stream.finish().await
}

impl Reply {
    /// Reads the text as JSON that fits the schema, or says what is wrong with it.
    fn fit(&mut self, schema: &Compiled) -> Result<(), String> {
        let (text, output) = output::read(schema, &self.text)?;
        (self.text, self.output) = (text, Some(output));
        Ok(())
    }
}
