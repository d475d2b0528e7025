//! `promptreg lsp`: the language server, spoken to by an editor.

use super::{Outcome, error::Failure};
use crate::lsp;
use std::io;

/// Judge, explain and complete the registry's files in an editor (language server)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg lsp     an editor starts it, and speaks with it\n\n\
    VS Code, with the extension \"Generic LSP Client\" (zsol.vscode-glspc), in settings.json:\n  \
      \"glspc.server.command\": \"promptreg\",\n  \
      \"glspc.server.commandArguments\": [\"lsp\"],\n  \
      \"glspc.server.languageId\": [\"yaml\", \"toml\"]\n\n\
    Neovim 0.11 or later, in init.lua:\n  \
      vim.lsp.config(\"promptreg\", {\n    \
        cmd = { \"promptreg\", \"lsp\" }, filetypes = { \"yaml\", \"toml\" },\n    \
        root_markers = { \"registry.toml\" }, workspace_required = true,\n  \
      })\n  \
      vim.lsp.enable(\"promptreg\")\n\n\
    Helix, in languages.toml:\n  \
      [language-server.promptreg]\n  \
      command = \"promptreg\"\n  \
      args = [\"lsp\"]\n\n  \
      [[language]]\n  \
      name = \"yaml\"\n  \
      language-servers = [\"promptreg\", \"yaml-language-server\"]\n\n\
    Exit codes: 0 where the editor said goodbye, 1 where it went away without.")]
pub(super) struct Arguments {
    /// Taken and ignored: many editors say so, and there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn run(_: &Arguments) -> Result<Outcome, Failure> {
    let parted = lsp::serve(io::BufReader::new(io::stdin()), io::stdout().lock())?;
    Ok(if parted { Outcome::Clean } else { Outcome::Findings })
}
