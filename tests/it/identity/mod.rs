//! Who somebody is: what a provider signed is believed only where all of it fits.

pub(crate) mod pretend;

use pretend::{CLIENT, Pretend, SECRET, Signer, unsigned};
use promptreg::identity::{Begun, Error, Person, Provider, Settings};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

fn settings(issuer: &str) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned(),
        scopes: vec!["email".to_owned()],
        public_url: "https://prompts.example.org".to_owned(),
        callback: "/v1/sign-in/callback",
    }
}

fn provider(pretend: &Pretend) -> Provider {
    Provider::new(settings(&pretend.issuer)).unwrap()
}

fn begun() -> Begun {
    Begun { state: "s".to_owned(), nonce: "n".to_owned(), verifier: "v".to_owned() }
}

fn finish(provider: &Provider) -> Result<Person, Error> {
    crate::store::block_on(provider.finish("a code", &begun(), NOW))
}

fn told(provider: &Provider) -> String {
    finish(provider).map_or_else(|error| error.to_string(), |person| format!("{person:?}"))
}

const ANA: &str = r#"Person { subject: "1", email: Some("ana@example.org") }"#;

#[test]
fn a_browser_is_sent_with_a_challenge_and_the_code_is_redeemed_with_what_answers_it() {
    let pretend = Pretend::new();
    let provider = provider(&pretend);
    let (place, begun) = crate::store::block_on(provider.begin()).unwrap();
    let challenge = {
        use base64::Engine as _;
        let digest = ring::digest::digest(&ring::digest::SHA256, begun.verifier.as_bytes());
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(digest)
    };
    let Begun { state, nonce, verifier } = &begun;
    assert!(state.len() == 43 && nonce.len() == 43 && verifier.len() == 43 && state != nonce && nonce != verifier);
    assert_eq!(
        place,
        format!(
            "{}/authorize?own=1&response_type=code&client_id=promptreg&\
             redirect_uri=https%3A%2F%2Fprompts.example.org%2Fv1%2Fsign-in%2Fcallback&scope=openid+email&state={state}&\
             nonce={nonce}&code_challenge={challenge}&code_challenge_method=S256",
            pretend.issuer
        )
    );
    pretend.gives(&pretend.signer.sign(&pretend.claims("ana@example.org", nonce, NOW)));
    pretend.asked();
    let person = crate::store::block_on(provider.finish("the code&", &begun, NOW)).unwrap();
    assert_eq!(format!("{person:?}"), ANA);
    let asked = pretend.asked();
    let [asked] = &asked[..] else { panic!("{asked:?}") };
    let body = format!(
        "grant_type=authorization_code&code=the+code%26&\
         redirect_uri=https%3A%2F%2Fprompts.example.org%2Fv1%2Fsign-in%2Fcallback&code_verifier={verifier}"
    );
    assert!(asked.starts_with("POST /token HTTP/1.1\r\n") && asked.ends_with(&body), "{asked}");
    // promptreg:a+secret+of+this+test+%26+its+%252F+server
    let basic = "Basic cHJvbXB0cmVnOmErc2VjcmV0K29mK3RoaXMrdGVzdCslMjYraXRzKyUyNTJGK3NlcnZlcg==";
    assert!(asked.contains(basic), "{asked}");
}

#[test]
fn an_id_token_is_believed_only_where_all_of_it_fits() {
    let pretend = Pretend::new();
    let provider = provider(&pretend);
    let good = pretend.claims("ana@example.org", "n", NOW);
    let with = |more: Value| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    };
    let after = |claims: &Value| {
        pretend.gives(&pretend.signer.sign(claims));
        told(&provider)
    };
    for fine in [
        json!({}),
        json!({"aud": [CLIENT]}),
        json!({"aud": ["other", CLIENT], "azp": CLIENT}),
        json!({"exp": NOW - 59}),
        json!({"iat": NOW + 60, "nbf": NOW + 60}),
        json!({"email_verified": "true"}),
    ] {
        assert_eq!(after(&with(fine.clone())), ANA, "{fine}");
    }
    let mut refusals = String::new();
    for wrong in [
        json!({"aud": "other"}),
        json!({"aud": ["other"]}),
        json!({"aud": ["other", CLIENT]}),
        json!({"aud": null}),
        json!({"azp": "other"}),
        json!({"iss": format!("{}/", pretend.issuer)}),
        json!({"iss": null}),
        json!({"exp": NOW - 60}),
        json!({"exp": null}),
        json!({"iat": NOW + 61}),
        json!({"nbf": NOW + 61}),
        json!({"nonce": "m"}),
        json!({"nonce": null}),
        json!({"sub": ""}),
        json!({"sub": null}),
    ] {
        let wrong_text = wrong.to_string().replace(&pretend.issuer, "ISSUER");
        refusals += &format!("{wrong_text}: {}\n", after(&with(wrong)));
    }
    insta::assert_snapshot!(refusals.replace("what the identity provider says cannot be believed: ", ""), @r#"
    {"aud":"other"}: the ID token is for somebody else
    {"aud":["other"]}: the ID token is for somebody else
    {"aud":["other","promptreg"]}: the ID token is for somebody else
    {"aud":null}: the ID token is for somebody else
    {"azp":"other"}: the ID token is for somebody else
    {"iss":"ISSUER/"}: the ID token is another provider's
    {"iss":null}: the ID token is another provider's
    {"exp":1799999940}: the ID token expired
    {"exp":null}: the ID token expired
    {"iat":1800000061}: the ID token is not valid yet
    {"nbf":1800000061}: the ID token is not valid yet
    {"nonce":"m"}: the ID token belongs to another sign-in
    {"nonce":null}: the ID token belongs to another sign-in
    {"sub":""}: the ID token does not say who it is about
    {"sub":null}: the ID token does not say who it is about
    "#);
    for unverified in [json!({"email_verified": false}), json!({"email_verified": null}), json!({"email_verified": 1})]
    {
        assert_eq!(after(&with(unverified)), r#"Person { subject: "1", email: None }"#);
    }
}

#[test]
fn only_a_public_key_of_the_provider_signs() {
    let pretend = Pretend::new();
    let provider = provider(&pretend);
    let claims = pretend.claims("ana@example.org", "n", NOW);
    let stranger = Signer::new("first");
    let header = |header: Value| pretend.signer.sign_as(&header, &claims);
    let good = pretend.signer.sign(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut other = claims.clone();
    other["email"] = "cleo@example.org".into();
    let changed = unsigned(&json!({"alg": "ES256", "kid": "first"}), &other);
    // Anybody knows the public key: signed with it as if it were a shared secret.
    let shared = |secret: &[u8]| {
        use base64::Engine as _;
        let message = unsigned(&json!({"alg": "HS256", "kid": "first"}), &claims);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let tag = ring::hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(tag))
    };
    let cases = [
        ("as it is", good.clone()),
        ("no key named", header(json!({"alg": "ES256"}))),
        ("none", format!("{}.", unsigned(&json!({"alg": "none"}), &claims))),
        ("None", format!("{}.{signature}", unsigned(&json!({"alg": "None", "kid": "first"}), &claims))),
        ("shared secret", shared(SECRET.as_bytes())),
        ("public key as a secret", shared(pretend.signer.jwk()["x"].as_str().unwrap().as_bytes())),
        ("another algorithm", header(json!({"alg": "RS256", "kid": "first"}))),
        ("another length", header(json!({"alg": "ES384", "kid": "first"}))),
        ("somebody else's key", stranger.sign(&claims)),
        ("a key of no name", header(json!({"alg": "ES256", "kid": "second"}))),
        ("a demand", header(json!({"alg": "ES256", "kid": "first", "crit": ["b64"], "b64": false}))),
        ("key in the header", header(json!({"alg": "ES256", "kid": "x", "jwk": stranger.jwk()}))),
        ("changed claims", format!("{changed}.{signature}")),
        ("no signature", signed.to_owned()),
        ("empty signature", format!("{signed}.")),
        ("four parts", format!("{good}.{signature}")),
        ("none at all", String::new()),
        ("long", "a".repeat(70_000)),
    ];
    let mut all = String::new();
    for (what, token) in cases {
        pretend.gives(&token);
        all += &format!("{what}: {}\n", told(&provider));
    }
    insta::assert_snapshot!(all.replace("what the identity provider says cannot be believed: ", ""), @r#"
    as it is: Person { subject: "1", email: Some("ana@example.org") }
    no key named: Person { subject: "1", email: Some("ana@example.org") }
    none: the ID token is not signed by a public key
    None: the ID token is not signed by a public key
    shared secret: the ID token is not signed by a public key
    public key as a secret: the ID token is not signed by a public key
    another algorithm: the ID token is signed with a key that is none of its own
    another length: the ID token is signed with a key that is none of its own
    somebody else's key: the ID token is not signed by the provider
    a key of no name: the ID token is signed with a key that is none of its own
    a demand: the ID token demands what we do not know
    key in the header: the ID token is signed with a key that is none of its own
    changed claims: the ID token is not signed by the provider
    no signature: the ID token is none
    empty signature: the ID token is not signed by the provider
    four parts: the ID token is none
    none at all: the ID token is none
    long: the ID token is none
    "#);
}

#[test]
fn a_new_key_of_the_provider_is_looked_for_once() {
    let pretend = Pretend::new();
    let provider = provider(&pretend);
    let claims = pretend.claims("ana@example.org", "n", NOW);
    pretend.gives(&pretend.signer.sign(&claims));
    assert_eq!(told(&provider), ANA);
    let second = Signer::new("second");
    pretend.gives(&second.sign(&claims));
    pretend.says("/keys", 200, &json!({"keys": [{"kty": "weird"}, 7, second.jwk()]}));
    pretend.asked();
    assert_eq!(told(&provider), ANA);
    assert_eq!(told(&provider), ANA);
    let asked: Vec<_> = pretend.asked().iter().map(|asked| asked.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(asked, ["/token", "/.well-known/openid-configuration", "/keys", "/token"]);
    pretend.gives(&pretend.signer.sign(&claims));
    insta::assert_snapshot!(told(&provider), @"what the identity provider says cannot be believed: the ID token is signed with a key that is none of its own");
}

#[test]
fn what_the_id_token_does_not_say_is_asked_for_and_must_be_about_the_same_person() {
    let pretend = Pretend::new();
    let provider = provider(&pretend);
    let mut claims = pretend.claims("", "n", NOW);
    claims.as_object_mut().unwrap().retain(|name, _| !name.starts_with("email"));
    pretend.gives(&pretend.signer.sign(&claims));
    pretend.says("/userinfo", 200, &json!({"sub": "1", "email": "ana@example.org", "email_verified": true}));
    assert_eq!(told(&provider), ANA);
    assert!(pretend.asked().last().unwrap().contains("authorization: Bearer at"));
    pretend.says("/userinfo", 200, &json!({"sub": "2", "email": "cleo@example.org", "email_verified": true}));
    insta::assert_snapshot!(told(&provider), @"what the identity provider says cannot be believed: what it knows of a user is about somebody else");
    pretend.says("/userinfo", 200, &json!({"sub": "1", "email": "ana@example.org"}));
    assert_eq!(told(&provider), r#"Person { subject: "1", email: None }"#);
}

#[test]
fn a_provider_that_is_away_or_not_itself_is_told_apart() {
    let pretend = Pretend::new();
    let begin = |provider: &Provider| {
        let told = crate::store::block_on(provider.begin());
        told.map_or_else(|error| format!("{error:?}").replace(&pretend.issuer, "ISSUER"), |_| "begun".to_owned())
    };
    let described = |more: Value| {
        let mut all = pretend.description();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pretend.says("/.well-known/openid-configuration", 200, &all);
        begin(&provider(&pretend))
    };
    let mut all = String::new();
    let mut say = |what: &str, told: String| all += &format!("{what}: {told}\n");
    say("another issuer", described(json!({"issuer": "https://elsewhere.example"})));
    say("in the clear", described(json!({"token_endpoint": "http://elsewhere.example/token"})));
    say("no address", described(json!({"jwks_uri": "keys"})));
    say("no PKCE", described(json!({"code_challenge_methods_supported": ["plain"]})));
    say("half of it", described(json!({"token_endpoint": null})));
    say("too long", described(json!({"about": "a".repeat(1 << 20)})));
    pretend.says("/.well-known/openid-configuration", 302, &json!({}));
    say("elsewhere", begin(&provider(&pretend)));
    pretend.says("/.well-known/openid-configuration", 500, &json!({}));
    let one = provider(&pretend);
    say("broken", begin(&one));
    pretend.says("/.well-known/openid-configuration", 200, &pretend.description());
    say("back", begin(&one));
    let (free, _kept) = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        (listener.local_addr().unwrap(), ())
    };
    say("gone", begin(&Provider::new(settings(&format!("http://{free}"))).unwrap()));
    pretend.says("/token", 400, &json!({"error": "invalid_grant", "error_description": "secret things"}));
    say("refused", told(&one));
    pretend.says("/token", 400, &json!({"error": "<script>"}));
    say("refused oddly", told(&one));
    pretend.says("/token", 401, &json!({}));
    say("not us", told(&one));
    pretend.says("/token", 503, &json!({}));
    say("busy", told(&one));
    insta::assert_snapshot!(all, @r#"
    another issuer: Unbelievable("it calls itself \"https://elsewhere.example\", and not \"ISSUER\"")
    in the clear: Unbelievable("the provider's description: http://elsewhere.example/token is not https, which it has to be but on this machine")
    no address: Unbelievable("the provider's description: keys is no address: relative URL without a base")
    no PKCE: Unbelievable("it does not support PKCE by S256")
    half of it: Unbelievable("its description is not what it has to be (Data at line 1, column 122)")
    too long: Unbelievable("the answer is longer than 1048576 bytes")
    elsewhere: Unbelievable("it answers 302 Found")
    broken: Away("it answers 500 Internal Server Error")
    back: begun
    gone: Away("Connection refused (os error 111)")
    refused: the identity provider refuses this sign-in: invalid_grant
    refused oddly: the identity provider refuses this sign-in: for a reason of its own
    not us: what the identity provider says cannot be believed: it answers 401 Unauthorized
    busy: the identity provider does not answer: it answers 503 Service Unavailable
    "#);
}

#[test]
fn settings_that_give_secrets_away_are_refused() {
    let refused = |change: fn(&mut Settings)| {
        let mut settings = settings("https://login.example.org/realms/acme");
        change(&mut settings);
        Provider::new(settings).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    };
    let all = [
        refused(|_| ()),
        refused(|settings| settings.issuer = "http://[::1]:9000".to_owned()),
        refused(|settings| settings.public_url = "http://localhost:8484/".to_owned()),
        refused(|settings| settings.issuer = "http://login.example.org".to_owned()),
        refused(|settings| settings.issuer = "https://u:p@login.example.org".to_owned()),
        refused(|settings| settings.issuer = "https://login.example.org/?a=b".to_owned()),
        refused(|settings| settings.issuer = "login.example.org".to_owned()),
        refused(|settings| settings.public_url = "https://prompts.example.org/x".to_owned()),
        refused(|settings| settings.public_url = "http://prompts.example.org".to_owned()),
        refused(|settings| settings.client_secret = "short".to_owned()),
        refused(|settings| settings.scopes = vec!["e mail".to_owned()]),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    fine
    fine
    fine
    issuer: http://login.example.org is not https, which it has to be but on this machine
    issuer: the address holds a user
    issuer: https://login.example.org/?a=b has more to it than a path
    issuer: login.example.org is no address: relative URL without a base
    public_url: write it as https://prompts.example.org, without a path
    public_url: http://prompts.example.org is not https, which it has to be but on this machine
    the client_id is empty, or the client_secret has fewer than 16 bytes
    scopes: "e mail" is none
    "#);
}
