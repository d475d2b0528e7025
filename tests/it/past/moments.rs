//! What was live at a time.

use super::{rolled_back, said, says};
use crate::harness::binary;
use insta::assert_snapshot;

#[test]
fn the_reading_verbs_show_what_was_live_at_a_time() {
    let registry = rolled_back();
    let shown = |at: &str| {
        let said = registry.promptreg(&["render", "greet", "--at", at]);
        format!("{at}: {}{}", said.stdout.lines().skip(1).collect::<String>(), said.stderr.trim_end())
    };
    let times = [
        "2026-01-01T00:01:00Z",
        "2026-01-01T00:03:30Z",
        "2026-01-01T02:03:30+02:00",
        "2026-01-01 00:04",
        "2026-01-01",
        "2026-02-01",
    ];
    assert_snapshot!(times.map(shown).join("\n"), @"
    2026-01-01T00:01:00Z: Hi.
    2026-01-01T00:03:30Z: Hello.
    2026-01-01T02:03:30+02:00: Hello.
    2026-01-01 00:04: Hi.
    2026-01-01: Hi.
    2026-02-01: Hi.
    ");
    assert_snapshot!(said(&registry, &["list", "--at", "2026-01-01T00:01:59Z"]), @"
    support/greet  production 1.0.0  Says something.
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["show", "greet", "--at", "2026-01-01T00:00:00Z"]), @"
    error: there is no commit at `2026-01-01T00:00:00Z`
    exit code 3
    ");
    assert_snapshot!(said(&registry, &["show", "greet", "--at", "yesterday"]), @r#"
    error: invalid value 'yesterday' for '--at <TIME>': write 2026-11-22T14:02:00Z, "2026-11-22 14:02", 2026-11-22 (its end), 14:02 (today) or "2 hours ago"

    For more information, try '--help'.
    exit code 2
    "#);
    let mut berlin = binary(&registry.path());
    berlin.env("TZ", "Europe/Berlin").args(["render", "greet", "--at", "2026-01-01 01:03"]);
    assert_eq!(String::from_utf8(berlin.output().unwrap().stdout).unwrap(), "── user\nHello.\n");
}

#[test]
fn of_clocks_that_went_backwards_the_place_on_the_branch_counts() {
    let registry = rolled_back();
    says(&registry, "labels: {production: 0.9.0}\n");
    registry.turn_back(3);
    let head = registry.commit("By an old clock");
    let app = promptreg::app::App::open(&registry.path()).unwrap();
    for time in ["2026-01-01T00:02:00Z", "2026-01-01T00:04:00Z"] {
        assert_eq!(app.at_time(time).unwrap().commit, Some(head));
    }
    assert_ne!(app.at_time("2026-01-01T00:01:00Z").unwrap().commit, Some(head));
}
