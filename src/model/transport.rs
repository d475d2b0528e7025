//! How what the library makes is sent: by our own calls, which are bounded and follow no redirect, with the key put in.

use crate::{
    calls::{self, Begun},
    domain::Provider,
};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
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
        self.caller.begin(request).await.map_err(Error::instance)
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
            let Begun { status, headers, body } = this.begin(request).await?;
            let body: LazyBody<U> =
                Box::pin(async move { Ok(U::from(body.collect().await.map_err(Error::instance)?.to_bytes())) });
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
        Ok(response(status, headers, Box::pin(BodyDataStream::new(body).map_err(Error::instance))))
    }
}
