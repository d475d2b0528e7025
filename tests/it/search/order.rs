//! However an index came about, it finds the same: and what a listing lets through is what the listing itself says.

use super::shelf::{Shelf, ask, folder};
use promptreg::{
    domain::{Filter, Listing, PromptFolder, PromptStatus},
    search::Question,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::json;
use std::collections::BTreeSet;

const WORDS: [&str; 6] = ["apple", "pear", "plum", "ticket_id", "工单总结", "réply"];
const TAGS: [&str; 3] = ["red", "green", "blue"];
const LABELS: [&str; 2] = ["production", "staging"];
const COLLECTIONS: [&str; 4] = ["a", "a/b", "a/b/c", "ab"];
const OWNERS: [&str; 2] = ["ana", "bo"];

/// Up to eight prompts by name, so that one is changed often.
fn a_prompt() -> impl Strategy<Value = PromptFolder> {
    let texts = vec(vec(select(&WORDS[..]), 1..6), 0..4);
    let meta = (
        option::of(select(&COLLECTIONS[..])),
        option::of(select(&OWNERS[..])),
        vec(select(&TAGS[..]), 0..3),
        option::of(select(&LABELS[..])),
        any::<bool>(),
    );
    (0..8_usize, texts, meta).prop_map(|(i, texts, (collection, owner, tags, label, is_archived))| {
        let tags: BTreeSet<_> = tags.into_iter().collect();
        let mut prompt = json!({"tags": tags, "status": if is_archived { "archived" } else { "active" }});
        if let Some(owner) = owner {
            prompt["owner"] = json!(owner);
        }
        if let Some(label) = label {
            prompt["labels"] = json!({label: "1.0.0"});
        }
        let versions: Vec<_> =
            texts.iter().enumerate().map(|(minor, text)| (format!("1.{minor}.0"), text.join(" "))).collect();
        let versions: Vec<_> = versions.iter().map(|(number, text)| (number.as_str(), text.as_str())).collect();
        folder(&format!("p-{i}"), collection, prompt, &versions)
    })
}

fn a_listing() -> impl Strategy<Value = Listing> {
    let client = (vec(select(&TAGS[..]), 0..3), vec(select(&COLLECTIONS[..]), 0..2), vec(select(&LABELS[..]), 0..2));
    let own = (
        option::of(select(&COLLECTIONS[..])),
        option::of(select(&TAGS[..])),
        option::of(select(&LABELS[..])),
        option::of(select(&OWNERS[..])),
        option::of(any::<bool>()),
    );
    (own, client).prop_map(|((collection, tag, label, owner, archived), (tags, collections, labels))| Listing {
        collection: collection.map(|path| path.parse().unwrap()),
        tag: tag.map(|tag| tag.parse().unwrap()),
        label: label.map(|label| label.parse().unwrap()),
        owner: owner.map(|owner| owner.parse().unwrap()),
        status: archived.map(|yes| if yes { PromptStatus::Archived } else { PromptStatus::Active }),
        client: Filter {
            tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
            collections: collections.iter().map(|path| path.parse().unwrap()).collect(),
            labels: labels.iter().map(|label| label.parse().unwrap()).collect(),
        },
    })
}

fn names(shelf: &Shelf, question: &Question) -> BTreeSet<String> {
    shelf.ask(question).hits.iter().map(|hit| hit.name.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn changes_in_any_order_find_what_an_index_from_nothing_finds(
        changes in vec((a_prompt(), prop::bool::weighted(0.3)), 1..25),
        question in select(&["apple", "apple pear", "ticket", "工单", "appel", "plu", "reply -plum", "\"pear plum\"", ""][..]),
        all_versions in any::<bool>(),
    ) {
        let mut grown = Shelf::open(None);
        for (prompt, is_removed) in changes {
            if is_removed { grown.take(prompt.name.as_str()) } else { grown.put([prompt]) };
        }
        let made = Shelf::of(grown.prompts.values().cloned());
        let question = Question { all_versions, facets: true, ..ask(question) };
        let (one, other) = (grown.ask(&question), made.ask(&question));
        prop_assert_eq!(names(&grown, &question), names(&made, &question));
        prop_assert_eq!((one.total, &one.facets, one.is_corrected), (other.total, &other.facets, other.is_corrected));
        prop_assert_eq!(one.total, one.hits.len());
        let sizes = [&grown, &made].map(|shelf| shelf.index.searcher().size().documents);
        prop_assert_eq!(sizes[0], sizes[1]);
    }

    #[test]
    fn what_a_listing_lets_through_is_found_and_nothing_else(
        prompts in vec(a_prompt(), 0..20),
        listing in a_listing(),
        all_versions in any::<bool>(),
    ) {
        let mut shelf = Shelf::open(None);
        for prompt in prompts {
            shelf.put([prompt]);
        }
        let says = |folder: &PromptFolder| !folder.versions.is_empty();
        let fitting = shelf.prompts.values().filter(|folder| listing.fits(folder) && says(folder));
        let fitting: BTreeSet<_> = fitting.map(|folder| folder.name.to_string()).collect();
        let question = Question { listing: listing.clone(), all_versions, ..ask("") };
        prop_assert_eq!(names(&shelf, &question), fitting.clone());
        let found = names(&shelf, &Question { listing, all_versions, ..ask("apple") });
        prop_assert!(found.is_subset(&fitting));
    }
}
