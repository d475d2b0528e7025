//! The chain of hashes: followed, and exported.

use crate::{
    app::App,
    cli::{Outcome, error::Failure, terminal::Terminal},
    store::{AuditHead, Chain, Chained},
};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
};
use uuid::Uuid;

/// Follows the chain in the database.
pub(super) async fn verify(app: &App, expect: Option<&str>, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let mut found = expect.is_none();
    if let Some(expect) = expect {
        app.export_audit(|row| {
            found |= row.hash == expect;
            Ok::<_, Failure>(())
        })
        .await?;
    }
    let chain = app.verify_audit().await?;
    tell(&chain, expect.filter(|_| !found), terminal)
}

/// Follows the chain in a file that was exported.
pub(super) fn verify_file(
    path: &Path,
    tenant: Uuid,
    expect: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let failed = |source| Failure::Read { path: path.display().to_string(), source };
    let (mut chain, mut found) = (Chain::of(tenant), expect.is_none());
    for (number, line) in (1..).zip(BufReader::new(fs::File::open(path).map_err(failed)?).lines()) {
        let line = line.map_err(failed)?;
        let row = serde_json::from_str(&line).ok().and_then(|said| Chained::read(&said));
        let row = row.ok_or_else(|| {
            Failure::Usage(format!("{}: line {number} is no row of an export of `promptreg audit`", path.display()))
        })?;
        found |= expect == Some(&row.hash);
        chain.follow(&row);
    }
    chain.end(&AuditHead { seq: chain.seq, hash: chain.hash.clone(), ..AuditHead::default() });
    tell(&chain, expect.filter(|_| !found), terminal)
}

fn tell(chain: &Chain, missing: Option<&str>, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    for broken in &chain.broken {
        writeln!(terminal.out(), "broken: {}", broken.what)?;
    }
    if let Some(missing) = missing {
        writeln!(terminal.out(), "broken: no row has the hash {missing}: what was there was replaced")?;
    }
    let is_whole = chain.broken.is_empty() && missing.is_none();
    if is_whole {
        writeln!(
            terminal.out(),
            "{} rows in one unbroken chain; the last one has the hash\n{}",
            chain.seq,
            chain.hash
        )?;
    }
    Ok(if is_whole { Outcome::Clean } else { Outcome::Findings })
}

/// Prints every row with its hashes.
pub(super) async fn export(app: &App, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let mut out = std::io::BufWriter::new(terminal.out());
    app.export_audit(|row| Ok::<_, Failure>(writeln!(out, "{}", row.told())?)).await?;
    out.flush()?;
    Ok(Outcome::Clean)
}
