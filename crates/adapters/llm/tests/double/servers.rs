//! The wire formats of the servers that people use, with their quirks, and what is sent to them.

use std::time::{Duration, Instant};

use baton_llm::{LocalServer, OpenAiCompatible, find_local};
use baton_ports::{ChatRequest, FinishReason, LanguageModel, ToolSpec, Usage};
use baton_testkit::language_model_conformance;
use serde_json::{Value, json};

use crate::support::{Double, EVENTS, KEY, Reply, ask, asked, config, delta, events, hello, model, status, whole};

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

fn usage(input_tokens: u64, output_tokens: u64) -> Option<Usage> {
    Some(Usage { input_tokens, output_tokens })
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// OpenAI: a delta with the role alone, usage in an event without choices, `[DONE]`.
const OPENAI: [&str; 6] = [
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}"#,
    r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Grüße"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":", 🎵 world."},"finish_reason":null}],"usage":null}"#,
    r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#,
    r#"{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"completion_tokens_details":{"reasoning_tokens":0}}}"#,
    "[DONE]",
];

#[tokio::test]
async fn the_stream_of_openai_is_understood_however_it_is_cut() {
    let stream = events(&OPENAI);
    for size in [1, 7, 64, usize::MAX] {
        let outcome = asked(Reply::Bytes(stream.clone().into_bytes(), size)).await;
        assert_eq!(outcome.text, "Grüße, 🎵 world.", "pieces of {size} bytes");
        assert_eq!(outcome.end, Some((FinishReason::Complete, usage(9, 4))));
    }
}

#[tokio::test]
async fn two_thousand_deltas_in_pieces_of_7_bytes_arrive_whole() {
    let deltas: Vec<_> = (0..2_000).map(|number| delta(&format!("é{number} "))).collect();
    let mut all: Vec<_> = deltas.iter().map(String::as_str).collect();
    all.extend([STOP, "[DONE]"]);
    let stream = events(&all).into_bytes();
    let (bytes, start) = (stream.len(), Instant::now());
    let outcome = asked(Reply::Bytes(stream, 7)).await;
    println!("2,000 deltas, {bytes} bytes in pieces of 7: {:?}", start.elapsed());
    assert_eq!(outcome.text, (0..2_000).map(|number| format!("é{number} ")).collect::<String>());
    assert_eq!(outcome.end, Some((FinishReason::Complete, None)));
}

#[tokio::test]
async fn a_tool_call_of_openai_is_put_together() {
    let start = r#"{"id":"chatcmpl-2","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"task_create","arguments":""}}]},"finish_reason":null}]}"#;
    let pieces = [r#"{\"goal\":"#, r#"\"dinner\"}"#].map(|piece| {
        format!(r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":0,"function":{{"arguments":"{piece}"}}}}]}},"finish_reason":null}}]}}"#)
    });
    let end = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#;
    let outcome = asked(whole(events(&[start, &pieces[0], &pieces[1], end, "[DONE]"]))).await;
    assert_eq!(outcome.calls, [("call_1".to_owned(), "task_create".to_owned(), r#"{"goal":"dinner"}"#.to_owned())]);
    assert_eq!(outcome.end, Some((FinishReason::ToolCalls, None)));
}

#[tokio::test]
async fn the_stream_of_ollama_is_understood() {
    let outcome = asked(whole(events(&[
        r#"{"id":"chatcmpl-718","object":"chat.completion.chunk","model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm."},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-718","choices":[{"index":0,"delta":{"role":"assistant","content":"Yes."},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-718","choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_a","index":0,"type":"function","function":{"name":"time","arguments":"{}"}}]},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-718","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#,
        r#"{"id":"chatcmpl-718","choices":[],"usage":{"prompt_tokens":26,"completion_tokens":3,"total_tokens":29}}"#,
        "[DONE]",
    ])))
    .await;
    assert_eq!(outcome.text, "Yes.");
    assert_eq!(outcome.calls.len(), 1);
    assert_eq!(outcome.end, Some((FinishReason::ToolCalls, usage(26, 3))));
}

#[tokio::test]
async fn the_stream_of_vllm_is_understood() {
    let outcome = asked(whole(events(&[
        r#"{"id":"chatcmpl-v","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":null,"reasoning":null},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null}"#,
        r#"{"id":"chatcmpl-v","choices":[{"index":0,"delta":{"reasoning_content":"not said"},"finish_reason":null,"stop_reason":null}]}"#,
        r#"{"id":"chatcmpl-v","choices":[{"index":0,"delta":{"content":"Said."},"finish_reason":null}],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}"#,
        r#"{"id":"chatcmpl-v","choices":[{"index":0,"delta":{"content":""},"finish_reason":"length","stop_reason":null}]}"#,
        r#"{"id":"chatcmpl-v","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}"#,
        "[DONE]",
    ])))
    .await;
    assert_eq!(outcome.text, "Said.");
    assert_eq!(outcome.end, Some((FinishReason::Length, usage(5, 2))));
}

#[tokio::test]
async fn the_stream_of_llama_cpp_is_understood() {
    let stream = [
        ":\r\n\r\n",
        "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}],\"created\":1}\r\n\r\n",
        "event: message\r\ndata:{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\"It is\"}}]}\r\n\r\n",
        ": keep-alive\r\n\r\n",
        "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\" noon.\"}}]}\r\n\r\n",
        "data: {\"choices\":[{\"finish_reason\":\"stop\",\"index\":0,\"delta\":{}}],\"timings\":{\"prompt_n\":1}}\r\n\r\n",
        "data: {\"choices\":[],\"usage\":{\"completion_tokens\":3,\"prompt_tokens\":8},\"timings\":{}}\r\n\r\n",
        "data: [DONE]\r\n\r\n",
    ];
    let outcome = asked(Reply::Bytes(format!("{EVENTS}{}", stream.concat()).into_bytes(), 7)).await;
    assert_eq!(outcome.text, "It is noon.");
    assert_eq!(outcome.end, Some((FinishReason::Complete, usage(8, 3))));
}

#[tokio::test]
async fn done_without_a_reason_is_an_end() {
    let outcome = asked(whole(events(&[&delta("Hi."), "[DONE]"]))).await;
    assert_eq!((outcome.text.as_str(), outcome.end), ("Hi.", Some((FinishReason::Complete, None))));
}

#[tokio::test]
async fn a_reason_without_done_is_an_end() {
    for stream in [events(&[&delta("Hi."), STOP]), events(&[&delta("Hi."), STOP]).trim_end().to_owned()] {
        let outcome = asked(whole(stream)).await;
        assert_eq!((outcome.text.as_str(), outcome.end), ("Hi.", Some((FinishReason::Complete, None))));
    }
    // The same where the connection stays open.
    let double = Double::start([Reply::Silence(events(&[&delta("Hi."), STOP]).into_bytes())]).await;
    let outcome = ask(&double.model(), hello()).await;
    assert_eq!((outcome.text.as_str(), outcome.end), ("Hi.", Some((FinishReason::Complete, None))));
}

#[tokio::test]
async fn an_answer_of_a_server_that_does_not_stream_is_taken() {
    let answer = json!({"id": "x", "object": "chat.completion", "usage": {"prompt_tokens": 3, "completion_tokens": 2},
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": "One moment.",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "time", "arguments": "{}"}}]}}]});
    let outcome = asked(status("200 OK", "Content-Type: application/json\r\n", &answer.to_string())).await;
    assert_eq!(outcome.text, "One moment.");
    assert_eq!(outcome.calls, [("c".to_owned(), "time".to_owned(), "{}".to_owned())]);
    assert_eq!(outcome.end, Some((FinishReason::ToolCalls, usage(3, 2))));
}

#[tokio::test]
async fn a_stream_with_the_wrong_content_type_is_taken() {
    for kind in ["application/json", "text/html; charset=utf-8", "nonsense"] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n\u{feff}\n");
        let outcome = asked(whole(events(&OPENAI).replace(EVENTS, &head))).await;
        assert_eq!(outcome.text, "Grüße, 🎵 world.", "{kind}");
    }
}

#[tokio::test]
async fn what_is_withheld_and_what_is_refused_is_said() {
    let filtered = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}"#;
    assert_eq!(asked(whole(events(&[filtered, "[DONE]"]))).await.end, Some((FinishReason::Filtered, None)));
    let refusal = r#"{"choices":[{"index":0,"delta":{"refusal":"I can't do that."}}]}"#;
    assert_eq!(asked(whole(events(&[refusal, STOP, "[DONE]"]))).await.text, "I can't do that.");
}

#[tokio::test]
async fn the_request_carries_the_key_the_model_and_the_conversation() {
    let double = Double::start([whole(events(&OPENAI))]).await;
    let model = double.model();
    assert_eq!((model.name(), model.context_tokens()), ("tiny", Some(8_192)));
    let schema = json!({"type": "object", "properties": {}});
    let tool = ToolSpec { name: "time".to_owned(), description: "the time".to_owned(), parameters: schema };
    ask(&model, ChatRequest { tools: vec![tool], max_tokens: Some(64), ..hello() }).await;
    let request = double.requests().remove(0);
    assert!(request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("authorization: Bearer {KEY}\r\n")), "{request}");
    assert!(!request.contains("api-key"));
    let body = body(&request);
    assert_eq!((&body["model"], &body["stream"], &body["max_tokens"]), (&json!("tiny"), &json!(true), &json!(64)));
    assert_eq!(body["messages"], json!([{"role": "user", "content": "Hello?"}]));
    assert_eq!(body["stream_options"], json!({"include_usage": true}));
    assert_eq!(body["tools"][0]["function"]["name"], "time");
}

#[tokio::test]
async fn azure_gets_the_key_in_its_own_header_and_the_version_in_the_query() {
    let double = Double::start([whole(events(&OPENAI))]).await;
    let base = format!("{}/openai/deployments/d?api-version=2024-10-21", double.host);
    ask(&model(&base), ChatRequest { max_tokens: Some(64), ..hello() }).await;
    let request = double.requests().remove(0);
    assert!(
        request.starts_with("POST /openai/deployments/d/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains(&format!("api-key: {KEY}\r\n")) && !request.contains("authorization"), "{request}");
    assert_eq!(body(&request)["max_completion_tokens"], 64);
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let double = Double::start([whole(events(&OPENAI))]).await;
    let mut config = config(&double.base_url());
    config.key = None;
    ask(&OpenAiCompatible::new(config).unwrap(), hello()).await;
    assert!(!double.requests()[0].to_lowercase().contains("authorization"));
}

#[tokio::test]
async fn a_server_that_refuses_to_be_asked_for_usage_is_asked_without() {
    let refusal = status(
        "400 Bad Request",
        "",
        r#"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#,
    );
    let double = Double::start([refusal, whole(events(&OPENAI))]).await;
    let model = double.model();
    assert_eq!(ask(&model, hello()).await.text, "Grüße, 🎵 world.");
    assert_eq!(ask(&model, hello()).await.text, "Grüße, 🎵 world.");
    let asks: Vec<_> = double.requests().iter().map(|request| request.contains("stream_options")).collect();
    assert_eq!(asks, [true, false, false]);
}

#[tokio::test]
async fn the_connection_serves_the_next_request() {
    let body: String = events(&OPENAI).replace(EVENTS, "");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let double = Double::start([Reply::KeepAlive(answer.into_bytes())]).await;
    let model = double.model();
    for _ in 0..3 {
        assert_eq!(ask(&model, hello()).await.text, "Grüße, 🎵 world.");
    }
    assert_eq!((double.requests().len(), double.connections()), (3, 1));
}

#[tokio::test]
async fn the_client_keeps_the_promises_of_a_language_model() {
    let double = Double::start([whole(events(&OPENAI))]).await;
    assert_eq!(language_model_conformance(&double.model()).await, "Grüße, 🎵 world.");
}

#[tokio::test]
async fn a_local_ollama_is_found_with_its_first_model_that_talks() {
    let list = json!({"models": [
        {"name": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}},
        {"name": "something:latest", "details": {"family": "bert"}},
        {"name": "llama3.2:latest", "model": "llama3.2:latest", "size": 1, "details": {"family": "llama"}},
        {"name": "qwen3:4b"},
    ]});
    let double = Double::start([status("200 OK", "", &list.to_string())]).await;
    let found = find_local(&format!("{}/", double.host), Duration::from_secs(5)).await;
    assert_eq!(found, Some(LocalServer { base_url: double.base_url(), model: "llama3.2:latest".to_owned() }));
    assert!(double.requests()[0].starts_with("GET /api/tags HTTP/1.1"));
}

#[tokio::test]
async fn where_no_ollama_answers_with_a_model_none_is_found() {
    let replies = [
        status("200 OK", "", r#"{"models":[]}"#),
        status("200 OK", "", r#"{"models":[{"name":"mxbai-embed-large"}]}"#),
        status("404 Not Found", "", r#"{"models":[{"name":"llama"}]}"#),
        status("200 OK", "", "<html>"),
        status("302 Found", "Location: http://127.0.0.1:1/\r\n", ""),
        Reply::Silence(Vec::new()),
        Reply::Repeat(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b' '; 65_536], 1_000, Duration::ZERO),
    ];
    for reply in replies {
        let double = Double::start([reply.clone()]).await;
        assert_eq!(find_local(&double.host, Duration::from_millis(60)).await, None, "{reply:?}");
    }
    assert_eq!(find_local("http://127.0.0.1:1", Duration::from_millis(60)).await, None);
    assert_eq!(find_local("nonsense", Duration::from_millis(60)).await, None);
}
