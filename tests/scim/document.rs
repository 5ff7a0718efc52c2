//! The document of a user: never a password, requested attributes only, and a PATCH completely or not at all.

use rstest::rstest;
use serde_json::{Value, json};

use super::{done, patch, person, refused, replace, row, text, trail};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

#[rstest]
#[actix_web::test]
async fn a_password_is_taken_and_never_kept_or_answered(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let secret = "hunter2-correct-horse";
    let mut sent = person("ada@acme.example");
    sent["password"] = json!(secret);
    let mut answers = vec![done(&room, "POST", "/Users", Some(sent.clone())).await];
    let id = text(&answers[0]["id"]);
    let path = format!("/Users/{id}");
    sent["title"] = json!("Countess");
    answers.push(done(&room, "PUT", &path, Some(sent)).await);
    for operations in [
        json!([{ "op": "replace", "value": { "password": secret } }]),
        json!([{ "op": "replace", "path": "password", "value": secret }]),
        json!([{ "op": "add", "path": "PASSWORD", "value": secret }]),
        json!([{ "op": "replace", "path": format!("{}:password", scim::USER), "value": secret }]),
    ] {
        answers.push(done(&room, "PATCH", &path, Some(patch(&operations))).await);
    }
    answers.push(done(&room, "GET", &path, None).await);
    answers.push(done(&room, "GET", "/Users?attributes=password,userName", None).await);
    answers.push(done(&room, "GET", &format!("{path}?attributes=password"), None).await);
    for answer in &answers {
        let answer = answer.to_string();
        assert!(!answer.contains("password") && !answer.contains(secret), "{answer}");
    }
    let stored = format!("{:?} {:?}", row(&house, &room, &id).await, trail(&house, &room).await);
    assert!(!stored.contains("password") && !stored.contains(secret), "{stored}");
    let schemas = done(&room, "GET", "/Schemas", None).await.to_string();
    assert!(!schemas.contains("\"password\""), "what is dropped is not advertised");
    let asked = room.scim("GET", &format!("/Users?filter=password eq \"{secret}\""), None).await;
    refused(&asked, 400, Some("invalidFilter"));
}

fn names(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

#[rstest]
#[actix_web::test]
async fn an_answer_shows_the_attributes_that_were_asked_for(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = text(&done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await["id"]);
    let one = format!("/Users/{id}");
    let shown = done(&room, "GET", &format!("{one}?attributes=userName"), None).await;
    assert_eq!(names(&shown), ["schemas", "id", "userName"]);
    let shown = done(&room, "GET", &format!("{one}?attributes=NAME.givenname,emails.value"), None).await;
    assert_eq!(shown["name"], json!({ "givenName": "Test" }));
    assert_eq!(shown["emails"], json!([{ "value": "ada@acme.example" }]));
    assert_eq!(shown.get("userName"), None);
    let shown = done(&room, "GET", &format!("{one}?attributes={}:userName", scim::USER), None).await;
    assert_eq!(names(&shown), ["schemas", "id", "userName"]);
    let shown =
        done(&room, "GET", &format!("{one}?excludedAttributes=emails,name.familyName,id"), None).await;
    assert_eq!((shown.get("emails"), &shown["name"]), (None, &json!({ "givenName": "Test" })));
    assert_eq!(shown["id"], json!(id), "what is always returned can't be left out");
    let listed = done(&room, "GET", "/Users?attributes=displayName", None).await;
    assert_eq!(names(&listed["Resources"][0]), ["schemas", "id", "displayName"]);

    let titled = replace(&json!({ "title": "Countess" }));
    let patched = done(&room, "PATCH", &format!("{one}?attributes=title"), Some(titled)).await;
    assert_eq!(names(&patched), ["schemas", "id", "title"]);
    let created = done(&room, "POST", "/Users?excludedAttributes=meta", Some(person("b@acme.example"))).await;
    assert_eq!(created.get("meta"), None);

    for wrong in ["attributes=userName&excludedAttributes=emails", "attributes=a..b", "attributes=%5B"] {
        refused(&room.scim("GET", &format!("/Users?{wrong}"), None).await, 400, Some("invalidValue"));
        refused(&room.scim("GET", &format!("{one}?{wrong}"), None).await, 400, Some("invalidValue"));
        let body = replace(&json!({ "title": "Never" }));
        refused(&room.scim("PATCH", &format!("{one}?{wrong}"), Some(body)).await, 400, Some("invalidValue"));
    }
    assert_eq!(done(&room, "GET", &one, None).await["title"], "Countess");
}

#[rstest]
#[actix_web::test]
async fn a_patch_is_applied_whole_or_not_at_all(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let before = done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await;
    let path = format!("/Users/{}", text(&before["id"]));
    let told = trail(&house, &room).await;
    for (operation, scim_type) in [
        (json!({ "op": "replace", "path": "nosuch", "value": 1 }), "invalidPath"),
        (json!({ "op": "replace", "path": "urn:example:2.0:Thing:x", "value": 1 }), "invalidPath"),
        (json!({ "op": "replace", "value": { "nosuch": 1 } }), "invalidPath"),
        (json!({ "op": "replace", "path": "id", "value": "x" }), "mutability"),
        (json!({ "op": "add", "path": "groups", "value": [{ "value": "x" }] }), "mutability"),
        (json!({ "op": "remove", "path": "userName" }), "mutability"),
        (json!({ "op": "replace", "path": "userName", "value": "" }), "invalidValue"),
        (json!({ "op": "replace", "path": "name", "value": "Ada" }), "invalidValue"),
        (json!({ "op": "replace", "path": "emails[type eq", "value": "x" }), "invalidPath"),
        (json!({ "op": "replace", "path": "emails[color eq \"red\"].value", "value": "x" }), "invalidFilter"),
        (json!({ "op": "replace", "path": "emails[type sw \"h\"].value", "value": "x" }), "noTarget"),
        (json!({ "op": "remove" }), "noTarget"),
        (json!({ "op": "replace", "path": "title" }), "invalidValue"),
        (json!({ "op": "move", "path": "title", "value": "x" }), "invalidSyntax"),
        (json!({ "path": "title", "value": "x" }), "invalidSyntax"),
        (json!("replace"), "invalidSyntax"),
        (json!({ "op": "replace", "value": ["active", false] }), "invalidValue"),
    ] {
        let operations = json!([{ "op": "replace", "path": "title", "value": "Never" }, operation]);
        let answer = room.scim("PATCH", &path, Some(patch(&operations))).await;
        assert_eq!(answer.1["scimType"], scim_type, "{operations} {}", answer.1);
        refused(&answer, 400, Some(scim_type));
    }
    for body in [json!({}), json!([]), patch(&json!([])), patch(&json!({})), json!({ "Operations": [] })] {
        refused(&room.scim("PATCH", &path, Some(body)).await, 400, Some("invalidSyntax"));
    }
    assert_eq!(done(&room, "GET", &path, None).await, before);
    assert_eq!(trail(&house, &room).await, told);
}

#[rstest]
#[actix_web::test]
async fn empty_values_take_away_as_okta_pushes_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut sent = person("ada@acme.example");
    sent["title"] = json!("Countess");
    let id = text(&done(&room, "POST", "/Users", Some(sent)).await["id"]);
    let emptied = json!({ "title": "", "displayName": null, "emails": [], "name": { "familyName": "" } });
    let body = done(&room, "PATCH", &format!("/Users/{id}"), Some(replace(&emptied))).await;
    for name in ["title", "displayName", "emails"] {
        assert_eq!(body.get(name), None, "{body}");
    }
    assert_eq!(body["name"], json!({ "givenName": "Test" }));
    let stored = row(&house, &room, &id).await;
    assert_eq!((stored.display_name, stored.email), (None, None));
}

#[rstest]
#[actix_web::test]
async fn many_patches_of_one_user_at_once_are_all_applied(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let url = format!("{}/Users/{id}", room.scim);
    let sending: Vec<_> = (0..16)
        .map(|number| {
            let phone = json!({ "value": format!("+{number}") });
            let phone = json!([{ "op": "add", "path": "phoneNumbers", "value": [phone] }]);
            let request = house.http.patch(&url).bearer_auth(&room.token);
            let request = request.header("content-type", "application/scim+json");
            actix_web::rt::spawn(crate::support::answer(request.body(patch(&phone).to_string())))
        })
        .collect();
    for sent in sending {
        let (status, body) = sent.await.unwrap();
        assert_eq!(status, 200, "{body}");
    }
    let body = done(&room, "GET", &format!("/Users/{id}"), None).await;
    assert_eq!(body["phoneNumbers"].as_array().unwrap().len(), 16);
    assert_eq!(row(&house, &room, &id).await.version, 17);
}
