//! Hostile and broken requests: each gets a 4xx with a SCIM Error that explains it, and changes nothing.

use rstest::rstest;
use serde_json::{Value, json};

use super::{GROUP, USER, done, group, patch, person, refused, replace, size, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, answer,
    },
};

/// Sends raw bytes.
async fn raw(
    house: &House,
    room: &Room,
    method: &str,
    path: &str,
    kind: &str,
    body: Vec<u8>,
) -> (u16, Value) {
    let request = house.http.request(method.parse().unwrap(), format!("{}{path}", room.scim));
    let mut request = request.bearer_auth(&room.token).body(body);
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    answer(request).await
}

#[rstest]
#[actix_web::test]
async fn bodies_that_can_not_be_read_are_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = text(&done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await["id"]);
    let group = group(&room, "Engineering", &[&ada]).await;
    let before = size(&house, &room).await;
    let good = person("b@acme.example").to_string().into_bytes();
    let (user, one) = (format!("/Users/{ada}"), format!("/Groups/{group}"));
    let doors = [
        ("POST", "/Users"),
        ("PUT", &user),
        ("PATCH", &user),
        ("POST", "/Groups"),
        ("PUT", &one),
        ("PATCH", &one),
    ];
    for (method, path) in doors {
        for kind in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/xml",
            "json",
            "application/jsonx",
        ] {
            let detail = refused(&raw(&house, &room, method, path, kind, good.clone()).await, 415, None);
            assert!(detail.contains("application/scim+json"), "{detail}");
        }
        let broken: [&[u8]; 15] = [
            b"",
            b" ",
            b"{",
            b"{\"userName\":\"x\"",
            b"{}}",
            b"{'a':1}",
            b"nope",
            b"{\"a\":01}",
            b"{\"a\":1e999}",
            b"\xff\xfe",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":\"\\ud800\"}",
            b"{\"a\":\"\\ud800x\"}",
            b"\0",
            b"{\"a\":\"\t\"}",
        ];
        for body in broken {
            let answer = raw(&house, &room, method, path, "application/scim+json", body.to_vec()).await;
            refused(&answer, 400, Some("invalidSyntax"));
        }
        for body in [
            b"[".repeat(100_000),
            b"{\"a\":".repeat(100_000),
            [b"[".repeat(100_000), b"]".repeat(100_000)].concat(),
        ] {
            let answer = raw(&house, &room, method, path, "application/json", body).await;
            refused(&answer, 400, Some("invalidSyntax"));
        }
        let mut large = person("large@acme.example");
        large["title"] = json!("x".repeat(2 * 1024 * 1024));
        let large = large.to_string().into_bytes();
        let detail = refused(&raw(&house, &room, method, path, "application/json", large).await, 413, None);
        assert!(detail.contains("2097152"), "{detail}");
        for body in
            ["null", "true", "7", "\"text\"", "[]", "[{}]", "{}", "{\"schemas\":\"x\"}", "{\"schemas\":[7]}"]
        {
            let answer = raw(&house, &room, method, path, "application/json", body.into()).await;
            refused(&answer, 400, Some("invalidSyntax"));
        }
    }
    assert_eq!(size(&house, &room).await, before);
}

#[rstest]
#[actix_web::test]
async fn values_that_do_not_fit_are_refused_by_the_name_of_their_attribute(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = text(&done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await["id"]);
    let before = size(&house, &room).await;
    let path = format!("/Users/{ada}");
    let long = |letter: &str, count: usize| json!(letter.repeat(count));
    for (name, value) in [
        ("userName", json!(7)),
        ("userName", json!(null)),
        ("userName", json!("")),
        ("userName", json!("   ")),
        ("userName", json!(["x", "y"])),
        ("userName", json!({ "value": "x" })),
        ("userName", json!("a\u{0}b")),
        ("userName", long("x", 257)),
        ("userName", long("😀", 257)),
        ("externalId", json!(7)),
        ("externalId", json!("a\u{0}")),
        ("externalId", long("x", 257)),
        ("displayName", json!(1e308)),
        ("displayName", json!("\u{0}")),
        ("displayName", long("x", 100_000)),
        ("name", json!("Ada")),
        ("name", json!([{ "givenName": "Ada" }, { "givenName": "Augusta" }])),
        ("name", json!({ "givenName": 7 })),
        ("name", json!({ "givenName": "\u{0}" })),
        ("active", json!("yes")),
        ("active", json!(1)),
        ("emails", json!("ada@acme.example")),
        ("emails", json!([7])),
        ("emails", json!([["x"]])),
        ("emails", json!([{ "value": 7 }])),
        ("emails", json!([{ "value": "a\u{0}" }])),
        ("emails", json!([{ "value": "a@b", "primary": "maybe" }])),
        ("emails", json!([{ "value": "a@b", "primary": true }, { "value": "c@d", "primary": true }])),
        (
            "emails",
            json!((0..2000).map(|number| json!({ "value": format!("{number}@x") })).collect::<Vec<_>>()),
        ),
        ("roles", json!(7)),
        ("roles", json!([7])),
        ("roles", json!(["\u{0}"])),
        ("roles", json!([{ "value": { "x": 1 } }])),
        ("roles", long("x", 100_000)),
        ("x509Certificates", json!([{ "value": "not base64!" }])),
        ("profileUrl", json!(true)),
        (scim::ENTERPRISE, json!("x")),
        (scim::ENTERPRISE, json!({ "department": 7 })),
        (scim::ENTERPRISE, json!({ "manager": { "value": "\u{0}" } })),
    ] {
        let mut body = person("b@acme.example");
        body[name] = value.clone();
        let what = format!("{name}: {}", value.to_string().chars().take(60).collect::<String>());
        let leaf = if name == scim::ENTERPRISE { "" } else { name };
        let answers = [
            room.scim("POST", "/Users", Some(body.clone())).await,
            room.scim("PUT", &path, Some(body)).await,
            room.scim("PATCH", &path, Some(replace(&json!({ name: value })))).await,
        ];
        for answer in answers {
            assert_eq!(answer.0, 400, "{what}: {}", answer.1);
            let detail = refused(&answer, 400, Some("invalidValue"));
            assert!(detail.contains(leaf), "{what}: {detail}");
            assert!(detail.len() < 1000, "{what}: the sentence repeats the value");
        }
    }
    assert_eq!(size(&house, &room).await.0, before.0);
}

#[rstest]
#[actix_web::test]
async fn the_longest_values_that_are_taken_are_kept_whole(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // Incompressible letters: PostgreSQL limits the size of an index entry.
    let noise = |count: u32| -> String {
        let mixed = |number: u32| (number.wrapping_mul(2_654_435_761) >> 13) ^ number.wrapping_mul(40_503);
        let letter = |number: u32| char::from_u32(0x20000 + mixed(number) % 40_000);
        (0..count).filter_map(letter).collect()
    };
    let document = |display: u32, email: u32| {
        json!({
            "schemas": [USER],
            "userName": noise(256),
            "externalId": noise(256),
            "displayName": noise(display),
            "emails": [{ "value": noise(email) }],
            "title": noise(4096),
        })
    };
    let mut taken = None;
    for length in [4096, 1024, 512, 256] {
        let (status, body) = room.scim("POST", "/Users", Some(document(length, length))).await;
        if status == 201 {
            assert_eq!((&body["displayName"], &body["title"]), (&json!(noise(length)), &json!(noise(4096))));
            taken = Some(length);
            break;
        }
        refused(&(status, body), 400, Some("invalidValue"));
    }
    assert_eq!(taken, Some(256), "as advertised by nobody, and as every index holds it");
    let body = json!({ "schemas": [GROUP], "displayName": noise(256), "externalId": noise(256) });
    done(&room, "POST", "/Groups", Some(body)).await;
    for filter in ["userName", "displayName", "externalId", "emails.value", "id"] {
        let value = noise(1000);
        let body = done(&room, "GET", &format!("/Users?filter={filter} eq \"{value}\""), None).await;
        assert_eq!(body["totalResults"], 0, "{filter}");
    }
}

#[rstest]
#[actix_web::test]
async fn paths_and_methods_that_do_not_exist_are_told_in_scim(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    for path in [
        "",
        "/",
        "/users",
        "/User",
        "/Users/x/y",
        "/Nosuch",
        "/Groups/x/members",
        "/Users%2F",
        "/%00",
        "/Roles/a/b",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            refused(&room.scim(method, path, None).await, 404, None);
        }
    }
    for (method, path) in [
        ("PUT", "/Users".to_owned()),
        ("PATCH", "/Users".to_owned()),
        ("DELETE", "/Users".to_owned()),
        ("POST", format!("/Users/{ada}")),
        ("DELETE", "/Groups".to_owned()),
        ("POST", "/Roles".to_owned()),
        ("PUT", "/Schemas".to_owned()),
        ("DELETE", "/ServiceProviderConfig".to_owned()),
        ("TRACE", "/Users".to_owned()),
        ("PROPFIND", "/Users".to_owned()),
    ] {
        refused(&room.scim(method, &path, None).await, 405, None);
    }
    // RFC 9110 §15.5.6
    for (method, path, allowed) in [
        ("PATCH", "/Users".to_owned(), "GET, POST"),
        ("POST", format!("/Users/{ada}"), "GET, PUT, PATCH, DELETE"),
        ("GET", "/Groups/.search".to_owned(), "POST"),
        ("PUT", "/Bulk".to_owned(), "POST"),
        ("DELETE", "/Roles/admin".to_owned(), "GET"),
        ("OPTIONS", "/Schemas".to_owned(), "GET"),
    ] {
        let request = house.http.request(method.parse().unwrap(), format!("{}{path}", room.scim));
        let answer = request.bearer_auth(&room.token).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap()),
            (405, allowed),
            "{method} {path}"
        );
    }
    // A trailing slash is ignored.
    assert_eq!(done(&room, "GET", "/Users/", None).await["totalResults"], 1);
    assert_eq!(done(&room, "GET", "/Users/?count=1", None).await["totalResults"], 1);
    assert_eq!(done(&room, "GET", &format!("/Users/{ada}/"), None).await["id"], json!(ada));
    done(&room, "POST", "/Groups/", Some(json!({ "schemas": [GROUP], "displayName": "X" }))).await;
    let upper = house.http.get(format!("{}/api/scim/v2/{}/Users", house.api, room.workspace.to_uppercase()));
    let (status, body) = answer(upper.bearer_auth(&room.token)).await;
    assert_eq!((status, &body["totalResults"]), (200, &json!(1)), "ids are the same in upper case");
}

#[rstest]
#[actix_web::test]
async fn hostile_patches_are_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let before = done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await;
    let user = format!("/Users/{}", text(&before["id"]));
    let id = group(&room, "Engineering", &[&text(&before["id"])]).await;
    let before = done(&room, "GET", &user, None).await;
    let operation = |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
    let deep = (0..100).fold(json!(1), |inner, _| json!({ "name": inner }));
    let many = json!(vec![operation("title", json!("x")); 1001]);
    let members: Vec<Value> = (0..3000).map(|number| json!({ "value": format!("nobody{number}") })).collect();
    for operations in [
        json!([operation("\u{0}", json!("x"))]),
        json!([operation("title\u{0}", json!("x"))]),
        json!([operation("title", json!("\u{0}"))]),
        json!([operation(&"x".repeat(100_000), json!("x"))]),
        json!([operation(
            &format!("emails[{}value eq \"x\"{}].value", "(".repeat(500), ")".repeat(500)),
            json!("x")
        )]),
        json!([operation("emails[value eq \"\\u0000\"].value", json!("x"))]),
        json!([operation("emails[type eq \"work\"]", json!(7))]),
        json!([operation("name.givenName.more", json!("x"))]),
        json!([operation("name[givenName eq \"x\"]", json!({}))]),
        json!([operation("😀", json!("x"))]),
        json!([operation("name", deep.clone())]),
        json!([{ "op": "add", "value": { "\u{0}": 1 } }]),
        json!([{ "op": "add", "value": { "": 1 } }]),
        json!([{ "op": "add", "value": { "members": 1 } }]),
        json!([{ "op": "add", "value": { "$ref": 1 } }]),
        json!([{ "op": "add", "value": { "__proto__": { "active": false } } }]),
        json!([{ "op": "ADD\u{0}", "path": "title", "value": "x" }]),
        many,
        json!([operation("members", json!(members))]),
    ] {
        for path in [&user, &format!("/Groups/{id}")] {
            let answer = room.scim("PATCH", path, Some(patch(&operations))).await;
            assert_eq!(
                answer.0,
                400,
                "{path} {} {}",
                operations.to_string().chars().take(90).collect::<String>(),
                answer.1
            );
            let scim_type = text(&answer.1["scimType"]);
            let detail = refused(&answer, 400, Some(&scim_type));
            assert!(detail.len() < 1000, "{}", detail.len());
        }
    }
    assert_eq!(done(&room, "GET", &user, None).await, before);
}
