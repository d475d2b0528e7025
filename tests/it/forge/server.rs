//! A forge as far as comments go: it keeps them, and writes down what it was asked.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What is known of a forge while it is asked.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The comments, each `{id, body}`.
    pub(super) comments: Vec<Value>,
    /// `METHOD path` of each request, and who asked.
    pub(super) asked: Vec<String>,
    /// Whether nothing may be written, as for a pull request from a fork.
    pub(super) is_read_only: bool,
}

/// A forge that is stopped when the test ends.
pub(super) struct Forge {
    pub(super) url: String,
    known: Arc<Mutex<Known>>,
    _runtime: tokio::runtime::Runtime,
}

impl Forge {
    pub(super) fn start(comments: &[(u64, &str)]) -> Self {
        let comments = comments.iter().map(|(id, body)| comment(*id, &json!(body), "ben")).collect();
        let known = Arc::new(Mutex::new(Known { comments, ..Known::default() }));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&known));
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, known, _runtime: runtime }
    }

    pub(super) fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap())
    }
}

/// A comment as GitHub, Gitea and GitLab have it.
fn comment(id: u64, body: &Value, by: &str) -> Value {
    json!({"id": id, "body": body, "user": {"login": by}, "author": {"id": by.len()}})
}

/// Who the token stands for.
const ROBOT: &str = "github-actions[bot]";

async fn answer(
    State(known): State<Arc<Mutex<Known>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut known = known.lock().unwrap();
    let who = headers.get("authorization").or_else(|| headers.get("private-token"));
    known.asked.push(format!("{method} {} by {}", uri.path(), who.unwrap().to_str().unwrap()));
    if uri.path() == "/user" {
        // GitHub does not tell the token of a run who it is; GitLab does.
        return match headers.contains_key("private-token") {
            true => (StatusCode::OK, json!({"id": ROBOT.len()}).to_string()),
            false => (StatusCode::FORBIDDEN, "{}".to_owned()),
        };
    }
    if method == Method::GET {
        let is_first = !uri.query().unwrap_or_default().contains("page=2");
        let page = if is_first { known.comments.clone() } else { Vec::new() };
        return (StatusCode::OK, Value::from(page).to_string());
    }
    if known.is_read_only {
        return (StatusCode::FORBIDDEN, json!({"message": "Resource not accessible by integration"}).to_string());
    }
    let sent: Value = serde_json::from_slice(&body).unwrap();
    let id = uri.path().rsplit('/').next().and_then(|last| last.parse::<u64>().ok());
    let id = id.filter(|_| method != Method::POST);
    let at = known.comments.iter().position(|comment| id.is_some_and(|id| comment["id"] == id));
    match at {
        Some(at) => known.comments[at]["body"] = sent["body"].clone(),
        None => {
            let id = 100 + known.comments.len() as u64;
            known.comments.push(comment(id, &sent["body"], ROBOT));
        }
    }
    (StatusCode::CREATED, "{}".to_owned())
}
