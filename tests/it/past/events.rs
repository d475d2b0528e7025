//! Histories as people make them, and the log that tells them.

use super::{rolled_back, said, says};
use insta::assert_snapshot;

#[test]
fn a_label_that_went_forth_and_back_is_told_with_who_moved_it() {
    let registry = rolled_back();
    assert_snapshot!(said(&registry, &["log", "greet"]), @"
    2026-01-01T00:04:00Z  COMMIT  cleo  production 1.1.0 → 1.0.0
    2026-01-01T00:03:00Z  COMMIT  ben   production 1.0.0 → 1.1.0
    2026-01-01T00:02:00Z  COMMIT  ben   staging → 1.1.0
    2026-01-01T00:02:00Z  COMMIT  ben   1.1.0 arrived (3rd version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   production → 1.0.0
    2026-01-01T00:01:00Z  COMMIT  ana   1.0.0 arrived (2nd version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   0.9.0 arrived (1st version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   added in support
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["log", "greet", "--label", "production"]), @"
    1.0.0  2026-01-01T00:04:00Z – now                   COMMIT  cleo  live again
    1.1.0  2026-01-01T00:03:00Z – 2026-01-01T00:04:00Z  COMMIT  ben
    1.0.0  2026-01-01T00:01:00Z – 2026-01-01T00:03:00Z  COMMIT  ana
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["log", "greet", "--label", "production", "--limit", "1"]), @"
    1.0.0  2026-01-01T00:04:00Z – now                   COMMIT  cleo  live again
    older ones are left out: --limit says how many are shown
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["log", "greet", "--limit", "2", "--json"]), @r#"
    [
      {
        "kind": "prompt",
        "name": "greet",
        "event": "label_moved",
        "label": "production",
        "from": "1.1.0",
        "to": "1.0.0",
        "created_by": "cleo",
        "created_at": "2026-01-01T00:04:00Z",
        "approved_by": "cleo",
        "approved_at": "2026-01-01T00:04:00Z",
        "commit": "COMMIT"
      },
      {
        "kind": "prompt",
        "name": "greet",
        "event": "label_moved",
        "label": "production",
        "from": "1.0.0",
        "to": "1.1.0",
        "created_by": "ben",
        "created_at": "2026-01-01T00:03:00Z",
        "approved_by": "ben",
        "approved_at": "2026-01-01T00:03:00Z",
        "commit": "COMMIT"
      }
    ]
    older ones are left out: --limit says how many are shown
    exit code 0
    "#);
    assert_snapshot!(said(&registry, &["log", "greet", "--label", "canary"]), @"
    no version was ever handed out as `canary`
    exit code 1
    ");
    assert_snapshot!(said(&registry, &["log", "nobody"]), @"
    error: there is no prompt `nobody`
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    exit code 3
    ");
}

#[test]
fn what_was_withdrawn_and_taken_back_is_told_with_its_reason() {
    let registry = rolled_back();
    says(&registry, "labels: {production: 1.0.0}\nyanked: {1.0.0: it shouts}\ndeprecated: {0.9.0: old}\n");
    registry.commit("Yank what is live");
    says(&registry, "labels: {production: 1.0.0}\nrevoked: {0.9.0: it leaks}\n");
    registry.commit("It does not shout");
    says(&registry, "labels: {production: 1.1.0}\nrevoked: {0.9.0: it leaks badly, 1.0.0: it leaks}\n");
    registry.commit("Move and revoke at once");
    assert_snapshot!(said(&registry, &["log", "greet"]), @"
    2026-01-01T00:07:00Z  COMMIT  ana   production 1.0.0 → 1.1.0
    2026-01-01T00:07:00Z  COMMIT  ana   1.0.0 revoked: it leaks
    2026-01-01T00:07:00Z  COMMIT  ana   0.9.0 revoked: it leaks badly
    2026-01-01T00:06:00Z  COMMIT  ana   0.9.0 revoked: it leaks
    2026-01-01T00:06:00Z  COMMIT  ana   1.0.0 no longer yanked
    2026-01-01T00:06:00Z  COMMIT  ana   0.9.0 no longer deprecated
    2026-01-01T00:05:00Z  COMMIT  ana   staging removed, it was 1.1.0
    2026-01-01T00:05:00Z  COMMIT  ana   1.0.0 yanked: it shouts
    2026-01-01T00:05:00Z  COMMIT  ana   0.9.0 deprecated: old
    2026-01-01T00:04:00Z  COMMIT  cleo  production 1.1.0 → 1.0.0
    2026-01-01T00:03:00Z  COMMIT  ben   production 1.0.0 → 1.1.0
    2026-01-01T00:02:00Z  COMMIT  ben   staging → 1.1.0
    2026-01-01T00:02:00Z  COMMIT  ben   1.1.0 arrived (3rd version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   production → 1.0.0
    2026-01-01T00:01:00Z  COMMIT  ana   1.0.0 arrived (2nd version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   0.9.0 arrived (1st version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   added in support
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["log", "greet", "--label", "production"]), @"
    1.1.0  2026-01-01T00:07:00Z – now                   COMMIT  ana   live again
    1.0.0  2026-01-01T00:06:00Z – 2026-01-01T00:07:00Z  COMMIT  ana   live again
    1.0.0  2026-01-01T00:04:00Z – 2026-01-01T00:05:00Z  COMMIT  cleo  live again, until it was yanked
    1.1.0  2026-01-01T00:03:00Z – 2026-01-01T00:04:00Z  COMMIT  ben
    1.0.0  2026-01-01T00:01:00Z – 2026-01-01T00:03:00Z  COMMIT  ana
    exit code 0
    ");
}

#[test]
fn a_prompt_that_moved_was_archived_and_got_another_name_says_so() {
    let registry = rolled_back();
    registry.git(&["mv", "prompts/support/greet", "prompts/greet"]);
    registry.commit("Move it up");
    registry.git(&["mv", "prompts/greet", "prompts/support/greet"]);
    registry.prompt("support/greet", "labels: {production: 1.0.0}\nstatus: archived\ntags: [public]\n", &[]);
    registry.commit("Move it down and archive it");
    says(&registry, "labels: {production: 1.0.0}\n# active again\naliases: [welcome]\n");
    registry.commit("Use it again");
    says(&registry, "aliases: [welcome]\nlabels: {production: 1.0.0}\n");
    registry.commit("Only the order of the keys");
    assert_snapshot!(said(&registry, &["log", "greet", "--limit", "9"]), @"
    2026-01-01T00:07:00Z  COMMIT  ana   tags changed
    2026-01-01T00:07:00Z  COMMIT  ana   answers to welcome
    2026-01-01T00:07:00Z  COMMIT  ana   active again
    2026-01-01T00:06:00Z  COMMIT  ana   tags changed
    2026-01-01T00:06:00Z  COMMIT  ana   staging removed, it was 1.1.0
    2026-01-01T00:06:00Z  COMMIT  ana   archived
    2026-01-01T00:06:00Z  COMMIT  ana   moved to support
    2026-01-01T00:05:00Z  COMMIT  ana   moved out of support
    2026-01-01T00:04:00Z  COMMIT  cleo  production 1.1.0 → 1.0.0
    older ones are left out: --limit says how many are shown
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["log", "welcome"]), @"
    error: `welcome` is now called `greet`
      ask for `greet`
    exit code 3
    ");
}

#[test]
fn a_prompt_that_was_removed_has_a_past_and_comes_back_with_its_versions() {
    let registry = rolled_back();
    registry.git(&["rm", "-r", "--quiet", "prompts/support/greet"]);
    registry.commit("Remove it");
    assert_snapshot!(said(&registry, &["log", "greet", "--limit", "3"]), @"
    2026-01-01T00:05:00Z  COMMIT  ana   removed
    2026-01-01T00:04:00Z  COMMIT  cleo  production 1.1.0 → 1.0.0
    2026-01-01T00:03:00Z  COMMIT  ben   production 1.0.0 → 1.1.0
    older ones are left out: --limit says how many are shown
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["log", "greet", "--label", "production"]), @"
    1.0.0  2026-01-01T00:04:00Z – 2026-01-01T00:05:00Z  COMMIT  cleo  live again, until the prompt was removed
    1.1.0  2026-01-01T00:03:00Z – 2026-01-01T00:04:00Z  COMMIT  ben
    1.0.0  2026-01-01T00:01:00Z – 2026-01-01T00:03:00Z  COMMIT  ana
    exit code 0
    ");
    registry.prompt("greet", "labels: {production: 1.1.0}\n", &[("1.2.0", "Good day.")]);
    registry.commit("Bring it back");
    assert_snapshot!(said(&registry, &["log", "greet", "--limit", "5"]), @"
    2026-01-01T00:06:00Z  COMMIT  ana   production → 1.1.0
    2026-01-01T00:06:00Z  COMMIT  ana   1.2.0 arrived (4th version): Made for a test.
    2026-01-01T00:06:00Z  COMMIT  ana   back
    2026-01-01T00:05:00Z  COMMIT  ana   removed
    2026-01-01T00:04:00Z  COMMIT  cleo  production 1.1.0 → 1.0.0
    older ones are left out: --limit says how many are shown
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["log", "greet", "--label", "production"]), @"
    1.1.0  2026-01-01T00:06:00Z – now                   COMMIT  ana   live again
    1.0.0  2026-01-01T00:04:00Z – 2026-01-01T00:05:00Z  COMMIT  cleo  live again, until the prompt was removed
    1.1.0  2026-01-01T00:03:00Z – 2026-01-01T00:04:00Z  COMMIT  ben
    1.0.0  2026-01-01T00:01:00Z – 2026-01-01T00:03:00Z  COMMIT  ana
    exit code 0
    ");
}

#[test]
fn what_was_broken_was_never_served_and_is_no_part_of_the_past() {
    let registry = rolled_back();
    says(&registry, "labels: {production: [}\n");
    registry.version("support/greet", "2.0.0", "{{#if}}");
    registry.commit_as("ben", "Break it");
    says(&registry, "labels: {production: 3.0.0}\n");
    registry.commit_as("ben", "A label to nowhere");
    registry.version("support/greet", "1.0.0", "Changed after it was approved.");
    registry.version("support/greet", "3.0.0", "At last.");
    registry.commit_as("cleo", "The version comes later");
    assert_snapshot!(said(&registry, &["log", "greet", "--limit", "5"]), @"
    2026-01-01T00:07:00Z  COMMIT  ben (approved by cleo)  staging removed, it was 1.1.0
    2026-01-01T00:07:00Z  COMMIT  ben (approved by cleo)  production 1.0.0 → 3.0.0
    2026-01-01T00:07:00Z  COMMIT  cleo                    3.0.0 arrived (4th version): Made for a test.
    2026-01-01T00:04:00Z  COMMIT  cleo                    production 1.1.0 → 1.0.0
    2026-01-01T00:03:00Z  COMMIT  ben                     production 1.0.0 → 1.1.0
    older ones are left out: --limit says how many are shown
    exit code 0
    ");
}

#[test]
fn who_wrote_it_and_who_merged_it_are_both_told() {
    let registry = rolled_back();
    registry.git(&["switch", "--quiet", "-c", "shorter"]);
    registry.prompt("support/greet", "labels: {production: 1.2.0}\n", &[("1.2.0", "Hey.")]);
    registry.commit_as("ben", "Shorter");
    registry.git(&["switch", "--quiet", "main"]);
    registry.git(&["merge", "--quiet", "--no-ff", "--no-commit", "shorter"]);
    registry.commit_as("cleo", "Merge shorter");
    assert_snapshot!(said(&registry, &["log", "greet", "--limit", "3"]), @"
    2026-01-01T00:06:00Z  COMMIT  ben (approved by cleo)  staging removed, it was 1.1.0
    2026-01-01T00:06:00Z  COMMIT  ben (approved by cleo)  production 1.0.0 → 1.2.0
    2026-01-01T00:06:00Z  COMMIT  ben (approved by cleo)  1.2.0 arrived (4th version): Made for a test.
    older ones are left out: --limit says how many are shown
    exit code 0
    ");
}

#[test]
fn the_registry_s_past_names_every_thing() {
    let registry = rolled_back();
    registry
        .file("models/fast.yaml", "provider: openai\nmodel: a\n")
        .file("users/dora.yaml", "email: dora@example.org\n");
    registry.file("policies/p.yaml", "checks: [{max_tokens: 9}]\n");
    registry.commit("Things");
    registry.file("models/fast.yaml", "provider: openai\nmodel: b\nbase_url: https://example.org\n");
    registry.file("users/dora.yaml", "email: [\n").file("prompts/support/collection.yaml", "display_name: Support\n");
    registry.file("workflows/w.yaml", "owner: ana\nsteps: [{id: a, prompt: greet}]\n");
    registry.git(&["rm", "--quiet", "policies/p.yaml", "tags.yaml"]);
    registry.commit_as("ben", "Others");
    assert_snapshot!(said(&registry, &["log"]), @"
    2026-01-01T00:06:00Z  COMMIT  ben   policy p: removed
    2026-01-01T00:06:00Z  COMMIT  ben   model fast: model, base_url changed
    2026-01-01T00:06:00Z  COMMIT  ben   workflow w: added
    2026-01-01T00:06:00Z  COMMIT  ben   collection support: added
    2026-01-01T00:06:00Z  COMMIT  ben   tags: removed
    2026-01-01T00:05:00Z  COMMIT  ana   policy p: added
    2026-01-01T00:05:00Z  COMMIT  ana   user dora: added
    2026-01-01T00:05:00Z  COMMIT  ana   model fast: added
    2026-01-01T00:04:00Z  COMMIT  cleo  prompt greet: production 1.1.0 → 1.0.0
    2026-01-01T00:03:00Z  COMMIT  ben   prompt greet: production 1.0.0 → 1.1.0
    2026-01-01T00:02:00Z  COMMIT  ben   prompt greet: staging → 1.1.0
    2026-01-01T00:02:00Z  COMMIT  ben   prompt greet: 1.1.0 arrived (3rd version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   user cleo: added
    2026-01-01T00:01:00Z  COMMIT  ana   user ben: added
    2026-01-01T00:01:00Z  COMMIT  ana   user ana: added
    2026-01-01T00:01:00Z  COMMIT  ana   prompt greet: production → 1.0.0
    2026-01-01T00:01:00Z  COMMIT  ana   prompt greet: 1.0.0 arrived (2nd version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   prompt greet: 0.9.0 arrived (1st version): Made for a test.
    2026-01-01T00:01:00Z  COMMIT  ana   prompt greet: added in support
    2026-01-01T00:01:00Z  COMMIT  ana   tags: added
    2026-01-01T00:01:00Z  COMMIT  ana   registry: added
    exit code 0
    ");
}

#[test]
fn what_people_wrote_steers_no_terminal() {
    let registry = rolled_back();
    says(&registry, "labels: {production: 1.0.0}\nyanked: {1.1.0: \"a\\e[2Jb\\nc\"}\n");
    registry.commit_as("ben\u{202e}\u{1b}[2J", "Odd");
    let log = registry.promptreg(&["log", "greet", "--limit", "2"]);
    assert!(log.stdout.contains("1.1.0 yanked: a␛[2Jb c\n") && !log.stdout.contains(['\u{1b}', '\u{202e}']), "{log:?}");
}
