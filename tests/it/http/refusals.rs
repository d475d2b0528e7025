//! What is refused, and how the refusal says what to do; and how the server stops.

use super::registry;
use crate::harness::Server;
use serde_json::json;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

#[test]
fn a_question_that_cannot_be_meant_is_refused_by_name() {
    let server = registry().into_server(&["--read-drafts"]);
    let problem = |path: &str| format!("{path}\n  {}", server.get(path).problem());
    let long = "a".repeat(65);
    let paths = [
        "/v1/prompts/greet?label=production&version=1.0.0",
        "/v1/prompts/greet?label=production&version=1.0.0&digest=sha256:00",
        "/v1/prompts/greet?ref=main&at=2026-01-01T00:00:00Z",
        "/v1/prompts/Greet",
        "/v1/prompts/gr%20eet",
        "/v1/prompts/gr%C3%BC%C3%9Fe",
        "/v1/prompts/%2e%2e%2fgreet",
        &format!("/v1/prompts/{long}"),
        "/v1/prompts/Greet/versions",
        "/v1/prompts/greet/versions/one",
        "/v1/prompts/greet/versions/%5E1",
        "/v1/prompts/greet?label=Production",
        "/v1/prompts/greet?label=",
        "/v1/prompts/greet?version=one",
        "/v1/prompts/greet?version=",
        "/v1/prompts/greet?digest=sha256:12",
        "/v1/prompts/greet?client=A",
        "/v1/prompts/greet?lable=production",
        "/v1/prompts/greet?label=production&label=staging",
        "/v1/prompts/greet?at=yesterday",
        "/v1/prompts?tag=No",
        "/v1/prompts?collection=/",
        "/v1/prompts?status=gone",
        "/v1/prompts?client=nobody",
        "/v1/prompts?limit=many",
        "/v1/prompts?limit=0",
        "/v1/prompts?limit=501",
        "/v1/prompts?page=2",
        "/v1/prompts/greet/versions?cursor=x",
        "/v1/prompts/greet/versions?cursor=18446744073709551616",
        "/v1/prompts/greet/versions?limit=0",
        "/v1/prompts/greet/versions/1.0.0?limit=1",
        "/v1/prompts/%ff",
        "/v1/prompts/%ff/versions",
        "/v1/prompts/greet/versions/%ff",
        "/v1/workflows/%ff",
        "/v1/workflows/triage?limit=1",
        "/v1/collections?page=2",
        "/v1/collections?limit=501",
        "/v1/tags?limit=0",
        "/v1/tags?cursor=a&cursor=b",
        "/v1/workflows?limit=-1",
        "/v1/prompts/greet?client=nobody",
        "/v1/prompts/greet?client=nobody&version=1.0.0",
        "/v1/nothing",
        "/v2/prompts",
    ];
    insta::assert_snapshot!(paths.map(problem).join("\n"), @"
    /v1/prompts/greet?label=production&version=1.0.0
      400 conflicting selectors: label and version cannot be given together: each says which version is meant
    /v1/prompts/greet?label=production&version=1.0.0&digest=sha256:00
      400 conflicting selectors: label and version and digest cannot be given together: each says which version is meant
    /v1/prompts/greet?ref=main&at=2026-01-01T00:00:00Z
      400 conflicting selectors: ref and at cannot be given together: each says which version is meant
    /v1/prompts/Greet
      400 malformed parameter: name: `Greet` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts/gr%20eet
      400 malformed parameter: name: `gr eet` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts/gr%C3%BC%C3%9Fe
      400 malformed parameter: name: `grüße` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts/%2e%2e%2fgreet
      400 malformed parameter: name: `../greet` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      400 malformed parameter: name: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not a prompt name: it is longer than 64 characters
    /v1/prompts/Greet/versions
      400 malformed parameter: name: `Greet` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts/greet/versions/one
      400 malformed parameter: version: `one` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    /v1/prompts/greet/versions/%5E1
      400 malformed parameter: version: give one exact number here; ranges go to ?version= of the prompt
    /v1/prompts/greet?label=Production
      400 malformed parameter: label: `Production` is not a label: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts/greet?label=
      400 malformed parameter: label: `` is not a label: it is empty
    /v1/prompts/greet?version=one
      400 malformed parameter: version: `one` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    /v1/prompts/greet?version=
      400 malformed parameter: version: `` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    /v1/prompts/greet?digest=sha256:12
      400 malformed parameter: digest: `sha256:12` is not a digest: write sha256: and 64 hexadecimal digits
    /v1/prompts/greet?client=A
      400 malformed parameter: client: `A` is not a client name: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts/greet?lable=production
      400 malformed parameter: there is no `lable` here; there is `label`, `version`, `digest`, `key`, `client`, `ref`, `at`
    /v1/prompts/greet?label=production&label=staging
      400 malformed parameter: label: it is given twice
    /v1/prompts/greet?at=yesterday
      400 malformed parameter: at: `yesterday` is no time: write 2026-11-22T14:02:00Z
    /v1/prompts?tag=No
      400 malformed parameter: tag: `No` is not a tag: only a-z, 0-9 and single hyphens between them are allowed
    /v1/prompts?collection=/
      400 malformed parameter: collection: `/` is not a collection: it is empty
    /v1/prompts?status=gone
      400 malformed parameter: status: write `active` or `archived`
    /v1/prompts?client=nobody
      404 not found: there is no client config `nobody`
    /v1/prompts?limit=many
      400 malformed parameter: limit: write a whole number
    /v1/prompts?limit=0
      400 malformed parameter: limit: 0 is not between 1 and 500
    /v1/prompts?limit=501
      400 malformed parameter: limit: 501 is not between 1 and 500
    /v1/prompts?page=2
      400 malformed parameter: there is no `page` here; there is `collection`, `tag`, `label`, `status`, `owner`, `q`, `client`, `ref`, `at`, `limit`, `cursor`
    /v1/prompts/greet/versions?cursor=x
      400 malformed parameter: cursor: give the `next_cursor` of the page before
    /v1/prompts/greet/versions?cursor=18446744073709551616
      400 malformed parameter: cursor: give the `next_cursor` of the page before
    /v1/prompts/greet/versions?limit=0
      400 malformed parameter: limit: 0 is not between 1 and 500
    /v1/prompts/greet/versions/1.0.0?limit=1
      400 malformed parameter: there is no `limit` here; there is `ref` or `at`
    /v1/prompts/%ff
      400 malformed path: Invalid UTF-8 in `name`
    /v1/prompts/%ff/versions
      400 malformed path: Invalid UTF-8 in `name`
    /v1/prompts/greet/versions/%ff
      400 malformed path: Invalid UTF-8 in `version`
    /v1/workflows/%ff
      400 malformed path: Invalid UTF-8 in `name`
    /v1/workflows/triage?limit=1
      400 malformed parameter: there is no `limit` here; there is `ref` or `at`
    /v1/collections?page=2
      400 malformed parameter: there is no `page` here; there is `ref`, `at`, `limit`, `cursor`
    /v1/collections?limit=501
      400 malformed parameter: limit: 501 is not between 1 and 500
    /v1/tags?limit=0
      400 malformed parameter: limit: 0 is not between 1 and 500
    /v1/tags?cursor=a&cursor=b
      400 malformed parameter: cursor: it is given twice
    /v1/workflows?limit=-1
      400 malformed parameter: limit: write a whole number
    /v1/prompts/greet?client=nobody
      404 not found: there is no client config `nobody`
    /v1/prompts/greet?client=nobody&version=1.0.0
      404 not found: there is no client config `nobody`
    /v1/nothing
      404 not found: there is no such route; / lists them
    /v2/prompts
      404 not found: there is no such route; / lists them
    ");
}

#[test]
fn a_method_or_a_body_that_is_not_meant_is_refused() {
    let server = registry().into_server(&[]);
    let json_type = ("content-type", "application/json");
    let render =
        |headers: &[(&str, &str)], body: &str| server.ask("POST", "/v1/prompts/ask/render", headers, body).problem();
    let gone = server.ask("DELETE", "/v1/prompts/greet", &[], "");
    assert_eq!(gone.header("allow"), "GET,HEAD");
    let problems = [
        gone.problem(),
        server.ask("POST", "/v1/prompts", &[json_type], "{}").problem(),
        server.get("/v1/prompts/ask/render").problem(),
        render(&[json_type], "{\"input\": {"),
        render(&[json_type], "{\"inputs\": {}}"),
        render(&[json_type], "[]"),
        render(&[], "{\"input\": {}}"),
        render(&[json_type], &json!({"input": {"question": "a".repeat(1 << 20)}}).to_string()),
        server.post("/v1/prompts/nobody/render", &json!({})).problem(),
        server.post("/v1/prompts/part/render?version=1.2.0", &json!({})).problem(),
    ];
    insta::assert_snapshot!(problems.join("\n"), @"
    405 method not allowed: this route does not answer this method
    405 method not allowed: this route does not answer this method
    405 method not allowed: this route does not answer this method
    400 malformed body: this is no JSON (input.?: EOF while parsing an object at line 1 column 11)
    400 malformed body: there is no `inputs` here; there is `input` or `messages`
    400 malformed body: send a JSON object: {…}
    415 unsupported media type: send JSON, and say so: `content-type: application/json`
    413 body too long: the body is longer than 1048576 bytes
    404 not found: there is no prompt `nobody`
    410 revoked: `part` 1.2.0 was revoked: leaks a name
    ");
    // And the server is as well as before.
    assert_eq!(server.get("/v1/prompts/greet").status, 200);
}

#[test]
fn a_refused_parameter_is_named_where_a_program_can_read_it() {
    let server = registry().into_server(&[]);
    for (path, field) in [
        ("/v1/prompts/Greet", "name"),
        ("/v1/prompts/%ff", "name"),
        ("/v1/prompts/greet/versions/%ff", "version"),
        ("/v1/prompts/greet?lable=production", "lable"),
        ("/v1/prompts/greet?label=production&label=staging", "label"),
        ("/v1/prompts/greet?label=No", "label"),
        ("/v1/prompts?limit=many", "limit"),
        ("/v1/prompts?limit=0", "limit"),
        ("/v1/prompts?status=gone", "status"),
        ("/v1/prompts/greet/versions?cursor=x", "cursor"),
        ("/v1/tags?page=2", "page"),
        ("/v1/collections?limit=501", "limit"),
    ] {
        let reply = server.get(path);
        assert_eq!((reply.status, &reply.json()["field"]), (400, &json!(field)), "{path}");
    }
    let rendered = server.post("/v1/prompts/ask/render?client=nobody", &json!({"input": {"question": "?"}}));
    insta::assert_snapshot!(rendered.problem(), @"404 not found: there is no client config `nobody`");
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let registry = registry();
    let app = std::sync::Arc::new(promptreg::app::App::open(&registry.path()).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let options = promptreg::http::Options { body_time: Duration::from_millis(50), ..Default::default() };
    runtime.spawn(promptreg::http::serve(app, listener, options, std::future::pending()));
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = "POST /v1/prompts/ask/render HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    stream.write_all(head.as_bytes()).unwrap();
    // The answer comes without the rest of the body, and the connection is closed after it.
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.ends_with("within 0.05 s\"}"), "{answer}");
}

/// Sends bytes as they are, and reads what comes until the server hangs up or falls silent.
fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn bytes_that_are_no_request_hurt_nobody() {
    let server = registry().into_server(&[]);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"GET\r\n\r\n",
        b"GET /v1/prompts/gr\xffeet HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /v1/prompts/%ff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /v1/prompts/greet?label=%ff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET http://other/v1/prompts/greet HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /v1/prompts/greet HTTP/1.1\r\nhost: localhost\r\nif-none-match: \xff\xfe\r\n\r\n",
        b"POST /v1/prompts/ask/render HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    ] {
        let answer = raw(&server, bytes);
        assert!(!answer.contains("HTTP/1.1 5"), "{answer}");
    }
    assert_eq!(server.get("/v1/prompts/greet").status, 200);
}

#[test]
fn two_questions_on_one_connection_get_two_answers() {
    let server = registry().into_server(&[]);
    let twice = "GET /v1/prompts/greet HTTP/1.1\r\nhost: localhost\r\n\r\nGET /v1/tags HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = raw(&server, twice.as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
}

#[test]
fn told_to_stop_it_stops_at_once_even_where_a_connection_is_kept_open() {
    for signal in ["-TERM", "-INT"] {
        let registry = registry();
        let mut server = registry.serve(&[]);
        let mut kept = TcpStream::connect(&server.address).unwrap();
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        kept.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        let since = Instant::now();
        assert!(Command::new("kill").args([signal, &server.child.id().to_string()]).status().unwrap().success());
        let status = server.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", server.log());
        assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    }
}
