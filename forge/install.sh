#!/usr/bin/env bash
# Puts promptreg on the path of the steps that follow: what is there already, else built from this very folder.
set -euo pipefail

if command -v promptreg >/dev/null; then
  promptreg --version
  exit
fi
bin="${CARGO_HOME:-$HOME/.cargo}/bin"
if [ ! -x "$bin/promptreg" ]; then
  if ! command -v cargo >/dev/null; then
    echo "::error::promptreg is built with Rust, which is not on this runner: install it in a step before (https://rustup.rs)"
    exit 2
  fi
  cargo install --locked --path "$(dirname "$0")/.."
fi
"$bin/promptreg" --version
[ -z "${GITHUB_PATH:-}" ] || echo "$bin" >>"$GITHUB_PATH"
