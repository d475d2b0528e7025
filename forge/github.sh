#!/usr/bin/env bash
# What a pull request is told on GitHub, Gitea and Forgejo: findings at their lines, and what the change means.
#
#   github.sh lint    annotations, a SARIF file, and the exit code of `promptreg lint`
#   github.sh diff    the job's summary, and one comment that is kept up to date
#
# Takes PROMPTREG_FOLDER, PROMPTREG_BASE, PROMPTREG_SARIF, PROMPTREG_COMMENT and PROMPTREG_COMMENT_TOKEN from action.yml,
# and the rest from the runner. Nothing that a pull request says reaches the shell as code.
set -euo pipefail
shopt -s inherit_errexit

registry="${PROMPTREG_FOLDER:-.}"
marker='<!-- promptreg: what changed -->'

# The commit to compare with: what is asked for, else what the event names; nothing where it names none.
base() {
  local found="${PROMPTREG_BASE:-}"
  if [ -z "$found" ]; then
    found=$(jq -r '.pull_request.base.sha // .merge_group.base_sha // .before // ""' "$GITHUB_EVENT_PATH")
    # The first push of a branch comes from nowhere.
    case "$found" in *[!0]*) ;; *) found="" ;; esac
  fi
  [ -z "$found" ] || have "$found" >&2
  printf '%s' "$found"
}

# Sees to it that the clone holds the commit and the history in which the merge base is looked for.
have() {
  local git=(git -C "$registry")
  if [ "$("${git[@]}" rev-parse --is-shallow-repository)" = true ] && ! "${git[@]}" fetch --quiet --no-tags --unshallow origin; then
    echo "::error::this clone has a part of the history only: give actions/checkout \`fetch-depth: 0\`" >&2
    return 2
  fi
  "${git[@]}" cat-file -e "$1^{commit}" 2>/dev/null || "${git[@]}" fetch --quiet --no-tags origin -- "$1"
}

lint() {
  local against code=0
  against=$(base)
  local how=(lint --registry "$registry" ${against:+--base "$against"})
  promptreg "${how[@]}" --format github || code=$?
  # 0 is clean and 1 has findings; all else means that nothing was judged.
  if [ "$code" -gt 1 ]; then
    echo "::error::promptreg lint could not judge the change"
    return "$code"
  fi
  if [ -n "${PROMPTREG_SARIF:-}" ]; then
    promptreg "${how[@]}" --format sarif >"$PROMPTREG_SARIF" || [ $? -eq 1 ]
    echo "sarif=$PROMPTREG_SARIF" >>"$GITHUB_OUTPUT"
  fi
  return "$code"
}

diff() {
  local against text number
  against=$(base)
  if [ -z "$against" ]; then
    echo "there is nothing to compare with"
    return
  fi
  text=$(promptreg diff --registry "$registry" --base "$against" --format markdown)
  printf '%s\n' "$text" >>"$GITHUB_STEP_SUMMARY"
  number=$(jq -r '.pull_request.number // ""' "$GITHUB_EVENT_PATH")
  if [ "${PROMPTREG_COMMENT:-}" = true ] && [ -n "$number" ]; then
    comment "$number" "$text"
  fi
}

# Writes the comment, or writes it anew where it is there.
comment() {
  local url="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues" body id
  body=$(printf '%s\n%s\n' "$marker" "$2" | jq -Rs '{body: .}')
  if ! id=$(ours "$url/$1/comments"); then
    echo "::warning::the comments could not be read, so what changed is in the summary alone"
    return
  fi
  if [ -n "$id" ] && call PATCH "$url/comments/$id" "$body" >/dev/null; then
    return
  fi
  if ! call POST "$url/$1/comments" "$body" >/dev/null; then
    echo "::warning::the comment could not be written, so what changed is in the summary alone: does the token have \`pull-requests: write\`? Pull requests from forks never have it"
  fi
}

# The number of the first comment that begins with the marker, if there is one.
ours() {
  local page=1 found
  while [ "$page" -le 30 ]; do
    found=$(call GET "$1?per_page=100&limit=50&page=$page" "") || return 1
    jq -r --arg marker "$marker" 'first(.[] | select(.body | startswith($marker)) | .id) // empty' <<<"$found"
    if [ "$(jq length <<<"$found")" -eq 0 ] || jq -e --arg marker "$marker" 'any(.[]; .body | startswith($marker))' <<<"$found" >/dev/null; then
      return
    fi
    page=$((page + 1))
  done
}

# One call of the forge. The token goes through a file, so that no list of processes shows it.
call() {
  local data=()
  [ -z "$3" ] || data=(--data-binary @-)
  curl --silent --show-error --fail --max-time 30 --retry 2 --request "$1" "$2" \
    --header @<(printf 'Authorization: Bearer %s\n' "$PROMPTREG_COMMENT_TOKEN") \
    --header 'Accept: application/json' --header 'Content-Type: application/json' ${data[@]+"${data[@]}"} <<<"$3"
}

case "${1:-}" in
  lint | diff) "$1" ;;
  *) echo "usage: github.sh lint|diff" >&2 && exit 2 ;;
esac
