//! The stored number of users and the stored starts of pages stay correct after creations and deletions in any order and
//! concurrency. Also, rows of an older version become comparable.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::json;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::UserSource,
};
use vestibule_store::{
    Database, Error,
    people::users::{self, User},
    trail::events::Cause,
};

use super::{ENTERPRISE, done, person, row, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Pseudo-random numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn id(number: usize) -> String {
    format!("00000000-0000-7000-8000-{number:012}")
}

fn insert(database: &Database, workspace: &WorkspaceId, number: usize) {
    let done = database.write(|conn| {
        let mut user = User::new(workspace, &format!("p{number}"), UserSource::Scim, 1_000_000);
        user.user_id = UserId::from_stored(id(number));
        users::insert(conn, &user, &[])?;
        users::created(conn, &user, &Cause::cli(), 1_000_000)
    });
    done.unwrap();
}

/// Checks every page of this size by index: exactly these users, in the order of ids.
async fn pages_are(room: &Room, count: usize, expected: &BTreeSet<usize>) {
    let ids: Vec<String> = expected.iter().map(|number| id(*number)).collect();
    for start in (1..=ids.len() + count).step_by(count) {
        let page =
            done(room, "GET", &format!("/Users?startIndex={start}&count={count}&attributes=id"), None).await;
        let seen: Vec<String> =
            page["Resources"].as_array().unwrap().iter().map(|user| text(&user["id"])).collect();
        let wanted: Vec<String> = ids.iter().skip(start - 1).take(count).cloned().collect();
        assert_eq!((seen, &page["totalResults"]), (wanted, &json!(ids.len())), "from {start}, {count}");
    }
}

#[rstest]
#[actix_web::test]
async fn pages_are_right_after_a_random_history(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    let mut dice = Dice(7);
    let mut there = BTreeSet::new();
    for round in 0..4 {
        let workspace = room.workspace.clone();
        let mut changes = Vec::new();
        // Creates users after, between and before the others, then deletes many, in one round a whole range.
        for _ in 0..900 {
            let number = match dice.below(3) {
                0 => 500_000 + round * 1_000 + dice.below(1_000),
                1 => dice.below(1_000_000),
                _ => 1_000_000 - round * 1_000 - dice.below(1_000),
            };
            if there.insert(number) {
                changes.push((true, number));
            }
        }
        let gone: Vec<usize> = there
            .iter()
            .copied()
            .filter(|number| dice.below(5) == 0 || round == 2 && (400_000..600_000).contains(number))
            .collect();
        for number in gone {
            there.remove(&number);
            changes.push((false, number));
        }
        house
            .write(move |conn| {
                for (comes, number) in changes {
                    if comes {
                        let mut user =
                            User::new(&workspace, &format!("p{number}"), UserSource::Scim, 1_000_000);
                        user.user_id = UserId::from_stored(id(number));
                        users::insert(conn, &user, &[]).unwrap();
                        users::created(conn, &user, &Cause::cli(), 1_000_000).unwrap();
                    } else {
                        let mut user =
                            users::get(conn, &workspace, &UserId::from_stored(id(number))).unwrap();
                        users::delete(conn, &mut user, &Cause::cli(), 1_000_000).unwrap();
                    }
                }
            })
            .await;
        pages_are(&room, 500, &there).await;
        pages_are(&room, [97, 113, 131, 211][round], &there).await;
    }
    assert!(there.len() > 1_200, "{}", there.len());
    pages_are(&other, 100, &BTreeSet::new()).await;
    // After all are deleted, the next user is the first.
    let (workspace, all) = (room.workspace.clone(), there.clone());
    house
        .write(move |conn| {
            for number in all.into_iter().rev() {
                let mut user = users::get(conn, &workspace, &UserId::from_stored(id(number))).unwrap();
                users::delete(conn, &mut user, &Cause::cli(), 1_000_000).unwrap();
            }
        })
        .await;
    pages_are(&room, 100, &BTreeSet::new()).await;
    insert(house.state.database(), &room.workspace, 5);
    pages_are(&room, 100, &BTreeSet::from([5])).await;
}

#[rstest]
#[actix_web::test]
async fn many_who_come_and_go_at_once_are_counted_right(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let threads: Vec<_> = (0..4_usize)
        .map(|thread| {
            let (database, workspace) = (house.state.database().clone(), room.workspace.clone());
            std::thread::spawn(move || {
                let mut kept = BTreeSet::new();
                // The ids of the threads are mixed, so the threads fill and open blocks at the same time.
                for step in 0..300 {
                    let number = step * 4 + thread;
                    insert(&database, &workspace, number);
                    kept.insert(number);
                    if step % 7 == 3 {
                        let gone = number - 8;
                        let deleted = database.write(|conn| {
                            let mut user =
                                users::get_to_delete(conn, &workspace, &UserId::from_stored(id(gone)))?;
                            users::delete(conn, &mut user, &Cause::cli(), 1_000_000)?;
                            Ok::<_, Error>(())
                        });
                        deleted.unwrap();
                        kept.remove(&gone);
                    }
                }
                kept
            })
        })
        .collect();
    let there: BTreeSet<usize> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    pages_are(&room, 500, &there).await;
    pages_are(&room, 89, &there).await;
}

#[rstest]
#[actix_web::test]
async fn rows_of_an_older_version_become_comparable(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut sent = person("ada@acme.example");
    sent["nickName"] = json!("Nick 1");
    sent[ENTERPRISE] = json!({ "department": "R&D" });
    let first = text(&done(&room, "POST", "/Users", Some(sent)).await["id"]);
    let (workspace, model, now) =
        (room.workspace.clone(), row(&house, &room, &first).await, house.state.now());
    house
        .write(move |conn| {
            for number in 0..1_202 {
                let mut user = User::new(&workspace, &format!("old{number}"), UserSource::Scim, now);
                user.attributes.clone_from(&model.attributes);
                users::insert(conn, &user, &[]).unwrap();
                users::created(conn, &user, &Cause::cli(), now).unwrap();
            }
        })
        .await;
    let execute = |statement: &str| crate::house::execute(house.state.database(), statement);
    execute("UPDATE users SET comparable = '' WHERE user_name LIKE 'old%'");
    let before = done(&room, "GET", "/Users?count=500", None).await;
    // A corrupt row must not stop the others.
    execute("UPDATE users SET attributes = 'not even JSON' WHERE user_name = 'old0'");
    assert_eq!(vestibule_scim::upgrade::run(house.state.database()).unwrap(), 1_202);
    assert_eq!(
        vestibule_scim::upgrade::run(house.state.database()).unwrap(),
        0,
        "again there is nothing to do"
    );
    execute(
        "UPDATE users SET attributes = (SELECT attributes FROM users WHERE user_name = 'old1') WHERE user_name = 'old0'",
    );
    for filter in [
        "nickName eq \"NICK 1\"",
        &format!("{ENTERPRISE}:department eq \"r%26d\""),
        "name.familyName sw \"us\"",
    ] {
        let body = done(&room, "GET", &format!("/Users?count=0&filter={filter}"), None).await;
        // All but the corrupt one.
        assert_eq!(body["totalResults"], 1_202, "{filter}");
    }
    assert_eq!(
        done(&room, "GET", "/Users?count=500", None).await,
        before,
        "nobody sees a difference, not in the version either"
    );
    let filled = row(&house, &room, &first).await;
    let comparable = filled.comparable().unwrap();
    let (workspace, one) = (room.workspace.clone(), "old5".to_owned());
    let old =
        house.write(move |conn| users::find_by_user_name(conn, &workspace, &one).unwrap().unwrap()).await;
    assert_eq!(old.comparable().unwrap(), comparable, "as a new row has it");
}
