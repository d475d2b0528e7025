//! The table of routes: what each needs, from which the guard, the list at `/` and the document are made.

use super::sign_in::CALLBACK;
use crate::domain::Permission::{
    self, MoveLabels, Read, ReadAudit, ReadDrafts, ReadReports, RecordUsage, RunWorkflows, Sync,
};

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in capitals. What answers GET answers HEAD too.
    pub method: &'static str,
    /// The pattern that paths are matched with.
    pub pattern: &'static str,
    /// What else may be given, as `/` lists it.
    pub given: &'static str,
    /// What callers need; none where anybody may.
    pub needs: Option<Permission>,
    /// What it answers, in a few words.
    pub about: &'static str,
}

const fn get(pattern: &'static str, given: &'static str, needs: Option<Permission>, about: &'static str) -> Route {
    Route { method: "GET", pattern, given, needs, about }
}

const fn post(pattern: &'static str, given: &'static str, needs: Option<Permission>, about: &'static str) -> Route {
    Route { method: "POST", pattern, given, needs, about }
}

const fn put(pattern: &'static str, given: &'static str, needs: Option<Permission>, about: &'static str) -> Route {
    Route { method: "PUT", pattern, given, needs, about }
}

const fn delete(pattern: &'static str, given: &'static str, needs: Option<Permission>, about: &'static str) -> Route {
    Route { method: "DELETE", pattern, given, needs, about }
}

impl Route {
    /// Whether it answers for another state than the one that is served: `?ref=` and `?at=`, which need `read_drafts`.
    pub(super) fn takes_state(&self) -> bool {
        self.given.contains("ref&at")
    }
}

/// Where the pin of a label is.
pub(super) const PIN: &str = "/v1/prompts/{name}/labels/{label}/pin";

/// Every route.
pub const ROUTES: &[Route] = &[
    get("/", "", None, "this list"),
    get(
        "/v1/prompts",
        "?collection&tag&label&status&owner&q&client&ref&at&limit&cursor",
        Some(Read),
        "approved prompts, filtered",
    ),
    get("/v1/prompts/{name}", "?label|version|digest&key&client&ref&at", Some(Read), "one version of a prompt"),
    get("/v1/prompts/{name}/versions", "?ref&at&limit&cursor", Some(Read), "the versions of a prompt"),
    get("/v1/prompts/{name}/versions/{version}", "?ref&at", Some(Read), "one version by its number"),
    get(
        "/v1/prompts/{name}/versions/{version}/provenance",
        "",
        Some(ReadDrafts),
        "how a version came to be served, and who decided",
    ),
    get("/v1/prompts/{name}/diff", "?from&to&ref&at", Some(Read), "what differs between two versions"),
    get("/v1/prompts/{name}/history", "?label&limit&cursor", Some(Read), "where labels pointed, and when"),
    post(
        "/v1/prompts/{name}/render",
        "?label|version|digest&key&client&ref&at {\"input\": {}, \"messages\": []}",
        Some(Read),
        "a version's messages with an input put in",
    ),
    put(
        PIN,
        " {\"version\": \"\", \"duration\": \"4h\", \"reason\": \"\"}",
        Some(MoveLabels),
        "a label hands out another version for a time; a protected one for those who may move it",
    ),
    delete(PIN, "", Some(MoveLabels), "the label hands out what Git says again"),
    get(
        "/v1/search",
        "?q&collection&tag&label&status&owner&client&versions=all&facets=true&ref&at&limit&cursor",
        Some(Read),
        "versions with these words",
    ),
    get("/v1/collections", "?ref&at&limit&cursor", Some(Read), "the collections"),
    get("/v1/tags", "?ref&at&limit&cursor", Some(Read), "the tags"),
    get("/v1/workflows", "?ref&at&limit&cursor", Some(Read), "the workflows"),
    get("/v1/workflows/{name}", "?ref&at", Some(Read), "one workflow"),
    post(
        "/v1/workflows/{name}/runs",
        " {\"input\": {}, \"idempotency_key\": \"\"}",
        Some(RunWorkflows),
        "a run of a published workflow is started",
    ),
    get(
        "/v1/runs",
        "?workflow&status=queued|running|succeeded|failed|timed_out|cancelled&limit&cursor",
        Some(ReadReports),
        "runs, the newest first; what went in and came out for those who may `run_workflows`",
    ),
    get(
        "/v1/runs/{id}",
        "",
        Some(ReadReports),
        "one run with its steps; their values for those who may `run_workflows`",
    ),
    post("/v1/runs/{id}/cancel", "", Some(RunWorkflows), "a run is ended"),
    get(
        "/v1/runs/{id}/events",
        "?after",
        Some(ReadReports),
        "what a run does, as server-sent events, until it has ended",
    ),
    get("/v1/models", "?ref&at&limit&cursor", Some(Read), "the model profiles; where a key is found, never the key"),
    get("/v1/clients/{name}", "?ref&at", Some(Read), "one client config"),
    get("/v1/policies", "?ref&at&limit&cursor", Some(Read), "the safety policies"),
    get("/v1/users", "?ref&at&limit&cursor", Some(Read), "the users; e-mail addresses for those who may `administer`"),
    get("/v1/me", "", None, "who the caller is, and what they may do"),
    get("/v1/proposals", "?limit&cursor", Some(ReadDrafts), "drafts and requests"),
    get("/v1/audit", "?actor&entity&action&since&until&limit&cursor", Some(ReadAudit), "who did what"),
    get("/v1/proposals/{*id}", "", Some(ReadDrafts), "one proposal, with what it changes"),
    get("/v1/events", "?prompt&after", Some(Read), "every commit that comes to be served, as server-sent events"),
    get(
        "/v1/prompts/{name}/usage",
        "?from&to&bucket=hour|day|week|month&group=version|client|project|user",
        Some(ReadReports),
        "how often a prompt was used",
    ),
    get("/v1/usage", "?from&to&limit", Some(ReadReports), "the prompts that were used most"),
    post("/v1/usage", "", Some(RecordUsage), "usage events are recorded"),
    get("/v1/prompts/{name}/quality", "?from&to", Some(ReadReports), "how the versions of a prompt do"),
    get(
        "/v1/executions",
        "?prompt&version&status=success|error|timeout&limit&cursor",
        Some(ReadReports),
        "model calls, the newest first, without what went in and came out",
    ),
    get("/v1/executions/{id}", "", Some(ReadReports), "one model call"),
    post("/v1/executions", "", Some(RecordUsage), "model calls are recorded"),
    get("/v1/feedback", "?prompt&version&rating&limit&cursor", Some(ReadReports), "feedback, the newest first"),
    post("/v1/feedback", "", Some(RecordUsage), "feedback is recorded"),
    post("/v1/sync", "", Some(Sync), "the repository is looked at now"),
    post("/v1/forge/{forge}", "", None, "a forge's webhook, which its own signature lets in"),
    get("/v1/sign-in", "?return_to", None, "a browser is sent to the identity provider"),
    get(CALLBACK, "?code&state", None, "a browser comes back from there, and a session begins"),
    post("/v1/sign-out", "", None, "a session ends, for a page of this server"),
    get("/v1/status", "", Some(Read), "what is served, what is held back, and why"),
    get("/healthz", "", None, "whether the process lives"),
    get("/readyz", "", None, "whether anything is served, and how old it is"),
    get("/metrics", "", Some(Read), "what is counted, for Prometheus"),
];

/// What may be asked of a path that is matched with a pattern.
pub(super) fn routes_of(pattern: &str) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| route.pattern == pattern)
}

/// The document about who may do what: the table of routes, and what is decided elsewhere.
#[must_use]
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    for Route { method, pattern, needs, about, .. } in ROUTES {
        let needs = needs.map_or("anybody".to_owned(), |needs| format!("`{}`", needs.as_str()));
        text += &format!("| `{method} {pattern}` | {needs} | {about} |\n");
    }
    text + VERBS
}

const HEAD: &str = "<!-- Made from the table in src/http/access.rs; the tests say how it is made anew. -->
# Who may do what

A route needs one permission; `?ref=` and `?at=` need `read_drafts` besides. Roles in `roles/*.yaml` give permissions, and
`users/*.yaml` say who has which role.

| route | needs | answers |
|---|---|---|
";

const VERBS: &str = "
## Verbs of the command line

A verb that works on a repository asks no server: who may write the files, push the branch and sign is decided by the file
system, Git and the forge, and what counts of it by `[approval]` in `registry.toml`. What these verbs ask of your own roles:

| verb | needs |
|---|---|
| `submit` | `propose` |
| `approve`, `reject` | what `[approval]` says, and no permission |
| `merge` | `merge` |
| `promote` | `move_labels`, where the commit is to count without a review under `verified` |
| `deprecate`, `yank`, `revoke`, `restore`, `archive` | `deprecate`, where the commit is to count without a review under `verified` |
| `promote --pin`, `--unpin` | none: who may write to the server's database may |
| `keys revoke` | `administer` for the keys of others |
| `watch` | `read` on the server that it asks |
";
