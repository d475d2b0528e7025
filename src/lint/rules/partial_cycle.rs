//! Rule `partial-cycle`: versions that include themselves.

use crate::{
    domain::{Diagnostic, Level, Which},
    files::Document,
    lint::{Check, Context, Findings, Rule, context},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) static RULE: Rule = Rule {
    name: "partial-cycle",
    default: Level::Error,
    summary: "versions that include themselves, directly or through others",
    explanation: r#"
A text that contains itself has no end. Take one of the partials out of the circle.

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
    let graph = circles(graph(context));
    for (path, partials) in &graph {
        let (Some(document), Some((name, _))) = (context.loaded.documents.get(*path), partials.first()) else {
            continue;
        };
        let span = findings.at(document, &format!("/uses/{name}"));
        let round = round(&graph, path);
        let message = format!("this version includes itself: {}", round.join(" → "));
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
        findings.add(finding.help("take one of these partials out of the circle"));
    }
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

/// What is left when all that ends is taken away, and then all that nothing left includes.
fn circles(mut graph: Graph<'_>) -> Graph<'_> {
    loop {
        let before = graph.len();
        let there: BTreeSet<&str> = graph.keys().copied().collect();
        for partials in graph.values_mut() {
            partials.retain(|(_, path)| there.contains(path));
        }
        let included: BTreeSet<&str> = graph.values().flatten().map(|(_, path)| *path).collect();
        graph.retain(|path, partials| !partials.is_empty() && included.contains(path));
        if graph.len() == before {
            return graph;
        }
    }
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
