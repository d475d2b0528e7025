//! Keys: where they go, and where they never do.

use super::{Act, Bench, KEY, Pretend, Question, at, forms, shown};
use insta::assert_snapshot;
use promptreg::domain::Secret;
use serde_json::json;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Pretend::new([forms::openai("Hi.")]);
    let headers: &'static str = format!("text/plain\r\nlocation: http://{}/v1/chat/completions", other.address).leak();
    let pretend = Pretend::new([Act::Say(307, headers, String::new())]);
    assert_snapshot!(shown(&Bench::new().call(&[at("openai", &pretend)], &Question::hello()).await), @"
    refused: the provider refused (307): it leads elsewhere, and no redirect is followed (1 attempts)
      set base_url to the address at which the provider itself answers
    ");
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
async fn the_end_of_a_line_in_a_file_is_no_part_of_a_key() {
    let pretend = Pretend::new([forms::openai(&format!("You sent {KEY}"))]);
    let (name, mut profile) = at("openai", &pretend);
    Arc::make_mut(&mut profile).api_key = Some(Secret::File("/run/secrets/key".to_owned()));
    let answer = Bench::new().call(&[(name, profile)], &Question::hello()).await.unwrap();
    assert!(pretend.asked()[0].headers.contains(&format!("authorization: Bearer {KEY}")));
    assert_eq!(answer.text, "You sent [key]");
}

#[tokio::test]
async fn a_long_story_of_an_error_is_cut() {
    let pretend = Pretend::new([Act::Say(400, "text/html", "<p>no</p>".repeat(10_000))]);
    let failed = Bench::new().call(&[at("openai", &pretend)], &Question::hello()).await.unwrap_err();
    assert!(failed.to_string().len() < 600, "{failed}");
}

/// What was logged, all of it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_has_a_key_or_a_prompt_or_an_answer_however_much_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let logging = tracing::subscriber::set_default(subscriber);
    tracing::trace!("before");
    let (bench, echo) = (Bench::new(), format!("You sent {KEY}"));
    let headers: &'static str = format!("application/json\r\nx-echo: {KEY}").leak();
    for provider in ["openai", "anthropic", "gemini", "ollama"] {
        for status in [200, 400, 401, 429, 500] {
            let strange = format!("{{\"error\": {{\"message\": \"{echo}\"}}, \"{KEY}\": [1]}}");
            let acts = || (0..6).map(|_| Act::Say(status, headers, strange.clone()));
            let _ = bench.call(&[at(provider, &Pretend::new(acts()))], &Question::hello()).await;
            let _ = bench.stream(&[at(provider, &Pretend::new(acts()))], &Question::hello()).await;
        }
    }
    for act in [
        forms::openai(&echo),
        forms::openai_message(&json!({"role": KEY, "content": [KEY], "tool_calls": KEY}), KEY),
        Act::events(forms::openai_events(&["You sent ", KEY])),
        Act::events(forms::openai_events(&["You sent ", &KEY[..9], &KEY[9..]])),
        Act::events(format!("data: {KEY}\n\n")),
        Act::Break("text/event-stream", format!("data: {{\"{KEY}\": ")),
    ] {
        let _ = bench.stream(&[at("openai", &Pretend::new([act]))], &Question::hello()).await;
    }
    tracing::trace!("after");
    drop(logging);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let said: Vec<_> = [KEY, "You sent", "Hello", "Be brief"].into_iter().filter(|text| log.contains(text)).collect();
    assert!(said.is_empty() && log.contains("before") && log.contains("after"), "{said:?} in {log}");
}

#[tokio::test]
async fn a_key_that_is_repeated_in_pieces_is_not_heard() {
    let halves = [&KEY[..9], &KEY[9..]];
    let pieces = ["You sent ", halves[0], halves[1], ", did you not? sk-", "p", "roven", " s"];
    let pretend = Pretend::new([Act::events(forms::openai_events(&pieces))]);
    let (heard, answer) = Bench::new().stream(&[at("openai", &pretend)], &Question::hello()).await;
    let all = "You sent [key], did you not? sk-proven s";
    assert_eq!((heard.concat().as_str(), answer.unwrap().text.as_str()), (all, all));
}

#[tokio::test]
async fn a_key_that_is_repeated_as_a_call_of_a_tool_goes_no_further() {
    let call = json!({"id": KEY, "type": "function", "function": {"name": "look", "arguments": format!("{{\"{KEY}\": [\"{KEY}\"]}}")}});
    let calling = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let pretend = Pretend::new([forms::openai_message(&calling, "tool_calls")]);
    let answer = Bench::new().call(&[at("openai", &pretend)], &Question::hello()).await.unwrap();
    assert!(answer.tool_calls.len() == 1 && !format!("{answer:?}").contains(&KEY[..6]), "{answer:?}");
}
