//! Members that a group names before they exist: refused by name unless the workspace parks them. Parked members join when they
//! are created by any request, and are dropped when the provider removes them.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_store::providers::connections;

use super::{GROUP, done, group, members, patch, person, refused, replace, text, trail};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House, Room,
};

/// Runs an operator's command on the running service's database.
fn run(house: &House, room: &Room, words: &str) -> Value {
    let mut arguments: Vec<&str> = words.split(' ').collect();
    arguments.splice(2..2, ["--workspace", &room.workspace]);
    Deployment::new(house.database_url(), &house.api).run(&arguments, "")
}

async fn parking(house: &House, name: &str) -> Room {
    let room = house.room(name).await;
    let shown = run(house, &room, "workspace update --park-members on");
    assert_eq!(shown["park_members"], true);
    room
}

fn op(op: &str, values: &[&str]) -> Value {
    let values: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
    patch(&json!([{ "op": op, "path": "members", "value": values }]))
}

fn whole(name: &str, values: &[&str]) -> Value {
    let values: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": values })
}

async fn version(room: &Room, path: &str) -> String {
    text(&done(room, "GET", path, None).await["meta"]["version"])
}

#[rstest]
#[actix_web::test]
async fn who_is_unknown_is_refused_by_name_where_nobody_is_parked(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = group(&room, "Engineering", &[]).await;
    let path = format!("/Groups/{id}");
    for (method, path, body) in [
        ("PATCH", path.as_str(), op("add", &["eve@acme.example"])),
        ("PUT", &path, whole("Engineering", &["eve@acme.example"])),
        ("POST", "/Groups", whole("Other", &["eve@acme.example"])),
    ] {
        let detail = refused(&room.scim(method, path, Some(body)).await, 400, Some("invalidValue"));
        assert!(detail.contains("eve@acme.example") && detail.contains("provision"), "{detail}");
    }
    // After parking is disabled, parked members still join, and nobody new is parked.
    run(&house, &room, "workspace update --park-members on");
    done(&room, "PATCH", &path, Some(op("add", &["eve@acme.example"]))).await;
    run(&house, &room, "workspace update --park-members off");
    refused(
        &room.scim("PATCH", &path, Some(op("add", &["bob@acme.example"]))).await,
        400,
        Some("invalidValue"),
    );
    let eve = room.user("eve@acme.example").await;
    assert_eq!(members(&room, &id).await, [eve]);
}

#[rstest]
#[actix_web::test]
async fn who_was_parked_joins_when_they_come_whichever_way(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = parking(&house, "Acme").await;
    let known = room.user("known@acme.example").await;
    let made = done(
        &room,
        "POST",
        "/Groups",
        Some(whole(
            "Engineering",
            &[&known, "ADA@Acme.Example", "00uBob", "cleo@acme.example", "dan@acme.example"],
        )),
    )
    .await;
    let id = text(&made["id"]);
    let path = format!("/Groups/{id}");
    assert_eq!(made["members"].as_array().map(Vec::len), Some(1), "only who is here is shown");
    let other = group(&room, "Other", &["ada@acme.example"]).await;
    let data: Value = serde_json::from_str(
        &trail(&house, &room).await.iter().rfind(|(kind, _)| kind == "group_created").unwrap().1,
    )
    .unwrap();
    assert_eq!((&data["members"], &data["parked"]), (&json!(0), &json!(1)));

    // Created over SCIM, with the user name in another case: joins both groups; version and trail change.
    let before = version(&room, &path).await;
    let ada = done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await;
    let groups: Vec<&Value> = ada["groups"].as_array().unwrap().iter().map(|group| &group["value"]).collect();
    let mut both = [json!(id), json!(other)];
    both.sort_by_key(ToString::to_string);
    assert_eq!(groups, both.iter().collect::<Vec<_>>(), "the answer shows them already");
    assert_ne!(version(&room, &path).await, before);
    let told = trail(&house, &room).await;
    let joined: Vec<Value> = told
        .iter()
        .filter(|(kind, _)| kind == "group_updated")
        .map(|(_, data)| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(joined.len(), 2, "{told:?}");
    assert!(joined.iter().all(|data| data["added"] == 1 && data["parked"] == 1), "{joined:?}");

    // External ids are compared with their letter case.
    let mut sent = person("robert@acme.example");
    sent["externalId"] = json!("00UBOB");
    done(&room, "POST", "/Users", Some(sent)).await;
    assert_eq!(members(&room, &id).await.len(), 2);
    let mut sent = person("bob@acme.example");
    sent["externalId"] = json!("00uBob");
    let bob = text(&done(&room, "POST", "/Users", Some(sent)).await["id"]);
    assert!(members(&room, &id).await.contains(&bob));

    // Created by the operator, and by just-in-time provisioning.
    let cleo = run(&house, &room, "user create --user-name Cleo@acme.example");
    assert!(members(&room, &id).await.contains(&text(&cleo["id"])));
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut connection = connections::find_first(conn, &workspace).unwrap().unwrap();
            connection.jit = true;
            connections::save(conn, &connection).unwrap();
        })
        .await;
    let dan = room.okta.add_person("dan@acme.example", "Dan", "Family");
    room.okta.assign_quietly(&room.app, &dan);
    let (browser, page) = room.sign_in(&dan).await;
    assert_eq!(room.check(&browser).await, 200, "{page:?}");
    assert_eq!(members(&room, &id).await.len(), 5);
    // Nobody is parked twice.
    done(&room, "DELETE", &format!("/Users/{bob}"), None).await;
    let mut sent = person("bob@acme.example");
    sent["externalId"] = json!("00uBob");
    done(&room, "POST", "/Users", Some(sent)).await;
    assert_eq!(members(&room, &id).await.len(), 4);
}

#[rstest]
#[actix_web::test]
async fn whom_the_provider_takes_back_is_forgotten(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = parking(&house, "Acme").await;
    let names = ["a@acme.example", "b@acme.example", "c@acme.example", "d@acme.example", "e@acme.example"];
    let make =
        async |name: &str| text(&done(&room, "POST", "/Groups", Some(whole(name, &names))).await["id"]);
    let (one, two, three, gone) =
        (make("One").await, make("Two").await, make("Three").await, make("Gone").await);
    let path = |id: &str| format!("/Groups/{id}");
    done(&room, "PATCH", &path(&one), Some(op("remove", &["A@acme.example", "nobody"]))).await;
    let by_filter = patch(&json!([{ "op": "remove", "path": "members[value eq \"b@acme.example\"]" }]));
    done(&room, "PATCH", &path(&one), Some(by_filter)).await;
    done(&room, "PUT", &path(&two), Some(whole("Two", &["c@acme.example", "d@acme.example"]))).await;
    done(&room, "PATCH", &path(&three), Some(op("replace", &["e@acme.example"]))).await;
    done(&room, "DELETE", &path(&gone), None).await;
    // The same list again changes nothing.
    let before = done(&room, "GET", &path(&two), None).await;
    done(&room, "PUT", &path(&two), Some(whole("Two", &["d@acme.example", "c@acme.example"]))).await;
    done(&room, "PATCH", &path(&two), Some(op("add", &["c@acme.example"]))).await;
    assert_eq!(done(&room, "GET", &path(&two), None).await, before);
    let mut ids = Vec::new();
    for name in names {
        ids.push(room.user(name).await);
    }
    assert_eq!(members(&room, &one).await, ids[2..]);
    assert_eq!(members(&room, &two).await, ids[2..4]);
    assert_eq!(members(&room, &three).await, ids[4..]);
    let all = patch(&json!([{ "op": "remove", "path": "members" }]));
    done(&room, "PATCH", &path(&one), Some(op("add", &["f@acme.example"]))).await;
    done(&room, "PATCH", &path(&one), Some(all)).await;
    room.user("f@acme.example").await;
    assert_eq!(members(&room, &one).await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn who_came_before_is_in_by_the_same_name(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = parking(&house, "Acme").await;
    let ada = text(&done(&room, "POST", "/Users", Some(person("ada@acme.example"))).await["id"]);
    let id = text(
        &done(
            &room,
            "POST",
            "/Groups",
            Some(whole("Engineering", &["ADA@acme.example", "bob@acme.example"])),
        )
        .await["id"],
    );
    let path = format!("/Groups/{id}");
    assert_eq!(members(&room, &id).await, [ada.as_str()], "a name of somebody who is here is theirs");
    let bob = room.user("bob@acme.example").await;
    assert_eq!(members(&room, &id).await, [ada.clone(), bob.clone()]);
    // The provider sends the same list again: joined members stay.
    let before = done(&room, "GET", &path, None).await;
    for names in [
        ["ada@acme.example", "bob@acme.example"],
        ["00uada@acme.example", "BOB@acme.example"],
        [ada.as_str(), "bob@acme.example"],
    ] {
        done(&room, "PUT", &path, Some(whole("Engineering", &names))).await;
        done(&room, "PATCH", &path, Some(op("add", &names))).await;
        assert_eq!(done(&room, "GET", &path, None).await, before, "{names:?}");
    }
    done(&room, "PATCH", &path, Some(op("remove", &["Ada@acme.example"]))).await;
    assert_eq!(members(&room, &id).await, [bob.as_str()], "by which name they came they go");
    let by_filter = patch(&json!([{ "op": "remove", "path": "members[value eq \"bob@acme.example\"]" }]));
    done(&room, "PATCH", &path, Some(by_filter)).await;
    assert_eq!(members(&room, &id).await, Vec::<String>::new());
    done(&room, "DELETE", &format!("/Users/{ada}"), None).await;
    room.user("ada@acme.example").await;
    assert_eq!(members(&room, &id).await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn no_group_waits_for_more_than_it_may(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (parking(&house, "Acme").await, parking(&house, "Globex").await);
    let many: Vec<String> = (0..10_001).map(|number| format!("p{number}")).collect();
    let most: Vec<&str> = many.iter().map(String::as_str).collect();
    let id = group(&room, "Crowd", &[]).await;
    let path = format!("/Groups/{id}");
    let detail = refused(&room.scim("PUT", &path, Some(whole("Crowd", &most))).await, 400, Some("tooMany"));
    assert!(detail.contains("10000"), "{detail}");
    done(&room, "PUT", &path, Some(whole("Crowd", &most[1..]))).await;
    refused(&room.scim("PATCH", &path, Some(op("add", &["one more"]))).await, 400, Some("tooMany"));
    done(&room, "PATCH", &path, Some(op("add", &["p7"]))).await;
    let nobody = room.user("p0").await;
    let somebody = room.user("p10000").await;
    assert_eq!(members(&room, &id).await, [somebody.as_str()], "not {nobody}");
    // Users of another workspace do not join, and are not parked there.
    group(&other, "Crowd", &["p5"]).await;
    room.user("p5").await;
    let theirs = done(&other, "GET", "/Groups", None).await;
    assert_eq!(theirs["Resources"][0]["members"], json!([]));
    done(&room, "PATCH", &format!("/Users/{somebody}"), Some(replace(&json!({ "active": false })))).await;
    assert_eq!(members(&room, &id).await.len(), 2);
    for bad in ["", " ", "\u{0}"] {
        refused(&room.scim("PATCH", &path, Some(op("add", &[bad]))).await, 400, Some("invalidValue"));
    }
}

#[rstest]
#[actix_web::test]
async fn people_who_come_while_their_groups_change_all_join(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = parking(&house, "Acme").await;
    let names: Vec<String> = (0..6).map(|number| format!("u{number}@acme.example")).collect();
    let waiting: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut groups = Vec::new();
    for number in 0..6 {
        groups.push(group(&room, &format!("G{number}"), &waiting).await);
    }
    let mut sending = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let mut requests = vec![("POST", "/Users".to_owned(), person(name))];
        for id in &groups {
            requests.push(("PATCH", format!("/Groups/{id}"), op("add", &[&format!("later{number}")])));
        }
        for (method, path, body) in requests {
            let request = house
                .http
                .request(method.parse().unwrap(), format!("{}{path}", room.scim))
                .bearer_auth(&room.token);
            let request = request.header("content-type", "application/scim+json").body(body.to_string());
            sending.push(actix_web::rt::spawn(crate::support::answer(request)));
        }
    }
    for sent in sending {
        let (status, body) = sent.await.unwrap();
        assert!((200..300).contains(&status), "{status} {body}");
    }
    for id in &groups {
        assert_eq!(members(&room, id).await.len(), names.len());
    }
}
