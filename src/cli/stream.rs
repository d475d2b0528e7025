//! A stream of server-sent events: one connection to a server, and what it says.

use super::error::Failure;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{
    Request, Response, StatusCode, Uri,
    body::Incoming,
    header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use std::{collections::VecDeque, io, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// How long a server may take to take a call and to begin its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server may say nothing: three heartbeats.
const SILENCE: Duration = Duration::from_secs(45);

/// The most bytes of one event, and of an error's text.
const MOST: usize = 1 << 20;

/// Where a server is.
#[derive(Debug, Clone)]
pub(super) struct Server {
    /// As it was named.
    pub url: String,
    /// The host and the port.
    authority: String,
    /// What comes before the route.
    base: String,
}

impl Server {
    /// Reads an address such as `http://127.0.0.1:8484`.
    pub(super) fn read(url: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::Usage(format!("{url:?} {why}: write it as http://127.0.0.1:8484"));
        let uri: Uri = url.parse().map_err(|_| wrong("is no address of a server"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(wrong("asks for https, which this verb does not speak")),
            _ => return Err(wrong("is no address of a server")),
        }
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(|| wrong("names no host, or a user"))?;
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            authority: format!("{}:{port}", authority.host()),
            base: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// Why there is nothing more to hear.
#[derive(Debug)]
pub(super) enum Ended {
    /// It may be heard again later.
    Away(String),
    /// It will not be.
    Refused(Failure),
}

impl Ended {
    fn away(error: impl std::fmt::Display) -> Self {
        Self::Away(error.to_string())
    }
}

/// What a server said at once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub event: String,
    pub id: String,
    pub data: String,
}

/// One connection's events.
pub(super) struct Stream {
    body: Incoming,
    reader: Reader,
}

impl Stream {
    /// Asks a server for the events of a route, those after `last` where that is known.
    pub(super) async fn open(server: &Server, route: &str, last: Option<&HeaderValue>) -> Result<Self, Ended> {
        let asked = timeout(PATIENCE, ask(server, route, last)).await;
        let response = asked.map_err(|_| Ended::Away("it does not answer".to_owned()))??;
        let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        if response.status() == StatusCode::OK && kind.starts_with(b"text/event-stream") {
            return Ok(Self { body: response.into_body(), reader: Reader::default() });
        }
        Err(refusal(server, response).await)
    }

    /// The next event.
    pub(super) async fn next(&mut self) -> Result<Said, Ended> {
        loop {
            if let Some(said) = self.reader.said.pop_front() {
                return Ok(said);
            }
            let heard = timeout(SILENCE, self.body.frame()).await;
            let heard = heard.map_err(|_| Ended::Away("it fell silent".to_owned()))?;
            let frame = heard.ok_or_else(|| Ended::Away("it ended the stream".to_owned()))?;
            let frame = frame.map_err(Ended::away)?;
            self.reader.read(frame.data_ref().map(Bytes::as_ref).unwrap_or_default())?;
        }
    }
}

async fn ask(server: &Server, route: &str, last: Option<&HeaderValue>) -> Result<Response<Incoming>, Ended> {
    let stream = TcpStream::connect(&server.authority).await.map_err(Ended::away)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Ended::away)?;
    tokio::spawn(connection);
    let mut request = Request::get(format!("{}{route}", server.base))
        .header(HOST, &server.authority)
        .header(USER_AGENT, concat!("promptreg/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(Ended::away)?;
    sender.send_request(request).await.map_err(Ended::away)
}

/// What a server means that answers with something else than events.
async fn refusal(server: &Server, response: Response<Incoming>) -> Ended {
    let status = response.status();
    let body = timeout(PATIENCE, Limited::new(response.into_body(), MOST).collect()).await;
    let body = body.ok().and_then(Result::ok).map(|body| body.to_bytes()).unwrap_or_default();
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let detail = problem["detail"].as_str().unwrap_or("this is no server of promptreg, or an older one");
    let said = format!("it answers {}: {}", status.as_u16(), plain(detail));
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Ended::Away(said);
    }
    Ended::Refused(Failure::Read { path: server.url.clone(), source: io::Error::other(said) })
}

/// A text of somebody else's for the terminal: without what would do something there.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(MOST).collect()
}

/// Reads events out of bytes that come in pieces.
#[derive(Debug, Default)]
struct Reader {
    line: Vec<u8>,
    next: Said,
    said: VecDeque<Said>,
}

impl Reader {
    fn read(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + self.next.data.len() + piece.len() > MOST {
                return Err(Ended::Away(format!("it says more than {MOST} bytes at once")));
            }
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.take(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
            }
        }
        Ok(())
    }

    /// Takes a line; an empty one ends an event.
    fn take(&mut self, line: &str) {
        if line.is_empty() {
            let said = std::mem::take(&mut self.next);
            // Comments and hints between two empty lines are no event.
            if !said.data.is_empty() {
                self.said.push_back(said);
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.next.event),
            "id" => value.clone_into(&mut self.next.id),
            "data" => {
                if !self.next.data.is_empty() {
                    self.next.data.push('\n');
                }
                self.next.data.push_str(value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ended, MOST, Reader, Said, Server};

    #[test]
    fn events_are_read_in_whatever_pieces_they_come() {
        let text = b"retry: 1000\n\n:\n\nevent: commit\nid: a\ndata: {\"a\":\ndata: 1}\n\r\nevent: gone\n\ndata:x\n\n";
        let said = |event: &str, id: &str, data: &str| Said {
            event: event.to_owned(),
            id: id.to_owned(),
            data: data.to_owned(),
        };
        for size in [1, 2, 7, text.len()] {
            let mut reader = Reader::default();
            for piece in text.chunks(size) {
                reader.read(piece).unwrap();
            }
            assert_eq!(reader.said, [said("commit", "a", "{\"a\":\n1}"), said("", "", "x")]);
        }
    }

    #[test]
    fn a_server_that_never_ends_a_line_is_left() {
        let mut reader = Reader::default();
        let ended = (0..=MOST / 1_000).try_for_each(|_| reader.read(&[b'a'; 1_000]));
        assert!(matches!(ended, Err(Ended::Away(_))));
    }

    #[test]
    fn an_address_is_http_with_a_host() {
        for wrong in ["https://example.org", "example.org", "ftp://a", "http://", "http://a@b", "", "http://a b"] {
            assert!(Server::read(wrong).is_err(), "{wrong}");
        }
        let server = Server::read("http://[::1]/r/acme/").unwrap();
        assert_eq!((&*server.authority, &*server.base), ("[::1]:80", "/r/acme"));
    }
}
