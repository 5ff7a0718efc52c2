//! A receiver as an app or an operator would write it: it records requests, responds as the test sets it, and verifies requests with
//! public information only.

use std::{
    collections::VecDeque,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::Jwk,
    jws::{JwsVerifier, RS256},
};
use serde_json::Value;

use crate::support::House;

/// Response of the receiver to a request.
#[derive(Debug, Clone, Copy)]
pub enum Behaviour {
    Status(u16),
    /// Redirects to a URL that would accept the request.
    Redirect,
    Stall,
}

/// A request that the receiver got.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        &found.unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).1
    }
}

#[derive(Default)]
struct Inbox {
    received: Vec<Received>,
    /// Responses to the next requests; later requests get 200.
    next: VecDeque<Behaviour>,
}

/// A receiver that listens on a port.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    inbox: Arc<Mutex<Inbox>>,
}

impl Receiver {
    pub fn start() -> Self {
        Self::on(0)
    }

    /// Starts a receiver on this port.
    pub fn on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let address = listener.local_addr().unwrap();
        let inbox: Arc<Mutex<Inbox>> = Arc::default();
        let shared = inbox.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(web::Data::new(shared.clone())).default_service(web::to(take))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        Self { url: format!("http://{address}/told"), inbox }
    }

    /// Sets the responses to the next requests.
    pub fn behave(&self, behaviours: &[Behaviour]) {
        self.inbox.lock().unwrap().next = behaviours.iter().copied().collect();
    }

    pub fn received(&self) -> Vec<Received> {
        self.inbox.lock().unwrap().received.clone()
    }

    /// Waits until the receiver has got this many requests in all.
    pub async fn wait(&self, count: usize) -> Vec<Received> {
        for _ in 0..4000 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            actix_web::rt::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} awaited, {:#?}", self.received());
    }

    /// Verifies every received logout token as an app does and returns the claims.
    pub async fn logouts(&self, house: &House, count: usize) -> Vec<Value> {
        let mut claims = Vec::new();
        for received in self.wait(count).await {
            claims.push(judge(house, &received).await);
        }
        claims
    }
}

async fn take(req: HttpRequest, body: String, inbox: web::Data<Arc<Mutex<Inbox>>>) -> HttpResponse {
    let headers =
        req.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let received = Received { path: req.path().to_owned(), headers: headers.collect(), body };
    let behaviour = {
        let mut inbox = inbox.lock().unwrap();
        inbox.received.push(received);
        inbox.next.pop_front().unwrap_or(Behaviour::Status(200))
    };
    match behaviour {
        Behaviour::Status(status) => {
            HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).finish()
        }
        Behaviour::Redirect => HttpResponse::Found().insert_header(("location", "/elsewhere")).finish(),
        // Waits until the client closes the connection.
        Behaviour::Stall => std::future::pending().await,
    }
}

/// Verifies a logout token with the issuer's published keys (OpenID Connect Back-Channel Logout 1.0 §2.6).
async fn judge(house: &House, received: &Received) -> Value {
    assert_eq!(received.path, "/told");
    assert_eq!(received.header("content-type"), "application/x-www-form-urlencoded");
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(received.body.as_bytes()).into_owned().collect();
    let [(name, token)] = &form[..] else { panic!("{form:?}") };
    assert_eq!(name, "logout_token");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let (header, claims) = (read(header), read(payload));
    assert_eq!((&header["typ"], &header["alg"]), (&"logout+jwt".into(), &"RS256".into()));
    let (_, published) = house.get("/.well-known/jwks.json").await;
    let keys = published["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).expect("a published key");
    let key = Jwk::from_map(key.as_object().unwrap().clone()).unwrap();
    let verifier = RS256.verifier_from_jwk(&key).unwrap();
    verifier.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    assert_eq!(claims["iss"], house.api.as_str());
    let (iat, exp) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    // Back-Channel Logout 1.0 §2.4: `exp` is at most two minutes in the future.
    let sent = exp - 120;
    assert!(sent <= house.state.now() / 1_000_000, "{claims}");
    // An app without clock tolerance accepts the token although its clock is this many seconds wrong; an app that takes
    // only tokens of the last two minutes accepts it too.
    for wrong in [-90, -20, 0, 15] {
        let clock = sent + wrong;
        assert!(
            iat <= clock && clock < exp && clock - iat < 120,
            "refused by a clock {wrong} s off: {claims}"
        );
    }
    assert!(claims["jti"].as_str().is_some_and(|jti| jti.len() > 20));
    assert!(claims["sub"].is_string() || claims["sid"].is_string());
    assert_eq!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"], serde_json::json!({}));
    assert!(claims.get("nonce").is_none(), "an ID token can't be mistaken for it");
    claims
}
