//! The session with one editor: what it can do, which registry it works in, and what it was told.

use super::{
    Error,
    folder::{Folder, Open},
    lines::Unit,
    publish::{self, Told},
    requests::{self, Desk},
    uri, wire,
};
use crate::{
    domain::Diagnostic,
    files::{self, Loaded},
    lint,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    InitializeParams, PositionEncodingKind, Uri,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{io::Write, path::Path, sync::Arc};

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    /// It does.
    On,
    /// The editor has said that it is over.
    Ended {
        /// Whether it had asked for that before, as it should.
        in_order: bool,
    },
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Before,
    Open,
    Closing,
}

/// What the editor can do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Client {
    /// What it counts columns in.
    pub(super) unit: Unit,
    /// Whether it shows other places that matter.
    pub(super) related: bool,
    /// Whether it can be asked to watch files.
    watches: bool,
}

/// All files as they are, and what the rules find in them.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) loaded: Loaded,
    pub(super) findings: Vec<Diagnostic>,
}

/// One conversation.
pub(super) struct Session<W> {
    output: W,
    phase: Phase,
    client: Client,
    folder: Option<Folder>,
    /// What the rules find; `None` where something changed since.
    judged: Option<Judged>,
    /// What the registry says, broken files as they were before; `None` where something changed since.
    known: Option<Loaded>,
    told: Told,
    is_told: bool,
}

/// Whether a message changes what was judged.
pub(super) fn is_change(message: &Message) -> bool {
    let Message::Notification(notification) = message else { return false };
    matches!(
        &*notification.method,
        "textDocument/didOpen"
            | "textDocument/didChange"
            | "textDocument/didClose"
            | "textDocument/didSave"
            | "workspace/didChangeWatchedFiles"
    )
}

impl<W: Write> Session<W> {
    pub(super) fn new(output: W) -> Self {
        let client = Client::default();
        let told = Told::new();
        Self { output, phase: Phase::Before, client, folder: None, judged: None, known: None, told, is_told: true }
    }

    /// Takes one message, and answers it where it is a question.
    ///
    /// # Errors
    /// Where the answer cannot be written.
    pub(super) fn take(&mut self, message: Message) -> Result<Goes, Error> {
        match message {
            Message::Request(request) => {
                let response = self.answer(request);
                self.send(&Message::Response(response))?;
            }
            Message::Notification(notification) if notification.method == "exit" => {
                return Ok(Goes::Ended { in_order: self.phase == Phase::Closing });
            }
            Message::Notification(notification) if self.phase == Phase::Open => self.note(notification)?,
            Message::Notification(_) | Message::Response(_) => {}
        }
        Ok(Goes::On)
    }

    /// Whether the editor knows all that is found.
    pub(super) const fn is_told(&self) -> bool {
        self.is_told
    }

    /// Judges what changed since it was judged last.
    pub(super) fn judge(&mut self) {
        if let (None, Some(folder)) = (&self.judged, &self.folder) {
            let loaded = folder.loaded();
            let findings = lint::lint(&loaded);
            self.judged = Some(Judged { loaded, findings });
        }
    }

    /// Tells the editor what is found now and was not before, and what was found before and is not now.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn tell(&mut self) -> Result<(), Error> {
        self.is_told = true;
        let (Some(judged), Some(folder)) = (&self.judged, &self.folder) else { return Ok(()) };
        let now = publish::told(&judged.findings, &judged.loaded, folder, self.client);
        let changes = publish::changes(&self.told, &now, folder);
        self.told = now;
        changes.iter().try_for_each(|params| self.notify("textDocument/publishDiagnostics", params))
    }

    /// Puts a sentence into the editor's log.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn complain(&mut self, what: &str) -> Result<(), Error> {
        self.notify("window/logMessage", &json!({"type": 1, "message": format!("promptreg: {what}")}))
    }

    fn notify(&mut self, method: &str, params: &impl Serialize) -> Result<(), Error> {
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(&Message::Notification(Notification { method: method.to_owned(), params }))
    }

    fn send(&mut self, message: &Message) -> Result<(), Error> {
        wire::write(&mut self.output, message)
    }

    fn answer(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let refuse = |id, code: ErrorCode, why: String| Response::new_err(id, code as i32, why);
        match (self.phase, &*method) {
            (Phase::Before, "initialize") => match serde_json::from_value(params) {
                Ok(params) => ok(id, self.begin(&params)),
                Err(error) => refuse(id, ErrorCode::InvalidParams, error.to_string()),
            },
            (Phase::Before, _) => refuse(id, ErrorCode::ServerNotInitialized, "say `initialize` first".to_owned()),
            (Phase::Open, "shutdown") => {
                self.phase = Phase::Closing;
                ok(id, Value::Null)
            }
            (Phase::Open, method) => match self.ask(method, params) {
                Some(Ok(answer)) => ok(id, answer),
                Some(Err(error)) => refuse(id, ErrorCode::InvalidParams, error.to_string()),
                None => refuse(id, ErrorCode::MethodNotFound, format!("promptreg has no answer to `{method}`")),
            },
            (Phase::Closing, _) => refuse(id, ErrorCode::InvalidRequest, "the session is over".to_owned()),
        }
    }

    fn begin(&mut self, params: &InitializeParams) -> Value {
        self.phase = Phase::Open;
        self.client = Client::of(params);
        let rooted = root(params);
        if let Some(place) = rooted.as_ref().and_then(uri::path) {
            // What cannot be read is read again, and complained of, when a file is opened.
            let _ = self.look_for_registry(&place);
        }
        json!({
            "capabilities": requests::capabilities(self.client.unit),
            "serverInfo": {"name": "promptreg", "version": env!("CARGO_PKG_VERSION")},
        })
    }

    /// Works from now on in the registry that holds this path, where there is one and none was found yet.
    fn look_for_registry(&mut self, place: &Path) -> Result<(), String> {
        if self.folder.is_none() {
            self.folder = Folder::find(place).map_err(|error| error.to_string())?;
            self.changed();
        }
        Ok(())
    }

    fn changed(&mut self) {
        (self.judged, self.known, self.is_told) = (None, None, self.folder.is_none());
    }

    /// Takes what the editor tells; what it tells wrongly is passed over.
    fn note(&mut self, notification: Notification) -> Result<(), Error> {
        let Notification { method, params } = notification;
        let done = match &*method {
            "initialized" if self.client.watches => return self.watch(),
            "textDocument/didOpen" => with(params, |params| self.opened(params)),
            "textDocument/didChange" => with(params, |params| self.typed(params)),
            "textDocument/didClose" => with(params, |params: DidCloseTextDocumentParams| {
                self.in_folder(&params.text_document.uri, |folder, path| folder.close(path))
            }),
            // Whoever cannot watch files has to hear of what other programs did to them at some time.
            "textDocument/didSave" if !self.client.watches => self.acting(Folder::refresh),
            "workspace/didChangeWatchedFiles" => with(params, |params| self.watched(params)),
            _ => Ok(()),
        };
        done.or_else(|why| self.complain(&why))
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) -> Result<(), String> {
        let document = params.text_document;
        if let Some(path) = uri::path(&document.uri) {
            self.look_for_registry(&path)?;
        }
        self.put(document.uri, document.version, document.text)
    }

    fn typed(&mut self, mut params: DidChangeTextDocumentParams) -> Result<(), String> {
        // Every change is a whole text, as was agreed; the last one counts.
        match params.content_changes.pop().filter(|change| change.range.is_none()) {
            Some(change) => self.put(params.text_document.uri, params.text_document.version, change.text),
            None => Ok(()),
        }
    }

    fn watched(&mut self, params: DidChangeWatchedFilesParams) -> Result<(), String> {
        self.acting(|folder| {
            let paths: Vec<_> = params.changes.iter().filter_map(|change| folder.relative(&change.uri)).collect();
            folder.changed(&paths)
        })
    }

    fn put(&mut self, uri: Uri, version: i32, text: String) -> Result<(), String> {
        let open = Open { uri: uri.clone(), version, text: text.into() };
        self.in_folder(&uri, |folder, path| folder.put(path, open))
    }

    /// Changes something in the registry's folder, where the address is one of its files.
    fn in_folder(
        &mut self,
        uri: &Uri,
        act: impl FnOnce(&mut Folder, &Arc<str>) -> Result<(), files::Error>,
    ) -> Result<(), String> {
        self.acting(|folder| match folder.relative(uri) {
            Some(path) => act(folder, &path),
            None => Ok(()),
        })
    }

    /// Changes something in the registry's folder, where there is one.
    fn acting(&mut self, act: impl FnOnce(&mut Folder) -> Result<(), files::Error>) -> Result<(), String> {
        let Some(folder) = &mut self.folder else { return Ok(()) };
        let done = act(folder).map_err(|error| error.to_string());
        self.changed();
        done
    }

    fn watch(&mut self) -> Result<(), Error> {
        let watchers = ["**/*.yaml", "**/*.yml", "**/registry.toml"].map(|glob| json!({"globPattern": glob}));
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({"id": "files", "method": method, "registerOptions": {"watchers": watchers}});
        self.send(&Message::Request(Request {
            id: RequestId::from("watch".to_owned()),
            method: "client/registerCapability".to_owned(),
            params: json!({"registrations": [registration]}),
        }))
    }

    /// Answers a question; `None` where it is none that can be answered.
    fn ask(&mut self, method: &str, params: Value) -> Option<Result<Value, serde_json::Error>> {
        if method == requests::CODE_ACTION {
            self.judge();
        }
        let Some(folder) = &self.folder else {
            return requests::METHODS.contains(&method).then_some(Ok(Value::Null));
        };
        let known = self.known.get_or_insert_with(|| folder.known());
        let desk = Desk { folder, known, judged: self.judged.as_ref(), client: self.client };
        requests::answer(method, params, &desk)
    }
}

impl Client {
    fn of(params: &InitializeParams) -> Self {
        let abilities = &params.capabilities;
        let units = abilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
        let counts_bytes = units.is_some_and(|units| units.contains(&PositionEncodingKind::UTF8));
        let publish = abilities.text_document.as_ref().and_then(|text| text.publish_diagnostics.as_ref());
        let watched = abilities.workspace.as_ref().and_then(|space| space.did_change_watched_files.as_ref());
        Self {
            unit: if counts_bytes { Unit::Byte } else { Unit::Utf16 },
            related: publish.and_then(|publish| publish.related_information).unwrap_or_default(),
            watches: watched.and_then(|watched| watched.dynamic_registration).unwrap_or_default(),
        }
    }
}

/// The folder that the editor works in.
fn root(params: &InitializeParams) -> Option<Uri> {
    let folders = params.workspace_folders.as_deref().unwrap_or_default();
    #[expect(deprecated, reason = "editors that know no workspace folders say it there")]
    let old = params.root_uri.clone();
    folders.first().map(|folder| folder.uri.clone()).or(old)
}

/// Reads what a notification says and acts on it.
fn with<P: DeserializeOwned>(params: Value, act: impl FnOnce(P) -> Result<(), String>) -> Result<(), String> {
    act(serde_json::from_value(params).map_err(|error| error.to_string())?)
}

fn ok(id: RequestId, answer: Value) -> Response {
    Response { id, response_result: Ok(answer) }
}
