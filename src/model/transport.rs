//! How what the library makes is sent: by our own calls, which are bounded and follow no redirect, with the key put in.
//! What comes back reaches the library, which logs some of it, without the key.

use super::sieve::Sieve;
use crate::{
    calls::{self, Begun},
    domain::Provider,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http_body_util::{BodyDataStream, BodyExt as _};
use rig_core::http_client::{
    Error, HeaderMap, HeaderValue, HttpClientExt, LazyBody, MultipartForm, Request, Response, Result, StatusCode,
    StreamingResponse, Uri,
};
use secrecy::{ExposeSecret as _, SecretString};
use std::{future::Future, sync::Arc};

/// The headers in which providers look for a key.
const AUTHORIZATION: &str = "authorization";
const ANTHROPIC: &str = "x-api-key";
const GEMINI: &str = "x-goog-api-key";

/// Sends requests of one profile.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) caller: Arc<calls::Caller>,
    pub(super) provider: Provider,
    pub(super) key: Option<SecretString>,
}

impl Transport {
    async fn begin(self, mut request: Request<Bytes>) -> Result<Begun> {
        *request.uri_mut() = without_key(request.uri()).ok_or(Error::NoHeaders)?;
        self.identify(request.headers_mut()).ok_or(Error::NoHeaders)?;
        let mut begun = self.caller.begin(request).await.map_err(Error::instance)?;
        self.hide(&mut begun.headers);
        Ok(begun)
    }

    /// Takes out the headers that repeat the key.
    fn hide(&self, headers: &mut HeaderMap) {
        let Some(key) = self.key.as_ref().map(|key| key.expose_secret().as_bytes()) else { return };
        let repeats = |value: &HeaderValue| value.as_bytes().windows(key.len().max(1)).any(|window| window == key);
        let named: Vec<_> = headers.iter().filter(|(_, value)| repeats(value)).map(|(name, _)| name.clone()).collect();
        named.iter().for_each(|name| drop(headers.remove(name)));
    }

    /// Puts in the key; none where that fits no header.
    fn identify(&self, headers: &mut HeaderMap) -> Option<()> {
        for name in [AUTHORIZATION, ANTHROPIC, GEMINI] {
            headers.remove(name);
        }
        let Some(key) = self.key.as_ref().map(SecretString::expose_secret) else { return Some(()) };
        let (name, value) = match self.provider {
            Provider::OpenAi | Provider::Ollama => (AUTHORIZATION, HeaderValue::try_from(format!("Bearer {key}"))),
            Provider::Anthropic => (ANTHROPIC, HeaderValue::try_from(key)),
            Provider::Gemini => (GEMINI, HeaderValue::try_from(key)),
        };
        let mut value = value.ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Some(())
    }
}

/// The address without the parameter in which the library would send Gemini's key; addresses are logged on the way.
fn without_key(uri: &Uri) -> Option<Uri> {
    let Some(query) = uri.query() else { return Some(uri.clone()) };
    let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("key=")).collect();
    let mut parts = uri.clone().into_parts();
    let path = match kept.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), kept.join("&")),
    };
    parts.path_and_query = Some(path.try_into().ok()?);
    Uri::from_parts(parts).ok()
}

fn response<B>(status: StatusCode, headers: HeaderMap, body: B) -> Response<B> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

impl HttpClientExt for Transport {
    fn send<T, U>(&self, request: Request<T>) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        T: Into<Bytes> + Send,
        U: From<Bytes> + Send + 'static,
    {
        let (this, request) = (self.clone(), request.map(Into::into));
        async move {
            let key = this.key.clone();
            let Begun { status, headers, body } = this.begin(request).await?;
            let body: LazyBody<U> = Box::pin(async move {
                let body = body.collect().await.map_err(Error::instance)?.to_bytes();
                Ok(U::from(Bytes::from(Sieve::whole(key.as_ref(), &body))))
            });
            Ok(response(status, headers, body))
        }
    }

    /// Calls of models have no forms.
    #[expect(clippy::manual_async_fn, reason = "the future may not borrow the client")]
    fn send_multipart<U>(
        &self,
        _: Request<MultipartForm>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        U: From<Bytes> + Send + 'static,
    {
        async { Err(Error::NoHeaders) }
    }

    async fn send_streaming<T>(&self, request: Request<T>) -> Result<StreamingResponse>
    where
        T: Into<Bytes> + Send,
    {
        let Begun { status, headers, body } = self.clone().begin(request.map(Into::into)).await?;
        let mut sieve = Sieve::new(self.key.as_ref());
        let pieces = BodyDataStream::new(body).map(Some).chain(stream::iter([None])).map(move |piece| match piece {
            Some(piece) => piece.map(|piece| Bytes::from(sieve.pass(&piece))),
            None => Ok(Bytes::from(sieve.rest())),
        });
        Ok(response(status, headers, Box::pin(pieces.map_err(Error::instance))))
    }
}
