//! Versions as entity tags (RFC 7644 §3.14, RFC 9110 §13): each response has one, a stale one is refused, a current one saves the
//! body, and every visible change changes it.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::time::SECOND;

use super::{GROUP, done, group, patch, person, refused, replace, text, with_header};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Sends with headers: (status, ETag, Location, body as text).
async fn send(
    house: &House,
    room: &Room,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> (u16, Option<String>, Option<String>, String) {
    let request = house.http.request(method.parse().unwrap(), format!("{}{path}", room.scim));
    let mut request = request.bearer_auth(&room.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/scim+json").body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (status, etag, location) = (response.status().as_u16(), header("etag"), header("location"));
    (status, etag, location, response.text().await.unwrap())
}

async fn version(room: &Room, path: &str) -> String {
    text(&done(room, "GET", path, None).await["meta"]["version"])
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[rstest]
#[actix_web::test]
async fn every_answer_of_a_resource_tells_its_version_and_place(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let named = |name: &str| json!({ "schemas": [GROUP], "displayName": name });
    for (kind, new, changed) in [
        ("Users", person("ada@acme.example"), person("eve@acme.example")),
        ("Groups", named("a"), named("b")),
    ] {
        for shown in ["", "?attributes=userName", "?excludedAttributes=meta"] {
            let mut sent = new.clone();
            for name in ["userName", "displayName", "externalId"] {
                if let Some(text) = sent.get(name).and_then(Value::as_str) {
                    sent[name] = json!(format!("{text}{}", shown.len()));
                }
            }
            let (status, etag, place, body) =
                send(&house, &room, "POST", &format!("/{kind}{shown}"), &[], Some(sent)).await;
            let path = format!("/{kind}/{}", text(&parsed(&body)["id"]));
            assert_eq!((status, place), (201, Some(format!("{}{path}", room.scim))), "{kind}{shown}");
            assert_eq!(etag, Some(version(&room, &path).await), "{kind}{shown}");
            assert_eq!(parsed(&body).get("meta").is_some(), shown.is_empty());
            let (status, etag, place, _) =
                send(&house, &room, "GET", &format!("{path}{shown}"), &[], None).await;
            assert_eq!((status, place, etag.as_deref()), (200, None, Some("W/\"1\"")));
            let mut put = changed.clone();
            for name in ["userName", "displayName", "externalId"] {
                if let Some(text) = put.get(name).and_then(Value::as_str) {
                    put[name] = json!(format!("{text}{}", shown.len()));
                }
            }
            let (status, etag, _, _) =
                send(&house, &room, "PUT", &format!("{path}{shown}"), &[], Some(put)).await;
            assert_eq!((status, etag.as_deref()), (200, Some("W/\"2\"")));
            let title = replace(&json!({ "displayName": format!("c{}", shown.len()) }));
            let (status, etag, _, _) =
                send(&house, &room, "PATCH", &format!("{path}{shown}"), &[], Some(title)).await;
            assert!(
                status == 204 || status == 200 && etag.as_deref() == Some("W/\"3\""),
                "{status} {etag:?}"
            );
            assert_eq!(version(&room, &path).await, "W/\"3\"");
            let (status, etag, _, body) = send(&house, &room, "DELETE", &path, &[], None).await;
            assert_eq!((status, etag, body.as_str()), (204, None, ""));
        }
    }
    let (status, etag, ..) = send(&house, &room, "GET", "/Users", &[], None).await;
    assert_eq!((status, etag), (200, None), "a list has no version");
}

#[rstest]
#[actix_web::test]
async fn a_version_that_has_passed_is_refused_in_every_form(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let user = format!("/Users/{}", room.user("ada@acme.example").await);
    let group = format!("/Groups/{}", group(&room, "Engineering", &[]).await);
    for (path, whole) in [
        (&user, person("ada@acme.example")),
        (&group, json!({ "schemas": [GROUP], "displayName": "Engineering" })),
    ] {
        let mut number = 1;
        for matching in
            ["W/\"{}\"", "\"{}\"", "*", " * ", "\"x\", W/\"{}\"", "W/\"{}\",\"x\"", "W/\"999\" , \"{}\" "]
        {
            let matching = matching.replace("{}", &number.to_string());
            let body = replace(&json!({ "displayName": format!("Name {number}") }));
            let (status, ..) =
                send(&house, &room, "PATCH", path, &[("if-match", &matching)], Some(body)).await;
            assert!((200..300).contains(&status), "{matching}: {status}");
            number += 1;
            assert_eq!(version(&room, path).await, format!("W/\"{number}\""));
        }
        let now = format!("W/\"{number}\"");
        let lines = [("if-match", "\"x\""), ("if-match", now.as_str())];
        let (status, ..) =
            send(&house, &room, "PATCH", path, &lines, Some(replace(&json!({ "displayName": "Lines" }))))
                .await;
        assert!((200..300).contains(&status), "a list may stand on two lines: {status}");
        number += 1;
        let before = done(&room, "GET", path, None).await;
        let now = format!("W/\"{number}\"");
        for stale in [
            "W/\"1\"",
            "\"1\"",
            "1",
            "W/1",
            "",
            "\"\"",
            "W/\"1\", W/\"2\"",
            &now.replace('W', "w"),
            &number.to_string(),
            "nonsense",
            "W/\"*\"",
        ] {
            for (method, body) in [
                ("PATCH", Some(replace(&json!({ "displayName": "Never" })))),
                ("PUT", Some(whole.clone())),
                ("DELETE", None),
            ] {
                let answer = with_header(&house, &room, method, path, ("if-match", stale), body).await;
                refused(&answer, 412, None);
            }
        }
        assert_eq!(done(&room, "GET", path, None).await, before);
        // A request for a resource that does not exist gets no version check.
        let nobody = path.replace(path.rsplit('/').next().unwrap(), "00000000-0000-7000-8000-000000000000");
        refused(&with_header(&house, &room, "DELETE", &nobody, ("if-match", "*"), None).await, 404, None);
        let (status, ..) = send(&house, &room, "DELETE", path, &[("if-match", &now)], None).await;
        assert_eq!(status, 204);
    }
}

#[rstest]
#[actix_web::test]
async fn who_has_the_version_gets_no_body(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let id = group(&room, "Engineering", &[&ada]).await;
    for path in [format!("/Users/{ada}"), format!("/Groups/{id}")] {
        let now = version(&room, &path).await;
        let strong = now.trim_start_matches("W/").to_owned();
        for known in [
            now.clone(),
            strong.clone(),
            "*".to_owned(),
            format!("\"x\", {now}"),
            format!("{strong},W/\"0\""),
        ] {
            for shown in ["", "?attributes=userName", "?attributes=members"] {
                let (status, etag, _, body) =
                    send(&house, &room, "GET", &format!("{path}{shown}"), &[("if-none-match", &known)], None)
                        .await;
                assert_eq!((status, etag.as_ref(), body.as_str()), (304, Some(&now), ""), "{known}");
            }
        }
        for other in ["W/\"0\"", "\"x\"", "", "nonsense", "W/\"*\""] {
            let (status, _, _, body) =
                send(&house, &room, "GET", &path, &[("if-none-match", other)], None).await;
            assert_eq!((status, &parsed(&body)["meta"]["version"]), (200, &json!(now)), "{other}");
        }
        let both = [("if-none-match", "\"x\""), ("if-none-match", now.as_str())];
        assert_eq!(
            send(&house, &room, "GET", &path, &both, None).await.0,
            304,
            "a list may stand on two lines"
        );
    }
    // A missing user is 404, and without a token the answer does not depend on it.
    let nobody = "/Users/00000000-0000-7000-8000-000000000000";
    assert_eq!(send(&house, &room, "GET", nobody, &[("if-none-match", "*")], None).await.0, 404);
    let stranger = house.http.get(format!("{}/Users/{ada}", room.scim)).header("if-none-match", "*");
    assert_eq!(crate::support::answer(stranger).await.0, 401);
    // Lists and changes ignore `If-None-Match`.
    assert_eq!(send(&house, &room, "GET", "/Users", &[("if-none-match", "*")], None).await.0, 200);
    let (status, ..) = send(
        &house,
        &room,
        "PATCH",
        &format!("/Users/{ada}"),
        &[("if-none-match", "*")],
        Some(replace(&json!({ "title": "x" }))),
    )
    .await;
    assert_eq!(status, 200);
}

#[rstest]
#[actix_web::test]
async fn a_user_s_version_covers_their_groups(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (ada, bob) = (room.user("ada@acme.example").await, room.user("bob@acme.example").await);
    let path = format!("/Users/{ada}");
    let bobs = version(&room, &format!("/Users/{bob}")).await;
    let mut seen = vec![version(&room, &path).await];
    let id = group(&room, "Engineering", &[]).await;
    assert_eq!(version(&room, &path).await, seen[0]);
    let one = format!("/Groups/{id}");
    let member = |op: &str| patch(&json!([{ "op": op, "path": "members", "value": [{ "value": ada }] }]));
    let named = |name: &str| json!({ "schemas": [GROUP], "displayName": name });
    for (method, body, back) in [
        ("PATCH", Some(member("add")), false),
        ("PATCH", Some(replace(&json!({ "displayName": "Eng" }))), false),
        ("PUT", Some(named("Engines")), false),
        ("PATCH", Some(member("remove")), true),
        ("PATCH", Some(member("add")), false),
        ("DELETE", None, true),
    ] {
        house.clock.advance(SECOND);
        done(&room, method, &one, body).await;
        let now = version(&room, &path).await;
        assert_ne!(Some(&now), seen.last(), "{method}");
        // A user who has left every group has the original version again.
        assert_eq!(now == seen[0], back, "{method}");
        let stale = with_header(
            &house,
            &room,
            "PATCH",
            &path,
            ("if-match", seen.last().unwrap()),
            Some(replace(&json!({ "title": "Never" }))),
        )
        .await;
        refused(&stale, 412, None);
        let (status, ..) =
            send(&house, &room, "GET", &path, &[("if-none-match", seen.last().unwrap())], None).await;
        assert_eq!(status, 200, "what was known isn't true any more");
        seen.push(now);
    }
    // A list has the same version of the resource, which changes with the user and with the user's groups.
    let again = group(&room, "Again", &[&ada]).await;
    let listed = done(&room, "GET", "/Users?filter=userName sw \"ada\"", None).await;
    let now = version(&room, &path).await;
    assert_eq!(listed["Resources"][0]["meta"]["version"], json!(now));
    let (status, etag, ..) =
        send(&house, &room, "PATCH", &path, &[("if-match", &now)], Some(replace(&json!({ "title": "Dr" }))))
            .await;
    assert_eq!((status, etag), (200, Some(version(&room, &path).await)));
    assert_ne!(version(&room, &path).await, now);
    assert_eq!(version(&room, &format!("/Users/{bob}")).await, bobs, "who isn't concerned keeps theirs");
    done(&room, "DELETE", &format!("/Groups/{again}"), None).await;
    assert_eq!(version(&room, &path).await, "W/\"2\"");
}

#[rstest]
#[actix_web::test]
async fn a_group_s_version_follows_its_members_and_nothing_leaves_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (ada, bob) = (room.user("ada@acme.example").await, room.user("bob@acme.example").await);
    let id = group(&room, "Engineering", &[&ada]).await;
    let path = format!("/Groups/{id}");
    let member =
        |op: &str, id: &str| patch(&json!([{ "op": op, "path": "members", "value": [{ "value": id }] }]));
    let whole = |members: &[&String]| json!({ "schemas": [GROUP], "displayName": "Engineering", "members": members.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>() });
    let mut number = 1;
    for (method, body, changes) in [
        ("PATCH", member("add", &ada), false),
        ("PATCH", member("add", &bob), true),
        ("PATCH", member("add", &bob.to_uppercase()), false),
        ("PUT", whole(&[&bob, &ada]), false),
        ("PUT", json!({ "schemas": [GROUP], "displayName": "Engineering" }), false),
        ("PUT", whole(&[&bob]), true),
        ("PATCH", member("remove", &ada), false),
        ("PATCH", member("remove", &bob), true),
        ("PATCH", replace(&json!({ "displayName": "Engineering" })), false),
        ("PATCH", replace(&json!({ "displayName": "engineering" })), true),
        ("PUT", whole(&[]), true),
        ("PATCH", replace(&json!({ "members": [] })), false),
    ] {
        house.clock.advance(SECOND);
        let before = done(&room, "GET", &path, None).await;
        done(&room, method, &path, Some(body.clone())).await;
        number += i64::from(changes);
        let after = done(&room, "GET", &path, None).await;
        assert_eq!(after["meta"]["version"], json!(format!("W/\"{number}\"")), "{method} {body}");
        assert_eq!(after == before, !changes, "{method} {body}");
    }
}

#[rstest]
#[actix_web::test]
async fn what_changes_nothing_of_a_user_leaves_the_version(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = text(&done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await["id"]);
    let path = format!("/Users/{id}");
    let before = done(&room, "GET", &path, None).await;
    house.clock.advance(SECOND);
    for (method, body) in [
        ("PUT", person("ada@acme.example")),
        ("PUT", before.clone()),
        ("PATCH", replace(&json!({ "active": true }))),
        ("PATCH", replace(&json!({ "password": "another1!" }))),
        ("PATCH", replace(&json!({ "name": { "givenName": "Test" } }))),
        (
            "PATCH",
            patch(
                &json!([{ "op": "add", "path": "emails", "value": [{ "value": "ada@acme.example", "type": "work", "primary": true }] }]),
            ),
        ),
        ("PATCH", patch(&json!([{ "op": "remove", "path": "title" }]))),
        (
            "PATCH",
            patch(
                &json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "remove", "path": "title" }]),
            ),
        ),
    ] {
        done(&room, method, &path, Some(body.clone())).await;
        assert_eq!(done(&room, "GET", &path, None).await, before, "{method} {body}");
    }
}
