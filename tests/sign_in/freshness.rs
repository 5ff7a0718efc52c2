//! After an end of access a person authenticates again, also when their user was deleted: neither just-in-time provisioning nor a
//! new SCIM user accepts an older authentication.

use rstest::rstest;
use serde_json::json;
use vestibule_simulator::{Browser, Misbehavior, Page, SubjectFormat};
use vestibule_store::{people::former_users, providers::identities::IdentityKey, safeguards::sweep};

use super::{SECOND, change_connection};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const DAY: i64 = 24 * 3600 * SECOND;

/// Signs Ada in, ends all her access and deletes her user. Her browser is still signed in to Okta.
async fn deleted(house: &House, room: &Room) -> Browser {
    let ada = room.person("Ada").await;
    let (browser, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let id = room.okta.scim_id(&room.app, &ada).unwrap();
    pass(house, room, 5);
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap();
    assert_eq!(room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    pass(house, room, 5);
    browser
}

fn pass(house: &House, room: &Room, seconds: i64) {
    house.clock.advance(seconds * SECOND);
    room.okta.move_clock(seconds);
}

/// Asserts that the page is Okta's request for the password.
#[track_caller]
fn assert_asked_anew(page: &Page) {
    assert!(page.form_with_field("identifier").is_ok(), "{} {}", page.url, page.text());
    assert_eq!(page.query("prompt").as_deref(), Some("login"), "{}", page.url);
}

#[rstest]
#[actix_web::test]
async fn who_was_deleted_is_not_created_again_by_a_silent_sign_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;
    let browser = deleted(&house, &room).await;
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_asked_anew(&page);
    assert_eq!(room.scim("GET", "/Users?count=0", None).await.1["totalResults"], 0);
    // A provider that does not ask again for the password is refused.
    room.okta.tamper(Misbehavior::StaleAuthTime);
    let refused = browser.get(page.url.as_str()).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert_eq!(room.scim("GET", "/Users?count=0", None).await.1["totalResults"], 0);
    // After the authentication the user is created, and the provider's session is sufficient from then on.
    let ada = room.okta.people()[0].clone();
    let page = browser.get(&room.login_url()).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn who_was_deleted_and_created_again_over_scim_authenticates_anew(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = deleted(&house, &room).await;
    let ada = room.okta.people()[0].clone();
    let user = |external_id: Option<&str>| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": ada.login,
            "externalId": external_id, "active": true,
        })
    };
    // SCIM creates the user with Okta's id, then with the name alone.
    for external_id in [Some(ada.id.as_str()), None] {
        let (status, body) = room.scim("POST", "/Users", Some(user(external_id))).await;
        assert_eq!(status, 201, "{body}");
        assert_asked_anew(&browser.get(&room.login_url()).await.unwrap());
        let id = body["id"].as_str().unwrap();
        assert_eq!(room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    }
}

#[rstest]
#[actix_web::test]
async fn who_never_signed_in_before_the_end_of_access_authenticates_after_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;
    // The browser is already signed in to Okta; the user here matches by name alone.
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Family");
    let browser = Browser::new().unwrap();
    let away = browser.get(&room.login_url()).await.unwrap();
    browser.sign_in_to_okta(&away, &ada).await.unwrap();
    room.okta.assign_quietly(&room.app, &ada);
    let id = room.user("ada@acme.example").await;
    pass(&house, &room, 5);
    assert_eq!(room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    pass(&house, &room, 5);
    assert_asked_anew(&browser.get(&room.login_url()).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn deleted_people_are_remembered_for_a_bounded_time(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    deleted(&house, &room).await;
    let ada = room.okta.people()[0].clone();
    let remembered = async |room: &Room| {
        let (workspace, issuer, subject) =
            (room.workspace.clone(), room.okta.issuer().to_owned(), ada.id.clone());
        house
            .write(move |conn| {
                former_users::revoked_at(
                    conn,
                    &workspace,
                    IdentityKey { issuer: &issuer, subject: &subject },
                    None,
                    &[],
                )
                .unwrap()
            })
            .await
    };
    assert!(remembered(&room).await.is_some());
    assert_eq!(remembered(&other).await, None, "the workspace is in the key");
    for (days, kept) in [(89, true), (2, false)] {
        house.clock.advance(days * DAY);
        let now = house.state.now();
        house.write(move |conn| sweep::expired(conn, now).unwrap()).await;
        assert_eq!(remembered(&room).await.is_some(), kept, "{days} days later");
    }
}
