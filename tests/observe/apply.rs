//! Applying a plan: refused when reality moved, continued after a stop, in an order that works.

use rstest::rstest;
use serde_json::json;
use vestibule_admin::{Actor, workspaces::observation as admin};
use vestibule_core::ids::{self, UserId};
use vestibule_scim::apply::{Progress, batch};
use vestibule_store::{
    observation::{self, Observation},
    people::users,
};

use super::{Company, apply, assign, commands, dump, name, observe, plan, refused_command, until_applied};
use crate::{
    scim::{done, person, replace, text},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, answer,
    },
};

#[rstest]
#[actix_web::test]
async fn a_plan_is_refused_when_what_it_touches_changed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let company = Company::found(&house, &room, 24).await;
    let id = room.workspace.as_str();
    observe(&house, &room, "on");
    done(&room, "PATCH", &company.path(5), Some(replace(&json!({ "title": "Count" })))).await;
    done(&room, "PATCH", &company.path(6), Some(replace(&json!({ "title": "Count" })))).await;
    done(&room, "DELETE", &company.path(7), None).await;
    done(&room, "POST", "/Users", Some(person("taken@acme.example"))).await;
    let support = format!("/Groups/{}", company.support);
    done(&room, "PATCH", &support, Some(replace(&json!({ "displayName": "Helpers" })))).await;
    assert_eq!(plan(&house, &room)["moved"], json!([]));
    // Somebody whom the plan does not touch may change.
    assign(&house, &room, &company.people[20], "editor").await;
    assert_eq!(plan(&house, &room)["moved"], json!([]));
    // A role by hand, a sign-in that made somebody of the planned name, a change of a mapping.
    assign(&house, &room, &company.people[5], "admin").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let new = users::User::new(
                &workspace,
                "Taken@acme.example",
                vestibule_core::sets::UserSource::Jit,
                now,
            );
            users::insert(conn, &new, &[]).unwrap();
        })
        .await;
    commands(&house).run(&["mapping", "set", "--workspace", id, "--group", "Others", "--role", "viewer"], "");
    let before = dump(&house, &room.workspace).await;
    let moved = plan(&house, &room)["moved"].clone();
    let words: Vec<String> = moved
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", text(&one["what"]), text(&one["name"]), text(&one["how"])))
        .collect();
    let expected = [
        format!("person {} changed", name(5)),
        "person taken@acme.example name_taken".to_owned(),
        "settings mappings changed".to_owned(),
    ];
    assert_eq!(words, expected, "{moved}");
    let sentence = refused_command(&house, &["plan", "apply", "--workspace", id]);
    assert!(sentence.contains(&name(5)) && sentence.contains("taken@acme.example"), "{sentence}");
    assert!(sentence.contains("mappings"), "{sentence}");
    assert_eq!(dump(&house, &room.workspace).await, before);
    // It is still observed, and can be discarded.
    commands(&house).run(&["plan", "discard", "--workspace", id], "");
}

#[rstest]
#[actix_web::test]
async fn an_application_that_stopped_goes_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let company = Company::found(&house, &room, 24).await;
    observe(&house, &room, "on");
    for number in 0..130 {
        done(&room, "POST", "/Users", Some(person(&format!("new{number}@acme.example")))).await;
    }
    done(&room, "DELETE", &company.path(9), None).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let begun = house
        .write(move |conn| {
            let mut actor = Actor::cli(now);
            actor.cause.request_id = ids::new(now);
            let begun = admin::apply(conn, &actor, &workspace).unwrap().unwrap();
            // As if a process had begun, so that the service leaves it alone.
            let seen = Observation { seen_at: Some(now), ..begun.clone() };
            assert!(observation::progress(conn, &begun, &seen).unwrap());
            seen
        })
        .await;
    assert_eq!(begun.changes, 131);
    // One batch, and the process stops.
    let next = house.state.job(move |database| batch(database, "us", &begun, now)).await.unwrap();
    let Progress::Going(next) = next else { panic!("{next:?}") };
    assert_eq!(next.done, 50);
    // SCIM waits.
    let response =
        house.http.get(format!("{}/Users", room.scim)).bearer_auth(&room.token).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 503);
    assert_eq!(response.headers()["retry-after"], "30");
    let sentence = refused_command(&house, &["plan", "discard", "--workspace", room.workspace.as_str()]);
    assert!(sentence.contains("being applied"), "{sentence}");
    // The service goes on once nobody has worked on it for a while.
    house.clock.advance(20_000_000);
    until_applied(&house, &room).await;
    assert_eq!(done(&room, "GET", "/Users", None).await["totalResults"], json!(24 + 130 - 1));
    let created = answer(
        house
            .http
            .get(format!("{}/Users?filter=userName%20eq%20%22new129%40acme.example%22", room.scim))
            .bearer_auth(&room.token),
    )
    .await;
    assert_eq!(created.1["totalResults"], json!(1));
}

#[rstest]
#[actix_web::test]
async fn changes_that_need_each_other_find_their_order(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let company = Company::found(&house, &room, 24).await;
    observe(&house, &room, "on");
    // Somebody new becomes the owner, and then the only one before leaves. The token may give the role.
    let mut owner = person("boss@acme.example");
    owner["roles"] = json!([{ "value": "owner" }]);
    done(&room, "POST", "/Users", Some(owner)).await;
    done(&room, "PATCH", &company.path(0), Some(replace(&json!({ "active": false })))).await;
    // A person is deleted and made again under the same name and externalId.
    done(&room, "DELETE", &company.path(3), None).await;
    let again = text(&done(&room, "POST", "/Users", Some(person(&name(3)))).await["id"]);
    // A chain of names.
    for (number, new) in [(4, "free@acme.example".to_owned()), (5, name(4)), (6, name(5))] {
        done(&room, "PATCH", &company.path(number), Some(replace(&json!({ "userName": new })))).await;
    }
    let applied = apply(&house, &room);
    assert_eq!((&applied["how"], &applied["left_out"]), (&json!("applied"), &json!(0)), "{applied}");
    let workspace = room.workspace.clone();
    let (boss, former, remade) = house
        .write(move |conn| {
            let mut find = |name: &str| users::find_by_user_name(conn, &workspace, name).unwrap().unwrap();
            (find("boss@acme.example"), find(&name(0)), find(&name(3)))
        })
        .await;
    assert!(boss.active && !former.active);
    assert_eq!(remade.user_id, UserId::from_stored(&again));
    assert_eq!(done(&room, "GET", &company.path(6), None).await["userName"], json!(name(5)));
}

#[rstest]
#[actix_web::test]
async fn what_was_given_to_a_former_person_goes_with_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let company = Company::found(&house, &room, 24).await;
    assign(&house, &room, &company.people[8], "admin").await;
    let epoch = crate::scim::row(&house, &room, &company.people[8]).await.epoch;
    observe(&house, &room, "on");
    let path = company.path(8);
    done(&room, "PATCH", &path, Some(replace(&json!({ "active": false })))).await;
    done(&room, "PATCH", &path, Some(replace(&json!({ "externalId": "00uSOMEBODYELSE00000" })))).await;
    done(&room, "PATCH", &path, Some(replace(&json!({ "active": true })))).await;
    let shown = plan(&house, &room);
    assert_eq!(shown["people"][0]["roles_lost"], json!(["admin"]), "{shown}");
    apply(&house, &room);
    let user = crate::scim::row(&house, &room, &company.people[8]).await;
    assert!(user.active && user.epoch > epoch);
    let (workspace, id) = (room.workspace.clone(), user.user_id.clone());
    let held = house
        .write(move |conn| {
            vestibule_store::rights::roles::effective(conn, &workspace, &id).unwrap().role_ids()
        })
        .await;
    assert!(!held.iter().any(|role| role.as_str() == "admin"), "{held:?}");
    let is_gone = house.write(|conn| observation::count_copies(conn).unwrap()).await;
    assert_eq!(is_gone, 0);
}
