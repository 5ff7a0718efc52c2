//! Resources of the product over the management API.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn resources_are_registered_listed_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let own = format!("/workspaces/{}/resources", room.workspace);
    let new = |uri: &str, roles: &[&str]| {
        let scopes =
            json!([{ "scope": "files:read", "text": "Read your files" }, { "scope": "files:write" }]);
        json!({ "uri": uri, "name": "Files", "scopes": scopes, "roles": roles })
    };
    let (status, made) = machine.send("POST", &own, new("https://mcp.example/", &["admin"])).await;
    assert_eq!((status, &made["shared"], &made["roles"]), (201, &json!(false), &json!(["admin"])));
    assert_eq!(made["scopes"][1], json!({ "scope": "files:write", "text": "" }));
    let again = machine.send("POST", &own, new("https://mcp.example/", &[])).await;
    assert_eq!((again.0, &again.1["detail"]), (409, &json!("a resource of this URI is registered already")));
    assert_eq!(machine.send("POST", "/resources", new("https://shared.example/", &[])).await.0, 201);
    let uris = async |path: &str| -> Vec<Value> {
        machine.all(path, 1).await.into_iter().map(|one| one["uri"].clone()).collect()
    };
    assert_eq!(uris(&own).await, ["https://mcp.example/", "https://shared.example/"]);
    assert_eq!(uris("/resources").await, ["https://shared.example/"]);
    let theirs = format!("/workspaces/{}/resources", other.workspace);
    assert_eq!(uris(&theirs).await, ["https://shared.example/"]);
    for (wrong, field) in [
        (new("mcp.example", &[]), "uri"),
        (new(&house.api, &[]), "uri"),
        (new("https://a.example/#x", &[]), "uri"),
        (json!({ "uri": "https://a.example", "name": "A", "scopes": [] }), "scopes"),
        (
            json!({ "uri": "https://a.example", "name": "A", "scopes": [{ "scope": "scim.write" }] }),
            "scopes[0]",
        ),
        (new("https://a.example", &["nobody"]), "roles[0]"),
    ] {
        assert_eq!(fields(&machine.send("POST", &own, wrong.clone()).await), [field], "{wrong}");
    }
    assert_eq!(
        fields(&machine.send("POST", "/resources", new("https://b.example", &["admin"])).await),
        ["roles"]
    );
    let id = made["id"].as_str().unwrap();
    let change = json!({ "name": "Papers", "roles": [] });
    assert_eq!(
        machine.send("PATCH", &format!("{theirs}/{id}"), change.clone()).await.0,
        404,
        "not another's"
    );
    let (status, changed) = machine.send("PATCH", &format!("{own}/{id}"), change).await;
    assert_eq!((status, &changed["name"], &changed["roles"]), (200, &json!("Papers"), &json!([])));
    assert_eq!(changed["scopes"], made["scopes"]);
    let wrong = machine.send("PATCH", &format!("{own}/{id}"), json!({ "scopes": [] })).await;
    assert_eq!(fields(&wrong), ["scopes"]);
    assert_eq!(machine.bare("DELETE", &format!("{theirs}/{id}")).await.0, 404, "not another's");
    assert_eq!(machine.bare("DELETE", &format!("{own}/{id}")).await.0, 204);
    assert_eq!(machine.bare("DELETE", &format!("{own}/{id}")).await.0, 404);
}
