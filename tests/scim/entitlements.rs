//! Entitlements over SCIM: the values that `entitlements` may have, that their sub-attributes are returned, and the values that may
//! not be assigned.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::EntitlementId;
use vestibule_store::{db::json::Json, people::users, rights::entitlements};

use super::{api_token, by_okta, checked, done, patch, person, refused, replace, row, size, text, trail};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

/// A workspace with two entitlements, and one that another workspace has.
async fn furnish(house: &House, room: &Room) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let description = "Skills for engineers";
            entitlements::create(
                conn,
                &workspace,
                EntitlementId::from_stored("archetype-eng"),
                "Engineering",
                description,
                now,
            )
            .unwrap();
            entitlements::create(
                conn,
                &workspace,
                EntitlementId::from_stored("archetype-ops"),
                "Operations",
                "",
                now,
            )
            .unwrap();
        })
        .await;
}

fn shown(user: &Value, name: &str) -> Vec<(String, Value)> {
    let values = user[name].as_array().map(Vec::as_slice).unwrap_or_default();
    values.iter().map(|value| (text(&value["value"]), value["type"].clone())).collect()
}

/// Number of events about changed users.
async fn changes(house: &House, room: &Room) -> usize {
    trail(house, room).await.iter().filter(|(kind, _)| kind == "user_updated").count()
}

#[rstest]
#[actix_web::test]
async fn entitlements_are_listed_in_oktas_shape_page_by_page(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let none = done(&room, "GET", "/Entitlements", None).await;
    assert_eq!((&none["totalResults"], &none["itemsPerPage"]), (&json!(0), &json!(0)));
    furnish(&house, &room).await;
    let one = done(&room, "GET", "/Entitlements?count=1&startIndex=1", None).await;
    assert_eq!(one["schemas"], json!([scim::LIST]));
    assert_eq!((&one["totalResults"], &one["itemsPerPage"]), (&json!(2), &json!(1)));
    let first = &one["Resources"][0];
    assert_eq!(first["schemas"], json!(["urn:okta:scim:schemas:core:1.0:Entitlement"]));
    assert_eq!((&first["id"], &first["displayName"]), (&json!("archetype-eng"), &json!("Engineering")));
    assert_eq!(
        (&first["type"], &first["description"]),
        (&json!("Entitlement"), &json!("Skills for engineers"))
    );
    assert_eq!(&done(&room, "GET", "/Entitlements/archetype-eng", None).await, first);
    let last = done(&room, "GET", "/Entitlements?startIndex=2&count=5", None).await;
    assert_eq!((&last["startIndex"], &last["itemsPerPage"]), (&json!(2), &json!(1)));
    assert_eq!(last["Resources"][0]["id"], "archetype-ops");
    let named = done(&room, "GET", "/Entitlements?attributes=displayName", None).await;
    assert_eq!(named["Resources"][0].get("description"), None);
    refused(&room.scim("GET", "/Entitlements/nosuch", None).await, 404, None);
    let filtered = done(&room, "GET", "/Entitlements?filter=displayName eq \"engineering\"", None).await;
    assert_eq!((&filtered["totalResults"], &filtered["Resources"][0]), (&json!(1), first));
    let unread = room.scim("GET", "/Entitlements?filter=id eq", None).await;
    refused(&unread, 400, Some("invalidFilter"));
    for (method, path) in [("POST", "/Entitlements"), ("DELETE", "/Entitlements/archetype-eng")] {
        refused(&room.scim(method, path, Some(json!({}))).await, 405, None);
    }
}

#[rstest]
#[actix_web::test]
async fn a_value_names_an_entitlement_or_a_role(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    furnish(&house, &room).await;
    let mut sent = person("ada@acme.example");
    sent["entitlements"] = json!([{ "value": "archetype-eng" }]);
    let created = done(&room, "POST", "/Users", Some(sent)).await;
    let eng = json!({ "value": "archetype-eng", "display": "Engineering", "type": "Entitlement" });
    assert_eq!(created["entitlements"], json!([eng]));
    let listed = done(&room, "GET", "/Users", None).await;
    assert_eq!(listed["Resources"][0]["entitlements"], created["entitlements"], "imports read the list");
    let id = text(&created["id"]);
    let path = format!("/Users/{id}");
    let token = api_token(&house, &room, &id).await;
    let (eng, ops) = (("archetype-eng", "Entitlement"), ("archetype-ops", "Entitlement"));
    let (auditor, viewer) = (("auditor", "Role"), ("viewer", "Role"));
    for (operations, expected) in [
        (json!([{ "op": "replace", "path": "entitlements", "value": "ENGINEERING" }]), vec![eng]),
        (json!([{ "op": "add", "path": "entitlements", "value": ["Archetype-Ops"] }]), vec![eng, ops]),
        (
            json!([{ "op": "add", "path": "entitlements", "value": [{ "value": "Operations", "type": "ENTITLEMENT" }] }]),
            vec![eng, ops],
        ),
        (json!([{ "op": "remove", "path": "entitlements[value eq \"archetype-eng\"]" }]), vec![ops]),
        (json!([{ "op": "remove", "path": "entitlements[type eq \"role\"]" }]), vec![ops]),
        (
            json!([{ "op": "add", "path": "entitlements", "value": [{ "value": "auditor", "type": "rOLE" }] }]),
            vec![ops, auditor],
        ),
        (json!([{ "op": "add", "path": "entitlements", "value": ["VIEWER"] }]), vec![ops, auditor, viewer]),
        (
            json!([{ "op": "remove", "path": "entitlements", "value": [{ "value": "viewer" }] }]),
            vec![ops, auditor],
        ),
        (
            json!([{ "op": "replace", "value": { "entitlements": [{ "value": "Viewer", "type": "Role" }, "archetype-eng"] } }]),
            vec![eng, viewer],
        ),
        (json!([{ "op": "remove", "path": "entitlements[type eq \"Role\"]" }]), vec![eng]),
        (json!([{ "op": "remove", "path": "entitlements" }]), vec![]),
        (json!([{ "op": "replace", "value": { "entitlements": { "value": "Auditor" } } }]), vec![auditor]),
    ] {
        let answered = done(&room, "PATCH", &path, Some(patch(&operations))).await;
        let expected: Vec<(String, Value)> =
            expected.into_iter().map(|(value, kind)| (value.to_owned(), json!(kind))).collect();
        assert_eq!(shown(&answered, "entitlements"), expected, "{operations}");
        assert_eq!(answered.get("roles"), None, "what came as an entitlement is shown as one: {answered}");
        assert_eq!(done(&room, "GET", &path, None).await, answered);
    }
    assert_eq!(checked(&house, &token).await["roles"], json!(["auditor"]), "the role is held all the same");
    done(
        &room,
        "PATCH",
        &path,
        Some(replace(&json!({ "entitlements": ["archetype-eng"], "roles": ["auditor"] }))),
    )
    .await;
    let told = checked(&house, &token).await;
    assert_eq!((&told["roles"], &told["entitlements"]), (&json!(["auditor"]), &json!(["archetype-eng"])));
    let answer = house.http.get(house.url("/api/check")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.headers()["x-vestibule-entitlements"], "archetype-eng");
    let stored = row(&house, &room, &id).await;
    assert!(!stored.attributes.as_str().contains("ntitlement"), "they are rows, not part of the document");
}

#[rstest]
#[actix_web::test]
async fn our_own_document_coming_back_changes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    furnish(&house, &room).await;
    let mut sent = person("ada@acme.example");
    sent["entitlements"] =
        json!([{ "value": "archetype-ops", "primary": true }, { "value": "viewer", "type": "Role" }]);
    sent["roles"] = json!([{ "value": "auditor", "type": "Job", "primary": false }, "viewer"]);
    let created = done(&room, "POST", "/Users", Some(sent)).await;
    assert_eq!(
        created["roles"],
        json!([
            { "value": "auditor", "display": "Auditor", "type": "Job", "primary": false },
            { "value": "viewer", "display": "Viewer" },
        ])
    );
    assert_eq!(
        created["entitlements"],
        json!([
            { "value": "archetype-ops", "display": "Operations", "type": "Entitlement", "primary": true },
            { "value": "viewer", "display": "Viewer", "type": "Role" },
        ])
    );
    let path = format!("/Users/{}", text(&created["id"]));
    let told = trail(&house, &room).await;
    assert_eq!(done(&room, "PUT", &path, Some(created.clone())).await, created);
    for name in ["roles", "entitlements"] {
        for op in ["add", "replace"] {
            let again = json!([{ "op": op, "path": name, "value": created[name] }]);
            assert_eq!(done(&room, "PATCH", &path, Some(patch(&again))).await, created, "{again}");
        }
    }
    assert_eq!(trail(&house, &room).await, told);
    // A PUT without the attribute removes what SCIM assigned through it, and only that.
    let mut less = created.clone();
    less.as_object_mut().unwrap().shift_remove("entitlements");
    let answered = done(&room, "PUT", &path, Some(less)).await;
    assert_eq!((answered.get("entitlements"), &answered["roles"]), (None, &created["roles"]));
    let last = trail(&house, &room).await.pop().unwrap();
    let data: Value = serde_json::from_str(&last.1).unwrap();
    assert_eq!((last.0.as_str(), &data["changed"]), ("user_updated", &json!(["entitlements"])), "{data}");
}

#[rstest]
#[actix_web::test]
async fn display_type_and_primary_are_kept_and_changed_alone(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    furnish(&house, &room).await;
    let path = format!("/Users/{}", room.user("ada@acme.example").await);
    for (name, one, two) in
        [("roles", "admin", "auditor"), ("entitlements", "archetype-eng", "archetype-ops")]
    {
        let values = json!([{ "value": one, "type": "First", "primary": true }, { "value": two }]);
        let body = done(&room, "PATCH", &path, Some(replace(&json!({ name: values })))).await;
        assert_eq!((&body[name][0]["type"], &body[name][0]["primary"]), (&json!("First"), &json!(true)));
        let (version, told) = (body["meta"]["version"].clone(), changes(&house, &room).await);
        let operations = json!([{ "op": "replace", "path": format!("{name}[value eq \"{two}\"].primary"), "value": true }]);
        let body = done(&room, "PATCH", &path, Some(patch(&operations))).await;
        assert_eq!(
            (&body[name][0]["primary"], &body[name][1]["primary"]),
            (&json!(false), &json!(true)),
            "{body}"
        );
        assert_ne!(body["meta"]["version"], version, "a change of these alone is a change");
        assert_eq!(changes(&house, &room).await, told + 1);
        let operations = json!([
            { "op": "replace", "path": format!("{name}[primary eq true].type"), "value": "Second" },
            { "op": "remove", "path": format!("{name}[value eq \"{one}\"].primary") },
        ]);
        let body = done(&room, "PATCH", &path, Some(patch(&operations))).await;
        assert_eq!(
            (&body[name][1]["type"], body[name][0].get("primary")),
            (&json!("Second"), None),
            "{body}"
        );
        assert_eq!(done(&room, "GET", &path, None).await, body);
        // Okta's path for a single role: the new primary role replaces the other.
        let operations =
            json!([{ "op": "replace", "path": format!("{name}[primary eq true].value"), "value": one }]);
        let body = done(&room, "PATCH", &path, Some(patch(&operations))).await;
        assert_eq!(body[name].as_array().unwrap().len(), 1, "{body}");
        assert_eq!((&body[name][0]["value"], &body[name][0]["primary"]), (&json!(one), &json!(true)));

        let two_primary = json!([{ "value": one, "primary": true }, { "value": two, "primary": true }]);
        let answer = room.scim("PATCH", &path, Some(replace(&json!({ name: two_primary })))).await;
        refused(&answer, 400, Some("invalidValue"));
        let display = json!([{ "op": "replace", "path": format!("{name}[value eq \"{one}\"].display"), "value": "King" }]);
        let told = changes(&house, &room).await;
        let body = done(&room, "PATCH", &path, Some(patch(&display))).await;
        assert_eq!((&body[name][0]["value"], &body[name][0]["display"]), (&json!(one), &json!("King")));
        assert_eq!(changes(&house, &room).await, told + 1);
        for found in ["eq \"KING\"", "sw \"k\"", "pr"] {
            let list = done(&room, "GET", &format!("/Users?filter={name}.display {found}"), None).await;
            assert_eq!(list["totalResults"], 1, "{name} {found}");
        }
        // The same document again changes nothing.
        assert_eq!(done(&room, "PUT", &path, Some(body.clone())).await, body);
        assert_eq!(changes(&house, &room).await, told + 1);
        // The value has its default name again when the client sends none.
        let own = done(&room, "PATCH", &path, Some(replace(&json!({ name: [one] })))).await;
        assert_ne!(own[name][0]["display"], "King");
        // The name of a replaced value is not used for the new one.
        let operations =
            json!([{ "op": "replace", "path": format!("{name}[value eq \"{one}\"].value"), "value": two }]);
        let other = done(&room, "PATCH", &path, Some(patch(&operations))).await;
        assert_eq!(other[name][0]["value"], two);
        assert_ne!(other[name][0]["display"], own[name][0]["display"]);
        let list =
            done(&room, "GET", &format!("/Users?filter={name}.display eq {}", own[name][0]["display"]), None)
                .await;
        assert_eq!(list["totalResults"], 0);
    }
}

#[rstest]
#[actix_web::test]
async fn what_names_nothing_is_refused_with_what_there_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    furnish(&house, &room).await;
    by_okta(&house, &room, "owner", false).await;
    let id = room.user("ada@acme.example").await;
    let before = size(&house, &room).await;
    for (values, words) in [
        (
            json!(["archetype-eng", "archetype-hr"]),
            vec!["archetype-hr", "archetype-eng, archetype-ops", "admin, auditor, editor"],
        ),
        // A value with the type Role is looked up among roles only.
        (json!([{ "value": "archetype-eng", "type": "Role" }]), vec!["no role archetype-eng"]),
        (
            json!([{ "value": "owner", "type": "Role" }]),
            vec!["entitlements: Okta may not assign the role owner", "--by-okta on"],
        ),
        (json!(["Owner"]), vec!["Okta may not assign the role owner"]),
        (json!([{ "type": "Entitlement" }]), vec!["entitlements", "value"]),
    ] {
        let mut sent = person("grace@acme.example");
        sent["entitlements"] = values.clone();
        let mut put = person("ada@acme.example");
        put["entitlements"] = values.clone();
        let answers = [
            room.scim("POST", "/Users", Some(sent)).await,
            room.scim("PUT", &format!("/Users/{id}"), Some(put)).await,
            room.scim("PATCH", &format!("/Users/{id}"), Some(replace(&json!({ "entitlements": values }))))
                .await,
        ];
        for answer in &answers {
            let detail = refused(answer, 400, Some("invalidValue"));
            words.iter().for_each(|word| assert!(detail.contains(word), "{values}: {detail}"));
            assert!(!detail.contains("editor, member, owner"), "what can't be given isn't offered: {detail}");
        }
    }
    let mut sent = person("grace@acme.example");
    sent["roles"] = json!([{ "value": "owner" }]);
    let detail = refused(&room.scim("POST", "/Users", Some(sent)).await, 400, Some("invalidValue"));
    assert!(detail.contains("roles: Okta may not assign the role owner"), "{detail}");
    assert_eq!(size(&house, &room).await, before);
}

#[rstest]
#[actix_web::test]
async fn what_okta_may_give_is_the_operators_to_say(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let (path, token) = (format!("/Users/{id}"), api_token(&house, &room, &id).await);
    let owning = replace(&json!({ "roles": ["owner", "viewer"] }));
    let body = done(&room, "PATCH", &path, Some(owning)).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["owner", "viewer"]));
    // Okta may not assign the role any more: it has no effect and is not returned, and a PUT of our own document still changes nothing.
    by_okta(&house, &room, "owner", false).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["viewer"]));
    let without = done(&room, "GET", &path, None).await;
    assert_eq!(without["roles"], json!([{ "value": "viewer", "display": "Viewer" }]));
    let told = trail(&house, &room).await;
    assert_eq!(done(&room, "PUT", &path, Some(without.clone())).await, without);
    assert_eq!(trail(&house, &room).await, told);
    refused(&room.scim("PUT", &path, Some(body)).await, 400, Some("invalidValue"));

    // A client that reads the schemas gets the values that it may assign.
    let offered = |schemas: &Value, name: &str| {
        let attributes = schemas["attributes"].as_array().unwrap().clone();
        let found = attributes.into_iter().find(|attribute| attribute["name"] == name).unwrap();
        let parts = found["subAttributes"].as_array().unwrap().clone();
        assert_eq!(parts.iter().find(|part| part["name"] == "display").unwrap()["mutability"], "readWrite");
        parts.into_iter().find(|part| part["name"] == "value").unwrap()["canonicalValues"].clone()
    };
    by_okta(&house, &room, "auditor", false).await;
    furnish(&house, &room).await;
    let user = done(&room, "GET", &format!("/Schemas/{}", scim::USER), None).await;
    assert_eq!(offered(&user, "roles"), json!(["admin", "editor", "member", "viewer"]));
    assert_eq!(offered(&user, "entitlements"), json!(["archetype-eng", "archetype-ops"]));
    let all = done(&room, "GET", "/Schemas", None).await;
    assert_eq!(
        all["Resources"].as_array().unwrap().iter().find(|schema| schema["id"] == scim::USER),
        Some(&user)
    );
}

#[rstest]
#[actix_web::test]
async fn what_was_kept_in_the_document_before_is_nobodys_entitlement(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let before = row(&house, &room, &id).await;
    let now = house.state.now();
    house
        .write(move |conn| {
            let mut old = before.clone();
            let mut stored = old.attributes().unwrap();
            stored.insert("entitlements".to_owned(), json!([{ "value": "seat" }]));
            old.attributes = Json::new(stored);
            users::save(conn, &before, &mut old, Some(&["ada@acme.example".to_owned()]), now).unwrap();
        })
        .await;
    let path = format!("/Users/{id}");
    assert_eq!(done(&room, "GET", &path, None).await.get("entitlements"), None);
    let body = done(&room, "PATCH", &path, Some(replace(&json!({ "title": "Countess" })))).await;
    assert_eq!(body.get("entitlements"), None);
    assert!(
        !row(&house, &room, &id).await.attributes.as_str().contains("seat"),
        "dropped when it is next written"
    );
}
