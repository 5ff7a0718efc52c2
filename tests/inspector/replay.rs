//! A refused SCIM request is sent again by an administrator: a dry run first, which changes nothing, then for real, marked in the event
//! log. What can't be sent again says why.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{RoleId, WorkspaceId},
    sets::{AssignmentSource, Door},
};
use vestibule_simulator::{Browser, Form, Page};
use vestibule_store::{
    access::tokens,
    observation,
    people::users,
    rights::roles,
    trail::events::{self, Event, EventFilter},
};

use super::newest;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Signs in a person with this role.
async fn somebody(house: &House, room: &Room, name: &str, role: &'static str) -> Browser {
    let person = room.person(name).await;
    let (workspace, login, now) = (room.workspace.clone(), person.login.clone(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let role = RoleId::from_stored(role);
            roles::assign(conn, &workspace, &user.user_id, &role, AssignmentSource::Manual, now).unwrap();
        })
        .await;
    room.sign_in(&person).await.0
}

/// The lines of the trail, newest first.
async fn trail(house: &House, workspace: &WorkspaceId) -> Vec<Event> {
    let workspace = workspace.clone();
    house
        .write(move |conn| events::search(conn, &workspace, &EventFilter::default(), 500).unwrap().events)
        .await
}

fn user(user_name: &str, more: &[(&str, Value)]) -> Value {
    let mut body = json!({ "schemas": [USER], "userName": user_name, "active": true,
        "emails": [{ "value": user_name, "type": "work", "primary": true }] });
    for (name, value) in more {
        body[*name] = value.clone();
    }
    body
}

/// Sends a request that is refused; returns the address of its replay.
async fn refused(house: &House, room: &Room, method: &str, path: &str, body: Option<Value>) -> String {
    let (status, body) = room.scim(method, path, body).await;
    assert!(status >= 400, "{status} {body}");
    format!("/requests/{}/replay", newest(house, room, Door::Scim).await.request_id)
}

async fn open(house: &House, browser: &Browser, path: &str) -> Page {
    browser.get(&house.url(path)).await.unwrap()
}

/// Sends the form of the replay, whether or not the page has it.
async fn post(browser: &Browser, page: &Page, address: &str) -> Page {
    let form = Form { action: address.to_owned(), ..page.form_with_button("Sign out").unwrap() };
    browser.submit(page, &form, &[]).await.unwrap()
}

/// How many people there are, and the newest line of the trail.
async fn state(house: &House, room: &Room) -> (Value, i64) {
    let total = room.scim("GET", "/Users?count=0", None).await.1["totalResults"].clone();
    (total, trail(house, &room.workspace).await[0].seq)
}

#[rstest]
#[actix_web::test]
async fn a_refused_create_is_tried_and_then_sent_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = somebody(&house, &room, "Ada", "admin").await;
    let other = room.user("anna@acme.example").await;
    let body = user("Anna@acme.example", &[("displayName", json!("<img src=x onerror=alert(1)>"))]);
    let address = refused(&house, &room, "POST", "/Users", Some(body)).await;

    // The conflict is still there.
    let page = open(&house, &ada, &address).await;
    assert!(page.status == 200 && page.text().contains("It would be refused again"), "{}", page.text());
    assert!(page.form_with_button("Send it now").is_err(), "{}", page.html);

    assert_eq!(room.scim("DELETE", &format!("/Users/{other}"), None).await.0, 204);
    let before = state(&house, &room).await;
    let request = open(&house, &ada, address.trim_end_matches("/replay")).await;
    let page = ada.follow(&request, "See what would change").await.unwrap();
    let text = page.text();
    assert!(text.contains("Creates the person") && text.contains("Anna@acme.example"), "{text}");
    assert!(text.contains("nothing has changed yet"), "{text}");
    assert!(!page.html.contains("<img src=x"), "{}", page.html);
    assert_eq!(state(&house, &room).await, before, "a dry run writes nothing");

    let form = page.form_with_button("Send it now").unwrap();
    let page = ada.submit(&page, &form, &[]).await.unwrap();
    assert!(page.status == 200 && page.text().contains("it was carried out"), "{}", page.text());
    assert!(page.links().iter().any(|link| link.text == "Ada Family"), "{}", page.text());
    let found = room.scim("GET", "/Users?filter=userName%20eq%20%22anna@acme.example%22", None).await.1;
    assert_eq!(found["totalResults"], 1);
    let id = found["Resources"][0]["id"].as_str().unwrap().to_owned();
    let lines = trail(&house, &room.workspace).await;
    let replayed = lines.iter().find(|line| line.kind == "scim_request_replayed").unwrap();
    let created = lines.iter().find(|line| line.kind == "user_created").unwrap();
    assert_eq!(replayed.target, format!("user:{id}"));
    assert_eq!((&created.request_id, &created.actor), (&replayed.request_id, &replayed.actor));
    assert!(replayed.actor.starts_with("user:"), "{}", replayed.actor);
    let data = replayed.data_or_text();
    assert_eq!((&data["method"], &data["reason"]), (&json!("POST"), &json!("uniqueness")));
    assert!(address.contains(data["replayed"].as_str().unwrap()), "{data}");
    assert_eq!(data["credential"]["name"], "test");

    // A second time, the person is there already.
    let page = open(&house, &ada, &address).await;
    assert!(page.text().contains("It would be refused again"), "{}", page.text());
    let page = post(&ada, &page, &address).await;
    assert!(page.status == 422 && page.text().contains("nothing changed"), "{}", page.text());
    let count = |lines: &[Event]| lines.iter().filter(|line| line.kind == "scim_request_replayed").count();
    assert_eq!(count(&trail(&house, &room.workspace).await), 1);
}

#[rstest]
#[actix_web::test]
async fn changes_and_deletions_of_people_and_groups_are_sent_again(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = somebody(&house, &room, "Ada", "owner").await;
    let send = async |address: &str, words: &str| {
        let page = open(&house, &ada, address).await;
        assert!(page.text().contains(words), "no {words} in {}", page.text());
        let form = page.form_with_button("Send it now").unwrap();
        let page = ada.submit(&page, &form, &[]).await.unwrap();
        assert!(page.text().contains("it was carried out"), "{}", page.text());
    };
    // A group with a member who is not there yet.
    let body =
        json!({ "schemas": [GROUP], "displayName": "Engineers", "members": [{ "value": "00u-late" }] });
    let address = refused(&house, &room, "POST", "/Groups", Some(body)).await;
    let page = open(&house, &ada, &address).await;
    assert!(page.text().contains("would be refused again"), "{}", page.text());
    let eve = room.user("eve@acme.example").await;
    let bob = room.user("bob@acme.example").await;
    // A name that another person has until they are renamed.
    let rename = |value: &str| json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "userName", "value": value }] });
    let address =
        refused(&house, &room, "PATCH", &format!("/Users/{eve}"), Some(rename("bob@acme.example"))).await;
    assert_eq!(room.scim("PATCH", &format!("/Users/{bob}"), Some(rename("rob@acme.example"))).await.0, 200);
    send(&address, "Changes the person bob@acme.example").await;
    send(&address, "Changes nothing of bob@acme.example").await;
    assert_eq!(room.scim("GET", &format!("/Users/{eve}"), None).await.1["userName"], "bob@acme.example");
    // Of another version than the stored one: refused again, and not sent past it.
    let request = reqwest::Client::new()
        .delete(format!("{}/Users/{bob}", room.scim))
        .bearer_auth(&room.token)
        .header("if-match", "W/\"7\"");
    assert_eq!(answer(request).await.0, 412);
    let id = newest(&house, &room, Door::Scim).await.request_id;
    let page = open(&house, &ada, &format!("/requests/{id}/replay")).await;
    assert!(page.text().contains("has changed since the version in If-Match"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn what_cannot_be_sent_again_says_why(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = somebody(&house, &room, "Ada", "admin").await;
    let other = room.user("anna@acme.example").await;
    let impossible = async |address: &str, words: &str| {
        let page = open(&house, &ada, address).await;
        assert_eq!(page.status, 200);
        assert!(
            page.text().contains("It can't be sent again") && page.text().contains(words),
            "{}",
            page.text()
        );
        let before = state(&house, &room).await;
        let page = post(&ada, &page, address).await;
        assert!(page.status == 422 && page.text().contains(words), "{}", page.text());
        assert_eq!(state(&house, &room).await, before);
    };
    let masked = user("anna@acme.example", &[("password", json!("hunter2 is long"))]);
    let address = refused(&house, &room, "POST", "/Users", Some(masked)).await;
    let whole = user("anna@acme.example", &[]);
    let good = refused(&house, &room, "POST", "/Users", Some(whole)).await;
    let listed = refused(&house, &room, "GET", "/Users?filter=nonsense", None).await;
    assert_eq!(room.scim("DELETE", &format!("/Users/{other}"), None).await.0, 204);
    impossible(&address, "left out").await;
    impossible(&listed, "only reads").await;
    let page = open(&house, &ada, address.trim_end_matches("/replay")).await;
    assert!(page.text().contains("can't be sent again from here"), "{}", page.text());
    assert!(!page.html.contains("hunter2"));

    // What is here now is not what SCIM would change.
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| observation::start(conn, &workspace, "cli", now).map(drop).unwrap()).await;
    impossible(&good, "is observed").await;
    let workspace = room.workspace.clone();
    house.write(move |conn| observation::end(conn, &workspace).unwrap()).await;
    assert!(open(&house, &ada, &good).await.text().contains("Creates the person"));

    // The credential decides, too.
    let (workspace, id) = (room.workspace.clone(), newest(&house, &room, Door::Scim).await);
    let token = id.understood().unwrap()["token"]["id"].as_str().unwrap().to_owned();
    house.write(move |conn| assert!(tokens::revoke(conn, &workspace, &token).unwrap())).await;
    let page = open(&house, &ada, &good).await;
    assert!(page.text().contains("was revoked, has expired"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn it_gives_the_role_owner_only_where_both_may(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (owner, admin) =
        (somebody(&house, &room, "Olga", "owner").await, somebody(&house, &room, "Ada", "admin").await);
    let other = room.user("anna@acme.example").await;
    let body = user("anna@acme.example", &[("roles", json!([{ "value": "owner" }]))]);
    let address = refused(&house, &room, "POST", "/Users", Some(body)).await;
    assert_eq!(room.scim("DELETE", &format!("/Users/{other}"), None).await.0, 204);
    let page = open(&house, &admin, &address).await;
    assert!(page.text().contains("give or take the role owner"), "{}", page.text());
    assert_eq!(post(&admin, &page, &address).await.status, 422);
    let page = open(&house, &owner, &address).await;
    assert!(page.text().contains("Creates the person"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn nobody_else_sends_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    let auditor = somebody(&house, &room, "Art", "auditor").await;
    let stranger = somebody(&house, &other, "Eve", "owner").await;
    let first = room.user("anna@acme.example").await;
    let body = user("anna@acme.example", &[]);
    let address = refused(&house, &room, "POST", "/Users", Some(body)).await;
    assert_eq!(room.scim("DELETE", &format!("/Users/{first}"), None).await.0, 204);
    let before = state(&house, &room).await;
    for (browser, status) in [(&auditor, 403), (&stranger, 404)] {
        let page = open(&house, browser, &address).await;
        assert_eq!(page.status, status, "{}", page.text());
        let page = post(browser, &page, &address).await;
        assert_eq!(page.status, status, "{}", page.text());
    }
    let page = open(&house, &auditor, address.trim_end_matches("/replay")).await;
    assert!(page.text().contains("Send it again") && !page.text().contains("See what would change"));
    assert_eq!(state(&house, &room).await, before);
}
