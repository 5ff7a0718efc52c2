//! Which people may sign in, and which get a page that says what the administrator must do.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{ids::UserId, sets::UserSource};
use vestibule_simulator::Browser;
use vestibule_store::{
    people::users::{self, User},
    trail::events::Cause,
};

use super::{SECOND, assert_refused, change_connection, way_back, who};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Creates a user as the operator does: no `externalId`, and an email address separate from the user name.
pub(super) async fn operator_s_user(house: &House, room: &Room, user_name: &str, email: &str) -> UserId {
    let (workspace_id, now) = (room.workspace.clone(), house.state.now());
    let mut user = User::new(&workspace_id, user_name, UserSource::Operator, now);
    user.email = Some(email.to_owned());
    let (user_id, email) = (user.user_id.clone(), email.to_owned());
    house
        .write(move |conn| {
            users::insert(conn, &user, &[email]).unwrap();
            users::created(conn, &user, &Cause::cli(), now).unwrap();
        })
        .await;
    user_id
}

/// Returns the number of users in the workspace, from SCIM.
pub(super) async fn people(room: &Room) -> serde_json::Value {
    room.scim("GET", "/Users?count=0", None).await.1["totalResults"].clone()
}

#[rstest]
#[actix_web::test]
async fn a_provisioned_person_signs_in_and_the_app_is_told_who_it_is(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, page) = room.sign_in(&ada).await;
    assert_eq!((page.status, page.url.as_str()), (200, house.url("/account").as_str()));
    assert!(page.text().contains("Ada Family") && page.text().contains("Acme"), "{}", page.text());

    let id = room.okta.scim_id(&room.app, &ada).unwrap();
    let answer = browser.get(&house.url("/api/check")).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-vestibule-user"), Some(id.as_str()));
    assert_eq!(answer.header("x-vestibule-workspace"), Some(room.workspace.as_str()));
    assert_eq!(answer.header("x-vestibule-roles"), Some("member"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told: serde_json::Value = serde_json::from_str(&answer.html).unwrap();
    let expected = json!({
        "user": id, "user_name": ada.login, "email": ada.email, "email_verified": true, "workspace": room.workspace,
        "roles": ["member"], "entitlements": [], "scope": null, "client_id": null, "by": "session",
    });
    assert_eq!(told, expected);
}

#[rstest]
#[actix_web::test]
async fn a_provisioned_person_is_recognised_by_their_okta_id_whatever_their_domain(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.okta.add_person("ada@contractor.example", "Ada", "Family");
    room.okta.assign(&room.app, &ada).await.unwrap();
    let (browser, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let mut renamed = ada.clone();
    renamed.login = "ada.lovelace@contractor.example".to_owned();
    room.okta.update_person(&renamed);
    let (again, _) = room.sign_in(&renamed).await;
    assert_eq!(who(&house, &browser).await["user"], who(&house, &again).await["user"]);
}

#[rstest]
#[actix_web::test]
async fn an_operator_s_user_is_recognised_by_name_or_address_under_a_verified_domain(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let by_name = operator_s_user(&house, &room, "Ada@ACME.example", "someone@acme.example").await;
    let by_address = operator_s_user(&house, &room, "grace.hopper", "Grace@Acme.example").await;
    for (name, id) in [("ada", by_name), ("grace", by_address)] {
        let person = room.okta.add_person(&format!("{name}@acme.example"), name, "Family");
        room.okta.assign_quietly(&room.app, &person);
        for _ in 0..2 {
            let (browser, page) = room.sign_in(&person).await;
            assert_eq!(page.status, 200, "{}", page.text());
            assert_eq!(who(&house, &browser).await["user"], id.as_str());
        }
    }
}

#[rstest]
#[actix_web::test]
async fn an_address_that_two_users_share_recognises_neither(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for name in ["one", "two"] {
        operator_s_user(&house, &room, name, "shared@acme.example").await;
    }
    let person = room.okta.add_person("shared@acme.example", "Shared", "Family");
    room.okta.assign_quietly(&room.app, &person);
    let (browser, page) = room.sign_in(&person).await;
    assert_refused(&house, &browser, &page, 403, &["several users share your address"]);
}

#[rstest]
#[actix_web::test]
async fn an_unknown_person_is_told_what_the_administrator_must_do(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let person = room.okta.add_person("new@acme.example", "New", "Family");
    room.okta.assign_quietly(&room.app, &person);
    let (browser, page) = room.sign_in(&person).await;
    let words = ["You are not provisioned here yet", "assign you to the app", "Just-in-time provisioning"];
    assert_refused(&house, &browser, &page, 403, &words);
    assert_eq!(people(&room).await, 0);
}

#[rstest]
#[actix_web::test]
async fn somebody_not_assigned_in_okta_is_not_let_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let person = room.okta.add_person("other@acme.example", "Other", "Family");
    let (browser, page) = room.sign_in(&person).await;
    assert_refused(&house, &browser, &page, 403, &["Okta did not let you in", "not assigned"]);
}

#[rstest]
#[actix_web::test]
async fn a_user_under_an_unverified_domain_is_not_recognised_by_name(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.user("ada@elsewhere.example").await;
    let person = room.okta.add_person("ada@elsewhere.example", "Ada", "Family");
    room.okta.assign_quietly(&room.app, &person);
    let (browser, page) = room.sign_in(&person).await;
    assert_refused(&house, &browser, &page, 403, &["Your email domain is not verified here"]);
}

#[rstest]
#[actix_web::test]
async fn just_in_time_makes_a_person_once_and_scim_later_finds_them(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Family");
    room.okta.assign_quietly(&room.app, &ada);
    let (first, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (second, _) = room.sign_in(&ada).await;
    let id = who(&house, &first).await["user"].clone();
    assert_eq!(who(&house, &second).await["user"], id);

    // Okta searches for a user name before it creates the user (okta-facts §2.5).
    let mut ada = ada;
    ada.family = "Lovelace".to_owned();
    room.okta.update_person(&ada);
    let exchanges = room.okta.assign(&room.app, &ada).await.unwrap();
    assert!(exchanges.iter().all(|exchange| (200..300).contains(&exchange.status)), "{exchanges:?}");
    assert!(exchanges.iter().all(|exchange| exchange.method != "POST"), "{exchanges:?}");
    assert_eq!(room.okta.scim_id(&room.app, &ada).unwrap(), id);
    let (status, user) = room.scim("GET", &format!("/Users/{}", id.as_str().unwrap()), None).await;
    assert_eq!((status, &user["name"]["familyName"]), (200, &json!("Lovelace")));
    assert_eq!(user["externalId"], ada.id);
    assert_eq!(people(&room).await, 1);
    assert_eq!(who(&house, &first).await["user"], id, "the session goes on");
}

#[rstest]
#[actix_web::test]
async fn just_in_time_makes_nobody_under_an_unverified_domain(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;
    let person = room.okta.add_person("ada@elsewhere.example", "Ada", "Family");
    room.okta.assign_quietly(&room.app, &person);
    let (browser, page) = room.sign_in(&person).await;
    assert_refused(&house, &browser, &page, 403, &["Your email domain is not verified here"]);
    assert_eq!(people(&room).await, 0);
}

#[rstest]
#[actix_web::test]
async fn a_deactivated_person_is_refused_until_they_are_reactivated(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.okta.deactivate(&room.app, &ada).await.unwrap();
    let (browser, page) = room.sign_in(&ada).await;
    assert_refused(
        &house,
        &browser,
        &page,
        403,
        &["You are deactivated here", "assign you to the app again"],
    );
    room.okta.reactivate(&room.app, &ada).await.unwrap();
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_second_okta_user_of_the_same_name_is_a_conflict_for_the_administrator(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // The operator's user is linked to the first person of that name; then another person gets the login.
    operator_s_user(&house, &room, "ada@acme.example", "ada@acme.example").await;
    let mut first = room.okta.add_person("ada@acme.example", "Ada", "First");
    room.okta.assign_quietly(&room.app, &first);
    let (_, page) = room.sign_in(&first).await;
    assert_eq!(page.status, 200, "{}", page.text());
    first.login = "former@acme.example".to_owned();
    first.email.clone_from(&first.login);
    room.okta.update_person(&first);
    let second = room.okta.add_person("ada@acme.example", "Ada", "Second");
    room.okta.assign_quietly(&room.app, &second);
    for jit in [false, true] {
        change_connection(&house, &room, move |connection| connection.jit = jit).await;
        let (browser, page) = room.sign_in(&second).await;
        let words = ["Your name belongs to somebody else here", "linked to another Okta user"];
        assert_refused(&house, &browser, &page, 403, &words);
    }
    assert_eq!(people(&room).await, 1);
    let (_, page) = room.sign_in(&first).await;
    assert_eq!(page.status, 200, "the first one still signs in: {}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_user_provisioned_as_another_okta_user_is_a_conflict_too(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut first = room.person("Ada").await;
    let login = std::mem::replace(&mut first.login, "former@acme.example".to_owned());
    room.okta.update_person(&first);
    let second = room.okta.add_person(&login, "Ada", "Second");
    room.okta.assign_quietly(&room.app, &second);
    let (browser, page) = room.sign_in(&second).await;
    assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);
}

#[rstest]
#[actix_web::test]
async fn a_refusal_s_reference_is_its_event_in_the_trail(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.okta.deactivate(&room.app, &ada).await.unwrap();
    let (_, page) = room.sign_in(&ada).await;
    let workspace = room.workspace.clone();
    let trail = house
        .write(move |conn| vestibule_store::trail::events::list(conn, &workspace, 0, 100).unwrap())
        .await;
    let refusal = trail.iter().find(|event| event.kind == "sign_in_refused").unwrap();
    assert!(page.text().contains(&format!("Reference {}", refusal.event_id)), "{}", page.text());
    assert!(
        refusal.data.as_str().contains("deactivated") && !refusal.data.as_str().contains("acme.example"),
        "{}",
        refusal.data.as_str()
    );
}

#[rstest]
#[actix_web::test]
async fn who_was_deleted_is_unknown_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let id = who(&house, &browser).await["user"].as_str().unwrap().to_owned();
    assert_eq!(room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    assert_eq!(room.check(&browser).await, 401);
    let (stranger, page) = room.sign_in(&ada).await;
    assert_refused(&house, &stranger, &page, 403, &["You are not provisioned here yet"]);
    change_connection(&house, &room, |connection| connection.jit = true).await;
    // Two seconds after the deletion, which ended their access, because `auth_time` has whole seconds.
    house.clock.advance(2 * SECOND);
    room.okta.move_clock(2);
    let (browser, _) = room.sign_in(&ada).await;
    assert_ne!(who(&house, &browser).await["user"], id, "ids are never given twice");
}

#[rstest]
#[actix_web::test]
async fn two_first_sign_ins_at_once_make_one_user(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Family");
    room.okta.assign_quietly(&room.app, &ada);
    let mut under_way = Vec::new();
    for _ in 0..4 {
        let browser = Browser::new().unwrap();
        let back = way_back(&room, &browser, &ada).await;
        under_way.push(actix_web::rt::spawn(async move { browser.get(&back).await.unwrap() }));
    }
    let mut signed_in = 0;
    for page in under_way {
        let page = page.await.unwrap();
        signed_in += i32::from(page.url.path() == "/account");
        assert!([200, 409].contains(&page.status), "{} {}", page.status, page.text());
    }
    assert!(signed_in > 0);
    assert_eq!(people(&room).await, 1);
}

#[rstest]
#[actix_web::test]
async fn who_came_just_in_time_is_adopted_when_scim_creates_them(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Family");
    let eve = room.okta.add_person("eve@acme.example", "Eve", "Family");
    for person in [&ada, &eve] {
        room.okta.assign_quietly(&room.app, person);
    }
    let (browser, _) = room.sign_in(&ada).await;
    let id = who(&house, &browser).await["user"].as_str().unwrap().to_owned();
    room.sign_in(&eve).await;
    let create = |user_name: &str, external_id: &str| {
        let (user_name, external_id) = (user_name.to_owned(), external_id.to_owned());
        let room = &room;
        async move {
            let body = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name,
                "externalId": external_id, "name": { "familyName": "Lovelace" }, "active": true,
            });
            room.scim("POST", "/Users", Some(body)).await
        }
    };
    // Another Okta user with that name, or an id and a name of two different people: no user is adopted.
    for (user_name, external_id) in
        [("ada@acme.example", "00uother000000000001"), ("eve@acme.example", &ada.id)]
    {
        let (status, body) = create(user_name, external_id).await;
        assert_eq!((status, &body["scimType"]), (409, &json!("uniqueness")), "{body}");
    }
    // Okta's own id with another user name than at the sign-in (the userName mapping was changed).
    let (status, body) = create("Ada.Lovelace@acme.example", &ada.id).await;
    assert_eq!(
        (status, &body["id"], &body["userName"]),
        (201, &json!(id), &json!("Ada.Lovelace@acme.example")),
        "{body}"
    );
    assert_eq!(body["name"]["familyName"], "Lovelace");
    assert_eq!(people(&room).await, 2);
    assert_eq!(who(&house, &browser).await["user"], json!(id), "the session goes on");
    let (again, _) = room.sign_in(&ada).await;
    assert_eq!(who(&house, &again).await["user"], json!(id));
    // From now on SCIM manages the user, and a second creation is a conflict as usual.
    let (status, _) = create("ada.lovelace@ACME.example", &ada.id).await;
    assert_eq!(status, 409);
    // The name alone is sufficient, even if SCIM sends another `externalId`.
    let (status, body) = create("EVE@acme.example", "4711").await;
    assert_eq!((status, &body["externalId"]), (201, &json!("4711")), "{body}");
    let (_, page) = room.sign_in(&eve).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(people(&room).await, 2);
}
