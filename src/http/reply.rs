//! Replies: an answer with its entity tag, cache headers and commit, or 304 where the caller has it already.

use super::parts::Parts;
use crate::app::{Answer, Current};
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH},
};

/// The header that names the state an answer was read from.
const COMMIT: HeaderName = HeaderName::from_static("promptreg-commit");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The reply to a conditional or plain read.
pub(super) fn reply(current: &Current, answer: &Answer, asked: &HeaderMap) -> Response<Parts> {
    let etag = answer.etag();
    let known = asked.get(IF_NONE_MATCH).is_some_and(|tags| names(tags.as_bytes(), &etag));
    let mut response = Response::new(if known { Parts::default() } else { Parts(answer.parts()) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    if !known {
        headers.insert(CONTENT_TYPE, JSON);
    }
    if let Ok(etag) = HeaderValue::from_maybe_shared(etag) {
        headers.insert(ETAG, etag);
    }
    headers.insert(CACHE_CONTROL, if answer.immutable { IMMUTABLE } else { NO_CACHE });
    name_state(current, headers);
    response
}

/// An answer that nobody may keep, since it holds what the caller put in, with the state it was made from.
pub(super) fn unkept<B>(current: &Current, mut response: Response<B>) -> Response<B> {
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    name_state(current, response.headers_mut());
    response
}

fn name_state(current: &Current, headers: &mut HeaderMap) {
    let commit = current.commit_text().and_then(|commit| HeaderValue::from_maybe_shared(commit.clone()).ok());
    if let Some(commit) = commit {
        headers.insert(COMMIT, commit);
    }
}

/// Whether an `If-None-Match` names this entity tag.
fn names(header: &[u8], etag: &[u8]) -> bool {
    header == etag
        || header.split(|byte| *byte == b',').any(|tag| {
            let tag = tag.trim_ascii();
            tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == etag
        })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_entity_tag_is_found_in_every_form_of_the_header() {
        for header in [r#""a""#, r#"W/"a""#, r#""b", "a""#, "*"] {
            assert!(names(header.as_bytes(), br#""a""#), "{header}");
        }
        assert!(!names(br#""ab", "b""#, br#""a""#));
    }
}
