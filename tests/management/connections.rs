//! OpenID Connect connections: created, listed, changed, deleted; the domains of connections; each refusal.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::OperatorScopes;
use vestibule_simulator::{Okta, Options};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_second_connection_is_made_changed_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let okta = Okta::start(Options { name: "Labs".to_owned(), ..Options::default() }).unwrap();
    let path = format!("/workspaces/{}/connections", room.workspace);
    let new = json!({ "name": "Labs", "issuer": okta.issuer(), "client_id": "0oalabs", "client_secret": "s", "jit": true });
    let (status, made) = machine.send("POST", &path, new).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["issuer"], &made["is_default"], &made["has_client_secret"], &made["domains"]),
        (&json!(okta.issuer()), &json!(false), &json!(true), &json!([]))
    );
    assert!(made.get("client_secret").is_none(), "{made}");
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(machine.get(&one).await, (200, made.clone()));
    let all = machine.all(&path, 1).await;
    assert_eq!((all.len(), &all[1]), (2, &made));

    // Settings that are not given stay.
    let change = json!({ "name": "Renamed", "enabled": false, "make_default": true });
    let (status, changed) = machine.send("PATCH", &one, change).await;
    assert_eq!((status, &changed["enabled"], &changed["is_default"]), (200, &json!(false), &json!(true)));
    for member in ["issuer", "client_id", "jit", "has_client_secret"] {
        assert_eq!(changed[member], made[member], "{member}");
    }
    let domains = json!({ "domains": ["LABS.example", "@labs.example", "a.example"] });
    let (status, set) = machine.send("PUT", &format!("{one}/domains"), domains).await;
    assert_eq!((status, &set["domains"]), (200, &json!(["a.example", "labs.example"])));
    assert_eq!(machine.get(&format!("{one}/domains")).await, (200, set.clone()));
    assert_eq!(machine.get(&one).await.1["domains"], set["domains"]);

    // The URL for a workspace with one connection returns the first one, and refuses a change that does not say which one is meant.
    let single = format!("/workspaces/{}/connection", room.workspace);
    assert_eq!(machine.get(&single).await.1["issuer"], okta.issuer());
    let save = json!({ "issuer": room.okta.issuer(), "client_id": "0oa" });
    assert_eq!(fields(&machine.send("PUT", &single, save).await), ["connection"]);

    assert_eq!(machine.bare("DELETE", &one).await.0, 204);
    assert_eq!(machine.bare("DELETE", &one).await.0, 404);
    assert_eq!(machine.get(&single).await.1["issuer"], room.okta.issuer());
    assert_eq!(
        machine.told(&room.workspace).await,
        ["connection_changed", "connection_changed", "connection_domains_set", "connection_deleted"]
    );
}

#[rstest]
#[actix_web::test]
async fn wrong_settings_name_their_member(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let path = format!("/workspaces/{}/connections", room.workspace);
    let good = json!({ "name": "Labs", "issuer": "https://labs.example", "client_id": "c", "client_secret": "s", "check": false });
    for (member, wrong, named) in [
        ("name", Value::Null, "name"),
        ("name", json!(" "), "connection"),
        ("issuer", Value::Null, "issuer"),
        ("issuer", json!("ftp://labs.example"), "issuer"),
        ("issuer", json!(room.okta.issuer()), "connection"),
        ("okta_domain", json!("labs.okta.com"), "issuer"),
        ("client_id", Value::Null, "client_id"),
        ("client_secret", Value::Null, "connection"),
        ("auth_method", json!("magic"), "connection"),
        ("plan", json!(1), "plan"),
    ] {
        let mut body = good.clone();
        body[member] = wrong.clone();
        assert_eq!(fields(&machine.send("POST", &path, body).await), [named], "{member} {wrong}");
    }
    assert_eq!(machine.all(&path, 50).await.len(), 1);
    let (status, made) = machine.send("POST", &path, good.clone()).await;
    assert_eq!(status, 201, "{made}");
    let domains = format!("{path}/{}/domains", made["id"].as_str().unwrap());
    for (wrong, named) in [
        (json!(["ok.example", "no domain"]), "domains[1]"),
        (json!(vec!["a.example"; 101]), "domains"),
        (Value::Null, "domains"),
    ] {
        assert_eq!(fields(&machine.send("PUT", &domains, json!({ "domains": wrong })).await), [named]);
    }
    let other = house.room("Other").await;
    for (method, path) in [("PATCH", ""), ("DELETE", ""), ("PUT", "/domains")] {
        let id = made["id"].as_str().unwrap();
        let path = format!("/workspaces/{}/connections/{id}{path}", other.workspace);
        assert_eq!(machine.send(method, &path, json!({ "domains": [] })).await.0, 404, "{method} {path}");
    }
    let reader = Machine::with(&house, OperatorScopes::Read).await;
    assert_eq!(reader.send("POST", &path, good).await.0, 403);
    assert_eq!(reader.get(&domains).await.0, 200);
}
