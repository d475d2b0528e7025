//! The wire: messages with their length before them, and none longer than anyone needs.

use super::Error;
use lsp_server::Message;
use std::io::{BufRead, Read as _, Write};

/// The longest message, in bytes: a file of the largest size a registry usually allows, every byte of it escaped, and more.
const MESSAGE_BYTES: usize = 32 << 20;

/// The longest line of a header, in bytes.
const HEADER_BYTES: u64 = 1024;

/// What came over the wire.
#[derive(Debug)]
pub(super) enum Received {
    /// A message.
    Message(Box<Message>),
    /// As many bytes as were announced, and no message: the next one can be read all the same.
    Garbled,
    /// The other side has closed.
    End,
}

/// Reads the next message.
///
/// # Errors
/// Where reading fails, or the header is none or announces more than 32 MiB.
pub(super) fn read(input: &mut impl BufRead) -> Result<Received, Error> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.by_ref().take(HEADER_BYTES).read_line(&mut line)? == 0 {
            return Ok(Received::End);
        }
        let Some(line) = line.strip_suffix('\n') else { return Err(Error::Protocol("a header has no end")) };
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { return Err(Error::Protocol("a header has no colon")) };
        if name.eq_ignore_ascii_case("Content-Length") {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let Some(length) = length else { return Err(Error::Protocol("a message does not say how long it is")) };
    if length > MESSAGE_BYTES {
        return Err(Error::Protocol("a message is longer than 32 MiB"));
    }
    let mut body = Vec::new();
    input.by_ref().take(length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Ok(Received::End);
    }
    Ok(serde_json::from_slice(&body).map_or(Received::Garbled, |message| Received::Message(Box::new(message))))
}

/// Writes one message.
///
/// # Errors
/// Where writing fails.
pub(super) fn write(output: &mut impl Write, message: &Message) -> Result<(), Error> {
    message.write(output)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(mut bytes: &[u8]) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            match read(&mut bytes) {
                Ok(Received::Message(message)) => told.push(serde_json::to_string(&message).unwrap()),
                Ok(Received::Garbled) => told.push("garbled".to_owned()),
                Ok(Received::End) => return told,
                Err(error) => {
                    told.push(error.to_string());
                    return told;
                }
            }
        }
    }

    #[test]
    fn a_message_that_is_none_is_passed_over_and_the_next_one_read() {
        let text = "Content-Length: 3\r\n\r\n{]}content-length:19\r\nContent-Type: x\r\n\r\n{\"method\": \"hello\"}";
        assert_eq!(read_all(text.as_bytes()), ["garbled", r#"{"method":"hello"}"#]);
    }

    #[test]
    fn what_has_no_end_is_refused_before_it_is_read() {
        let refusal = |text: &str| read_all(text.as_bytes()).concat();
        insta::assert_snapshot!(refusal("Content-Length: 999999999999\r\n\r\n"), @"this is not the language server protocol: a message is longer than 32 MiB");
        insta::assert_snapshot!(refusal(&"x".repeat(5000)), @"this is not the language server protocol: a header has no end");
        insta::assert_snapshot!(refusal("GET / HTTP/1.1\r\n\r\n"), @"this is not the language server protocol: a header has no colon");
        insta::assert_snapshot!(refusal("Content-Type: x\r\n\r\n"), @"this is not the language server protocol: a message does not say how long it is");
        insta::assert_snapshot!(refusal("Content-Length: 10\r\n\r\n{"), @"");
    }
}
