#!/usr/bin/env bash
# Puts promptreg on the path of the steps that follow: what is there already, else built from this very folder.
#
#   install.sh key        tells the runner by which key the built program is kept
#   install.sh install
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

# The same for the same sources, so that what was built from others is never taken for this.
key() {
  find Cargo.toml Cargo.lock src schemas registry-template -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
    sha256sum | cut -c1-32
}

install() {
  if command -v promptreg >/dev/null; then
    promptreg --version
    return
  fi
  local root
  root="$HOME/.cache/promptreg-action/$(key)"
  if [ ! -x "$root/bin/promptreg" ]; then
    if ! command -v cargo >/dev/null; then
      echo "::error::promptreg is built with Rust, which is not on this runner: install it in a step before (https://rustup.rs)"
      return 2
    fi
    echo "building promptreg, which takes some minutes and is kept for the next time"
    # What was built from other sources is not kept.
    rm -rf "$HOME/.cache/promptreg-action"
    cargo install --locked --path . --root "$root"
  fi
  "$root/bin/promptreg" --version
  echo "$root/bin" >>"$GITHUB_PATH"
}

case "${1:-}" in
  key) echo "key=$(key)" >>"$GITHUB_OUTPUT" ;;
  install) install ;;
  *) echo "usage: install.sh key|install" >&2 && exit 2 ;;
esac
