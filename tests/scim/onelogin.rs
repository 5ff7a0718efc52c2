//! OneLogin's client: a template of the whole user in POST and PUT, PATCH for suspended users and for members of groups. The requests were
//! not compared with those of a OneLogin account.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, USER, done, found, members, patch, refused, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// A user by the template of the app *SCIM Provisioner with SAML (SCIM v2 Enterprise)*.
fn template(name: &str, title: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": format!("{name}@acme.example"),
        "externalId": format!("onelogin-{name}"),
        "displayName": "Ada Lovelace",
        "name": { "givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace" },
        "emails": [{ "value": format!("{name}@acme.example"), "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": "", "type": "work" }],
        "title": title,
        "locale": null,
        "active": true,
        ENTERPRISE: { "employeeNumber": "", "department": "Engines", "manager": { "value": "", "displayName": "" } },
    })
}

#[rstest]
#[actix_web::test]
async fn onelogin_provisions_updates_suspends_and_deletes_a_user(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // "Test the connection", then the search before each creation.
    done(&room, "GET", "/Users?startIndex=1&count=1", None).await;
    let filter = "userName%20eq%20%22ada@acme.example%22";
    assert_eq!(found(&room, filter).await, Vec::<String>::new());
    let user = done(&room, "POST", "/Users", Some(template("ada", "Countess"))).await;
    assert_eq!((&user["externalId"], &user["title"]), (&json!("onelogin-ada"), &json!("Countess")));
    assert_eq!(user[ENTERPRISE]["department"], "Engines", "{user}");
    assert_eq!(found(&room, filter).await, ["ada@acme.example"]);
    refused(&room.scim("POST", "/Users", Some(template("ada", "Countess"))).await, 409, Some("uniqueness"));

    // An update sends the whole template again.
    let path = format!("/Users/{}", text(&user["id"]));
    let updated = done(&room, "PUT", &path, Some(template("ada", "Analyst"))).await;
    assert_eq!((&updated["id"], &updated["title"]), (&user["id"], &json!("Analyst")));

    for active in [false, true] {
        let suspend = patch(&json!([{ "op": "replace", "value": { "active": active } }]));
        done(&room, "PATCH", &path, Some(suspend)).await;
        let after = done(&room, "GET", &path, None).await;
        assert_eq!((&after["active"], &after["title"]), (&json!(active), &json!("Analyst")));
    }
    assert_eq!(room.scim("DELETE", &path, None).await.0, 204);
    assert_eq!(found(&room, filter).await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn onelogin_maps_roles_to_groups_that_it_has_read(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let new = json!({ "schemas": [GROUP], "displayName": "Engineering" });
    let id = text(&done(&room, "POST", "/Groups", Some(new)).await["id"]);
    let listed = done(&room, "GET", "/Groups?startIndex=1&count=100", None).await;
    assert_eq!((&listed["totalResults"], &listed["Resources"][0]["id"]), (&json!(1), &json!(id)));
    let ada = text(&done(&room, "POST", "/Users", Some(template("ada", "Countess"))).await["id"]);
    let path = format!("/Groups/{id}");
    let add = patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]));
    for _ in 0..2 {
        done(&room, "PATCH", &path, Some(add.clone())).await;
        assert_eq!(members(&room, &id).await, [ada.as_str()]);
    }
    let remove = patch(&json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }]));
    done(&room, "PATCH", &path, Some(remove)).await;
    assert_eq!(members(&room, &id).await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn onelogin_sends_role_objects_with_the_user(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let with = |roles: Value| {
        let mut user = template("ada", "Countess");
        user["roles"] = roles;
        user
    };
    let given = |user: &Value| -> Vec<String> {
        let roles = user["roles"].as_array().cloned().unwrap_or_default();
        roles.iter().map(|role| text(&role["value"])).collect()
    };
    let user =
        done(&room, "POST", "/Users", Some(with(json!([{ "value": "admin", "primary": true }])))).await;
    assert_eq!(given(&user), ["admin"]);
    let path = format!("/Users/{}", text(&user["id"]));
    let user = done(&room, "PUT", &path, Some(with(json!([{ "value": "editor", "type": "role" }])))).await;
    assert_eq!(given(&user), ["editor"]);
    refused(
        &room.scim("PUT", &path, Some(with(json!([{ "value": "boss" }])))).await,
        400,
        Some("invalidValue"),
    );
    assert_eq!(given(&done(&room, "GET", &path, None).await), ["editor"]);
}
