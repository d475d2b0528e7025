//! Makes a template of literal text.

/// A template that renders to exactly `text`, whatever braces and backslashes it holds.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut template = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        template.push_str(&rest[..at]);
        if rest[..at].ends_with('\\') {
            // A backslash before braces would count as an escape; before an empty comment it is doubled and stays.
            template.push_str("\\{{!}}");
        }
        let braces = if rest[at..].starts_with("{{{{") { 4 } else { 2 };
        template.push('\\');
        template.push_str(&rest[at..at + braces]);
        rest = &rest[at + braces..];
    }
    template.push_str(rest);
    template
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn only_braces_in_pairs_are_escaped() {
        assert_eq!(escape("a {b} {{c}} }}"), "a {b} \\{{c}} }}");
        assert_eq!(escape("{{{{{"), "\\{{{{{");
        assert_eq!(escape("\\{{x"), "\\\\{{!}}\\{{x");
    }
}
