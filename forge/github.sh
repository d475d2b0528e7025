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
  local event
  if [ -n "${PROMPTREG_BASE:-}" ]; then
    whole && commit "$PROMPTREG_BASE"
    return
  fi
  event=$(jq -r '.pull_request.base.sha // .merge_group.base_sha // .before // ""' "$GITHUB_EVENT_PATH")
  # The first push of a branch comes from nowhere.
  case "$event" in *[!0]*) ;; *) return ;; esac
  whole
  if ! commit "$event"; then
    echo "::warning::the commit before this push is gone, as after a forced push: the files are judged by themselves" >&2
  fi
}

# Sees to it that the clone has the whole history, in which the merge base is looked for.
whole() {
  local git=(git -C "$registry")
  if [ "$("${git[@]}" rev-parse --is-shallow-repository)" = true ] &&
    ! "${git[@]}" fetch --quiet --no-tags --unshallow origin >&2; then
    echo "::error::this clone has a part of the history only: give actions/checkout \`fetch-depth: 0\`" >&2
    return 2
  fi
}

# Prints the id that a branch, a tag or an id stands for, fetched where the clone lacks it.
commit() {
  local git=(git -C "$registry") name
  for name in "origin/$1" "$1"; do
    "${git[@]}" rev-parse --verify --quiet --end-of-options "$name^{commit}" && return
  done
  "${git[@]}" fetch --quiet --no-tags origin -- "$1" >&2 && "${git[@]}" rev-parse --verify 'FETCH_HEAD^{commit}'
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

# The number of our comment, if there is one: it begins with the marker, and nobody else wrote it.
ours() {
  local page=1 found who
  # Tokens of a run may not ask who they are: their comments are those of the forge's own robot.
  who=$(call GET "$GITHUB_API_URL/user" "" 2>/dev/null | jq '[.login]') || who='["github-actions[bot]", "gitea-actions", "forgejo-actions"]'
  while [ "$page" -le 30 ]; do
    found=$(call GET "$1?per_page=100&limit=50&page=$page" "") || return 1
    found=$(jq -r --arg marker "$marker" --argjson who "$who" 'length as $all |
      first(.[] | select((.body | startswith($marker)) and (.user.login | IN($who[]))) | .id) // ($all | if . == 0 then "none" else "" end)' <<<"$found")
    case "$found" in none) return ;; "") page=$((page + 1)) ;; *) printf '%s' "$found" && return ;; esac
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
