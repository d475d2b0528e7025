//! The lines of a formatted text, and where the comments at their ends stand.

/// The blanks between the longest of neighbouring lines and the comments behind them.
const BEFORE_COMMENT: usize = 3;

/// One line.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    /// All but the comment, with its indentation.
    pub(super) text: String,
    /// The comment, and the column at which it stood.
    pub(super) comment: Option<(usize, &'a str)>,
}

/// The lines as one text: comments at line ends that stood in one column stand in one column.
pub(super) fn join(lines: &[Line<'_>]) -> String {
    let mut out = String::new();
    let mut rest = lines;
    while let Some(line) = rest.first() {
        let Some((column, _)) = line.comment else {
            out.push_str(&line.text);
            out.push('\n');
            rest = &rest[1..];
            continue;
        };
        let aligned = |line: &&Line<'_>| line.comment.is_some_and(|(other, _)| other == column);
        let run = &rest[..rest.iter().take_while(aligned).count()];
        let width = run.iter().map(|line| line.text.chars().count()).max().unwrap_or_default();
        for line in run {
            out.push_str(&line.text);
            let blanks = width + BEFORE_COMMENT - line.text.chars().count();
            out.extend(std::iter::repeat_n(' ', blanks));
            out.push_str(line.comment.map_or("", |(_, comment)| comment));
            out.push('\n');
        }
        rest = &rest[run.len()..];
    }
    out
}
