//! Keys: where they go, and where they never do.

use super::{Act, Bench, KEY, Pretend, Question, at, forms, shown};
use insta::assert_snapshot;

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Pretend::new([forms::openai("Hi.")]);
    let headers: &'static str = format!("text/plain\r\nlocation: http://{}/v1/chat/completions", other.address).leak();
    let pretend = Pretend::new([Act::Say(307, headers, String::new())]);
    assert_snapshot!(shown(&Bench::new().call(&[at("openai", &pretend)], &Question::hello()).await), @"refused: the provider refused (307): it leads elsewhere, and no redirect is followed (1 attempts)");
    assert_eq!(other.asked().len(), 0);
}

#[tokio::test]
async fn a_key_that_a_provider_repeats_goes_no_further() {
    let bench = Bench::new();
    for (said, provider) in [
        (format!("Incorrect API key provided: {KEY}."), "openai"),
        (format!("key=\"{KEY}\" and sk-proj-****8uW are wrong\nreally"), "anthropic"),
        (format!("{}{KEY}", "x".repeat(495)), "gemini"),
        (format!("Bearer {}", &KEY[..12]), "ollama"),
    ] {
        for status in [400, 401, 429, 500] {
            let acts = (0..3).map(|_| forms::openai_error(status, "application/json", &said));
            let pretend = Pretend::new(acts);
            let failed = bench.call(&[at(provider, &pretend)], &Question::hello()).await.unwrap_err();
            for text in [failed.to_string(), format!("{failed:?}"), format!("{bench:?}", bench = bench.caller)] {
                assert!(!text.contains(&KEY[..6]), "{text}");
            }
        }
    }
    let pretend = Pretend::new([forms::openai(&format!("You sent {KEY}, did you not?"))]);
    let answer = bench.call(&[at("openai", &pretend)], &Question::hello()).await.unwrap();
    assert_eq!(answer.text, "You sent [key], did you not?");
}

#[tokio::test]
async fn a_key_is_in_one_header_and_in_no_address() {
    for provider in ["openai", "anthropic", "gemini", "ollama"] {
        let pretend = Pretend::new([Act::Close]);
        let mut told = |_: &str| ();
        let (bench, question) = (Bench::new(), Question::hello());
        let limits = promptreg::model::Limits { retries: 0, ..super::LIMITS };
        let _ = bench.caller.stream(&[at(provider, &pretend)], &question.request(), limits, &mut told).await;
        let asked = pretend.asked().remove(0);
        let with_key: Vec<_> = asked.headers.iter().filter(|header| header.contains(KEY)).collect();
        assert!(with_key.len() == 1 && !asked.line.contains("key"), "{asked:?}");
    }
}

#[tokio::test]
async fn a_long_story_of_an_error_is_cut() {
    let pretend = Pretend::new([Act::Say(400, "text/html", "<p>no</p>".repeat(10_000))]);
    let failed = Bench::new().call(&[at("openai", &pretend)], &Question::hello()).await.unwrap_err();
    assert!(failed.to_string().len() < 600, "{failed}");
}
