//! Pins: a label hands out another version until a time, by a word in the database, while Git stays as it is.

use super::{Served, served};
use crate::harness::{Reply, binary};
use serde_json::json;
use std::time::{Duration, Instant};

served!(a_pin_is_seen_everywhere_until_it_is_lifted, everywhere);
served!(a_pin_on_the_command_line_is_heard_of_by_every_server, heard);
served!(a_server_that_is_named_pins_for_who_has_a_token, asked);
served!(only_who_may_move_a_label_may_pin_it_and_only_to_what_is_approved, refused);
served!(a_pin_survives_the_server_and_ends_with_the_version_that_is_revoked, survives);

const PIN: &str = "/v1/prompts/greet/labels/production/pin";

/// A token of somebody with a role of one permission.
pub(super) fn token(served: &Served, user: &str, role: &str) -> String {
    served.registry.file(&format!("roles/{role}.yaml"), "permissions: [read, read_reports, move_labels]\n");
    served.registry.file(&format!("users/{user}.yaml"), format!("email: {user}@example.org\nroles: [{role}]\n"));
    let commit = served.registry.land("People");
    served.server.until_commit(&commit);
    let made =
        served.registry.promptreg(&["token", "create", "--user", user, "--name", user, "--database", &served.database]);
    let secret = made.stdout.trim_end().to_owned();
    let since = Instant::now();
    while served.server.ask("GET", "/v1/me", &[("authorization", &format!("Bearer {secret}"))], "").status != 200 {
        assert!(since.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    }
    format!("Bearer {secret}")
}

fn put(served: &Served, path: &str, bearer: &str, body: &serde_json::Value) -> Reply {
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    served.server.ask("PUT", path, &headers, &body.to_string())
}

fn everywhere(served: Served) {
    let server = &served.server;
    let bearer = token(&served, "ana", "admin");
    let (before, history) = (server.get("/v1/prompts/greet"), server.get("/v1/prompts/greet/history"));
    let body = json!({"version": "1.0.0", "duration": "4h", "reason": "1.1.0 leaks, Git is down"});
    let pinned = put(&served, PIN, &bearer, &body);
    assert_eq!(pinned.status, 200, "{pinned:?}");
    let until = pinned.json()["until"].as_str().unwrap().to_owned();
    assert_eq!(
        pinned.json(),
        json!({"prompt": "greet", "label": "production", "version": "1.0.0", "until": until, "by": "ana",
            "reason": "1.1.0 leaks, Git is down"})
    );
    // At once where it was asked for: in front of the router and behind it, by name and by label.
    let said = json!({"until": until, "by": "ana", "reason": "1.1.0 leaks, Git is down"});
    for path in ["/v1/prompts/greet", "/v1/prompts/greet?label=production", "/v1/prompts/greet?label=production&key=k"]
    {
        let reply = server.get(path);
        let json = reply.json();
        assert_eq!((&json["version"], &json["label"], &json["pinned"]), (&json!("1.0.0"), &json!("production"), &said));
        assert_eq!((reply.text().as_str(), reply.header("cache-control")), ("Hi.", "no-cache"));
        assert_ne!(reply.header("etag"), before.header("etag"));
    }
    let exact = server.get("/v1/prompts/greet?version=1.1.0").json();
    assert_eq!((&exact["version"], &exact["pinned"]), (&json!("1.1.0"), &json!(null)));
    let rendered = server.post("/v1/prompts/greet/render", &json!({"input": {}})).json();
    assert_eq!(rendered["version"], "1.0.0");
    let item = &server.get("/v1/prompts").json()["items"][0];
    assert_eq!((&item["labels"], &item["pinned"]), (&json!({"production": "1.0.0"}), &json!({"production": said})));
    let versions = server.get("/v1/prompts/greet/versions");
    assert_eq!(versions.each("labels"), [json!([]), json!(["production"])]);
    let diff = server.get("/v1/prompts/greet/diff?from=production&to=1.1.0").json();
    assert_eq!(diff["from"], "1.0.0", "{diff}");
    let status = server.get("/v1/status").json();
    assert_eq!((&status["pins"][0]["version"], &status["pins"][0]["holds"]), (&json!("1.0.0"), &json!(true)));
    assert!(server.get("/metrics").body.contains("\npromptreg_pins 1\n"));
    // What was is not touched.
    let commit = status["commit"].as_str().unwrap();
    assert_eq!(server.get(&format!("/v1/prompts/greet?ref={commit}")).json()["version"], "1.1.0");
    assert_eq!(server.get("/v1/prompts/greet/history").body, history.body);

    let lifted = server.ask("DELETE", PIN, &[("authorization", &bearer)], "");
    assert_eq!((lifted.status, &lifted.json()["version"]), (200, &json!("1.0.0")));
    let after = server.get("/v1/prompts/greet");
    assert_eq!((after.header("etag"), &after.body), (before.header("etag"), &before.body));
    let missing = server.ask("DELETE", PIN, &[("authorization", &bearer)], "");
    insta::allow_duplicates! {
        insta::assert_snapshot!(missing.problem(), @"404 not found: there is no pin on `greet:production`");
    }
    let audit = |action: &str| {
        let path = format!("/v1/audit?action={action}");
        let page = server.until(&path, |reply| reply.json()["source"] == "database").json();
        let row = &page["items"][0];
        format!("{} {} {} {}", row["actor"], row["entity_type"], row["entity"], row["details"]["from"])
    };
    assert_eq!(audit("label_pinned"), r#""ana" "prompt" "greet" "1.1.0""#);
    assert_eq!(audit("label_unpinned"), r#""ana" "prompt" "greet" "1.0.0""#);
    let verified = served.registry.promptreg(&["audit", "--verify", "--database", &served.database]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

fn heard(served: Served) {
    let run = |args: &[&str]| {
        let said = served.registry.promptreg(&[args, &["--database", &served.database]].concat()).all();
        let said = regex::Regex::new("in [a-z]+://[^,]*,").unwrap().replace_all(&said, "in DATABASE,").into_owned();
        regex::Regex::new(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap().replace_all(&said, "[time]").into_owned()
    };
    let reason = "Git is down";
    let pinned = run(&["promote", "greet", "1.0.0", "--pin", "4h", "--reason", reason]);
    insta::allow_duplicates! {
        insta::assert_snapshot!(pinned, @"
        greet:production is pinned to 1.0.0 until [time]: Git is down
        `promptreg promote greet --label production --unpin` ends it before
        so it says in DATABASE, for the servers that use it
        exit code 0
        ");
    }
    let served_is =
        |version: &str| served.server.until("/v1/prompts/greet", |reply| reply.json()["version"] == version);
    served_is("1.0.0");
    insta::allow_duplicates! {
        insta::assert_snapshot!(run(&["show", "greet"]).lines().take(5).collect::<Vec<_>>().join("\n"), @"
        greet@1.0.0  
        status    approved
        label     production
        pinned    by operator until [time]: Git is down
        owner     ana
        ");
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(run(&["list"]), @"
        greet  production 1.0.0 (pinned until [time])  Says something.
        exit code 0
        ");
    }
    let rendered = run(&["render", "greet", "--json"]);
    assert!(rendered.contains("\"1.0.0\""), "{rendered}");
    insta::allow_duplicates! {
        insta::assert_snapshot!(run(&["promote", "greet", "--unpin"]), @"
        greet:production is pinned to 1.0.0 no more, and is what Git says again
        so it says in DATABASE, for the servers that use it
        exit code 0
        ");
    }
    served_is("1.1.0");
    insta::allow_duplicates! {
        insta::assert_snapshot!(run(&["promote", "greet", "--unpin"]), @"
        error: there is no pin on `greet:production`
        exit code 3
        ");
    }
    let listed = run(&["audit", "--entity", "greet", "--action", "label_pinned"]);
    assert!(listed.contains("label_pinned prompt greet production from 1.1.0 to 1.0.0: Git is down"), "{listed}");
    // Nothing of it is in Git.
    assert_eq!(served.registry.git(&["status", "--porcelain"]), "");
}

fn asked(served: Served) {
    let ana = token(&served, "ana", "admin");
    let server = format!("http://{}", served.server.address);
    let run = |token: Option<&str>, args: &[&str]| {
        let mut command = binary(std::path::Path::new("/"));
        command.args([&["promote", "greet"], args].concat());
        command.envs(token.map(|token| ("PROMPTREG_TOKEN", token)));
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap().replace(&server, "SERVER");
        let said = said.split("\n\nUsage").next().unwrap().to_owned();
        regex::Regex::new(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap().replace_all(&said, "[time]").into_owned()
    };
    let token = ana.strip_prefix("Bearer ");
    let pin = ["1.0.0", "--label", "production", "--pin", "4h", "--reason", "Git is down", "--server", &server];
    let mut said = vec![run(token, &pin)];
    assert_eq!(served.server.get("/v1/prompts/greet").json()["pinned"]["by"], "ana");
    let unpin = ["--unpin", "--label", "production", "--server", &server];
    said.push(run(token, &unpin));
    assert_eq!(served.server.get("/v1/prompts/greet").json()["version"], "1.1.0");
    said.extend([
        run(token, &unpin),
        run(Some("prg_wrong"), &pin),
        run(None, &pin),
        run(token, &["1.0.0", "--label", "production", "--server", &server]),
        run(token, &["--unpin", "--server", &server]),
        run(token, &["--unpin", "--label", "production", "--server", "http://prompts.example.com"]),
        run(token, &["--unpin", "--label", "production", "--server", "http://127.0.0.1:1@evil.example"]),
        run(token, &["--unpin", "--label", "production", "--server", "http://localhost.evil.example"]),
    ]);
    insta::allow_duplicates! {
        insta::assert_snapshot!(said.join("\n"), @"
        greet:production is pinned to 1.0.0 until [time]: Git is down
        `promptreg promote greet --label production --unpin` ends it before

        greet:production is pinned to 1.0.0 no more, and is what Git says again

        error: SERVER: there is no pin on `greet:production`

        error: SERVER: send `Authorization: Bearer prg_…` with the 47 characters of a token

        error: set PROMPTREG_TOKEN to a token that may move_labels

        error: --server is for --pin and --unpin: a label that moves for good is a commit

        error: the following required arguments were not provided:
          --label <LABEL>
        error: --server takes https://HOST, or http://127.0.0.1:PORT: a token is sent nowhere else in the clear

        error: --server takes https://HOST, or http://127.0.0.1:PORT: a token is sent nowhere else in the clear

        error: --server takes https://HOST, or http://127.0.0.1:PORT: a token is sent nowhere else in the clear
        ");
    }
}

fn refused(served: Served) {
    let (ana, ben) = (token(&served, "ana", "admin"), token(&served, "ben", "mover"));
    served.registry.file("prompts/greet/1.2.0.yaml", "content: [broken\n");
    served.registry.prompt(
        "greet",
        "labels: {production: 1.1.0, staging: 1.1.0}\naliases: [hello]\nyanked: {1.0.1: bad}\nrevoked: {1.0.2: worse}\n",
        &[("1.0.1", "No."), ("1.0.2", "Never.")],
    );
    let commit = served.registry.land("More");
    served.server.until_commit(&commit);
    let body = |version: &str, duration: &str, reason: &str| json!({"version": version, "duration": duration, "reason": reason});
    let good = body("1.0.0", "1m", "why");
    let of = |label: &str| format!("/v1/prompts/greet/labels/{label}/pin");
    let mut said = vec![served.server.ask("PUT", PIN, &[("content-type", "application/json")], &good.to_string())];
    said.push(put(&served, PIN, &ben, &good));
    let tried = [
        (of("staging"), body("1.0.1", "1m", "why")),
        (of("staging"), body("1.0.2", "1m", "why")),
        (of("staging"), body("1.2.0", "1m", "why")),
        (of("staging"), body("^1", "1m", "why")),
        (of("beta"), good.clone()),
        (of("No"), good.clone()),
        ("/v1/prompts/hello/labels/staging/pin".to_owned(), good.clone()),
        ("/v1/prompts/nobody/labels/staging/pin".to_owned(), good.clone()),
        (of("staging"), body("1.0.0", "59s", "why")),
        (of("staging"), body("1.0.0", "7d 1s", "why")),
        (of("staging"), body("1.0.0", "-4h", "why")),
        (of("staging"), body("1.0.0", "for ever", "why")),
        (of("staging"), body("1.0.0", "1m", " ")),
        (of("staging"), body("1.0.0", "1m", "two\nlines")),
        (of("staging"), body("1.0.0", "1m", &"x".repeat(501))),
        (of("staging"), json!({"version": "1.0.0", "duration": 60, "reason": "why"})),
        (of("staging"), json!({"version": "1.0.0", "duration": "1m", "reason": "why", "by": "eve"})),
    ];
    said.extend(tried.iter().map(|(path, body)| put(&served, path, &ben, body)));
    let said: Vec<_> = said.iter().map(Reply::problem).collect();
    insta::allow_duplicates! {
        insta::assert_snapshot!(said.join("\n"), @"
        401 a token is needed: this needs the permission `move_labels`: send `Authorization: Bearer prg_…` with a token that has it
        403 not allowed: ben may not move the label `production`
        400 malformed parameter: version: greet@1.0.1 is yanked (bad)
        400 malformed parameter: version: greet@1.0.2 is revoked (worse)
        400 malformed parameter: version: greet@1.2.0 is not approved: only what is served can be pinned
        400 malformed parameter: version: `^1` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
        400 malformed parameter: label: greet has no label `beta` to be pinned; there is `production`, `staging`
        400 malformed parameter: label: `No` is not a label: only a-z, 0-9 and single hyphens between them are allowed
        308 renamed: `hello` is now called `greet`
        404 not found: there is no prompt `nobody`
        400 malformed parameter: duration: write a time from 1m to 7d, such as 30m or 4h
        400 malformed parameter: duration: write a time from 1m to 7d, such as 30m or 4h
        400 malformed parameter: duration: write a time from 1m to 7d, such as 30m or 4h
        400 malformed parameter: duration: write a time from 1m to 7d, such as 30m or 4h
        400 malformed parameter: reason: say why in 1 to 500 bytes on one line: callers read it
        400 malformed parameter: reason: say why in 1 to 500 bytes on one line: callers read it
        400 malformed parameter: reason: say why in 1 to 500 bytes on one line: callers read it
        400 malformed parameter: duration: give a text here
        400 malformed parameter: by: there is version, duration and reason here, and nothing else
        ");
    }
    assert_eq!(served.server.get("/v1/status").json()["pins"], json!([]));
    assert_eq!(served.server.get("/v1/prompts/greet").json()["version"], "1.1.0");
    // A label that is not protected may be pinned by who may move labels; the protected one by its own people.
    assert_eq!(put(&served, &of("staging"), &ben, &good).status, 200);
    assert_eq!(put(&served, PIN, &ana, &good).status, 200);
    assert_eq!(served.server.ask("DELETE", PIN, &[("authorization", &ben)], "").status, 403);
    let run = |args: &[&str]| {
        let args = [&["promote", "greet"], args, &["--database", &served.database]].concat();
        served.registry.promptreg(&args).all()
    };
    let said = [
        run(&["1.0.2", "--pin", "4h", "--reason", "why"]),
        run(&["1.0.0", "--pin", "8d", "--reason", "why"]),
        run(&["1.0.0", "--pin", "4h"]),
        run(&["1.0.0", "--unpin"]),
        run(&[]),
    ];
    insta::allow_duplicates! {
        insta::assert_snapshot!(said.join("\n\n"), @"
        error: version: greet@1.0.2 is revoked (worse)
        exit code 2

        error: duration: write a time from 1m to 7d, such as 30m or 4h
        exit code 2

        error: the following required arguments were not provided:
          --reason <TEXT>

        Usage: promptreg promote --pin <TIME> --reason <TEXT> --database <URL> <NAME> <VERSION>

        For more information, try '--help'.
        exit code 2

        error: the argument '[VERSION]' cannot be used with '--unpin'

        Usage: promptreg promote --database <URL> <NAME> <VERSION>

        For more information, try '--help'.
        exit code 2

        error: the following required arguments were not provided:
          <VERSION>

        Usage: promptreg promote --database <URL> <NAME> <VERSION>

        For more information, try '--help'.
        exit code 2
        ");
    }
}

fn survives(mut served: Served) {
    let bearer = token(&served, "ana", "admin");
    let body = json!({"version": "1.0.0", "duration": "7d", "reason": "Git is down"});
    assert_eq!(put(&served, PIN, &bearer, &body).status, 200);
    served.kill();
    served.server.until("/v1/prompts/greet", |reply| reply.json()["version"] == "1.0.0");
    // A push that has nothing to do with it leaves it alone; one that revokes its version ends it at once.
    served.registry.prompt("bye", "labels: {production: 1.0.0}\n", &[("1.0.0", "Bye.")]);
    let commit = served.registry.land("Say bye");
    served.server.until_commit(&commit);
    assert_eq!(served.server.get("/v1/prompts/greet").json()["version"], "1.0.0");
    served.registry.prompt("greet", "labels: {production: 1.1.0}\nrevoked: {1.0.0: it leaks too}\n", &[]);
    let commit = served.registry.land("Revoke");
    served.server.until_commit(&commit);
    let now = served.server.get("/v1/prompts/greet").json();
    assert_eq!((&now["version"], &now["pinned"]), (&json!("1.1.0"), &json!(null)));
    let status = served.server.get("/v1/status").json();
    assert_eq!(status["pins"][0]["holds"], false);
    assert!(served.server.get("/metrics").body.contains("\npromptreg_pins 0\n"));
}
