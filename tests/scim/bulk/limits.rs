//! Bulk: refusals of the whole request or of one operation, and rules that also apply in it: authentication, the last owner, the end
//! of access.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{
    ids::{RoleId, UserId},
    sets::{AssignmentSource, TokenKind},
};
use vestibule_store::{
    access::tokens::{self, NewToken},
    rights::roles,
};

use super::{REQUEST, bulk, create, create_group, failed, send, send_all, statuses};
use crate::{
    scim::{self, done, person, refused, replace, size, trail},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, answer,
    },
};

#[rstest]
#[actix_web::test]
async fn a_request_that_can_not_be_read_changes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
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
        (
            json!({ "method": "POST", "path": "/Users", "bulkId": "", "data": person("b@acme.example") }),
            "invalidValue",
        ),
        (
            json!({ "method": "POST", "path": "/Users", "bulkId": 7, "data": person("b@acme.example") }),
            "invalidSyntax",
        ),
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
        (
            json!({ "method": "POST", "path": "/Bulk", "bulkId": "b", "data": bulk(&json!([good()])) }),
            "invalidPath",
        ),
        (good(), "invalidValue"),
    ] {
        let answer = room.scim("POST", "/Bulk", Some(bulk(&json!([good(), wrong])))).await;
        assert_eq!(answer.1["scimType"], scim_type, "{wrong} {}", answer.1);
        refused(&answer, 400, Some(scim_type));
    }
    for body in [
        json!([]),
        json!({}),
        json!({ "schemas": [REQUEST] }),
        json!({ "Operations": [good()] }),
        bulk(&json!({})),
    ] {
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

#[rstest]
#[actix_web::test]
async fn what_is_larger_than_advertised_is_413_and_says_the_limit(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
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

#[rstest]
#[actix_web::test]
async fn only_who_may_write_may_send_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let reader = house
        .write(move |conn| {
            let new = NewToken {
                workspace_id: &workspace,
                kind: TokenKind::Provisioning,
                name: "reader",
                grant_id: None,
                user: None,
                scope: "scim.read entitlements.read",
                expires_at: None,
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
    // People of another workspace do not exist here, in a path or as members.
    let stranger = other.user("eve@globex.example").await;
    let told = send(&room, json!([
        { "method": "DELETE", "path": format!("/Users/{stranger}") },
        { "method": "PATCH", "path": format!("/Users/{stranger}"), "data": replace(&json!({ "active": false })) },
        create_group("g", "G", &[&stranger]),
    ])).await;
    assert_eq!(statuses(&told), ["404", "404", "400"]);
    assert_eq!(done(&other, "GET", &format!("/Users/{stranger}"), None).await["active"], true);
}

#[rstest]
#[actix_web::test]
async fn the_last_owner_stays_and_the_trail_says_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let (workspace, user_id, now) = (room.workspace.clone(), ada.clone(), house.state.now());
    house
        .write(move |conn| {
            roles::assign(
                conn,
                &workspace,
                &UserId::from_stored(&user_id),
                &RoleId::from_stored("owner"),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
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

#[rstest]
#[actix_web::test]
async fn access_ends_at_once_in_bulk_too(#[values(Sqlite, Postgres)] backend: Backend) {
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
