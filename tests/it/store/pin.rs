//! Pins: one a label, until their time is over or somebody lifts them, and never too many.

use super::{Told, story};
use jiff::Timestamp;
use promptreg::{
    domain::Identity,
    store::{Engine, LabelPin, PutPin, lift_pin, live_pins, look_at, put_pin},
};
use uuid::Uuid;

story!(a_pin_holds_until_it_lapses_or_is_lifted, holds);
story!(a_label_has_one_pin_also_where_many_come_at_a_time, one_a_label);
story!(there_are_never_more_pins_than_are_allowed, never_too_many);

fn registry(number: u128) -> Identity {
    Identity { name: "acme".parse().unwrap(), id: Uuid::from_u128(number), default_branch: "main".to_owned() }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn pin(number: u128, label: &str, version: &str) -> LabelPin {
    LabelPin {
        id: Uuid::from_u128(number),
        prompt: "greet".to_owned(),
        label: label.to_owned(),
        version: version.to_owned(),
        reason: "Git is away: \u{1f525}".to_owned(),
        created_by: "ana".to_owned(),
        created_at: at("2026-11-23T09:00:00.123456Z"),
        expires_at: at("2026-11-23T13:00:00.123456Z"),
    }
}

async fn put(engine: &dyn Engine, registry: &Identity, pin: &LabelPin, most: i64) -> PutPin {
    let mut begun = engine.begin().await.unwrap();
    let put = put_pin(&mut *begun, registry, pin, most).await.unwrap();
    if matches!(put, PutPin::Kept(_)) {
        begun.commit().await.unwrap();
    }
    put
}

async fn lift(engine: &dyn Engine, registry: &Identity, label: &str, now: &str) -> Option<LabelPin> {
    let mut begun = engine.begin().await.unwrap();
    let lifted = lift_pin(&mut *begun, registry, "greet", label, at(now)).await.unwrap();
    begun.commit().await.unwrap();
    lifted
}

async fn live(engine: &dyn Engine, registry: &Identity, now: &str) -> Vec<LabelPin> {
    live_pins(engine, registry.id, at(now), 1_000).await.unwrap()
}

async fn holds(told: Told) {
    let (engine, acme, other) = (&*told.engine, registry(1), registry(2));
    let (first, foreign) = (pin(1, "production", "1.0.0"), pin(2, "production", "2.0.0"));
    assert_eq!(put(engine, &acme, &first, 9).await, PutPin::Kept(None));
    assert_eq!(put(engine, &other, &foreign, 9).await, PutPin::Kept(None));
    assert_eq!(look_at(engine, acme.id).await.unwrap().unwrap().1, 1, "servers hear of it as they do of tokens");
    assert_eq!(live(engine, &acme, "2026-11-23T13:00:00.123455Z").await, std::slice::from_ref(&first));
    assert_eq!(live(engine, &acme, "2026-11-23T13:00:00.123456Z").await, []);
    assert_eq!(lift(engine, &acme, "staging", "2026-11-23T10:00:00Z").await, None);
    assert_eq!(lift(engine, &acme, "production", "2026-11-23T14:00:00Z").await, None, "it had lapsed by then");
    assert_eq!(lift(engine, &acme, "production", "2026-11-23T10:00:00Z").await, Some(first));
    assert_eq!(lift(engine, &acme, "production", "2026-11-23T10:00:00Z").await, None);
    assert_eq!(live(engine, &acme, "2026-11-23T10:00:00Z").await, []);
    assert_eq!(live(engine, &other, "2026-11-23T10:00:00Z").await, [foreign]);
}

async fn one_a_label(told: Told) {
    let (engine, acme) = (&told.engine, registry(1));
    let put = (0..8).map(|number| {
        let (engine, acme) = (std::sync::Arc::clone(engine), acme.clone());
        tokio::spawn(async move { put(&*engine, &acme, &pin(number, "production", "1.0.0"), 9).await })
    });
    let mut replaced = 0;
    for one in put.collect::<Vec<_>>() {
        let PutPin::Kept(before) = one.await.unwrap() else { panic!("eight are not too many") };
        replaced += usize::from(before.is_some());
    }
    assert_eq!((replaced, live(&**engine, &acme, "2026-11-23T10:00:00Z").await.len()), (7, 1));
}

async fn never_too_many(told: Told) {
    let (engine, acme) = (&*told.engine, registry(1));
    assert_eq!(put(engine, &acme, &pin(1, "production", "1.0.0"), 2).await, PutPin::Kept(None));
    assert_eq!(put(engine, &acme, &pin(2, "staging", "1.0.0"), 2).await, PutPin::Kept(None));
    assert_eq!(put(engine, &acme, &pin(3, "beta", "1.0.0"), 2).await, PutPin::TooMany);
    // Another version under a label that is pinned is not one more.
    let again = put(engine, &acme, &pin(4, "staging", "1.1.0"), 2).await;
    assert_eq!(again, PutPin::Kept(Some(pin(2, "staging", "1.0.0"))));
    let labels: Vec<_> = live(engine, &acme, "2026-11-23T10:00:00Z").await.into_iter().map(|pin| pin.label).collect();
    assert_eq!(labels, ["production", "staging"]);
}
