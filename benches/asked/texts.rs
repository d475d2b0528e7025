//! All versions as text, for those who search them in other ways.

use crate::Done;
use promptreg::git::Repository;
use std::{
    io::{BufWriter, Write as _},
    path::Path,
};

/// Prints name, number and text of every version at the tip, as PostgreSQL's `COPY … FROM STDIN` reads it.
pub(crate) fn print(repository: &str) -> Done {
    let repository = Repository::open(Path::new(repository))?;
    let tip = repository.tip("main")?.ok_or("there is no main")?;
    let is_version = |path: &str| path.starts_with("prompts/") && path.ends_with(".0.yaml");
    let tree = repository.tree(tip)?;
    let entries: Vec<_> = tree.entries.iter().filter(|entry| is_version(&entry.path)).collect();
    let ids: Vec<_> = entries.iter().map(|entry| entry.blob).collect();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (entry, blob) in entries.iter().zip(repository.blobs(&ids, u64::MAX)?) {
        let text = String::from_utf8(blob?)?.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', " ");
        let mut parts = entry.path.rsplit('/');
        let number = parts.next().unwrap_or_default().trim_end_matches(".yaml");
        writeln!(out, "{}\t{number}\t{text}", parts.next().unwrap_or_default())?;
    }
    Ok(out.flush()?)
}
