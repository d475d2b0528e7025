//! The front: one hyper connection after another, the commonest question answered before any router sees it.

use super::{
    counts::Counts,
    forge::Secrets,
    guard::{self, Anonymous, Peer},
    parts::Parts,
    patience::{self, Patience},
    reply::reply,
    routes,
    sign_in::SignIn,
    usage,
};
use crate::{app::App, domain::Permission};
use axum::body::Body;
use http_body_util::Either;
use hyper::{
    Method, Request, Response, body::Incoming, header::AUTHORIZATION, server::conn::http1, service::service_fn,
};
use hyper_util::{
    rt::TokioIo,
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{
    convert::Infallible,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tower::ServiceExt as _;

/// How long a caller may take to send the head of a request, and the server to finish its last answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 8_192;

/// What callers may do without a token, and how they are answered.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether anyone may read what is approved; on loopback anyone may.
    pub anonymous_read: bool,
    /// Whether those who may read without a token may read what is not approved too, and who did what.
    pub read_drafts: bool,
    /// How long a caller may take to send the body of a request; 408 after that.
    pub body_time: Duration,
    /// Whether anyone may have the repository looked at by `POST /v1/sync`; on loopback anyone may.
    pub allow_sync: bool,
    /// From which age on `/readyz` calls what is served stale; never where there is none.
    pub max_age: Option<Duration>,
    /// The most who are told of events at a time, of the registry and of runs; 503 for more.
    pub subscribers: usize,
    /// What forges sign their requests with; 403 for those that have no secret.
    pub secrets: Arc<Secrets>,
    /// How people sign in with a browser; 404 where they cannot.
    pub sign_in: Option<Arc<SignIn>>,
}

impl Default for Options {
    /// No drafts, half a minute for a body, no syncs for others, nothing is stale, 1,024 subscribers, no forges and no signing in.
    fn default() -> Self {
        Self {
            anonymous_read: false,
            read_drafts: false,
            body_time: PATIENCE,
            allow_sync: false,
            max_age: None,
            subscribers: 1_024,
            secrets: Arc::default(),
            sign_in: None,
        }
    }
}

type Reply = Response<Either<Parts, Body>>;

/// Serves until `stop` resolves, then lets the open answers finish. A listener that fails is tried again.
pub async fn serve(app: Arc<App>, listener: TcpListener, options: Options, stop: impl Future<Output = ()>) {
    let is_local = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    let anonymous = Anonymous::new(&options, is_local);
    let sign_in = options.sign_in.clone();
    let stopping = watch::Sender::new(false);
    let (router, counts) = routes::router(Arc::clone(&app), options, anonymous, stopping.subscribe());
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, from)) => {
                let counted = counts.connected();
                let watcher = graceful.watcher();
                let serving = Serving {
                    app: Arc::clone(&app),
                    anonymous,
                    sign_in: sign_in.clone(),
                    router: router.clone(),
                    counts: Arc::clone(&counts),
                };
                let connection = connection(stream, Peer(from.ip()), serving, watcher);
                tokio::spawn(async move {
                    connection.await;
                    drop((place, counted));
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: a moment later some are free again.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    // Whoever is told of events would be told for ever.
    stopping.send_replace(true);
    let _ = tokio::time::timeout(PATIENCE, graceful.shutdown()).await;
}

/// What every connection is served with.
struct Serving {
    app: Arc<App>,
    anonymous: Anonymous,
    sign_in: Option<Arc<SignIn>>,
    router: axum::Router,
    counts: Arc<Counts>,
}

/// Serves one connection to its end.
async fn connection(stream: TcpStream, peer: Peer, serving: Serving, watcher: Watcher) {
    let Serving { app, anonymous, sign_in, router, counts } = serving;
    let _ = stream.set_nodelay(true);
    // What is answered at once is answered before there is a future, so that it costs no clone and no big state.
    let service = service_fn(move |mut request: Request<Incoming>| {
        let since = Instant::now();
        let ready = at_once(&app, anonymous, sign_in.as_deref(), &request).ok_or_else(|| {
            request.extensions_mut().insert(peer);
            (router.clone(), request)
        });
        if let Ok(response) = &ready {
            counts.in_front(response.status(), since.elapsed());
        }
        answer(ready)
    });
    let connection = http1::Builder::new()
        .timer(Patience)
        .header_read_timeout(PATIENCE)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = patience::look_after(watcher.watch(connection)).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(ready: Result<Response<Parts>, (axum::Router, Request<Incoming>)>) -> Result<Reply, Infallible> {
    match ready {
        Ok(response) => Ok(response.map(Either::Left)),
        Err((router, request)) => Ok(Box::pin(router.oneshot(request)).await?.map(Either::Right)),
    }
}

/// The answer to `GET /v1/prompts/{name}`, bare or with one plain `label` or `version`, if there is one.
///
/// Everything else, and every error, is the router's business.
fn at_once(
    app: &App,
    anonymous: Anonymous,
    sign_in: Option<&SignIn>,
    request: &Request<Incoming>,
) -> Option<Response<Parts>> {
    if request.method() != Method::GET || request.headers().contains_key(usage::CLIENT) {
        return None;
    }
    let name = request.uri().path().strip_prefix("/v1/prompts/")?;
    let is_open = anonymous.of(request.headers()).has(Permission::Read);
    if !is_open || request.headers().contains_key(AUTHORIZATION) {
        let caller = guard::caller(app, request.headers(), anonymous, sign_in).ok()?;
        caller.permissions.has(Permission::Read).then_some(())?;
    }
    let current = app.peek();
    let answer = match request.uri().query() {
        None => current.by_label(name, None),
        Some(query) => match query.split_once('=')? {
            ("label", label) => current.by_label(name, Some(label)),
            ("version", number) => current.by_number(name, number),
            _ => None,
        },
    };
    let mut response = reply(&current, answer?, request.headers());
    if !is_open {
        guard::of_caller(response.headers_mut());
    }
    Some(response)
}
