//! Calls to other people's servers over HTTP: each has a deadline and a bound, and none follows a redirect.

mod error;

pub use self::error::Error;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, combinators::UnsyncBoxBody};
use hyper::{HeaderMap, header};
pub use hyper::{Method, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::{fmt, sync::OnceLock, time::Duration};

/// How long a connection may take to be made, and an idle one is kept.
const CONNECT: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(30);

/// What is sent.
#[derive(Clone)]
pub struct Call<'a> {
    /// The method.
    pub method: Method,
    /// The absolute address, `https://…` or `http://…`.
    pub url: &'a str,
    /// Headers besides what follows from the rest: names in lower case.
    pub headers: &'a [(&'static str, String)],
    /// The body; may be empty.
    pub body: String,
}

impl fmt::Debug for Call<'_> {
    /// Headers and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// What media type it says the body has; empty where it says nothing.
    pub media: String,
    /// The body.
    pub body: Bytes,
}

/// An answer that has begun.
#[derive(Debug)]
pub struct Begun {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it comes, an error where it breaks off or is longer than what is read.
    pub body: UnsyncBoxBody<Bytes, Error>,
}

/// Calls servers; keeps connections open for a while.
#[derive(Debug)]
pub struct Caller {
    client: OnceLock<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>,
    deadline: Duration,
    most: usize,
}

impl Caller {
    /// A caller that waits for at most so long for an answer, and reads at most so many bytes of its body.
    #[must_use]
    pub const fn new(deadline: Duration, most: usize) -> Self {
        Self { client: OnceLock::new(), deadline, most }
    }

    /// Calls once. Every status is an answer.
    ///
    /// # Errors
    /// Where nobody answers in time, the answer is too long, or the address is none.
    pub async fn call(&self, call: Call<'_>) -> Result<Told, Error> {
        let mut request = Request::builder().method(call.method).uri(call.url);
        for (name, value) in call.headers {
            request = request.header(*name, value);
        }
        let request = request.body(call.body.into()).map_err(|error| Error::Address(error.to_string()))?;
        let answered = async {
            let Begun { status, headers, body } = self.begin(request).await?;
            let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
            let media = media.and_then(|media| media.split(';').next()).unwrap_or_default().trim().to_owned();
            Ok(Told { status, media, body: body.collect().await?.to_bytes() })
        };
        tokio::time::timeout(self.deadline, answered).await.map_err(|_| self.late())?
    }

    /// Calls once, and answers when the answer begins. How long its body may take is for who reads it.
    ///
    /// # Errors
    /// Where no answer begins in time, or the address is none.
    pub async fn begin(&self, request: Request<Bytes>) -> Result<Begun, Error> {
        let asked = self.client()?.request(request.map(Full::new));
        let response = tokio::time::timeout(self.deadline, asked).await.map_err(|_| self.late())?;
        let (parts, body) = response.map_err(|error| Error::Away(cause(&error)))?.into_parts();
        let most = self.most;
        let body = Limited::new(body, most).map_err(move |error| match error.is::<LengthLimitError>() {
            true => Error::TooLong(most),
            false => Error::Away(cause(&*error)),
        });
        Ok(Begun { status: parts.status, headers: parts.headers, body: body.boxed_unsync() })
    }

    fn late(&self) -> Error {
        Error::Away(format!("no answer within {} s", self.deadline.as_secs_f32()))
    }

    /// Made with the first call, since the certificates of authorities are read from this machine.
    fn client(&self) -> Result<&Client<HttpsConnector<HttpConnector>, Full<Bytes>>, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut plain = HttpConnector::new();
        plain.set_connect_timeout(Some(CONNECT));
        plain.enforce_http(false);
        let secured =
            HttpsConnectorBuilder::new().with_native_roots().map_err(|error| Error::NoRoots(error.to_string()))?;
        let connector = secured.https_or_http().enable_http1().wrap_connector(plain);
        let made = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(self.client.get_or_init(|| made))
    }
}

/// The innermost reason, which is the one that says something.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
