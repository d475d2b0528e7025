//! The routes: each reads its parameters, asks `app`, and replies.

use super::{
    Options,
    access::{PIN, ROUTES},
    audit::audit,
    counts::{self, Counts},
    error::{Problem, in_our_words},
    events::events,
    extract::{Body, Params, Path},
    forge::{self, Forges},
    guard::{self, Anonymous},
    history::history,
    metrics::metrics,
    people, pin,
    proposals::{proposal, proposals, provenance},
    quality,
    reply::{self, reply},
    runs,
    search::search,
    sign_in,
    sync::sync,
    usage,
};
use crate::{
    app::{self, Answer, App, Current, Error, Parameters, Query, Request, Trouble},
    domain::{Filter, Listing, PromptName, PromptStatus, Which},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post, put},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{str::FromStr, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

/// The most bytes of a request's body.
pub(super) const BODY_BYTES: usize = 1 << 20;

/// How long any answer may take, its body read and the answer made.
const ANSWER_TIME: Duration = Duration::from_secs(120);

/// How many items a page has where nobody says.
const ITEMS: usize = 100;

/// What every route is answered with.
#[derive(Clone)]
pub(super) struct Door {
    /// What answers.
    pub app: Arc<App>,
    /// What those may do who do not say who they are.
    pub anonymous: Anonymous,
    /// What callers may do, and for how long.
    pub options: Options,
    pub counts: Arc<Counts>,
    /// What the door for forges remembers.
    pub forges: Forges,
    /// A place for each subscriber of events.
    pub subscribers: Arc<Semaphore>,
    /// Whether the server is about to stop.
    pub stopping: watch::Receiver<bool>,
}

pub(super) type Result<T = Response> = std::result::Result<T, Problem>;

/// The routes, and the patterns by which they are counted.
#[derive(Default)]
struct Routes {
    router: Router<Door>,
    patterns: Vec<&'static str>,
}

impl Routes {
    fn route(mut self, pattern: &'static str, to: MethodRouter<Door>) -> Self {
        self.patterns.push(pattern);
        Self { router: self.router.route(pattern, to), ..self }
    }
}

pub(super) fn router(
    app: Arc<App>,
    options: Options,
    anonymous: Anonymous,
    stopping: watch::Receiver<bool>,
) -> (Router, Arc<Counts>) {
    let Routes { router, patterns } = Routes::default()
        .route("/", get(index))
        .route("/v1/prompts", get(prompts))
        .route("/v1/prompts/{name}", get(prompt))
        .route("/v1/prompts/{name}/versions", get(versions))
        .route("/v1/prompts/{name}/versions/{version}", get(version))
        .route("/v1/prompts/{name}/versions/{version}/provenance", get(provenance))
        .route("/v1/prompts/{name}/diff", get(diff))
        .route("/v1/prompts/{name}/history", get(history))
        .route("/v1/prompts/{name}/render", post(render))
        .route(PIN, put(pin::pin).delete(pin::unpin))
        .route("/v1/search", get(search))
        .route("/v1/collections", get(collections))
        .route("/v1/tags", get(tags))
        .route("/v1/workflows", get(workflows))
        .route("/v1/workflows/{name}", get(workflow))
        .route("/v1/workflows/{name}/runs", post(runs::start))
        .route("/v1/runs", get(runs::runs))
        .route("/v1/runs/{id}", get(runs::run))
        .route("/v1/runs/{id}/cancel", post(runs::cancel))
        .route("/v1/runs/{id}/events", get(runs::look_on))
        .route("/v1/models", get(people::models))
        .route("/v1/clients/{name}", get(people::client))
        .route("/v1/policies", get(people::policies))
        .route("/v1/users", get(people::users))
        .route("/v1/me", get(people::me))
        .route("/v1/proposals", get(proposals))
        .route("/v1/audit", get(audit))
        .route("/v1/proposals/{*id}", get(proposal))
        .route("/v1/events", get(events))
        .route("/v1/usage", get(usage::most_used).post(usage::record))
        .route("/v1/prompts/{name}/usage", get(usage::usage))
        .route("/v1/prompts/{name}/quality", get(quality::quality))
        .route("/v1/executions", get(quality::executions).post(quality::record_executions))
        .route("/v1/executions/{id}", get(quality::execution))
        .route("/v1/feedback", get(quality::feedback).post(quality::record_feedback))
        .route("/v1/sync", post(sync))
        .route("/v1/forge/{forge}", post(forge::forge))
        .route("/v1/sign-in", get(sign_in::begin))
        .route(sign_in::CALLBACK, get(sign_in::finish))
        .route("/v1/sign-out", post(sign_in::end))
        .route("/v1/status", get(status))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics));
    let counts = Arc::new(Counts::new(&patterns));
    let subscribers = Arc::new(Semaphore::new(options.subscribers));
    let forges = Forges::default();
    let door = Door { app, anonymous, options, counts: Arc::clone(&counts), forges, subscribers, stopping };
    let router = router
        .route_layer(middleware::from_fn_with_state(door.clone(), guard::guard))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "not found", "there is no such route; / lists them") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed", "this route does not answer this method")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::from_fn_with_state(Arc::clone(&counts), counts::count))
        .with_state(door);
    (router, counts)
}

/// Gives up on an answer that takes too long, so that no connection is held for good.
async fn in_time(request: axum::extract::Request, next: Next) -> Response {
    tokio::time::timeout(ANSWER_TIME, next.run(request)).await.unwrap_or_else(|_| {
        let detail = format!("no answer was ready within {} s: ask again", ANSWER_TIME.as_secs());
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too slow", detail).into_response()
    })
}

/// The parameters that choose a version and a state.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Selection {
    label: Option<String>,
    version: Option<String>,
    digest: Option<String>,
    key: Option<String>,
    client: Option<String>,
    r#ref: Option<String>,
    at: Option<String>,
}

/// The parameters that choose a state.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Moment {
    pub r#ref: Option<String>,
    pub at: Option<String>,
}

/// The parameters that choose a state, and two versions of a prompt in it, each by its number or a label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    from: String,
    to: String,
    r#ref: Option<String>,
    at: Option<String>,
}

/// The parameters that choose a state, and a page of a list of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paged {
    r#ref: Option<String>,
    at: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListParameters {
    collection: Option<String>,
    tag: Option<String>,
    label: Option<String>,
    status: Option<PromptStatus>,
    owner: Option<String>,
    q: Option<String>,
    client: Option<String>,
    r#ref: Option<String>,
    at: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

impl Selection {
    fn split(self) -> (Parameters, Moment) {
        let Self { label, version, digest, key, client, r#ref, at } = self;
        (Parameters { label, version, digest, key, client }, Moment { r#ref, at })
    }
}

impl Paged {
    pub(super) fn split(self) -> Result<(Moment, Option<String>, usize)> {
        let Self { r#ref, at, limit: asked, cursor } = self;
        Ok((Moment { r#ref, at }, cursor, limit(asked, ITEMS)?))
    }
}

impl Door {
    /// The state that is meant: the current one, that of a ref, or that of a time.
    pub(super) async fn state(&self, moment: &Moment) -> Result<Arc<Current>> {
        let asked = match (&moment.r#ref, &moment.at) {
            (None, None) => return Ok(self.app.current()),
            (Some(_), Some(_)) => return Err(Error::Conflict("ref and at".to_owned()).into()),
            (Some(name), None) => (name.clone(), true),
            (None, Some(time)) => (time.clone(), false),
        };
        let app = Arc::clone(&self.app);
        blocking(move || if asked.1 { app.at_ref(&asked.0) } else { app.at_time(&asked.0) }).await
    }
}

/// Runs what reads Git or takes its time where it holds nobody up.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, Error> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => {
            tracing::error!(%error, "a request failed");
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error", "the server's log says what failed"))
        }
    }
}

fn send(current: &Current, answer: &Answer, headers: &HeaderMap) -> Response {
    reply(current, answer, headers).map(axum::body::Body::new)
}

pub(super) fn send_value(current: &Current, value: &impl Serialize, headers: &HeaderMap) -> Response {
    send(current, &Answer::of(value, false), headers)
}

/// Turns `renamed` into a redirect to the same question under the new name.
pub(super) fn redirecting<T>(result: Result<T>, uri: &Uri) -> Result<T> {
    result.map_err(|problem| match problem.new_name() {
        Some(new) => {
            // The old name may stand there in another spelling (`%67reet`): what follows it is what is kept.
            let after = uri.path().strip_prefix("/v1/prompts/").and_then(|path| path.split_once('/'));
            let after = after.map(|(_, rest)| format!("/{rest}")).unwrap_or_default();
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            let place = format!("/v1/prompts/{new}{after}{query}");
            problem.moved_to(place)
        }
        None => problem,
    })
}

/// The number of items that is asked for.
pub(super) fn limit(asked: Option<usize>, otherwise: usize) -> Result<usize> {
    match asked.unwrap_or(otherwise) {
        limit @ 1..=app::PAGE => Ok(limit),
        other => Err(wrong("limit", format!("{other} is not between 1 and {}", app::PAGE)).into()),
    }
}

pub(super) fn wrong(field: &str, reason: String) -> Error {
    Error::Parameter { field: field.to_owned(), reason }
}

pub(super) fn parameter<T: FromStr<Err = crate::domain::NameError>>(
    field: &str,
    text: Option<String>,
) -> Result<Option<T>> {
    Ok(text.map(|text| text.parse()).transpose().map_err(|error| Error::parameter(field, &error))?)
}

async fn prompt(
    State(door): State<Door>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Params(selection): Params<Selection>,
) -> Result {
    let (parameters, moment) = selection.split();
    let query = Query::read(&name, parameters)?;
    let current = door.state(&moment).await?;
    query.check_client(&current.registry)?;
    let answer = redirecting(current.fetch(&query).map_err(Problem::from), &uri)?;
    usage::count(&door, &current, &query, &headers);
    Ok(send(&current, &answer, &headers))
}

async fn version(
    State(door): State<Door>,
    Path((name, version)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    Params(moment): Params<Moment>,
) -> Result {
    let query = Query::read(&name, Parameters { version: Some(version), ..Parameters::default() })?;
    let current = door.state(&moment).await?;
    if !matches!(query.selector.which, Which::Exact(_)) {
        let reason = "give one exact number here; ranges go to ?version= of the prompt".to_owned();
        return Err(wrong("version", reason).into());
    }
    let answer = redirecting(current.fetch(&query).map_err(Problem::from), &uri)?;
    usage::count(&door, &current, &query, &headers);
    Ok(send(&current, &answer, &headers))
}

async fn versions(
    State(door): State<Door>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Params(asked): Params<Paged>,
) -> Result {
    // The newest comes first, so that the cursor is a count.
    let no_cursor = || wrong("cursor", "give the `next_cursor` of the page before".to_owned());
    let skip = asked.cursor.as_deref().map(|cursor| cursor.parse::<usize>().map_err(|_| no_cursor()));
    let skip = skip.transpose()?.unwrap_or(0);
    let limit = limit(asked.limit, app::PAGE)?;
    let current = door.state(&Moment { r#ref: asked.r#ref, at: asked.at }).await?;
    let parsed: PromptName = name.parse().map_err(|error| Error::parameter("name", &error))?;
    let items = redirecting(current.versions(&parsed).map_err(Problem::from), &uri)?;
    let end = skip.saturating_add(limit);
    let next_cursor = (end < items.len()).then(|| end.to_string());
    let page = app::Page { items: items.into_iter().skip(skip).take(limit).collect(), next_cursor };
    Ok(send_value(&current, &page, &headers))
}

async fn diff(
    State(door): State<Door>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Params(asked): Params<Compared>,
) -> Result {
    let current = door.state(&Moment { r#ref: asked.r#ref, at: asked.at }).await?;
    let parsed: PromptName = name.parse().map_err(|error| Error::parameter("name", &error))?;
    let state = Arc::clone(&current);
    let compared = blocking(move || app::compare_versions(&state, &parsed, (&asked.from, &asked.to), ("from", "to")));
    Ok(send_value(&current, &redirecting(compared.await, &uri)?, &headers))
}

async fn prompts(State(door): State<Door>, headers: HeaderMap, Params(asked): Params<ListParameters>) -> Result {
    let listing = Listing {
        collection: parameter("collection", asked.collection)?,
        tag: parameter("tag", asked.tag)?,
        label: parameter("label", asked.label)?,
        status: asked.status,
        owner: parameter("owner", asked.owner)?,
        client: Filter::default(),
    };
    let client = parameter("client", asked.client)?;
    let current = door.state(&Moment { r#ref: asked.r#ref, at: asked.at }).await?;
    let listing = Listing { client: current.filter_of(client.as_ref())?, ..listing };
    let items = current.prompts(&listing, asked.q.as_deref());
    let limit = limit(asked.limit, ITEMS)?;
    let page = app::page(items, |item| item.name(), asked.cursor.as_deref(), limit);
    Ok(send_value(&current, &page, &headers))
}

async fn render(
    State(door): State<Door>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Params(selection): Params<Selection>,
    Body(body): Body,
) -> Result {
    let (parameters, moment) = selection.split();
    let query = Query::read(&name, parameters)?;
    let request = read(body)?;
    let current = door.state(&moment).await?;
    query.check_client(&current.registry)?;
    let (state, asked) = (Arc::clone(&current), query.clone());
    let rendered = blocking(move || state.render(&asked, request)).await;
    let rendered = redirecting(rendered, &uri).map_err(Problem::with_same_method)?;
    usage::count(&door, &current, &query, &headers);
    Ok(reply::unkept(&current, Json(rendered).into_response()))
}

/// What is to be rendered, out of a body that is an object: a list would be taken for its fields in order.
fn read(body: Map<String, Value>) -> Result<Request> {
    let wrong = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "malformed body", detail);
    if body.get("input").is_some_and(|input| !input.is_object()) {
        return Err(wrong("input: give a JSON object with the variables".to_owned()));
    }
    serde_json::from_value(Value::Object(body)).map_err(|error| wrong(in_our_words(&error.to_string())))
}

async fn collections(State(door): State<Door>, headers: HeaderMap, Params(asked): Params<Paged>) -> Result {
    let (moment, cursor, limit) = asked.split()?;
    let current = door.state(&moment).await?;
    let page = app::page(current.collections(), |item| item.path(), cursor.as_deref(), limit);
    Ok(send_value(&current, &page, &headers))
}

async fn tags(State(door): State<Door>, headers: HeaderMap, Params(asked): Params<Paged>) -> Result {
    let (moment, cursor, limit) = asked.split()?;
    let current = door.state(&moment).await?;
    let page = app::page(current.tags(), |item| item.name(), cursor.as_deref(), limit);
    Ok(send_value(&current, &page, &headers))
}

async fn workflows(State(door): State<Door>, headers: HeaderMap, Params(asked): Params<Paged>) -> Result {
    let (moment, cursor, limit) = asked.split()?;
    let current = door.state(&moment).await?;
    let page = app::page(current.workflows(), |item| item.name(), cursor.as_deref(), limit);
    Ok(send_value(&current, &page, &headers))
}

async fn workflow(
    State(door): State<Door>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Params(moment): Params<Moment>,
) -> Result {
    let current = door.state(&moment).await?;
    let missing = || Error::Missing { what: "workflow", name: name.clone() };
    let item = current.workflow(&name).ok_or_else(missing)?;
    Ok(send_value(&current, &item, &headers))
}

async fn status(State(door): State<Door>, headers: HeaderMap) -> Result {
    let app = Arc::clone(&door.app);
    let mut overview = blocking(move || Ok(app.overview())).await?;
    overview.trouble = overview.trouble.map(Trouble::in_public);
    Ok(send_value(&door.app.current(), &overview, &headers))
}

async fn ready(State(door): State<Door>) -> Response {
    let (current, meter) = (door.app.current(), door.app.meter());
    let commit = current.commit.map(|commit| commit.to_string());
    let age = meter.age();
    // What was approved is served, however old it is: who would take it away for that has its own clock.
    let mut said = json!({
        "ready": true, "commit": commit, "looked_at": meter.looked_at(), "age_seconds": age.as_secs(), "stale": false,
        "trouble": door.app.trouble().map(Trouble::in_public),
    });
    if let Some(most) = door.options.max_age.filter(|most| age > *most) {
        let reason = format!("the repository was not looked at with success for more than {} s", most.as_secs());
        said["stale"] = true.into();
        said["reason"] = reason.into();
    }
    Json(said).into_response()
}

async fn index(State(door): State<Door>, headers: HeaderMap) -> Response {
    let routes: Vec<_> =
        ROUTES.iter().map(|route| format!("{} {}{}", route.method, route.pattern, route.given)).collect();
    let about = json!({"promptreg": env!("CARGO_PKG_VERSION"), "routes": routes});
    send_value(&door.app.current(), &about, &headers)
}
