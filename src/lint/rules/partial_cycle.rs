//! Rule `partial-cycle`: versions that include themselves.

use crate::{
    domain::{DEPTH, Diagnostic, Level, Location, PromptName, Which},
    files::Document,
    lint::{Check, Context, Findings, Rule, context},
};
use std::collections::{BTreeMap, HashSet};

pub(super) static RULE: Rule = Rule {
    name: "partial-cycle",
    default: Level::Error,
    summary: "versions that include themselves, directly or through others, or others more than 64 deep",
    explanation: r#"
A text that contains itself has no end. Take one of the partials out of the circle. Versions may include each other 64
deep; what is deeper is not served either.

Bad:
```yaml
# prompts/a/1.0.0.yaml
uses: {b: b@1.0.0}
# prompts/b/1.0.0.yaml
uses: {a: a@1.0.0}
```
Good:
```yaml
# prompts/a/1.0.0.yaml
uses: {b: b@1.0.0}
# prompts/b/1.0.0.yaml
content: Be brief.
```
"#,
    breaks: true,
    check: Check::Whole(check),
};

/// How many versions of a circle are named in a message.
const SHOWN: usize = 6;

/// By path: the partials' keys and paths.
type Graph<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a str)>>;

fn check(context: &Context<'_>, findings: &mut Findings) {
    if !has_layers(context) {
        return;
    }
    let graph = graph(context);
    let depths = depths(&graph);
    let deep = depths.iter().filter(|(_, depth)| **depth > DEPTH);
    for (path, depth) in deep {
        let (Some(document), Some(partials)) = (context.loaded.documents.get(*path), graph.get(path)) else { continue };
        let Some((name, _)) = partials.iter().max_by_key(|(_, path)| depths.get(path)) else { continue };
        let span = findings.at(document, &format!("/uses/{name}"));
        let message = format!("this version includes others {depth} deep, and {DEPTH} is the most");
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
        findings.add(finding.help("put the texts of some of these partials where they are included"));
    }
    let circles = circles(&graph, &depths);
    for (path, partials) in &circles {
        let (Some(document), Some((name, _))) = (context.loaded.documents.get(*path), partials.first()) else {
            continue;
        };
        let span = findings.at(document, &format!("/uses/{name}"));
        let round = round(&circles, path);
        let message = format!("this version includes itself: {}", round.join(" → "));
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
        findings.add(finding.help("take one of these partials out of the circle"));
    }
}

/// Whether anything includes what includes something itself; else there is neither a circle nor depth.
fn has_layers(context: &Context<'_>) -> bool {
    let including = || {
        let versions = context.loaded.documents.values().filter_map(|document| {
            let Location::Version(_, name, _) = &document.location else { return None };
            Some((name, context::version(document)?))
        });
        versions.filter(|(_, version)| !version.uses.is_empty())
    };
    let layered: HashSet<&PromptName> = including().map(|(name, _)| name).collect();
    including().any(|(_, version)| version.uses.values().any(|pin| layered.contains(&pin.name)))
}

fn graph<'a>(context: &Context<'a>) -> Graph<'a> {
    let mut graph = Graph::new();
    for document in context.loaded.documents.values() {
        let document: &'a Document = document;
        let Some(version) = context::version(document).filter(|version| !version.uses.is_empty()) else { continue };
        let partials = version.uses.iter().filter_map(|(name, pin)| match &pin.which {
            Which::Exact(number) => Some((name.as_str(), &*context.version_file(&pin.name, number)?.path)),
            _ => None,
        });
        graph.insert(&document.path, partials.collect());
    }
    graph
}

/// How deep the inclusions of each version go; none for those that have no end.
fn depths<'a>(graph: &Graph<'a>) -> BTreeMap<&'a str, usize> {
    let mut including: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, partials) in graph {
        for (_, partial) in partials {
            including.entry(partial).or_default().push(path);
        }
        left.insert(path, partials.len());
    }
    let ends = including.keys().copied().chain(graph.keys().copied());
    let mut done: Vec<&str> = ends.filter(|path| graph.get(path).is_none_or(Vec::is_empty)).collect();
    let mut depths: BTreeMap<&str, usize> = done.iter().map(|path| (*path, 0)).collect();
    while let Some(path) = done.pop() {
        let depth = depths.get(path).copied().unwrap_or_default();
        for above in including.remove(path).unwrap_or_default() {
            let known = depths.entry(above).or_default();
            *known = (*known).max(depth + 1);
            if let Some(left) = left.get_mut(above) {
                *left -= 1;
                if *left == 0 {
                    done.push(above);
                }
            }
        }
    }
    depths.retain(|path, _| left.get(path).is_none_or(|left| *left == 0));
    depths
}

/// What has no end, without what merely leads there.
fn circles<'a>(graph: &Graph<'a>, depths: &BTreeMap<&'a str, usize>) -> Graph<'a> {
    let endless = |path: &str| !depths.contains_key(path);
    let kept = graph.iter().filter(|(path, _)| endless(path)).map(|(path, partials)| {
        (*path, partials.iter().copied().filter(|(_, partial)| endless(partial)).collect::<Vec<_>>())
    });
    let mut graph: Graph<'a> = kept.collect();
    let mut included: BTreeMap<&str, usize> = graph.keys().map(|path| (*path, 0)).collect();
    for (_, partial) in graph.values().flatten() {
        *included.entry(partial).or_default() += 1;
    }
    let mut free: Vec<&str> = included.iter().filter(|(_, count)| **count == 0).map(|(path, _)| *path).collect();
    while let Some(path) = free.pop() {
        for (_, partial) in graph.remove(path).unwrap_or_default() {
            if let Some(count) = included.get_mut(partial) {
                *count -= 1;
                if *count == 0 {
                    free.push(partial);
                }
            }
        }
    }
    graph
}

/// The way from a version back to itself, as far as it is shown.
fn round<'a>(graph: &Graph<'a>, start: &'a str) -> Vec<String> {
    let label = |path: &str| {
        let parts: Vec<_> = path.trim_end_matches(".yaml").rsplit('/').take(2).collect();
        format!("`{}@{}`", parts.last().unwrap_or(&path), parts.first().unwrap_or(&path))
    };
    let (mut way, mut at) = (vec![label(start)], start);
    while let Some((_, next)) = graph.get(at).and_then(|partials| partials.first()) {
        if way.len() == SHOWN {
            way.push("…".to_owned());
            break;
        }
        way.push(label(next));
        if *next == start {
            break;
        }
        at = next;
    }
    way
}
