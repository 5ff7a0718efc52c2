//! `POST /Bulk` (RFC 7644 §3.7): each operation whole or not at all, references in both directions, and every limit.

use serde_json::{Value, json};
use vestibule_store::{
    roles,
    secret::Kind,
    tokens::{self, NewToken},
};

use super::{ERROR, GROUP, USER, done, found, members, patch, person, refused, replace, size, text, trail};
use crate::{
    scim,
    support::{House, Room, answer},
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

/// Sends operations; what is told of each.
async fn send(room: &Room, operations: Value) -> Vec<Value> {
    send_all(room, bulk(&operations)).await
}

async fn send_all(room: &Room, body: Value) -> Vec<Value> {
    let (status, body) = room.scim("POST", "/Bulk", Some(body)).await;
    assert_eq!((status, &body["schemas"]), (200, &json!([RESPONSE])), "{body}");
    body["Operations"].as_array().unwrap().clone()
}

/// The statuses, which are texts. A PATCH may be answered with or without its resource.
fn statuses(told: &[Value]) -> Vec<String> {
    let status = |one: &Value| match (&one["method"], text(&one["status"])) {
        (method, status) if method == "PATCH" && status.starts_with('2') => "2xx".to_owned(),
        (_, status) => status,
    };
    told.iter().map(status).collect()
}

/// The id at the end of what was created.
fn id(told: &Value) -> String {
    text(&told["location"]).rsplit('/').next().unwrap().to_owned()
}

/// An operation that was refused, with its error inside.
#[track_caller]
fn failed(told: &Value, status: &str, scim_type: Option<&str>) -> String {
    assert_eq!(told["status"], status, "{told}");
    let error = &told["response"];
    assert_eq!((&error["schemas"], &error["status"]), (&json!([ERROR]), &json!(status)), "{told}");
    assert_eq!(error.get("scimType").and_then(Value::as_str), scim_type, "{told}");
    assert_eq!(told.get("version"), None, "{told}");
    text(&error["detail"])
}

crate::on_both! {
    async fn users_and_groups_are_created_changed_and_deleted_in_one_request(backend: Backend) {
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
        // What nobody may see is in no answer.
        assert!(!json!(told).to_string().contains("1mz050nq"));
    }
}

crate::on_both! {
    async fn references_are_resolved_wherever_they_stand(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let leave = json!([{ "op": "remove", "path": "members[value eq \"bulkId:b\"]" }]);
        let both = json!([
            { "op": "remove", "path": "members[value eq \"bulkId:a\" or value eq \"bulkId:ab\"]" },
        ]);
        let told = send(&room, json!([
            // Before what it needs is there.
            { "method": "PATCH", "path": "/Groups/bulkId:g", "data": patch(&leave) },
            create_group("g", "Made", &["bulkId:a", "bulkId:b"]),
            create("a", "a@acme.example"),
            create("b", "b@acme.example"),
            create("ab", "ab@acme.example"),
            create_group("g2", "Second", &["bulkId:a", "bulkId:ab", "bulkId:b"]),
            { "method": "PATCH", "path": "/Groups/bulkId:g2", "data": patch(&both) },
            { "method": "PATCH", "path": "/Users/bulkId:b", "data": replace(&json!({ "active": false })) },
            { "method": "DELETE", "path": "/Users/bulkId:ab" },
        ])).await;
        assert_eq!(statuses(&told), ["2xx", "201", "201", "201", "201", "201", "2xx", "2xx", "204"], "{told:?}");
        assert_eq!(told[0]["location"], told[1]["location"]);
        assert_eq!(members(&room, &id(&told[1])).await, [id(&told[2])]);
        assert_eq!(members(&room, &id(&told[5])).await, [id(&told[3])]);
        assert_eq!(found(&room, "active eq false").await, ["b@acme.example"]);
        refused(&room.scim("GET", &format!("/Users/{}", id(&told[4])), None).await, 404, None);
        let manager = json!({ "schemas": [USER], "userName": "boss@acme.example", scim::ENTERPRISE: { "manager": { "value": "bulkId:c" } } });
        let told = send(&room, json!([
            { "method": "POST", "path": "/Users", "bulkId": "boss", "data": manager },
            create("c", "c@acme.example"),
        ])).await;
        let boss = done(&room, "GET", &format!("/Users/{}", id(&told[0])), None).await;
        assert_eq!(boss[scim::ENTERPRISE]["manager"]["value"], id(&told[1]));
    }
}

crate::on_both! {
    async fn references_that_lead_nowhere_or_round_are_refused_and_the_others_stand(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let told = send(&room, json!([
            create_group("g1", "Nobody's", &["bulkId:nosuch"]),
            create("bad", ""),
            create_group("g2", "Of the failed", &["bulkId:bad"]),
            create("a", "a@acme.example"),
            { "method": "DELETE", "path": "/Users/bulkId:g1" },
            { "method": "DELETE", "path": "/Users/bulkId:" },
            create_group("self", "Self", &["bulkId:self"]),
            create_group("x", "X", &["bulkId:y"]),
            create_group("y", "Y", &["bulkId:x"]),
            // What only hangs on the circle can't be done either.
            create_group("z", "Z", &["bulkId:x"]),
            create_group("g3", "Good", &["bulkId:a"]),
        ])).await;
        assert_eq!(statuses(&told), ["400", "400", "400", "201", "400", "400", "409", "409", "409", "409", "201"]);
        assert!(failed(&told[0], "400", Some("invalidValue")).contains("nosuch"));
        failed(&told[1], "400", Some("invalidValue"));
        assert!(failed(&told[2], "400", Some("invalidValue")).contains("bad"));
        failed(&told[4], "400", Some("invalidValue"));
        for one in &told[6..10] {
            failed(one, "409", None);
            assert_eq!(one.get("location"), None, "what was never made has no place: {one}");
        }
        let groups = done(&room, "GET", "/Groups", None).await;
        assert_eq!((&groups["totalResults"], &groups["Resources"][0]["displayName"]), (&json!(1), &json!("Good")));
        assert_eq!(done(&room, "GET", "/Users", None).await["totalResults"], 1);
    }
}

crate::on_both! {
    async fn an_operation_that_fails_leaves_nothing_and_fail_on_errors_stops(backend: Backend) {
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
}

crate::on_both! {
    async fn a_version_that_has_passed_is_refused_for_its_operation_only(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let ada = room.user("ada@acme.example").await;
        let (path, version) = (format!("/Users/{ada}"), done(&room, "GET", &format!("/Users/{ada}"), None).await);
        let version = text(&version["meta"]["version"]);
        let title = |title: &str, version: &str| {
            json!({ "method": "PATCH", "path": path, "version": version, "data": replace(&json!({ "title": title })) })
        };
        let told = send(&room, json!([
            title("One", &version),
            title("Two", &version),
            { "method": "PUT", "path": path, "version": version, "data": person("x@acme.example") },
            { "method": "DELETE", "path": path, "version": version },
            title("Three", "W/\"2\""),
        ])).await;
        assert_eq!(statuses(&told), ["2xx", "412", "412", "412", "2xx"], "{told:?}");
        failed(&told[1], "412", None);
        let now = done(&room, "GET", &path, None).await;
        assert_eq!((&now["title"], &now["meta"]["version"]), (&json!("Three"), &told[4]["version"]));
    }
}

crate::on_both! {
    async fn a_request_that_can_not_be_read_changes_nothing(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let ada = room.user("ada@acme.example").await;
        let before = size(&house, &room).await;
        let good = || create("good", "good@acme.example");
        let path = format!("/Users/{ada}");
        for (wrong, scim_type) in [
            (json!("POST"), "invalidSyntax"),
            (json!({}), "invalidSyntax"),
            (json!({ "method": "GET", "path": path }), "invalidSyntax"),
            (json!({ "method": "POST", "path": "/Users", "data": person("b@acme.example") }), "invalidValue"),
            (json!({ "method": "POST", "path": "/Users", "bulkId": "", "data": person("b@acme.example") }), "invalidValue"),
            (json!({ "method": "POST", "path": "/Users", "bulkId": 7, "data": person("b@acme.example") }), "invalidSyntax"),
            (json!({ "method": "POST", "path": "/Users", "bulkId": "b" }), "invalidSyntax"),
            (json!({ "method": "PUT", "path": path, "data": "x" }), "invalidSyntax"),
            (json!({ "method": "PATCH", "path": path, "data": null }), "invalidSyntax"),
            (json!({ "method": "PATCH", "path": path, "version": 1, "data": {} }), "invalidSyntax"),
            (json!({ "method": "DELETE", "path": "/Users" }), "invalidPath"),
            (json!({ "method": "DELETE" }), "invalidPath"),
            (json!({ "method": "POST", "path": path, "bulkId": "b", "data": {} }), "invalidPath"),
            (json!({ "method": "DELETE", "path": "/Roles/admin" }), "invalidPath"),
            (json!({ "method": "DELETE", "path": format!("{path}/emails") }), "invalidPath"),
            (json!({ "method": "DELETE", "path": format!("{}{path}", room.scim) }), "invalidPath"),
            (json!({ "method": "POST", "path": "/Bulk", "bulkId": "b", "data": bulk(&json!([good()])) }), "invalidPath"),
            (good(), "invalidValue"),
        ] {
            let answer = room.scim("POST", "/Bulk", Some(bulk(&json!([good(), wrong])))).await;
            assert_eq!(answer.1["scimType"], scim_type, "{wrong} {}", answer.1);
            refused(&answer, 400, Some(scim_type));
        }
        for body in [json!([]), json!({}), json!({ "schemas": [REQUEST] }), json!({ "Operations": [good()] }), bulk(&json!({}))] {
            refused(&room.scim("POST", "/Bulk", Some(body)).await, 400, Some("invalidSyntax"));
        }
        for wrong in [json!("1"), json!(-1), json!(1.5), json!(true)] {
            let mut body = bulk(&json!([good()]));
            body["failOnErrors"] = wrong;
            refused(&room.scim("POST", "/Bulk", Some(body)).await, 400, Some("invalidValue"));
        }
        refused(&room.scim("GET", "/Bulk", None).await, 405, None);
        assert_eq!(size(&house, &room).await, before);
    }
}

crate::on_both! {
    async fn what_is_larger_than_advertised_is_413_and_says_the_limit(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let config = done(&room, "GET", "/ServiceProviderConfig", None).await;
        assert_eq!(config["bulk"]["supported"], true);
        let (most, bytes) = (&config["bulk"]["maxOperations"], &config["bulk"]["maxPayloadSize"]);
        let delete = json!({ "method": "DELETE", "path": "/Users/nobody" });
        let many = |count: u64| bulk(&vec![delete.clone(); usize::try_from(count).unwrap()].into());
        let most = most.as_u64().unwrap();
        let told = send_all(&room, many(most)).await;
        assert_eq!(told.len() as u64, most);
        assert!(told.iter().all(|one| one["status"] == "404"));
        // RFC 7644 §3.7.4
        let detail = refused(&room.scim("POST", "/Bulk", Some(many(most + 1))).await, 413, None);
        assert!(detail.contains(&most.to_string()), "{detail}");
        let bytes = usize::try_from(bytes.as_u64().unwrap()).unwrap();
        let mut large = create("l", "large@acme.example");
        large["data"]["title"] = json!("x".repeat(bytes));
        let detail = refused(&room.scim("POST", "/Bulk", Some(bulk(&json!([large])))).await, 413, None);
        assert!(detail.contains(&bytes.to_string()), "{detail}");
        assert_eq!(done(&room, "GET", "/Users", None).await["totalResults"], 0);
    }
}

crate::on_both! {
    async fn only_who_may_write_may_send_one(backend: Backend) {
        let house = House::start(backend).await;
        let (room, other) = (house.room("Acme").await, house.room("Globex").await);
        let (workspace, now) = (room.workspace.clone(), house.state.now());
        let reader = house
            .write(move |conn| {
                let new = NewToken {
                    workspace_id: &workspace, kind: Kind::Provisioning, name: "reader", grant_id: None, user: None,
                    scope: "scim.read entitlements.read", expires_at: None,
                };
                tokens::issue(conn, &new, now).unwrap().1
            })
            .await;
        let before = size(&house, &room).await;
        for (token, status) in [(reader.as_str(), 403), (&other.token, 401), ("nonsense", 401)] {
            let body = bulk(&json!([create("a", "ada@acme.example")])).to_string();
            let request = house.http.post(format!("{}/Bulk", room.scim)).bearer_auth(token);
            let request = request.header("content-type", "application/scim+json").body(body);
            refused(&answer(request).await, status, None);
        }
        assert_eq!(size(&house, &room).await, before);
        // Another workspace's people are nobody, in a path and as members.
        let stranger = other.user("eve@globex.example").await;
        let told = send(&room, json!([
            { "method": "DELETE", "path": format!("/Users/{stranger}") },
            { "method": "PATCH", "path": format!("/Users/{stranger}"), "data": replace(&json!({ "active": false })) },
            create_group("g", "G", &[&stranger]),
        ])).await;
        assert_eq!(statuses(&told), ["404", "404", "400"]);
        assert_eq!(done(&other, "GET", &format!("/Users/{stranger}"), None).await["active"], true);
    }
}

crate::on_both! {
    async fn the_last_owner_stays_and_the_trail_says_so(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let ada = room.user("ada@acme.example").await;
        let (workspace, user_id, now) = (room.workspace.clone(), ada.clone(), house.state.now());
        house
            .write(move |conn| roles::assign(conn, &workspace, &user_id, "owner", roles::MANUAL, now).unwrap())
            .await;
        let told = send(&room, json!([
            create("b", "bob@acme.example"),
            { "method": "DELETE", "path": format!("/Users/{ada}") },
            { "method": "PATCH", "path": format!("/Users/{ada}"), "data": replace(&json!({ "active": false })) },
            create("c", "cleo@acme.example"),
        ])).await;
        assert_eq!(statuses(&told), ["201", "403", "403", "201"]);
        for one in &told[1..3] {
            let detail = failed(one, "403", None);
            assert!(detail.contains("its last owner") && detail.contains("nothing was changed"), "{detail}");
        }
        let kinds: Vec<String> = trail(&house, &room).await.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds[kinds.len() - 4..], ["user_created", "push_held", "push_held", "user_created"]);
        assert_eq!(done(&room, "GET", &format!("/Users/{ada}"), None).await["active"], true);
    }
}

crate::on_both! {
    async fn access_ends_at_once_in_bulk_too(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let mut tokens = Vec::new();
        let mut operations = Vec::new();
        for (number, name) in ["ada", "bob", "cleo"].into_iter().enumerate() {
            let id = room.user(&format!("{name}@acme.example")).await;
            tokens.push(scim::api_token(&house, &room, &id).await);
            let (path, off) = (format!("/Users/{id}"), replace(&json!({ "active": false })));
            let mut put = person(&format!("{name}@acme.example"));
            put["active"] = json!(false);
            operations.push(match number {
                0 => json!({ "method": "PATCH", "path": path, "data": off }),
                1 => json!({ "method": "DELETE", "path": path }),
                _ => json!({ "method": "PUT", "path": path, "data": put }),
            });
        }
        assert_eq!(statuses(&send(&room, operations.into()).await), ["2xx", "204", "200"]);
        for token in &tokens {
            assert_eq!(room.check_token(token).await, 401);
        }
    }
}
