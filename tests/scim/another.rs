//! Two people and one row: an account whose `externalId` changes, a reused name, a person who returns with another name, and values
//! that another user has.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{EntitlementId, RoleId, UserId},
    sets::AssignmentSource,
};
use vestibule_simulator::{Forgery, SubjectFormat};
use vestibule_store::rights::{entitlements, roles};

use super::{GROUP, api_token, checked, done, found, person, refused, replace, text, trail};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

fn off() -> Option<Value> {
    Some(replace(&json!({ "active": false })))
}

/// The user document that Okta sends for this name and id.
fn of(user_name: &str, external_id: &str) -> Value {
    let mut user = person(user_name);
    user["externalId"] = json!(external_id);
    user
}

/// Assigns a role and an entitlement manually.
async fn give_by_hand(house: &House, room: &Room, user_id: &str) {
    let (workspace, user_id, now) = (room.workspace.clone(), user_id.to_owned(), house.state.now());
    house
        .write(move |conn| {
            roles::assign(
                conn,
                &workspace,
                &UserId::from_stored(&user_id),
                &RoleId::from_stored("editor"),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
            if entitlements::find(conn, &workspace, "billing").unwrap().is_none() {
                entitlements::create(
                    conn,
                    &workspace,
                    EntitlementId::from_stored("billing"),
                    "Billing",
                    "",
                    now,
                )
                .unwrap();
            }
            entitlements::assign(
                conn,
                &workspace,
                &UserId::from_stored(&user_id),
                &EntitlementId::from_stored("billing"),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
        .await;
}

/// The roles and entitlements of a user, by id.
async fn powers(house: &House, room: &Room, user_id: &str) -> (Vec<String>, Vec<String>) {
    let (workspace, user_id) = (room.workspace.clone(), user_id.to_owned());
    let effective = house
        .write(move |conn| roles::effective(conn, &workspace, &UserId::from_stored(&user_id)).unwrap())
        .await;
    (
        effective.role_ids().into_iter().map(RoleId::into_string).collect(),
        effective.entitlement_ids().into_iter().map(EntitlementId::into_string).collect(),
    )
}

/// The data of the last event of a kind.
async fn told(house: &House, room: &Room, kind: &str) -> Option<Value> {
    let all = trail(house, room).await;
    let last = all.into_iter().rev().find(|(found, _)| found == kind)?;
    Some(serde_json::from_str(&last.1).unwrap())
}

#[rstest]
#[actix_web::test]
async fn the_former_person_of_a_reused_account_is_out_and_the_new_one_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut old = room.person("John").await;
    let id = room.okta.scim_id(&room.app, &old).unwrap();
    let (browser, page) = room.sign_in(&old).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let token = api_token(&house, &room, &id).await;
    // One John leaves; another John gets his login, and Okta finds the account by it.
    let login = std::mem::replace(&mut old.login, "former@acme.example".to_owned());
    old.email.clone_from(&old.login);
    room.okta.update_person(&old);
    let new = room.okta.add_person(&login, "John", "Newman");
    room.okta.assign_quietly(&room.app, &new);
    let user = done(&room, "PUT", &format!("/Users/{id}"), Some(of(&login, &new.id))).await;
    assert_eq!(user["id"], json!(id));

    assert_eq!((room.check(&browser).await, room.check_token(&token).await), (401, 401));
    assert_eq!(told(&house, &room, "access_ended").await.unwrap()["reason"], "identity_changed");
    let unlinked = told(&house, &room, "identity_unlinked").await.unwrap();
    assert_eq!((&unlinked["subject"], &unlinked["external_id"]), (&json!(old.id), &json!(new.id)));
    // A second later, because `auth_time` has whole seconds and must be after the end of access.
    house.clock.advance(2_000_000);
    room.okta.move_clock(2);
    let (theirs, page) = room.sign_in(&new).await;
    assert_eq!((page.status, room.check(&theirs).await), (200, 200), "{}", page.text());
    let (his, page) = room.sign_in(&old).await;
    assert_eq!((page.status, room.check(&his).await), (403, 401), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_link_that_came_before_the_external_id_is_undone_by_another_one(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let old = room.person("John").await;
    let id = room.okta.scim_id(&room.app, &old).unwrap();
    let (browser, _) = room.sign_in(&old).await;
    // In two steps: first the old id is removed.
    let mut without = of(&old.login, "");
    without.as_object_mut().unwrap().remove("externalId");
    done(&room, "PUT", &format!("/Users/{id}"), Some(without)).await;
    assert_eq!(room.check(&browser).await, 200);
    let new = room.okta.add_person("newman@acme.example", "John", "Newman");
    done(&room, "PATCH", &format!("/Users/{id}"), Some(replace(&json!({ "externalId": new.id })))).await;
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_reused_name_inherits_nothing_that_was_given_by_hand(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (name, old, new) = ("kim@acme.example", "00u00000000000000kim", "00u000000000000kim2");
    let id = text(&done(&room, "POST", "/Users", Some(of(name, old))).await["id"]);
    let path = format!("/Users/{id}");
    give_by_hand(&house, &room, &id).await;
    let powerful = (vec!["editor".to_owned()], vec!["billing".to_owned()]);
    // The same person gets their rights back.
    done(&room, "PATCH", &path, off()).await;
    done(&room, "PUT", &path, Some(of(name, old))).await;
    assert_eq!(powers(&house, &room, &id).await, powerful);
    // Another person with the same name does not.
    done(&room, "PATCH", &path, off()).await;
    done(&room, "PUT", &path, Some(of(name, new))).await;
    assert_eq!(powers(&house, &room, &id).await, (vec!["member".to_owned()], vec![]));
    let dropped = told(&house, &room, "given_by_hand_dropped").await.unwrap();
    assert_eq!((&dropped["roles"], &dropped["entitlements"]), (&json!(["editor"]), &json!(["billing"])));
    assert_eq!((&dropped["external_id_before"], &dropped["external_id"]), (&json!(old), &json!(new)));
    let token = api_token(&house, &room, &id).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["member"]));
    // While the user is active, a change of the id alone removes no role.
    give_by_hand(&house, &room, &id).await;
    done(&room, "PUT", &path, Some(of(name, old))).await;
    assert_eq!(powers(&house, &room, &id).await, powerful);
}

#[rstest]
#[actix_web::test]
async fn somebody_renamed_while_unassigned_comes_back_as_themselves(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ann = "00u000000000000000ann";
    let id = text(&done(&room, "POST", "/Users", Some(of("ann.old@acme.example", ann))).await["id"]);
    give_by_hand(&house, &room, &id).await;
    done(&room, "PATCH", &format!("/Users/{id}"), off()).await;
    let (status, user) = room.scim("POST", "/Users", Some(of("ann.new@acme.example", ann))).await;
    assert_eq!((status, &user["id"], &user["active"]), (201, &json!(id), &json!(true)), "{user}");
    assert_eq!(user["userName"], "ann.new@acme.example");
    assert_eq!(found(&room, "userName sw \"ann\"").await, ["ann.new@acme.example"]);
    assert_eq!(powers(&house, &room, &id).await.0, ["editor"]);
    assert!(told(&house, &room, "user_reactivated").await.is_some());

    // While she is active: 409 names the existing user.
    let again = room.scim("POST", "/Users", Some(of("ann.third@acme.example", ann))).await;
    let detail = refused(&again, 409, Some("uniqueness"));
    assert!(detail.contains(&id) && detail.contains("ann.new@acme.example"), "{detail}");
    // Another active user has her new name: 409 names that user.
    done(&room, "PATCH", &format!("/Users/{id}"), off()).await;
    let bob = text(&done(&room, "POST", "/Users", Some(person("bob@acme.example"))).await["id"]);
    let taken = room.scim("POST", "/Users", Some(of("BOB@acme.example", ann))).await;
    let detail = refused(&taken, 409, Some("uniqueness"));
    assert!(detail.contains("userName") && detail.contains(&bob) && !detail.contains(&id), "{detail}");
    // Another user asks for her externalId: 409 names her, and who can free it.
    let path = format!("/Users/{bob}");
    for (method, body) in
        [("PATCH", replace(&json!({ "externalId": ann }))), ("PUT", of("bob@acme.example", ann))]
    {
        let detail = refused(&room.scim(method, &path, Some(body)).await, 409, Some("uniqueness"));
        assert!(detail.contains("externalId") && detail.contains(&id), "{detail}");
        assert!(detail.contains("ann.new@acme.example") && detail.contains("can free it"), "{detail}");
    }
    let detail = refused(
        &room.scim("PATCH", &path, Some(replace(&json!({ "userName": "ann.new@acme.example" })))).await,
        409,
        Some("uniqueness"),
    );
    assert!(detail.contains("userName") && detail.contains(&id), "{detail}");
}

#[rstest]
#[actix_web::test]
async fn an_external_id_is_never_another_users_id(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (ada, bob) = (room.person("Ada").await, room.user("bob@acme.example").await);
    let id = room.okta.scim_id(&room.app, &ada).unwrap();
    let (browser, _) = room.sign_in(&ada).await;
    for shield in [id.clone(), id.to_uppercase()] {
        let change = replace(&json!({ "externalId": shield }));
        let answer = room.scim("PATCH", &format!("/Users/{bob}"), Some(change)).await;
        let detail = refused(&answer, 409, Some("uniqueness"));
        assert!(detail.contains("the id of another user"), "{detail}");
        let answer = room.scim("POST", "/Users", Some(of("new@acme.example", &shield))).await;
        refused(&answer, 409, Some("uniqueness"));
    }
    // A user's own id, and an id of no user, are ordinary values.
    for external_id in [bob.as_str(), "019aa000-0000-7000-8000-000000000000"] {
        done(&room, "PATCH", &format!("/Users/{bob}"), Some(replace(&json!({ "externalId": external_id }))))
            .await;
    }
    let body = json!({ "sub_id": { "format": "opaque", "id": id } }).to_string();
    let forgery = Forgery::new().body(body);
    let sent =
        room.okta.forge_universal_logout(&room.app, &ada, SubjectFormat::Email, &forgery).await.unwrap();
    assert_eq!((sent.status, room.check(&browser).await), (204, 401));
}

#[rstest]
#[actix_web::test]
async fn a_409_about_a_group_says_which_group_holds_the_value(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let whole = |name: &str, external_id: &str| {
        Some(json!({ "schemas": [GROUP], "displayName": name, "externalId": external_id }))
    };
    let staff = text(&done(&room, "POST", "/Groups", whole("Staff", "00g1")).await["id"]);
    let other = text(&done(&room, "POST", "/Groups", whole("Other", "00g2")).await["id"]);
    for (method, path, body, attribute) in [
        ("POST", "/Groups".to_owned(), whole("STAFF", "00g3"), "displayName"),
        ("POST", "/Groups".to_owned(), whole("Third", "00g1"), "externalId"),
        ("PUT", format!("/Groups/{other}"), whole("Staff", "00g2"), "displayName"),
        ("PATCH", format!("/Groups/{other}"), Some(replace(&json!({ "externalId": "00g1" }))), "externalId"),
    ] {
        let detail = refused(&room.scim(method, &path, body).await, 409, Some("uniqueness"));
        assert!(
            detail.contains(attribute) && detail.contains(&staff) && detail.contains("'Staff'"),
            "{detail}"
        );
    }
}

#[rstest]
#[actix_web::test]
async fn one_unknown_member_is_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let of = |ids: &[&str]| {
        let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
        Some(json!({ "schemas": [GROUP], "displayName": "Staff", "members": members }))
    };
    let detail = refused(&room.scim("POST", "/Groups", of(&["x"])).await, 400, Some("invalidValue"));
    assert_eq!(detail, "members: 1 of the ids is no user of this workspace (x); provision this person first");
    let detail = refused(&room.scim("POST", "/Groups", of(&["x", "y"])).await, 400, Some("invalidValue"));
    assert_eq!(
        detail,
        "members: 2 of the ids are no users of this workspace (x, y); provision these people first"
    );
}
