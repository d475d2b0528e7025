//! Tokens: kept by their hash, taken back for good, and every server hears of it.

use super::{Told, story};
use jiff::Timestamp;
use promptreg::{
    domain::{Identity, Permission, TokenKind},
    store::{
        Engine, Statement, Token, all_tokens, forget_sessions, live_tokens, look_at, note_sign_in, note_use, put_token,
        revoke_token, token_hash,
    },
};
use uuid::Uuid;

story!(a_token_lives_until_it_is_revoked_or_expires, lives);
story!(a_name_is_taken_once_also_by_two_at_a_time, named_once);
story!(the_last_use_is_noted_and_no_earlier_one_after_it, used);
story!(sessions_that_ended_are_forgotten_and_tokens_are_not, forgotten);
story!(a_sign_in_is_noted_at_its_user_and_nobody_else, signed_in);

fn registry(number: u128) -> Identity {
    Identity { name: "acme".parse().unwrap(), id: Uuid::from_u128(number), default_branch: "main".to_owned() }
}

fn token(number: u128, kind: TokenKind, name: &str, expires_at: Option<&str>) -> Token {
    Token {
        id: Uuid::from_u128(number),
        kind,
        name: name.to_owned(),
        user: "ana".to_owned(),
        scopes: vec![Permission::Read, Permission::RecordUsage],
        hash: token_hash(&format!("secret {number}")),
        created_by: "operator".to_owned(),
        created_at: at("2026-11-22T09:00:00.123456Z"),
        expires_at: expires_at.map(at),
        last_used_at: None,
        revoked_at: None,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn put(engine: &dyn Engine, registry: &Identity, token: &Token) -> bool {
    let mut begun = engine.begin().await.unwrap();
    let is_put = put_token(&mut *begun, registry, token).await.unwrap();
    begun.commit().await.unwrap();
    is_put
}

async fn revoke(engine: &dyn Engine, registry: &Identity, id: Uuid) -> bool {
    let mut begun = engine.begin().await.unwrap();
    let is_revoked = revoke_token(&mut *begun, registry, id, at("2026-11-22T10:00:00Z")).await.unwrap();
    begun.commit().await.unwrap();
    is_revoked
}

async fn live(engine: &dyn Engine, registry: &Identity, now: &str) -> Vec<String> {
    live_tokens(engine, registry.id, at(now)).await.unwrap().into_iter().map(|token| token.name).collect()
}

/// How often the tokens were changed.
async fn epoch(engine: &dyn Engine, registry: &Identity) -> i64 {
    look_at(engine, registry.id).await.unwrap().map_or(0, |(_, epoch)| epoch)
}

async fn lives(told: Told) {
    let (engine, acme, other) = (&*told.engine, registry(1), registry(2));
    assert_eq!(epoch(engine, &acme).await, 0);
    let made = token(11, TokenKind::Token, "ci", Some("2026-11-22T11:00:00Z"));
    assert!(put(engine, &acme, &made).await);
    assert!(put(engine, &acme, &token(12, TokenKind::Session, "browser", None)).await);
    assert!(put(engine, &other, &token(13, TokenKind::Token, "ci", None)).await);
    assert_eq!(epoch(engine, &acme).await, 2);
    assert_eq!(live(engine, &acme, "2026-11-22T10:59:59.999999Z").await, ["browser", "ci"]);
    assert_eq!(live(engine, &acme, "2026-11-22T11:00:00Z").await, ["browser"]);
    assert_eq!(live_tokens(engine, acme.id, made.created_at).await.unwrap()[1], made);
    assert!(revoke(engine, &acme, made.id).await);
    assert!(!revoke(engine, &acme, made.id).await);
    assert!(!revoke(engine, &acme, Uuid::from_u128(13)).await, "another registry's token is none of ours");
    assert_eq!(live(engine, &acme, "2026-11-22T10:00:00Z").await, ["browser"]);
    assert_eq!(live(engine, &other, "2026-11-22T10:00:00Z").await, ["ci"]);
    assert_eq!(epoch(engine, &acme).await, 5);
    assert_eq!(all_tokens(engine, acme.id).await.unwrap().len(), 2);
    // The secret is nowhere.
    static HASHES: Statement = Statement::both("SELECT token_hash FROM api_tokens WHERE name = 'browser'");
    let rows = engine.query(&HASHES, vec![]).await.unwrap();
    assert_eq!(rows[0].text("token_hash").unwrap(), "0e28db29d53516aec18bd23a5f068c068523d27af9a11c3639cc4737bb1b460f");
}

async fn named_once(told: Told) {
    let (engine, acme) = (&told.engine, registry(1));
    let made = (0..8).map(|number| {
        let (engine, acme) = (std::sync::Arc::clone(engine), acme.clone());
        tokio::spawn(async move { put(&*engine, &acme, &token(number, TokenKind::Token, "ci", None)).await })
    });
    let mut put_count = 0;
    for one in made.collect::<Vec<_>>() {
        put_count += usize::from(one.await.unwrap());
    }
    assert_eq!((put_count, live(&**engine, &acme, "2026-11-22T10:00:00Z").await.len()), (1, 1));
    let first = live_tokens(&**engine, acme.id, at("2026-11-22T10:00:00Z")).await.unwrap()[0].id;
    assert!(revoke(&**engine, &acme, first).await);
    assert!(put(&**engine, &acme, &token(20, TokenKind::Token, "ci", None)).await, "the name is free again");
}

async fn used(told: Told) {
    let (engine, acme) = (&*told.engine, registry(1));
    for number in [1, 2] {
        put(engine, &acme, &token(number, TokenKind::Session, "one", None)).await;
    }
    let note = async |times: &[(u128, &str)]| {
        let mut begun = engine.begin().await.unwrap();
        let times = times.iter().map(|(number, time)| (Uuid::from_u128(*number), at(time)));
        note_use(&mut *begun, acme.id, times).await.unwrap();
        begun.commit().await.unwrap();
    };
    note(&[(1, "2026-11-22T10:00:01.5Z"), (2, "2026-11-22T10:00:02Z"), (3, "2026-11-22T10:00:02Z")]).await;
    note(&[(1, "2026-11-22T10:00:01Z"), (2, "2026-11-22T10:00:03Z")]).await;
    note(&[]).await;
    let mut times: Vec<_> =
        all_tokens(engine, acme.id).await.unwrap().into_iter().map(|one| one.last_used_at).collect();
    times.sort();
    assert_eq!(times, [Some(at("2026-11-22T10:00:01.5Z")), Some(at("2026-11-22T10:00:03Z"))]);
}

async fn forgotten(told: Told) {
    let (engine, acme) = (&*told.engine, registry(1));
    put(engine, &acme, &token(1, TokenKind::Session, "ended", Some("2026-11-22T10:00:00Z"))).await;
    put(engine, &acme, &token(2, TokenKind::Session, "going on", Some("2026-11-22T12:00:00Z"))).await;
    put(engine, &acme, &token(3, TokenKind::Token, "ended too", Some("2026-11-22T10:00:00Z"))).await;
    let mut begun = engine.begin().await.unwrap();
    forget_sessions(&mut *begun, acme.id, at("2026-11-22T11:00:00Z")).await.unwrap();
    begun.commit().await.unwrap();
    let kept: Vec<_> = all_tokens(engine, acme.id).await.unwrap().into_iter().map(|token| token.name).collect();
    assert_eq!(kept, ["ended too", "going on"]);
}

async fn signed_in(told: Told) {
    static USER: Statement = Statement::both(
        "INSERT INTO users (id, tenant_id, handle, is_active, preferences) VALUES ($1, $2, $3, $4, $5)",
    );
    static READ: Statement = Statement::both("SELECT handle, last_login FROM users ORDER BY handle");
    let (engine, acme) = (&*told.engine, registry(1));
    put(engine, &acme, &token(1, TokenKind::Session, "makes the registry's row", None)).await;
    let mut begun = engine.begin().await.unwrap();
    for (number, handle) in [(1, "ana"), (2, "ben")] {
        let id = Uuid::from_u128(number);
        let values = vec![id.into(), acme.id.into(), handle.into(), true.into(), serde_json::json!({}).into()];
        begun.query(&USER, values).await.unwrap();
    }
    let now = at("2026-11-22T10:00:00Z");
    note_sign_in(&mut *begun, acme.id, "ben", now).await.unwrap();
    note_sign_in(&mut *begun, acme.id, "nobody", now).await.unwrap();
    begun.commit().await.unwrap();
    let rows = engine.query(&READ, vec![]).await.unwrap();
    let last: Vec<_> = rows.iter().map(|row| row.opt_time("last_login").unwrap()).collect();
    assert_eq!(last, [None, Some(now)]);
}
