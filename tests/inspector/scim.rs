//! SCIM: filters as parsed, operations as read, changes, and reasons of refusals.

use rstest::rstest;
use serde_json::json;
use vestibule_core::sets::Door;

use super::{kept, newest, told};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

#[rstest]
#[actix_web::test]
async fn a_list_is_told_by_its_filter_and_the_token_by_its_name(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.user("ada@acme.example").await;
    let path = "/Users?filter=userName%20EQ%20%22ada@acme.example%22&startIndex=1&count=2";
    assert_eq!(room.scim("GET", path, None).await.0, 200);
    let (request, understood, changed) = told(&house, &room, Door::Scim).await;
    assert_eq!(understood["filter"], "userName eq \"ada@acme.example\"");
    assert_eq!(
        (&understood["token"]["name"], &understood["token"]["kind"]),
        (&json!("test"), &json!("provisioning token"))
    );
    assert_eq!(understood["credential"]["sent_as"], "Bearer");
    assert_eq!((request.method.as_str(), request.status, request.proven), ("GET", 200, true));
    assert!(request.path.ends_with("/Users?filter=…&startIndex=1&count=2"), "{}", request.path);
    assert!(!request.is_refused() && request.micros > 0);
    assert_eq!(changed, json!([]));

    let (status, _) = room.scim("GET", "/Users?filter=userName%20is%20%22ada%22", None).await;
    assert_eq!(status, 400);
    let (request, understood, _) = told(&house, &room, Door::Scim).await;
    assert_eq!(understood["filter_not_understood"], "userName is \"ada\"");
    assert_eq!((request.reason.as_str(), request.status), ("invalidFilter", 400));
    assert!(request.detail.contains("isn't") && !request.advice.is_empty(), "{}", request.detail);
}

#[rstest]
#[actix_web::test]
async fn a_change_is_told_by_its_operations_and_by_what_was_before_and_after(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let (_, understood, changed) = told(&house, &room, Door::Scim).await;
    assert_eq!(understood["document"]["userName"], "ada@acme.example");
    assert_eq!(changed[0]["created"], format!("Users/{id}"));
    assert_eq!(changed[0]["after"]["name"]["givenName"], "Given");

    let body = json!({ "schemas": [PATCH], "Operations": [
        { "op": "Replace", "path": "name.familyName", "value": "Byron" },
        { "op": "replace", "value": { "active": false } },
    ] });
    assert_eq!(room.scim("PATCH", &format!("/Users/{id}"), Some(body)).await.0, 200);
    let (_, understood, changed) = told(&house, &room, Door::Scim).await;
    assert_eq!(
        understood["operations"],
        json!([
            { "op": "replace", "path": "name.familyName", "value": "Byron" },
            { "op": "replace", "value": { "active": false } },
        ])
    );
    let attributes = &changed[0]["attributes"];
    assert_eq!(attributes["active"], json!({ "before": true, "after": false }));
    assert_eq!(attributes["name"]["before"]["familyName"], "Family");
    assert_eq!(attributes["name"]["after"]["familyName"], "Byron");
    assert_eq!(attributes.as_object().unwrap().len(), 2, "{attributes}");

    let whole = json!({ "schemas": [USER], "userName": "ada@acme.example", "active": false, "roles": [7] });
    assert_eq!(room.scim("PUT", &format!("/Users/{id}"), Some(whole)).await.0, 400);
    let (request, understood, changed) = told(&house, &room, Door::Scim).await;
    assert_eq!((&understood["document"]["roles"], &changed), (&json!([7]), &json!([])));
    assert_eq!(request.reason, "invalidValue");

    let again = json!({ "schemas": [USER], "userName": "ADA@acme.example" });
    assert_eq!(room.scim("POST", "/Users", Some(again)).await.0, 409);
    assert_eq!(newest(&house, &room, Door::Scim).await.reason, "uniqueness");
    assert_eq!(room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    let (_, _, changed) = told(&house, &room, Door::Scim).await;
    assert_eq!(changed[0]["deleted"], format!("Users/{id}"));
    assert_eq!(room.scim("GET", &format!("/Users/{id}"), None).await.0, 404);
    assert_eq!(newest(&house, &room, Door::Scim).await.reason, "not_found");
    assert_eq!(room.scim("GET", "/Persons", None).await.0, 404);
    assert_eq!(newest(&house, &room, Door::Scim).await.reason, "unknown_path");
}

#[rstest]
#[actix_web::test]
async fn of_a_group_its_members_are_counted_and_of_many_the_first_are_told(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut members = Vec::new();
    for number in 0..25 {
        members.push(json!({ "value": room.user(&format!("p{number}@acme.example")).await }));
    }
    let body = json!({ "schemas": [GROUP], "displayName": "Pilots" });
    let (_, group) = room.scim("POST", "/Groups", Some(body)).await;
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    let body = json!({ "schemas": [PATCH], "Operations": [
        { "op": "add", "path": "members", "value": members },
        { "op": "replace", "path": "displayName", "value": "Flyers" },
    ] });
    assert_eq!(room.scim("PATCH", &path, Some(body)).await.0, 204);
    let (_, understood, changed) = told(&house, &room, Door::Scim).await;
    let told_of = understood["operations"][0]["value"].as_array().unwrap();
    assert_eq!((told_of.len(), &told_of[20]), (21, &json!("(5 more)")));
    assert_eq!(
        changed[0]["attributes"],
        json!({
            "displayName": { "before": "Pilots", "after": "Flyers" },
            "members": { "added": 25, "removed": 0, "parked": 0 },
        })
    );
}

#[rstest]
#[actix_web::test]
async fn a_bulk_request_is_told_operation_by_operation(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.user("ada@acme.example").await;
    let one = |name: &str| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": { "schemas": [USER], "userName": name } });
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [one("bob@acme.example"), one("ada@acme.example")],
    });
    assert_eq!(room.scim("POST", "/Bulk", Some(body)).await.0, 200);
    let (_, understood, changed) = told(&house, &room, Door::Scim).await;
    assert_eq!(understood["operations"][0]["status"], "201");
    assert_eq!(understood["operations"][1]["response"]["scimType"], "uniqueness");
    assert_eq!(changed.as_array().unwrap().len(), 1, "{changed}");
    assert_eq!(changed[0]["after"]["userName"], "bob@acme.example");
}

#[rstest]
#[actix_web::test]
async fn who_proves_nothing_is_told_to_whom_the_address_names_if_they_are_here(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    for token in ["", &other.token, "nonsense"] {
        let request = house.http.get(format!("{}/Users", room.scim)).header("authorization", token);
        assert_eq!(answer(request).await.0, 401);
    }
    let all = kept(&house, &room).await;
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|request| !request.proven && request.reason == "unauthenticated"));
    let (_, understood, _) = told(&house, &room, Door::Scim).await;
    assert_eq!(
        understood["credential"],
        json!({ "sent_as": "a bare token", "says_to_be": "none of Vestibule's", "of_this_workspace": false })
    );
    assert_eq!(kept(&house, &other).await.len(), 0, "nor is it told to whose token it was");
    let nowhere = house.url("/api/scim/v2/0198c0de-0000-7000-8000-000000000001/Users");
    assert_eq!(answer(house.http.get(nowhere)).await.0, 401);
    assert_eq!(inspect_count(&house).await, 0, "nobody's");
}

/// Returns the number of rows that the next flush writes.
async fn inspect_count(house: &House) -> usize {
    vestibule_web::observe::writers::requests::write_down(&house.state).await.unwrap()
}
