//! Paging by cursor (RFC 9865): each user who stays is listed exactly once, even if others are created or deleted meanwhile. A cursor
//! is valid only for its own query.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{sets::UserSource, time::SECOND};
use vestibule_store::{
    people::users::{self, User},
    trail::events::Cause,
};

use super::{done, group, refused, replace, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Users p000, p001, … of whom some share a display name, some have none, and every third is inactive.
async fn crowd(house: &House, room: &Room, numbers: std::ops::Range<usize>) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            for number in numbers {
                let mut user =
                    User::new(&workspace, &format!("p{:03}", (number * 37) % 1000), UserSource::Scim, now);
                user.active = number % 3 != 0;
                if number % 4 != 0 {
                    user.display_name = Some(format!("Name {}", number % 5));
                    user.display_name_key = Some(format!("name {}", number % 5));
                }
                users::insert(conn, &user, &[]).unwrap();
                users::created(conn, &user, &Cause::cli(), now).unwrap();
            }
        })
        .await;
    house.clock.advance(SECOND);
}

fn resources(page: &Value) -> Vec<String> {
    page["Resources"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
}

/// The page at a cursor: (ids, next cursor).
async fn page(room: &Room, query: &str, cursor: &str) -> (Vec<String>, Option<String>) {
    let page = done(room, "GET", &format!("/Users?{query}&cursor={cursor}"), None).await;
    assert_eq!(page.get("startIndex"), None, "a page found by a cursor has no index");
    (resources(&page), page.get("nextCursor").map(text))
}

#[rstest]
#[actix_web::test]
async fn who_stays_is_seen_once_whoever_comes_or_goes(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let mut made = 100;
    for query in [
        "count=7",
        "count=7&sortBy=userName",
        "count=7&sortBy=userName&sortOrder=descending",
        "count=7&sortBy=displayName",
        "count=7&sortBy=displayName&sortOrder=descending",
        "count=7&sortBy=active&sortOrder=descending",
        "count=7&filter=active eq false",
        "count=7&filter=active eq false&sortBy=name.familyName",
    ] {
        let room = house.room(&format!("Acme{made}")).await;
        crowd(&house, &room, 0..60).await;
        let index = query.replace("count=7", "count=500");
        let before = resources(&done(&room, "GET", &format!("/Users?{index}"), None).await);
        let (mut seen, mut cursor, mut deleted) = (Vec::new(), String::new(), BTreeSet::new());
        loop {
            let (ids, next) = page(&room, query, &cursor).await;
            assert!(ids.len() == 7 || next.is_none(), "{query}: only the last page is short");
            seen.extend(ids.clone());
            let Some(next) = next else { break };
            cursor = next;
            // Delete the last listed user, whom the cursor names, and one not yet listed; create another.
            let unseen = before.iter().find(|id| !seen.contains(id) && !deleted.contains(*id)).cloned();
            for id in ids.last().cloned().into_iter().chain(unseen) {
                done(&room, "DELETE", &format!("/Users/{id}"), None).await;
                deleted.insert(id);
            }
            crowd(&house, &room, made..made + 2).await;
            made += 2;
            assert!(seen.len() < 200, "{query} ends");
        }
        let once: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(once.len(), seen.len(), "{query}: nobody twice");
        let order: Vec<&String> = seen.iter().filter(|id| before.contains(id)).collect();
        let stayed: Vec<&String> =
            before.iter().filter(|id| !deleted.contains(*id) || seen.contains(id)).collect();
        assert_eq!(order, stayed, "{query}: everybody who stays, in order");
    }
}

#[rstest]
#[actix_web::test]
async fn pages_end_and_count_right(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let first = done(&room, "GET", "/Users?cursor", None).await;
    assert_eq!(
        (&first["totalResults"], first.get("nextCursor"), resources(&first).len()),
        (&json!(0), None, 0)
    );
    crowd(&house, &room, 0..10).await;
    for (count, pages) in [(1, 10), (3, 4), (5, 2), (9, 2), (10, 1), (11, 1), (1000, 1)] {
        let (mut cursor, mut seen, mut read) = (String::new(), 0, 0);
        loop {
            let body = done(&room, "GET", &format!("/Users?count={count}&cursor={cursor}"), None).await;
            assert_eq!(
                (&body["totalResults"], &body["itemsPerPage"]),
                (&json!(10), &json!(resources(&body).len()))
            );
            (seen, read) = (seen + resources(&body).len(), read + 1);
            let Some(next) = body.get("nextCursor") else { break };
            cursor = text(next);
            assert!(
                cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
                "{cursor} needs no escapes"
            );
        }
        assert_eq!((seen, read), (10, pages), "{count}");
    }
    // The page size and the attributes may change between pages.
    let (ids, next) = page(&room, "count=3", "").await;
    let (more, _) = page(&room, "count=7&attributes=userName", &next.unwrap()).await;
    assert_eq!((ids.len(), more.len()), (3, 7));
    assert!(ids.iter().all(|id| !more.contains(id)));
    // count=0: no next page, the right total.
    let none = done(&room, "GET", "/Users?count=0&cursor=", None).await;
    assert_eq!(
        (&none["totalResults"], resources(&none).len(), none.get("nextCursor")),
        (&json!(10), 0, None)
    );
    let config = done(&room, "GET", "/ServiceProviderConfig", None).await;
    assert_eq!(
        (&config["pagination"]["cursor"], &config["pagination"]["index"]),
        (&json!(true), &json!(true))
    );
    let most = config["pagination"]["maxPageSize"].as_u64().unwrap();
    assert_eq!(config["filter"]["maxResults"].as_u64(), Some(most));
    // A list by index has no cursor.
    assert_eq!(done(&room, "GET", "/Users?count=2", None).await.get("nextCursor"), None);
}

#[rstest]
#[actix_web::test]
async fn groups_are_paged_by_cursor_with_their_members(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    for number in 0..5 {
        group(&room, &format!("G{number}"), &[&ada]).await;
    }
    for query in
        ["count=2", "count=2&sortBy=displayName", "count=2&filter=displayName sw \"g\"&sortBy=displayName"]
    {
        let (mut cursor, mut names) = (String::new(), Vec::new());
        loop {
            let body = done(&room, "GET", &format!("/Groups?{query}&cursor={cursor}"), None).await;
            for group in body["Resources"].as_array().unwrap() {
                assert_eq!(group["members"][0]["value"], json!(ada));
                names.push(text(&group["displayName"]));
            }
            let Some(next) = body.get("nextCursor") else { break };
            cursor = text(next);
        }
        assert_eq!(names, ["G0", "G1", "G2", "G3", "G4"], "{query}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_cursor_is_good_for_its_own_question_only(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    for one in [&room, &other] {
        crowd(&house, one, 0..10).await;
        group(one, "G1", &[]).await;
        group(one, "G2", &[]).await;
    }
    let plain = page(&room, "count=2", "").await.1.unwrap();
    let sorted = page(&room, "count=2&sortBy=userName", "").await.1.unwrap();
    let filtered = page(&room, "count=2&filter=active eq true", "").await.1.unwrap();
    let theirs = page(&other, "count=2", "").await.1.unwrap();
    let groups = text(&done(&room, "GET", "/Groups?count=1&cursor=", None).await["nextCursor"]);
    let mut forged = plain.clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let (short, long) = (plain[..plain.len() - 1].to_owned(), format!("{plain}A"));
    for (query, cursor) in [
        ("/Users?", theirs.as_str()),
        ("/Users?", &groups),
        ("/Groups?", &plain),
        ("/Users?", &sorted),
        ("/Users?", &filtered),
        ("/Users?sortBy=userName&", &plain),
        ("/Users?sortBy=userName&sortOrder=descending&", &sorted),
        ("/Users?sortBy=displayName&", &sorted),
        ("/Users?filter=active eq false&", &filtered),
        ("/Users?filter=active eq true&sortBy=userName&", &filtered),
        ("/Users?filter=active eq true&", &plain),
        ("/Users?", &forged),
        ("/Users?", &short),
        ("/Users?", &long),
        ("/Users?", "x"),
        ("/Users?", "2"),
        ("/Users?", "%27"),
        ("/Users?", "null"),
        ("/Users?", &"A".repeat(3000)),
        ("/Users?", "%2B%2F%3D"),
    ] {
        let answer = room.scim("GET", &format!("{query}cursor={cursor}"), None).await;
        assert_eq!(answer.1["scimType"], "invalidCursor", "{query} {cursor} {}", answer.1);
        refused(&answer, 400, Some("invalidCursor"));
    }
    let twice = room.scim("GET", &format!("/Users?cursor={plain}&cursor={plain}"), None).await;
    refused(&twice, 400, Some("invalidSyntax"));
    for index in ["1", "0", "5"] {
        refused(
            &room.scim("GET", &format!("/Users?cursor={plain}&startIndex={index}"), None).await,
            400,
            Some("invalidValue"),
        );
        refused(
            &room.scim("GET", &format!("/Users?cursor=&startIndex={index}"), None).await,
            400,
            Some("invalidValue"),
        );
    }
    for count in ["ten", "1.5", "1e3", "99999999999999999999", "%20"] {
        refused(
            &room.scim("GET", &format!("/Users?cursor=&count={count}"), None).await,
            400,
            Some("invalidCount"),
        );
        refused(&room.scim("GET", &format!("/Users?count={count}"), None).await, 400, Some("invalidValue"));
    }
    for path in ["/Roles", "/Entitlements"] {
        refused(&room.scim("GET", &format!("{path}?cursor="), None).await, 400, Some("invalidValue"));
    }
    // The cursor reveals nobody, neither encoded nor decoded.
    let people = done(&room, "GET", "/Users", None).await["Resources"].as_array().unwrap().clone();
    let told = people.iter().flat_map(|user| [text(&user["id"]), text(&user["userName"])]);
    for word in told.chain([room.workspace.to_string()]) {
        for cursor in [&plain, &sorted] {
            let inside = URL_SAFE_NO_PAD.decode(cursor.rsplit('.').next().unwrap()).unwrap();
            assert!(!inside.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "{word}");
            assert!(word.len() < 8 || !cursor.contains(&word), "{word}");
        }
    }
    // It is no secret either: another token of the workspace can use it.
    assert_eq!(page(&room, "count=2&sortBy=userName", &sorted).await.0.len(), 2);
}

#[rstest]
#[actix_web::test]
async fn who_moves_in_the_order_is_seen_where_they_stand_then(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    crowd(&house, &room, 1..9).await;
    let (ids, next) = page(&room, "count=3&sortBy=userName", "").await;
    // The last listed user is renamed: the cursor keeps its position.
    let path = format!("/Users/{}", ids[2]);
    done(&room, "PATCH", &path, Some(replace(&json!({ "userName": "zzz" })))).await;
    let (rest, next) = page(&room, "count=50&sortBy=userName", &next.unwrap()).await;
    assert_eq!((rest.len(), next, rest.last() == ids.last()), (6, None, true));
}
