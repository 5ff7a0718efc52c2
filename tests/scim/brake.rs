//! The safety brake: a push that would end access of too many people within an hour is blocked, whichever requests it uses, until
//! an administrator decides.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_simulator::SubjectFormat;
use vestibule_store::{safeguards::brakes, trail::events::Cause};

use super::{api_token, done, person, refused, replace, trail};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const MINUTE: i64 = 60_000_000;

fn off() -> Option<Value> {
    Some(replace(&json!({ "active": false })))
}

/// A service whose room is blocked above 3 people and 30 %, with people in it.
async fn crowded(backend: Backend, people: usize) -> (House, Room, Vec<String>) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    set(&house, &room, 30, 3).await;
    let mut ids = Vec::new();
    for number in 0..people {
        ids.push(room.user(&format!("person{number}@acme.example")).await);
    }
    (house, room, ids)
}

async fn set(house: &House, room: &Room, percent: i64, least: i64) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| brakes::set(conn, &workspace, Some(percent), Some(least), now).unwrap()).await;
}

async fn release(house: &House, room: &Room, people: Option<i64>) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| brakes::release(conn, &workspace, people, &Cause::cli(), now).unwrap()).await;
}

/// Sends a request that must be blocked: 429 with `Retry-After`, no change, one more event.
async fn is_held(house: &House, room: &Room, method: &str, path: &str, body: Option<Value>, change: &str) {
    let (before, told) = (done(room, "GET", path, None).await, trail(house, room).await);
    let detail = refused(&room.scim(method, path, body).await, 429, None);
    assert!(detail.contains("nothing was changed") && detail.contains("administrator"), "{detail}");
    assert_eq!(done(room, "GET", path, None).await, before, "{method} {path}");
    let mut now = trail(house, room).await;
    let data = json!({ "reason": "brake", "change": change }).to_string();
    assert_eq!(now.pop(), Some(("brake_held".to_owned(), data)), "{method} {path}");
    assert_eq!(now, told);
}

#[rstest]
#[actix_web::test]
async fn too_many_at_once_are_held_whichever_way_they_go(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ids) = crowded(backend, 10).await;
    let path = |index: usize| format!("/Users/{}", ids[index]);
    let token = api_token(&house, &room, &ids[3]).await;
    done(&room, "PATCH", &path(0), off()).await;
    done(&room, "DELETE", &path(1), None).await;
    let mut gone = person("person2@acme.example");
    gone["active"] = json!(false);
    done(&room, "PUT", &path(2), Some(gone)).await;
    // Three of ten are 30 %; one more exceeds it.
    is_held(&house, &room, "PATCH", &path(3), off(), "user_deactivated").await;
    is_held(&house, &room, "DELETE", &path(3), None, "user_deleted").await;
    let mut put = person("person3@acme.example");
    put["active"] = json!(false);
    is_held(&house, &room, "PUT", &path(3), Some(put), "user_deactivated").await;
    assert_eq!(room.check_token(&token).await, 200);
    // The response says when to retry.
    let request = house.http.delete(format!("{}{}", room.scim, path(3))).bearer_auth(&room.token);
    let response = request.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"300".parse().unwrap())
    );
    // Each operation of a bulk request is blocked too.
    let operations: Vec<Value> =
        (3..5).map(|index| json!({ "method": "PATCH", "path": path(index), "data": off() })).collect();
    let bulk =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    let answered = done(&room, "POST", "/Bulk", Some(bulk)).await;
    for operation in answered["Operations"].as_array().unwrap() {
        assert_eq!(operation["status"], "429", "{operation}");
    }
    // Requests that end nobody's access are carried out: another change, an inactive user, a new user.
    done(&room, "PATCH", &path(3), Some(replace(&json!({ "title": "Countess" })))).await;
    done(&room, "DELETE", &path(0), None).await;
    room.user("new@acme.example").await;
    // Blocked changes stay blocked while Okta retries; they do not pass in shares each hour.
    house.clock.advance(61 * MINUTE);
    is_held(&house, &room, "PATCH", &path(4), off(), "user_deactivated").await;
    house.clock.advance(24 * 60 * MINUTE);
    done(&room, "PATCH", &path(4), off()).await;
}

#[rstest]
#[actix_web::test]
async fn an_administrator_lets_it_through_for_an_hour_or_for_some(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, ids) = crowded(backend, 12).await;
    let path = |index: usize| format!("/Users/{}", ids[index]);
    for index in 0..3 {
        done(&room, "PATCH", &path(index), off()).await;
    }
    is_held(&house, &room, "PATCH", &path(3), off(), "user_deactivated").await;
    release(&house, &room, Some(2)).await;
    done(&room, "PATCH", &path(3), off()).await;
    done(&room, "DELETE", &path(4), None).await;
    is_held(&house, &room, "PATCH", &path(5), off(), "user_deactivated").await;
    release(&house, &room, None).await;
    for index in 5..9 {
        done(&room, "PATCH", &path(index), off()).await;
    }
    // Released changes do not count against later ones.
    house.clock.advance(61 * MINUTE);
    done(&room, "PATCH", &path(9), off()).await;
    // A new hour began: three people have access, and one is a third of them.
    done(&room, "PATCH", &path(10), off()).await;
    is_held(&house, &room, "PATCH", &path(11), off(), "user_deactivated").await;
    set(&house, &room, 0, 1).await;
    done(&room, "PATCH", &path(11), off()).await;
}

#[rstest]
#[actix_web::test]
async fn small_numbers_and_slow_ones_are_never_held(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ids) = crowded(backend, 7).await;
    for (index, id) in ids.iter().enumerate().take(6) {
        if index % 2 == 0 {
            house.clock.advance(62 * MINUTE);
        }
        done(&room, "PATCH", &format!("/Users/{id}"), off()).await;
    }
}

#[rstest]
#[actix_web::test]
async fn a_universal_logout_is_never_braked(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    set(&house, &room, 1, 1).await;
    let ada = room.person("Ada").await;
    let id = room.okta.scim_id(&room.app, &ada).unwrap();
    let token = api_token(&house, &room, &id).await;
    is_held(&house, &room, "PATCH", &format!("/Users/{id}"), off(), "user_deactivated").await;
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap();
    assert_eq!(room.check_token(&token).await, 401);
}

#[rstest]
#[actix_web::test]
async fn of_many_at_once_no_more_than_the_share_go(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ids) = crowded(backend, 20).await;
    let sending: Vec<_> = ids
        .iter()
        .map(|id| {
            let body = off().unwrap().to_string();
            let request = house.http.patch(format!("{}/Users/{id}", room.scim)).bearer_auth(&room.token);
            let request = request.header("content-type", "application/scim+json").body(body);
            actix_web::rt::spawn(crate::support::answer(request))
        })
        .collect();
    let mut answered = Vec::new();
    for sent in sending {
        answered.push(sent.await.unwrap().0);
    }
    assert_eq!(answered.iter().filter(|status| **status == 200).count(), 6, "{answered:?}");
    assert!(answered.iter().all(|status| [200, 429].contains(status)), "{answered:?}");
}

#[rstest]
#[actix_web::test]
async fn where_nobody_could_give_the_word_only_what_was_set_holds(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut ids = Vec::new();
    for number in 0..brakes::LEAST + 12 {
        ids.push(room.user(&format!("person{number}@acme.example")).await);
    }
    for id in &ids[..51] {
        done(&room, "PATCH", &format!("/Users/{id}"), off()).await;
    }
    // Now there is an administrator who can decide.
    room.administrator(&house, "Ada").await;
    is_held(&house, &room, "PATCH", &format!("/Users/{}", ids[51]), off(), "user_deactivated").await;
}

fn on() -> Option<Value> {
    Some(replace(&json!({ "active": true })))
}

#[rstest]
#[actix_web::test]
async fn what_was_held_lapses_when_everybody_is_active_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ids) = crowded(backend, 10).await;
    let path = |index: usize| format!("/Users/{}", ids[index]);
    let push = async |index: usize, body: Option<Value>| room.scim("PATCH", &path(index), body).await.0;
    for index in 0..3 {
        done(&room, "PATCH", &path(index), off()).await;
    }
    is_held(&house, &room, "PATCH", &path(3), off(), "user_deactivated").await;
    // One person leaves; Okta retries.
    assert_eq!(push(9, off()).await, 429);
    // The mistake is corrected in Okta: deactivated people are active again, and blocked ones stay active.
    for index in 0..3 {
        done(&room, "PATCH", &path(index), on()).await;
    }
    assert_eq!(
        push(9, off()).await,
        200,
        "nobody lacks access, two were to lose it, and two of ten are not too many"
    );
    done(&room, "PATCH", &path(3), on()).await;
    done(&room, "PATCH", &path(9), on()).await;
    let lapsed = trail(&house, &room).await.into_iter().filter(|(kind, _)| kind == "brake_lapsed").count();
    assert_eq!(lapsed, 1);
    // The corrected changes do not count against later deactivations, within the hour or after it.
    for index in 4..7 {
        done(&room, "PATCH", &path(index), off()).await;
    }
    is_held(&house, &room, "PATCH", &path(7), off(), "user_deactivated").await;
}

#[rstest]
#[actix_web::test]
async fn a_push_that_says_active_takes_back_what_was_held_for_the_person(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, ids) = crowded(backend, 10).await;
    let path = |index: usize| format!("/Users/{}", ids[index]);
    for index in 0..3 {
        done(&room, "PATCH", &path(index), off()).await;
    }
    for index in 3..6 {
        is_held(&house, &room, "PATCH", &path(index), off(), "user_deactivated").await;
    }
    for index in 0..3 {
        done(&room, "PATCH", &path(index), on()).await;
    }
    // Three deactivations are blocked; a fourth person would make it 40 %, so it is blocked too. Other changes are not blocked.
    done(&room, "PATCH", &path(3), Some(replace(&json!({ "title": "Countess" })))).await;
    is_held(&house, &room, "PATCH", &path(9), off(), "user_deactivated").await;
    for index in 3..6 {
        let mut whole = person(&format!("person{index}@acme.example"));
        whole["active"] = json!(true);
        done(&room, "PUT", &path(index), Some(whole)).await;
    }
    done(&room, "PATCH", &path(9), off()).await;
}

#[rstest]
#[actix_web::test]
async fn while_too_many_lack_access_nothing_lapses(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ids) = crowded(backend, 10).await;
    let path = |index: usize| format!("/Users/{}", ids[index]);
    for index in 0..3 {
        done(&room, "PATCH", &path(index), off()).await;
    }
    for index in 3..8 {
        is_held(&house, &room, "PATCH", &path(index), off(), "user_deactivated").await;
    }
    done(&room, "PATCH", &path(0), on()).await;
    is_held(&house, &room, "PATCH", &path(8), off(), "user_deactivated").await;
    house.clock.advance(5 * 60 * MINUTE);
    is_held(&house, &room, "PATCH", &path(8), off(), "user_deactivated").await;
}
