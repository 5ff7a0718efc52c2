//! OneLogin's client: the calls of its guide *Implement RESTful SCIM APIs for your app* (developers.onelogin.com) and of its sample server
//! (onelogin/onelogin-scim-node): a search by name, POST and PUT of the whole user by a template, PATCH of a group's members. The guide has the
//! URNs of SCIM 1.1; the app of SCIM 2.0 has those of RFC 7643. The requests were not compared with those of a OneLogin account.

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
    // "Enable" searches a user who does not exist; a search precedes each creation, too.
    assert_eq!(found(&room, "userName%20eq%20%22nobody%22").await, Vec::<String>::new());
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

    // A suspended user: the sample server reads `active` of the template.
    for active in [false, true] {
        let mut whole = template("ada", "Analyst");
        whole["active"] = json!(active);
        assert_eq!(done(&room, "PUT", &path, Some(whole)).await["active"], active);
    }
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

/// The user of the guide's example, with the URN of SCIM 2.0.
fn documented(schema: &str) -> Value {
    json!({
        "schemas": [schema],
        "externalId": null,
        "userName": "jbibinka@acme.example",
        "nickName": "Bibi",
        "name": { "givenName": "Justin", "familyName": "Bibinka" },
        "displayName": "jbibinka",
        "profileUrl": "https://example.app.com/team/justin",
        "title": "Director",
        "timezone": "Pacific Standard Time",
        "active": true,
        "emails": [{ "value": "jbibinka@acme.example", "primary": true }],
        "photos": [{ "value": "https://example.app.com/506c.jpg", "type": "photo" }],
        "groups": [],
    })
}

#[rstest]
#[actix_web::test]
async fn the_requests_of_onelogin_s_guide_are_understood(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let user = done(&room, "POST", "/Users", Some(documented(USER))).await;
    assert_eq!((&user["nickName"], &user["timezone"]), (&json!("Bibi"), &json!("Pacific Standard Time")));
    assert_eq!(user.get("externalId"), None);
    let path = format!("/Users/{}", text(&user["id"]));
    assert_eq!(done(&room, "GET", &path, None).await["displayName"], "jbibinka");
    assert_eq!(done(&room, "PUT", &path, Some(documented(USER))).await["meta"], user["meta"], "no change");
    // Values of a template of a vendor, whose macros give texts, and members that are read-only here.
    let mut whole = template("jbibinka", "Director");
    whole["active"] = json!("true");
    whole["id"] = json!(null);
    whole["meta"] = json!({ "resourceType": "User" });
    whole[ENTERPRISE]["manager"] = json!({ "managerId": "", "displayName": " " });
    assert_eq!(done(&room, "PUT", &path, Some(whole)).await["active"], true);
    let group = json!({ "schemas": [GROUP], "displayName": "Contractors", "members": [] });
    let group = text(&done(&room, "POST", "/Groups", Some(group)).await["id"]);
    assert_eq!(members(&room, &group).await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn the_shapes_of_scim_1_1_are_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    const CORE: &str = "urn:scim:schemas:core:1.0";
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = text(&done(&room, "POST", "/Users", Some(template("ada", "Countess"))).await["id"]);
    let new = json!({ "schemas": [GROUP], "displayName": "Contractors", "members": [{ "value": ada }] });
    let group = text(&done(&room, "POST", "/Groups", Some(new)).await["id"]);
    refused(&room.scim("POST", "/Users", Some(documented(CORE))).await, 400, Some("invalidSyntax"));
    let delete = json!({ "schemas": [CORE], "members": [{ "value": ada, "operation": "delete" }] });
    refused(&room.scim("PATCH", &format!("/Groups/{group}"), Some(delete)).await, 400, Some("invalidSyntax"));
    assert_eq!(members(&room, &group).await, [ada.as_str()]);
}
