//! A database that goes away and comes back.

use super::Served;
use crate::postgres::Cluster;
use serde_json::json;

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn while_the_database_is_away_reads_go_on_and_what_comes_is_told_to_come_again() {
    let cluster = Cluster::start();
    let mut served = Served::on(cluster.url().to_owned(), Box::new(()));
    let event = json!({"prompt": "greet", "version": "1.1.0", "client_type": "web"});
    assert_eq!(served.server.post("/v1/usage", &event).status, 201);
    cluster.kill();
    let refused = served.server.post("/v1/usage", &event);
    assert_eq!((refused.status, refused.header("retry-after")), (503, "2"));
    insta::assert_snapshot!(refused.problem(), @"503 the database is away: the database is away; whether anything was recorded is not known: send it again with the same idempotency_key");
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
