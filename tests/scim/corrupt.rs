//! Requests for rows whose JSON can't be read are refused, and the rows stay as they are until somebody repairs them.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ENTERPRISE, custom::declare, done, patch, refused, row, text};
use crate::{
    house::execute,
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, House,
    },
};

#[rstest]
#[actix_web::test]
async fn a_corrupt_document_is_never_overwritten(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let path = format!("/Users/{id}");
    let whole = done(&room, "GET", &path, None).await;
    let stored = row(&house, &room, &id).await;
    for broken in ["not even JSON", "[]", ""] {
        let corrupt = format!("UPDATE users SET attributes = '{broken}' WHERE user_id = '{id}'");
        execute(house.state.database(), &corrupt);
        for (method, path, body) in [
            ("GET", path.as_str(), None),
            ("GET", "/Users", None),
            (
                "PATCH",
                path.as_str(),
                Some(patch(&json!([{ "op": "replace", "path": "title", "value": "Countess" }]))),
            ),
            ("PUT", path.as_str(), Some(whole.clone())),
        ] {
            refused(&room.scim(method, path, body).await, 500, None);
        }
        let after = row(&house, &room, &id).await;
        assert_eq!((after.attributes.as_str(), after.version), (broken, stored.version));
    }
    let mended =
        format!("UPDATE users SET attributes = '{}' WHERE user_id = '{id}'", stored.attributes.as_str());
    execute(house.state.database(), &mended);
    assert_eq!(done(&room, "GET", &path, None).await, whole);
}

#[rstest]
#[actix_web::test]
async fn corrupt_declarations_are_never_overwritten(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    declare(&house, &room, ENTERPRISE, "UID", "string", false).await;
    let set = |value: &str| {
        let place = format!("WHERE workspace_id = '{}'", room.workspace);
        execute(
            house.state.database(),
            &format!("UPDATE workspaces SET custom_attributes = '{value}' {place}"),
        );
    };
    let commands = Deployment::new(house.database_url(), &house.api);
    for broken in ["not even JSON", "{}", "[{\"type\":\"complex\"}]"] {
        set(broken);
        refused(&room.scim("GET", "/Users", None).await, 500, None);
        for arguments in [&["create", "--name", "more"][..], &["delete", "--name", "UID"]] {
            let mut all = vec!["attribute", arguments[0], "--workspace", &room.workspace];
            all.extend(&arguments[1..]);
            let output = commands.command(&all, "");
            assert_eq!(output.status.code(), Some(1), "{broken} {arguments:?}");
        }
        let workspace = room.workspace.clone();
        let after = house
            .write(move |conn| vestibule_store::workspaces::find(conn, &workspace, "us").unwrap().unwrap())
            .await;
        assert_eq!(after.custom_attributes.as_str(), broken);
        done(&other, "GET", "/Users", None).await;
    }
    set("[]");
    let found: Value = done(&room, "GET", "/Users", None).await;
    assert_eq!(text(&found["schemas"][0]), "urn:ietf:params:scim:api:messages:2.0:ListResponse");
}
