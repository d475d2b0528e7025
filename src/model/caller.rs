//! Calls models: profile after profile, within one deadline.

use super::{
    Answer, Error, Failed, Profile, Request,
    ask::{Ask, Reply, Tally},
    target::Target,
};
use crate::{
    calls,
    domain::{ModelName, ModelProfile, Secret},
};
use secrecy::SecretString;
use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// Finds a secret; says why it cannot, without the secret.
pub type Keys = Arc<dyn Fn(&Secret) -> Result<SecretString, String> + Send + Sync>;
/// Waits.
pub type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The longest that anybody waits for one answer to begin, whatever the limits of a call say.
const LONGEST: Duration = Duration::from_secs(3600);

/// What is the same for all calls.
#[derive(Clone)]
pub struct Setup {
    /// Finds keys.
    pub keys: Keys,
    /// Waits between attempts: `tokio::time::sleep`, but for tests.
    pub sleep: Sleep,
    /// The longest answer that is read, in bytes, an error's included.
    pub answer_bytes: usize,
    /// Whether a `base_url` may be `http://` beyond this machine.
    pub plain_http: bool,
}

impl Setup {
    /// As usual: answers of at most 4 MB, and nothing in the clear beyond this machine.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        let sleep: Sleep = Arc::new(|pause| Box::pin(tokio::time::sleep(pause)));
        Self { keys, sleep, answer_bytes: 4 << 20, plain_http: false }
    }
}

/// What is allowed to one call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long all of it may take, retries, pauses and fallbacks included; at most an hour counts.
    pub deadline: Duration,
    /// How often each profile is asked again where its provider is busy or away.
    pub retries: u32,
}

/// Calls models; keeps connections open for a while.
pub struct Caller {
    setup: Setup,
    calls: Arc<calls::Caller>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

impl Caller {
    /// A caller that is set up so. Nothing is opened yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let calls = Arc::new(calls::Caller::new(LONGEST, setup.answer_bytes));
        Self { setup, calls }
    }

    /// Asks the first profile, and the others in turn where that fails for whatever reason, until the time is up.
    ///
    /// # Errors
    /// Where none of them answers as it should, why the last one did not.
    pub async fn call(&self, profiles: &[Profile], request: &Request<'_>, limits: Limits) -> Result<Answer, Failed> {
        self.run(profiles, request, limits, None).await
    }

    /// The same, and `told` hears the text as it comes. Once it heard anything, nothing is tried again: what breaks then
    /// is broken, and what does not fit the schema does not fit.
    ///
    /// # Errors
    /// As with [`Self::call`].
    pub async fn stream(
        &self,
        profiles: &[Profile],
        request: &Request<'_>,
        limits: Limits,
        told: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Answer, Failed> {
        self.run(profiles, request, limits, Some(told)).await
    }

    async fn run(
        &self,
        profiles: &[Profile],
        request: &Request<'_>,
        limits: Limits,
        told: Option<&mut (dyn FnMut(&str) + Send)>,
    ) -> Result<Answer, Failed> {
        let began = Instant::now();
        let until = began + limits.deadline.min(LONGEST);
        let mut tally = Tally::new(told);
        let none = Error::Unusable("there is no model profile of that name".to_owned());
        let mut last = (none, None);
        for (name, profile) in profiles {
            let asked = async {
                let target = Target::of(profile, &self.setup)?;
                let ask = Ask { setup: &self.setup, target: &target, until, retries: limits.retries };
                ask.answer(&target.model(&self.calls), request, &mut tally).await
            };
            let answered = timeout_at(until, asked).await.unwrap_or(Err(Error::Timeout));
            let error = match answered {
                Ok(reply) => return Ok(answer(reply, (name, profile), &tally, since(began))),
                Err(error) => error,
            };
            let over = tally.heard || error == Error::Timeout;
            last = (error, Some(name.clone()));
            if over {
                break;
            }
        }
        let ((error, profile), latency_ms) = (last, since(began));
        let (spent, attempts) = (tally.used.spent(), tally.attempts);
        Err(Failed { error, profile, text: tally.text, spent, attempts, latency_ms })
    }
}

fn answer(reply: Reply, (name, profile): (&ModelName, &ModelProfile), tally: &Tally<'_>, latency_ms: u64) -> Answer {
    Answer {
        text: reply.text,
        output: reply.output,
        tool_calls: reply.tool_calls,
        model: reply.model.unwrap_or_else(|| profile.model.clone()),
        spent: tally.used.spent(),
        latency_ms,
        attempts: tally.attempts,
        profile: name.clone(),
    }
}

fn since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
