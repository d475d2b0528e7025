//! A database that goes away and comes back.

use super::Served;
use crate::postgres::Cluster;
use serde_json::{Value, json};

/// What a server says of its database: in its status, and as figures (in reach, audited, rows written).
fn told(served: &Served) -> (Value, [u64; 3]) {
    let said = served.server.get("/v1/status").json()["database"].take();
    let text = served.server.get("/metrics").body;
    let figure = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in {text}")).parse().unwrap()
    };
    let figures = ["promptreg_database_up", "promptreg_audited", "promptreg_rows_written_total"].map(figure);
    (json!([said["engine"], said["in_reach"], said["projected"], said["audited"]]), figures)
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn while_the_database_is_away_reads_go_on_and_what_comes_is_told_to_come_again() {
    let cluster = Cluster::start();
    let mut served = Served::on(cluster.url().to_owned(), Box::new(()));
    let event = json!({"prompt": "greet", "version": "1.1.0"});
    assert_eq!(served.server.post("/v1/usage", &event).status, 201);
    let up = served.server.until("/v1/status", |reply| reply.json()["database"]["audited"] == true).json();
    assert_eq!(told(&served), (json!(["postgres", true, up["commit"], true]), [1, 1, 1]));
    cluster.kill();
    let refused = served.server.post("/v1/usage", &event);
    assert_eq!((refused.status, refused.header("retry-after")), (503, "2"));
    insta::assert_snapshot!(refused.problem(), @"503 the database is away: the database is away: come back later; what was to be recorded may have been, so send it with the same idempotency_key");
    assert_eq!(told(&served), (json!(["postgres", false, up["commit"], false]), [0, 0, 1]));
    assert_eq!(served.server.get("/readyz").status, 200);
    assert_eq!(served.server.get("/v1/prompts/greet/usage").status, 503);
    assert_eq!(served.server.get("/v1/prompts/greet").status, 200);
    let landed = served.registry.prompt("bye", "labels: {production: 1.0.0}\n", &[("1.0.0", "Bye.")]).land("Say bye");
    served.server.until_commit(&landed);
    assert_eq!(served.server.until("/v1/search?q=bye", |reply| reply.status == 200).status, 200);

    // A server that starts while it is away serves too.
    served.kill();
    assert_eq!(served.server.get("/v1/prompts/greet").status, 200);
    assert_eq!(served.server.post("/v1/usage", &event).status, 503);
    cluster.restart();
    served.server.until_log("the database is in reach");
    assert_eq!(served.server.post("/v1/usage", &event).status, 201);
    assert_eq!(served.server.get("/v1/prompts/greet/usage").json()["total"], 2);
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn a_server_that_starts_while_the_database_is_away_knows_whom_it_let_in_before_and_nobody_else() {
    let cluster = Cluster::start();
    let mut served = Served::on(cluster.url().to_owned(), Box::new(()));
    served.registry.file("roles/admin.yaml", "description: May do all.\npermissions: [read]\n").land("A role");
    let make = |name: &str| {
        let made = ["token", "create", "--user", "ana", "--name", name, "--database", &served.database];
        let made = served.registry.promptreg(&made);
        assert_eq!(made.code, 0, "{made:?}");
        format!("Bearer {}", made.stdout.trim())
    };
    let known = make("known");
    let me = |served: &Served, token: &str| served.server.ask("GET", "/v1/me", &[("authorization", token)], "");
    let heard = |served: &Served, token: &str| {
        let began = std::time::Instant::now();
        while me(served, token).status != 200 {
            assert!(began.elapsed().as_secs() < 30, "{:?}", me(served, token));
        }
    };
    heard(&served, &known);
    let file = served.registry.path().join(".git/promptreg/tokens.json");
    let began = std::time::Instant::now();
    while !std::fs::read_to_string(&file).unwrap_or_default().contains("\"known\"") {
        assert!(began.elapsed().as_secs() < 30, "the token is not remembered");
    }
    served.server.child.kill().unwrap();
    let late = make("late");
    let kept = std::fs::metadata(&file).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&kept.permissions()) & 0o777, 0o600);
    assert!(!std::fs::read_to_string(&file).unwrap().contains(known.trim_start_matches("Bearer ")));
    cluster.kill();
    served.kill();
    let answered = me(&served, &known);
    assert_eq!(answered.json()["user"], "ana", "{answered:?}");
    let unheard = me(&served, &late);
    assert_eq!(unheard.header("retry-after"), "5");
    insta::assert_snapshot!(unheard.problem(), @"503 the token cannot be looked up yet: the database that knows the token has not answered since the server was started: try again soon");
    cluster.restart();
    heard(&served, &late);
    assert_eq!(me(&served, "Bearer prg_0123456789012345678901234567890123456789012").status, 401);
}
