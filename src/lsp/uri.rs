//! Addresses of files, as editors write them, and paths.

use lsp_types::Uri;
use std::path::{Path, PathBuf};

/// The file that a `file:` address names; `None` for what is no file of this machine.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let slash = rest.find('/')?;
    if !matches!(rest.get(..slash)?, "" | "localhost") {
        return None;
    }
    let decoded = decode(rest.get(slash..)?)?;
    // `/c:/folder` is how a drive of Windows is written.
    let drive = decoded.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    Some(PathBuf::from(drive.unwrap_or(&decoded)))
}

/// The address of a file by its absolute path; `None` where the path is no text.
pub(super) fn uri(path: &Path) -> Option<Uri> {
    let path = path.to_str()?.replace('\\', "/");
    let mut text = String::from(if path.starts_with('/') { "file://" } else { "file:///" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~' | b':' | b'@') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text.parse().ok()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_the_trip_through_its_address() {
        for there in ["/a/b.yaml", "/tmp/mit Leerzeichen/ä%#?.yaml"] {
            assert_eq!(path(&uri(Path::new(there)).unwrap()).unwrap(), Path::new(there));
        }
        assert_eq!(path(&"file:///c%3A/a.yaml".parse().unwrap()).unwrap(), Path::new("c:/a.yaml"));
        assert_eq!(path(&"file://localhost/a".parse().unwrap()).unwrap(), Path::new("/a"));
    }

    #[test]
    fn what_is_no_file_of_this_machine_has_no_path() {
        for other in
            ["untitled:Untitled-1", "https://example.org/a", "file://server/share/a", "file:///%FF", "file:///%2"]
        {
            assert_eq!(other.parse().ok().and_then(|uri| path(&uri)), None, "{other}");
        }
    }
}
