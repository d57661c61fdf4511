//! A language model that is down, slow, rate-limited, or sends garbage, half a stream or 50 MB: each gives one clear error that names what and where,
//! and loses nothing that was said before.

use std::time::{Duration, Instant};

use baton_llm::OpenAiCompatible;
use baton_ports::{FinishReason, LanguageModel};
use baton_types::{FaultCode, Secret};
use futures_util::StreamExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::support::{Double, EVENTS, KEY, Reply, ask, asked, config, delta, events, hello, model, status, whole};

const SHORT: Duration = Duration::from_millis(40);

#[tokio::test]
async fn a_language_model_that_is_down_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = ask(&model(&format!("http://{free}/v1")), hello()).await.into_error();
    assert_eq!(error.kind, FaultCode::Unreachable);
    assert!(error.to_string().starts_with(&format!("nothing answers at http://{free}/v1: ")), "{error}");
    assert!(error.suggestions[0].contains("start the server"), "{:?}", error.suggestions);
}

#[tokio::test]
async fn a_language_model_that_hangs_up_without_an_answer_is_interrupted() {
    let error = asked(whole("")).await.into_error();
    assert_eq!(error.kind, FaultCode::Interrupted);
    let error = asked(whole(EVENTS)).await.into_error();
    assert_eq!(error.kind, FaultCode::Interrupted);
}

/// A queue of connections that is full takes no more; the next one waits as for a machine that drops packets.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_language_model_that_does_not_take_the_connection_times_out() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(connected) = tokio::time::timeout(SHORT, TcpStream::connect(address)).await {
        waiting.push(connected.unwrap());
        assert!(waiting.len() < 16, "the queue never fills");
    }
    let mut config = config(&format!("http://{address}/v1"));
    config.timeouts.connect = SHORT;
    let error = ask(&OpenAiCompatible::new(config).unwrap(), hello()).await.into_error();
    assert_eq!(error.kind, FaultCode::TimedOut);
    assert!(error.to_string().starts_with("no connection to the language model at"), "{error}");
}

#[tokio::test]
async fn a_language_model_that_is_slow_to_begin_times_out() {
    let role = r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#;
    let replies = [
        Reply::Silence(Vec::new()),
        Reply::Silence(EVENTS.into()),
        Reply::Silence(events(&[role]).into_bytes()),
        // Comments that keep the connection open are no word.
        Reply::Repeat(EVENTS.into(), b": PROCESSING\n\n".to_vec(), usize::MAX, Duration::from_millis(2)),
    ];
    for reply in replies {
        let double = Double::start([reply.clone()]).await;
        let mut config = config(&double.base_url());
        config.timeouts.first_token = SHORT;
        let error = ask(&OpenAiCompatible::new(config).unwrap(), hello()).await.into_error();
        assert_eq!(error.kind, FaultCode::TimedOut, "{reply:?}");
        assert!(error.to_string().ends_with("within 0.04 s"), "{error}");
    }
}

#[tokio::test]
async fn a_language_model_that_stalls_times_out_and_loses_nothing_already_said() {
    let mut double = Double::start([Reply::Silence(events(&[&delta("One, "), &delta("two")]).into_bytes())]).await;
    let mut config = config(&double.base_url());
    config.timeouts.stall = SHORT;
    let outcome = ask(&OpenAiCompatible::new(config).unwrap(), hello()).await;
    assert_eq!(outcome.text, "One, two");
    let error = outcome.into_error();
    assert_eq!(error.kind, FaultCode::TimedOut);
    assert!(error.to_string().ends_with("sent nothing more within 0.04 s"), "{error}");
    double.hung_up().await;
}

#[tokio::test]
async fn a_language_model_that_never_ends_times_out() {
    let again = format!("data: {}\n\n", delta("and "));
    for apart in [Duration::from_millis(5), Duration::ZERO] {
        let double = Double::start([Reply::Repeat(EVENTS.into(), again.clone().into_bytes(), usize::MAX, apart)]).await;
        let mut config = config(&double.base_url());
        config.timeouts.total = SHORT;
        let outcome = ask(&OpenAiCompatible::new(config).unwrap(), hello()).await;
        assert!(outcome.text.starts_with("and "));
        let error = outcome.into_error();
        // On a fast machine the flood reaches its own limit first.
        assert!(
            error.kind == FaultCode::TimedOut || apart.is_zero() && error.kind == FaultCode::LimitReached,
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_language_model_that_reasons_for_long_is_at_work() {
    let thought = format!("{EVENTS}data: {{\"choices\":[{{\"delta\":{{\"reasoning_content\":\"hm\"}}}}]}}\n\n");
    let double = Double::start([Reply::Repeat(thought.into(), b":\n\n".to_vec(), 60, Duration::from_millis(10))]).await;
    let mut config = config(&double.base_url());
    config.timeouts.first_token = Duration::from_millis(400);
    let error = ask(&OpenAiCompatible::new(config).unwrap(), hello()).await.into_error();
    assert_eq!(
        error.kind,
        FaultCode::Interrupted,
        "it hangs up after 600 ms, past the limit for the first sign: {error}"
    );
}

#[tokio::test]
async fn a_language_model_that_is_rate_limited_says_when_to_come_back() {
    let body = r#"{"error":{"message":"Rate limit reached for tiny","type":"requests","code":"rate_limit_exceeded"}}"#;
    let error = asked(status("429 Too Many Requests", "Retry-After: 7\r\n", body)).await.into_error();
    assert_eq!((error.kind, error.retry_after), (FaultCode::RateLimited, Some(Duration::from_secs(7))));
    assert!(
        error.to_string().ends_with("refuses with 429 (Too Many Requests): Rate limit reached for tiny"),
        "{error}"
    );
    let dates = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n";
    let error = asked(status("429 Too Many Requests", dates, "")).await.into_error();
    assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
    let body = r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#;
    let error = asked(status("429 Too Many Requests", "", body)).await.into_error();
    assert!(!error.kind.is_retryable(), "waiting fills no account: {error}");
}

#[tokio::test]
async fn a_language_model_that_sends_garbage_is_garbled() {
    let cases: [(&str, Vec<u8>); 8] = [
        ("half an event and more", b"data: {\"choices\": [nonsense\n\n".to_vec()),
        ("text", b"hello there\nhow are you\n".to_vec()),
        ("bytes", (0..20_000_u32).map(|byte| (byte.wrapping_mul(97) >> 3) as u8 | 0x80).collect()),
        ("a list", b"data: [1, 2]\n\n".to_vec()),
        ("choices that are none", b"data: {\"choices\": \"none\"}\n\n".to_vec()),
        ("a document without choices", b"{\"hello\": 1}".to_vec()),
        ("a document that is none", b"{\"choices\": }".to_vec()),
        ("a document that is no text", b"{\"choices\": \"\xff\"}".to_vec()),
    ];
    for (what, bytes) in cases {
        let error = asked(whole([EVENTS.as_bytes(), &bytes].concat())).await.into_error();
        assert_eq!(error.kind, FaultCode::Garbled, "{what}: {error}");
    }
}

#[tokio::test]
async fn a_web_page_instead_of_an_answer_is_garbled_and_the_address_is_doubted() {
    let page = "\n<!DOCTYPE html><html><title>Welcome</title></html>";
    let error = asked(status("200 OK", "Content-Type: text/html\r\n", page)).await.into_error();
    assert_eq!(error.kind, FaultCode::Garbled);
    assert!(error.to_string().ends_with("it is a web page"), "{error}");
    assert!(error.suggestions[0].contains("`llm.base_url`"), "{:?}", error.suggestions);
    let error = asked(status("502 Bad Gateway", "Content-Type: text/html\r\n", page)).await.into_error();
    assert_eq!(error.kind, FaultCode::Unreachable);
    assert!(error.to_string().ends_with("refuses with 502 (Bad Gateway)"), "no markup in {error}");
}

#[tokio::test]
async fn bytes_that_are_no_text_do_not_end_an_answer() {
    let bytes =
        [EVENTS.as_bytes(), b"data: {\"choices\":[{\"delta\":{\"content\":\"a\xffb\"}}]}\n\ndata: [DONE]\n\n"].concat();
    let outcome = asked(whole(bytes)).await;
    assert_eq!((outcome.text.as_str(), outcome.end), ("a\u{fffd}b", Some((FinishReason::Complete, None))));
}

#[tokio::test]
async fn a_language_model_that_sends_half_a_stream_is_interrupted_and_loses_nothing_already_said() {
    let half = events(&[&delta("Once upon"), &delta(" a time")]);
    let in_an_event = half.strip_suffix("finish_reason\":null,\"index\":0}]}\n\n").unwrap_or(&half[..half.len() - 20]);
    let cut_chunk = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}",
        half.len() + 100,
        half.strip_prefix(EVENTS).unwrap()
    );
    let short_length = half.replace("Connection: close", "Content-Length: 100000");
    for (what, bytes, said) in [
        ("between events", half.as_str(), "Once upon a time"),
        ("in an event", in_an_event, "Once upon"),
        ("in a chunk", &cut_chunk, "Once upon a time"),
        ("before its length", &short_length, "Once upon a time"),
    ] {
        let outcome = asked(whole(bytes)).await;
        assert_eq!(outcome.text, said, "{what}");
        assert_eq!(outcome.into_error().kind, FaultCode::Interrupted, "{what}");
    }
    let error = asked(status("200 OK", "", r#"{"choices":[{"message":{"content":"Once"#)).await.into_error();
    assert_eq!(error.kind, FaultCode::Interrupted, "{error}");
}

#[tokio::test]
async fn a_language_model_that_sends_50_mb_reaches_a_limit() {
    let cases = [
        ("text", format!("data: {}\n\n", delta(&"word ".repeat(2_000))), "an answer of more than 1 MiB"),
        ("a line", "data: xxxxxxxx".repeat(1_000), "a line or event of more than 256 KiB"),
        ("an event", format!("data: {}\n", "x".repeat(10_000)), "a line or event of more than 256 KiB"),
        ("comments", format!(": {}\n\n", "x".repeat(60_000)), "a stream of more than 50 MB"),
        ("a document", "{ ".repeat(5_000), "an answer of more than 8 MiB in one piece"),
    ];
    for (what, again, limit) in cases {
        let times = 50_000_000 / again.len() + 2;
        let double = Double::start([Reply::Repeat(EVENTS.into(), again.into_bytes(), times, Duration::ZERO)]).await;
        let outcome = ask(&double.model(), hello()).await;
        assert!(outcome.text.len() <= 1_024 * 1_024, "{what}");
        let error = outcome.into_error();
        assert_eq!(error.kind, FaultCode::LimitReached, "{what}: {error}");
        assert!(error.to_string().ends_with(limit), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_refused_key_is_unauthorized_and_not_shown() {
    let body = format!(
        r#"{{"error":{{"message":"Incorrect API key provided: {KEY} (sk-t****key).\n","code":"invalid_api_key"}}}}"#
    );
    for line in ["401 Unauthorized", "403 Forbidden"] {
        let error = asked(status(line, "", &body)).await.into_error();
        assert_eq!(error.kind, FaultCode::Unauthorized);
        assert!(error.to_string().ends_with("Incorrect API key provided: … …"), "{error}");
        assert!(error.suggestions[0].starts_with("check the key"), "{:?}", error.suggestions);
    }
    let double = Double::start([status("401 Unauthorized", "", "")]).await;
    let mut config = config(&double.base_url());
    config.key = Some(Secret::new(""));
    let error = ask(&OpenAiCompatible::new(config).unwrap(), hello()).await.into_error();
    assert!(error.suggestions[0].starts_with("put a key into"), "{:?}", error.suggestions);
}

#[tokio::test]
async fn a_model_that_is_not_there_is_missing_and_named() {
    let error =
        asked(status("404 Not Found", "", r#"{"error":{"message":"model \"tiny\" not found, try pulling it first"}}"#))
            .await
            .into_error();
    assert_eq!(error.kind, FaultCode::Missing);
    assert!(error.suggestions[0].contains("`ollama pull tiny`"), "{:?}", error.suggestions);
}

#[tokio::test]
async fn each_refusal_has_its_kind() {
    for (line, body, kind) in [
        ("400 Bad Request", r#"{"error":"no"}"#, FaultCode::Rejected),
        (
            "400 Bad Request",
            r#"{"error":{"code":"context_length_exceeded","message":"too long"}}"#,
            FaultCode::Rejected,
        ),
        ("402 Payment Required", "", FaultCode::Rejected),
        ("405 Method Not Allowed", "", FaultCode::Rejected),
        ("408 Request Timeout", "", FaultCode::TimedOut),
        ("422 Unprocessable Entity", r#"{"detail":[{"msg":"no"}]}"#, FaultCode::Rejected),
        ("500 Internal Server Error", "oh no", FaultCode::Unreachable),
        ("503 Service Unavailable", "", FaultCode::Unreachable),
        ("504 Gateway Timeout", "", FaultCode::TimedOut),
        ("529 Overloaded", "", FaultCode::Unreachable),
    ] {
        let error = asked(status(line, "", body)).await.into_error();
        assert_eq!(error.kind, kind, "{line}: {error}");
        assert!(!error.suggestions.is_empty(), "{line}");
    }
}

#[tokio::test]
async fn what_a_server_says_is_bounded() {
    let long = format!(r#"{{"error":{{"message":"{}"}}}}"#, "very long ".repeat(20_000));
    let error = asked(status("500 Internal Server Error", "", &long)).await.into_error();
    assert!(error.to_string().chars().count() < 420, "{error}");
    let double = Double::start([Reply::Repeat(
        b"HTTP/1.1 500 No\r\n\r\n".to_vec(),
        vec![b'x'; 10_000],
        usize::MAX,
        Duration::ZERO,
    )])
    .await;
    let error = ask(&double.model(), hello()).await.into_error();
    assert!(error.to_string().ends_with('…'), "{error}");
}

#[tokio::test]
async fn an_error_inside_a_stream_ends_it_after_what_was_said() {
    for (event, kind) in [
        (format!(r#"{{"error":{{"message":"worker {KEY} died","type":"server_error"}}}}"#), FaultCode::Interrupted),
        (r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#.to_owned(), FaultCode::RateLimited),
        (r#"{"error":"out of memory"}"#.to_owned(), FaultCode::Interrupted),
        (r#"{"object":"error","message":"bad","type":"BadRequestError","code":400}"#.to_owned(), FaultCode::Rejected),
    ] {
        let outcome = asked(whole(events(&[&delta("So"), &event, &delta("not said")]))).await;
        assert_eq!(outcome.text, "So");
        assert_eq!(outcome.into_error().kind, kind, "{event}");
    }
    let error = asked(status("200 OK", "", r#"{"error":{"message":"no such thing"}}"#)).await.into_error();
    assert!(error.to_string().ends_with("gave up: no such thing"), "{error}");
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirect_to_another_server() {
    let other = Double::start([whole(events(&[&delta("gotcha"), "[DONE]"]))]).await;
    let first = Double::start([status(
        "307 Temporary Redirect",
        &format!("Location: {}/v1/chat/completions\r\n", other.host),
        "",
    )])
    .await;
    let error = ask(&first.model(), hello()).await.into_error();
    assert_eq!(error.kind, FaultCode::Rejected);
    assert!(error.to_string().ends_with(&format!("it redirects to {}", other.host)), "{error}");
    assert_eq!(other.requests().len(), 0);
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_and_a_circle_ends() {
    let moved = status("308 Permanent Redirect", "Location: /v2/chat/completions\r\n", "");
    let double = Double::start([moved.clone(), whole(events(&[&delta("Hi."), "[DONE]"]))]).await;
    assert_eq!(ask(&double.model(), hello()).await.text, "Hi.");
    assert!(double.requests()[1].starts_with("POST /v2/chat/completions"));
    let double = Double::start([moved]).await;
    assert_eq!(ask(&double.model(), hello()).await.into_error().kind, FaultCode::Rejected);
    assert!(double.requests().len() <= 4);
}

#[tokio::test]
async fn a_generation_that_is_dropped_is_seen_to_end_by_the_server() {
    let mut double = Double::start([Reply::Silence(events(&[&delta("Well")]).into_bytes())]).await;
    let model = double.model();
    let mut stream = model.chat(hello()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    let start = Instant::now();
    drop(stream);
    double.hung_up().await;
    println!("the server sees the end {:?} after the drop", start.elapsed());
}

#[tokio::test]
async fn a_request_that_is_dropped_is_seen_to_end_by_the_server() {
    let mut double = Double::start([Reply::Silence(Vec::new())]).await;
    let model = double.model();
    assert!(tokio::time::timeout(SHORT, model.chat(hello())).await.is_err());
    double.hung_up().await;
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused() {
    for (base_url, name, key) in [
        ("nonsense", "tiny", KEY),
        ("ftp://127.0.0.1/v1", "tiny", KEY),
        ("http://user:pass@127.0.0.1/v1", "tiny", KEY),
        ("http://127.0.0.1/v1", " ", KEY),
        ("http://127.0.0.1/v1", "tiny", "sk-with\na line"),
    ] {
        let mut config = config(base_url);
        (config.model, config.key) = (name.to_owned(), Some(Secret::new(key)));
        let error = OpenAiCompatible::new(config).unwrap_err();
        assert_eq!(error.kind, FaultCode::Rejected, "{base_url}");
        assert!(!error.suggestions.is_empty());
        assert!(!format!("{error:?}").contains("a line"));
    }
    let shown = format!("{:?} {:?}", model("http://127.0.0.1/v1"), config("http://127.0.0.1/v1"));
    assert!(!shown.contains(KEY), "{shown}");
}
