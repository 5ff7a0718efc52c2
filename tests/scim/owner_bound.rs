//! A SCIM credential may change owners only if its maker may: only the credential of an owner or the operator may give or take the
//! role `owner`, whichever request it uses. Each SCIM event names the credential.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{RoleId, UserId},
    sets::{AssignmentSource, UserSource},
};
use vestibule_simulator::{Browser, Page};
use vestibule_store::{
    people::users,
    rights::{mappings, roles},
    trail::events,
    workspaces,
};

use super::{GROUP, done, group, patch, person, refused, replace};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

/// A SCIM request with a given token.
pub async fn scim_with(
    room: &Room,
    house: &House,
    token: &str,
    asked: (&str, &str, Option<Value>),
) -> (u16, Value) {
    let (method, path, body) = asked;
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = house.http.request(method, format!("{}{path}", room.scim)).bearer_auth(token);
    if let Some(body) = body {
        request = request.header("content-type", "application/scim+json").body(body.to_string());
    }
    answer(request).await
}

/// A browser signed in as a person with this manual role.
async fn signed_in(house: &House, room: &Room, name: &str, role: &'static str) -> (Browser, String) {
    let person = room.person(name).await;
    let id = room.okta.scim_id(&room.app, &person).unwrap();
    assign(house, room, &id, role).await;
    (room.sign_in(&person).await.0, id)
}

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

async fn map_owners(house: &House, room: &Room) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, "*-owners", &RoleId::from_stored("owner"), now).unwrap();
        })
        .await;
}

fn issued(page: &Page) -> String {
    let (_, rest) = page.html.split_once("id=\"issued\">").unwrap_or_else(|| panic!("{}", page.text()));
    rest.split('<').next().unwrap().to_owned()
}

/// A provisioning token made on `/tokens`.
async fn token_of(house: &House, browser: &Browser) -> String {
    let page = browser.get(&house.url("/tokens")).await.unwrap();
    let typed = [
        ("name", "Okta"),
        ("days", "40"),
        ("scope.scim.read", "on"),
        ("scope.scim.write", "on"),
        ("scope.entitlements.read", "on"),
    ];
    issued(&browser.press(&page, "Create provisioning token", &typed).await.unwrap())
}

/// The last event: its kind and data.
async fn last_event(house: &House, room: &Room) -> (String, Value) {
    let workspace = room.workspace.clone();
    let mut all = house.write(move |conn| events::list(conn, &workspace, 0, 10_000).unwrap()).await;
    let last = all.pop().unwrap();
    (last.kind, serde_json::from_str(last.data.as_str()).unwrap())
}

/// Sends a request that the credential may not make: 403 with advice, no change, one event that names the credential.
async fn is_refused(
    house: &House,
    room: &Room,
    token: &str,
    asked: (&str, &str, Option<Value>),
    change: &str,
) {
    let (method, path) = (asked.0, asked.1);
    let read = async || match path {
        "/Users" | "/Groups" => done(room, "GET", &format!("{path}?count=100"), None).await,
        _ => done(room, "GET", path, None).await,
    };
    let before = read().await;
    let detail = refused(&scim_with(room, house, token, asked).await, 403, None);
    assert!(detail.contains("role owner") && detail.contains("An owner must make"), "{detail}");
    assert_eq!(read().await, before, "{method} {path}");
    let (kind, data) = last_event(house, room).await;
    assert_eq!(
        (kind.as_str(), &data["reason"], &data["change"]),
        ("push_refused", &json!("owners_only"), &json!(change))
    );
    assert_eq!(
        (&data["credential"]["kind"], &data["credential"]["name"]),
        (&json!("token"), &json!("Okta")),
        "{data}"
    );
}

fn owning(attribute: &str) -> Value {
    replace(&json!({ attribute: [{ "value": "owner", "type": "Role" }] }))
}

#[rstest]
#[actix_web::test]
async fn an_administrators_token_neither_gives_nor_takes_owner(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (browser, ada) = signed_in(&house, &room, "Ada", "admin").await;
    let token = token_of(&house, &browser).await;
    map_owners(&house, &room).await;
    let path = format!("/Users/{ada}");
    is_refused(&house, &room, &token, ("PATCH", &path, Some(owning("roles"))), "owner_given").await;
    is_refused(&house, &room, &token, ("PATCH", &path, Some(owning("entitlements"))), "owner_given").await;
    let mut new = person("new@acme.example");
    new["roles"] = json!([{ "value": "owner" }]);
    is_refused(&house, &room, &token, ("POST", "/Users", Some(new)), "owner_given").await;
    // Nor through a group whose mapping gives the role: created with members, filled, renamed.
    let whole = |name: &str, ids: &[&str]| {
        let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
        json!({ "schemas": [GROUP], "displayName": name, "members": members })
    };
    is_refused(
        &house,
        &room,
        &token,
        ("POST", "/Groups", Some(whole("Acme-Owners", &[&ada]))),
        "owner_given",
    )
    .await;
    let made = scim_with(&room, &house, &token, ("POST", "/Groups", Some(whole("Acme-Owners", &[])))).await;
    assert_eq!(made.0, 201, "{}", made.1);
    let owners = format!("/Groups/{}", made.1["id"].as_str().unwrap());
    let add = patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]));
    is_refused(&house, &room, &token, ("PATCH", &owners, Some(add)), "owner_given").await;
    is_refused(&house, &room, &token, ("PUT", &owners, Some(whole("Acme-Owners", &[&ada]))), "owner_given")
        .await;
    let team = format!("/Groups/{}", group(&room, "Team", &[&ada]).await);
    let rename = replace(&json!({ "displayName": "Team-Owners" }));
    is_refused(&house, &room, &token, ("PATCH", &team, Some(rename)), "owner_given").await;

    // Nor may it remove the role: over SCIM, through a group.
    let olga = room.user("olga@acme.example").await;
    assign(&house, &room, &olga, "owner").await;
    let bob = room.user("bob@acme.example").await;
    let path = format!("/Users/{bob}");
    done(&room, "PATCH", &path, Some(owning("roles"))).await;
    is_refused(
        &house,
        &room,
        &token,
        ("PATCH", &path, Some(replace(&json!({ "roles": [] })))),
        "owner_taken",
    )
    .await;
    done(&room, "PATCH", &path, Some(replace(&json!({ "roles": [] })))).await;
    let filled = format!("/Groups/{}", group(&room, "Other-Owners", &[&bob]).await);
    let remove = patch(&json!([{ "op": "remove", "path": "members" }]));
    is_refused(&house, &room, &token, ("PATCH", &filled, Some(remove)), "owner_taken").await;
    let rename = replace(&json!({ "displayName": "Others" }));
    is_refused(&house, &room, &token, ("PATCH", &filled, Some(rename)), "owner_taken").await;
    is_refused(&house, &room, &token, ("DELETE", &filled, None), "owner_taken").await;

    // It may do everything else, also to owners, because the directory decides who works there.
    let other = replace(&json!({ "title": "Countess", "roles": ["viewer"] }));
    let (status, body) = scim_with(&room, &house, &token, ("PATCH", &path, Some(other))).await;
    assert_eq!(status, 200, "{body}");
    let off = replace(&json!({ "active": false }));
    let (status, body) = scim_with(&room, &house, &token, ("PATCH", &path, Some(off))).await;
    assert_eq!(status, 200, "{body}");
}

#[rstest]
#[actix_web::test]
async fn nobody_becomes_an_owner_by_waiting_for_a_group(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (browser, _) = signed_in(&house, &room, "Ada", "admin").await;
    let token = token_of(&house, &browser).await;
    map_owners(&house, &room).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| workspaces::set_park_members(conn, &workspace, true, now).unwrap()).await;
    let waiting = |name: &str| json!({ "schemas": [GROUP], "displayName": name, "members": [{ "value": "late@acme.example" }] });
    is_refused(&house, &room, &token, ("POST", "/Groups", Some(waiting("Acme-Owners"))), "owner_given").await;
    // A member that a permitted credential parked must not join through a credential that is not permitted.
    done(&room, "POST", "/Groups", Some(waiting("Acme-Owners"))).await;
    is_refused(&house, &room, &token, ("POST", "/Users", Some(person("late@acme.example"))), "owner_given")
        .await;
    done(&room, "POST", "/Users", Some(person("late@acme.example"))).await;
}

#[rstest]
#[actix_web::test]
async fn nobody_is_recognised_as_an_owner_by_an_administrators_token(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (browser, _) = signed_in(&house, &room, "Ada", "admin").await;
    let token = token_of(&house, &browser).await;
    // An owner whom the operator created and who has never signed in.
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let boss = house
        .write(move |conn| {
            let user = users::User::new(&workspace, "boss@acme.example", UserSource::Operator, now);
            users::insert(conn, &user, &[]).unwrap();
            let cause = events::Cause::cli();
            users::created(conn, &user, &cause, now).unwrap();
            user.user_id
        })
        .await;
    assign(&house, &room, &boss, "owner").await;
    let path = format!("/Users/{boss}");
    let is_other = "owner_identity_changed";
    for change in [
        json!({ "externalId": "00u0000000000mallory" }),
        json!({ "userName": "mallory2@acme.example" }),
        json!({ "emails": [{ "value": "mallory2@acme.example", "primary": true }] }),
    ] {
        is_refused(&house, &room, &token, ("PATCH", &path, Some(replace(&change))), is_other).await;
    }
    let adopting = person("boss@acme.example");
    is_refused(&house, &room, &token, ("POST", "/Users", Some(adopting.clone())), is_other).await;
    // An owner who has signed in is identified by that sign-in, and stays the same person.
    let (_, olga) = signed_in(&house, &room, "Olga", "owner").await;
    let path = format!("/Users/{olga}");
    let other = replace(&json!({ "externalId": "00u0000000000mallory" }));
    is_refused(&house, &room, &token, ("PATCH", &path, Some(other)), is_other).await;
    let renamed = replace(&json!({ "userName": "olga.new@acme.example", "title": "Founder" }));
    let (status, body) = scim_with(&room, &house, &token, ("PATCH", &path, Some(renamed))).await;
    assert_eq!(status, 200, "{body}");
    // The operator's token may do it.
    done(&room, "POST", "/Users", Some(adopting)).await;
}

#[rstest]
#[actix_web::test]
async fn an_owners_token_gives_and_takes_and_lends_nothing_when_rotated(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (owner, _) = signed_in(&house, &room, "Olga", "owner").await;
    let token = token_of(&house, &owner).await;
    let bob = room.user("bob@acme.example").await;
    let path = format!("/Users/{bob}");
    for body in [owning("roles"), replace(&json!({ "roles": [] })), owning("entitlements")] {
        let (status, body) = scim_with(&room, &house, &token, ("PATCH", &path, Some(body))).await;
        assert_eq!(status, 200, "{body}");
    }
    // An administrator who rotates it gets a token with an administrator's rights.
    let (administrator, _) = signed_in(&house, &room, "Ada", "admin").await;
    let page = administrator.get(&house.url("/tokens")).await.unwrap();
    let page = administrator.follow(&page, "Rotate").await.unwrap();
    let page = administrator.press(&page, "Create the new token", &[]).await.unwrap();
    let second = issued(&page);
    assert!(page.text().contains("can't add or remove the role Owner"), "{}", page.text());
    let take = replace(&json!({ "entitlements": [] }));
    is_refused(&house, &room, &second, ("PATCH", &path, Some(take)), "owner_taken").await;
}

#[rstest]
#[actix_web::test]
async fn each_event_names_the_credential(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let bob = room.user("bob@acme.example").await;
    let staff = group(&room, "Staff", &[&bob]).await;
    done(&room, "PATCH", &format!("/Users/{bob}"), Some(replace(&json!({ "active": false })))).await;
    done(&room, "DELETE", &format!("/Groups/{staff}"), None).await;
    done(&room, "DELETE", &format!("/Users/{bob}"), None).await;
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let of_scim: Vec<_> = all.iter().filter(|event| event.actor == "okta:scim").collect();
    for kind in [
        "user_created",
        "group_created",
        "user_updated",
        "user_deactivated",
        "access_ended",
        "group_deleted",
        "user_deleted",
    ] {
        assert!(of_scim.iter().any(|event| event.kind == kind), "{kind}");
    }
    let digest = room.token.split('_').next_back().unwrap();
    for event in of_scim {
        let data: Value = serde_json::from_str(event.data.as_str()).unwrap();
        let credential = &data["credential"];
        assert_eq!(
            (&credential["kind"], &credential["name"]),
            (&json!("token"), &json!("test")),
            "{}",
            event.kind
        );
        assert!(credential["id"].as_str().is_some_and(|id| id.len() == 36), "{}", event.kind);
        assert!(!event.data.as_str().contains(digest), "{}", event.kind);
    }
}
