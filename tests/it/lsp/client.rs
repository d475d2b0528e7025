//! An editor as small as one can be: it speaks with the real binary over its standard input and output.

use crate::harness::{Registry, binary};
use serde_json::{Value, json};
use std::{
    io::{BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

/// How long a test waits for what should come at once.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Editor {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    inbox: Receiver<Value>,
    /// What came and was not asked for yet.
    kept: Vec<Value>,
    root: PathBuf,
    ids: i32,
    pub(crate) versions: i32,
    /// What `initialize` answered.
    pub(crate) greeting: Value,
}

impl Editor {
    /// Starts the server in a registry, with what most editors can do.
    pub(crate) fn new(registry: &Registry) -> Self {
        Self::with(registry, &json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}}))
    }

    pub(crate) fn with(registry: &Registry, capabilities: &Value) -> Self {
        let root = registry.path();
        let mut editor = Self::silent(root.clone());
        let folders = json!([{"uri": format!("file://{}", root.display()), "name": "registry"}]);
        let params =
            json!({"processId": null, "rootUri": null, "workspaceFolders": folders, "capabilities": capabilities});
        editor.greeting = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        editor
    }

    /// Starts the server and says nothing.
    pub(crate) fn silent(root: PathBuf) -> Self {
        let mut command = binary(&root);
        let mut child =
            command.arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (sender, inbox) = channel();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            while let Some(message) = read(&mut out) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, inbox, kept: Vec::new(), root, ids: 0, versions: 0, greeting: Value::Null }
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.root.display())
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({"method": method, "params": params}));
    }

    /// Asks and waits for the answer: its result, or its error.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.ids += 1;
        let id = self.ids;
        self.send(json!({"id": id, "method": method, "params": params}));
        let mut answer = self.until(|message| message["id"] == id && message.get("method").is_none());
        if answer.get("error").is_some() { answer["error"].take() } else { answer["result"].take() }
    }

    /// The first message that is wanted, of those that came and those that will.
    pub(crate) fn until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&is_wanted) {
            return self.kept.remove(at);
        }
        let since = Instant::now();
        loop {
            let left = DEADLINE.saturating_sub(since.elapsed());
            let message =
                self.inbox.recv_timeout(left).unwrap_or_else(|_| panic!("it never came; there was {:#?}", self.kept));
            if is_wanted(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    pub(crate) fn open(&mut self, path: &str, text: &str) {
        self.versions += 1;
        let document = json!({"uri": self.uri(path), "languageId": "yaml", "version": self.versions, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub(crate) fn change(&mut self, path: &str, text: &str) {
        self.versions += 1;
        let document = json!({"uri": self.uri(path), "version": self.versions});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"text": text}]}));
    }

    /// What is told next of a file, each finding on a line.
    pub(crate) fn findings(&mut self, path: &str) -> String {
        let uri = self.uri(path);
        let told = self
            .until(|message| message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri);
        let all = told["params"]["diagnostics"].as_array().unwrap();
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Opens a text with the cursor at `‸`, and asks.
    pub(crate) fn at(&mut self, path: &str, marked: &str, method: &str) -> Value {
        let byte = marked.find('‸').unwrap();
        let (line, column) = utf16(marked, byte);
        self.open(path, &marked.replacen('‸', "", 1));
        let position = json!({"line": line, "character": column});
        self.ask(method, json!({"textDocument": {"uri": self.uri(path)}, "position": position}))
    }

    /// The page that is shown at `‸`.
    pub(crate) fn hover(&mut self, path: &str, marked: &str) -> String {
        let answer = self.at(path, marked, "textDocument/hover");
        answer["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
    }

    /// The text after each of the first offers at `‸` is taken, on one line each.
    pub(crate) fn offers(&mut self, path: &str, marked: &str) -> String {
        let answer = self.at(path, marked, "textDocument/completion");
        let text = marked.replacen('‸', "", 1);
        let Some(items) = answer["items"].as_array() else { return "nothing".to_owned() };
        let shown = items.iter().take(8).map(|item| {
            let edit = &item["textEdit"];
            let (start, end) = (byte(&text, &edit["range"]["start"]), byte(&text, &edit["range"]["end"]));
            let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
            format!("{}{}{}", &text[from..start], edit["newText"].as_str().unwrap(), &text[end..to])
        });
        let mut lines: Vec<String> = shown.collect();
        if items.len() > 8 {
            lines.push(format!("… {} in all", items.len()));
        }
        lines.join("\n")
    }

    /// Where the word at `‸` leads: a path and a line.
    pub(crate) fn leads_to(&mut self, path: &str, marked: &str) -> String {
        let answer = self.at(path, marked, "textDocument/definition");
        let Some(uri) = answer["uri"].as_str() else { return "nowhere".to_owned() };
        let inside = uri.strip_prefix(&self.uri("")).unwrap_or(uri);
        format!("{inside}:{}", answer["range"]["start"]["line"].as_u64().unwrap() + 1)
    }

    /// Says goodbye, and answers the exit code.
    pub(crate) fn close(mut self) -> Option<i32> {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.child.wait().unwrap().code()
    }

    /// Goes away without a word, and answers the exit code.
    pub(crate) fn vanish(mut self) -> Option<i32> {
        self.stdin = None;
        self.child.wait().unwrap().code()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(out: &mut impl std::io::BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((_, value)) => length = value.parse().unwrap(),
            None => break,
        }
    }
    let mut body = vec![0; length];
    out.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

fn line(finding: &Value) -> String {
    let (start, end) = (&finding["range"]["start"], &finding["range"]["end"]);
    let level = if finding["severity"] == 1 { "error" } else { "warning" };
    let related = finding["relatedInformation"].as_array().map_or(0, Vec::len);
    let related = if related > 0 { format!(" (+{related})") } else { String::new() };
    let (code, message) = (finding["code"].as_str().unwrap(), finding["message"].as_str().unwrap());
    assert_eq!((&finding["source"], &finding["data"]["rule"]), (&json!("promptreg"), &finding["code"]));
    format!(
        "{}:{}-{}:{} {level} {code}: {}{related}",
        start["line"],
        start["character"],
        end["line"],
        end["character"],
        message.replace('\n', " | ")
    )
}

/// A byte of a text as a line and a column in UTF-16 units.
fn utf16(text: &str, byte: usize) -> (usize, usize) {
    let start = text[..byte].rfind('\n').map_or(0, |at| at + 1);
    (text[..byte].matches('\n').count(), text[start..byte].encode_utf16().count())
}

/// The byte at a position in UTF-16 units.
pub(crate) fn byte(text: &str, position: &Value) -> usize {
    let (line, column) =
        (position["line"].as_u64().unwrap() as usize, position["character"].as_u64().unwrap() as usize);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units >= column {
            return start + at;
        }
        units += c.len_utf16();
    }
    text.len()
}
