//! The routes that tell of people, and of what else lies in the registry besides prompts.

use super::{
    extract::{Params, Path},
    guard,
    reply::unkept,
    routes::{Door, Moment, Paged, Result, send_value},
};
use crate::{
    app::{self, Caller, Error},
    domain::Permission,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse as _,
};

/// The caller, by their token.
pub(super) async fn me(State(door): State<Door>, headers: HeaderMap) -> Result {
    let caller =
        guard::caller(&door.app, &headers, door.anonymous, door.options.sign_in.as_deref()).map_err(guard::not_good)?;
    let current = door.app.current();
    let mut response = unkept(&current, Json(current.me(&caller)).into_response());
    response.headers_mut().append(header::VARY, HeaderValue::from_static(guard::BY_WHOM));
    Ok(response)
}

pub(super) async fn users(
    State(door): State<Door>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Params(asked): Params<Paged>,
) -> Result {
    let (moment, cursor, limit) = asked.split()?;
    let current = door.state(&moment).await?;
    let users = current.users(caller.permissions.has(Permission::Administer));
    let page = app::page(users, |item| item.name(), cursor.as_deref(), limit);
    let mut response = send_value(&current, &page, &headers);
    // Not everybody is told the addresses.
    response.headers_mut().insert(header::VARY, HeaderValue::from_static(guard::BY_WHOM));
    Ok(response)
}

pub(super) async fn models(State(door): State<Door>, headers: HeaderMap, Params(asked): Params<Paged>) -> Result {
    let (moment, cursor, limit) = asked.split()?;
    let current = door.state(&moment).await?;
    let page = app::page(current.models(), |item| item.name(), cursor.as_deref(), limit);
    Ok(send_value(&current, &page, &headers))
}

pub(super) async fn policies(State(door): State<Door>, headers: HeaderMap, Params(asked): Params<Paged>) -> Result {
    let (moment, cursor, limit) = asked.split()?;
    let current = door.state(&moment).await?;
    let page = app::page(current.policies(), |item| item.name(), cursor.as_deref(), limit);
    Ok(send_value(&current, &page, &headers))
}

pub(super) async fn client(
    State(door): State<Door>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Params(moment): Params<Moment>,
) -> Result {
    let current = door.state(&moment).await?;
    let missing = || Error::Missing { what: "client config", name: name.clone() };
    let item = current.client(&name).ok_or_else(missing)?;
    Ok(send_value(&current, &item, &headers))
}
