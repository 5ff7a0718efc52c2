//! `POST …/.search` (RFC 7644 §3.4.3): the responses of a list, with the query in the body; at the base, users and then groups as
//! one list.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::TokenKind;
use vestibule_store::access::tokens::{self, NewToken};

use super::{GROUP, LIST, done, person, refused, replace, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, answer,
    },
};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn asked(question: &Value) -> Value {
    let mut body = json!({ "schemas": [SEARCH] });
    body.as_object_mut().unwrap().extend(question.as_object().unwrap().clone());
    body
}

async fn search(room: &Room, path: &str, question: Value) -> Value {
    let body = done(room, "POST", &format!("{path}/.search"), Some(asked(&question))).await;
    assert_eq!(body["schemas"], json!([LIST]));
    assert_eq!(body["itemsPerPage"], body["Resources"].as_array().unwrap().len());
    body
}

/// User names, and display names of groups, in the list.
fn names(body: &Value) -> Vec<String> {
    let name = |one: &Value| text(one.get("userName").unwrap_or(&one["displayName"]));
    body["Resources"].as_array().unwrap().iter().map(name).collect()
}

/// Five users a to e, three groups x to z; a is in x.
async fn five_and_three(room: &Room) {
    let mut first = String::new();
    for name in ["a", "b", "c", "d", "e"] {
        let id = room.user(&format!("{name}@acme.example")).await;
        if first.is_empty() {
            first = id;
        }
    }
    for (name, members) in [("x", vec![first.as_str()]), ("y", vec![]), ("z", vec![])] {
        scim::group(room, name, &members).await;
    }
}

#[rstest]
#[actix_web::test]
async fn a_search_is_a_list_whose_question_is_in_the_body(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    five_and_three(&room).await;
    for (path, query, question) in [
        ("/Users", "", json!({})),
        ("/Groups", "", json!({})),
        ("/Users", "startIndex=2&count=2", json!({ "startIndex": 2, "count": 2 })),
        ("/Users", "count=0", json!({ "count": 0 })),
        (
            "/Users",
            "filter=userName gt \"b\" and active eq true",
            json!({ "filter": "userName gt \"b\" and active eq true" }),
        ),
        (
            "/Users",
            "sortBy=userName&sortOrder=descending",
            json!({ "sortBy": "userName", "sortOrder": "descending" }),
        ),
        ("/Users", "attributes=userName,emails.value", json!({ "attributes": ["userName", "emails.value"] })),
        ("/Users", "attributes=userName,emails.value", json!({ "attributes": "userName,emails.value" })),
        ("/Users", "excludedAttributes=emails,name", json!({ "excludedAttributes": ["emails", "name"] })),
        ("/Groups", "attributes=displayName", json!({ "attributes": ["displayName"] })),
        ("/Groups", "attributes=members.value", json!({ "attributes": ["members.value"] })),
        (
            "/Groups",
            "excludedAttributes=members&filter=displayName ne \"y\"",
            json!({ "excludedAttributes": ["members"], "filter": "displayName ne \"y\"" }),
        ),
        (
            "/Users",
            "count=3",
            json!({ "COUNT": "3", "Filter": null, "sortBy": "", "attributes": [], "unknown": 1 }),
        ),
    ] {
        let listed = done(&room, "GET", &format!("{path}?{query}"), None).await;
        assert_eq!(search(&room, path, question).await, listed, "{path} {query}");
    }
    // The cursor of a search works in a list, and the other way round, because the query is the same.
    let page = search(&room, "/Users", json!({ "cursor": "", "count": 2, "sortBy": "userName" })).await;
    assert_eq!(
        (names(&page), page.get("startIndex")),
        (vec!["a@acme.example".to_owned(), "b@acme.example".to_owned()], None)
    );
    let next = text(&page["nextCursor"]);
    let listed = done(&room, "GET", &format!("/Users?cursor={next}&count=2&sortBy=userName"), None).await;
    assert_eq!(
        search(&room, "/Users", json!({ "cursor": next, "count": 2, "sortBy": "userName" })).await["Resources"],
        listed["Resources"]
    );
    assert_eq!(names(&listed), ["c@acme.example", "d@acme.example"]);
}

#[rstest]
#[actix_web::test]
async fn a_plus_sign_in_a_body_is_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    done(&room, "POST", "/Users", Some(person("ada+test@acme.example"))).await;
    done(&room, "POST", "/Users", Some(person("ada test@acme.example"))).await;
    for (name, path) in [("ada+test@acme.example", "/Users"), ("ada test@acme.example", "")] {
        let filter = format!("userName eq \"{name}\"");
        assert_eq!(names(&search(&room, path, json!({ "filter": filter })).await), [name]);
    }
    let percent = json!({ "filter": "userName%20eq%20\"ada%2Btest@acme.example\"" });
    refused(&room.scim("POST", "/Users/.search", Some(asked(&percent))).await, 400, Some("invalidFilter"));
}

#[rstest]
#[actix_web::test]
async fn at_the_base_users_are_followed_by_groups(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    five_and_three(&room).await;
    let all = names(&search(&room, "", json!({})).await);
    let expected: Vec<String> =
        ["a", "b", "c", "d", "e"].iter().map(|name| format!("{name}@acme.example")).collect();
    assert_eq!(all[..5], expected);
    assert_eq!(all[5..], ["x", "y", "z"]);
    for start in 1..=9 {
        for count in 0..=9 {
            let body = search(&room, "", json!({ "startIndex": start, "count": count })).await;
            let page: Vec<String> = all.iter().skip(start - 1).take(count).cloned().collect();
            assert_eq!((names(&body), &body["totalResults"]), (page, &json!(8)), "{start} {count}");
            assert_eq!(body["startIndex"], json!(start));
        }
    }
    let body = search(&room, "", json!({ "count": -1, "startIndex": -3 })).await;
    assert_eq!((names(&body).len(), &body["totalResults"], &body["startIndex"]), (0, &json!(8), &json!(1)));
    let shown =
        search(&room, "", json!({ "attributes": ["displayName"], "startIndex": 5, "count": 2 })).await;
    let keys =
        |index: usize| shown["Resources"][index].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        (keys(0), keys(1)),
        (
            vec!["schemas".to_owned(), "id".to_owned()],
            vec!["schemas".to_owned(), "id".to_owned(), "displayName".to_owned()]
        )
    );
    // Each resource is as in its own list, groups with members.
    let (everything, groups) =
        (search(&room, "", json!({})).await, done(&room, "GET", "/Groups", None).await);
    assert_eq!(everything["Resources"][5], groups["Resources"][0]);
    assert_eq!(everything["Resources"][5]["members"].as_array().map(Vec::len), Some(1));
    let users = done(&room, "GET", "/Users", None).await;
    assert_eq!(everything["Resources"][0], users["Resources"][0]);
}

#[rstest]
#[actix_web::test]
async fn an_attribute_that_one_kind_lacks_has_no_value_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    five_and_three(&room).await;
    let body = json!({ "schemas": [GROUP], "displayName": "w", "externalId": "ext-w" });
    done(&room, "POST", "/Groups", Some(body)).await;
    let list = done(&room, "GET", "/Users?filter=userName eq \"b@acme.example\"", None).await;
    let path = format!("/Users/{}", text(&list["Resources"][0]["id"]));
    done(&room, "PATCH", &path, Some(replace(&json!({ "displayName": "X", "title": "Dr" })))).await;
    let a = text(
        &done(&room, "GET", "/Users?filter=userName eq \"a@acme.example\"", None).await["Resources"][0]["id"],
    );
    let users = ["a@acme.example", "b@acme.example", "c@acme.example", "d@acme.example", "e@acme.example"];
    let (groups, both) = (["x", "y", "z", "w"], [users.as_slice(), &["x", "y", "z", "w"]].concat());
    for (filter, expected) in [
        ("userName eq \"a@acme.example\"".to_owned(), vec![users[0]]),
        // RFC 7644 §3.4.2.1: an attribute that the resource lacks has no value.
        ("userName eq \"a@acme.example\" or displayName eq \"y\"".to_owned(), vec![users[0], "y"]),
        ("displayName eq \"x\"".to_owned(), vec![users[1], "x"]),
        ("not (userName pr)".to_owned(), groups.to_vec()),
        ("userName ne \"a@acme.example\" and displayName pr".to_owned(), vec![users[1], "x", "y", "z", "w"]),
        (
            "title eq null and not (displayName eq \"y\")".to_owned(),
            vec![users[0], users[2], users[3], users[4], "x", "z", "w"],
        ),
        ("title ne null".to_owned(), vec![users[1]]),
        (format!("members.value eq \"{a}\""), vec!["x"]),
        (format!("members[value eq \"{a}\"] or emails[value sw \"e\"]"), vec![users[4], "x"]),
        ("members pr or userName pr".to_owned(), [users.as_slice(), &["x"]].concat()),
        ("externalId eq \"ext-w\"".to_owned(), vec!["w"]),
        ("meta.resourceType eq \"Group\"".to_owned(), groups.to_vec()),
        ("meta.resourceType eq \"User\" or displayName pr".to_owned(), both.clone()),
        ("id pr".to_owned(), both.clone()),
        (format!("id eq \"{a}\""), vec![users[0]]),
    ] {
        let body = search(&room, "", json!({ "filter": filter })).await;
        assert_eq!(names(&body), expected, "{filter}");
        assert_eq!(body["totalResults"], expected.len(), "{filter}");
    }
    for filter in [
        "nosuch pr",
        "userName pr or nosuch pr",
        "not (nosuch eq \"x\")",
        "meta.version pr",
        "members eq 1",
        "userName eq 1 or displayName pr",
        "emails[nosuch pr]",
        "password pr",
        "",
        "*",
        "userName pr and",
    ] {
        let answer = room.scim("POST", "/.search", Some(asked(&json!({ "filter": filter })))).await;
        assert_eq!(answer.1["scimType"], "invalidFilter", "{filter} {}", answer.1);
        refused(&answer, 400, Some("invalidFilter"));
    }
}

#[rstest]
#[actix_web::test]
async fn a_search_that_can_not_be_read_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for path in ["/Users", "/Groups", ""] {
        let path = format!("{path}/.search");
        for body in [
            json!([]),
            json!({}),
            json!({ "schemas": [LIST] }),
            json!({ "schemas": SEARCH, "count": 1 }),
            json!("x"),
            json!(null),
        ] {
            refused(&room.scim("POST", &path, Some(body)).await, 400, Some("invalidSyntax"));
        }
        for question in [
            json!({ "filter": ["userName pr"] }),
            json!({ "count": "ten" }),
            json!({ "count": 1.5 }),
            json!({ "startIndex": true }),
            json!({ "startIndex": "one" }),
            json!({ "attributes": 7 }),
            json!({ "attributes": ["userName", 7] }),
            json!({ "excludedAttributes": {} }),
            json!({ "attributes": ["a..b"] }),
            json!({ "attributes": ["id"], "excludedAttributes": ["name"] }),
            json!({ "sortOrder": "up" }),
            json!({ "sortBy": {} }),
        ] {
            let answer = room.scim("POST", &path, Some(asked(&question))).await;
            assert_eq!(answer.1["scimType"], "invalidValue", "{path} {question} {}", answer.1);
            refused(&answer, 400, Some("invalidValue"));
        }
        refused(
            &room.scim("POST", &path, Some(asked(&json!({ "filter": "" })))).await,
            400,
            Some("invalidFilter"),
        );
        refused(&room.scim("GET", &path, None).await, 405, None);
        let plain = scim::with_header(&house, &room, "POST", &path, ("accept", "*/*"), None).await;
        refused(&plain, 415, None);
    }
    for question in [json!({ "sortBy": "userName" }), json!({ "cursor": "" }), json!({ "cursor": "x" })] {
        refused(&room.scim("POST", "/.search", Some(asked(&question))).await, 400, Some("invalidValue"));
    }
}

#[rstest]
#[actix_web::test]
async fn who_may_read_may_search(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    five_and_three(&room).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let tokens = house
        .write(move |conn| {
            ["scim.read", "scim.write entitlements.read"].map(|scope| {
                let new = NewToken {
                    workspace_id: &workspace,
                    kind: TokenKind::Provisioning,
                    name: scope,
                    grant_id: None,
                    user: None,
                    scope,
                    expires_at: None,
                };
                tokens::issue(conn, &new, now).unwrap().1
            })
        })
        .await;
    for (token, status) in tokens.iter().zip([200, 403]) {
        for path in ["/Users/.search", "/Groups/.search", "/.search"] {
            let request = house.http.post(format!("{}{path}", room.scim)).bearer_auth(token);
            let request =
                request.header("content-type", "application/scim+json").body(asked(&json!({})).to_string());
            assert_eq!(answer(request).await.0, status, "{path}");
        }
    }
    let globex = house.room("Globex").await;
    assert_eq!(search(&globex, "", json!({})).await["totalResults"], 0);
}
