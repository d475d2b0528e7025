//! Answers that have to fit a schema.

use super::{Act, Bench, Pretend, Question, at, forms, shown};
use insta::assert_snapshot;
use serde_json::json;

fn question() -> Question {
    let schema = json!({"type": "object", "required": ["language"], "properties": {"language": {"enum": ["English", "German"]}}});
    Question { output_schema: Some(schema), ..Question::hello() }
}

#[tokio::test]
async fn an_answer_that_fits_is_handed_out_as_json_too() {
    let pretend = Pretend::new([forms::anthropic("```json\n{\"language\": \"German\"}\n```\n")]);
    let answer = Bench::new().call(&[at("anthropic", &pretend)], &question()).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.output),
        (r#"{"language": "German"}"#, Some(json!({"language": "German"})))
    );
    assert_snapshot!(format!("{:#}", pretend.asked()[0].body["system"]), @r#"
    [
      {
        "type": "text",
        "text": "Be brief.\n\nAnswer with one JSON value and nothing else: no words before or after it, no code fence. It has to fit this JSON Schema:\n{\"type\":\"object\",\"required\":[\"language\"],\"properties\":{\"language\":{\"enum\":[\"English\",\"German\"]}}}"
      }
    ]
    "#);
}

#[tokio::test]
async fn a_gateway_is_asked_in_its_protocol_and_in_words() {
    let pretend = Pretend::new([forms::openai(r#"{"language": "German"}"#)]);
    Bench::new().call(&[at("openai", &pretend)], &question()).await.unwrap();
    assert_snapshot!(format!("{:#}", pretend.asked()[0].body), @r#"
    {
      "model": "some-model",
      "messages": [
        {
          "role": "system",
          "content": [
            {
              "type": "text",
              "text": "Be brief.\n\nAnswer with one JSON value and nothing else: no words before or after it, no code fence. It has to fit this JSON Schema:\n{\"type\":\"object\",\"required\":[\"language\"],\"properties\":{\"language\":{\"enum\":[\"English\",\"German\"]}}}"
            }
          ]
        },
        {
          "role": "user",
          "content": "Hello"
        }
      ],
      "response_format": {
        "type": "json_schema",
        "json_schema": {
          "name": "response_schema",
          "strict": true,
          "schema": {
            "type": "object",
            "required": [
              "language"
            ],
            "properties": {
              "language": {
                "enum": [
                  "English",
                  "German"
                ]
              }
            },
            "additionalProperties": false
          }
        }
      }
    }
    "#);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_gets_one_more_try() {
    let pretend = Pretend::new([forms::anthropic("It is French."), forms::anthropic(r#"{"language": "German"}"#)]);
    let answer = Bench::new().call(&[at("anthropic", &pretend)], &question()).await;
    assert_snapshot!(shown(&answer), @r#"
    {
      "text": "{\"language\": \"German\"}",
      "output": {
        "language": "German"
      },
      "tool_calls": [],
      "model": "claude-sonnet-4-5-20250929",
      "input_tokens": 24,
      "output_tokens": 12,
      "cost_usd": null,
      "latency_ms": 0,
      "attempts": 2,
      "profile": "fast"
    }
    "#);
    assert_snapshot!(format!("{:#}", pretend.asked()[1].body["messages"]), @r#"
    [
      {
        "role": "user",
        "content": [
          {
            "type": "text",
            "text": "Hello"
          }
        ]
      },
      {
        "role": "assistant",
        "content": [
          {
            "type": "text",
            "text": "It is French."
          }
        ]
      },
      {
        "role": "user",
        "content": [
          {
            "type": "text",
            "text": "That answer does not fit: it is not JSON: expected value at line 1 column 1. Answer once more with the whole JSON value alone."
          }
        ]
      }
    ]
    "#);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_twice_is_an_error() {
    let wrong = || forms::openai(r#"{"language": "French", "more": 1}"#);
    let pretend = Pretend::new([wrong(), wrong(), wrong()]);
    assert_snapshot!(shown(&Bench::new().call(&[at("openai", &pretend)], &question()).await), @"
    invalid_output: the answer does not fit output_schema: /language: `language` must be one of English, German; it is `French` (2 attempts)
      ask for less in output_schema, say more in the messages, or use a better model
    ");
}

#[tokio::test]
async fn a_provider_that_sees_to_it_itself_is_not_asked_twice() {
    let pretend = Pretend::new([Act::json(&forms::ollama_body("{}"))]);
    assert_snapshot!(shown(&Bench::new().call(&[at("ollama", &pretend)], &question()).await), @"
    invalid_output: the answer does not fit output_schema: missing key `language` (1 attempts)
      ask for less in output_schema, say more in the messages, or use a better model
    ");
    assert_snapshot!(format!("{:#}", pretend.asked()[0].body), @r#"
    {
      "model": "some-model",
      "messages": [
        {
          "role": "system",
          "content": "Be brief."
        },
        {
          "role": "user",
          "content": "Hello"
        }
      ],
      "format": {
        "type": "object",
        "required": [
          "language"
        ],
        "properties": {
          "language": {
            "enum": [
              "English",
              "German"
            ]
          }
        }
      },
      "stream": false
    }
    "#);
}

#[tokio::test]
async fn a_model_that_does_not_know_schemas_is_asked_in_words() {
    let no = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.";
    let pretend =
        Pretend::new([forms::openai_error(400, "application/json", no), forms::openai("{\"language\": \"German\"}")]);
    let answer = Bench::new().call(&[at("openai", &pretend)], &question()).await.unwrap();
    let asked: Vec<_> = pretend.asked().iter().map(|asked| asked.body.get("response_format").is_some()).collect();
    assert_eq!((answer.attempts, asked), (2, vec![true, false]));
}

#[tokio::test]
async fn a_response_format_of_the_profile_is_left_alone() {
    let pretend = Pretend::new([forms::openai("{\"language\": \"German\"}")]);
    let mut question = question();
    question.parameters = serde_json::from_value(json!({"response_format": {"type": "json_object"}})).unwrap();
    Bench::new().call(&[at("openai", &pretend)], &question).await.unwrap();
    assert_eq!(pretend.asked()[0].body["response_format"], json!({"type": "json_object"}));
}

#[tokio::test]
async fn an_answer_that_calls_tools_is_not_held_against_the_schema() {
    let call = json!({"id": "call_abc", "type": "function", "function": {"name": "look", "arguments": "{}"}});
    let calling = json!({"role": "assistant", "content": "One moment", "tool_calls": [call]});
    let pretend = Pretend::new([forms::openai_message(&calling, "tool_calls")]);
    let question = Question { tools: vec![json!({"name": "look"})], ..question() };
    let answer = Bench::new().call(&[at("openai", &pretend)], &question).await.unwrap();
    assert_eq!((answer.tool_calls.len(), answer.text.as_str(), answer.output), (1, "One moment", None));
}

#[tokio::test]
async fn a_schema_that_is_none_is_not_sent() {
    let pretend = Pretend::new([]);
    let question = Question { output_schema: Some(json!({"type": 7})), ..Question::hello() };
    assert_snapshot!(shown(&Bench::new().call(&[at("openai", &pretend)], &question).await), @"
    unusable: this cannot be sent: the output_schema is no JSON Schema: `type` must be one of array, boolean, integer, null, number, object, string; it is `7` (0 attempts)
      correct what is named in the model profile or in the version
    ");
    assert_eq!(pretend.asked().len(), 0);
}
