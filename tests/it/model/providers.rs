//! What each kind of provider is sent, and what is made of its answer.

use super::{Act, Bench, Pretend, Question, at, forms, profile, shown};
use insta::assert_snapshot;
use serde_json::json;

#[tokio::test]
async fn openai_is_sent_chat_completions() {
    let pretend = Pretend::new([forms::openai("Hi.")]);
    let answer = Bench::new().call(&[at("openai", &pretend)], &Question::hello()).await;
    assert_snapshot!(pretend.asked()[0].told(), @r#"
    POST /v1/chat/completions HTTP/1.1
    authorization: Bearer sk-proj-9fQ2vLxT7mKc41ZyR8uW
    {
      "model": "some-model",
      "messages": [
        {
          "role": "system",
          "content": [
            {
              "type": "text",
              "text": "Be brief."
            }
          ]
        },
        {
          "role": "user",
          "content": "Hello"
        }
      ]
    }
    "#);
    assert_snapshot!(shown(&answer), @r#"
    {
      "text": "Hi.",
      "output": null,
      "tool_calls": [],
      "model": "gpt-4.1-mini-2025-04-14",
      "input_tokens": 19,
      "output_tokens": 10,
      "cost_usd": null,
      "latency_ms": 0,
      "attempts": 1,
      "profile": "fast"
    }
    "#);
}

#[tokio::test]
async fn anthropic_is_sent_messages_with_the_system_beside_them() {
    let pretend = Pretend::new([forms::anthropic("Hi.")]);
    let answer = Bench::new().call(&[at("anthropic", &pretend)], &Question::hello()).await;
    assert_snapshot!(pretend.asked()[0].told(), @r#"
    POST /v1/messages HTTP/1.1
    anthropic-version: 2023-06-01
    x-api-key: sk-proj-9fQ2vLxT7mKc41ZyR8uW
    {
      "model": "some-model",
      "messages": [
        {
          "role": "user",
          "content": [
            {
              "type": "text",
              "text": "Hello"
            }
          ]
        }
      ],
      "max_tokens": 4096,
      "system": [
        {
          "type": "text",
          "text": "Be brief."
        }
      ]
    }
    "#);
    assert_snapshot!(shown(&answer), @r#"
    {
      "text": "Hi.",
      "output": null,
      "tool_calls": [],
      "model": "claude-sonnet-4-5-20250929",
      "input_tokens": 12,
      "output_tokens": 6,
      "cost_usd": null,
      "latency_ms": 0,
      "attempts": 1,
      "profile": "fast"
    }
    "#);
}

#[tokio::test]
async fn gemini_is_sent_contents_and_the_key_in_a_header() {
    let pretend = Pretend::new([Act::json(&forms::gemini_body("Hi."))]);
    let answer = Bench::new().call(&[at("gemini", &pretend)], &Question::hello()).await;
    assert_snapshot!(pretend.asked()[0].told(), @r#"
    POST /v1beta/models/some-model:generateContent HTTP/1.1
    x-goog-api-key: sk-proj-9fQ2vLxT7mKc41ZyR8uW
    {
      "contents": [
        {
          "parts": [
            {
              "text": "Hello",
              "thought": false
            }
          ],
          "role": "user"
        }
      ],
      "generationConfig": null,
      "safetySettings": null,
      "toolConfig": null,
      "systemInstruction": {
        "parts": [
          {
            "text": "Be brief.",
            "thought": false
          }
        ],
        "role": "model"
      }
    }
    "#);
    assert_snapshot!(shown(&answer), @r#"
    {
      "text": "Hi.",
      "output": null,
      "tool_calls": [],
      "model": "gemini-2.5-flash",
      "input_tokens": 8,
      "output_tokens": 4,
      "cost_usd": null,
      "latency_ms": 0,
      "attempts": 1,
      "profile": "fast"
    }
    "#);
}

#[tokio::test]
async fn ollama_is_sent_a_chat() {
    let pretend = Pretend::new([Act::json(&forms::ollama_body("Hi."))]);
    let answer = Bench::new().call(&[at("ollama", &pretend)], &Question::hello()).await;
    assert_snapshot!(pretend.asked()[0].told(), @r#"
    POST /api/chat HTTP/1.1
    authorization: Bearer sk-proj-9fQ2vLxT7mKc41ZyR8uW
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
      "stream": false
    }
    "#);
    assert_snapshot!(shown(&answer), @r#"
    {
      "text": "Hi.",
      "output": null,
      "tool_calls": [],
      "model": "llama3.2",
      "input_tokens": 26,
      "output_tokens": 282,
      "cost_usd": null,
      "latency_ms": 0,
      "attempts": 1,
      "profile": "fast"
    }
    "#);
}

#[tokio::test]
async fn parameters_of_the_version_go_before_those_of_the_profile() {
    let pretend = Pretend::new([forms::openai("Hi."), Act::json(&forms::ollama_body("Hi."))]);
    let mut question = Question::hello();
    let parameters = json!({"max_tokens": 300, "top_p": 0.9, "seed": 7, "stop": ["END"], "presence_penalty": 0.5});
    question.parameters = serde_json::from_value(parameters).unwrap();
    for provider in ["openai", "ollama"] {
        let (name, mut profile) = at(provider, &pretend);
        let own = serde_json::from_value(json!({"temperature": 0.2, "max_tokens": 800})).unwrap();
        std::sync::Arc::make_mut(&mut profile).parameters = own;
        Bench::new().call(&[(name, profile)], &question).await.unwrap();
    }
    let mut bodies: Vec<_> = pretend.asked().into_iter().map(|asked| asked.body).collect();
    bodies.iter_mut().for_each(|body| drop(body.as_object_mut().unwrap().remove("messages")));
    assert_snapshot!(format!("{:#}\n{:#}", bodies[0], bodies[1]), @r#"
    {
      "model": "some-model",
      "presence_penalty": 0.5,
      "temperature": 0.2,
      "max_tokens": 300,
      "top_p": 0.9,
      "seed": 7,
      "stop": [
        "END"
      ]
    }
    {
      "model": "some-model",
      "stream": false,
      "options": {
        "temperature": 0.2,
        "num_predict": 300,
        "top_p": 0.9,
        "seed": 7,
        "stop": [
          "END"
        ],
        "presence_penalty": 0.5
      }
    }
    "#);
}

#[tokio::test]
async fn tools_and_their_results_go_through() {
    let call = json!({"id": "call_abc", "type": "function", "function": {"name": "find_order", "arguments": "{\"id\": \"7\"}"}});
    let calling = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let pretend = Pretend::new([forms::openai_message(&calling, "tool_calls"), forms::openai("It is on its way.")]);
    let mut question = Question::new(json!([{"role": "user", "content": "Where is order 7?"}]));
    let parameters = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}});
    question.tools = vec![json!({"name": "find_order", "description": "Looks an order up.", "parameters": parameters})];
    let bench = Bench::new();
    let first = bench.call(&[at("openai", &pretend)], &question).await;
    assert_snapshot!(shown(&first), @r#"
    {
      "text": "",
      "output": null,
      "tool_calls": [
        {
          "id": "call_abc",
          "name": "find_order",
          "arguments": {
            "id": "7"
          }
        }
      ],
      "model": "gpt-4.1-mini-2025-04-14",
      "input_tokens": 19,
      "output_tokens": 10,
      "cost_usd": null,
      "latency_ms": 0,
      "attempts": 1,
      "profile": "fast"
    }
    "#);

    let calls = serde_json::to_value(&first.unwrap().tool_calls).unwrap();
    let turns = json!([
        {"role": "user", "content": "Where is order 7?"},
        {"role": "assistant", "content": "", "metadata": {"tool_calls": calls}},
        {"role": "tool", "content": "shipped", "metadata": {"tool_call_id": "call_abc"}},
    ]);
    question.messages = serde_json::from_value(turns).unwrap();
    bench.call(&[at("openai", &pretend)], &question).await.unwrap();
    assert_snapshot!(format!("{:#}", pretend.asked()[1].body), @r#"
    {
      "model": "some-model",
      "messages": [
        {
          "role": "user",
          "content": "Where is order 7?"
        },
        {
          "role": "assistant",
          "tool_calls": [
            {
              "type": "function",
              "id": "call_abc",
              "function": {
                "name": "find_order",
                "arguments": "{\"id\":\"7\"}"
              }
            }
          ]
        },
        {
          "role": "tool",
          "tool_call_id": "call_abc",
          "content": "shipped"
        }
      ],
      "tools": [
        {
          "type": "function",
          "function": {
            "name": "find_order",
            "description": "Looks an order up.",
            "parameters": {
              "type": "object",
              "required": [
                "id"
              ],
              "properties": {
                "id": {
                  "type": "string"
                }
              }
            }
          }
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_result_of_no_call_gets_one() {
    let pretend = Pretend::new([forms::anthropic("Fine.")]);
    let turns = json!([
        {"role": "user", "content": "How is the weather?"},
        {"role": "tool", "content": "sunny"},
        {"role": "user", "content": [{"text": "And here? "}, {"media": {"url": "data:image/png;base64,aGk="}}]},
    ]);
    Bench::new().call(&[at("anthropic", &pretend)], &Question::new(turns)).await.unwrap();
    assert_snapshot!(format!("{:#}", pretend.asked()[0].body["messages"]), @r#"
    [
      {
        "role": "user",
        "content": [
          {
            "type": "text",
            "text": "How is the weather?"
          }
        ]
      },
      {
        "role": "assistant",
        "content": [
          {
            "type": "text",
            "text": "[called tool tool with {}]"
          }
        ]
      },
      {
        "role": "user",
        "content": [
          {
            "type": "text",
            "text": "[tool tool result] sunny"
          },
          {
            "type": "text",
            "text": "And here? "
          },
          {
            "type": "image",
            "source": {
              "type": "base64",
              "media_type": "image/png",
              "data": "aGk="
            }
          }
        ]
      }
    ]
    "#);
}

#[tokio::test]
async fn what_cannot_be_sent_is_said_and_nobody_is_asked() {
    let bench = Bench::new();
    let mut told = String::new();
    for profile in [
        json!({"provider": "bedrock", "model": "m"}),
        json!({"provider": "openai", "model": "m", "base_url": "http://llm.example.com/v1"}),
        json!({"provider": "openai", "model": "m", "base_url": "https://user:pass@llm.example.com/v1"}),
        json!({"provider": "openai", "model": "m", "base_url": "ftp://llm.example.com/v1"}),
        json!({"provider": "openai", "model": "m", "api_key": {"env": "NOT_SET"}}),
        json!({"provider": "openai", "model": "m", "api_key": {"env": "EMPTY"}}),
        json!({"provider": "openai", "model": "m", "api_key": {"env": "LINES"}}),
        json!({"provider": "openai", "model": "m", "parameters": {"temperature": "hot"}}),
    ] {
        told += &format!("{}\n", shown(&bench.call(&[super::profile("p", profile)], &Question::hello()).await));
    }
    let nothing = Question::new(json!([]));
    told += &format!(
        "{}\n",
        shown(&bench.call(&[profile("p", json!({"provider": "ollama", "model": "m"}))], &nothing).await)
    );
    let pdf = json!([{"role": "user", "content": [{"media": {"url": "https://x.example/y", "content_type": "application/pdf"}}]}]);
    told += &format!(
        "{}\n",
        shown(&bench.call(&[profile("p", json!({"provider": "ollama", "model": "m"}))], &Question::new(pdf)).await)
    );
    told += &shown(&bench.call(&[], &nothing).await);
    assert_snapshot!(told, @"
    unusable: this cannot be sent: `bedrock` is no provider that can be called here, which are openai, anthropic, gemini, ollama (0 attempts)
      correct what is named in the model profile or in the version
    unusable: this cannot be sent: base_url is http://llm.example.com, where keys and prompts would go in the clear (0 attempts)
      correct what is named in the model profile or in the version
    unusable: this cannot be sent: base_url has more to it than a host and a path (0 attempts)
      correct what is named in the model profile or in the version
    unusable: this cannot be sent: base_url begins with ftp:// instead of https:// (0 attempts)
      correct what is named in the model profile or in the version
    no_key: there is no key: no such key is set here (0 attempts)
      set the variable or mount the file that api_key of the model profile names, where this runs
    no_key: there is no key: what api_key leads to is empty (0 attempts)
      set the variable or mount the file that api_key of the model profile names, where this runs
    no_key: there is no key: what api_key leads to has several lines (0 attempts)
      set the variable or mount the file that api_key of the model profile names, where this runs
    unusable: this cannot be sent: the parameter temperature is not of the right kind (0 attempts)
      correct what is named in the model profile or in the version
    unusable: this cannot be sent: there are no messages (0 attempts)
      correct what is named in the model profile or in the version
    unusable: this cannot be sent: media of the type application/pdf: only images are sent (0 attempts)
      correct what is named in the model profile or in the version
    unusable: this cannot be sent: there is no model profile of that name (0 attempts)
      correct what is named in the model profile or in the version
    ");
}
