//! `promptreg serve`: hands out what was approved, over HTTP.

use super::{
    Outcome,
    database::{self, DatabaseFlag},
    error::Failure,
    running,
    settings::{self, Keeping, LogFormat, RegistryFlag, ServerFile},
    terminal::Terminal,
};
use crate::{
    app::{App, Deed, Keep, Records},
    http,
};
use std::{io::Write as _, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// Where the server listens unless it is told otherwise.
pub(super) const LISTEN: &str = "127.0.0.1:8484";

/// How often a remote is fetched unless it is told otherwise.
pub(super) const POLL: Duration = Duration::from_secs(30);

/// How long the database is waited for before the server listens; after that it serves without, and goes on calling it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long what goes on aside may take to end once the process was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serve what is approved over HTTP
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg serve\n  promptreg serve --registry /srv/prompts.git --listen 127.0.0.1:0\n  \
    promptreg serve --read-drafts     answers ?ref= and ?at= too\n\n\
    A commit on the default branch of a repository on this machine is served at once. A remote is mirrored, and fetched \
    with Git's own credentials (an ssh agent, a credential helper) or the token in PROMPTREG_GIT_TOKEN.\n\n\
    What comes to be served is told at /v1/events, which `promptreg watch` prints; /metrics is for Prometheus.\n\n\
    Forges tell of pushes and reviews at /v1/forge/github, gitlab, gitea (Forgejo too) and pagure, signed with a secret: \
    [forge.github] secrets = [{env = \"NAME\"}, {file = \"PATH\"}] in promptreg.toml, two of them while one is replaced.\n\n\
    promptreg.toml in the current folder may hold registry, data, poll_seconds, git_token_env, allow_protocols, listen, read_drafts, anonymous_read, allow_sync, \
    max_age, database, retention_days, forge, signing_key, public_url, trust_root, [oidc] and [runs]; flags and the environment go before it."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    database: DatabaseFlag,
    /// Throw usage events and executions away after so many days; what they count by day is kept [default: never]
    #[arg(long, value_name = "DAYS")]
    retention_days: Option<u32>,
    /// Fetch a remote every so many seconds, besides when it is asked for [default: 30]
    #[arg(long, value_name = "SECONDS")]
    poll: Option<u64>,
    /// The address to listen on, or a port of 127.0.0.1; port 0 picks a free one and prints it [env: PROMPTREG_LISTEN; default: 127.0.0.1:8484]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Let those who may read without a token read what is not approved too (?ref=, ?at=, proposals), and the audit
    #[arg(long)]
    read_drafts: bool,
    /// Let anyone read on an address that other machines can reach; without it only those who have a token may
    #[arg(long)]
    anonymous_read: bool,
    /// Let anyone have the repository looked at (POST /v1/sync) on an address that other machines can reach
    #[arg(long)]
    allow_sync: bool,
    /// Say at /readyz that what is served is stale where the repository could not be looked at for so long; it is served
    /// on all the same
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u64>,
    /// A file with what a forge signs its requests with, at most two for each forge [env: PROMPTREG_FORGE_GITHUB_SECRET and
    /// so on, with the secret itself]
    #[arg(long, value_name = "FORGE=FILE")]
    forge_secret: Vec<String>,
    /// The server's own SSH key (the private file, without a passphrase): signs what people said on forges, as a witness [env:
    /// PROMPTREG_SIGNING_KEY]
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
    /// How the log on standard error is written [env: PROMPTREG_LOG_FORMAT; default: text on a terminal, else json]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// The server's own settings [default: promptreg.toml in the current folder, where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let file = ServerFile::read(arguments.config.as_deref())?;
    let listen = settings::listen(arguments.listen.as_deref(), &file);
    let listen = listen.unwrap_or_else(|| LISTEN.to_owned());
    let read_drafts = arguments.read_drafts || file.read_drafts;
    let allow_sync = arguments.allow_sync || file.allow_sync;
    let max_age = arguments.max_age.or(file.max_age).map(Duration::from_secs);
    let secrets = Arc::new(settings::forge_secrets(&arguments.forge_secret, &file)?);
    let sign_in = settings::sign_in(&file)?.map(Arc::new);
    let signs_in = sign_in.is_some();
    let anonymous_read = arguments.anonymous_read || file.anonymous_read;
    let options = http::Options {
        anonymous_read,
        read_drafts,
        allow_sync,
        max_age,
        secrets,
        sign_in,
        ..http::Options::default()
    };
    let log_format = settings::log_format(arguments.log_format)?;
    log(log_format);
    let opening = arguments.registry.opening(&file, &arguments.keeping, true)?;
    let poll = arguments.poll.or(file.poll_seconds).map_or(POLL, Duration::from_secs).max(Duration::from_secs(1));
    let database = arguments.database.url(&file, opening.data.as_deref());
    let days = arguments.retention_days.or(file.retention_days);
    let tokens = opening.data.as_deref().map(|data| data.join("tokens.json"));
    let waiting = terminal.waiting("reading the repository");
    let app = Arc::new(App::open_at_once(opening, &|step| waiting.show(step))?);
    drop(waiting);
    if let Some(key) = settings::signing_key(arguments.signing_key.as_deref(), &file) {
        let line = app.witness_with(&key)?;
        tracing::info!(key = line.trim(), "what people say on forges is witnessed");
    }
    if let Some(trouble) = app.trouble() {
        tracing::error!(error = trouble.message, "{}", trouble.title());
    }
    let runner = running::runner(&file)?.filter(|_| database.is_some());
    run_to_end(async {
        if let Some(url) = database {
            app.keep_records(Records::new(Keep { engine: database::open(&url)?, days, tokens }));
        }
        if let Some(runner) = runner {
            app.run_workflows(runner);
        }
        let listener = bind(&listen, None).await?;
        app.meet_records(PATIENCE).await;
        announce(&listener, terminal)?;
        app.take_down(Deed {
            actor: "server".to_owned(),
            action: "started",
            entity_type: "server",
            entity: listener.local_addr()?.to_string(),
            details: serde_json::json!({
                "version": env!("CARGO_PKG_VERSION"), "read_drafts": read_drafts, "anonymous_read": anonymous_read,
                "allow_sync": allow_sync, "retention_days": days, "signs_in": signs_in,
            }),
        });
        until_stopped(app, listener, options, poll).await
    })
}

/// Sends the log to standard error; `PROMPTREG_LOG` sets its level.
pub(super) fn log(format: Option<LogFormat>) {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("PROMPTREG_LOG")
        .with_default_directive(tracing::level_filters::LevelFilter::INFO.into())
        .from_env_lossy();
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_terminal).with_writer(std::io::stderr);
    let otherwise = if is_terminal { LogFormat::Text } else { LogFormat::Json };
    // A second logger is refused, which is right: the first one is ours too.
    let _ = match format.unwrap_or(otherwise) {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}

/// Runs something on all cores. What still goes on aside when it is over, such as a fetch that hangs, is left behind: all
/// that is written is safe from being cut off.
pub(super) fn run_to_end<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_WORDS);
    done
}

/// Binds an address. Where only this machine may read, `otherwise` is what is advised to those who want more.
pub(super) async fn bind(address: &str, otherwise: Option<&str>) -> Result<TcpListener, Failure> {
    let failed = |source| Failure::Listen { address: address.to_owned(), source };
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(address).await.map_err(failed)?.collect();
    if let Some(otherwise) = otherwise
        && addresses.iter().any(|address| !address.ip().is_loopback())
    {
        return Err(Failure::Usage(format!(
            "{address} can be reached from other machines, and whoever reaches it could read every prompt: \
             listen on 127.0.0.1, or {otherwise}"
        )));
    }
    TcpListener::bind(&addresses[..]).await.map_err(failed)
}

fn announce(listener: &TcpListener, terminal: &mut Terminal) -> Result<(), Failure> {
    writeln!(terminal.out(), "listening on http://{}", listener.local_addr()?)?;
    Ok(terminal.out().flush()?)
}

/// Serves and follows the repository until the process is told to stop.
pub(super) async fn until_stopped(
    app: Arc<App>,
    listener: TcpListener,
    options: http::Options,
    poll: Duration,
) -> Result<Outcome, Failure> {
    let mut watcher = tokio::spawn(Arc::clone(&app).watch(poll));
    let mut ended = Ok(Outcome::Clean);
    // What nobody follows any more would be served as if it were new: whoever started this server starts another.
    let stop = async {
        tokio::select! {
            () = stopped() => {}
            end = &mut watcher => ended = Err(Failure::Watch(end.err().map_or_else(String::new, |end| format!(": {end}")))),
        }
    };
    http::serve(Arc::clone(&app), listener, options, stop).await;
    app.hand_back_runs().await;
    watcher.abort();
    ended
}

/// Resolves at Ctrl-C, and at the signal that service managers send.
pub(super) async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupted.await;
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}
