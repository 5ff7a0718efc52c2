//! Membership: every form of Okta and Entra, repeated, concurrent, and as a complete list.

use rstest::rstest;
use serde_json::{Value, json};

use super::{GROUP, done, group, members, patch, refused, text, trail};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, answer,
    },
};

async fn people(room: &Room, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(room.user(&format!("person{number}@acme.example")).await);
    }
    ids.sort();
    ids
}

async fn change(room: &Room, group_id: &str, operations: &Value) -> Vec<String> {
    let answered = done(room, "PATCH", &format!("/Groups/{group_id}"), Some(patch(operations))).await;
    assert_eq!(answered.get("members"), None, "the answer costs what the change costs");
    members(room, group_id).await
}

#[rstest]
#[actix_web::test]
async fn members_join_and_leave_in_every_shape_clients_send(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = people(&room, 4).await;
    let [a, b, c, d] = ids.as_slice() else { panic!("four") };
    let id = group(&room, "Engineering", &[]).await;
    let add =
        |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id, "display": "x" }] }]);
    assert_eq!(change(&room, &id, &add(a)).await, [a.as_str()]);
    let told = trail(&house, &room).await;
    assert_eq!(change(&room, &id, &add(a)).await, [a.as_str()], "twice is once");
    assert_eq!(change(&room, &id, &add(&a.to_uppercase())).await, [a.as_str()]);
    assert_eq!(trail(&house, &room).await, told, "what changes nothing is no event");

    // Okta: removes, then adds, in one request (okta-facts §2.5, 13).
    let both = json!([
        { "op": "remove", "path": format!("members[value eq \"{a}\"]") },
        { "op": "add", "path": "members", "value": [{ "value": b, "display": "b" }, { "value": c }] },
    ]);
    assert_eq!(change(&room, &id, &both).await, [b.clone(), c.clone()]);
    let remove = |id: &str| json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
    assert_eq!(change(&room, &id, &remove(a)).await, [b.clone(), c.clone()], "a stranger is passed over");
    assert_eq!(change(&room, &id, &remove("nobody")).await, [b.clone(), c.clone()]);
    assert_eq!(change(&room, &id, &remove(&b.to_uppercase())).await, [c.as_str()]);

    // Entra: the removed members are in the value; it must never mean all members.
    let entra = json!([{ "op": "Remove", "path": "members", "value": [{ "value": c }, { "value": a }] }]);
    change(&room, &id, &add(d)).await;
    assert_eq!(change(&room, &id, &entra).await, [d.as_str()]);
    let nobody = json!([{ "op": "Remove", "path": "members", "value": [] }]);
    assert_eq!(change(&room, &id, &nobody).await, [d.as_str()]);

    let set = |value: Value| json!([{ "op": "replace", "path": "members", "value": value }]);
    assert_eq!(
        change(&room, &id, &set(json!([{ "value": b }, { "value": a }]))).await,
        [a.clone(), b.clone()]
    );
    let pathless = json!([{ "op": "replace", "value": { "members": [{ "value": c }] } }]);
    assert_eq!(change(&room, &id, &pathless).await, [c.as_str()]);
    let pathless = json!([{ "op": "add", "value": { "members": [a] } }]);
    assert_eq!(change(&room, &id, &pathless).await, [a.clone(), c.clone()]);
    assert_eq!(change(&room, &id, &set(json!([]))).await, Vec::<String>::new(), "push now of an empty group");
    change(&room, &id, &add(a)).await;
    assert_eq!(
        change(&room, &id, &json!([{ "op": "remove", "path": "members" }])).await,
        Vec::<String>::new()
    );
}

#[rstest]
#[actix_web::test]
async fn an_unknown_member_is_named_and_nothing_of_the_request_is_kept(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = people(&room, 2).await;
    let id = group(&room, "Engineering", &[&ids[0]]).await;
    let path = format!("/Groups/{id}");
    let gone = room.user("gone@acme.example").await;
    done(&room, "DELETE", &format!("/Users/{gone}"), None).await;
    let (before, told) = (done(&room, "GET", &path, None).await, trail(&house, &room).await);
    for stranger in [gone.as_str(), "01890000-0000-7000-8000-000000000000", "grace@acme.example", "' OR 1=1"]
    {
        for operations in [
            json!([
                { "op": "remove", "path": "members" },
                { "op": "add", "path": "members", "value": [{ "value": ids[1] }, { "value": stranger }] },
            ]),
            json!([{ "op": "replace", "path": "members", "value": [{ "value": stranger }] }]),
        ] {
            let answer = room.scim("PATCH", &path, Some(patch(&operations))).await;
            let detail = refused(&answer, 400, Some("invalidValue"));
            assert!(detail.contains(&stranger.escape_debug().to_string()), "{detail}");
        }
        let whole = json!({ "schemas": [GROUP], "displayName": "Never", "members": [{ "value": stranger }] });
        refused(&room.scim("PUT", &path, Some(whole)).await, 400, Some("invalidValue"));
    }
    for malformed in
        [json!([{}]), json!([7]), json!(true), json!([{ "value": 7 }]), json!([{ "value": "" }]), json!([[]])]
    {
        let operations = json!([{ "op": "add", "path": "members", "value": malformed }]);
        refused(&room.scim("PATCH", &path, Some(patch(&operations))).await, 400, Some("invalidValue"));
    }
    assert_eq!(done(&room, "GET", &path, None).await, before);
    assert_eq!(trail(&house, &room).await, told);
}

#[rstest]
#[actix_web::test]
async fn members_are_shown_where_they_are_asked_for(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = people(&room, 1).await;
    let id = group(&room, "Engineering", &[&ids[0]]).await;
    let path = format!("/Groups/{id}");
    let there = |body: &Value| body.get("members").is_some();
    assert!(there(&done(&room, "GET", &path, None).await));
    assert!(!there(&done(&room, "GET", &format!("{path}?excludedAttributes=members"), None).await));
    assert!(!there(&done(&room, "GET", &format!("{path}?attributes=displayName"), None).await));
    assert!(there(&done(&room, "GET", &format!("{path}?attributes=members"), None).await));
    assert!(there(&done(&room, "GET", "/Groups", None).await["Resources"][0]));
    let listed = done(&room, "GET", "/Groups?excludedAttributes=members", None).await;
    assert!(!there(&listed["Resources"][0]));
    let only = done(&room, "GET", &format!("{path}?attributes=members.value"), None).await;
    assert_eq!(only["members"], json!([{ "value": ids[0] }]));
    let body = patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": ids[0] }] }]));
    let asked = done(&room, "PATCH", &format!("{path}?attributes=members"), Some(body)).await;
    assert!(there(&asked), "a PATCH shows them to who asks");
}

#[rstest]
#[actix_web::test]
async fn a_whole_list_is_carried_out_as_a_difference(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = people(&room, 5).await;
    let id = group(&room, "Engineering", &[&ids[0], &ids[1], &ids[2]]).await;
    let path = format!("/Groups/{id}");
    let whole = |members: &[&String]| {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id, "display": "x" })).collect();
        json!({ "schemas": [GROUP], "displayName": "Engineering", "members": members })
    };
    let put = done(&room, "PUT", &path, Some(whole(&[&ids[4], &ids[1], &ids[2]]))).await;
    assert_eq!(put["members"].as_array().unwrap().len(), 3, "a PUT shows the whole");
    assert_eq!(members(&room, &id).await, [ids[1].clone(), ids[2].clone(), ids[4].clone()]);
    let told = trail(&house, &room).await;
    let last: Value = serde_json::from_str(&told.last().unwrap().1).unwrap();
    assert_eq!((&last["added"], &last["removed"]), (&json!(1), &json!(1)));
    let same = done(&room, "PUT", &path, Some(whole(&[&ids[1], &ids[2], &ids[4]]))).await;
    assert_eq!((same, trail(&house, &room).await), (put.clone(), told), "the same list changes nothing");
    // Our returned document with one more member, as the wizard style sends it.
    let mut echo = put;
    echo["members"].as_array_mut().unwrap().push(json!({ "value": ids[3], "display": "new" }));
    done(&room, "PUT", &path, Some(echo)).await;
    assert_eq!(members(&room, &id).await, ids[1..].to_vec());
    let silent = json!({ "schemas": [GROUP], "displayName": "Engineering" });
    done(&room, "PUT", &path, Some(silent)).await;
    assert_eq!(members(&room, &id).await, ids[1..].to_vec(), "absent members are left");
    done(&room, "PUT", &path, Some(whole(&[]))).await;
    assert_eq!(members(&room, &id).await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn a_deleted_user_leaves_their_groups_and_a_deactivated_one_stays(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = people(&room, 2).await;
    let id = group(&room, "Engineering", &[&ids[0], &ids[1]]).await;
    let off = scim::replace(&json!({ "active": false }));
    done(&room, "PATCH", &format!("/Users/{}", ids[0]), Some(off)).await;
    assert_eq!(members(&room, &id).await, ids);
    done(&room, "DELETE", &format!("/Users/{}", ids[1]), None).await;
    assert_eq!(members(&room, &id).await, [ids[0].as_str()]);
}

/// Sends all requests at once; each must succeed.
async fn at_once(house: &House, room: &Room, requests: Vec<(reqwest::Method, String, Option<Value>)>) {
    let sending: Vec<_> = requests
        .into_iter()
        .map(|(method, path, body)| {
            let request = house.http.request(method, format!("{}{path}", room.scim)).bearer_auth(&room.token);
            let request = request.header("content-type", "application/scim+json");
            let body = body.map(|body| body.to_string()).unwrap_or_default();
            actix_web::rt::spawn(answer(request.body(body)))
        })
        .collect();
    for sent in sending {
        let (status, body) = sent.await.unwrap();
        assert!((200..300).contains(&status), "{status} {body}");
    }
}

#[rstest]
#[actix_web::test]
async fn sixty_four_members_added_at_once_are_all_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = people(&room, 64).await;
    let id = group(&room, "Engineering", &[]).await;
    let join =
        |user: &String| patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]));
    let requests = ids.iter().map(|user| (reqwest::Method::PATCH, format!("/Groups/{id}"), Some(join(user))));
    at_once(&house, &room, requests.collect()).await;
    assert_eq!(members(&room, &id).await, ids);
    let version = text(&done(&room, "GET", &format!("/Groups/{id}"), None).await["meta"]["version"]);
    assert_eq!(version, "W/\"65\"", "one after another, each with a version of its own");
}

#[rstest]
#[actix_web::test]
async fn people_deleted_while_they_join_or_leave_a_group_harm_nobody(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ids = people(&room, 24).await;
    let (stay, go) = ids.split_at(12);
    let inside: Vec<&str> = go.iter().step_by(2).map(String::as_str).collect();
    let id = group(&room, "Engineering", &inside).await;
    let mut requests = Vec::new();
    for (user, other) in go.iter().zip(stay) {
        let operations = json!([
            { "op": "remove", "path": format!("members[value eq \"{user}\"]") },
            { "op": "add", "path": "members", "value": [{ "value": other }] },
        ]);
        requests.push((reqwest::Method::PATCH, format!("/Groups/{id}"), Some(patch(&operations))));
        requests.push((reqwest::Method::DELETE, format!("/Users/{user}"), None));
    }
    at_once(&house, &room, requests).await;
    assert_eq!(members(&room, &id).await, stay.to_vec());
}
