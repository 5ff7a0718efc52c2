//! An email claim does not identify an existing user: only a login name under a verified domain does, and a user with a role in
//! the console is never recognised by email alone.

use rstest::rstest;
use vestibule_core::{
    ids::{RoleId, UserId},
    sets::{AssignmentSource, ConflictReason},
};
use vestibule_simulator::Person;
use vestibule_store::{
    providers::conflicts,
    rights::{mappings, roles},
};

use super::{
    assert_refused, change_connection,
    people::{operator_s_user, people},
    who,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Adds a person at the provider with this login name and this email claim.
fn person(room: &Room, login: &str, email: &str) -> Person {
    let mut person = room.okta.add_person(login, "Mallory", "Family");
    person.email = email.to_owned();
    room.okta.update_person(&person);
    room.okta.assign_quietly(&room.app, &person);
    person
}

async fn give(house: &House, room: &Room, user_id: &str, role: &'static str) {
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

/// Returns the waiting conflicts: the reason and the user in question.
async fn waiting(house: &House, room: &Room) -> Vec<(ConflictReason, Option<UserId>)> {
    let workspace = room.workspace.clone();
    let list = house.write(move |conn| conflicts::list(conn, &workspace, 100).unwrap()).await;
    list.into_iter().map(|conflict| (conflict.reason, conflict.user_id)).collect()
}

#[rstest]
#[actix_web::test]
async fn an_e_mail_claim_of_another_user_than_the_login_name_is_a_conflict(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let boss = operator_s_user(&house, &room, "boss@acme.example", "boss@acme.example").await;
    give(&house, &room, &boss, "owner").await;
    let grace = operator_s_user(&house, &room, "grace@acme.example", "grace@acme.example").await;
    for jit in [false, true] {
        change_connection(&house, &room, move |connection| connection.jit = jit).await;
        let known = format!("known{jit}@acme.example");
        operator_s_user(&house, &room, &known, &known).await;
        let before = people(&room).await;
        for (login, email, named) in [
            // No user has the login name.
            (format!("mallory{jit}@acme.example"), "boss@acme.example", Some(&boss)),
            (format!("eve{jit}@acme.example"), "grace@acme.example", Some(&grace)),
            // One user has the login name and another user has the address.
            (known, "BOSS@acme.example", Some(&boss)),
        ] {
            let mallory = person(&room, &login, email);
            let (browser, page) = room.sign_in(&mallory).await;
            let words = ["Your name belongs to somebody else here", "email address"];
            assert_refused(&house, &browser, &page, 403, &words);
            let found = (ConflictReason::Email, named.cloned());
            assert!(waiting(&house, &room).await.contains(&found), "{login} {email}");
        }
        assert_eq!(people(&room).await, before, "nobody was created");
    }
    // An email address of the same user, or of no user, causes no conflict.
    let plain = operator_s_user(&house, &room, "plain@acme.example", "plain@acme.example").await;
    let person = person(&room, "plain@acme.example", "p.lain@acme.example");
    let (browser, page) = room.sign_in(&person).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(who(&house, &browser).await["user"], plain.as_str());
}

#[rstest]
#[actix_web::test]
async fn a_role_in_the_console_is_never_given_through_an_e_mail_claim_alone(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for role in ["owner", "admin", "auditor", "editor", "viewer"] {
        let email = format!("{role}@acme.example");
        let user = operator_s_user(&house, &room, role, &email).await;
        give(&house, &room, &user, role).await;
        // A login name that is no address, and an address under an unverified domain.
        for login in [format!("mallory-{role}"), format!("mallory-{role}@elsewhere.example")] {
            let mallory = person(&room, &login, &email);
            let (browser, page) = room.sign_in(&mallory).await;
            if roles::READERS.contains(&role) {
                assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);
            } else {
                assert_eq!(page.status, 200, "{role} {login} {}", page.text());
                assert_eq!(who(&house, &browser).await["user"], user.as_str());
                break;
            }
        }
    }
    let found = waiting(&house, &room).await;
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(
        found.iter().all(|(reason, user)| *reason == ConflictReason::Email && user.is_some()),
        "{found:?}"
    );
}

#[rstest]
#[actix_web::test]
async fn a_role_in_the_console_counts_from_wherever_it_comes(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let boss = operator_s_user(&house, &room, "boss", "boss@acme.example").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, "Bosses", &RoleId::from_stored("admin"), now).unwrap();
        })
        .await;
    let group = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Bosses",
        "members": [{ "value": boss }],
    });
    assert_eq!(room.scim("POST", "/Groups", Some(group)).await.0, 201);
    let mallory = person(&room, "mallory", "boss@acme.example");
    let (browser, page) = room.sign_in(&mallory).await;
    assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);
    // The provider's own login name matches the user.
    let own = person(&room, "boss@acme.example", "boss@acme.example");
    let (browser, page) = room.sign_in(&own).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(who(&house, &browser).await["user"], boss.as_str());
}
