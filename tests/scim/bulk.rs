//! `POST /Bulk` (RFC 7644 §3.7): each operation is atomic, references in both directions, and every limit.

mod limits;

use rstest::rstest;
use serde_json::{Value, json};

use super::{ERROR, GROUP, USER, done, found, members, patch, person, refused, replace, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

fn bulk(operations: &Value) -> Value {
    json!({ "schemas": [REQUEST], "Operations": operations })
}

fn create(bulk_id: &str, user_name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": person(user_name) })
}

fn create_group(bulk_id: &str, name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let data = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data })
}

/// Sends operations; returns the result of each.
async fn send(room: &Room, operations: Value) -> Vec<Value> {
    send_all(room, bulk(&operations)).await
}

async fn send_all(room: &Room, body: Value) -> Vec<Value> {
    let (status, body) = room.scim("POST", "/Bulk", Some(body)).await;
    assert_eq!((status, &body["schemas"]), (200, &json!([RESPONSE])), "{body}");
    body["Operations"].as_array().unwrap().clone()
}

/// The statuses, which are texts. The result of a PATCH may omit the resource.
fn statuses(told: &[Value]) -> Vec<String> {
    let status = |one: &Value| match (&one["method"], text(&one["status"])) {
        (method, status) if method == "PATCH" && status.starts_with('2') => "2xx".to_owned(),
        (_, status) => status,
    };
    told.iter().map(status).collect()
}

/// The id at the end of a location.
fn id(told: &Value) -> String {
    text(&told["location"]).rsplit('/').next().unwrap().to_owned()
}

/// Checks that an operation was refused with this error.
#[track_caller]
fn failed(told: &Value, status: &str, scim_type: Option<&str>) -> String {
    assert_eq!(told["status"], status, "{told}");
    let error = &told["response"];
    assert_eq!((&error["schemas"], &error["status"]), (&json!([ERROR]), &json!(status)), "{told}");
    assert_eq!(error.get("scimType").and_then(Value::as_str), scim_type, "{told}");
    assert_eq!(told.get("version"), None, "{told}");
    text(&error["detail"])
}

#[rstest]
#[actix_web::test]
async fn users_and_groups_are_created_changed_and_deleted_in_one_request(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (bob, eve) = (room.user("bob@acme.example").await, room.user("eve@acme.example").await);
    let old = scim::group(&room, "Old", &[&bob]).await;
    let gone = scim::group(&room, "Gone", &[]).await;
    let whole = json!({ "schemas": [GROUP], "displayName": "New", "members": [{ "value": eve }] });
    let told = send(&room, json!([
        create("ada", "ada@acme.example"),
        { "method": "put", "path": format!("/Users/{bob}"), "data": person("robert@acme.example") },
        { "method": "PATCH", "path": format!("/Users/{eve}"), "bulkId": "eve", "data": replace(&json!({ "title": "Dr" })) },
        create_group("g", "Made", &["bulkId:ada", &eve]),
        { "method": "PUT", "path": format!("Groups/{old}"), "data": whole },
        { "method": "DELETE", "path": format!("/Groups/{gone}") },
    ])).await;
    assert_eq!(statuses(&told), ["201", "200", "2xx", "201", "200", "204"]);
    assert_eq!(told[0]["bulkId"], "ada");
    assert_eq!(told[1].get("bulkId"), None);
    assert_eq!(told[1]["method"], "PUT");
    assert_eq!(told[2]["location"], format!("{}/Users/{eve}", room.scim));
    assert_eq!(told[5]["location"], format!("{}/Groups/{gone}", room.scim));
    assert!(told.iter().all(|one| one.get("response").is_none()), "{told:?}");
    for (index, one) in told[..5].iter().enumerate() {
        let place = text(&one["location"]);
        let read = done(&room, "GET", place.strip_prefix(&room.scim).unwrap(), None).await;
        assert_eq!(read["meta"]["location"], one["location"]);
        // Joining or leaving a group gives a user another version.
        assert_eq!(read["meta"]["version"] == one["version"], index > 2, "{one}");
    }
    let mut both = vec![id(&told[0]), eve.clone()];
    both.sort();
    assert_eq!(members(&room, &id(&told[3])).await, both);
    assert_eq!(members(&room, &old).await, [eve.as_str()]);
    assert_eq!(found(&room, "title eq \"Dr\"").await, ["eve@acme.example"]);
    assert_eq!(found(&room, "userName sw \"robert\"").await.len(), 1);
    refused(&room.scim("GET", &format!("/Groups/{gone}"), None).await, 404, None);
    assert_eq!(send(&room, json!([])).await, Vec::<Value>::new());
    // No result contains the password.
    assert!(!json!(told).to_string().contains("1mz050nq"));
}

#[rstest]
#[actix_web::test]
async fn references_are_resolved_wherever_they_stand(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let leave = json!([{ "op": "remove", "path": "members[value eq \"bulkId:b\"]" }]);
    let both = json!([
        { "op": "remove", "path": "members[value eq \"bulkId:a\" or value eq \"bulkId:ab\"]" },
    ]);
    let told = send(
        &room,
        json!([
            // Before the operation that it refers to.
            { "method": "PATCH", "path": "/Groups/bulkId:g", "data": patch(&leave) },
            create_group("g", "Made", &["bulkId:a", "bulkId:b"]),
            create("a", "a@acme.example"),
            create("b", "b@acme.example"),
            create("ab", "ab@acme.example"),
            create_group("g2", "Second", &["bulkId:a", "bulkId:ab", "bulkId:b"]),
            { "method": "PATCH", "path": "/Groups/bulkId:g2", "data": patch(&both) },
            { "method": "PATCH", "path": "/Users/bulkId:b", "data": replace(&json!({ "active": false })) },
            { "method": "DELETE", "path": "/Users/bulkId:ab" },
        ]),
    )
    .await;
    assert_eq!(statuses(&told), ["2xx", "201", "201", "201", "201", "201", "2xx", "2xx", "204"], "{told:?}");
    assert_eq!(told[0]["location"], told[1]["location"]);
    assert_eq!(members(&room, &id(&told[1])).await, [id(&told[2])]);
    assert_eq!(members(&room, &id(&told[5])).await, [id(&told[3])]);
    assert_eq!(found(&room, "active eq false").await, ["b@acme.example"]);
    refused(&room.scim("GET", &format!("/Users/{}", id(&told[4])), None).await, 404, None);
    let manager = json!({ "schemas": [USER], "userName": "boss@acme.example", scim::ENTERPRISE: { "manager": { "value": "bulkId:c" } } });
    let told = send(
        &room,
        json!([
            { "method": "POST", "path": "/Users", "bulkId": "boss", "data": manager },
            create("c", "c@acme.example"),
        ]),
    )
    .await;
    let boss = done(&room, "GET", &format!("/Users/{}", id(&told[0])), None).await;
    assert_eq!(boss[scim::ENTERPRISE]["manager"]["value"], id(&told[1]));
}

#[rstest]
#[actix_web::test]
async fn a_text_of_nothing_but_references_is_no_burden(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut long = create("long", "long@acme.example");
    long["data"]["title"] = json!("\"bulkId:a\"".repeat(100_000));
    let told = send(&room, json!([create("a", "a@acme.example"), long])).await;
    assert_eq!(statuses(&told), ["201", "400"]);
    failed(&told[1], "400", Some("invalidValue"));
}

#[rstest]
#[actix_web::test]
async fn references_that_lead_nowhere_or_round_are_refused_and_the_others_stand(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let told = send(
        &room,
        json!([
            create_group("g1", "Nobody's", &["bulkId:nosuch"]),
            create("bad", ""),
            create_group("g2", "Of the failed", &["bulkId:bad"]),
            create("a", "a@acme.example"),
            { "method": "DELETE", "path": "/Users/bulkId:g1" },
            { "method": "DELETE", "path": "/Users/bulkId:" },
            create_group("self", "Self", &["bulkId:self"]),
            create_group("x", "X", &["bulkId:y"]),
            create_group("y", "Y", &["bulkId:x"]),
            // An operation that depends on the circle fails too.
            create_group("z", "Z", &["bulkId:x"]),
            create_group("g3", "Good", &["bulkId:a"]),
        ]),
    )
    .await;
    assert_eq!(
        statuses(&told),
        ["400", "400", "400", "201", "400", "400", "409", "409", "409", "409", "201"]
    );
    assert!(failed(&told[0], "400", Some("invalidValue")).contains("nosuch"));
    failed(&told[1], "400", Some("invalidValue"));
    assert!(failed(&told[2], "400", Some("invalidValue")).contains("bad"));
    failed(&told[4], "400", Some("invalidValue"));
    for one in &told[6..10] {
        failed(one, "409", None);
        assert_eq!(one.get("location"), None, "what was never made has no place: {one}");
    }
    let groups = done(&room, "GET", "/Groups", None).await;
    assert_eq!(
        (&groups["totalResults"], &groups["Resources"][0]["displayName"]),
        (&json!(1), &json!("Good"))
    );
    assert_eq!(done(&room, "GET", "/Users", None).await["totalResults"], 1);
}

#[rstest]
#[actix_web::test]
async fn an_operation_that_fails_leaves_nothing_and_fail_on_errors_stops(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let group = scim::group(&room, "Engineering", &[]).await;
    let half = json!([
        { "op": "replace", "path": "displayName", "value": "Never" },
        { "op": "add", "path": "members", "value": [{ "value": ada }, { "value": "nobody" }] },
    ]);
    let before = done(&room, "GET", &format!("/Groups/{group}"), None).await;
    let operations = json!([
        create("1", "ADA@acme.example"),
        { "method": "PATCH", "path": format!("/Groups/{group}"), "data": patch(&half) },
        create("3", "c@acme.example"),
        { "method": "PATCH", "path": format!("/Users/{ada}"), "data": { "Operations": [] } },
        { "method": "DELETE", "path": "/Users/00000000-0000-7000-8000-000000000000" },
        create("6", "f@acme.example"),
    ]);
    let mut stopping = bulk(&operations);
    stopping["failOnErrors"] = json!(2);
    let told = send_all(&room, stopping.clone()).await;
    assert_eq!(statuses(&told), ["409", "400"], "the rest is left undone and untold");
    stopping["failOnErrors"] = json!(3);
    let told = send_all(&room, stopping).await;
    assert_eq!(statuses(&told), ["409", "400", "201", "400"]);
    failed(&told[0], "409", Some("uniqueness"));
    assert_eq!(told[0].get("location"), None);
    assert!(failed(&told[1], "400", Some("invalidValue")).contains("nobody"));
    assert_eq!(told[1]["location"], before["meta"]["location"]);
    failed(&told[3], "400", Some("invalidSyntax"));
    assert_eq!(done(&room, "GET", &format!("/Groups/{group}"), None).await, before);
    let told = send(&room, operations).await;
    assert_eq!(statuses(&told), ["409", "400", "409", "400", "404", "201"]);
    failed(&told[4], "404", None);
    assert_eq!(found(&room, "userName pr").await, ["ada@acme.example", "c@acme.example", "f@acme.example"]);
}

#[rstest]
#[actix_web::test]
async fn a_version_that_has_passed_is_refused_for_its_operation_only(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let (path, version) = (format!("/Users/{ada}"), done(&room, "GET", &format!("/Users/{ada}"), None).await);
    let version = text(&version["meta"]["version"]);
    let title = |title: &str, version: &str| json!({ "method": "PATCH", "path": path, "version": version, "data": replace(&json!({ "title": title })) });
    let told = send(
        &room,
        json!([
            title("One", &version),
            title("Two", &version),
            { "method": "PUT", "path": path, "version": version, "data": person("x@acme.example") },
            { "method": "DELETE", "path": path, "version": version },
            title("Three", "W/\"2\""),
        ]),
    )
    .await;
    assert_eq!(statuses(&told), ["2xx", "412", "412", "412", "2xx"], "{told:?}");
    failed(&told[1], "412", None);
    let now = done(&room, "GET", &path, None).await;
    assert_eq!((&now["title"], &now["meta"]["version"]), (&json!("Three"), &told[4]["version"]));
}
