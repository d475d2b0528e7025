//! The front: one hyper connection after another, the commonest question answered before any router sees it.

use super::{
    patience::{self, Patience},
    reply::reply,
    routes,
};
use crate::app::App;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::{Method, Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::TokioIo,
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt as _;

/// How long a caller may take to send the head of a request, and the server to finish its last answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 8_192;

/// What callers may do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether anyone may read what is not approved: `?ref=` and `?at=`.
    pub read_drafts: bool,
    /// How long a caller may take to send the body of a request; 408 after that.
    pub body_time: Duration,
}

impl Default for Options {
    /// No drafts, and half a minute for a body.
    fn default() -> Self {
        Self { read_drafts: false, body_time: PATIENCE }
    }
}

type Reply = Response<Either<Full<Bytes>, Body>>;

/// Serves until `stop` resolves, then lets the open answers finish. A listener that fails is tried again.
pub async fn serve(app: Arc<App>, listener: TcpListener, options: Options, stop: impl Future<Output = ()>) {
    let router = routes::router(Arc::clone(&app), options);
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
            Ok((stream, _)) => {
                let connection = connection(stream, Arc::clone(&app), router.clone(), graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
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
    let _ = tokio::time::timeout(PATIENCE, graceful.shutdown()).await;
}

/// Serves one connection to its end.
async fn connection(stream: TcpStream, app: Arc<App>, router: axum::Router, watcher: Watcher) {
    let _ = stream.set_nodelay(true);
    // What is answered at once is answered before there is a future, so that it costs no clone and no big state.
    let service = service_fn(move |request| {
        let ready = at_once(&app, &request).ok_or_else(|| (router.clone(), request));
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

async fn answer(ready: Result<Response<Full<Bytes>>, (axum::Router, Request<Incoming>)>) -> Result<Reply, Infallible> {
    match ready {
        Ok(response) => Ok(response.map(Either::Left)),
        Err((router, request)) => Ok(Box::pin(router.oneshot(request)).await?.map(Either::Right)),
    }
}

/// The answer to `GET /v1/prompts/{name}`, bare or with one plain `label` or `version`, if there is one.
///
/// Everything else, and every error, is the router's business.
fn at_once(app: &App, request: &Request<Incoming>) -> Option<Response<Full<Bytes>>> {
    if request.method() != Method::GET {
        return None;
    }
    let name = request.uri().path().strip_prefix("/v1/prompts/")?;
    let current = app.peek();
    let answer = match request.uri().query() {
        None => current.by_label(name, None),
        Some(query) => match query.split_once('=')? {
            ("label", label) => current.by_label(name, Some(label)),
            ("version", number) => current.by_number(name, number),
            _ => None,
        },
    };
    Some(reply(&current, answer?, request.headers()))
}
