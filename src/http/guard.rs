//! The guard: who asks and whether they may, before any route sees the request.

use super::{
    access::{Route, routes_of},
    error::Problem,
    front::Options,
    routes::Door,
    sign_in::SignIn,
    usage,
};
use crate::{
    app::{App, Caller, Refusal, Refused},
    domain::{Permission, Permissions},
};
use axum::{
    extract::{MatchedPath, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::net::{IpAddr, Ipv4Addr};

/// The headers that say who asks.
pub(super) const BY_WHOM: &str = "authorization, cookie";

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// What anybody may do who does not say who they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anonymous {
    on_loopback: Permissions,
    elsewhere: Permissions,
}

impl Anonymous {
    /// By what the server was told, and whether it listens on loopback.
    pub(super) fn new(options: &Options, is_local: bool) -> Self {
        Self { on_loopback: anonymous(options, is_local), elsewhere: anonymous(options, false) }
    }

    /// What the sender of these headers may do. What reaches loopback under another name than its own does not come from
    /// this machine: a proxy sent it on, or a web page whose name was made to lead here.
    pub(super) fn of(self, headers: &HeaderMap) -> Permissions {
        let forwarded = || headers.contains_key(header::FORWARDED) || headers.contains_key("x-forwarded-for");
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        if host.is_some_and(is_loopback) && !forwarded() { self.on_loopback } else { self.elsewhere }
    }
}

/// Whether a `Host` is this machine's own name for itself.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let is_four = || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
    name.eq_ignore_ascii_case("localhost") || name == "[::1]" || is_four()
}

/// On loopback all that the first run needs, elsewhere what is said.
fn anonymous(options: &Options, is_local: bool) -> Permissions {
    use Permission::{Read, ReadAudit, ReadDrafts, ReadReports, RecordUsage, Sync};
    let mut may = Permissions::NONE;
    if is_local {
        may = [Read, ReadReports, RecordUsage, Sync].into_iter().collect();
    }
    if options.anonymous_read {
        may = may.with(Read);
    }
    // Who may not read what is approved may not read drafts either.
    if options.read_drafts && may.has(Read) {
        may = may.with(ReadDrafts).with(ReadAudit);
    }
    if options.allow_sync { may.with(Sync) } else { may }
}

/// Who asks, by their token or by the session of their browser; those who do not say may do what anybody may.
///
/// # Errors
/// Where the token is not good. A session that ended is as none.
pub(super) fn caller(
    app: &App,
    headers: &HeaderMap,
    anonymous: Anonymous,
    sign_in: Option<&SignIn>,
) -> Result<Caller, Refused> {
    let Some(said) = headers.get(header::AUTHORIZATION) else {
        let session = sign_in.and_then(|sign_in| sign_in.session(headers));
        let caller = session.and_then(|secret| app.caller(Some(secret)).ok());
        return Ok(caller.unwrap_or_else(|| Caller::anonymous(anonymous.of(headers))));
    };
    let one = headers.get_all(header::AUTHORIZATION).iter().nth(1).is_none();
    let said = said.to_str().ok().filter(|_| one).and_then(|said| said.split_once(' '));
    let (_, secret) = said.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or(Refused::Malformed)?;
    app.caller(Some(secret.trim()))
}

/// Lets in who may, and tells what is missing to who may not.
pub(super) async fn guard(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let pattern = pattern.as_ref().map_or("", MatchedPath::as_str);
    let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
    let Some(route) = routes_of(pattern).find(|route| route.method == method) else { return no_method(pattern) };
    let sign_in = door.options.sign_in.as_deref();
    let is_ours = sign_in.is_some_and(|sign_in| sign_in.is_own_page(request.headers()));
    let writes = route.method != "GET";
    // What needs no permission proves in its own way whose it is.
    if writes && route.needs.is_some() && !is_ours && !is_own(request.headers()) {
        let detail = "the request comes from a page of another host, and those may not have the server do things";
        let problem = Problem::new(StatusCode::FORBIDDEN, "not allowed here", detail);
        return refuse(&door, &request, route, None, (StatusCode::FORBIDDEN, problem));
    }
    let Some(needs) = route.needs else { return next.run(request).await };
    let caller = match caller(&door.app, request.headers(), door.anonymous, sign_in) {
        Ok(caller) => caller,
        Err(why) => {
            let token = if let Refused::Expired(id) = why { Some(id) } else { None };
            if why == Refused::Unheard {
                return not_good(why).into_response();
            }
            let refusal = (StatusCode::UNAUTHORIZED, not_good(why));
            return refuse(&door, &request, route, Some((None, token)), refusal);
        }
    };
    if writes && !is_ours && caller.is_session() {
        let detail = "what a browser's session changes has to come from a page of this server: send `origin`";
        let problem = Problem::new(StatusCode::FORBIDDEN, "not allowed here", detail);
        let token = caller.token.as_ref().map(|known| known.token.id);
        return refuse(&door, &request, route, Some((None, token)), (StatusCode::FORBIDDEN, problem));
    }
    let needed = [Some(needs), (route.takes_state() && wants_drafts(request.uri())).then_some(Permission::ReadDrafts)];
    if let Some(lacked) = needed.into_iter().flatten().find(|needed| !caller.permissions.has(*needed)) {
        let token = caller.token.as_ref().map(|known| known.token.id);
        return refuse(&door, &request, route, Some((Some(lacked), token)), lacking(lacked, token.is_some()));
    }
    let open = door.anonymous.of(request.headers());
    let is_open = needed.into_iter().flatten().all(|needed| open.has(needed));
    // A fetch is counted of those who said who they are, or may record usage anyway.
    if caller.token.is_none() && !caller.permissions.has(Permission::RecordUsage) {
        request.headers_mut().remove(usage::CLIENT);
    }
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if !is_open {
        of_caller(response.headers_mut());
    }
    response
}

/// Marks an answer that not everybody may have: no cache may hand it to others.
pub(super) fn of_caller(headers: &mut HeaderMap) {
    let private = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let private = private.and_then(|value| HeaderValue::from_str(&value.replace("public", "private")).ok());
    if let Some(private) = private {
        headers.insert(header::CACHE_CONTROL, private);
    }
    headers.append(header::VARY, HeaderValue::from_static(BY_WHOM));
}

/// Says no, and has it taken down.
fn refuse(
    door: &Door,
    request: &Request,
    route: &Route,
    who: Option<(Option<Permission>, Option<uuid::Uuid>)>,
    (status, problem): (StatusCode, Problem),
) -> Response {
    let (lacked, token) = who.unwrap_or_default();
    // Whose it is has to be known now: it may be revoked before that is written down.
    let tokens = door.app.tokens();
    let known = token.and_then(|id| tokens.iter().find(|(_, known)| known.token.id == id));
    door.app.refused(Refusal {
        asked: format!("{} {}", route.method, route.pattern),
        lacked,
        token,
        user: known.map(|(_, known)| known.token.user.clone()),
        address: request.extensions().get::<Peer>().map(|peer| peer.0),
        status: status.as_u16(),
        at: door.app.seconds(),
    });
    let mut response = problem.into_response();
    response.headers_mut().append(header::VARY, HeaderValue::from_static(BY_WHOM));
    response
}

/// Why a token is not good, and what to do.
pub(super) fn not_good(why: Refused) -> Problem {
    let detail = match why {
        Refused::Malformed => "send `Authorization: Bearer prg_…` with the 47 characters of a token",
        Refused::Unknown => "there is no such token, or it was revoked: have another one made",
        Refused::Expired(_) => "the token has expired: have another one made",
        Refused::Unheard => {
            let detail =
                "the database that knows the token has not answered since the server was started: try again soon";
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Problem::new(status, "the token cannot be looked up yet", detail).retry_after(5);
        }
    };
    Problem::new(StatusCode::UNAUTHORIZED, "the token is not good", detail).challenge("Bearer error=\"invalid_token\"")
}

/// What is missing, and what to do.
fn lacking(lacked: Permission, has_token: bool) -> (StatusCode, Problem) {
    let word = lacked.as_str();
    if has_token {
        let detail = format!("this needs the permission `{word}`, which the token, or its user, does not have");
        let problem = Problem::new(StatusCode::FORBIDDEN, "not allowed", detail);
        return (StatusCode::FORBIDDEN, problem.with(serde_json::json!({"permission": word})));
    }
    let flag = match lacked {
        Permission::Read => " (or have the server started with --anonymous-read)",
        Permission::ReadDrafts | Permission::ReadAudit => " (or have the server started with --read-drafts)",
        Permission::Sync => " (or have the server started with --allow-sync)",
        _ => "",
    };
    let detail = format!(
        "this needs the permission `{word}`: send `Authorization: Bearer prg_…` with a token that has it{flag}"
    );
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "a token is needed", detail).challenge("Bearer");
    (StatusCode::UNAUTHORIZED, problem.with(serde_json::json!({"permission": word})))
}

/// What is answered where no row of the table has the method.
fn no_method(pattern: &str) -> Response {
    let detail = "this route does not answer this method";
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed", detail).into_response();
    let words = routes_of(pattern).map(|route| if route.method == "GET" { "GET,HEAD" } else { route.method });
    if let Ok(allow) = HeaderValue::from_str(&words.collect::<Vec<_>>().join(",")) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// Whether a state is asked for that need not be approved. Names are decoded as the routes decode them.
fn wants_drafts(uri: &Uri) -> bool {
    let given = Query::<Vec<(String, String)>>::try_from_uri(uri);
    given.is_ok_and(|given| given.iter().any(|(name, _)| name == "ref" || name == "at"))
}

/// Whether a request comes from no web page, or from one of this host.
fn is_own(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let page = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host.as_bytes());
    page.is_some() && page == headers.get(header::HOST).map(HeaderValue::as_bytes)
}
