//! What was acknowledged is there, once, whatever is killed.

use super::{Served, served};
use crate::{harness::ask, postgres::Cluster};
use serde_json::json;
use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

served!(what_was_acknowledged_is_there_once_though_the_server_was_killed, server_killed);

/// How many clients post at a time, and how many events each.
const CLIENTS: usize = 16;
const EVENTS: usize = 40;

/// How often something is killed; `PROMPTREG_KILLS` says more.
fn kills() -> usize {
    std::env::var("PROMPTREG_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(2)
}

/// Posts events from many clients, each again and again under its key until it is acknowledged, and kills something while
/// they are at it, each time after as many were acknowledged as come between two kills.
fn post_while(address: &Mutex<String>, mut kill: impl FnMut()) {
    let acknowledged = AtomicUsize::new(0);
    let post = |key: String| loop {
        let event = json!({"prompt": "greet", "version": "1.1.0", "client_type": "cli", "idempotency_key": key});
        let now = address.lock().unwrap().clone();
        let headers = [("content-type", "application/json")];
        if ask(&now, "POST", "/v1/usage", &headers, &event.to_string()).is_ok_and(|reply| reply.status == 201) {
            acknowledged.fetch_add(1, SeqCst);
            return;
        }
        thread::yield_now();
    };
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || (0..EVENTS).for_each(|number| post(format!("{client}-{number}"))));
        }
        for round in 1..=kills() {
            while acknowledged.load(SeqCst) < CLIENTS * EVENTS * round / (kills() + 1) {
                thread::yield_now();
            }
            kill();
        }
    });
    assert_eq!(acknowledged.load(SeqCst), CLIENTS * EVENTS);
}

fn server_killed(served: Served) {
    let address = Mutex::new(served.server.address.clone());
    let mut served = served;
    post_while(&address, || {
        served.kill();
        address.lock().unwrap().clone_from(&served.server.address);
    });
    all_is_there(&mut served);
}

fn all_is_there(served: &mut Served) {
    let told = served.server.until("/v1/prompts/greet/usage?group=version", |reply| reply.status == 200).json();
    assert_eq!(told["total"], CLIENTS * EVENTS);
    // One by one, and not by day.
    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2);
    let told = served.server.get(&format!("/v1/prompts/greet/usage?bucket=hour&from={since}")).json();
    assert_eq!(told["total"], CLIENTS * EVENTS);
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn what_was_acknowledged_is_there_once_though_postgresql_was_killed() {
    let cluster = Cluster::start();
    let mut served = Served::on(cluster.url().to_owned(), Box::new(()));
    post_while(&Mutex::new(served.server.address.clone()), || {
        cluster.kill();
        cluster.restart();
    });
    all_is_there(&mut served);
}
