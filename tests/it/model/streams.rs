//! Answers that are heard as they come.

use super::{Act, Bench, Pretend, Question, at, forms, shown};
use insta::assert_snapshot;
use serde_json::json;

#[tokio::test]
async fn every_provider_can_be_listened_to() {
    let texts = ["Hel", "lo ", "wörld"];
    let mut told = String::new();
    for (provider, act) in [
        ("openai", Act::events(forms::openai_events(&texts))),
        ("anthropic", Act::events(forms::anthropic_events(&texts))),
        ("gemini", Act::events(forms::gemini_events(&texts))),
        ("ollama", Act::Say(200, "application/x-ndjson", forms::ollama_lines(&texts))),
    ] {
        let pretend = Pretend::new([act]);
        let (heard, answer) = Bench::new().stream(&[at(provider, &pretend)], &Question::hello()).await;
        let answer = answer.unwrap();
        let tokens = (answer.spent.input_tokens, answer.spent.output_tokens);
        told += &format!("{}\n  {heard:?} {:?} {} {tokens:?}\n", pretend.asked()[0].line, answer.text, answer.model);
    }
    assert_snapshot!(told, @r#"
    POST /v1/chat/completions HTTP/1.1
      ["Hel", "lo ", "wörld"] "Hello wörld" gpt-4.1-mini-2025-04-14 (Some(19), Some(10))
    POST /v1/messages HTTP/1.1
      ["Hel", "lo ", "wörld"] "Hello wörld" claude-sonnet-4-5-20250929 (Some(12), Some(6))
    POST /v1beta/models/some-model:streamGenerateContent?alt=sse HTTP/1.1
      ["Hel", "lo ", "wörld"] "Hello wörld" gemini-2.5-flash (Some(8), Some(4))
    POST /api/chat HTTP/1.1
      ["Hel", "lo ", "wörld"] "Hello wörld" llama3.2 (Some(26), Some(282))
    "#);
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_broken_and_not_tried_again() {
    let openai = forms::openai_events(&["Hello"]);
    let anthropic = forms::anthropic_events(&["Hello"]);
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let middle = |events: &str| events.split("\n\n").take(4).map(|event| format!("{event}\n\n")).collect::<String>();
    let mut told = String::new();
    for (provider, act) in [
        ("openai", Act::Break("text/event-stream", middle(&openai))),
        ("openai", Act::events(openai.split("\n\n").take(2).map(|event| format!("{event}\n\n")).collect::<String>())),
        ("anthropic", Act::Break("text/event-stream", middle(&anthropic))),
        ("anthropic", Act::events(format!("{}event: error\ndata: {error}\n\n", middle(&anthropic)))),
        ("gemini", Act::Break("text/event-stream", forms::gemini_events(&["Hello", "you"])[..400].to_owned())),
        ("ollama", Act::Break("application/x-ndjson", forms::ollama_lines(&["Hello"])[..120].to_owned())),
    ] {
        let (pretend, spare) = (Pretend::new([act]), Pretend::new([forms::openai("Hi.")]));
        let (heard, answer) =
            Bench::new().stream(&[at(provider, &pretend), at("openai", &spare)], &Question::hello()).await;
        told += &format!("{provider} {heard:?} {}, spare {}\n", shown(&answer), spare.asked().len());
    }
    assert_snapshot!(told, @r#"
    openai ["Hello"] cut_off: the answer was cut off: end of file before message length reached (1 attempts)
      try again; where max_tokens were used up, allow more of them, spare 0
    openai ["Hello"] cut_off: the answer was cut off: it ended too early (1 attempts)
      try again; where max_tokens were used up, allow more of them, spare 0
    anthropic ["Hello"] cut_off: the answer was cut off: end of file before message length reached (1 attempts)
      try again; where max_tokens were used up, allow more of them, spare 0
    anthropic ["Hello"] cut_off: the answer was cut off: Overloaded (1 attempts)
      try again; where max_tokens were used up, allow more of them, spare 0
    gemini ["Hello"] cut_off: the answer was cut off: end of file before message length reached (1 attempts)
      try again; where max_tokens were used up, allow more of them, spare 0
    ollama ["Hello"] cut_off: the answer was cut off: end of file before message length reached (1 attempts)
      try again; where max_tokens were used up, allow more of them, spare 0
    "#);
}

#[tokio::test]
async fn a_stream_that_does_not_begin_is_tried_again() {
    let busy = forms::openai_error(429, "application/json\r\nretry-after: 1", "Rate limit reached");
    let pretend = Pretend::new([busy, Act::Close, Act::events(forms::openai_events(&["Hi."]))]);
    let (heard, answer) = Bench::new().stream(&[at("openai", &pretend)], &Question::hello()).await;
    assert_eq!((heard, answer.unwrap().attempts), (vec!["Hi.".to_owned()], 3));
}

#[tokio::test]
async fn what_was_heard_has_to_fit_the_schema_at_once() {
    let pretend = Pretend::new([Act::events(forms::anthropic_events(&["{}"])), forms::anthropic("[]")]);
    let question = Question { output_schema: Some(json!({"type": "array"})), ..Question::hello() };
    let (heard, answer) = Bench::new().stream(&[at("anthropic", &pretend)], &question).await;
    assert_snapshot!(format!("{heard:?} {}", shown(&answer)), @r#"
    ["{}"] invalid_output: the answer does not fit output_schema: expected a list, found a map (1 attempts)
      ask for less in output_schema, say more in the messages, or use a better model
    "#);
}
