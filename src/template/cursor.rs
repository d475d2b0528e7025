//! The smallest pieces of a tag: white space, names, numbers, texts in quotes. Never moves back.

use super::parsed::TemplateFault;
use crate::domain::Span;

/// A result inside one tag: the first fault ends the tag.
pub(super) type Read<T> = Result<T, TemplateFault>;

/// A text and how far it is read.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Where the tag begins that is being read.
    pub(super) tag: usize,
}

/// A fault from its words.
pub(super) fn fault(start: usize, end: usize, message: impl Into<String>, help: impl Into<String>) -> TemplateFault {
    TemplateFault { span: Span::new(start, end), message: message.into(), help: help.into() }
}

/// What may stand in a name: all but white space and the marks that mean something, as handlebars has it.
fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | ':') || (!c.is_ascii() && !c.is_whitespace())
}

impl<'a> Cursor<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn byte_after(&self, more: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + more).copied()
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    /// Skips white space and tells whether there was any.
    pub(super) fn space(&mut self) -> bool {
        let start = self.at;
        while let Some(c) = self.rest().chars().next().filter(|c| c.is_whitespace()) {
            self.at += c.len_utf8();
        }
        self.at > start
    }

    /// The longest name from here; empty where there is none.
    pub(super) fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let plain = rest.bytes().position(|b| !(b.is_ascii() && in_name(char::from(b)))).unwrap_or(rest.len());
        let end = if rest.as_bytes().get(plain).is_some_and(|b| !b.is_ascii()) {
            rest.find(|c| !in_name(c)).unwrap_or(rest.len())
        } else {
            plain
        };
        self.at += end;
        &rest[..end]
    }

    /// `{{ … ` up to the end of the text.
    pub(super) fn unclosed(&self) -> TemplateFault {
        let help = "end it with }}, or write \\{{ where braces are meant as text";
        fault(self.tag, (self.tag + 2).min(self.text.len()), "this tag is never closed", help)
    }

    /// What stands here does not belong here.
    pub(super) fn unexpected(&self, wanted: &str) -> TemplateFault {
        let Some(c) = self.rest().chars().next() else { return self.unclosed() };
        let help = format!("{wanted} is expected here; where braces are meant as text, write \\{{{{");
        if self.rest().starts_with("{{") {
            let help = "end this tag with }} before the next begins, or write \\{{ where braces are meant as text";
            return fault(self.tag, self.tag + 2, "this tag is not closed before the next begins", help);
        }
        fault(self.at, self.at + c.len_utf8(), format!("`{}` cannot stand here", c.escape_debug()), help)
    }

    /// A text in quotes, without them. `\"` is the quote itself; no other backslash means anything.
    pub(super) fn quoted(&mut self, quote: u8) -> Read<&'a str> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if bytes.get(at + 1) == Some(&quote) => at += 2,
                byte if *byte == quote => {
                    self.at = at + 1;
                    return Ok(&self.text[start..at]);
                }
                _ => at += 1,
            }
        }
        // What follows cannot be told apart from the text in quotes: nothing more is read.
        self.at = self.text.len();
        Err(fault(start - 1, start, "this quote is never closed", "write a second one where the text ends"))
    }

    /// A number, where one stands here: digits, perhaps a sign and a fraction, and no letter after them.
    pub(super) fn number(&mut self) -> Read<Option<&'a str>> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let sign = usize::from(bytes.first() == Some(&b'-'));
        let whole = digits(sign);
        let mut end = sign + whole;
        if whole == 0 {
            return Ok(None);
        }
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if rest[end..].chars().next().is_some_and(in_name) && !rest[..end].contains('.') {
            return Ok(None);
        }
        let zeros = whole > 1 && bytes[sign] == b'0';
        if zeros || end > 40 || rest[end..].starts_with(|c| in_name(c) || matches!(c, '.' | '/' | '[')) {
            let help = "write a number such as 12 or 0.5; a name begins with a letter";
            return Err(fault(self.at, self.at + end, "this is neither a number nor a name", help));
        }
        self.at += end;
        Ok(Some(&rest[..end]))
    }

    /// Goes on behind a faulty tag: after its `}}`, or at the next `{{` where that comes first.
    pub(super) fn recover(&mut self) {
        self.at = self.at.max(self.tag + 2);
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'}' if bytes.get(self.at + 1) == Some(&b'}') => {
                    while self.byte() == Some(b'}') {
                        self.at += 1;
                    }
                    return;
                }
                b'{' if bytes.get(self.at + 1) == Some(&b'{') => return,
                _ => self.at += 1,
            }
        }
    }
}
