//! Lists page by page: right totals, a stable order, no duplicates and no gaps (RFC 7644 §3.4.2.4).

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::UserSource;
use vestibule_store::{
    people::users::{self, User},
    trail::events::Cause,
};

use super::{LIST, done, refused, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

const PEOPLE: usize = 250;

async fn crowd(house: &House, room: &Room) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            for number in 0..PEOPLE {
                let name = format!("person{:03}@acme.example", (number * 7) % PEOPLE);
                let mut user = User::new(&workspace, &name, UserSource::Scim, now);
                user.active = number % 5 != 0;
                users::insert(conn, &user, &[]).unwrap();
                users::created(conn, &user, &Cause::cli(), now).unwrap();
            }
        })
        .await;
}

/// The ids of a page, after checks of total, start and items.
async fn page(room: &Room, query: &str, total: usize, start: usize, items: usize) -> Vec<String> {
    let body = done(room, "GET", &format!("/Users?{query}"), None).await;
    let numbers = (&body["totalResults"], &body["startIndex"], &body["itemsPerPage"]);
    assert_eq!(numbers, (&json!(total), &json!(start), &json!(items)), "{query}");
    assert_eq!(body["schemas"], json!([LIST]));
    let ids: Vec<String> =
        body["Resources"].as_array().unwrap().iter().map(|user| text(&user["id"])).collect();
    assert_eq!(ids.len(), items, "itemsPerPage is what was returned, not what was asked for");
    ids
}

#[rstest]
#[actix_web::test]
async fn everybody_is_on_exactly_one_page_in_a_stable_order(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    crowd(&house, &room).await;
    let mut all = page(&room, "startIndex=1&count=100", PEOPLE, 1, 100).await;
    all.extend(page(&room, "startIndex=101&count=100", PEOPLE, 101, 100).await);
    all.extend(page(&room, "startIndex=201&count=100", PEOPLE, 201, 50).await);
    let mut once = all.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), PEOPLE);
    assert_eq!(page(&room, "count=500", PEOPLE, 1, PEOPLE).await, all);
    assert_eq!(page(&room, "count=100000", PEOPLE, 1, PEOPLE).await, all);
    assert_eq!(page(&room, "startIndex=1&count=2", PEOPLE, 1, 2).await, all[..2]);
    assert_eq!(page(&room, "startIndex=250&count=2", PEOPLE, 250, 1).await, all[249..]);
    assert_eq!(page(&room, "", PEOPLE, 1, 100).await, all[..100]);

    page(&room, "count=0", PEOPLE, 1, 0).await;
    page(&room, "count=-5", PEOPLE, 1, 0).await;
    page(&room, "startIndex=251", PEOPLE, 251, 0).await;
    page(&room, "startIndex=9223372036854775807&count=9223372036854775807", PEOPLE, i64::MAX as usize, 0)
        .await;
    assert_eq!(page(&room, "startIndex=0&count=1", PEOPLE, 1, 1).await, all[..1]);
    assert_eq!(page(&room, "startIndex=-7&count=1", PEOPLE, 1, 1).await, all[..1]);
    for wrong in
        ["count=ten", "startIndex=1.5", "count=1e3", "startIndex=99999999999999999999", "sortOrder=up"]
    {
        refused(&room.scim("GET", &format!("/Users?{wrong}"), None).await, 400, Some("invalidValue"));
    }
    let active: Vec<String> =
        page(&room, "filter=active eq true&startIndex=151&count=100", 200, 151, 50).await;
    assert!(active.iter().all(|id| all.contains(id)));
    page(&room, "filter=active eq false&count=0", 50, 1, 0).await;
}

#[rstest]
#[actix_web::test]
async fn groups_are_paged_alike(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for number in 0..5 {
        scim::group(&room, &format!("Group {number}"), &[]).await;
    }
    let mut names: Vec<Value> = Vec::new();
    for (start, items) in [(1, 2), (3, 2), (5, 1)] {
        let body = done(&room, "GET", &format!("/Groups?startIndex={start}&count=2"), None).await;
        assert_eq!((&body["totalResults"], &body["itemsPerPage"]), (&json!(5), &json!(items)));
        names.extend(body["Resources"].as_array().unwrap().iter().map(|group| group["displayName"].clone()));
    }
    names.sort_by_key(ToString::to_string);
    assert_eq!(json!(names), json!(["Group 0", "Group 1", "Group 2", "Group 3", "Group 4"]));
}
