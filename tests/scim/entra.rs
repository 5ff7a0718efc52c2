//! Entra's client, request by request, as Microsoft documents it, and the requirements of its SCIM validator: capitalised
//! operations, booleans as text, paths as member names, `$ref: null`.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, USER, done, found, members, patch, person, refused, size, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// A user as Entra creates one.
fn created(name: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": format!("{name}-object-id"),
        "userName": format!("{name}@acme.example"),
        "active": true,
        "addresses": null,
        "displayName": name,
        "emails": [{ "primary": true, "type": "work", "value": format!("{name}@acme.example") }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada" },
        "roles": [],
        ENTERPRISE: { "employeeNumber": "701984", "department": "Engines", "manager": { "value": "m1" } },
    })
}

async fn patched(room: &Room, path: &str, operations: Value) -> Value {
    done(room, "PATCH", path, Some(patch(&operations))).await;
    done(room, "GET", path, None).await
}

#[rstest]
#[actix_web::test]
async fn entra_creates_finds_and_updates_a_user(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // "Test connection": a filter without a match is an empty list, not an error.
    let nobody = "userName%20eq%20%22non-existent%22";
    assert_eq!(found(&room, nobody).await, Vec::<String>::new());
    let (status, user) = room.scim("POST", "/Users", Some(created("ada"))).await;
    assert_eq!((status, &user["externalId"]), (201, &json!("ada-object-id")), "{user}");
    assert_eq!(user[ENTERPRISE], created("ada")[ENTERPRISE]);
    assert_eq!(user["schemas"], json!([USER, ENTERPRISE]));
    let path = format!("/Users/{}", text(&user["id"]));
    for filter in ["externalId%20eq%20%22ada-object-id%22", "userName%20eq%20%22ADA@acme.example%22"] {
        assert_eq!(found(&room, filter).await, ["ada@acme.example"], "{filter}");
    }
    // The same request again is a conflict, and changes nothing.
    let before = size(&house, &room).await;
    refused(&room.scim("POST", "/Users", Some(created("ada"))).await, 409, Some("uniqueness"));
    assert_eq!(size(&house, &room).await, before);

    let user = patched(
        &room,
        &path,
        json!([
            { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "ada@new.example" },
            { "op": "Replace", "path": "name.familyName", "value": "King" },
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+44 7700 900000" },
            { "op": "Add", "path": "addresses[type eq \"work\"].country", "value": "GB" },
            { "op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "London" },
            { "op": "Replace", "path": format!("{ENTERPRISE}:department"), "value": "Maths" },
        ]),
    )
    .await;
    assert_eq!(user["emails"], json!([{ "value": "ada@new.example", "type": "work", "primary": true }]));
    assert_eq!(
        user["name"],
        json!({ "formatted": "Ada Lovelace", "familyName": "King", "givenName": "Ada" })
    );
    assert_eq!(user["phoneNumbers"], json!([{ "type": "mobile", "value": "+44 7700 900000" }]));
    assert_eq!(user["addresses"], json!([{ "type": "work", "country": "GB", "locality": "London" }]));
    assert_eq!(user[ENTERPRISE]["department"], "Maths");

    // Member names that are paths, in an operation without a path.
    let user = patched(
        &room,
        &path,
        json!([{ "op": "Replace", "value": {
        "displayName": "Ada King",
        "name.givenName": "Augusta",
        "emails[type eq \"work\"].value": "king@acme.example",
        format!("{ENTERPRISE}:employeeNumber"): "7",
        "active": "True",
    } }]),
    )
    .await;
    assert_eq!((&user["displayName"], &user["name"]["givenName"]), (&json!("Ada King"), &json!("Augusta")));
    assert_eq!(user["emails"][0]["value"], "king@acme.example");
    assert_eq!((&user[ENTERPRISE]["employeeNumber"], &user["active"]), (&json!("7"), &json!(true)));
    assert_eq!(user["phoneNumbers"].as_array().unwrap().len(), 1, "siblings stay");

    let user = patched(
        &room,
        &path,
        json!([
            { "op": "Remove", "path": "phoneNumbers[type eq \"mobile\"].value" },
            { "op": "Remove", "path": "addresses[type eq \"work\"]" },
            { "op": "Replace", "path": "userName", "value": "king@acme.example" },
        ]),
    )
    .await;
    assert_eq!((user.get("phoneNumbers"), user.get("addresses")), (None, None));
    assert_eq!(user["userName"], "king@acme.example");
}

#[rstest]
#[actix_web::test]
async fn entra_sets_a_manager_in_each_of_its_shapes(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let path = format!("/Users/{}", text(&done(&room, "POST", "/Users", Some(created("ada"))).await["id"]));
    let manager = room.user("charles@acme.example").await;
    let at = format!("{ENTERPRISE}:manager");
    let reference = format!("https://api.example/scim/Users/{manager}");
    for (number, value) in [
        json!(manager),
        json!({ "value": manager }),
        json!({ "value": manager, "$ref": null }),
        json!([{ "value": manager, "$ref": reference }]),
    ]
    .into_iter()
    .enumerate()
    {
        let user = patched(&room, &path, json!([{ "op": "Replace", "path": at, "value": value }])).await;
        assert_eq!(user[ENTERPRISE]["manager"]["value"], manager.as_str(), "shape {number}");
        assert_eq!(user[ENTERPRISE]["department"], "Engines");
        let user = patched(&room, &path, json!([{ "op": "Remove", "path": at }])).await;
        assert_eq!(user[ENTERPRISE].get("manager"), None);
    }
}

// Examples 2 and 5 of Microsoft's tutorial: members without a value are left out; `manager` without the URN of its schema names nothing
// (RFC 7644 §3.10).
#[rstest]
#[actix_web::test]
async fn entra_s_examples_with_nulls_and_without_a_urn(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut joy = created("jyoung");
    joy["schemas"] = json!([USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]);
    joy.as_object_mut().unwrap().remove(ENTERPRISE);
    for name in ["phoneNumbers", "preferredLanguage", "title", "department", "manager"] {
        joy[name] = Value::Null;
    }
    let path = format!("/Users/{}", text(&done(&room, "POST", "/Users", Some(joy)).await["id"]));
    let manager = room.user("charles@acme.example").await;
    let add = json!([{ "op": "Add", "path": "manager", "value": [{ "$ref": "http://x/Users/1", "value": manager }] }]);
    refused(&room.scim("PATCH", &path, Some(patch(&add))).await, 400, Some("invalidPath"));
}

#[rstest]
#[actix_web::test]
async fn entra_disables_restores_and_deletes_a_user(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let user = done(&room, "POST", "/Users", Some(created("ada"))).await;
    let path = format!("/Users/{}", text(&user["id"]));
    for (operation, active) in [
        (json!({ "op": "Replace", "path": "active", "value": "False" }), false),
        (json!({ "op": "Replace", "path": "active", "value": "True" }), true),
        (json!({ "op": "Add", "path": "active", "value": false }), false),
        (json!({ "op": "Replace", "value": { "active": "True" } }), true),
        (json!({ "op": "replace", "value": { "active": "False" } }), false),
    ] {
        let after = patched(&room, &path, json!([operation])).await;
        assert_eq!(after["active"], active, "{operation}");
        for sibling in ["id", "externalId", "userName", "name", "emails", "displayName", ENTERPRISE] {
            assert_eq!(after[sibling], user[sibling], "{operation} touched {sibling}");
        }
    }
    // A deactivated user is still found, and is restored under the same id.
    assert_eq!(found(&room, "externalId%20eq%20%22ada-object-id%22").await, ["ada@acme.example"]);
    let restored = patched(&room, &path, json!([{ "op": "Replace", "path": "active", "value": true }])).await;
    assert_eq!((&restored["active"], &restored["id"]), (&json!(true), &user["id"]));
    assert_eq!(room.scim("DELETE", &path, None).await, (204, Value::Null));
    refused(&room.scim("GET", &path, None).await, 404, None);
    assert_eq!(found(&room, "externalId%20eq%20%22ada-object-id%22").await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn entra_manages_a_group_without_reading_its_members(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let grace = text(&done(&room, "POST", "/Users", Some(person("grace@acme.example"))).await["id"]);
    let (status, group) = room.scim("POST", "/Groups", Some(json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "Engineering",
        "meta": { "resourceType": "Group" },
    }))).await;
    assert_eq!((status, &group["displayName"]), (201, &json!("Engineering")), "{group}");
    let id = text(&group["id"]);
    let path = format!("/Groups/{id}");
    let add = |ids: &[&String]| {
        let value: Vec<Value> = ids.iter().map(|id| json!({ "$ref": null, "value": id })).collect();
        patch(&json!([{ "op": "Add", "path": "members", "value": value }]))
    };
    done(&room, "PATCH", &path, Some(add(&[&ada]))).await;
    done(&room, "PATCH", &path, Some(add(&[&ada, &grace]))).await;
    let mut both = vec![ada.clone(), grace.clone()];
    both.sort();
    assert_eq!(members(&room, &id).await, both, "adding never removes, and twice is once");

    let shown = done(&room, "GET", &format!("{path}?excludedAttributes=members"), None).await;
    assert_eq!((shown.get("members"), &shown["id"]), (None, &json!(id)));
    let query = "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22ENGINEERING%22";
    let listed = done(&room, "GET", query, None).await;
    assert_eq!((&listed["totalResults"], &listed["Resources"][0]["id"]), (&json!(1), &json!(id)));
    assert_eq!(listed["Resources"][0].get("members"), None);

    let rename = json!([{ "op": "Replace", "path": "displayName", "value": "Research" }]);
    done(&room, "PATCH", &path, Some(patch(&rename))).await;
    let remove = json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": ada }] }]);
    done(&room, "PATCH", &path, Some(patch(&remove))).await;
    assert_eq!(members(&room, &id).await, [grace.as_str()]);
    let remove = json!([{ "op": "Remove", "path": format!("members[value eq \"{grace}\"]") }]);
    done(&room, "PATCH", &path, Some(patch(&remove))).await;
    assert_eq!(members(&room, &id).await, Vec::<String>::new());
    assert_eq!(done(&room, "GET", &path, None).await["displayName"], "Research");
    assert_eq!(room.scim("DELETE", &path, None).await.0, 204);
    refused(&room.scim("GET", &path, None).await, 404, None);
}

#[rstest]
#[actix_web::test]
async fn entra_sends_roles_as_json_texts_of_app_roles(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let role = |id: &str, value: &str, name: &str| {
        json!({ "id": id, "value": value, "displayName": name }).to_string()
    };
    let (admin, editor) = (role("06b0", "admin", "Administrator"), role("17c1", "Editor", "Editor"));
    let mut ada = created("ada");
    ada["roles"] = json!([{ "value": admin }]);
    let user = done(&room, "POST", "/Users", Some(ada)).await;
    let given = |user: &Value| -> Vec<String> {
        let mut ids: Vec<String> =
            user["roles"].as_array().unwrap().iter().map(|one| text(&one["value"])).collect();
        ids.sort();
        ids
    };
    assert_eq!(given(&user), ["admin"]);
    assert_eq!(user["roles"][0]["display"], "Administrator", "{user}");
    let path = format!("/Users/{}", text(&user["id"]));
    // Several roles at once, also in one text.
    let user =
        patched(&room, &path, json!([{ "op": "Add", "path": "roles", "value": [{ "value": editor }] }]))
            .await;
    assert_eq!(given(&user), ["admin", "editor"]);
    let both = format!("[{admin},{editor}]");
    let user = patched(&room, &path, json!([{ "op": "Replace", "path": "roles", "value": both }])).await;
    assert_eq!(given(&user), ["admin", "editor"]);
    let user = patched(&room, &path, json!([{ "op": "Replace", "path": "roles", "value": [editor] }])).await;
    assert_eq!(given(&user), ["editor"]);
    // The role as an object: unknown sub-attributes are ignored, as in POST.
    let object = json!([{ "id": "06b0", "value": "admin", "displayName": "Administrator" }]);
    let user = patched(&room, &path, json!([{ "op": "Replace", "path": "roles", "value": object }])).await;
    assert_eq!(given(&user), ["admin"]);
    // An unknown role is refused by name.
    let unknown =
        patch(&json!([{ "op": "Add", "path": "roles", "value": [{ "value": role("9", "boss", "Boss") }] }]));
    let detail = refused(&room.scim("PATCH", &path, Some(unknown)).await, 400, Some("invalidValue"));
    assert!(detail.contains("boss"), "{detail}");
}

#[rstest]
#[actix_web::test]
async fn entra_sends_a_single_value_as_an_array_of_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let path = format!("/Users/{}", text(&done(&room, "POST", "/Users", Some(created("ada"))).await["id"]));
    let user = patched(
        &room,
        &path,
        json!([
            { "op": "Replace", "path": "displayName", "value": [{ "$ref": null, "value": "Ada King" }] },
            { "op": "Replace", "path": "title", "value": ["Countess"] },
            { "op": "Replace", "path": "active", "value": [{ "$ref": null, "value": "False" }] },
            { "op": "Replace", "path": "name.familyName", "value": ["King"] },
        ]),
    )
    .await;
    assert_eq!((&user["displayName"], &user["title"]), (&json!("Ada King"), &json!("Countess")));
    assert_eq!((&user["active"], &user["name"]["familyName"]), (&json!(false), &json!("King")));
    let two = patch(&json!([{ "op": "Replace", "path": "title", "value": ["a", "b"] }]));
    refused(&room.scim("PATCH", &path, Some(two)).await, 400, Some("invalidValue"));
}

// Microsoft asks servers of its gallery to take 25 requests a second of one tenant.
#[rstest]
#[actix_web::test]
async fn entra_may_send_25_requests_a_second(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("RATE_LIMITS__ENABLED", "true")]).await;
    let room = house.room("Acme").await;
    // The requests of four seconds, all at once.
    let asked = (0..100).map(|_| room.scim("GET", "/Users?count=1", None));
    for (status, body) in futures_util::future::join_all(asked).await {
        assert_eq!(status, 200, "{body}");
    }
}
