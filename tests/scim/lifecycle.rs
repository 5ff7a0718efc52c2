//! The life of a user: created, replaced, patched, deactivated with all access ended, reactivated.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::time::SECOND;

use super::{api_token, done, found, patch, person, refused, replace, row, text, trail, with_header};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

/// A document without the members that change with every version.
fn still(document: &Value) -> Value {
    let mut document = document.clone();
    if let Some(meta) = document["meta"].as_object_mut() {
        meta.remove("version");
        meta.remove("lastModified");
    }
    document
}

#[rstest]
#[actix_web::test]
async fn a_user_is_created_read_replaced_patched_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let sent = person("ada@acme.example");
    let request = house.http.post(format!("{}/Users", room.scim)).bearer_auth(&room.token);
    let response =
        request.header("content-type", "application/scim+json; charset=utf-8").body(sent.to_string());
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 201);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let (location, etag) = (header("location"), header("etag"));
    assert!(header("content-type").starts_with("application/scim+json"));
    let created: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let id = text(&created["id"]);
    assert_eq!(location, format!("{}/Users/{id}", room.scim));
    assert_eq!((&created["meta"]["location"], &created["meta"]["version"]), (&json!(location), &json!(etag)));
    assert_eq!(created["meta"]["resourceType"], "User");
    for name in ["userName", "name", "emails", "displayName", "locale", "externalId", "active"] {
        assert_eq!(created[name], sent[name], "{name}");
    }
    assert_eq!(done(&room, "GET", &format!("/Users/{id}"), None).await, created);

    house.clock.advance(SECOND);
    let mut replacing = person("ada@acme.example");
    replacing["name"] = json!({ "givenName": "Augusta", "familyName": "King" });
    replacing.as_object_mut().unwrap().remove("locale");
    let replaced = done(&room, "PUT", &format!("/Users/{id}"), Some(replacing)).await;
    assert_eq!(replaced["name"], json!({ "givenName": "Augusta", "familyName": "King" }));
    assert_eq!(replaced.get("locale"), None, "what a PUT leaves out is gone");
    assert_eq!(
        (&replaced["id"], &replaced["meta"]["created"]),
        (&created["id"], &created["meta"]["created"])
    );
    assert_ne!(replaced["meta"]["version"], created["meta"]["version"]);
    assert_ne!(replaced["meta"]["lastModified"], created["meta"]["lastModified"]);

    let operations = json!([
        { "op": "Add", "path": "name.middleName", "value": "Ada" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "augusta@acme.example" },
        { "op": "add", "path": format!("{}:department", scim::ENTERPRISE), "value": "Engines" },
        { "op": "remove", "path": "displayName" },
    ]);
    let patched = done(&room, "PATCH", &format!("/Users/{id}"), Some(patch(&operations))).await;
    assert_eq!(patched["name"]["middleName"], "Ada");
    assert_eq!(patched["emails"][0]["value"], "augusta@acme.example");
    assert_eq!(patched[scim::ENTERPRISE]["department"], "Engines");
    assert_eq!(patched.get("displayName"), None);
    assert_eq!(patched["schemas"], json!([scim::USER, scim::ENTERPRISE]));
    assert_eq!(found(&room, "emails.value eq \"AUGUSTA@acme.example\"").await, ["ada@acme.example"]);
    assert!(found(&room, "emails.value eq \"ada@acme.example\"").await.is_empty());

    assert_eq!(room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    refused(&room.scim("GET", &format!("/Users/{id}"), None).await, 404, None);
}

#[rstest]
#[actix_web::test]
async fn a_deactivated_user_is_read_and_found_and_comes_back_with_the_same_id(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let before = done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await;
    let path = format!("/Users/{}", text(&before["id"]));
    let off = done(&room, "PATCH", &path, Some(replace(&json!({ "active": false })))).await;
    let mut wanted = still(&before);
    wanted["active"] = json!(false);
    assert_eq!(still(&off), wanted, "a PATCH of active touches nothing else");
    assert_eq!(done(&room, "GET", &path, None).await, off);
    assert_eq!(found(&room, "userName eq \"ada@acme.example\"").await, ["ada@acme.example"]);
    // The name is still taken. A user with the same externalId is reactivated: see `another`.
    let mut other = person("ada@acme.example");
    other["externalId"] = json!("00u0000000000another");
    refused(&room.scim("POST", "/Users", Some(other)).await, 409, Some("uniqueness"));

    let twice = done(&room, "PATCH", &path, Some(replace(&json!({ "active": false })))).await;
    assert_eq!(twice, off, "doing it twice changes nothing");
    let on = done(&room, "PATCH", &path, Some(replace(&json!({ "active": true })))).await;
    assert_eq!(still(&on), still(&before));
    let kinds: Vec<String> = trail(&house, &room).await.into_iter().map(|(kind, _)| kind).collect();
    let expected = [
        "user_created",
        "user_updated",
        "user_deactivated",
        "access_ended",
        "user_updated",
        "user_reactivated",
    ];
    assert_eq!(kinds[kinds.len() - 6..], expected);
}

#[rstest]
#[actix_web::test]
async fn deactivation_ends_sessions_and_tokens_for_good(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let id = room.okta.scim_id(&room.app, &grace).unwrap();
    let (browser, _) = room.sign_in(&grace).await;
    let token = api_token(&house, &room, &id).await;
    assert_eq!((room.check(&browser).await, room.check_token(&token).await), (200, 200));

    // A refused request ends nothing: deactivation and end of access are one transaction.
    let path = format!("/Users/{id}");
    let half = patch(&json!([
        { "op": "replace", "value": { "active": false } },
        { "op": "add", "path": "roles", "value": ["no-such-role"] },
    ]));
    refused(&room.scim("PATCH", &path, Some(half)).await, 400, Some("invalidValue"));
    assert_eq!((room.check(&browser).await, room.check_token(&token).await), (200, 200));

    done(&room, "PATCH", &path, Some(replace(&json!({ "active": false })))).await;
    assert_eq!((room.check(&browser).await, room.check_token(&token).await), (401, 401));
    let told = trail(&house, &room).await;
    let (_, ended) = told.iter().rfind(|(kind, _)| kind == "access_ended").unwrap();
    let ended: Value = serde_json::from_str(ended).unwrap();
    assert_eq!((&ended["reason"], &ended["epoch"]), (&json!("deactivated"), &json!(2)));

    done(&room, "PATCH", &path, Some(replace(&json!({ "active": true })))).await;
    assert_eq!((room.check(&browser).await, room.check_token(&token).await), (401, 401));
    let fresh = api_token(&house, &room, &id).await;
    assert_eq!(room.check_token(&fresh).await, 200);
    done(&room, "DELETE", &path, None).await;
    assert_eq!(room.check_token(&fresh).await, 401);
}

#[rstest]
#[actix_web::test]
async fn active_is_understood_as_a_text_and_left_alone_when_absent(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let path = format!("/Users/{id}");
    for (sent, active) in [("False", false), ("True", true), ("false", false), ("true", true)] {
        let body = done(&room, "PATCH", &path, Some(replace(&json!({ "active": sent })))).await;
        assert_eq!(body["active"], json!(active), "{sent}");
    }
    let by_path = patch(&json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    assert_eq!(done(&room, "PATCH", &path, Some(by_path)).await["active"], json!(false));
    for wrong in [json!("no"), json!("FALSE "), json!(0), json!(null), json!([]), json!("")] {
        let refusal = room.scim("PATCH", &path, Some(replace(&json!({ "active": wrong })))).await;
        refused(&refusal, 400, Some("invalidValue"));
    }
    // A PUT without `active` neither deactivates nor reactivates.
    let mut silent = person("ada@acme.example");
    silent.as_object_mut().unwrap().remove("active");
    assert_eq!(done(&room, "PUT", &path, Some(silent.clone())).await["active"], json!(false));
    done(&room, "PATCH", &path, Some(replace(&json!({ "active": true })))).await;
    silent["title"] = json!("Engineer");
    assert_eq!(done(&room, "PUT", &path, Some(silent)).await["active"], json!(true));
    let told = trail(&house, &room).await;
    let last: Value = serde_json::from_str(&told.last().unwrap().1).unwrap();
    assert_eq!(last["changed"], json!(["title"]), "the trail names what changed");
    assert_eq!(
        (&last["before"]["title"], &last["after"]["title"]),
        (&Value::Null, &json!("Engineer")),
        "{last}"
    );
    // A user created without it is active.
    let mut unsaid = person("grace@acme.example");
    unsaid.as_object_mut().unwrap().remove("active");
    assert_eq!(done(&room, "POST", "/Users", Some(unsaid)).await["active"], json!(true));
}

#[rstest]
#[actix_web::test]
async fn our_own_document_put_back_changes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut rich = person("ada@acme.example");
    rich["roles"] = json!([{ "value": "admin" }, { "value": "auditor" }]);
    rich["phoneNumbers"] = json!([{ "value": "+44 1", "type": "work" }, { "value": "+44 2" }]);
    rich["addresses"] = json!([{ "type": "work", "locality": "London" }]);
    rich[scim::ENTERPRISE] =
        json!({ "employeeNumber": "1", "manager": { "value": "x", "displayName": "Y" } });
    let id = text(&done(&room, "POST", "/Users", Some(rich)).await["id"]);
    scim::group(&room, "Engineering", &[&id]).await;
    let path = format!("/Users/{id}");
    let read = done(&room, "GET", &path, None).await;
    assert_eq!(read["groups"][0]["display"], "Engineering");
    let (before, told) = (row(&house, &room, &id).await, trail(&house, &room).await);

    house.clock.advance(SECOND);
    assert_eq!(done(&room, "PUT", &path, Some(read.clone())).await, read);
    let echo = replace(&read);
    assert_eq!(done(&room, "PATCH", &path, Some(echo)).await, read, "and so does a PATCH of all of it");
    assert_eq!(row(&house, &room, &id).await, before);
    assert_eq!(trail(&house, &room).await, told);
}

#[rstest]
#[actix_web::test]
async fn a_version_that_has_passed_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let group = scim::group(&room, "Engineering", &[]).await;
    for (path, whole) in [
        (format!("/Users/{id}"), person("ada@acme.example")),
        (format!("/Groups/{group}"), json!({ "schemas": [scim::GROUP], "displayName": "Engineering" })),
    ] {
        let first = text(&done(&room, "GET", &path, None).await["meta"]["version"]);
        let change = replace(&json!({ "displayName": "Another" }));
        let patched =
            with_header(&house, &room, "PATCH", &path, ("if-match", &first), Some(change.clone())).await;
        assert_eq!(patched.0, if whole["displayName"] == "Engineering" { 204 } else { 200 }, "{}", patched.1);
        let after = done(&room, "GET", &path, None).await;
        for (method, body) in [("PATCH", Some(change.clone())), ("PUT", Some(whole)), ("DELETE", None)] {
            for stale in [first.as_str(), "W/\"999\"", "garbage", ""] {
                let answer =
                    with_header(&house, &room, method, &path, ("if-match", stale), body.clone()).await;
                refused(&answer, 412, None);
            }
        }
        assert_eq!(done(&room, "GET", &path, None).await, after);
        let second = text(&after["meta"]["version"]);
        let either = format!("{first}, {second}");
        let answer = with_header(&house, &room, "PATCH", &path, ("if-match", &either), Some(change)).await;
        assert_eq!(answer.0, patched.0);
        assert_eq!(with_header(&house, &room, "DELETE", &path, ("if-match", "*"), None).await.0, 204);
    }
}
