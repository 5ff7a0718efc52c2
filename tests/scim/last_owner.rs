//! A push cannot remove the last owner, whichever request it uses: it is blocked, nothing changes, and the trail records it.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{RoleId, UserId},
    sets::AssignmentSource,
};
use vestibule_simulator::SubjectFormat;
use vestibule_store::rights::{mappings, roles};

use super::{GROUP, api_token, done, group, members, patch, person, refused, replace, trail};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

async fn assign(house: &House, room: &Room, user_id: &str, role: &'static str) {
    let (workspace, user_id, now) = (room.workspace.clone(), user_id.to_owned(), house.state.now());
    house
        .write(move |conn| {
            roles::assign(
                conn,
                &workspace,
                &UserId::from_stored(&user_id),
                &RoleId::from_stored(role),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
        .await;
}

async fn map_owners(house: &House, room: &Room, group: &'static str) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, group, &RoleId::from_stored("owner"), now).unwrap();
        })
        .await;
}

/// Sends a request that must be blocked: refused with a sentence, no change, one more event.
async fn is_held(house: &House, room: &Room, method: &str, path: &str, body: Option<Value>, change: &str) {
    let (before, told) = (done(room, "GET", path, None).await, trail(house, room).await);
    let detail = refused(&room.scim(method, path, body).await, 403, None);
    assert!(detail.contains("its last owner") && detail.contains("nothing was changed"), "{detail}");
    assert_eq!(done(room, "GET", path, None).await, before, "{method} {path}");
    let mut now = trail(house, room).await;
    let data = json!({ "reason": "last_owner", "change": change }).to_string();
    assert_eq!(now.pop(), Some(("push_held".to_owned(), data)), "{method} {path}");
    assert_eq!(now, told);
}

#[rstest]
#[actix_web::test]
async fn the_last_owner_stays_until_there_is_another(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (ada, bob) = (room.user("ada@acme.example").await, room.user("bob@acme.example").await);
    let off = || Some(replace(&json!({ "active": false })));
    assign(&house, &room, &ada, "owner").await;
    // An administrator is no owner.
    assign(&house, &room, &bob, "admin").await;
    let (path, token) = (format!("/Users/{ada}"), api_token(&house, &room, &ada).await);
    is_held(&house, &room, "PATCH", &path, off(), "user_deactivated").await;
    let mut put = person("ada@acme.example");
    put["active"] = json!(false);
    is_held(&house, &room, "PUT", &path, Some(put), "user_deactivated").await;
    is_held(&house, &room, "DELETE", &path, None, "user_deleted").await;
    assert_eq!(room.check_token(&token).await, 200);
    // Other changes are carried out, even the removal of other roles.
    done(&room, "PATCH", &path, Some(replace(&json!({ "title": "Countess", "roles": ["viewer"] })))).await;
    done(&room, "PATCH", &path, Some(replace(&json!({ "roles": [] })))).await;
    // An inactive owner does not count.
    assign(&house, &room, &bob, "owner").await;
    done(&room, "PATCH", &format!("/Users/{bob}"), off()).await;
    is_held(&house, &room, "PATCH", &path, off(), "user_deactivated").await;
    done(&room, "PATCH", &format!("/Users/{bob}"), Some(replace(&json!({ "active": true })))).await;
    done(&room, "PATCH", &path, off()).await;
    assert_eq!(room.check_token(&token).await, 401);
    is_held(&house, &room, "DELETE", &format!("/Users/{bob}"), None, "user_deleted").await;
    // Deleting an inactive owner loses nobody.
    done(&room, "DELETE", &path, None).await;
}

#[rstest]
#[actix_web::test]
async fn the_last_owner_made_by_okta_stays_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let path = format!("/Users/{ada}");
    for name in ["roles", "entitlements"] {
        let owning = json!([{ "value": "owner", "type": "Role" }]);
        done(&room, "PATCH", &path, Some(replace(&json!({ name: owning })))).await;
        let remove = || patch(&json!([{ "op": "remove", "path": format!("{name}[value eq \"owner\"]") }]));
        is_held(&house, &room, "PATCH", &path, Some(remove()), "roles_changed").await;
        is_held(&house, &room, "PUT", &path, Some(person("ada@acme.example")), "roles_changed").await;
        let other = if name == "roles" { "entitlements" } else { "roles" };
        // The other attribute still gives it.
        let moved = replace(&json!({ name: [], other: [{ "value": "owner", "type": "Role" }] }));
        done(&room, "PATCH", &path, Some(moved)).await;
        assign(&house, &room, &ada, "owner").await;
        done(&room, "PATCH", &path, Some(replace(&json!({ other: [] })))).await;
        let (workspace, user) = (room.workspace.clone(), ada.clone());
        house
            .write(move |conn| roles::keep_only(conn, &workspace, &UserId::from_stored(&user), &[]).unwrap())
            .await;
    }
    // A workspace without an owner has none to lose.
    done(&room, "DELETE", &path, None).await;
}

#[rstest]
#[actix_web::test]
async fn owners_through_a_group_are_guarded_against_all_that_changes_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    map_owners(&house, &room, "*-owners").await;
    let (ada, bob) = (room.user("ada@acme.example").await, room.user("bob@acme.example").await);
    let id = group(&room, "Acme-Owners", &[&ada]).await;
    let path = format!("/Groups/{id}");
    let whole = |name: &str, members: &[&str]| {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        Some(json!({ "schemas": [GROUP], "displayName": name, "members": members }))
    };
    let remove = |user: &str| json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") });
    for body in [
        patch(&json!([remove(&ada)])),
        patch(&json!([{ "op": "remove", "path": "members" }])),
        patch(&json!([{ "op": "replace", "path": "members", "value": [] }])),
        replace(&json!({ "displayName": "Acme-Founders" })),
    ] {
        is_held(&house, &room, "PATCH", &path, Some(body), "group_updated").await;
    }
    is_held(&house, &room, "PUT", &path, whole("Acme-Owners", &[]), "group_updated").await;
    is_held(&house, &room, "PUT", &path, whole("Acme", &[&ada]), "group_updated").await;
    is_held(&house, &room, "DELETE", &path, None, "group_deleted").await;
    let user = format!("/Users/{ada}");
    let off = || Some(replace(&json!({ "active": false })));
    is_held(&house, &room, "PATCH", &user, off(), "user_deactivated").await;
    is_held(&house, &room, "DELETE", &user, None, "user_deleted").await;
    assert_eq!(members(&room, &id).await, [ada.as_str()]);

    // Ownership may change within the group, and from one such group to another.
    done(&room, "PUT", &path, whole("Acme-Owners", &[&bob])).await;
    done(&room, "PATCH", &path, Some(replace(&json!({ "displayName": "All-OWNERS" })))).await;
    group(&room, "Other-owners", &[&ada]).await;
    done(&room, "PATCH", &path, Some(patch(&json!([remove(&bob)])))).await;
    done(&room, "DELETE", &path, None).await;
    is_held(&house, &room, "PATCH", &user, off(), "user_deactivated").await;
    // A group without a mapping gives no ownership.
    let other = group(&room, "Owners", &[&ada]).await;
    done(&room, "DELETE", &format!("/Groups/{other}"), None).await;
}

#[rstest]
#[actix_web::test]
async fn two_owners_taken_at_once_leave_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut earlier: Vec<String> = Vec::new();
    for round in 0..4 {
        let mut sending = Vec::new();
        let mut ids = Vec::new();
        for name in ["ada", "bob"] {
            let id = room.user(&format!("{name}{round}@acme.example")).await;
            assign(&house, &room, &id, "owner").await;
            ids.push(id);
        }
        // One owner of the previous round is left.
        let (workspace, former) = (room.workspace.clone(), std::mem::replace(&mut earlier, ids.clone()));
        house
            .write(move |conn| {
                former.iter().for_each(|id| {
                    roles::keep_only(conn, &workspace, &UserId::from_stored(id), &[]).unwrap();
                });
            })
            .await;
        for (number, id) in ids.iter().enumerate() {
            let url = format!("{}/Users/{id}", room.scim);
            let request = if number == 0 {
                house.http.delete(url)
            } else {
                let body = replace(&json!({ "active": false })).to_string();
                house.http.patch(url).header("content-type", "application/scim+json").body(body)
            };
            let request = request.bearer_auth(&room.token);
            sending.push(actix_web::rt::spawn(crate::support::answer(request)));
        }
        let mut answered = Vec::new();
        for sent in sending {
            answered.push(sent.await.unwrap().0);
        }
        assert_eq!(answered.iter().filter(|status| **status == 403).count(), 1, "{answered:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn the_operator_and_a_universal_logout_are_never_held(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let person = room.person("Ada").await;
    let ada = room.okta.scim_id(&room.app, &person).unwrap();
    assign(&house, &room, &ada, "owner").await;
    let token = api_token(&house, &room, &ada).await;
    assert_eq!(room.check_token(&token).await, 200);
    room.okta.universal_logout(&room.app, &person, SubjectFormat::Email).await.unwrap();
    assert_eq!(room.check_token(&token).await, 401);
    // The function that `vestibule user set-roles` calls.
    let (workspace, user) = (room.workspace.clone(), ada.clone());
    house
        .write(move |conn| roles::keep_only(conn, &workspace, &UserId::from_stored(&user), &[]).unwrap())
        .await;
    assert!(!trail(&house, &room).await.iter().any(|(kind, _)| kind == "push_held"));
}
