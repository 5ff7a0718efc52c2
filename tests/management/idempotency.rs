//! `Idempotency-Key`: a repeated POST gets the first response and has no second effect.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

async fn post(machine: &Machine<'_>, key: &str, path: &str, body: Value) -> (u16, Value) {
    answer(machine.request("POST", path).header("idempotency-key", key).json(&body)).await
}

#[rstest]
#[actix_web::test]
async fn the_same_request_is_done_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let body = json!({ "name": "Acme" });
    let first = post(&machine, "\"one\"", "/workspaces", body.clone()).await;
    assert_eq!(first.0, 201);
    assert!(first.1["setup_link"].is_string());
    assert_eq!(
        post(&machine, "one", "/workspaces", body.clone()).await,
        first,
        "quoted or not, the same key"
    );
    assert_eq!(machine.all("/workspaces", 50).await.len(), 1);
    let (status, problem) = post(&machine, "one", "/workspaces", json!({ "name": "Other" })).await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("another request"));
    // Each operator key has its idempotency keys, so the same text of another machine is a new key.
    let other = Machine::new(&house).await;
    assert_ne!(post(&other, "one", "/workspaces", body.clone()).await.1["id"], first.1["id"]);
    // A refused request is not stored.
    let path = format!("/workspaces/{}/users", first.1["id"].as_str().unwrap());
    assert_eq!(post(&machine, "two", &path, json!({ "user_name": " " })).await.0, 422);
    assert_eq!(post(&machine, "two", &path, json!({ "user_name": "ada" })).await.0, 201);
    // A stored response expires after 24 hours.
    house.clock.advance(24 * 3_600_000_000);
    assert_ne!(post(&machine, "one", "/workspaces", body.clone()).await.1["id"], first.1["id"]);
    // A stored response reveals no secret to a reader of the database.
    let link = first.1["setup_link"].as_str().unwrap().to_owned();
    let secret = link.rsplit('/').next().unwrap().to_owned();
    let kept = house.write(|conn| {
        use diesel::{QueryDsl, RunQueryDsl};
        let bodies = vestibule_store::db::schema::idempotent_requests::table
            .select(vestibule_store::db::schema::idempotent_requests::body);
        bodies.load::<String>(&mut **conn).unwrap()
    });
    assert!(kept.await.iter().all(|body| body.starts_with("s1.") && !body.contains(&secret)));
}

#[rstest]
#[actix_web::test]
async fn two_at_once_are_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let body = || json!({ "name": "Acme" });
    let all = tokio::join!(
        post(&machine, "k", "/workspaces", body()),
        post(&machine, "k", "/workspaces", body()),
        post(&machine, "k", "/workspaces", body()),
        post(&machine, "k", "/workspaces", body()),
    );
    assert_eq!(all.0.0, 201);
    assert!([&all.1, &all.2, &all.3].into_iter().all(|other| *other == all.0));
    assert_eq!(machine.all("/workspaces", 50).await.len(), 1);
}

#[rstest]
#[actix_web::test]
async fn a_key_that_is_none_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    for key in ["", "a b", &"x".repeat(256), "\"a\"b\""] {
        let refused = post(&machine, key, "/workspaces", json!({ "name": "Acme" })).await;
        assert_eq!(fields(&refused), ["Idempotency-Key"], "{key}");
    }
    assert_eq!(machine.all("/workspaces", 50).await.len(), 0);
}
