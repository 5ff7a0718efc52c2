//! User names: returned as sent, compared without case; conflicts, release of names, and ids in place of names.

use rstest::rstest;
use serde_json::json;

use super::{done, found, patch, person, refused, row, size, text, trail};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

#[rstest]
#[actix_web::test]
async fn a_user_name_is_echoed_as_sent_and_found_in_any_letter_case(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let sent = "Jürgen.ÄÖ@Acme.Example";
    let created = done(&room, "POST", "/Users", Some(person(sent))).await;
    assert_eq!(created["userName"], sent);
    let read = done(&room, "GET", &format!("/Users/{}", text(&created["id"])), None).await;
    assert_eq!(read, created);
    for spelling in [sent, "jürgen.äö@acme.example", "JÜRGEN.ÄÖ@ACME.EXAMPLE", "jÜrgen.äÖ@aCME.eXAMPLE"]
    {
        assert_eq!(found(&room, &format!("userName eq \"{spelling}\"")).await, [sent], "{spelling}");
        assert_eq!(found(&room, &format!("USERNAME EQ \"{spelling}\"")).await, [sent], "{spelling}");
    }
    assert!(found(&room, "userName eq \"jurgen.ao@acme.example\"").await.is_empty(), "accents count");
    assert!(found(&room, "userName eq \"\"").await.is_empty(), "nobody has no name");
}

#[rstest]
#[actix_web::test]
async fn a_name_that_is_taken_in_another_spelling_is_refused_and_nothing_changes(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    done(&room, "POST", "/Users", Some(person("Ömer@acme.example"))).await;
    let other = done(&room, "POST", "/Users", Some(person("other@acme.example"))).await;
    let other_id = text(&other["id"]);
    let before = size(&house, &room).await;

    let mut again = person("öMER@ACME.example");
    again["externalId"] = json!("00usomebodyelse");
    again["roles"] = json!(["admin"]);
    let detail = refused(&room.scim("POST", "/Users", Some(again)).await, 409, Some("uniqueness"));
    assert!(detail.contains("userName"), "{detail}");
    let mut same = person("third@acme.example");
    same["externalId"] = json!("00uÖmer@acme.example");
    let detail = refused(&room.scim("POST", "/Users", Some(same.clone())).await, 409, Some("uniqueness"));
    assert!(detail.contains("externalId"), "{detail}");
    same["userName"] = json!("ÖMER@acme.example");
    let path = format!("/Users/{other_id}");
    refused(&room.scim("PUT", &path, Some(same)).await, 409, Some("uniqueness"));
    let rename = patch(&json!([
        { "op": "replace", "path": "title", "value": "Engineer" },
        { "op": "replace", "path": "userName", "value": "ÖMER@ACME.EXAMPLE" },
    ]));
    refused(&room.scim("PATCH", &path, Some(rename)).await, 409, Some("uniqueness"));

    assert_eq!(size(&house, &room).await, before, "no row and no event");
    assert_eq!(done(&room, "GET", &path, None).await, other);
    assert!(found(&room, "userName eq \"third@acme.example\"").await.is_empty());
}

#[rstest]
#[actix_web::test]
async fn a_user_may_change_the_letter_case_of_their_own_name(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let rename = patch(&json!([{ "op": "Replace", "path": "userName", "value": "Ada@Acme.Example" }]));
    let body = done(&room, "PATCH", &format!("/Users/{id}"), Some(rename)).await;
    assert_eq!((body["userName"].clone(), text(&body["id"])), (json!("Ada@Acme.Example"), id));
    assert_eq!(found(&room, "userName eq \"ADA@acme.example\"").await, ["Ada@Acme.Example"]);
}

#[rstest]
#[actix_web::test]
async fn a_deleted_users_name_is_free_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let first = text(&done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await["id"]);
    let path = format!("/Users/{first}");
    assert_eq!(room.scim("DELETE", &path, None).await.0, 204);
    refused(&room.scim("GET", &path, None).await, 404, None);
    refused(&room.scim("DELETE", &path, None).await, 404, None);
    assert!(found(&room, "userName eq \"ada@acme.example\"").await.is_empty());

    let second = text(&done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await["id"]);
    assert_ne!(second, first, "ids are never used again");
    refused(&room.scim("GET", &path, None).await, 404, None);
    let kinds: Vec<String> = trail(&house, &room).await.into_iter().map(|(kind, _)| kind).collect();
    let told = |kind: &str| kinds.iter().filter(|told| *told == kind).count();
    assert_eq!((told("user_created"), told("user_deleted"), told("access_ended")), (2, 1, 1));
}

#[rstest]
#[actix_web::test]
async fn an_id_that_names_nobody_is_404_whatever_it_looks_like(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = [
        "010101001010101011001010101011",
        "00919288221112222",
        "01890000-0000-7000-8000-000000000000",
        "ada@acme.example",
        "%00",
        "%F0%9F%98%80",
        "..%2F..%2Fetc",
        "' OR '1'='1",
    ];
    for id in ids {
        for resource in ["Users", "Groups"] {
            let path = format!("/{resource}/{id}");
            let mut body = person("x@acme.example");
            if resource == "Groups" {
                body = json!({ "schemas": [scim::GROUP], "displayName": "X" });
            }
            refused(&room.scim("GET", &path, None).await, 404, None);
            refused(&room.scim("PUT", &path, Some(body)).await, 404, None);
            let rename = scim::replace(&json!({ "displayName": "Y" }));
            refused(&room.scim("PATCH", &path, Some(rename)).await, 404, None);
            refused(&room.scim("DELETE", &path, None).await, 404, None);
        }
    }
    assert_eq!(size(&house, &room).await.0, 0);
}

#[rstest]
#[actix_web::test]
async fn external_ids_are_opaque_and_never_ours(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    // CVE-2025-41115: an externalId that looks like an internal id must not become one. Another user's id is refused; so it is
    // in another spelling.
    let mut mallory = person("mallory@acme.example");
    mallory["id"] = json!(ada);
    for shield in [ada.clone(), ada.to_uppercase()] {
        mallory["externalId"] = json!(shield);
        refused(&room.scim("POST", "/Users", Some(mallory.clone())).await, 409, Some("uniqueness"));
    }
    let nobodys = "01890000-0000-7000-8000-000000000000";
    mallory["externalId"] = json!(nobodys);
    let created = done(&room, "POST", "/Users", Some(mallory)).await;
    let id = text(&created["id"]);
    assert_ne!(id, ada);
    assert_eq!(created["externalId"], json!(nobodys));
    assert_eq!(row(&house, &room, &ada).await.user_name, "ada@acme.example");
    assert_eq!(found(&room, &format!("id eq \"{ada}\"")).await, ["ada@acme.example"]);
    assert!(found(&room, &format!("externalId eq \"{ada}\"")).await.is_empty());
    assert_eq!(found(&room, &format!("externalId eq \"{nobodys}\"")).await, ["mallory@acme.example"]);
}
