//! Finding prompts from the command line.

use crate::harness::Registry;

fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt(
        "support/refund",
        "display_name: Refund a customer\ntags: [money]\nlabels: {production: 1.0.0, staging: 1.1.0}\n",
        &[("1.0.0", "Politely say when the money is back."), ("1.1.0", "Briskly say when the money is back.")],
    );
    registry.prompt("greet", "", &[("1.0.0", "Greet the customer, whose money is welcome.")]);
    registry.commit("Start");
    registry
}

#[test]
fn hits_are_printed_with_their_selector_and_what_matches_in_bold() {
    let registry = registry();
    registry.git(&["switch", "--quiet", "-c", "proposal"]);
    registry.prompt("proposed", "", &[("1.0.0", "Count the money.")]);
    registry.commit("Propose");
    registry.git(&["switch", "--quiet", "main"]);
    registry.prompt("lying", "", &[("1.0.0", "Lie about the money.")]);
    let said: Vec<String> = [
        &["search", "money"][..],
        &["search", "customer", "briskly"],
        &["search", "politly"],
        &["search", "money", "--tag", "money"],
        &["search", "money", "--limit", "1"],
        &["search", "count", "money", "--ref", "proposal"],
        &["search", "lie money", "--work-tree"],
        &["search", "zebra"],
    ]
    .iter()
    .map(|args| format!("$ promptreg {}\n{}", args.join(" "), registry.promptreg(args).all()))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    $ promptreg search money
    refund:staging  Refund a customer
        Briskly say when the money is back.
    greet@1.0.0
        Greet the customer, whose money is welcome.
    exit code 0
    $ promptreg search customer briskly
    refund:staging  Refund a customer
        Briskly say when the money is back.
    exit code 0
    $ promptreg search politly
    refund  Refund a customer
        Politely say when the money is back.
    nothing is spelled just so; this comes near:
    exit code 0
    $ promptreg search money --tag money
    refund:staging  Refund a customer
        Briskly say when the money is back.
    exit code 0
    $ promptreg search money --limit 1
    refund:staging  Refund a customer
        Briskly say when the money is back.
    1 of 2; --limit shows more
    exit code 0
    $ promptreg search count money --ref proposal
    proposed@1.0.0
        Count the money.
    exit code 0
    $ promptreg search lie money --work-tree
    lying@1.0.0
        Lie about the money.
    exit code 0
    $ promptreg search zebra
    nothing is found: fewer words find more, and --all-versions looks further
    exit code 1
    ");
}

#[test]
fn json_is_what_the_http_search_answers() {
    let registry = registry();
    let printed = registry.promptreg(&["search", "politely", "--json"]);
    assert_eq!(printed.code, 0);
    let server = registry.into_server(&[]);
    let reply = server.until("/v1/search?q=politely&facets=true&limit=10", |reply| reply.status == 200);
    assert_eq!(printed.json(), reply.json());
}
