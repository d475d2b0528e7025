//! `promptreg promote --pin` and `--unpin`: a label is held at a version by a row in the database, for when Git is away.

mod asked;

use super::{
    Outcome,
    database::{self, DatabaseFlag},
    error::Failure,
    serve::run_to_end,
    settings::{Keeping, RegistryFlag},
    terminal::Terminal,
};
use crate::{
    app::{App, Current, NewPin, Unpin, make_pin, read_pins, take_pin},
    domain::{LabelName, PromptName, Semver, clean},
    store::Engine,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{io::Write as _, time::Duration};

/// Who pinned what was pinned here: whoever may write to the database may.
const BY: &str = "operator";

/// How long a database may take that is asked for pins by those who only read.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a label is held, and where that is kept.
#[derive(Debug, clap::Args)]
pub(super) struct Pinning {
    /// Hold the label in the database for a time, and leave Git alone: 30m, 4h, at most 7d
    #[arg(long, value_name = "TIME", requires = "reason", conflicts_with_all = ["message", "key"])]
    pub(super) pin: Option<String>,
    /// Why it is pinned: callers read it
    #[arg(long, value_name = "TEXT", requires = "pin")]
    reason: Option<String>,
    /// End a pin: the label hands out what Git says again
    #[arg(long, conflicts_with_all = ["pin", "message", "key"])]
    pub(super) unpin: bool,
    /// Ask this server to pin, with the token in PROMPTREG_TOKEN, and not its database: for this --label by name
    #[arg(long, value_name = "URL", requires = "label", conflicts_with_all = ["message", "key", "database", "data", "registry"])]
    pub(super) server: Option<String>,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    database: DatabaseFlag,
}

impl Pinning {
    /// Whether the database is meant, and not Git.
    pub(super) const fn is_meant(&self) -> bool {
        self.pin.is_some() || self.unpin
    }

    /// Pins a label, or ends a pin.
    pub(super) fn run(
        &self,
        registry: &RegistryFlag,
        (prompt, number, label): (&PromptName, Option<&Semver>, Option<&LabelName>),
        terminal: &mut Terminal,
    ) -> Result<Outcome, Failure> {
        if let (Some(server), Some(label)) = (&self.server, label) {
            let told = match (&self.pin, &self.reason, number) {
                (Some(duration), Some(reason), Some(version)) => {
                    let body = json!({"version": version, "duration": duration, "reason": reason});
                    asked::of(server, (prompt, label), Some(&body))
                }
                _ => asked::of(server, (prompt, label), None),
            }?;
            return print(&told, self.unpin, terminal);
        }
        let (prompt, by, now) = (prompt.clone(), BY.to_owned(), Timestamp::now());
        let label = |current: &Current| label.cloned().unwrap_or_else(|| current.registry.default_label());
        let (Some(duration), Some(reason), Some(version)) = (&self.pin, &self.reason, number) else {
            let (pin, place) = self.within(registry, terminal, async |engine, current| {
                Ok(take_pin(engine, current, &Unpin { prompt, label: label(current), by }, now).await?)
            })?;
            print(&json!(pin), true, terminal)?;
            return said_where(&place, terminal);
        };
        let (pin, place) = self.within(registry, terminal, async |engine, current| {
            let (duration, reason, version) = (duration.clone(), reason.clone(), version.clone());
            let asked = NewPin { prompt, label: label(current), version, duration, reason, by };
            Ok(make_pin(engine, current, asked, now).await?)
        })?;
        print(&json!(pin), false, terminal)?;
        said_where(&place, terminal)
    }

    fn within<T>(
        &self,
        registry: &RegistryFlag,
        terminal: &Terminal,
        work: impl AsyncFnOnce(&dyn Engine, &Current) -> Result<T, Failure>,
    ) -> Result<(T, String), Failure> {
        database::within((registry, &self.keeping, &self.database), terminal, work)
    }
}

/// Says where a pin lies: a server that uses another database knows nothing of it.
fn said_where(place: &str, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    writeln!(terminal.aside(), "so it says in {place}, for the servers that use it")?;
    Ok(Outcome::Clean)
}

/// What became of a label, as a pin tells it.
fn print(pin: &Value, is_over: bool, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let text = |key: &str| clean(pin[key].as_str().unwrap_or_default());
    let (prompt, label, version) = (text("prompt"), text("label"), text("version"));
    if is_over {
        writeln!(terminal.out(), "{prompt}:{label} is pinned to {version} no more, and is what Git says again")?;
        return Ok(Outcome::Clean);
    }
    let (until, reason) = (text("until"), text("reason"));
    writeln!(terminal.out(), "{prompt}:{label} is pinned to {version} until {until}: {reason}")?;
    writeln!(terminal.out(), "`promptreg promote {prompt} --label {label} --unpin` ends it before")?;
    Ok(Outcome::Clean)
}

/// Has a registry's labels held by the pins in its database. Who only reads is told where that is away, and reads on.
pub(super) fn hold(app: &App, url: &str, terminal: &mut Terminal) -> Result<(), Failure> {
    let read = run_to_end(async {
        let engine = database::open(url)?;
        let current = app.current();
        let read = tokio::time::timeout(PATIENCE, read_pins(&*engine, &current, Timestamp::now())).await;
        Ok(read.map_err(|_| Failure::Usage("the database does not answer".to_owned()))??)
    });
    match read {
        Ok(pins) => {
            app.hold_pins(&pins);
        }
        Err(error) => writeln!(terminal.aside(), "whether labels are pinned is not known: {error}")?,
    }
    Ok(())
}
