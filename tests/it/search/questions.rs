//! What people type, and what is found by it.

use super::shelf::{Shelf, ask, folder, names, prompt, ranked};
use promptreg::{domain::Listing, search::Question};
use serde_json::json;

fn shelf() -> Shelf {
    Shelf::of([
        folder(
            "summarize-ticket",
            Some("support/email"),
            json!({
                "display_name": "Summarize a support ticket", "description": "Three sentences for the hand-over.",
                "owner": "ana", "category": "support", "tags": ["summary"], "aliases": ["shorten-thread"],
                "labels": {"production": "1.1.0", "staging": "1.2.0"},
            }),
            &[
                ("1.0.0", "An ancient wording about ferrets."),
                ("1.1.0", "You summarize {{ticketBody}} politely for the customer."),
                ("1.2.0", "You summarize {{ticket_body}} briskly for the customer."),
            ],
        ),
        folder(
            "draft-reply",
            Some("support"),
            json!({"display_name": "Draft a reply", "owner": "bo", "tags": ["mail"], "labels": {"production": "1.0.0"}}),
            &[("1.0.0", "Write a polite reply to the customer. Mention the ticket number.")],
        ),
        folder("old-poem", Some("art"), json!({"status": "archived"}), &[("1.0.0", "A poem about the customer.")]),
        prompt("translate-page", "Translate the page for a customer. Keep the HTTPServer settings."),
    ])
}

#[test]
fn all_words_must_be_there_in_any_field_and_any_case() {
    let shelf = shelf();
    assert_eq!(shelf.names("customer"), "draft-reply summarize-ticket translate-page");
    assert_eq!(shelf.names("CUSTOMER Reply"), "draft-reply");
    assert_eq!(shelf.names("customer ana"), "summarize-ticket");
    assert_eq!(shelf.names("hand-over support/email"), "summarize-ticket");
    assert_eq!(shelf.names("shorten-thread"), "summarize-ticket");
    assert_eq!(shelf.names("customer zebra"), "");
}

#[test]
fn a_phrase_is_words_that_follow_each_other() {
    let shelf = shelf();
    assert_eq!(shelf.names("\"the customer\""), "draft-reply summarize-ticket");
    assert_eq!(shelf.names("\"customer the\""), "");
    assert_eq!(shelf.names("“polite reply”"), "draft-reply");
    // The end of one text and the beginning of the next are no phrase.
    assert_eq!(shelf.names("\"ticket summary\""), "");
}

#[test]
fn a_star_is_the_beginning_of_a_word_and_a_hyphen_leaves_out() {
    let shelf = shelf();
    assert_eq!(shelf.names("transl*"), "translate-page");
    assert_eq!(shelf.names("customer -ticket"), "translate-page");
    assert_eq!(shelf.names("customer -\"the customer\""), "translate-page");
    assert_eq!(shelf.names("-customer"), "");
}

#[test]
fn names_of_variables_are_found_whole_and_in_parts_however_they_are_written() {
    let shelf = shelf();
    for text in ["ticket_body", "ticketBody", "ticketbody", "TicketBody", "ticket-body", "\"ticket body\"", "body"] {
        assert_eq!(shelf.names(text), "summarize-ticket", "{text}");
    }
    for text in ["http server", "HttpServer", "httpserver", "http_server"] {
        assert_eq!(shelf.names(text), "translate-page", "{text}");
    }
}

#[test]
fn the_last_word_may_be_begun_where_little_is_found() {
    let shelf = shelf();
    assert_eq!(shelf.names("customer transl"), "translate-page");
    let found = shelf.ask(&Question { limit: 1, ..ask("custom") });
    assert_eq!((found.total, found.is_corrected), (3, false));
    // `page` is a whole word; with one hit wanted there is no need for longer ones.
    assert_eq!(shelf.names("transl customer"), "");
}

#[test]
fn slips_are_forgiven_where_nothing_else_is_found() {
    let shelf = shelf();
    for text in ["custmer", "cusotmer", "kustomer", "customerr"] {
        let found = shelf.find(text);
        assert_eq!(names(&found), "draft-reply summarize-ticket translate-page", "{text}");
        assert!(found.is_corrected, "{text}");
    }
    assert_eq!(shelf.names("sumarise tiket"), "summarize-ticket");
    assert!(!shelf.find("customer").is_corrected);
    // Three letters are another word as soon as one is wrong, and a number is never meant to be another.
    assert_eq!(shelf.names("anx"), "");
    assert_eq!(Shelf::of([prompt("a", "gpt4mini")]).names("gpt5mini"), "");
}

#[test]
fn only_versions_in_use_are_found_unless_all_are_asked_for() {
    let shelf = shelf();
    assert_eq!(shelf.names("ferrets"), "");
    let found = shelf.ask(&Question { all_versions: true, ..ask("ferrets") });
    assert_eq!(found.hits[0].version.to_string(), "1.0.0");
    let found = shelf.ask(&Question { all_versions: true, ..ask("customer") });
    assert_eq!((found.total, names(&found).as_str()), (3, "draft-reply summarize-ticket translate-page"));
    // Each prompt once, in its best version.
    assert_eq!(shelf.find("briskly").hits[0].version.to_string(), "1.2.0");
    assert_eq!(shelf.find("politely").hits[0].version.to_string(), "1.1.0");
    let archived = Listing { status: Some(promptreg::domain::PromptStatus::Archived), ..Listing::default() };
    assert_eq!(names(&shelf.ask(&Question { listing: archived, ..ask("customer") })), "old-poem");
}

#[test]
fn what_is_yanked_is_found_among_all_versions_and_what_is_revoked_or_removed_is_not() {
    let withdrawn = |which: &str| {
        let mut said = json!({"labels": {"production": "1.0.0"}});
        said[which] = json!({"1.1.0": "it leaks"});
        folder("a", None, said, &[("1.0.0", "aardvark"), ("1.1.0", "badger")])
    };
    let found = |which: &str, text: &str, all_versions: bool| {
        Shelf::of([withdrawn(which)]).ask(&Question { all_versions, ..ask(text) }).total
    };
    assert_eq!((found("yanked", "badger", false), found("yanked", "badger", true)), (0, 1));
    assert_eq!((found("revoked", "badger", false), found("revoked", "badger", true)), (0, 0));
    assert_eq!((found("deprecated", "badger", false), found("yanked", "aardvark", false)), (1, 1));
    let mut removed = withdrawn("deprecated");
    removed.is_removed = true;
    let shelf = Shelf::of([removed]);
    assert_eq!((shelf.find("aardvark").total, shelf.find("").total), (0, 0));
    assert_eq!(shelf.index.searcher().prints().unwrap().len(), 1, "it is known all the same");
}

#[test]
fn without_words_everything_that_fits_is_found_by_name_and_counted() {
    let shelf = shelf();
    let found = shelf.ask(&Question { facets: true, ..ask("") });
    assert_eq!(ranked(&found), "draft-reply summarize-ticket translate-page");
    insta::assert_debug_snapshot!(found.facets.unwrap(), @r#"
    Facets {
        collection: {
            "support": 2,
            "support/email": 1,
        },
        tag: {
            "mail": 1,
            "summary": 1,
        },
        label: {
            "production": 2,
            "staging": 1,
        },
        owner: {
            "ana": 1,
            "bo": 1,
        },
        category: {
            "support": 1,
        },
    }
    "#);
    let tagged = Listing { tag: Some("mail".parse().unwrap()), ..Listing::default() };
    assert_eq!(names(&shelf.ask(&Question { listing: tagged, ..ask("") })), "draft-reply");
}

#[test]
fn a_title_weighs_more_than_a_text_and_the_exact_name_most() {
    let shelf = Shelf::of([
        prompt("billing", "Refund, refund, refund, refund: a refund is a refund and a refund."),
        folder("money-back", None, json!({"display_name": "Refund a customer"}), &[("1.0.0", "Say how.")]),
        prompt("refund-all", "Give it all back."),
        prompt("refund", "Nothing much about it, but that it has a rather long text in which little is said at all."),
    ]);
    assert_eq!(ranked(&shelf.find("refund")), "refund refund-all money-back billing");
}

#[test]
fn pages_follow_each_other_without_a_gap_and_ties_are_in_the_order_of_names() {
    let many = (0..57).rev().map(|i| prompt(&format!("same-{i:02}"), "the very same text"));
    let shelf = Shelf::of(many);
    let mut seen = Vec::new();
    for offset in (0..60).step_by(10) {
        let found = shelf.ask(&Question { limit: 10, offset, ..ask("very") });
        assert_eq!(found.total, 57);
        seen.extend(found.hits.into_iter().map(|hit| hit.name.to_string()));
    }
    assert_eq!(seen, (0..57).map(|i| format!("same-{i:02}")).collect::<Vec<_>>());
}

#[test]
fn nothing_that_is_typed_is_an_error() {
    let shelf = shelf();
    let long = "customer ".repeat(5_000);
    let star = "*".repeat(2_000);
    for text in
        ["\"", "\"customer", "customer\"", "-", "--", "*", "-*", "a AND (b", "+x:y^2~", "\0", &long, &star, "{{"]
    {
        shelf.find(text);
    }
    assert_eq!(shelf.names("\"customer reply"), "draft-reply");
    assert_eq!(shelf.names(&long), "draft-reply summarize-ticket translate-page");
    assert_eq!(shelf.ask(&Question { limit: usize::MAX, offset: usize::MAX, ..ask("customer") }).total, 3);
    assert_eq!(shelf.ask(&Question { limit: 0, ..ask("customer") }).total, 3);
}
