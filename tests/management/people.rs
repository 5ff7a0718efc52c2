//! People: find, create, roles, end of access, identities, conflicts.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::ConflictReason;
use vestibule_store::providers::conflicts::{self, Conflict};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn people_are_found_made_and_given_roles(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let path = format!("/workspaces/{}/users", room.workspace);
    let grace = room.user("grace@acme.example").await;
    let (status, ada) = machine
        .send("POST", &path, json!({ "user_name": "Ada@acme.example", "roles": ["Admin", "editor"] }))
        .await;
    assert_eq!(status, 201, "{ada}");
    let roles = |user: &Value| {
        user["roles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| format!("{} {}", role["id"], role["source"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(roles(&ada), ["\"admin\" \"manual\"", "\"editor\" \"manual\""]);
    assert_eq!(
        (&ada["source"], &ada["email"], &ada["sessions"]),
        (&json!("operator"), &json!("Ada@acme.example"), &json!(0))
    );
    let again = machine.send("POST", &path, json!({ "user_name": "ADA@acme.example" })).await;
    assert_eq!((again.0, &again.1["detail"]), (409, &json!("a user of this name exists already")));
    assert_eq!(
        fields(&machine.send("POST", &path, json!({ "user_name": "x", "roles": ["admin", "king"] })).await),
        ["roles[1]"]
    );
    assert_eq!(fields(&machine.send("POST", &path, json!({ "user_name": " " })).await), ["user_name"]);
    let found = async |query: &str| {
        let (status, page) = machine.get(&format!("{path}?{query}")).await;
        assert_eq!(status, 200, "{page}");
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["user_name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["grace@acme.example", "Ada@acme.example"]);
    assert_eq!(found("user_name=ADA@acme.example").await, ["Ada@acme.example"]);
    assert_eq!(found("email=GRACE@acme.example").await, ["grace@acme.example"]);
    assert_eq!(found("active=false").await, Vec::<String>::new());
    assert_eq!(found("active=true&email=grace@acme.example&user_name=ada").await, Vec::<String>::new());
    let one = format!("{path}/{grace}");
    assert_eq!(roles(&machine.get(&one).await.1), ["\"member\" \"default\""]);
    let (status, changed) =
        machine.send("PUT", &format!("{one}/roles"), json!({ "roles": ["viewer", "Viewer"] })).await;
    assert_eq!((status, roles(&changed)), (200, vec!["\"viewer\" \"manual\"".to_owned()]));
    assert_eq!(fields(&machine.send("PUT", &format!("{one}/roles"), json!({})).await), ["roles"]);
    assert_eq!(
        roles(&machine.send("PUT", &format!("{one}/roles"), json!({ "roles": [] })).await.1),
        ["\"member\" \"default\""]
    );
    assert_eq!(
        machine.told(&room.workspace).await,
        ["user_created", "roles_changed", "roles_changed", "roles_changed"]
    );
}

#[rstest]
#[actix_web::test]
async fn people_are_made_with_all_that_is_known_of_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let path = format!("/workspaces/{}/users", room.workspace);
    let (status, ada) = machine
        .send(
            "POST",
            &path,
            json!({
                "user_name": "ada@acme.example", "given_name": " Ada ", "family_name": "Lovelace", "display_name": "Ada L.",
                "emails": ["ada@acme.example", "Ada@lovelace.example", "ADA@acme.example"],
                "external_id": "00u1a2b3c4d5e6f7g8h9", "active": false, "roles": ["editor"],
            }),
        )
        .await;
    assert_eq!(status, 201, "{ada}");
    assert_eq!(
        (&ada["display_name"], &ada["active"], &ada["source"]),
        (&json!("Ada L."), &json!(false), &json!("operator"))
    );
    assert_eq!(
        (&ada["external_id"], &ada["email"]),
        (&json!("00u1a2b3c4d5e6f7g8h9"), &json!("ada@acme.example"))
    );
    let id = ada["id"].as_str().unwrap();
    let (_, document) = room.scim("GET", &format!("/Users/{id}"), None).await;
    assert_eq!(document["name"], json!({ "givenName": "Ada", "familyName": "Lovelace" }));
    let emails: Vec<_> =
        document["emails"].as_array().unwrap().iter().map(|one| (&one["value"], &one["primary"])).collect();
    assert_eq!(
        emails,
        [(&json!("ada@acme.example"), &json!(true)), (&json!("Ada@lovelace.example"), &Value::Null)]
    );
    let (_, found) = room.scim("GET", "/Users?filter=emails.value%20eq%20%22ADA@LOVELACE.example%22%20and%20name.familyName%20eq%20%22lovelace%22", None).await;
    assert_eq!(found["totalResults"], 1, "{found}");
    let (_, inactive) = machine.get(&format!("{path}?active=false")).await;
    assert_eq!(inactive["items"].as_array().unwrap().len(), 1);

    // An invalid member is refused by its name and changes nothing.
    let refused = async |body: Value| fields(&machine.send("POST", &path, body).await);
    for (name, value) in [
        ("given_name", json!(" ")),
        ("family_name", json!("x".repeat(257))),
        ("display_name", json!("")),
        ("external_id", json!("")),
        ("external_id", json!(id)),
        ("emails", json!(["not an address"])),
        ("emails", json!(["a b@acme.example"])),
        ("emails", json!(["@acme.example"])),
        ("emails", json!((0..21).map(|n| format!("a{n}@acme.example")).collect::<Vec<_>>())),
    ] {
        let mut body = json!({ "user_name": "grace@acme.example" });
        body[name] = value.clone();
        assert_eq!(refused(body).await, [name], "{value}");
    }
    let taken = json!({ "user_name": "grace@acme.example", "external_id": "00u1a2b3c4d5e6f7g8h9" });
    let (status, problem) = machine.send("POST", &path, taken).await;
    assert_eq!((status, &problem["detail"]), (409, &json!("another user has this external id")));
    assert_eq!(machine.all(&path, 50).await.len(), 1);

    // SCIM finds the user by the external id and uses the same row.
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada.lovelace@acme.example",
        "externalId": "00u1a2b3c4d5e6f7g8h9", "active": true,
    });
    let (_, adopted) = room.scim("POST", "/Users", Some(body)).await;
    assert_eq!(adopted["id"], id);
}

#[rstest]
#[actix_web::test]
async fn access_ends_and_identities_are_linked(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let (browser, _) = room.sign_in(&grace).await;
    assert_eq!(room.check(&browser).await, 200);
    let (_, page) =
        machine.get(&format!("/workspaces/{}/users?user_name={}", room.workspace, grace.login)).await;
    let one = format!("/workspaces/{}/users/{}", room.workspace, page["items"][0]["id"].as_str().unwrap());
    assert_eq!(machine.get(&one).await.1["sessions"], 1);
    let (status, ended) = machine.bare("POST", &format!("{one}/end-access")).await;
    assert_eq!((status, &ended["sessions"]), (200, &json!(1)));
    assert_eq!(room.check(&browser).await, 401);

    let identities = format!("{one}/identities");
    let listed = machine.all(&identities, 1).await;
    let (issuer, subject) = (listed[0]["issuer"].clone(), listed[0]["subject"].clone());
    assert_eq!(
        machine.send("POST", &format!("{identities}/unlink"), json!({ "subject": "nobody" })).await.0,
        404
    );
    assert_eq!(
        machine.send("POST", &format!("{identities}/unlink"), json!({ "subject": subject })).await.0,
        204
    );
    assert!(machine.all(&identities, 1).await.is_empty());
    let conflicts = format!("/workspaces/{}/conflicts", room.workspace);
    assert_eq!(machine.all(&conflicts, 1).await[0]["reason"], "unlinked");
    let (status, linked) =
        machine.send("POST", &identities, json!({ "issuer": issuer, "subject": subject })).await;
    assert_eq!((status, &linked["subject"]), (201, &subject));
    assert!(machine.all(&conflicts, 1).await.is_empty(), "a link settles it");
    assert_eq!(fields(&machine.send("POST", &identities, json!({ "subject": "" })).await), ["subject"]);
    let told = machine.told(&room.workspace).await;
    assert_eq!(
        told,
        ["access_ended", "access_ended", "identity_unlinked", "access_ended", "identity_linked"]
    );
}

#[rstest]
#[actix_web::test]
async fn conflicts_are_settled(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let user = room.user("grace@acme.example").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            for subject in ["00u1", "00u2", "00u3"] {
                let conflict = Conflict {
                    workspace_id: workspace.clone(),
                    issuer: "https://acme.okta.com".to_owned(),
                    subject: subject.to_owned(),
                    user_id: None,
                    user_name: "grace".to_owned(),
                    reason: ConflictReason::Shared,
                    created_at: now,
                };
                conflicts::record(conn, &conflict).unwrap();
            }
        })
        .await;
    let path = format!("/workspaces/{}/conflicts", room.workspace);
    assert_eq!(machine.all(&path, 2).await.len(), 3);
    let settle = async |subject: &str, user: Value| {
        let body = json!({ "issuer": "https://acme.okta.com", "subject": subject, "user_id": user });
        machine.send("POST", &format!("{path}/settle"), body).await
    };
    assert_eq!(settle("00u1", json!(user)).await.0, 204);
    assert_eq!(settle("00u2", Value::Null).await.0, 204);
    assert_eq!(settle("00u2", Value::Null).await.0, 404);
    assert_eq!(fields(&settle("00u3", json!(uuid::Uuid::nil())).await), ["user_id"]);
    assert_eq!(machine.all(&path, 2).await.len(), 1);
    assert_eq!(
        machine.told(&room.workspace).await,
        ["access_ended", "identity_linked", "conflict_dismissed"]
    );
}

#[rstest]
#[actix_web::test]
async fn what_a_person_holds_is_listed_given_and_ended(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let (room, globex) = (house.room("Acme").await, house.room("Globex").await);
    let grace = room.person("Grace").await;
    let (browser, _) = room.sign_in(&grace).await;
    let users = format!("/workspaces/{}/users", room.workspace);
    let (_, page) = machine.get(&format!("{users}?user_name={}", grace.login)).await;
    let user = page["items"][0]["id"].as_str().unwrap().to_owned();
    let one = format!("{users}/{user}");

    let (status, token) = machine
        .send("POST", &format!("{one}/tokens"), json!({ "name": "deploys", "scopes": ["files:read"] }))
        .await;
    assert_eq!(
        (status, &token["scopes"], &token["last_used_at"]),
        (201, &json!(["files:read"]), &Value::Null)
    );
    assert_eq!(room.check_token(token["token"].as_str().unwrap()).await, 200);
    let (_, list) = machine.get(&format!("{one}/tokens")).await;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]["id"]), (1, &token["id"]));
    assert!(list["items"][0].get("token").is_none());
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "x", "expires_in_days": 0 }), "expires_in_days"),
        (json!({ "name": "x", "scopes": ["a b"] }), "scope"),
        (json!({ "name": "x", "kind": "provisioning" }), "kind"),
    ] {
        assert_eq!(fields(&machine.send("POST", &format!("{one}/tokens"), body).await), [field]);
    }
    let named = format!("tokens/{}", token["id"].as_str().unwrap());
    let elsewhere = format!("/workspaces/{}/users/{user}/{named}", globex.workspace);
    assert_eq!(machine.bare("DELETE", &elsewhere).await.0, 404);
    assert_eq!(machine.bare("DELETE", &format!("{one}/{named}")).await.0, 204);
    assert_eq!(machine.bare("DELETE", &format!("{one}/{named}")).await.0, 404);
    assert_eq!(room.check_token(token["token"].as_str().unwrap()).await, 401);

    let (_, list) = machine.get(&format!("{one}/sessions")).await;
    let session = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(room.check(&browser).await, 200);
    assert_eq!(machine.bare("DELETE", &format!("{one}/sessions/{session}")).await.0, 204);
    assert_eq!(machine.bare("DELETE", &format!("{one}/sessions/{session}")).await.0, 404);
    assert_eq!(room.check(&browser).await, 401);

    let entitlements = format!("/workspaces/{}/entitlements", room.workspace);
    let (status, made) = machine.send("POST", &entitlements, json!({ "name": "Archetype Eng" })).await;
    assert_eq!(
        (status, &made),
        (201, &json!({ "id": "archetype-eng", "name": "Archetype Eng", "description": "" }))
    );
    assert_eq!(machine.send("POST", &entitlements, json!({ "name": "archetype eng" })).await.0, 409);
    let (status, held) = machine
        .send("PUT", &format!("{one}/entitlements"), json!({ "entitlements": ["Archetype Eng"] }))
        .await;
    assert_eq!(
        (status, &held["entitlements"]),
        (200, &json!([{ "id": "archetype-eng", "source": "manual" }]))
    );
    let none =
        machine.send("PUT", &format!("{one}/entitlements"), json!({ "entitlements": ["wings"] })).await;
    assert_eq!(fields(&none), ["entitlements[0]"]);
    assert_eq!(machine.bare("DELETE", &format!("{entitlements}/archetype-eng")).await.0, 204);
    assert_eq!(machine.bare("DELETE", &format!("{entitlements}/archetype-eng")).await.0, 404);
    assert_eq!(machine.get(&one).await.1["entitlements"], json!([]));
}
