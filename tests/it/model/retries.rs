//! Busy providers, providers that are away, and profiles to try instead.

use super::{Act, Bench, LIMITS, Pretend, Question, at, forms, profile, shown};
use insta::assert_snapshot;
use promptreg::{
    domain::Price,
    model::{Limits, Profile, in_turn, retry_after},
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

fn named(name: &str, (_, profile): Profile) -> Profile {
    (name.parse().unwrap(), profile)
}

fn priced((name, mut profile): Profile, input: f64, output: f64) -> Profile {
    Arc::make_mut(&mut profile).price = Some(Price { input, output });
    (name, profile)
}

#[tokio::test]
async fn a_provider_that_says_when_is_asked_again_then() {
    let busy = || forms::openai_error(429, "application/json\r\nretry-after: 7", "Rate limit reached");
    let pretend = Pretend::new([busy(), forms::openai("Hi.")]);
    let bench = Bench::new();
    let answer = bench.call(&[at("openai", &pretend)], &Question::hello()).await.unwrap();
    assert_eq!((answer.attempts, bench.paused().len()), (2, 1));
    assert!((7000..7500).contains(&bench.paused()[0].as_millis()), "{:?}", bench.paused());
    assert_eq!((answer.spent.input_tokens, answer.spent.output_tokens), (Some(19), Some(10)));
}

#[tokio::test]
async fn a_pause_that_leaves_no_time_is_not_made() {
    let busy = || forms::openai_error(429, "application/json\r\nretry-after: 21", "Rate limit reached");
    let pretend = Pretend::new([busy(), forms::openai("Hi.")]);
    let bench = Bench::new();
    let answer = bench.call(&[at("openai", &pretend)], &Question::hello()).await;
    assert_snapshot!(shown(&answer), @"
    rate_limited: the provider wants to be asked less often: Rate limit reached (1 attempts)
      ask less at once, or later; a `fallback` of the model profile answers meanwhile
    ");
    assert_eq!((pretend.asked().len(), bench.paused()), (1, Vec::new()));
}

#[tokio::test]
async fn a_provider_that_wants_hours_is_not_waited_for_and_the_fallback_answers() {
    let busy = forms::openai_error(503, "application/json\r\nretry-after: 121", "Closed");
    let (pretend, well) = (Pretend::new([busy]), Pretend::new([forms::openai("Hi.")]));
    let (bench, question) = (Bench::new(), Question::hello());
    let limits = Limits { deadline: Duration::from_secs(3600), ..LIMITS };
    let profiles = [at("openai", &pretend), named("b", at("openai", &well))];
    let answer = bench.caller.call(&profiles, &question.request(), limits).await.unwrap();
    assert_eq!((answer.profile.as_str(), answer.attempts, bench.paused()), ("b", 2, Vec::new()));
}

#[tokio::test]
async fn a_provider_that_is_away_is_asked_again_after_longer_and_longer_pauses() {
    let pretend =
        Pretend::new([Act::Close, forms::openai_error(500, "application/json", "Oh no"), forms::openai("Hi.")]);
    let bench = Bench::new();
    let answer = bench.call(&[at("openai", &pretend)], &Question::hello()).await.unwrap();
    let paused = bench.paused();
    let between =
        |pause: Duration, from, to| (Duration::from_millis(from)..=Duration::from_millis(to)).contains(&pause);
    assert_eq!(answer.attempts, 3);
    assert!(paused.len() == 2 && between(paused[0], 250, 500) && between(paused[1], 500, 1000), "{paused:?}");
}

#[tokio::test]
async fn a_fallback_answers_where_a_provider_stays_away() {
    let away = Pretend::new((0..3).map(|_| forms::openai_error(503, "text/plain", "Overloaded")));
    let well = Pretend::new([forms::anthropic("Hi.")]);
    let fallback = priced(named("careful", at("anthropic", &well)), 3.0, 15.0);
    let answer = Bench::new().call(&[at("openai", &away), fallback], &Question::hello()).await;
    assert_snapshot!(shown(&answer), @r#"
    {
      "text": "Hi.",
      "output": null,
      "tool_calls": [],
      "model": "claude-sonnet-4-5-20250929",
      "input_tokens": 12,
      "output_tokens": 6,
      "cost_usd": 0.000126,
      "latency_ms": 0,
      "attempts": 4,
      "profile": "careful"
    }
    "#);
}

#[tokio::test]
async fn what_was_of_no_use_is_paid_for_too() {
    let wrong = || forms::openai("not JSON");
    let pretend = Pretend::new([wrong(), wrong(), forms::anthropic("{}"), wrong(), wrong()]);
    let (first, second) = (priced(at("openai", &pretend), 10.0, 100.0), priced(at("anthropic", &pretend), 1.0, 2.0));
    let mut question = Question::hello();
    question.output_schema = Some(json!({"type": "object"}));
    let answer = Bench::new().call(&[first.clone(), second], &question).await;
    // Twice 19 at 10 and 10 at 100, and once 12 at 1 and 6 at 2.
    assert_eq!(answer.unwrap().spent.cost_usd, Some(0.002404));
    let failed = Bench::new().call(&[first], &question).await.unwrap_err();
    assert_eq!((failed.spent.input_tokens, failed.text.as_deref()), (Some(38), Some("not JSON")));
}

#[tokio::test]
async fn a_refusal_is_not_asked_for_again_but_the_fallback_is() {
    let bad = Pretend::new([forms::openai_error(404, "application/json", "The model `x` does not exist")]);
    let well = Pretend::new([forms::openai("Hi.")]);
    let answer = Bench::new().call(&[at("openai", &bad), named("b", at("openai", &well))], &Question::hello()).await;
    assert_eq!((answer.unwrap().profile.as_str(), bad.asked().len()), ("b", 1));
    let bad = Pretend::new([forms::openai_error(404, "application/json", "The model `x` does not exist")]);
    assert_snapshot!(shown(&Bench::new().call(&[at("openai", &bad)], &Question::hello()).await), @"
    refused: the provider refused (404): The model `x` does not exist (1 attempts)
      check `model` and base_url of the model profile
    ");
}

#[tokio::test]
async fn slow_answers_run_into_the_deadline_of_the_whole() {
    let pretend = Pretend::new([Act::Hang]);
    let limits = Limits { deadline: Duration::from_millis(50), ..LIMITS };
    let question = Question::hello();
    let profiles = [at("openai", &pretend), named("b", at("openai", &pretend))];
    let failed = Bench::new().caller.call(&profiles, &question.request(), limits).await;
    assert_snapshot!(shown(&failed), @"
    timeout: there was no answer in time (1 attempts)
      allow more time, or use a model profile that is faster
    ");
    assert!(failed.unwrap_err().latency_ms >= 50);
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let pretend = Pretend::new([Act::Endless]);
    assert_snapshot!(shown(&Bench::new().call(&[at("openai", &pretend)], &Question::hello()).await), @"
    broken: the answer is broken: it is longer than 1048576 bytes (1 attempts)
      check that what answers at base_url speaks the protocol of `provider`
    ");
}

#[test]
fn a_cost_is_what_one_reckons_by_hand() {
    let cost = |input, output, tokens: (u64, u64)| Price { input, output }.trillionths(tokens.0, tokens.1);
    assert_eq!(cost(0.1, 0.2, (1, 1)), 300_000);
    assert_eq!(cost(0.4, 1.6, (1_000_000, 1_000_000)), 2_000_000_000_000);
    assert_eq!(cost(0.000_001, 0.0, (3, 7)), 3);
    assert_eq!(cost(1_000_000.0, 1_000_000.0, (u64::MAX, u64::MAX)), u64::MAX);
    assert_eq!(cost(f64::NAN, -1.0, (5, 5)), 0);
}

#[tokio::test]
async fn costs_of_many_answers_add_up_to_no_odd_digits() {
    let busy = || forms::openai_message(&json!({"role": "assistant", "content": "no"}), "stop");
    let pretend = Pretend::new((0..2).map(|_| busy()).chain([forms::openai("[]")]));
    let question = Question { output_schema: Some(json!({"type": "array"})), ..Question::hello() };
    let profiles = [priced(at("openai", &pretend), 0.1, 0.2), priced(named("b", at("openai", &pretend)), 0.1, 0.2)];
    let answer = Bench::new().call(&profiles, &question).await.unwrap();
    assert_eq!(format!("{:?}", answer.spent.cost_usd), "Some(1.17e-5)");
}

#[test]
fn a_date_to_come_back_at_is_as_good_as_seconds() {
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    let read = |header| retry_after(header, now).map(|pause| pause.as_secs());
    assert_eq!(read("120"), Some(120));
    assert_eq!(read("Mon, 23 Nov 2026 12:01:30 GMT"), Some(90));
    assert_eq!(read("Mon, 23 Nov 2026 11:00:00 GMT"), Some(0));
    assert_eq!(read("soon"), None);
    assert_eq!(read("-1"), None);
    assert_eq!(read("99999999999"), None);
}

#[test]
fn profiles_are_tried_in_turn_each_once_and_eight_at_most() {
    let models = |written: &[(&str, &[&str])]| -> BTreeMap<_, _> {
        let one = |(name, fallback): &(&str, &[&str])| {
            profile(name, json!({"provider": "openai", "model": "m", "fallback": fallback}))
        };
        written.iter().map(one).collect()
    };
    let tried = |models: &BTreeMap<_, _>, first: &str| -> String {
        let found = in_turn(models, &first.parse().unwrap());
        found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let round = models(&[("a", &["b", "c", "gone"]), ("b", &["d", "a"]), ("c", &["b"]), ("d", &["d"])]);
    assert_eq!(tried(&round, "a"), "a b d c");
    assert_eq!(tried(&round, "gone"), "");
    let names: Vec<_> = (0..30).map(|index| format!("p{index}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let written: Vec<(&str, &[&str])> = all.iter().map(|name| (*name, all.as_slice())).collect();
    assert_eq!(tried(&models(&written), "p9"), "p9 p0 p1 p2 p3 p4 p5 p6");
}
