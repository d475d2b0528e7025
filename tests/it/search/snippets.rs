//! Snippets: where the words are, cut to a glance.

use super::shelf::{Shelf, folder, prompt, told};
use serde_json::json;

#[test]
fn a_snippet_shows_where_the_words_are_and_marks_them() {
    let filler = "Nothing of interest is said here, and it is said at length. ".repeat(40);
    let text = format!("{filler}\n\nRefund\tthe customer's money within {{{{refund_days}}}} days.\n\n{filler}");
    let shelf = Shelf::of([folder(
        "money-back",
        None,
        json!({"display_name": "Money back", "description": "When a refund is due."}),
        &[("1.0.0", &text)],
    )]);
    insta::assert_snapshot!(told(&shelf.find("refund money")), @"
    money-back 1.0.0
      display_name: [Money] back
      description: When a [refund] is due.
      messages/0: …interest is said here, and it is said at length. [Refund] the customer's [money] within {{[refund]_days}} days. Nothing of interest is said here, and it is said at length. Nothing of interest is said…
    ");
    insta::assert_snapshot!(told(&shelf.find("\"the customer\"")), @"
    money-back 1.0.0
      messages/0: …of interest is said here, and it is said at length. Refund [the] [customer]'s money within {{refund_days}} days. Nothing of interest is said here, and it is said at length. Nothing of interest is…
    ");
    insta::assert_snapshot!(told(&shelf.find("refnd")), @"
    money-back 1.0.0
      description: When a [refund] is due.
      messages/0: …interest is said here, and it is said at length. [Refund] the customer's money within {{[refund]_days}} days. Nothing of interest is said here, and it is said at length. Nothing of interest is said…
    ");
    insta::assert_snapshot!(told(&shelf.find("refund_d*")), @"
    money-back 1.0.0
      messages/0: …it is said at length. Refund the customer's money within {{[refund_days]}} days. Nothing of interest is said here, and it is said at length. Nothing of interest is said here, and it is said at…
    ");
    insta::assert_snapshot!(told(&shelf.find("money-back")), @"
    money-back 1.0.0
      display_name: [Money] [back]
      messages/0: …is said here, and it is said at length. Refund the customer's [money] within {{refund_days}} days. Nothing of interest is said here, and it is said at length. Nothing of interest is said here, and…
    ");
}

#[test]
fn scripts_without_spaces_are_marked_by_the_characters_that_match() {
    let shelf = Shelf::of([prompt("one", "请用三句话总结客户的工单，不要编造数字。")]);
    insta::assert_snapshot!(told(&shelf.find("总结客户")), @"
    one 1.0.0
      messages/0: 请用三句话[总结客户]的工单，不要编造数字。
    ");
    insta::assert_snapshot!(told(&shelf.find("单")), @"
    one 1.0.0
      messages/0: 请用三句话总结客户的工[单]，不要编造数字。
    ");
}

#[test]
fn what_matches_nowhere_in_the_texts_is_shown_by_how_it_begins() {
    let said = json!({"owner": "ana", "description": "Says hello."});
    let shelf = Shelf::of([folder("greet", None, said, &[("1.0.0", "Hello!")])]);
    insta::assert_snapshot!(told(&shelf.find("ana")), @"
    greet 1.0.0
      description: Says hello.
    ");
}

#[test]
fn a_text_of_a_mebibyte_is_read_in_bounded_time_and_its_snippet_is_short() {
    let text = format!("{} needle", "hay ".repeat(200_000));
    let shelf = Shelf::of([prompt("stack", &text)]);
    let found = shelf.find("needle");
    assert_eq!(found.total, 1);
    assert!(found.hits[0].snippets.iter().all(|snippet| snippet.text.len() < 500));
    assert!(shelf.find("hay").hits[0].snippets[0].text.len() < 500);
    let one_line = "x".repeat(1 << 20);
    assert!(Shelf::of([prompt("line", &one_line)]).find("line").hits[0].snippets[0].text.len() < 500);
}
