//! Tests of expensive key sets at each endpoint that verifies signatures of others. They count the tried keys and measure no time. Also
//! tests of tokens with repeated members.

use std::sync::mpsc;

use diesel::{RunQueryDsl, sql_types::Text};
use josekit::{
    jwk::{Jwk, alg::ec::EcCurve},
    jws::{ES256, JwsHeader, serialize_compact},
};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    sets::{ClientAuth, ClientKind},
    time::SECOND,
};
use vestibule_simulator::{Forgery, SESSION_REVOKED, SubjectFormat, junk_keys};
use vestibule_store::{
    Conn, Tx,
    access::secrets,
    oauth::clients::{self, NewClient},
};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

/// An exponent of 3,000 bits, in bytes.
const LONG: usize = 375;
/// The usual exponent, in bytes.
const USUAL: usize = 3;

/// Number of keys tried so far; `None` without the metric.
fn tried(house: &House) -> Option<u64> {
    let text = house.state.metrics().text();
    let line = text.lines().find_map(|line| line.strip_prefix("vestibule_signature_keys_tried_total "))?;
    line.parse().ok()
}

/// Number of keys that a request makes the service try.
async fn tries(house: &House, request: impl Future<Output = (u16, Value)>) -> ((u16, Value), Option<u64>) {
    let before = tried(house);
    let answered = request.await;
    let after = tried(house);
    (answered, after.zip(before).map(|(after, before)| after - before))
}

async fn universal_logout(room: &Room, forgery: &Forgery) -> (u16, Value) {
    let person = room.okta.people().into_iter().next().unwrap();
    let exchange =
        room.okta.forge_universal_logout(&room.app, &person, SubjectFormat::Email, forgery).await.unwrap();
    (exchange.status, exchange.body.unwrap_or_default())
}

async fn signal(house: &House, room: &Room, forgery: &Forgery) -> (u16, Value) {
    let (url, person) = (house.url("/api/okta/signals"), room.okta.people().into_iter().next().unwrap());
    let token = room.okta.security_event(&url, SESSION_REVOKED, &person, forgery).unwrap();
    answer(house.http.post(url).header("content-type", "application/secevent+jwt").body(token)).await
}

async fn backchannel_logout(house: &House, room: &Room, forgery: &Forgery) -> (u16, Value) {
    let person = room.okta.people().into_iter().next().unwrap();
    let token = room.okta.logout_token(&room.app, &person, forgery).unwrap();
    let form = [("logout_token", token.as_str())];
    answer(house.http.post(house.url("/api/okta/oidc/backchannel-logout")).form(&form)).await
}

/// A token without `kid`, so that every key has to be tried.
fn nameless() -> Forgery {
    Forgery::new().header("kid", Value::Null)
}

#[rstest]
#[actix_web::test]
async fn an_issuer_s_unsound_keys_are_never_tried(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (_, bob) = (room.person("Ada").await, room.person("Bob").await);
    room.okta.publish_keys(junk_keys(480, LONG));
    let junk = nameless().foreign_key();
    for _ in 0..2 {
        let ((status, body), tried) = tries(&house, universal_logout(&room, &junk)).await;
        assert_eq!((status, tried), (401, Some(1)), "only the issuer's own key is sound: {body}");
        let ((status, body), tried) = tries(&house, signal(&house, &room, &junk)).await;
        assert_eq!((status, tried, &body["err"]), (400, Some(1), &json!("invalid_key")), "{body}");
        let ((status, body), tried) = tries(&house, backchannel_logout(&house, &room, &junk)).await;
        assert_eq!((status, tried), (400, Some(1)), "{body}");
    }
    // A genuine token is accepted.
    assert_eq!(universal_logout(&room, &nameless()).await.0, 204);
    assert_eq!(signal(&house, &room, &nameless()).await.0, 202);
    assert_eq!(backchannel_logout(&house, &room, &nameless()).await.0, 200);
    let (_, page) = room.sign_in(&bob).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn of_an_issuer_s_sound_keys_twenty_are_tried(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Ada").await;
    room.okta.publish_keys(junk_keys(480, USUAL));
    let junk = nameless().foreign_key();
    for _ in 0..2 {
        let ((status, body), tried) = tries(&house, universal_logout(&room, &junk)).await;
        assert_eq!((status, tried), (401, Some(20)), "{body}");
        let ((status, body), tried) = tries(&house, signal(&house, &room, &junk)).await;
        assert_eq!((status, tried), (400, Some(20)), "{body}");
        let ((status, body), tried) = tries(&house, backchannel_logout(&house, &room, &junk)).await;
        assert_eq!((status, tried), (400, Some(20)), "{body}");
    }
    assert_eq!(universal_logout(&room, &nameless()).await.0, 204);
}

// RFC 7515 §4, RFC 7519 §4
#[rstest]
#[actix_web::test]
async fn a_token_that_repeats_a_member_is_refused_at_each_door(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Ada").await;
    for text in
        [r#""sub":"somebody else","#, r#""x":[{"y":1,"y":2}],"#, r#""i\u0073s":"https://evil.example","#]
    {
        let twice = Forgery::new().before_claims(text);
        let (status, body) = universal_logout(&room, &twice).await;
        assert_eq!(status, 401, "{text}: {body}");
        assert!(body["error_description"].as_str().unwrap().contains("is repeated"), "{body}");
        let twice = match text.contains("sub") {
            // A security event has no `sub` at the top level.
            true => Forgery::new().before_claims(r#""jti":"another","#),
            false => twice,
        };
        let (status, body) = signal(&house, &room, &twice).await;
        assert_eq!((status, &body["err"]), (400, &json!("invalid_request")), "{text}: {body}");
        assert!(body["description"].as_str().unwrap().contains("is repeated"), "{body}");
        let (status, body) = backchannel_logout(&house, &room, &twice).await;
        assert_eq!(status, 400, "{text}: {body}");
        assert!(body["error_description"].as_str().unwrap().contains("is repeated"), "{body}");
    }
}

/// A service client that authenticates by keys. `jwks` is a key set or its URL.
async fn service(house: &House, room: &Room, jwks: &str) -> String {
    let (workspace, jwks, now) = (room.workspace.clone(), jwks.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let new = NewClient {
                name: "Sync",
                auth_method: ClientAuth::PrivateKeyJwt,
                jwks: &jwks,
                scope: "api",
                ..NewClient::new(ClientKind::Service)
            };
            clients::register(conn, &workspace, &new, now).unwrap().0.client_id.into_string()
        })
        .await
}

/// Requests a token for the client itself with an assertion signed by this key.
async fn token(house: &House, client_id: &str, key: &Jwk) -> (u16, Value) {
    let now = house.state.now() / SECOND;
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": house.api, "exp": now + 120, "iat": now,
        "jti": secrets::nonce().unwrap(),
    });
    let signed = match key.key_type() {
        "RSA" => {
            let signer = josekit::jws::RS256.signer_from_jwk(key).unwrap();
            serialize_compact(claims.to_string().as_bytes(), &JwsHeader::new(), &signer)
        }
        _ => {
            let signer = ES256.signer_from_jwk(key).unwrap();
            serialize_compact(claims.to_string().as_bytes(), &JwsHeader::new(), &signer)
        }
    };
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &signed.unwrap()),
    ];
    answer(house.http.post(house.url("/oauth/token")).form(&form)).await
}

fn public(key: &Jwk) -> Value {
    Value::Object(key.to_public_key().unwrap().as_ref().clone())
}

/// Serves a key set at a new URL.
fn publish(keys: &[Value]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let set = json!({ "keys": keys });
    let server = actix_web::HttpServer::new(move || {
        let set = set.clone();
        let serve = move || {
            let set = set.clone();
            async move { actix_web::HttpResponse::Ok().json(set) }
        };
        actix_web::App::new().route("/jwks.json", actix_web::web::get().to(serve))
    });
    actix_web::rt::spawn(server.workers(1).listen(listener).unwrap().run());
    url
}

#[rstest]
#[actix_web::test]
async fn a_client_s_keys_are_tried_as_an_issuer_s_are(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (own, stranger) = (Jwk::generate_rsa_key(2048).unwrap(), Jwk::generate_rsa_key(2048).unwrap());
    let with_own = |junk: Vec<Value>| [vec![public(&own)], junk].concat();
    // A key set that was registered before sets were limited: unusable keys are not tried, and of the others at most twenty.
    for (keys, most) in [(with_own(junk_keys(480, LONG)), 1), (with_own(junk_keys(480, USUAL)), 20)] {
        let client_id = service(&house, &room, &json!({ "keys": keys }).to_string()).await;
        let ((status, body), tried) = tries(&house, token(&house, &client_id, &stranger)).await;
        assert_eq!((status, tried), (401, Some(most)), "{body}");
        assert_eq!(token(&house, &client_id, &own).await.0, 200);
    }
    // A published key set: a too long one is not read; of a short one all usable keys are tried.
    for (keys, most, own_is_taken) in [
        (with_own(junk_keys(480, LONG)), 0, 401),
        (with_own(junk_keys(9, LONG)), 1, 200),
        (with_own(junk_keys(9, USUAL)), 10, 200),
    ] {
        let client_id = service(&house, &room, &publish(&keys)).await;
        let ((status, body), tried) = tries(&house, token(&house, &client_id, &stranger)).await;
        assert_eq!((status, tried), (401, Some(most)), "{body}");
        assert_eq!(token(&house, &client_id, &own).await.0, own_is_taken);
    }
}

// On SQLite one writer works at a time; on PostgreSQL a check would take one of the pool's connections.
#[rstest]
#[actix_web::test]
async fn an_assertion_is_checked_outside_the_transaction(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (own, stranger) =
        (Jwk::generate_ec_key(EcCurve::P256).unwrap(), Jwk::generate_ec_key(EcCurve::P256).unwrap());
    let client_id = service(&house, &room, &json!({ "keys": [public(&own)] }).to_string()).await;
    let (state, (release, released)) = (house.state.clone(), mpsc::channel::<()>());
    let (begun, writes) = tokio::sync::oneshot::channel();
    let writer = actix_web::rt::spawn(async move {
        let hold = move |_: &mut Tx<'_>| {
            begun.send(()).unwrap();
            released.recv().ok();
            Ok::<_, vestibule_store::Error>(())
        };
        state.write(hold).await
    });
    writes.await.unwrap();
    let refused = token(&house, &client_id, &stranger);
    let refused = tokio::time::timeout(std::time::Duration::from_secs(20), refused).await;
    drop(release);
    writer.await.unwrap().unwrap();
    let (status, body) = refused.expect("a wrong signature waits for the one who writes");
    assert_eq!(status, 401, "{body}");
    assert_eq!(token(&house, &client_id, &own).await.0, 200);
}

/// SQLite only, because a test can block its one writer between the check and the transaction.
#[actix_web::test]
async fn keys_that_are_changed_meanwhile_prove_nothing() {
    let house = House::start(Sqlite).await;
    let room = house.room("Acme").await;
    let (old, new) =
        (Jwk::generate_ec_key(EcCurve::P256).unwrap(), Jwk::generate_ec_key(EcCurve::P256).unwrap());
    let client_id = service(&house, &room, &json!({ "keys": [public(&old)] }).to_string()).await;
    let (state, (release, released)) = (house.state.clone(), mpsc::channel::<()>());
    let (begun, writes) = tokio::sync::oneshot::channel();
    let jwks = json!({ "keys": [public(&new)] }).to_string();
    let writer = actix_web::rt::spawn(async move {
        let change = move |conn: &mut Tx<'_>| {
            begun.send(()).unwrap();
            released.recv().ok();
            let Conn::Sqlite(inner) = &mut **conn else { panic!("not SQLite") };
            diesel::sql_query("UPDATE clients SET jwks = ? WHERE kind = 'service'")
                .bind::<Text, _>(jwks)
                .execute(inner)?;
            Ok::<_, vestibule_store::Error>(())
        };
        state.write(change).await
    });
    writes.await.unwrap();
    let before = tried(&house).unwrap();
    let mut asked = Box::pin(token(&house, &client_id, &old));
    // Waits until the signature was checked. Then the request waits for the writer.
    let checked = async {
        while tried(&house) == Some(before) {
            tokio::select! {
                biased;
                answer = &mut asked => panic!("answered while another writes: {answer:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), checked).await.unwrap();
    drop(release);
    writer.await.unwrap().unwrap();
    let (status, body) = asked.await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{body}");
    assert!(body["error_description"].as_str().unwrap().contains("changed"), "{body}");
    assert_eq!(token(&house, &client_id, &new).await.0, 200);
}
