//! Extractors: what a request holds, or the problem with it, always in our own words.

use super::{Options, error::Problem, routes::Door};
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The parts of the path that a route names.
pub(super) struct Path<T>(pub T);

/// The parameters behind the question mark.
pub(super) struct Params<T>(pub T);

/// A body that is a JSON object and came in time.
pub(super) struct Body(pub Map<String, Value>);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Path(found) = axum::extract::Path::<T>::from_request_parts(parts, state).await?;
        Ok(Self(found))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Query(found) = axum::extract::Query::<T>::from_request_parts(parts, state).await?;
        Ok(Self(found))
    }
}

impl FromRequest<Door> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let Options { body_time, .. } = door.options;
        let read = Json::<Map<String, Value>>::from_request(request, door);
        match tokio::time::timeout(body_time, read).await {
            Ok(body) => Ok(Self(body?.0)),
            Err(_) => {
                let detail = format!("the body did not come within {} s", body_time.as_secs_f32());
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body too slow", detail))
            }
        }
    }
}
