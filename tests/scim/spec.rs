//! Okta's SCIM 2.0 SPEC suite (okta-facts §4.1), step by step, and its entitlements test (§4.3).

use rstest::rstest;
use serde_json::{Value, json};

use super::{ERROR, LIST, USER, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

/// A request as the Runscope suite sends it.
async fn sent(
    house: &House,
    room: &Room,
    method: &str,
    path: &str,
    auth: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let url = format!("{}{path}", room.scim);
    let mut request = house
        .http
        .request(method.parse().unwrap(), url)
        .header("user-agent", "OKTA SCIM Integration")
        .header("accept", "application/scim+json; charset=utf-8")
        .header("accept-charset", "utf-8")
        .header("authorization", auth);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    answer(request).await
}

fn not_empty(user: &Value) {
    for pointer in ["/id", "/name/familyName", "/name/givenName", "/userName", "/emails/0/value"] {
        assert!(
            user.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty()),
            "{pointer}"
        );
    }
    assert!(user["active"].is_boolean());
}

fn is_error(answer: &(u16, Value), status: u16) {
    assert_eq!(answer.0, status);
    assert!(!text(&answer.1["detail"]).is_empty());
    assert_eq!(text(&answer.1["status"]), status.to_string());
    assert_eq!(answer.1["schemas"], json!([ERROR]));
}

#[rstest]
#[actix_web::test]
async fn oktas_spec_suite_passes_step_by_step(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // The precondition: a user with all base attributes.
    room.user("existing@acme.example").await;
    let auth = format!("Bearer {}", room.token);
    let get = |path: String| {
        let (house, room, auth) = (&house, &room, &auth);
        async move { sent(house, room, "GET", &path, auth, None).await }
    };
    // 1
    let (status, page) = get("/Users?count=1&startIndex=1".to_owned()).await;
    assert_eq!((status, &page["schemas"]), (200, &json!([LIST])));
    for number in ["itemsPerPage", "startIndex", "totalResults"] {
        assert!(page[number].is_u64(), "{number}");
    }
    not_empty(&page["Resources"][0]);
    // 3
    let id = text(&page["Resources"][0]["id"]);
    let (status, user) = get(format!("/Users/{id}")).await;
    assert_eq!((status, &user["id"]), (200, &json!(id)));
    not_empty(&user);
    // 5
    let (status, page) = get("/Users?filter=userName eq \"abcdefgh@atko.com\"".to_owned()).await;
    assert_eq!((status, &page["schemas"], &page["totalResults"]), (200, &json!([LIST]), &json!(0)));
    // 7
    is_error(&get("/Users/010101001010101011001010101011".to_owned()).await, 404);
    // 9
    let random = "Runscope300Abc@atko.com";
    let (status, page) = get(format!("/Users?filter=userName eq \"{random}\"")).await;
    assert_eq!((status, &page["totalResults"]), (200, &json!(0)));
    // 11
    let body = json!({
        "schemas": [USER],
        "userName": random,
        "name": { "givenName": "Runscope", "familyName": "300" },
        "emails": [{ "primary": true, "value": random, "type": "work" }],
        "displayName": "Runscope 300",
        "active": true,
    });
    let (status, user) = sent(&house, &room, "POST", "/Users", &auth, Some(&body)).await;
    assert_eq!((status, &user["active"], &user["userName"]), (201, &json!(true), &json!(random)));
    assert!(user["schemas"].as_array().unwrap().contains(&json!(USER)));
    not_empty(&user);
    // 13
    let (status, read) = get(format!("/Users/{}", text(&user["id"]))).await;
    assert_eq!((status, &read["userName"], &read["name"]), (200, &user["userName"], &user["name"]));
    // 15
    let again = sent(&house, &room, "POST", "/Users", &auth, Some(&body)).await;
    is_error(&again, 409);
    // 17
    let (status, page) = get(format!("/Users?filter=userName eq \"{}\"", random.to_uppercase())).await;
    assert_eq!((status, &page["totalResults"]), (200, &json!(1)));
    // 19
    let (status, page) = get("/Groups".to_owned()).await;
    assert_eq!((status, page["Resources"].is_array()), (200, true));
    // 21
    let path = format!("/Users?filter=userName eq \"{random}\"");
    is_error(&sent(&house, &room, "GET", &path, "non-token", None).await, 401);
    // 23
    is_error(&get("/Users/00919288221112222".to_owned()).await, 404);
    // §4.3
    let (status, page) = get("/Roles?count=1&startIndex=1".to_owned()).await;
    assert_eq!((status, &page["itemsPerPage"], &page["schemas"]), (200, &json!(1), &json!([LIST])));
    assert!(!page["Resources"].as_array().unwrap().is_empty());
}
