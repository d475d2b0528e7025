//! A provider of our own, which plays what a test wants it to play, one act a question.

use serde_json::Value;
use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
};

/// What the provider does with a question.
pub(crate) enum Act {
    /// Answers: status, media type and further headers, body.
    Say(u16, &'static str, String),
    /// Begins an answer of this media type, says this, and then breaks off.
    Break(&'static str, String),
    /// Says nothing for as long as somebody waits.
    Hang,
    /// Closes the connection.
    Close,
    /// Says more and more of what is one text.
    Endless,
}

impl Act {
    pub(crate) fn json(body: &Value) -> Self {
        Self::Say(200, "application/json", body.to_string())
    }

    pub(crate) fn events(body: impl Into<String>) -> Self {
        Self::Say(200, "text/event-stream", body.into())
    }
}

/// A question as it arrived: the line, the headers in lower case, and the body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Value,
}

impl Asked {
    /// The line, what concerns keys and versions of the headers, and the body.
    pub(crate) fn told(&self) -> String {
        let ours = |header: &&String| ["authorization", "x-", "anthropic"].iter().any(|name| header.starts_with(name));
        let headers: Vec<_> = self.headers.iter().filter(ours).map(String::as_str).collect();
        format!("{}\n{}\n{:#}", self.line, headers.join("\n"), self.body)
    }
}

/// The provider; gone when the process is.
pub(crate) struct Pretend {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Pretend {
    /// One that does this, and closes the connection on whatever comes after it.
    pub(crate) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, mut acts): (_, VecDeque<Act>) = (Arc::clone(&asked), acts.into_iter().collect());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let Some(question) = read(&stream) else { continue };
                heard.lock().unwrap().push(question);
                let act = acts.pop_front().unwrap_or(Act::Close);
                // Who does not listen any more does not matter.
                std::thread::spawn(move || play(stream, act));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut headers) = (String::new(), Vec::new());
    reader.read_line(&mut line).ok()?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim() {
            "" => break,
            header => headers.push(header.to_owned()),
        }
    }
    let length =
        headers.iter().find_map(|header| header.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { line: line.trim().to_owned(), headers, body: serde_json::from_slice(&body).unwrap_or_default() })
}

fn play(mut stream: TcpStream, act: Act) -> std::io::Result<()> {
    match act {
        Act::Say(status, headers, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\ncontent-type: {headers}\r\n\r\n{body}"
            )
        }
        Act::Break(media, body) => {
            let length = body.len() + 100;
            write!(stream, "HTTP/1.1 200 X\r\ncontent-length: {length}\r\ncontent-type: {media}\r\n\r\n{body}")
        }
        Act::Hang => stream.read(&mut [0]).map(drop),
        Act::Close => Ok(()),
        Act::Endless => {
            write!(stream, "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n\"")?;
            loop {
                stream.write_all(&[b'x'; 65536])?;
            }
        }
    }
}
