//! `promptreg token`: what programs show to say whose they are.

use super::{
    Outcome,
    database::{self, DatabaseFlag},
    error::Failure,
    settings::{Keeping, RegistryFlag},
    terminal::Terminal,
};
use crate::{
    app::{self, Current, MadeToken, NewToken, make_token, take_token},
    domain::{Permission, Registry, TokenKind, clean, nearest},
    store::{Engine, Token, all_tokens},
};
use jiff::{Span, Timestamp, Zoned};
use std::io::{self, Write};

/// Who made a token that was made here: whoever may write to the database may.
const MAKER: &str = "operator";

/// Make, list and revoke tokens
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg token create --user ana --name ci --scope read --expires 90d\n  \
    curl --header \"Authorization: Bearer $(cat token)\" http://127.0.0.1:8484/v1/prompts\n  promptreg token list\n  \
    promptreg token revoke ci\n\n\
    Tokens are kept in the database of the server, which hears of a change within a second; it is the one that --database \
    names, else the embedded one in the data folder.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a token, and print it; it is printed this once
    #[command(after_help = "Examples:\n  promptreg token create --user ana --name ci > token\n  \
        promptreg token create --user ci --name staging --scope read --scope record_usage --expires 90d\n\n\
        What a token may do is what both its scopes and the roles of its user allow, at any time.")]
    Create {
        /// Whose token it is: the name of a file in users/
        #[arg(long, value_name = "HANDLE")]
        user: String,
        /// What to call it
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What it may be used for, as roles/ says it: read, `record_usage`, …; again for each [default: all that the user may do now]
        #[arg(long, value_name = "PERMISSION", value_parser = permission)]
        scope: Vec<Permission>,
        /// After what time it is worth nothing: 90d, 12h, "1 year" [default: never]
        #[arg(long, value_name = "TIME", value_parser = later)]
        expires: Option<Timestamp>,
        #[command(flatten)]
        place: Place,
    },
    /// List tokens: whose they are, what they may do, when they were used
    #[command(after_help = "Examples:\n  promptreg token list\n  promptreg token list --all --json")]
    List {
        /// Those that expired or were revoked too, and sessions of browsers
        #[arg(long)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Make a token worth nothing
    #[command(after_help = "Examples:\n  promptreg token revoke ci\n  \
        promptreg token revoke 019aaf3e-7a52-7c1e-9d6e-0d2f8c1b2a3f     a session goes by its id")]
    Revoke {
        /// The token's id or name
        #[arg(value_name = "ID|NAME")]
        named: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Where users and tokens are found.
#[derive(Debug, clap::Args)]
struct Place {
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    database: DatabaseFlag,
}

impl Place {
    fn within<T>(
        &self,
        terminal: &Terminal,
        work: impl AsyncFnOnce(&dyn Engine, &Registry) -> Result<T, Failure>,
    ) -> Result<(T, String), Failure> {
        let work = async |engine: &dyn Engine, current: &Current| work(engine, &current.registry).await;
        database::within((&self.registry, &self.keeping, &self.database), terminal, work)
    }
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match &arguments.verb {
        Verb::Create { user, name, scope, expires, place } => {
            let asked = NewToken {
                user: user.clone(),
                name: name.clone(),
                scopes: scope.clone(),
                expires_at: *expires,
                created_by: MAKER.to_owned(),
            };
            let now = Timestamp::now();
            let (made, place) =
                place.within(terminal, async |engine, registry| Ok(make_token(engine, registry, asked, now).await?))?;
            print_made(&made, &place, terminal)?;
            Ok(Outcome::Clean)
        }
        Verb::List { all, json, place } => list(*all, *json, place, terminal),
        Verb::Revoke { named, place } => {
            let now = Timestamp::now();
            let (token, _) = place.within(terminal, async |engine, registry| {
                Ok(take_token(engine, registry, named, MAKER, now).await?)
            })?;
            writeln!(terminal.out(), "the token `{}` of {} is revoked", clean(&token.name), token.user)?;
            Ok(Outcome::Clean)
        }
    }
}

/// The secret alone goes to standard output, so that it can be piped to where it is kept.
fn print_made(made: &MadeToken, place: &str, terminal: &mut Terminal) -> io::Result<()> {
    let MadeToken { secret, token } = made;
    let until = token.expires_at.map_or_else(|| "for good".to_owned(), |end| format!("until {}", seconds(end)));
    let (name, scopes) = (&token.name, words(token));
    writeln!(
        terminal.aside(),
        "the token `{name}` of {} may {scopes}, {until}, where {place} is used; it is shown this once:",
        token.user
    )?;
    writeln!(terminal.out(), "{secret}")?;
    terminal.out().flush()
}

fn list(all: bool, json: bool, place: &Place, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let now = Timestamp::now();
    let (mut tokens, _) = place.within(terminal, async |engine, registry| {
        let settings = registry.settings.as_ref().ok_or(app::Error::NoDatabase)?;
        Ok(all_tokens(engine, settings.registry.id).await.map_err(app::Error::from)?)
    })?;
    tokens.retain(|token| all || (token.kind == TokenKind::Token && token.is_live(now)));
    if json {
        terminal.json(&tokens)?;
    } else {
        let width = |of: fn(&Token) -> usize| tokens.iter().map(of).max().unwrap_or_default();
        let (name, user) = (width(|token| token.name.chars().count()), width(|token| token.user.len()));
        for token in &tokens {
            let said = clean(&token.name);
            let (used, standing) = (used(token), standing(token, now));
            writeln!(
                terminal.out(),
                "{}  {said:name$}  {:user$}  {used}{standing}  {}",
                token.id,
                token.user,
                words(token)
            )?;
        }
    }
    if tokens.is_empty() {
        writeln!(
            terminal.aside(),
            "there are no tokens: `promptreg token create --user HANDLE --name NAME` makes one"
        )?;
    }
    Ok(Outcome::Clean)
}

fn used(token: &Token) -> String {
    token.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", seconds(at)))
}

fn standing(token: &Token, now: Timestamp) -> String {
    match (token.revoked_at, token.expires_at) {
        (Some(at), _) => format!(", revoked {}", seconds(at)),
        (None, Some(end)) if end <= now => format!(", expired {}", seconds(end)),
        (None, Some(end)) => format!(", expires {}", seconds(end)),
        (None, None) => String::new(),
    }
}

fn words(token: &Token) -> String {
    let words: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn seconds(time: Timestamp) -> String {
    format!("{time:.0}")
}

fn permission(word: &str) -> Result<Permission, String> {
    let known = Permission::ALL.map(Permission::as_str);
    Permission::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| {
        let meant = nearest(word, known).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        format!("{meant}there are {}", known.join(", "))
    })
}

/// The moment that lies so far ahead.
fn later(text: &str) -> Result<Timestamp, String> {
    let ahead = text.parse::<Span>().ok().filter(|span| span.is_positive());
    let then = ahead.and_then(|span| Zoned::now().checked_add(span).ok());
    then.map(|then| then.timestamp()).ok_or_else(|| "write 90d, 12h or \"1 year\"".to_owned())
}
