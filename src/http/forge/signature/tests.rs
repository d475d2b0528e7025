//! Requests with right, wrong and borrowed signatures.

use super::{Forge, Hmac, STANDARD, Secrets, Sha256};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use hmac::{KeyInit as _, Mac as _};
use std::fmt::Write as _;

const BODY: &[u8] = b"{\"zen\": \"Keep it logically awesome.\"}";
const NOW: i64 = 1_800_000_000;

fn headers(said: &[(&'static str, &str)]) -> HeaderMap {
    said.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
}

fn tag(key: &[u8], parts: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(parts);
    mac.finalize().into_bytes().to_vec()
}

fn hex(key: &str) -> String {
    tag(key.as_bytes(), BODY).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn secrets(forge: Forge, all: &[&str]) -> Secrets {
    let mut secrets = Secrets::default();
    all.iter().for_each(|secret| secrets.add(forge, secret).unwrap());
    secrets
}

#[test]
fn the_example_of_githubs_documentation_is_accepted() {
    let said = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let secrets = secrets(Forge::Github, &["It's a Secret to Everybody"]);
    assert!(secrets.made(Forge::Github, &headers(&[("x-hub-signature-256", said)]), b"Hello, World!", NOW));
    assert!(!secrets.made(Forge::Github, &headers(&[("x-hub-signature-256", said)]), b"Hello, World?", NOW));
}

#[test]
fn each_forge_signs_in_its_own_header_and_in_no_other() {
    let signed = hex("right");
    let github = format!("sha256={signed}");
    let every = [
        ("x-hub-signature-256", github.as_str(), Some(Forge::Github)),
        ("x-hub-signature-256", signed.as_str(), None),
        ("x-gitea-signature", signed.as_str(), Some(Forge::Gitea)),
        ("x-forgejo-signature", signed.as_str(), Some(Forge::Gitea)),
        ("x-gogs-signature", signed.as_str(), None),
        ("x-pagure-signature-256", signed.as_str(), Some(Forge::Pagure)),
        ("x-pagure-signature", signed.as_str(), None),
        ("x-gitlab-token", "right", Some(Forge::Gitlab)),
        ("x-gitlab-token", signed.as_str(), None),
    ];
    for (name, value, by) in every {
        for forge in Forge::ALL {
            let made = secrets(forge, &["right"]).made(forge, &headers(&[(name, value)]), BODY, NOW);
            assert_eq!(made, by == Some(forge), "{name}: {value} at {forge}");
        }
    }
}

#[test]
fn two_secrets_are_good_at_a_time_and_no_third_one() {
    let both = secrets(Forge::Gitea, &["old", "new"]);
    let made = |secret: &str| both.made(Forge::Gitea, &headers(&[("x-gitea-signature", &hex(secret))]), BODY, NOW);
    assert!(made("old") && made("new") && !made("other"));
    insta::assert_snapshot!(both.clone().add(Forge::Gitea, "third").unwrap_err(), @"gitea has more than 2 secrets: name the new one and the one before");
    insta::assert_snapshot!(Secrets::default().add(Forge::Gitea, "").unwrap_err(), @"a secret of gitea is empty");
    insta::assert_snapshot!(Secrets::default().add(Forge::Gitlab, "whsec_?").unwrap_err(), @"a secret of gitlab is no base64 behind whsec_");
    insta::assert_debug_snapshot!(both, @r"
    {
        Gitea,
    }
    ");
}

#[test]
fn what_is_no_signature_is_none() {
    let secrets = secrets(Forge::Github, &["right"]);
    let good = format!("sha256={}", hex("right"));
    let mut twice = headers(&[("x-hub-signature-256", &good)]);
    twice.append("x-hub-signature-256", HeaderValue::from_static("sha256=00"));
    assert!(!secrets.made(Forge::Github, &twice, BODY, NOW), "two signatures");
    for said in ["", "sha256=", "sha256=00", &good[..good.len() - 2], &format!("{good}00"), &good.replace('=', "")] {
        assert!(!secrets.made(Forge::Github, &headers(&[("x-hub-signature-256", said)]), BODY, NOW), "{said}");
    }
    assert!(!secrets.made(Forge::Github, &HeaderMap::new(), BODY, NOW));
    assert!(!secrets.made(Forge::Gitea, &headers(&[("x-gitea-signature", &hex(""))]), BODY, NOW), "no secret");
}

#[test]
fn a_standard_webhook_is_good_for_five_minutes() {
    let key = b"0123456789abcdef0123456789abcdef";
    let secrets = secrets(Forge::Gitlab, &[&format!("whsec_{}", STANDARD.encode(key))]);
    let at = NOW.to_string();
    let signed = [b"msg_1.", at.as_bytes(), b".", BODY].concat();
    let signature = format!("v1,{} v1,{}", STANDARD.encode([0; 32]), STANDARD.encode(tag(key, &signed)));
    let said = |id, at| headers(&[("webhook-id", id), ("webhook-timestamp", at), ("webhook-signature", &signature)]);
    let made = |said: &HeaderMap, now| secrets.made(Forge::Gitlab, said, BODY, now);
    assert!(made(&said("msg_1", &at), NOW + 300) && made(&said("msg_1", &at), NOW - 300));
    assert!(!made(&said("msg_1", &at), NOW + 301) && !made(&said("msg_1", &at), NOW - 301));
    assert!(!made(&said("msg_2", &at), NOW), "another id");
    assert!(!made(&said("msg_1", &(NOW + 1).to_string()), NOW), "another time");
    // The secret says how requests are judged: that of signatures is never a token.
    let token = headers(&[("x-gitlab-token", std::str::from_utf8(key).unwrap())]);
    assert!(!made(&token, NOW));
}
