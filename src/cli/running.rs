//! How workflows are run in this process, as promptreg.toml and the environment say.

use super::{
    error::Failure,
    settings::{self, ServerFile, variable},
};
use crate::{
    app::{Model, RunSettings, Runner, Stored},
    domain::{ModelName, Secret},
    model::{Caller, Setup},
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

/// How workflows are run; what is left out is as it is usually.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunsFile {
    /// Whether they are run by this process.
    pub enabled: Option<bool>,
    /// The profile for steps that name none, and whose version names none.
    pub default_model: Option<ModelName>,
    /// The most runs at a time in one process.
    pub at_once: Option<usize>,
    /// The most of one workflow.
    pub at_once_each: Option<usize>,
    /// The most that are queued.
    pub queued: Option<usize>,
    /// How many seconds a run may take.
    pub seconds: Option<u64>,
    /// After how many seconds the runs of a process that is not heard of any more are taken up by others.
    pub lease_seconds: Option<u64>,
    /// What is stored of inputs and outputs: nothing, hashes or everything.
    pub stored: Option<Stored>,
    /// Where keys may be taken from by a server: whoever approves a profile says where its key is sent, and is not to choose
    /// among all that the server knows.
    #[serde(default)]
    pub keys: Vec<Secret>,
    /// Whether models may be asked over http:// beyond this machine.
    #[serde(default)]
    pub plain_http: bool,
}

/// The profile for steps that name none: the environment's, else the file's.
pub(super) fn default_model(file: &ServerFile) -> Result<Option<ModelName>, Failure> {
    let said = variable("PROMPTREG_DEFAULT_MODEL").map(|said| said.to_string_lossy().into_owned());
    let wrong = |error| Failure::Usage(format!("PROMPTREG_DEFAULT_MODEL: {error}"));
    let said = said.map(|said| said.parse().map_err(wrong)).transpose()?;
    Ok(said.or_else(|| file.runs.default_model.clone()))
}

/// How workflows are run.
pub(super) fn settings(file: &ServerFile) -> Result<RunSettings, Failure> {
    let (said, usual) = (&file.runs, RunSettings::default());
    Ok(RunSettings {
        default_model: default_model(file)?,
        at_once: said.at_once.unwrap_or(usual.at_once),
        at_once_each: said.at_once_each.unwrap_or(usual.at_once_each),
        queued: said.queued.unwrap_or(usual.queued),
        lease: said.lease_seconds.map_or(usual.lease, |seconds| Duration::from_secs(seconds.max(1))),
        time_limit: said.seconds.map_or(usual.time_limit, Duration::from_secs),
        stored: said.stored.unwrap_or_default(),
        ..usual
    })
}

/// What calls models. Keys are looked for when they are needed, where their profiles say, and `allowed` lets them.
pub(super) fn model(file: &ServerFile, allowed: impl Fn(&Secret) -> bool + Send + Sync + 'static) -> Arc<dyn Model> {
    let keys = move |place: &Secret| {
        if !allowed(place) {
            return Err(format!("{} is not listed under `keys` in [runs] of promptreg.toml", named(place)));
        }
        settings::secret(place).map(Into::into).map_err(|failure| failure.to_string())
    };
    Arc::new(Caller::new(Setup { plain_http: file.runs.plain_http, ..Setup::new(Arc::new(keys)) }))
}

fn named(place: &Secret) -> &str {
    match place {
        Secret::Env(name) | Secret::File(name) => name,
    }
}

/// What runs workflows in this process; none where the file says so.
pub(super) fn runner(file: &ServerFile) -> Result<Option<Runner>, Failure> {
    if file.runs.enabled == Some(false) {
        return Ok(None);
    }
    let listed = file.runs.keys.clone();
    Ok(Some(Runner::new(settings(file)?, model(file, move |place| listed.contains(place)))))
}
