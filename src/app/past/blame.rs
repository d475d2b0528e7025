//! Blame: with which version each line of a version came to be as it is.

use crate::{
    app::{Arrival, Current, Error, Query},
    diff,
    domain::{PromptFolder, PromptName, Semver, Turn, Version, VersionState},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long all comparisons of one question may take.
const TIME: Duration = Duration::from_secs(2);

/// How many versions are looked back.
const VERSIONS: usize = 1_000;

/// Where every line of a version comes from.
#[derive(Debug, Serialize)]
pub struct Blame {
    /// The prompt.
    pub name: PromptName,
    /// The version.
    pub version: Semver,
    /// Whether every line was followed to its end. Where time ran out, some may be older than is said.
    pub is_complete: bool,
    /// The versions that the lines came with, in the order in which they are named first.
    pub origins: Vec<Origin>,
    /// The messages and placeholders.
    pub messages: Vec<BlamedTurn>,
    /// The other keys of the version.
    pub keys: Vec<BlamedKey>,
}

/// A version that lines came with, and how it came to the default branch.
#[derive(Debug, Serialize)]
pub struct Origin {
    /// Its number.
    pub version: Semver,
    /// Its state.
    pub status: VersionState,
    /// How it came.
    #[serde(flatten)]
    pub arrival: Arrival,
}

/// One message or placeholder.
#[derive(Debug, Serialize)]
pub struct BlamedTurn {
    /// Who speaks; none for a placeholder.
    pub role: Option<&'static str>,
    /// The name of the placeholder; none for a message.
    pub placeholder: Option<String>,
    /// The place in `origins` of the version that began it.
    pub origin: usize,
    /// The lines of the message.
    pub lines: Vec<BlamedLine>,
}

/// One line of a message.
#[derive(Debug, Serialize)]
pub struct BlamedLine {
    /// The place in `origins` of the version it came with.
    pub origin: usize,
    /// The line without its end.
    pub text: String,
}

/// One key besides the messages.
#[derive(Debug, Serialize)]
pub struct BlamedKey {
    /// The place in `origins` of the version that gave it this value.
    pub origin: usize,
    /// The key, such as `parameters`.
    pub key: String,
    /// Its value.
    pub value: Value,
}

/// Says of every line of the version that a query means with which version it came. Each version is compared with the one
/// it continues: the greatest number below its own that was there before it, else the one that came just before it.
/// A line that went to a message of another speaker, or past other lines, is new there. Takes seconds at most.
///
/// # Errors
/// Where the query means no version.
pub fn blame(current: &Current, query: &Query) -> Result<Blame, Error> {
    let (folder, number, _) = current.find(query)?;
    let missing = || Error::Missing { what: "version", name: format!("{}@{number}", folder.name) };
    let version = folder.versions.get(&number).ok_or_else(missing)?;
    let line = line(current, folder, &number);
    let (since, is_complete) = since(version, &line);
    let mut origins = Origins { line: &line, places: HashMap::new(), named: Vec::new() };
    let messages = turns(version, &since, &mut origins);
    let keys = keys(version, &line, &mut origins);
    let origins = origins.named.into_iter().map(|number| {
        let served = current.served(&folder.name, number);
        Origin {
            version: number.clone(),
            status: served.map_or(VersionState::Draft, |served| served.state(folder, number)),
            arrival: served.map(|served| served.arrival.clone()).unwrap_or_default(),
        }
    });
    let origins = origins.collect();
    Ok(Blame { name: folder.name.clone(), version: number, is_complete, origins, messages, keys })
}

type Numbered<'a> = (&'a Semver, &'a Version);

/// A version and those it continues, one after the other, itself first.
fn line<'a>(current: &'a Current, folder: &'a PromptFolder, number: &Semver) -> Vec<Numbered<'a>> {
    // Drafts come after all that arrived.
    let order = |number: &Semver| current.served(&folder.name, number)?.arrival.version_number;
    let ranked = folder.versions.iter();
    let ranked: Vec<_> =
        ranked.map(|(number, version)| ((order(number).unwrap_or(u32::MAX), number), &**version)).collect();
    let mut line = Vec::new();
    let mut next = ranked.iter().find(|((_, own), _)| *own == number);
    while let Some(((order, number), version)) = next.filter(|_| line.len() < VERSIONS) {
        line.push((*number, *version));
        let earlier = || ranked.iter().filter(|(rank, _)| *rank < (*order, *number));
        let below = earlier().filter(|((_, other), _)| other < number).max_by_key(|((_, other), _)| *other);
        next = below.or_else(|| earlier().max_by_key(|(rank, _)| *rank));
    }
    line
}

/// A line of a message, or what begins a message or a placeholder. Who speaks is part of it.
type Element<'a> = (Option<&'static str>, bool, &'a str);

fn elements(version: &Version) -> impl Iterator<Item = Element<'_>> {
    version.messages.iter().flat_map(|turn| {
        let (head, content): (Element<'_>, &str) = match turn {
            Turn::Message { role, content } => ((Some(role.as_str()), true, ""), content),
            Turn::Placeholder { placeholder } => ((None, true, placeholder), ""),
        };
        let lines =
            content.split_inclusive('\n').map(move |line| (head.0, false, line.strip_suffix('\n').unwrap_or(line)));
        [head].into_iter().chain(lines)
    })
}

/// The elements of a version as numbers, equal ones with the same.
fn numbered<'a>(version: &'a Version, known: &mut HashMap<Element<'a>, usize>) -> Vec<usize> {
    let number = |element| {
        let next = known.len();
        *known.entry(element).or_insert(next)
    };
    elements(version).map(number).collect()
}

/// With which version of the line each element of the first one came, and whether all were followed to their end.
fn since<'a>(version: &'a Version, line: &[Numbered<'a>]) -> (Vec<usize>, bool) {
    let mut known = HashMap::new();
    let until = Instant::now() + TIME;
    let mut newer = numbered(version, &mut known);
    let mut since = vec![0; newer.len()];
    // Where the elements that are not followed to their end yet stand in the version that is looked at.
    let mut open: Vec<(usize, usize)> = (0..newer.len()).map(|place| (place, place)).collect();
    for (place, (_, older)) in line.iter().enumerate().skip(1) {
        let older = numbered(older, &mut known);
        let kept = diff::kept(&older, &newer, until);
        if Instant::now() >= until {
            return (since, false);
        }
        let mut kept = kept.into_iter().peekable();
        open.retain_mut(|(element, at)| {
            while kept.next_if(|(_, new)| new.end <= *at).is_some() {}
            match kept.peek().filter(|(_, new)| new.contains(at)) {
                Some((old, new)) => (since[*element], *at) = (place, old.start + (*at - new.start)),
                None => return false,
            }
            true
        });
        if open.is_empty() {
            return (since, true);
        }
        newer = older;
    }
    (since, line.len() < VERSIONS)
}

/// The versions that were named, each with its place.
struct Origins<'a> {
    line: &'a [Numbered<'a>],
    places: HashMap<usize, usize>,
    named: Vec<&'a Semver>,
}

impl Origins<'_> {
    /// The place among those that are named of the version at a place of the line.
    fn name(&mut self, place: usize) -> usize {
        let Some((number, _)) = self.line.get(place) else { return 0 };
        *self.places.entry(place).or_insert_with(|| {
            self.named.push(number);
            self.named.len() - 1
        })
    }
}

fn turns(version: &Version, since: &[usize], origins: &mut Origins<'_>) -> Vec<BlamedTurn> {
    let mut turns: Vec<BlamedTurn> = Vec::new();
    for ((role, is_head, text), since) in elements(version).zip(since) {
        let origin = origins.name(*since);
        if is_head {
            let placeholder = role.is_none().then(|| text.to_owned());
            turns.push(BlamedTurn { role, placeholder, origin, lines: Vec::new() });
        } else if let Some(turn) = turns.last_mut() {
            turn.lines.push(BlamedLine { origin, text: text.to_owned() });
        }
    }
    turns
}

/// The keys besides the messages, each with the version since which it has its value.
fn keys(version: &Version, line: &[Numbered<'_>], origins: &mut Origins<'_>) -> Vec<BlamedKey> {
    let own = rest(version);
    let mut since: HashMap<&String, usize> = own.keys().map(|key| (key, 0)).collect();
    for (place, (_, older)) in line.iter().enumerate().skip(1) {
        let older = rest(older);
        let mut is_open = false;
        for (key, since) in &mut since {
            if *since == place - 1 && own.get(*key) == older.get(*key) {
                (*since, is_open) = (place, true);
            }
        }
        if !is_open {
            break;
        }
    }
    let places: Vec<usize> = own.keys().map(|key| since.get(key).copied().unwrap_or_default()).collect();
    let keys = own.into_iter().zip(places);
    keys.map(|((key, value), place)| BlamedKey { origin: origins.name(place), key, value }).collect()
}

/// What a version says besides its messages.
fn rest(version: &Version) -> Map<String, Value> {
    let rest = Version { messages: Vec::new(), ..version.clone() };
    match serde_json::to_value(rest) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
