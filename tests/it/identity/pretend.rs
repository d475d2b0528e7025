//! A provider of our own, which says whatever a test wants it to say.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// What the provider knows us by.
pub(crate) const CLIENT: &str = "promptreg";
pub(crate) const SECRET: &str = "a secret of this test & its %2F server";

/// A key to sign with.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    pub(crate) id: &'static str,
}

impl Signer {
    pub(crate) fn new(id: &'static str) -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self { pair: EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap(), id }
    }

    /// The public key as a JSON Web Key.
    pub(crate) fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "alg": "ES256", "x": x, "y": y})
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": "ES256", "kid": self.id}), claims)
    }

    pub(crate) fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64.encode(signature))
    }
}

/// Header and claims of a token.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

/// What it answers, by path; and what it was asked.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) answers: BTreeMap<&'static str, (u16, String)>,
    pub(crate) asked: Vec<String>,
}

/// The provider; gone when the process is.
pub(crate) struct Pretend {
    pub(crate) issuer: String,
    pub(crate) script: Arc<Mutex<Script>>,
    pub(crate) signer: Signer,
}

impl Pretend {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let answering = Arc::clone(&script);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = answer(stream.unwrap(), &answering);
            }
        });
        let pretend = Self { issuer, script, signer: Signer::new("first") };
        pretend.says("/.well-known/openid-configuration", 200, &pretend.description());
        pretend.says("/keys", 200, &json!({"keys": [pretend.signer.jwk()]}));
        pretend
    }

    pub(crate) fn description(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer, "authorization_endpoint": at("/authorize?own=1"), "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"), "jwks_uri": at("/keys"),
        })
    }

    /// What a path is answered with from now on.
    pub(crate) fn says(&self, path: &'static str, status: u16, body: &Value) {
        self.script.lock().unwrap().answers.insert(path, (status, body.to_string()));
    }

    /// What the next codes are worth.
    pub(crate) fn gives(&self, id_token: &str) {
        self.says("/token", 200, &json!({"access_token": "at", "token_type": "Bearer", "id_token": id_token}));
    }

    /// Claims as they have to be, of somebody with an address that is verified.
    pub(crate) fn claims(&self, email: &str, nonce: &str, now: i64) -> Value {
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": nonce,
            "email": email, "email_verified": true,
        })
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.script.lock().unwrap().asked)
    }
}

/// Answers one request, whose head and body are noted.
fn answer(stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut script = script.lock().unwrap();
    script.asked.push(format!("{head}{}", String::from_utf8(body).unwrap()));
    let (status, text) = script.answers.get(&*path).cloned().unwrap_or((404, "{}".to_owned()));
    drop(script);
    let length = text.len();
    let place = if status == 302 { "location: /.well-known/openid-configuration\r\n" } else { "" };
    let head = format!("HTTP/1.1 {status} X\r\n{place}content-type: application/json\r\ncontent-length: {length}\r\n");
    (&stream).write_all(format!("{head}connection: close\r\n\r\n{text}").as_bytes())
}
