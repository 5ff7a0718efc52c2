//! An administrator decides who a person is: "Who is this?" displays the roles of the present user and offers to make a new one;
//! the `externalId` of a deactivated user can be freed; an owner is needed for what concerns an owner.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{
    ids::{RoleId, UserId},
    sets::AssignmentSource,
};
use vestibule_simulator::{Browser, Person};
use vestibule_store::{people::users, rights::roles, trail::events};

use super::furnished;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

async fn assign(house: &House, room: &Room, user_id: &str, role: &'static str) {
    let (workspace, user_id, now) = (room.workspace.clone(), user_id.to_owned(), house.state.now());
    let assigned = move |conn: &mut vestibule_store::Tx<'_>| {
        roles::assign(
            conn,
            &workspace,
            &UserId::from_stored(&user_id),
            &RoleId::from_stored(role),
            AssignmentSource::Manual,
            now,
        )
        .unwrap();
    };
    house.write(assigned).await;
}

/// Creates Kim, who signed in and has a manual role, and another Kim with her login, whose sign-in is refused here.
async fn two_kims(house: &House, room: &Room) -> (Person, Person, String) {
    let mut old = room.person("Kim").await;
    let id = room.okta.scim_id(&room.app, &old).unwrap();
    room.sign_in(&old).await;
    assign(house, room, &id, "editor").await;
    let login = std::mem::replace(&mut old.login, "former@acme.example".to_owned());
    old.email.clone_from(&old.login);
    room.okta.update_person(&old);
    let new = room.okta.add_person(&login, "Kim", "Newman");
    room.okta.assign_quietly(&room.app, &new);
    let (_, page) = room.sign_in(&new).await;
    assert_eq!(page.status, 403, "{}", page.text());
    (old, new, id)
}

async fn set_active(room: &Room, id: &str, active: bool) {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": active } }] });
    assert_eq!(room.scim("PATCH", &format!("/Users/{id}"), Some(body)).await.0, 200);
}

async fn conflicts(house: &House, browser: &Browser) -> vestibule_simulator::Page {
    browser.get(&house.url("/integrations/okta/conflicts")).await.unwrap()
}

async fn kinds(house: &House, room: &Room) -> Vec<String> {
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    all.into_iter().map(|event| event.kind).collect()
}

#[rstest]
#[actix_web::test]
async fn somebody_new_takes_the_name_and_nothing_else(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (old, new, id) = two_kims(&house, &room).await;
    let page = conflicts(&house, &browser).await;
    assert!(page.text().contains("Editor") && page.text().contains("Active"), "{}", page.text());
    // An active user cannot be replaced by a new person.
    let refused = browser.press(&page, "This is somebody new", &[]).await.unwrap();
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("kim@acme.example is active"), "{}", refused.text());
    set_active(&room, &id, false).await;
    let page = conflicts(&house, &browser).await;
    assert!(page.text().contains("Deactivated"), "{}", page.text());
    let page = browser.press(&page, "This is somebody new", &[]).await.unwrap();
    assert!(page.text().contains("No open conflicts"), "{}", page.text());
    assert!(kinds(&house, &room).await.contains(&"user_archived".to_owned()));
    // The name and the address are free for SCIM and for a sign-in.
    let made = room.okta.assign(&room.app, &new).await.unwrap();
    let new_id = room.okta.scim_id(&room.app, &new).unwrap_or_else(|| panic!("{made:?}"));
    assert_ne!(new_id, id);
    let workspace = room.workspace.clone();
    let (held, before) = house
        .write(move |conn| {
            let held = roles::effective(conn, &workspace, &UserId::from_stored(&new_id)).unwrap().role_ids();
            (held, users::get(conn, &workspace, &UserId::from_stored(&id)).unwrap())
        })
        .await;
    assert_eq!(held, ["member"]);
    assert_eq!(
        (before.active, before.email.as_deref(), before.external_id.as_deref()),
        (false, None, Some(old.id.as_str()))
    );
    assert!(
        before.user_name.starts_with("kim@acme.example") && before.user_name != "kim@acme.example",
        "{}",
        before.user_name
    );
    let (theirs, page) = room.sign_in(&new).await;
    assert_eq!((page.status, room.check(&theirs).await), (200, 200), "{}", page.text());
    let (his, page) = room.sign_in(&old).await;
    assert_eq!((page.status, room.check(&his).await), (403, 401), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn nobody_is_linked_to_an_owner_but_by_an_owner(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (_, new, id) = two_kims(&house, &room).await;
    assign(&house, &room, &id, "owner").await;
    let page = conflicts(&house, &browser).await;
    let refused = browser.press(&page, "Link to this user", &[]).await.unwrap();
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("only an owner"), "{}", refused.text());
    let (theirs, page) = room.sign_in(&new).await;
    assert_eq!((page.status, room.check(&theirs).await), (403, 401));
    let olga = room.person("Olga").await;
    assign(&house, &room, &room.okta.scim_id(&room.app, &olga).unwrap(), "owner").await;
    let (owner, _) = room.sign_in(&olga).await;
    let page = conflicts(&house, &owner).await;
    let page = owner.press(&page, "Link to this user", &[]).await.unwrap();
    assert!(page.text().contains("No open conflicts"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn an_external_id_of_somebody_deactivated_is_freed_on_their_page(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let kim = room.person("Kim").await;
    let (id, bob) = (room.okta.scim_id(&room.app, &kim).unwrap(), room.user("bob@acme.example").await);
    room.sign_in(&kim).await;
    let url = house.url(&format!("/people/{id}"));
    let page = browser.get(&url).await.unwrap();
    assert!(
        page.text().contains(&kim.id) && !page.text().contains("Free this externalId"),
        "{}",
        page.text()
    );
    set_active(&room, &id, false).await;
    let body = || {
        let value = json!({ "externalId": kim.id });
        Some(
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "value": value }] }),
        )
    };
    let bob = format!("/Users/{bob}");
    assert_eq!(room.scim("PATCH", &bob, body()).await.0, 409);
    let page = browser.get(&url).await.unwrap();
    let page = browser.press(&page, "Free this externalId", &[]).await.unwrap();
    assert!(page.text().contains("another person can now have this externalId"), "{}", page.text());
    assert!(kinds(&house, &room).await.contains(&"external_id_freed".to_owned()));
    assert_eq!(room.scim("PATCH", &bob, body()).await.0, 200);
    // A sign-in with the external id finds the user who has it now.
    let (theirs, page) = room.sign_in(&kim).await;
    assert_eq!((page.status, room.check(&theirs).await), (200, 200), "{}", page.text());
    let account = theirs.get(&house.url("/api/check")).await.unwrap();
    assert!(account.html.contains("bob@acme.example"), "{}", account.html);
    // An active user never loses the external id, even by a forged form.
    let page = browser.get(&url).await.unwrap();
    assert!(!page.text().contains("Free this externalId"), "{}", page.text());
}
