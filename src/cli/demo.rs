//! `promptreg demo`: makes a registry to play with, serves it, and says what to try.

use super::{
    Outcome,
    error::Failure,
    serve::{self, LISTEN},
    settings,
    terminal::Terminal,
};
use crate::{
    app::{self, App},
    http,
};
use std::{io::Write, net::SocketAddr, path::PathBuf};

/// Make a demo registry, serve it, and say what to try
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg demo\n  promptreg demo /tmp/prompts --listen 127.0.0.1:0")]
pub(super) struct Arguments {
    /// Where the demo registry is made, or where one was made before
    #[arg(default_value = "promptreg-demo")]
    folder: PathBuf,
    /// The address to listen on [env: PROMPTREG_LISTEN; default: 127.0.0.1:8484, or a free port where that one is taken]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let folder = &arguments.folder;
    let is_new = app::demo(folder)?;
    let app = App::open(folder)?;
    let said = if is_new { "made" } else { "found" };
    let (prompts, versions) = (app.current().registry.listed().count(), app.current().version_count());
    writeln!(terminal.out(), "{said} a registry of {prompts} prompts in {versions} versions in {}", folder.display())?;
    serve::log(settings::log_format(None)?);
    let shown = folder.display();
    let otherwise = format!("show it to others with `promptreg serve --registry {shown} --anonymous-read`");
    serve::run_to_end(async {
        let listener = match settings::listen(arguments.listen.as_deref(), &settings::ServerFile::default()) {
            Some(address) => serve::bind(&address, Some(&otherwise)).await?,
            None => match serve::bind(LISTEN, Some(&otherwise)).await {
                Err(Failure::Listen { .. }) => serve::bind("127.0.0.1:0", Some(&otherwise)).await?,
                bound => bound?,
            },
        };
        let address = listener.local_addr()?;
        writeln!(terminal.out(), "listening on http://{address}")?;
        suggest(address, folder, terminal.out())?;
        terminal.out().flush()?;
        let options = http::Options { read_drafts: true, ..http::Options::default() };
        serve::until_stopped(std::sync::Arc::new(app), listener, options, serve::POLL).await
    })
}

fn suggest(address: SocketAddr, folder: &std::path::Path, out: &mut impl Write) -> std::io::Result<()> {
    let at = format!("http://{address}/v1/prompts");
    let (name, number) = app::DRAFT_VERSION.split_once('@').unwrap_or_default();
    writeln!(
        out,
        "
try, in another terminal:

  # the approved version of a prompt, as programs fetch it
  curl {at}/summarize-ticket

  # the same, with an input put in
  curl {at}/summarize-ticket/render -H 'content-type: application/json' -d '{{\"input\": {{\"ticket\": \"Where is my parcel?\"}}}}'

  # a draft that nobody has approved yet; without ?ref= it is not there
  curl '{at}/{name}?version={number}&ref={draft}'

{waits}change what is served: in {folder}/prompts/support/summarize-ticket/prompt.yaml point `production` at 1.2.0, commit it,
and fetch again. A version itself never changes: `promptreg bump` makes the next one.
stop with Ctrl-C.",
        draft = app::DRAFT,
        waits = waits(folder),
        folder = folder.display(),
    )
}

/// What waits for an approval, and how Cleo gives it.
fn waits(folder: &std::path::Path) -> String {
    if !app::demo_waits(folder) {
        return String::new();
    }
    let (branch, shown, key) = (app::PENDING, folder.display(), app::demo_key(folder, "cleo"));
    let key = key.display();
    format!(
        "  # a version that waits for an approval; Cleo gives it, and brings it in
  promptreg proposals {branch} --registry {shown}
  promptreg approve {branch} --registry {shown} --key {key}
  promptreg merge {branch} --registry {shown} --key {key}

"
    )
}
