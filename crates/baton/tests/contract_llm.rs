//! A language model behind an OpenAI-compatible endpoint, as a person meets it: answered, down, broken.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};
use support::Home;

/// A server that gives every request this answer, and what it was asked.
fn double(status: &'static str, kind: &'static str, body: String) -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut request = vec![0; length];
            if reader.read_exact(&mut request).is_ok() {
                let _ = tell.send(serde_json::from_slice(&request).unwrap_or(Value::Null));
            }
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
    });
    (url, asked)
}

fn streamed(pieces: &[&str]) -> String {
    let mut body: String = pieces
        .iter()
        .map(|piece| format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": { "content": piece } }] })))
        .collect();
    body.push_str("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    body
}

fn home(url: &str) -> Home {
    let mut home = Home::new();
    home.unset("BATON_AGENT_KIND");
    home.set("BATON_LLM_BASE_URL", url);
    home.set("BATON_LLM_MODEL", "double-1");
    home
}

fn finals(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter(|line| line["type"] == "agent.final").filter_map(|line| line["text"].as_str()).collect()
}

#[test]
fn a_configured_model_answers_and_sees_the_conversation() {
    let (url, asked) = double("200 OK", "text/event-stream", streamed(&["The capital ", "is ", "Paris."]));
    let ran = home(&url).run_with(&["chat", "--json"], "and France?\nand again\n").expect(0);
    assert_eq!(finals(&ran.json()), ["The capital is Paris.", "The capital is Paris."]);
    let requests: Vec<_> = asked.try_iter().collect();
    let roles: Vec<_> = requests[1]["messages"].as_array().unwrap().iter().map(|m| m["role"].clone()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert_eq!(requests[1]["model"], "double-1");
    assert!(ran.err.contains("double-1 answers"), "{}", ran.err);
}

#[test]
fn a_language_model_that_is_down_is_told_once_and_the_session_goes_on() {
    let ran = home("http://127.0.0.1:9/v1").run_with(&["chat", "--json"], "hello\nhello again\n").expect(0);
    let lines = ran.json();
    let faults: Vec<_> = lines.iter().filter(|line| line["type"] == "error").collect();
    assert_eq!(faults.len(), 2, "{}", ran.out);
    assert_eq!((&faults[0]["code"], &faults[0]["operation"]), (&json!("unreachable"), &json!("generate")));
    assert!(!faults[0]["suggestions"].as_array().unwrap().is_empty(), "what to do next");
    assert_eq!(lines.last().unwrap()["type"], "session.ended");
}

#[test]
fn a_language_model_that_is_rate_limited_or_sends_garbage_or_half_a_stream_is_named() {
    let half = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Half an\"}}]}\n\n".to_owned();
    for (status, kind, body, code) in [
        (
            "429 Too Many Requests",
            "application/json",
            "{\"error\":{\"message\":\"slow down\"}}".to_owned(),
            "rate_limited",
        ),
        ("200 OK", "text/html", "<html>a login page</html>".to_owned(), "garbled"),
        ("200 OK", "text/event-stream", half, "interrupted"),
        ("401 Unauthorized", "application/json", "{\"error\":{\"message\":\"bad key\"}}".to_owned(), "unauthorized"),
    ] {
        let (url, _asked) = double(status, kind, body);
        let ran = home(&url).run_with(&["chat", "--json", "--ephemeral"], "hello\n").expect(0);
        let lines = ran.json();
        let fault =
            lines.iter().find(|line| line["type"] == "error").unwrap_or_else(|| panic!("{status}: {}", ran.out));
        assert_eq!(fault["code"], code, "{status}: {}", ran.out);
    }
}
