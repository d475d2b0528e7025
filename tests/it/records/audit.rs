//! The audit that a server keeps.

use super::{Served, served};
use serde_json::json;

served!(what_git_tells_is_in_one_chain_that_proves_itself, told);
served!(what_no_commit_tells_is_in_the_chain_too, besides);

fn besides(served: Served) {
    let wrong = [("authorization", "Bearer prg_wrong")];
    for _ in 0..3 {
        assert_eq!(served.server.ask("GET", "/v1/prompts/greet", &wrong, "").status, 401);
    }
    let page =
        served.server.until("/v1/audit?action=refused", |reply| !reply.json()["items"].as_array().unwrap().is_empty());
    let row = &page.json()["items"][0];
    assert_eq!(
        (&row["actor"], &row["entity"], &row["details"]["status"]),
        (&"anonymous".into(), &"GET /v1/prompts/{name}".into(), &401.into())
    );
    assert!(!page.body.contains("prg_wrong"), "{}", page.body);
    let started = served.server.get("/v1/audit?action=started").json();
    assert_eq!(started["items"][0]["entity_type"], "server");
    assert_eq!(started["items"][0]["details"]["retention_days"], serde_json::Value::Null);
}

fn told(served: Served) {
    let registry = &served.registry;
    let policy = |most: usize| (1..=most).map(|tokens| format!("- max_tokens: {tokens}\n")).collect::<String>();
    registry
        .file("policies/long.yaml", format!("checks:\n{}", policy(1)))
        .file("users/ana.yaml", "email: a@example.org\n");
    registry.land("A policy");
    registry.file("policies/long.yaml", format!("checks:\n{}", policy(99)));
    registry.file("users/ana.yaml", "email: ana@example.com\n");
    registry.file(
        "prompts/greet/prompt.yaml",
        "description: Greets.\nowner: ana\nlabels: {production: 1.0.0}\naliases: [hello]\n",
    );
    let landed = registry.land("Back to the first");
    served.server.until_commit(&landed);
    let page = served.server.until("/v1/audit?entity=greet&action=label_moved", |reply| {
        reply.json()["source"] == "database" && !reply.json()["items"].as_array().unwrap().is_empty()
    });
    let row = page.json()["items"][0].clone();
    assert_eq!((row["commit"].as_str().unwrap(), row["actor"].as_str().unwrap()), (&*landed, "ana"));
    assert_eq!(row["details"]["from"], "1.1.0");
    assert_eq!(row["details"]["to"], "1.0.0");
    let page = served.server.get("/v1/audit?entity=greet&action=changed").json();
    assert_eq!(
        page["items"][0]["details"],
        json!({"keys": ["description"], "from": {"description": "Says something."}, "to": {"description": "Greets."}})
    );
    // A long value is told by its digest, and an address to nobody.
    let long = served.server.get("/v1/audit?entity=long&action=changed").json()["items"][0]["details"].take();
    assert_eq!((&long["keys"], &long["from"]), (&json!(["checks"]), &json!({"checks": [{"max_tokens": 1}]})));
    assert!(long["to"]["checks"]["bytes"].as_u64() > Some(1_024), "{long}");
    assert!(long["to"]["checks"]["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:")), "{long}");
    let ana = served.server.get("/v1/audit?entity=ana&action=changed").json();
    assert_eq!(ana["items"][0]["details"], json!({"keys": ["email"]}));
    let audit = |more: &[&str]| {
        let told = registry.promptreg(&[&["audit", "--database", &served.database], more].concat());
        (told.code, told.stdout)
    };
    let (code, verified) = audit(&["--verify"]);
    assert!(code == 0 && verified.contains("rows in one unbroken chain"), "{verified}");
    let hash = verified.lines().last().unwrap().to_owned();
    let (code, expected) = audit(&["--verify", "--expect", &hash]);
    assert_eq!(code, 0, "{expected}");
    assert_eq!(audit(&["--verify", "--expect", &hash.to_uppercase()]).0, 0);
    assert_eq!(audit(&["--verify", "--expect", &"0".repeat(64)]).0, 1);
    assert_eq!(audit(&["--verify", "--expect", "abcd"]).0, 2);
    let (_, exported) = audit(&["--export"]);
    let file = registry.path().join("audit.jsonl");
    std::fs::write(&file, &exported).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(audit(&["--verify", "--file", file, "--expect", &hash]), (0, verified));
    std::fs::write(file, exported.replacen("\"ana\"", "\"eve\"", 1)).unwrap();
    let (code, broken) = audit(&["--verify", "--file", file]);
    assert!(code == 1 && broken.contains("was changed"), "{broken}");
    let (_, listed) = audit(&["--action", "label_moved"]);
    assert!(listed.contains("label_moved prompt greet production from 1.1.0 to 1.0.0"), "{listed}");
}
