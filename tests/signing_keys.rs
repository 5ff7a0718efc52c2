//! Tests of the deployment's signing keys: published before and after they sign, rotated by schedule and by hand, and a leaked
//! key removed at once.

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Map, Value, json};
use vestibule_core::time::SECOND;
use vestibule_simulator::Browser;
use vestibule_store::{Database, oauth::keys, safeguards::sweep};
use vestibule_web::crypto::signing::{self, Algorithm};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House,
};

const DAY: i64 = 24 * 3600 * SECOND;

/// The published `kid`s of an algorithm.
async fn published(house: &House, algorithm: Algorithm) -> Vec<String> {
    let (status, set) = house.get("/.well-known/jwks.json").await;
    assert_eq!(status, 200);
    let keys = set["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == algorithm.as_str());
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// Runs the worker's rotation.
fn rotate(house: &House, algorithm: Algorithm, days: i64) -> bool {
    let state = &house.state;
    signing::rotate(state.database(), state.sealer(), algorithm, days * DAY, state.now()).unwrap()
}

async fn sign(house: &House, algorithm: Algorithm) -> String {
    let claims: Map<String, Value> = [("sub".to_owned(), json!("x"))].into_iter().collect();
    signing::sign(&house.state, algorithm, "JWT", &claims).await.unwrap()
}

/// The `kid` of a token.
fn signer(compact: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = URL_SAFE_NO_PAD.decode(compact.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

async fn counts(house: &House, compact: &str) -> bool {
    signing::read(&house.state, "JWT", compact).await.unwrap().is_some()
}

#[rstest]
#[actix_web::test]
async fn a_key_is_published_a_day_before_it_signs_and_a_day_after(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    for algorithm in Algorithm::ALL {
        let house = House::start(backend).await;
        let first = published(&house, algorithm).await;
        assert_eq!(first.len(), 1, "{algorithm:?}");
        let before = sign(&house, algorithm).await;
        assert_eq!(signer(&before), first[0]);
        assert!(!rotate(&house, algorithm, 90), "it is young");
        house.clock.advance(89 * DAY);
        assert!(rotate(&house, algorithm, 90) && !rotate(&house, algorithm, 90), "once");
        let both = published(&house, algorithm).await;
        assert_eq!((both.len(), &both[1]), (2, &first[0]), "the next is there");
        assert_eq!(signer(&sign(&house, algorithm).await), first[0], "and does not sign yet");
        house.clock.advance(DAY - SECOND);
        assert_eq!(signer(&sign(&house, algorithm).await), first[0]);
        house.clock.advance(SECOND);
        let after = sign(&house, algorithm).await;
        assert_eq!(signer(&after), both[0], "its turn");
        assert!(counts(&house, &before).await && counts(&house, &after).await);
        assert_eq!(published(&house, algorithm).await, both, "the one before is still there");
        house.clock.advance(DAY);
        assert_eq!(published(&house, algorithm).await, both[..1]);
        assert!(!counts(&house, &before).await && counts(&house, &after).await);
        let now = house.state.now();
        house.write(move |conn| sweep::expired(conn, now).unwrap()).await;
        let rows = house.write(|conn| keys::list(conn, 0).unwrap()).await;
        assert_eq!(rows.iter().filter(|key| key.algorithm == algorithm).count(), 1, "swept");
    }
}

#[rstest]
#[actix_web::test]
async fn what_one_algorithm_signed_another_does_not_vouch_for(#[values(Sqlite, Postgres)] backend: Backend) {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let house = House::start(backend).await;
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for algorithm in Algorithm::ALL {
        let compact = sign(&house, algorithm).await;
        assert!(counts(&house, &compact).await);
        let parts: Vec<&str> = compact.split('.').collect();
        let kid = signer(&compact);
        let other = Algorithm::ALL.into_iter().find(|other| *other != algorithm).unwrap();
        for header in [
            json!({ "alg": "none", "typ": "JWT", "kid": kid }),
            json!({ "alg": "HS256", "typ": "JWT", "kid": kid }),
            json!({ "alg": other.as_str(), "typ": "JWT", "kid": kid }),
            json!({ "alg": algorithm.as_str(), "typ": "JWT" }),
            json!({ "alg": algorithm.as_str(), "typ": "at+jwt", "kid": kid }),
            json!({ "alg": algorithm.as_str(), "kid": kid }),
            json!({ "alg": algorithm.as_str(), "typ": "JWT", "kid": kid, "crit": ["x"] }),
        ] {
            for signature in [parts[2], ""] {
                let forged = format!("{}.{}.{signature}", encode(header.clone()), parts[1]);
                assert!(!counts(&house, &forged).await, "{header}");
            }
        }
        let changed = format!("{}.{}.{}", parts[0], encode(json!({ "sub": "y" })), parts[2]);
        assert!(!counts(&house, &changed).await);
    }
}

#[rstest]
#[actix_web::test]
async fn the_operator_rotates_by_hand_and_a_leaked_key_is_gone_at_once(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let of = |list: &Value, algorithm: &str, state: &str| -> Vec<String> {
        let fits = |key: &&Value| key["algorithm"] == algorithm && key["state"] == state;
        list.as_array()
            .unwrap()
            .iter()
            .filter(fits)
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(house.run(&["signing-key", "list"], ""), json!([]));
    let first = house.run(&["signing-key", "rotate"], "");
    for algorithm in ["RS256", "ES256"] {
        assert_eq!(of(&first, algorithm, "current").len(), 1, "{first}");
    }
    let second = house.run(&["signing-key", "rotate", "--algorithm", "ES256"], "");
    assert_eq!(of(&second, "ES256", "current"), of(&first, "ES256", "current"));
    assert_eq!((of(&second, "ES256", "next").len(), of(&second, "RS256", "next").len()), (1, 0));
    let refused = house.command(&["signing-key", "rotate", "--algorithm", "ES256"], "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("will sign later"));
    assert_eq!(house.command(&["signing-key", "rotate", "--algorithm", "HS256"], "").status.code(), Some(2));
    let both = house.run(&["signing-key", "rotate"], "");
    assert_eq!((of(&both, "ES256", "next").len(), of(&both, "RS256", "next").len()), (1, 1));

    let last = house.run(&["signing-key", "rotate", "--now", "--algorithm", "ES256"], "");
    assert_eq!(of(&last, "RS256", "current"), of(&first, "RS256", "current"), "the other goes on");
    let current = of(&last, "ES256", "current");
    assert_eq!(
        (current.len(), of(&last, "ES256", "next").len(), of(&last, "ES256", "retired").len()),
        (1, 0, 0)
    );
    assert!(current != of(&first, "ES256", "current") && current != of(&second, "ES256", "next"));
    // RFC 7518 §6.2.2, §6.3.2: no part of a private key, sealed or not.
    for member in ["\"d\"", "\"p\"", "\"q\"", "private", "sealed"] {
        assert!(!last.to_string().contains(member), "{member} in {last}");
    }
}

#[rstest]
#[actix_web::test]
async fn what_a_leaked_key_signed_counts_for_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let compact = sign(&house, Algorithm::Rs256).await;
    let state = &house.state;
    signing::replace(state.database(), state.sealer(), Algorithm::Rs256, state.now()).unwrap();
    assert!(!counts(&house, &compact).await);
    assert_eq!(published(&house, Algorithm::Rs256).await.len(), 1);
    assert!(counts(&house, &sign(&house, Algorithm::Rs256).await).await);
}

/// A deployment in which the next key of each algorithm is due.
fn with_due_keys(database: &Fresh) -> (Deployment, Database) {
    let deployment =
        Deployment::new(database.url(), "http://127.0.0.1:8080").with("SIGNING__ROTATE_AFTER_DAYS", "30");
    deployment.run(&["signing-key", "rotate"], "");
    let store = Database::open(database.url(), 4).unwrap();
    store
        .write(|conn| {
            use diesel::prelude::*;
            use vestibule_store::db::schema::signing_keys::{signs_from, table};
            Ok::<_, vestibule_store::Error>(
                diesel::update(table).set(signs_from.eq(signs_from - 60 * DAY)).execute(&mut **conn)?,
            )
        })
        .unwrap();
    (deployment, store)
}

/// Checks that each algorithm has a current and a next key, and that no further one is due.
fn assert_one_next(store: &Database) {
    let keys = store.read(|conn| keys::list(conn, 0)).unwrap();
    let now = keys.iter().map(|key| key.created_at).max().unwrap();
    for algorithm in Algorithm::ALL {
        assert_eq!(keys::due(&keys, algorithm, now, 30 * DAY), keys::Due::Nothing);
    }
    assert_eq!(keys.len(), 4);
}

#[rstest]
#[test]
fn of_several_nodes_one_makes_the_next_key(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let (deployment, store) = with_due_keys(&database);
    let sealer = deployment.sealer();
    let last = store.read(|conn| keys::list(conn, 0)).unwrap();
    let now = last.iter().map(|key| key.created_at).max().unwrap();
    for algorithm in Algorithm::ALL {
        let together = std::sync::Barrier::new(3);
        let made: Vec<bool> = std::thread::scope(|threads| {
            let node = || {
                together.wait();
                signing::rotate(&store, &sealer, algorithm, 30 * DAY, now).unwrap()
            };
            let nodes = [threads.spawn(node), threads.spawn(node), threads.spawn(node)];
            nodes.into_iter().map(|node| node.join().unwrap()).collect()
        });
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "{algorithm}");
    }
    assert_one_next(&store);
}

#[rstest]
#[actix_web::test]
async fn nodes_make_the_next_keys_when_they_start(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let (deployment, store) = with_due_keys(&database);
    let (_first, _second, _third) =
        (deployment.serve().await, deployment.serve().await, deployment.serve().await);
    let next = || {
        let list = deployment.run(&["signing-key", "list"], "");
        list.as_array().unwrap().iter().filter(|key| key["state"] == "next").count()
    };
    // Each node checks the keys when it starts, but may be ready before that.
    let late = Instant::now() + Duration::from_secs(30);
    while next() < 2 {
        assert!(Instant::now() < late, "no node has made the next keys");
    }
    assert_one_next(&store);
}

#[rstest]
#[actix_web::test]
async fn an_app_chooses_by_what_its_id_tokens_are_signed(#[values(Sqlite, Postgres)] backend: Backend) {
    use crate::oauth::flow::{Party, id_token, somebody};
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser: Browser = somebody(&house, &room).await;
    let (_, told) = house.get("/.well-known/openid-configuration").await;
    assert_eq!(told["id_token_signing_alg_values_supported"], json!(["RS256", "ES256"]));
    for (name, algorithm) in [("RS256", Algorithm::Rs256), ("ES256", Algorithm::Es256)] {
        app.set_tokens(&house, None, name).await;
        let body = app.tokens(&house, &browser, "openid").await;
        let compact = body["id_token"].as_str().unwrap();
        assert_eq!(published(&house, algorithm).await, [signer(compact)], "{name}");
        assert_eq!(id_token(&house, &body).await["aud"], app.client_id);
    }
    // A hint that either key signed is accepted (OpenID Connect RP-Initiated Logout §2).
    let hint = app.tokens(&house, &browser, "openid").await["id_token"].as_str().unwrap().to_owned();
    browser.get(&house.url(&format!("/oauth/logout?id_token_hint={hint}"))).await.unwrap();
    assert_eq!(room.check(&browser).await, 401);
}
