//! Groups larger than one read: every response has all members, once and in order; concurrent changes do not break the JSON.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{GroupId, UserId},
    sets::UserSource,
};
use vestibule_store::people::{
    members,
    users::{self, User},
};

use super::{done, group, patch, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const CROWD: usize = 5_000;

/// Creates this many users in the group; returns their ids in order.
async fn crowd(house: &House, room: &Room, group_id: &str, count: usize) -> Vec<String> {
    let (workspace, group_id, now) = (room.workspace.clone(), group_id.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let mut ids = Vec::with_capacity(count);
            for number in 0..count {
                let user =
                    User::new(&workspace, &format!("\"p\\{number:05}\"@acme.example"), UserSource::Scim, now);
                users::insert(conn, &user, &[]).unwrap();
                ids.push(user.user_id);
            }
            members::add(conn, &workspace, &GroupId::from_stored(&group_id), &ids, now).unwrap();
            ids.sort();
            ids.into_iter().map(UserId::into_string).collect()
        })
        .await
}

fn user_ids(ids: &[String]) -> Vec<UserId> {
    ids.iter().map(UserId::from_stored).collect()
}

fn ids(group: &Value) -> Vec<String> {
    group["members"].as_array().unwrap().iter().map(|member| text(&member["value"])).collect()
}

#[rstest]
#[actix_web::test]
async fn a_large_group_is_read_whole_and_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (small, id) = (group(&room, "A small one", &[]).await, group(&room, "Crowd", &[]).await);
    let empty = group(&room, "Nobody", &[]).await;
    let all = crowd(&house, &room, &id, CROWD).await;
    let name = done(&room, "GET", &format!("/Users/{}", all[4_999]), None).await["userName"].clone();
    let one = vestibule_core::ids::parse(&small).unwrap();
    let (workspace, few, now) = (room.workspace.clone(), user_ids(&all[..3]), house.state.now());
    house
        .write(move |conn| members::add(conn, &workspace, &GroupId::from_stored(&one), &few, now).unwrap())
        .await;

    let path = format!("/Groups/{id}");
    let whole = done(&room, "GET", &path, None).await;
    assert_eq!(ids(&whole), all);
    let last = &whole["members"][4_999];
    assert_eq!(
        last,
        &json!({ "value": all[4_999], "$ref": format!("{}/Users/{}", room.scim, all[4_999]), "type": "User" })
    );
    let keys: Vec<&String> = whole.as_object().unwrap().keys().collect();
    assert_eq!((keys[0], keys[1], keys.len()), (&"schemas".to_owned(), &"id".to_owned(), 5));

    let listed = done(&room, "GET", "/Groups?sortBy=displayName", None).await;
    assert_eq!((&listed["totalResults"], &listed["itemsPerPage"]), (&json!(3), &json!(3)));
    assert_eq!(ids(&listed["Resources"][0]), all[..3]);
    assert_eq!(listed["Resources"][1], whole);
    assert_eq!(
        (&listed["Resources"][2]["id"], &listed["Resources"][2]["members"]),
        (&json!(empty), &json!([]))
    );

    let only = done(&room, "GET", &format!("{path}?attributes=members.value"), None).await;
    assert_eq!(ids(&only), all);
    assert_eq!(only["members"][2_500], json!({ "value": all[2_500] }));
    assert_eq!((only.get("displayName"), only.get("meta")), (None, None));
    let named = done(&room, "GET", &format!("{path}?attributes=members.display"), None).await;
    assert_eq!(
        (named["members"].as_array().map(Vec::len), &named["members"][4_999]),
        (Some(CROWD), &json!({ "display": name }))
    );
    let none = done(&room, "GET", &format!("{path}?excludedAttributes=members"), None).await;
    assert_eq!((none.get("members"), &none["meta"]), (None, &whole["meta"]));
    let none = done(&room, "GET", "/Groups?excludedAttributes=members", None).await;
    assert!(none["Resources"].as_array().unwrap().iter().all(|group| group.get("members").is_none()));

    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "displayName pr" });
    let found = done(&room, "POST", "/.search", Some(search)).await;
    let large = found["Resources"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap();
    assert_eq!((large, &found["totalResults"]), (&whole, &json!(3)));
    // A PUT of the returned group changes nothing.
    assert_eq!(done(&room, "PUT", &path, Some(whole.clone())).await, whole);
    // Sizes at the limits of one read.
    for size in [500, 501, 4_000] {
        let (workspace, group_id, leaving) = (room.workspace.clone(), id.clone(), all[size..].to_vec());
        let (back, now) = (user_ids(&all[..size]), house.state.now());
        house
            .write(move |conn| {
                members::remove(conn, &workspace, &GroupId::from_stored(&group_id), &leaving).unwrap();
                members::add(conn, &workspace, &GroupId::from_stored(&group_id), &back, now).unwrap();
            })
            .await;
        assert_eq!(ids(&done(&room, "GET", &path, None).await), all[..size], "{size}");
        let listed = done(&room, "GET", "/Groups?sortBy=displayName", None).await;
        assert_eq!(ids(&listed["Resources"][1]), all[..size], "{size}");
        assert_eq!(ids(&listed["Resources"][0]), all[..3], "{size}");
    }
}

#[rstest]
#[actix_web::test]
async fn who_joins_or_leaves_meanwhile_breaks_no_answer(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = group(&room, "Crowd", &[]).await;
    let all = crowd(&house, &room, &id, CROWD).await;
    let url = format!("{}/Groups/{id}", room.scim);
    let (moving, staying): (Vec<_>, Vec<_>) =
        all.iter().enumerate().partition(|(number, _)| number % 100 == 1);
    let (http, token, moving) = (
        house.http.clone(),
        room.token.clone(),
        moving.into_iter().map(|(_, id)| id.clone()).collect::<Vec<_>>(),
    );
    let address = url.clone();
    let changing = actix_web::rt::spawn(async move {
        for id in &moving {
            for op in ["remove", "add"] {
                let body = patch(&json!([{ "op": op, "path": "members", "value": [{ "value": id }] }]));
                let request =
                    http.patch(&address).bearer_auth(&token).header("content-type", "application/scim+json");
                let (status, _) = crate::support::answer(request.body(body.to_string())).await;
                assert!((200..300).contains(&status));
            }
        }
    });
    let mut read = 0;
    while !changing.is_finished() || read < 5 {
        let seen = ids(&done(&room, "GET", &format!("/Groups/{id}"), None).await);
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "in order, nobody twice");
        let mut seen = seen.iter();
        assert!(staying.iter().all(|(_, id)| seen.any(|one| one == *id)), "everybody who stays");
        read += 1;
    }
    changing.await.unwrap();
    assert_eq!(ids(&done(&room, "GET", &format!("/Groups/{id}"), None).await), all);
}
