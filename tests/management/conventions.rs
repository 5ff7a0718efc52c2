//! Conventions of every endpoint: problems, pages, bodies, other regions.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_store::workspaces;

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

#[rstest]
#[actix_web::test]
async fn bodies_are_read_strictly(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let text = async |kind: &str, body: String| {
        answer(machine.request("POST", "/workspaces").header("content-type", kind).body(body)).await
    };
    assert_eq!(
        fields(&machine.send("POST", "/workspaces", json!({ "name": "a", "plan": 1 })).await),
        ["plan"]
    );
    assert_eq!(fields(&machine.send("POST", "/workspaces", json!({})).await), ["name"]);
    assert_eq!(fields(&machine.send("POST", "/workspaces", json!({ "name": 1 })).await), ["name"]);
    assert_eq!(
        fields(
            &machine.send("POST", "/workspaces", json!({ "name": "a", "domains": ["a.example", 1] })).await
        ),
        ["domains[1]"]
    );
    assert_eq!(fields(&machine.send("POST", "/workspaces", json!({ "name": "a\0" })).await), ["body"]);
    assert_eq!(fields(&machine.send("POST", "/workspaces", json!([])).await), ["body"]);
    assert_eq!(fields(&text("application/json", r#"{"name":"a","name":"b"}"#.to_owned()).await), ["name"]);
    assert_eq!(text("application/json", "{".to_owned()).await.0, 400);
    assert_eq!(text("application/json", String::new()).await.0, 400);
    assert_eq!(text("text/plain", r#"{"name":"a"}"#.to_owned()).await.0, 415);
    assert_eq!(text("application/json", format!(r#"{{"name":"{}"}}"#, "a".repeat(65_536))).await.0, 413);
    assert_eq!(machine.all("/workspaces", 10).await.len(), 0);
    let stranger = answer(house.http.post(house.url("/api/v1/workspaces")).body("{")).await;
    assert_eq!(stranger.0, 401, "strangers are told nothing of their bodies");
}

#[rstest]
#[actix_web::test]
async fn addresses_methods_and_parameters_are_known_ones(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let (_, made) = machine.send("POST", "/workspaces", json!({ "name": "Acme" })).await;
    let path = format!("/workspaces/{}", made["id"].as_str().unwrap());
    for unknown in [
        "/nothing".to_owned(),
        format!("{path}/nothing"),
        "/workspaces/x".to_owned(),
        format!("/workspaces/{}", uuid::Uuid::nil()),
    ] {
        let (status, problem) = machine.get(&unknown).await;
        assert_eq!((status, &problem["title"]), (404, &json!("Not Found")), "{unknown}");
    }
    let response = machine.request("DELETE", &path).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["allow"].to_str().unwrap()),
        (405, "GET, PATCH")
    );
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(fields(&machine.get(&format!("{path}?deep=1")).await), ["deep"]);
    assert_eq!(fields(&machine.get("/workspaces?offset=1").await), ["offset"]);
    assert_eq!(machine.get("/workspaces?limit=1&limit=2").await.0, 400);
    for limit in ["0", "201", "-1", "x", "1.5"] {
        assert_eq!(fields(&machine.get(&format!("/workspaces?limit={limit}")).await), ["limit"]);
    }
    for empty in ["user_name=", "user_name", "email=&active=true"] {
        let refused = machine.get(&format!("{path}/users?{empty}")).await;
        assert_eq!(fields(&refused).len(), 1, "a filter by nothing is not everyone: {empty}");
    }
    assert_eq!(fields(&machine.get(&format!("{path}/users?active=maybe")).await), ["active"]);
    assert_eq!(fields(&machine.get(&format!("{path}/events?after=-1")).await), ["after"]);
    // No CORS header allows another origin.
    let asked = machine.request("GET", &path).header("origin", "https://evil.example").send().await.unwrap();
    assert!(asked.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
}

#[rstest]
#[actix_web::test]
async fn pages_are_whole_and_stay_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let mut ids = Vec::new();
    for number in 0..7 {
        let (_, made) = machine.send("POST", "/workspaces", json!({ "name": format!("W{number}") })).await;
        ids.push(made["id"].clone());
        house.clock.advance(1000);
    }
    for limit in [1, 3, 7, 200] {
        let found: Vec<Value> =
            machine.all("/workspaces", limit).await.iter().map(|one| one["id"].clone()).collect();
        assert_eq!(found, ids, "{limit}");
    }
    let users = format!("/workspaces/{}/users", ids[0].as_str().unwrap());
    for number in 0..5 {
        machine.send("POST", &users, json!({ "user_name": format!("u{number}@acme.example") })).await;
        house.clock.advance(1000);
    }
    let (_, page) = machine.get(&format!("{users}?limit=2")).await;
    let next = page["next"].as_str().unwrap();
    // A user created in the meantime is on a later page, and no user appears twice.
    machine.send("POST", &users, json!({ "user_name": "late@acme.example" })).await;
    let (_, rest) = machine.get(&format!("{users}?limit=200&cursor={next}")).await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 4);
    assert_eq!(rest["next"], Value::Null);
    assert!(
        page["items"].as_array().unwrap().iter().all(|one| !rest["items"].as_array().unwrap().contains(one))
    );
    // A cursor is valid only for its query.
    for other in [
        format!("{users}?active=true&cursor={next}"),
        format!("/workspaces?cursor={next}"),
        format!("{users}?cursor=x"),
    ] {
        assert_eq!(fields(&machine.get(&other).await), ["cursor"], "{other}");
    }
    let roles = format!("/workspaces/{}/roles", ids[0].as_str().unwrap());
    assert_eq!(machine.all(&roles, 1).await, machine.all(&roles, 200).await);
    let events = format!("/workspaces/{}/events", ids[0].as_str().unwrap());
    let seqs: Vec<i64> =
        machine.all(&events, 2).await.iter().map(|one| one["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
    let later = machine.all(&format!("{events}?after=3"), 2).await;
    assert_eq!((later.len(), &later[0]["seq"]), (seqs.len() - 3, &json!(4)));
}

#[rstest]
#[actix_web::test]
async fn what_is_of_another_region_or_workspace_is_not_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let now = house.state.now();
    let europe = house
        .write(move |conn| workspaces::create(conn, None, "Europe", "eu", now).unwrap().workspace_id)
        .await;
    assert_eq!(machine.all("/workspaces", 10).await.len(), 0);
    for (method, path) in [
        ("GET", ""),
        ("PATCH", ""),
        ("GET", "/users"),
        ("POST", "/users"),
        ("POST", "/setup-links"),
        ("PUT", "/connection"),
        ("DELETE", "/roles/editor"),
        ("GET", "/clients"),
    ] {
        let answered = machine.send(method, &format!("/workspaces/{europe}{path}"), json!({})).await;
        let answered = if method == "GET" {
            machine.get(&format!("/workspaces/{europe}{path}")).await
        } else {
            answered
        };
        assert_eq!(answered.0, 404, "{method} {path} {}", answered.1);
    }
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let user = y.user("yann@yvonne.example").await;
    let of_x = |path: &str| format!("/workspaces/{}{path}", x.workspace);
    assert_eq!(machine.get(&of_x(&format!("/users/{user}"))).await.0, 404);
    assert_eq!(machine.bare("POST", &of_x(&format!("/users/{user}/end-access"))).await.0, 404);
    assert_eq!(
        machine.send("PUT", &of_x(&format!("/users/{user}/roles")), json!({ "roles": [] })).await.0,
        404
    );
    assert_eq!(machine.get(&of_x(&format!("/clients/{}", y.client))).await.0, 404);
    assert_eq!(machine.get(&format!("/clients/{}", y.client)).await.0, 404);
    assert_eq!(machine.bare("POST", &of_x(&format!("/clients/{}/secrets", y.client))).await.0, 404);
    let (_, tokens) = machine.get(&format!("/workspaces/{}/tokens", y.workspace)).await;
    let token = tokens["items"][0]["id"].as_str().unwrap();
    assert_eq!(machine.bare("DELETE", &of_x(&format!("/tokens/{token}"))).await.0, 404);
    assert_eq!(y.scim("GET", "/Users", None).await.0, 200);
}
