//! Expensive requests are refused before the work, and change nothing. Tested by status, not by time.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_store::people::users;

use super::{GROUP, done, patch, person, refused, row, size, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

fn emails(count: usize) -> Value {
    (0..count)
        .map(|number| json!({ "value": format!("É{number}@acme.example"), "type": format!("t{number}") }))
        .collect()
}

/// A filter with this many terms, which no value satisfies.
fn filter(terms: usize) -> String {
    let terms: Vec<String> = (0..terms).map(|_| "value co \"É0\"".to_owned()).collect();
    format!("emails[({}) and type eq \"t\"].display", terms.join(" or "))
}

async fn crowded(room: &Room, name: &str, count: usize) -> Value {
    let mut ada = person(name);
    ada["emails"] = emails(count);
    done(room, "POST", "/Users", Some(ada)).await
}

#[rstest]
#[actix_web::test]
async fn operations_times_values_times_terms_are_refused_and_change_nothing(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = crowded(&room, "ada@acme.example", 200).await;
    let path = format!("/Users/{}", text(&ada["id"]));
    let mut operations = vec![json!({ "op": "replace", "path": "title", "value": "Countess" })];
    operations.extend(vec![json!({ "op": "remove", "path": filter(100) }); 800]);
    let request = patch(&Value::Array(operations));
    assert!(request.to_string().len() < 2 * 1024 * 1024, "it is a body that is read");
    let before = size(&house, &room).await;
    // RFC 7644 §3.12, table 9.
    let detail = refused(&room.scim("PATCH", &path, Some(request.clone())).await, 400, Some("tooMany"));
    assert!(detail.contains("fewer operations"), "{detail}");
    // The same filters as members of one value.
    let members: serde_json::Map<String, Value> =
        (0..400).map(|number| (format!("{}{}", " ".repeat(number), filter(100)), json!("x"))).collect();
    let pathless = patch(&json!([{ "op": "add", "value": members }]));
    refused(&room.scim("PATCH", &path, Some(pathless)).await, 400, Some("tooMany"));
    // In a bulk request only that operation fails.
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            { "method": "PATCH", "path": path, "data": patch(&json!(vec![json!({ "op": "remove", "path": filter(100) }); 300])) },
            { "method": "POST", "path": "/Users", "bulkId": "b", "data": person("b@acme.example") },
        ],
    });
    assert_eq!(done(&room, "GET", &path, None).await, ada, "not even the title");
    assert_eq!(size(&house, &room).await, before, "no event");
    let told = done(&room, "POST", "/Bulk", Some(bulk)).await;
    assert_eq!(told["Operations"][0]["response"]["scimType"], "tooMany", "{told}");
    assert_eq!(
        (&told["Operations"][0]["status"], &told["Operations"][1]["status"]),
        (&json!("400"), &json!("201"))
    );
    assert_eq!(done(&room, "GET", &path, None).await, ada);
}

#[rstest]
#[actix_web::test]
async fn a_large_but_sane_patch_is_done(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let path = format!("/Users/{}", text(&crowded(&room, "ada@acme.example", 200).await["id"]));
    let operations: Vec<Value> = (0..150)
        .map(|number| json!({ "op": "remove", "path": format!("emails[type eq \"T{number}\" or value eq \"é{number}@ACME.example\"]") }))
        .collect();
    done(&room, "PATCH", &path, Some(patch(&Value::Array(operations)))).await;
    let left = done(&room, "GET", &path, None).await;
    assert_eq!((left["emails"].as_array().unwrap().len(), &left["emails"][0]["type"]), (50, &json!("t150")));
}

#[rstest]
#[actix_web::test]
async fn an_attribute_grows_to_two_hundred_values_and_what_has_more_may_shrink(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut many = person("many@acme.example");
    many["emails"] = emails(201);
    let detail = refused(&room.scim("POST", "/Users", Some(many)).await, 400, Some("invalidValue"));
    assert!(detail.contains("emails") && detail.contains("200"), "{detail}");

    // A user with as many values as an older version stored.
    let mut ada = crowded(&room, "ada@acme.example", 200).await;
    let id = text(&ada["id"]);
    let before = row(&house, &room, &id).await;
    let mut user = before.clone();
    let mut stored = user.attributes().unwrap();
    stored["emails"] = emails(300);
    user.attributes = vestibule_store::db::json::Json::new(stored);
    let now = house.state.now();
    house.write(move |conn| users::save(conn, &before, &mut user, None, now).unwrap()).await;
    let path = format!("/Users/{id}");
    ada["emails"] = emails(300);

    let same = done(&room, "PUT", &path, Some(ada.clone())).await;
    assert_eq!(same["emails"].as_array().unwrap().len(), 300, "sent back as it is");
    let add = patch(&json!([{ "op": "add", "path": "emails", "value": [{ "value": "new@acme.example" }] }]));
    refused(&room.scim("PATCH", &path, Some(add)).await, 400, Some("invalidValue"));
    let off = done(
        &room,
        "PATCH",
        &path,
        Some(patch(&json!([{ "op": "replace", "path": "active", "value": false }]))),
    )
    .await;
    assert_eq!((off["active"].as_bool(), off["emails"].as_array().unwrap().len()), (Some(false), 300));
    let fewer = patch(&json!([{ "op": "remove", "path": "emails[type eq \"t7\"]" }]));
    assert_eq!(done(&room, "PATCH", &path, Some(fewer)).await["emails"].as_array().unwrap().len(), 299);
}

#[rstest]
#[actix_web::test]
async fn a_group_takes_many_single_changes_and_refuses_a_thousand_turns(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = [room.user("a@acme.example").await, room.user("b@acme.example").await];
    let group = scim::group(&room, "Engines", &[]).await;
    let path = format!("/Groups/{group}");
    let change = |op: &str, id: &str| json!({ "op": op, "path": "members", "value": [{ "value": id }] });
    let adds: Vec<Value> = (0..1000).map(|number| change("add", &ids[number % 2])).collect();
    done(&room, "PATCH", &path, Some(patch(&Value::Array(adds)))).await;
    assert_eq!(scim::members(&room, &group).await.len(), 2);
    let before = size(&house, &room).await;
    let turns: Vec<Value> =
        (0..1000).map(|number| change(if number % 2 == 0 { "remove" } else { "add" }, &ids[0])).collect();
    refused(&room.scim("PATCH", &path, Some(patch(&Value::Array(turns)))).await, 400, Some("tooMany"));
    assert_eq!(size(&house, &room).await, before);
    // Reading each level twice would take four billion steps at the deepest nesting of a filter.
    let nested = (0..30)
        .fold(format!("value eq \"{}\"", ids[0]), |inner, _| format!("({inner}) and type eq \"User\""));
    let remove = patch(&json!([{ "op": "remove", "path": format!("members[{nested}]") }]));
    done(&room, "PATCH", &path, Some(remove)).await;
    assert_eq!(scim::members(&room, &group).await, [ids[1].clone()]);
    assert_eq!(done(&room, "GET", &path, None).await["schemas"], json!([GROUP]));
}
