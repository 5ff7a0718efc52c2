//! The number of SQL statements of each SCIM operation. Each costs a round trip on PostgreSQL, and on SQLite time under the lock of the
//! only writer. A change that adds a statement must change the number here.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    scim::{done, group, patch, person, text},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, count_statements, record_statements, statements,
    },
};

/// How often an operation is measured. The lowest number counts, because workers of the service may run statements at the same time.
const REPEATS: usize = 7;

/// The statements of one request: the fewest of several requests of the same form.
async fn fewest(house: &House, room: &Room, requests: Vec<(&str, String, Option<Value>)>) -> Vec<String> {
    let mut fewest: Option<Vec<String>> = None;
    for (method, path, body) in requests {
        let before = count_statements(house);
        let answer = room.scim(method, &path, body).await;
        let found = statements(house, before);
        assert!(answer.0 < 300, "{method} {path}: {answer:?}");
        if fewest.as_ref().is_none_or(|fewest| found.len() < fewest.len()) {
            fewest = Some(found);
        }
    }
    fewest.unwrap()
}

/// `REPEATS` requests; the number makes each its own.
fn requests<'a>(
    one: impl Fn(usize) -> (&'a str, String, Option<Value>),
) -> Vec<(&'a str, String, Option<Value>)> {
    (0..REPEATS).map(one).collect()
}

/// Creates `REPEATS` users; returns their ids.
async fn provision(room: &Room, name: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..REPEATS {
        let made = done(room, "POST", "/Users", Some(person(&format!("{name}{number}@acme.example")))).await;
        ids.push(text(&made["id"]));
    }
    ids
}

#[rstest]
#[actix_web::test]
async fn each_operation_has_its_number_of_statements(#[values(Sqlite, Postgres)] backend: Backend) {
    record_statements();
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (users, leaving) = (provision(&room, "user").await, provision(&room, "leaving").await);
    let everybody: Vec<&str> = users.iter().map(String::as_str).collect();
    let first_group = group(&room, "Everybody", &everybody).await;
    let user = |number: usize| format!("/Users/{}", users[number]);
    let members = |op: &str, number: usize| {
        let members = json!([{ "value": users[number] }]);
        let body = match op {
            "add" => patch(&json!([{ "op": "add", "path": "members", "value": members }])),
            _ => patch(
                &json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", users[number]) }]),
            ),
        };
        ("PATCH", format!("/Groups/{first_group}"), Some(body))
    };
    let document = |number: usize, title: &str| {
        let mut document = person(&format!("user{number}@acme.example"));
        document["title"] = json!(title);
        document
    };
    let operations = [
        (
            "lookup",
            requests(|number| {
                ("GET", format!("/Users?filter=userName%20eq%20%22user{number}%40acme.example%22"), None)
            }),
        ),
        ("get", requests(|number| ("GET", user(number), None))),
        (
            "create",
            requests(|number| {
                ("POST", "/Users".to_owned(), Some(person(&format!("new{number}@acme.example"))))
            }),
        ),
        ("replace", requests(|number| ("PUT", user(number), Some(document(number, "Countess"))))),
        ("replace by the same", requests(|number| ("PUT", user(number), Some(document(number, "Countess"))))),
        ("remove a member", requests(|number| members("remove", number))),
        ("add a member", requests(|number| members("add", number))),
        (
            "deactivate",
            requests(|number| {
                (
                    "PATCH",
                    user(number),
                    Some(patch(&json!([{ "op": "replace", "value": { "active": false } }]))),
                )
            }),
        ),
        ("delete", requests(|number| ("DELETE", format!("/Users/{}", leaving[number]), None))),
    ];
    let mut counted = Vec::new();
    let mut listed = String::new();
    for (name, requests) in operations {
        let found = fewest(&house, &room, requests).await;
        listed += &format!("{name}: {}\n  {}\n", found.len(), found.join("\n  "));
        counted.push((name, found.len()));
    }
    let expected = EXPECTED.map(|(name, sqlite, postgres)| match backend {
        Sqlite => (name, sqlite),
        Postgres => (name, postgres),
    });
    assert_eq!(counted, expected, "the statements are\n{listed}");
}

/// Operation, statements on SQLite, statements on PostgreSQL.
const EXPECTED: [(&str, usize, usize); 9] = [
    ("lookup", 3, 3),
    ("get", 3, 3),
    ("create", 11, 8),
    ("replace", 10, 8),
    ("replace by the same", 5, 5),
    ("remove a member", 11, 9),
    ("add a member", 11, 9),
    ("deactivate", 15, 12),
    ("delete", 22, 19),
];

#[rstest]
#[actix_web::test]
async fn what_follows_a_deactivation_has_a_number_of_statements_for_all_together(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    record_statements();
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut users = Vec::new();
    for number in 0..20 {
        users.push(room.user(&format!("user{number}@acme.example")).await);
    }
    for user in &users {
        let off = patch(&json!([{ "op": "replace", "value": { "active": false } }]));
        done(&room, "PATCH", &format!("/Users/{user}"), Some(off)).await;
    }
    let signed = || {
        let workspace_id = room.workspace.clone();
        house.write(move |conn| {
            vestibule_store::trail::receipts::list(conn, &workspace_id, None, None, 100).unwrap()
        })
    };
    while signed().await.iter().any(|receipt| receipt.jws.is_empty()) {
        actix_web::rt::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Receipts are signed in batches: one update per 50 ms of the requests, not one per receipt.
    let all = statements(&house, 0);
    let updates = all.iter().filter(|text| text.starts_with("UPDATE receipts")).count();
    assert!(updates < users.len() / 2, "{updates} updates of {} receipts", users.len());
}
