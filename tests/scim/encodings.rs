//! A name in several encodings is one name (RFC 7644 §5: PRECIS, RFC 8265, RFC 8266): comparisons ignore width, case and normal form,
//! invisible characters are refused, and names are returned as sent. Also rows with keys of an older version.

use std::slice::from_ref;

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::fold;
use vestibule_simulator::{Forgery, SubjectFormat};
use vestibule_store::{Conn, Database, people::users};

use super::{GROUP, api_token, done, found, group, patch, person, refused, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// `ada@acme.example` in full-width letters.
const WIDE: &str = "ａｄａ＠ａｃｍｅ．ｅｘａｍｐｌｅ";

/// A value within a query.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The ids of the users, or groups, that a filter finds.
async fn ids(room: &Room, endpoint: &str, filter: &str) -> Vec<String> {
    let body = done(room, "GET", &format!("/{endpoint}?filter={}", encoded(filter)), None).await;
    body["Resources"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
}

/// Runs a statement on either database.
fn execute(database: &Database, statement: String) {
    use diesel::connection::SimpleConnection;
    let done = database.write(|conn| {
        match &mut **conn {
            Conn::Sqlite(inner) => inner.batch_execute(&statement),
            Conn::Postgres(inner) => inner.batch_execute(&statement),
        }
        .map_err(vestibule_store::Error::from)
    });
    done.unwrap();
}

#[rstest]
#[actix_web::test]
async fn a_user_name_in_another_encoding_is_the_same_name(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for (sent, others) in [
        ("ada@acme.example", [WIDE, "Ａda@acme.example"]),
        ("zoë@acme.example", ["zoe\u{308}@acme.example", "ZOE\u{308}@ACME.example"]),
        ("ガ@acme.example", ["ｶﾞ@acme.example", "カ\u{3099}@acme.example"]),
        (WIDE.replace('ａ', "ｂ").as_str(), ["bdb@bcme.exbmple", "Ｂdb@bcme.exbmple"]),
    ] {
        let created = done(&room, "POST", "/Users", Some(person(sent))).await;
        assert_eq!(created["userName"], sent, "answered as it was sent");
        let id = text(&created["id"]);
        assert_eq!(done(&room, "GET", &format!("/Users/{id}"), None).await["userName"], sent);
        for other in others {
            let mut again = person(other);
            again["externalId"] = json!(format!("00u of {other}"));
            refused(&room.scim("POST", "/Users", Some(again)).await, 409, Some("uniqueness"));
            assert_eq!(
                ids(&room, "Users", &format!("userName eq \"{other}\"")).await,
                from_ref(&id),
                "{other}"
            );
            assert_eq!(
                ids(&room, "Users", &format!("emails.value eq \"{other}\"")).await,
                from_ref(&id),
                "{other}"
            );
            assert_eq!(
                ids(&room, "Users", &format!("emails[value sw \"{other}\"]")).await,
                from_ref(&id),
                "{other}"
            );
        }
    }
}

#[rstest]
#[actix_web::test]
async fn a_group_name_in_another_encoding_is_the_same_name(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = group(&room, "Équipe Ａ", &[]).await;
    for other in ["e\u{301}quipe a", "ÉQUIPE\u{a0}A", "équipe\u{200d} a"] {
        let body = json!({ "schemas": [GROUP], "displayName": other });
        refused(&room.scim("POST", "/Groups", Some(body)).await, 409, Some("uniqueness"));
        assert_eq!(
            ids(&room, "Groups", &format!("displayName eq \"{other}\"")).await,
            from_ref(&id),
            "{other}"
        );
    }
    assert_eq!(done(&room, "GET", &format!("/Groups/{id}"), None).await["displayName"], "Équipe Ａ");
    // The name of a group may contain the joiners of emoji.
    group(&room, "❤\u{fe0f} 👩\u{200d}💻", &[]).await;
}

#[rstest]
#[actix_web::test]
async fn a_new_name_with_what_nobody_sees_is_refused_by_its_code_point(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let group_id = group(&room, "Engines", &[]).await;
    for (letter, named) in
        [('\u{200b}', "U+200B"), ('\u{202e}', "U+202E"), ('\u{feff}', "U+FEFF"), ('\u{7}', "U+0007")]
    {
        let name = format!("bob{letter}@acme.example");
        let detail =
            refused(&room.scim("POST", "/Users", Some(person(&name))).await, 400, Some("invalidValue"));
        assert!(detail.contains("userName") && detail.contains(named), "{detail}");
        let rename = patch(&json!([{ "op": "replace", "path": "userName", "value": name }]));
        refused(&room.scim("PATCH", &format!("/Users/{id}"), Some(rename)).await, 400, Some("invalidValue"));
        let body = json!({ "schemas": [GROUP], "displayName": format!("Eng{letter}ines 2") });
        let detail =
            refused(&room.scim("POST", "/Groups", Some(body.clone())).await, 400, Some("invalidValue"));
        assert!(detail.contains("displayName") && detail.contains(named), "{detail}");
        refused(
            &room.scim("PUT", &format!("/Groups/{group_id}"), Some(body)).await,
            400,
            Some("invalidValue"),
        );
    }
    assert_eq!(found(&room, "userName%20sw%20%22bob%22").await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn universal_logout_by_another_encoding_ends_the_person(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let id = room.user("ada@acme.example").await;
    for subject in [
        json!({ "format": "email", "email": WIDE }),
        json!({ "format": "opaque", "id": WIDE }),
        json!({ "format": "email", "email": "a\u{200b}da@acme.example" }),
    ] {
        let token = api_token(&house, &room, &id).await;
        assert_eq!(room.check_token(&token).await, 200);
        let forgery = Forgery::new().body(json!({ "sub_id": subject }).to_string());
        let sent = room
            .okta
            .forge_universal_logout(&room.app, &grace, SubjectFormat::Email, &forgery)
            .await
            .unwrap();
        assert_eq!((sent.status, room.check_token(&token).await), (204, 401), "{subject}");
    }
}

/// Stores the key of an older version for a user.
fn age_user(house: &House, id: &str, name: &str) {
    let key = fold::letter_case(name);
    execute(
        house.state.database(),
        format!("UPDATE users SET user_name = '{name}', user_name_key = '{key}' WHERE user_id = '{id}'"),
    );
    execute(
        house.state.database(),
        format!("UPDATE user_emails SET email_key = '{key}' WHERE user_id = '{id}'"),
    );
}

/// Marks the upgrade as not done.
fn age(house: &House) {
    execute(house.state.database(), "DELETE FROM upgrades".to_owned());
}

#[rstest]
#[actix_web::test]
async fn keys_of_an_older_version_are_renewed_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let database = house.state.database();
    let (ada, zoe) = (room.user("x1@acme.example").await, room.user("x2@acme.example").await);
    age_user(&house, &ada, WIDE);
    age_user(&house, &zoe, "Zoe\u{308}\u{200b}@acme.example");
    let team = group(&room, "x3", &[]).await;
    execute(
        database,
        format!(
            "UPDATE groups SET display_name = 'Ｔeam', display_name_key = 'ｔeam' WHERE group_id = '{team}'"
        ),
    );
    execute(
        database,
        format!(
            "UPDATE users SET display_name = 'Ｚoë', display_name_key = 'ｚoë', attributes = '{{\"nickName\":\"Ｚoë\"}}', \
         comparable = '{{\"nickName\":\"ｚoë\"}}' WHERE user_id = '{zoe}'"
        ),
    );
    age(&house);
    assert!(ids(&room, "Users", "userName eq \"ada@acme.example\"").await.is_empty());
    let before = done(&room, "GET", &format!("/Users/{zoe}"), None).await;

    assert!(vestibule_scim::upgrade::run(database).unwrap() > 0);
    assert_eq!(vestibule_scim::upgrade::run(database).unwrap(), 0, "again there is nothing to do");
    assert_eq!(vestibule_scim::upgrade::renew_keys(database).unwrap(), 0, "nor for who looks at every row");

    for (filter, id) in [
        ("userName eq \"ada@acme.example\"", &ada),
        ("emails.value eq \"ada@acme.example\"", &ada),
        ("userName eq \"zoë@acme.example\"", &zoe),
        ("displayName eq \"zoë\"", &zoe),
        ("nickName eq \"zoë\"", &zoe),
    ] {
        let found = ids(&room, "Users", filter).await;
        assert_eq!(found, from_ref(id), "{filter}");
    }
    assert_eq!(ids(&room, "Groups", "displayName eq \"team\"").await, [team]);
    assert_eq!(done(&room, "GET", &format!("/Users/{zoe}"), None).await, before, "nobody sees a difference");
}

#[rstest]
#[actix_web::test]
async fn who_would_share_a_name_is_left_and_the_doctor_names_both(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let database = house.state.database();
    let mut made = Vec::new();
    for (number, name) in [WIDE, "ad\u{200b}a@acme.example"].into_iter().enumerate() {
        let id = room.user(&format!("x{number}@acme.example")).await;
        age_user(&house, &id, name);
        made.push((id, name));
    }
    let (bob, odd_bob) = (room.user("bob@acme.example").await, room.user("y@acme.example").await);
    age_user(&house, &odd_bob, "bｏb@acme.example");
    age(&house);
    vestibule_scim::upgrade::run(database).unwrap();
    assert_eq!(vestibule_scim::upgrade::run(database).unwrap(), 0);

    // Neither row was changed: each is found by its own spelling, can be changed, and its access can be ended.
    for (id, name) in
        made.iter().map(|(id, name)| (id.clone(), *name)).chain([(odd_bob.clone(), "bｏb@acme.example")])
    {
        let workspace = room.workspace.clone();
        let user =
            house.write(move |conn| users::find_by_user_name(conn, &workspace, name).unwrap().unwrap()).await;
        assert_eq!((user.user_id.as_str(), user.user_name_key), (id.as_str(), fold::letter_case(name)));
        assert!(ids(&room, "Users", &format!("userName eq \"{name}\"")).await.contains(&id));
        let path = format!("/Users/{id}");
        let title = patch(&json!([{ "op": "replace", "path": "title", "value": "Countess" }]));
        assert_eq!(done(&room, "PATCH", &path, Some(title)).await["userName"], name);
    }
    assert_eq!(ids(&room, "Users", "userName eq \"bob@acme.example\"").await, from_ref(&bob));
    // Nobody else gets the name in the meantime.
    let mut third = person("ada@acme.example");
    third["externalId"] = Value::Null;
    refused(&room.scim("POST", "/Users", Some(third)).await, 409, Some("uniqueness"));
    // A Universal Logout by the common name ends both.
    let grace = room.person("Grace").await;
    let tokens = [api_token(&house, &room, &made[0].0).await, api_token(&house, &room, &made[1].0).await];
    let forgery = Forgery::new()
        .body(json!({ "sub_id": { "format": "opaque", "id": "ada@acme.example" } }).to_string());
    let sent =
        room.okta.forge_universal_logout(&room.app, &grace, SubjectFormat::Email, &forgery).await.unwrap();
    assert_eq!(sent.status, 204);
    assert_eq!((room.check_token(&tokens[0]).await, room.check_token(&tokens[1]).await), (401, 401));

    let workspace = room.workspace.clone();
    let workspace = house
        .write(move |conn| {
            vestibule_store::workspaces::list(conn, "us")
                .unwrap()
                .into_iter()
                .find(|one| one.workspace_id == workspace)
                .unwrap()
        })
        .await;
    let report = vestibule_console::provider::doctor::report(&house.state, &workspace, false).await.unwrap();
    let findings: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["id"] == "shared_name")
        .map(|finding| text(&finding["saw"]))
        .collect();
    assert_eq!(findings.len(), 2, "{report}");
    assert!(
        findings.iter().any(
            |saw| made.iter().all(|(id, _)| saw.contains(id)) && saw.contains("ad[U+200B]a@acme.example")
        ),
        "{findings:?}"
    );
    assert!(findings.iter().any(|saw| saw.contains(&bob) && saw.contains(&odd_bob)), "{findings:?}");

    // When one of two is deleted, the other gets the key at the next start.
    done(&room, "DELETE", &format!("/Users/{}", made[0].0), None).await;
    done(&room, "DELETE", &format!("/Users/{bob}"), None).await;
    assert_eq!(vestibule_scim::upgrade::run(database).unwrap(), 2);
    assert_eq!(ids(&room, "Users", "userName eq \"ada@acme.example\"").await, [made[1].0.clone()]);
    assert_eq!(ids(&room, "Users", "userName eq \"bob@acme.example\"").await, [odd_bob]);
    assert_eq!(vestibule_scim::upgrade::run(database).unwrap(), 0);
}

#[rstest]
#[actix_web::test]
async fn a_shared_name_that_is_over_keeps_nobody_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (bob, odd_bob) = (room.user("bob@acme.example").await, room.user("y@acme.example").await);
    age_user(&house, &odd_bob, "bｏb@acme.example");
    age(&house);
    vestibule_scim::upgrade::run(house.state.database()).unwrap();
    done(&room, "DELETE", &format!("/Users/{bob}"), None).await;
    let mut new = person("bob@acme.example");
    new["externalId"] = Value::Null;
    refused(&room.scim("POST", "/Users", Some(new.clone())).await, 409, Some("uniqueness"));
    // The collision is still recorded, but its user has another name.
    let rename = patch(&json!([{ "op": "replace", "path": "userName", "value": "robert@acme.example" }]));
    done(&room, "PATCH", &format!("/Users/{odd_bob}"), Some(rename)).await;
    let made = done(&room, "POST", "/Users", Some(new)).await;
    assert_eq!(ids(&room, "Users", "userName eq \"bob@acme.example\"").await, [text(&made["id"])]);
    let found = ids(&room, "Users", "emails.value eq \"bob@acme.example\"").await;
    assert!(found.contains(&text(&made["id"])), "its addresses are inserted, too: {found:?}");
}
