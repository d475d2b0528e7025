//! What the four kinds of providers answer, in the forms of their documents.

use crate::model::pretend::Act;
use serde_json::{Value, json};

pub(crate) fn openai(text: &str) -> Act {
    openai_message(&json!({"role": "assistant", "content": text, "refusal": null, "annotations": []}), "stop")
}

pub(crate) fn openai_message(message: &Value, finish: &str) -> Act {
    Act::json(&json!({
        "id": "chatcmpl-B9MBs8Cj", "object": "chat.completion", "created": 1_741_569_952, "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
    }))
}

pub(crate) fn openai_events(texts: &[&str]) -> String {
    let chunk = |choices: Value, usage: Value| {
        let chunk = json!({
            "id": "chatcmpl-123", "object": "chat.completion.chunk", "created": 1_694_268_190,
            "model": "gpt-4.1-mini-2025-04-14", "system_fingerprint": "fp_44709d6fcb", "choices": choices, "usage": usage,
        });
        format!("data: {chunk}\n\n")
    };
    let choice = |delta: Value| {
        chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]), Value::Null)
    };
    let mut events = choice(json!({"role": "assistant", "content": ""}));
    texts.iter().for_each(|text| events.push_str(&choice(json!({"content": text}))));
    events
        + &chunk(json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"}]), Value::Null)
        + &chunk(json!([]), json!({"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29}))
        + "data: [DONE]\n\n"
}

pub(crate) fn openai_error(status: u16, headers: &'static str, message: &str) -> Act {
    let body = json!({"error": {"message": message, "type": "requests", "param": null, "code": "rate_limit_exceeded"}});
    Act::Say(status, headers, body.to_string())
}

pub(crate) fn anthropic(text: &str) -> Act {
    Act::json(&json!({
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
        "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 12, "output_tokens": 6},
    }))
}

pub(crate) fn anthropic_events(texts: &[&str]) -> String {
    let event = |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap());
    let message = json!({
        "id": "msg_1nZdL29xx5MUA1yADyHTEsnR", "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-5-20250929", "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 12, "output_tokens": 1},
    });
    let mut events = event(json!({"type": "message_start", "message": message}));
    events += &event(json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}));
    events += &event(json!({"type": "ping"}));
    for text in texts {
        events +=
            &event(json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}));
    }
    events += &event(json!({"type": "content_block_stop", "index": 0}));
    events += &event(json!({
        "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 6},
    }));
    events + &event(json!({"type": "message_stop"}))
}

pub(crate) fn gemini_body(text: &str) -> Value {
    json!({
        "candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 4, "totalTokenCount": 12},
        "modelVersion": "gemini-2.5-flash", "responseId": "mAitaLmkHPPlz7IPvtfUqQ4",
    })
}

pub(crate) fn gemini_events(texts: &[&str]) -> String {
    let last = texts.len().saturating_sub(1);
    let event = |(index, text): (usize, &&str)| {
        let mut body = gemini_body(text);
        if index < last {
            body["candidates"][0].as_object_mut().unwrap().remove("finishReason");
        }
        format!("data: {body}\r\n\r\n")
    };
    texts.iter().enumerate().map(event).collect()
}

pub(crate) fn ollama_body(text: &str) -> Value {
    json!({
        "model": "llama3.2", "created_at": "2023-08-04T19:22:45.499127Z", "message": {"role": "assistant", "content": text},
        "done": true, "done_reason": "stop", "total_duration": 4_883_583_458_u64, "load_duration": 1_334_875,
        "prompt_eval_count": 26, "prompt_eval_duration": 342_546_000, "eval_count": 282, "eval_duration": 4_535_599_000_u64,
    })
}

pub(crate) fn ollama_lines(texts: &[&str]) -> String {
    let line = |text: &&str| {
        let message = json!({"role": "assistant", "content": text});
        let line =
            json!({"model": "llama3.2", "created_at": "2023-08-04T08:52:19Z", "message": message, "done": false});
        format!("{line}\n")
    };
    texts.iter().map(line).collect::<String>() + &format!("{}\n", ollama_body(""))
}
