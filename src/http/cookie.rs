//! Cookies: what a browser keeps for us, and sends to nobody else.

use hyper::{
    HeaderMap,
    header::{COOKIE, HeaderValue},
};

/// Which of our cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The secret of a session.
    Session,
    /// What has to come back from the identity provider.
    Begun,
}

impl Cookie {
    /// Its name. With the prefix browsers take it from this very host only, and over https; in the clear there is none.
    pub(super) const fn name(self, is_clear: bool) -> &'static str {
        match (self, is_clear) {
            (Self::Session, false) => "__Host-promptreg",
            (Self::Session, true) => "promptreg",
            (Self::Begun, false) => "__Host-promptreg-sign-in",
            (Self::Begun, true) => "promptreg-sign-in",
        }
    }

    /// Its value in a request.
    pub(super) fn of(self, headers: &HeaderMap, is_clear: bool) -> Option<&str> {
        let all = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        let mut pairs = all.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.name(is_clear)).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// The header that has a browser keep it for so many seconds, or throw it away with 0. The value is base64url.
    pub(super) fn set(self, value: &str, seconds: u32, is_clear: bool) -> Option<HeaderValue> {
        let secure = if is_clear { "" } else { "; Secure" };
        let name = self.name(is_clear);
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_in_any_header() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; xpromptreg=2;promptreg-sign-in=b"));
        headers.append(COOKIE, HeaderValue::from_static("promptreg=c=d; __Host-promptreg="));
        assert_eq!(Cookie::Session.of(&headers, true), Some("c=d"));
        assert_eq!(Cookie::Begun.of(&headers, true), Some("b"));
        assert_eq!(Cookie::Session.of(&headers, false), None);
    }
}
