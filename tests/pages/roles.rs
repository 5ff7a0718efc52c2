//! `/roles`, `/mapping` and `/groups`: the Claresia table, previewed before it is saved; who has which role from where; who may
//! make owners.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{GroupId, RoleId, UserId},
    sets::{AssignmentSource, EventKind},
};
use vestibule_simulator::{Browser, Page};
use vestibule_store::{
    people::{members, users},
    rights::roles,
    trail::events,
};

use super::furnished;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Creates a group of these members over SCIM and returns its id.
async fn group(room: &Room, name: &str, members: &[String]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members,
    });
    let (status, body) = room.scim("POST", "/Groups", Some(body)).await;
    assert_eq!(status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

/// Returns actor and data of the newest event of a kind.
async fn newest(house: &House, room: &Room, kind: EventKind) -> (String, Value) {
    let workspace = room.workspace.clone();
    let event = house.write(move |conn| events::newest(conn, &workspace, kind).unwrap().unwrap()).await;
    (event.actor, serde_json::from_str(event.data.as_str()).unwrap())
}

async fn give(house: &House, room: &Room, login: &str, role: &'static str) {
    let (workspace, login, now) = (room.workspace.clone(), login.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            roles::assign(
                conn,
                &workspace,
                &user.user_id,
                &RoleId::from_stored(role),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
        .await;
}

async fn held(house: &House, room: &Room, user: &str) -> Vec<String> {
    let (workspace, user) = (room.workspace.clone(), user.to_owned());
    let ids =
        house.write(move |conn| roles::held_ids(conn, &workspace, &UserId::from_stored(&user)).unwrap());
    ids.await.into_iter().map(RoleId::into_string).collect()
}

/// Opens the preview of a rule for this group.
async fn asked(house: &House, browser: &Browser, group: &str, ticked: &[&str]) -> Page {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("group", group).extend_pairs(ticked.iter().map(|name| (*name, "on")));
    browser.get(&house.url(&format!("/mapping/preview?{}", query.finish()))).await.unwrap()
}

/// Sends a form with the browser's form token and returns the status.
async fn sent(house: &House, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> u16 {
    let page = browser.get(&house.url("/account")).await.unwrap();
    let csrf = page.form_with_button("Sign out").unwrap().value("csrf").unwrap().to_owned();
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
    let request = house.http.post(house.url(path)).header("cookie", cookie).form(&fields);
    request.send().await.unwrap().status().as_u16()
}

#[rstest]
#[actix_web::test]
async fn the_claresia_table_is_seen_before_it_is_saved(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(room.user(&format!("person{number:02}@acme.example")).await);
    }
    let pilot = group(&room, "claresia-eng-pilot", &ids[..25]).await;
    group(&room, "claresia-auditors", &ids[25..26]).await;
    let page = browser.get(&house.url("/roles")).await.unwrap();
    let page = browser.press(&page, "Create entitlement", &[("name", "archetype-eng")]).await.unwrap();
    assert!(page.text().contains("archetype-eng"), "{}", page.text());
    let page = browser
        .press(&page, "Create role", &[("name", "Tenant <b>Admin</b>"), ("description", "x")])
        .await
        .unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/roles/tenant-b-admin-b"), "{}", page.text());
    assert!(!page.html.contains("<b>Admin"), "{}", page.html);

    let page = asked(&house, &browser, "Claresia-ENG-pilot", &["role.editor", "grant.archetype-eng"]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    for words in [
        "25 people gain or lose something",
        "Editor 25 0",
        "Member 0 25",
        "Entitlement archetype-eng 25 0",
        "The first 20",
        "gains Editor, archetype-eng; loses Member",
    ] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    assert_eq!(page.links().iter().filter(|link| link.href.starts_with("/people/")).count(), 20);
    assert_eq!(held(&house, &room, &ids[0]).await, ["member"], "looking changes nothing");
    let page = browser.press(&page, "Save this rule", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/roles"), "{}", page.text());
    assert_eq!(held(&house, &room, &ids[0]).await, ["editor"]);
    let (actor, data) = newest(&house, &room, EventKind::MappingSet).await;
    assert!(actor.starts_with("user:") && data["before"].is_null(), "{data}");

    // The pattern also matches a group with another rule: a person who already has the role gains nothing.
    let page = asked(&house, &browser, "claresia-*", &["role.editor", "role.viewer"]).await;
    for words in ["26 people gain", "Viewer 26 0", "Editor 1 0", "Member 0 1", "claresia-auditors"] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    // A change and a removal record the former rule.
    let page = browser.get(&house.url("/roles")).await.unwrap();
    let page = browser.follow(&page, "Change").await.unwrap();
    assert!(page.text().contains("Rule for “Claresia-ENG-pilot”"), "{}", page.text());
    let page = browser.press(&page, "Remove this rule", &[]).await.unwrap();
    assert!(page.text().contains("Editor 0 25") && page.text().contains("Member 25 0"), "{}", page.text());
    let page = browser.press(&page, "Remove this rule", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/roles"), "{}", page.text());
    assert_eq!(held(&house, &room, &ids[0]).await, ["member"]);
    let (_, data) = newest(&house, &room, EventKind::MappingDeleted).await;
    assert_eq!(data["before"], json!({ "roles": ["editor"], "entitlements": ["archetype-eng"] }));

    // The list says how many members each group has; the group's page lists them in pages, and its owner.
    let empty = group(&room, "claresia-ops", &[]).await;
    let page = browser.get(&house.url("/groups")).await.unwrap();
    for words in ["claresia-auditors 1 none", "claresia-eng-pilot 25 none", "claresia-ops 0 none"] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    let page = browser.get(&house.url(&format!("/groups/{empty}"))).await.unwrap();
    assert!(page.text().contains("0 members"), "{}", page.text());
    let ids = [&pilot, &empty].map(|id| GroupId::from_stored(id.as_str()));
    let (workspace, wanted) = (room.workspace.clone(), ids.clone());
    let counts = house.write(move |conn| members::count(conn, &workspace, &wanted, 10).unwrap()).await;
    assert_eq!(ids.map(|id| counts[&id]), [10, 0], "no more are counted than asked for");
    let page = browser.get(&house.url(&format!("/groups/{pilot}"))).await.unwrap();
    for words in ["Okta owns this group", "25 members", "No rule applies to this group"] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn what_a_rule_lacks_is_said_and_nothing_is_saved(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut role = roles::find(conn, &workspace, "viewer").unwrap().unwrap();
            role.by_okta = false;
            roles::save(conn, &mut role).unwrap();
        })
        .await;
    for (group, ticked, words) in [
        ("x", vec![], "choose at least one role or entitlement"),
        ("x", vec!["role.viewer"], "Okta may not assign Viewer"),
        ("x", vec!["role.nothing"], "a role or entitlement was deleted meanwhile"),
        ("x", vec!["grant.nothing"], "a role or entitlement was deleted meanwhile"),
        ("x", vec!["role.owner"], "only an owner may add or remove an owner"),
        ("   ", vec!["role.editor"], "group must have 1 to 256 characters"),
    ] {
        let page = asked(&house, &browser, group, &ticked).await;
        assert_eq!(page.status, 422, "{group} {ticked:?}");
        assert!(page.text().contains(words), "{group} {ticked:?}: {}", page.text());
    }
    let page = asked(&house, &browser, "nobody's", &["role.editor"]).await;
    assert!(
        page.text().contains("none with this name yet") && page.text().contains("Nobody gains or loses"),
        "{}",
        page.text()
    );
    // The save checks again: a rule that cannot be previewed cannot be saved.
    let owner = [("group", "x"), ("role.owner", "on")];
    assert_eq!(sent(&house, &browser, "/mapping", &owner).await, 422);
    let page = browser.get(&house.url("/roles")).await.unwrap();
    assert!(page.text().contains("No rule yet"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn roles_are_given_by_hand_and_owners_only_by_owners(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, admin, _) = furnished(backend, true).await;
    let olga = room.person("Olga").await;
    give(&house, &room, &olga.login, "owner").await;
    let (owner, _) = room.sign_in(&olga).await;
    let bob = room.user("bob@acme.example").await;
    let assign = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "roles", "value": [{ "value": "viewer" }] }] });
    assert_eq!(room.scim("PATCH", &format!("/Users/{bob}"), Some(assign)).await.0, 200);
    let url = house.url(&format!("/people/{bob}"));
    let page = admin.get(&url).await.unwrap();
    assert!(
        page.text().contains("Viewer Role Okta") && page.text().contains("Okta owns the name"),
        "{}",
        page.text()
    );
    let page = admin.press(&page, "Save roles", &[("role.editor", "on")]).await.unwrap();
    assert!(page.text().contains("Saved.") && page.text().contains("Editor Role by hand"), "{}", page.text());
    assert_eq!(held(&house, &room, &bob).await, ["editor", "viewer"], "Okta's stays");
    let (_, data) = newest(&house, &room, EventKind::RolesChanged).await;
    assert_eq!((&data["before"], &data["after"]), (&json!(["viewer"]), &json!(["editor", "viewer"])));
    assert!(page.text().contains("Roles changed"), "the history tells it: {}", page.text());

    let roles = format!("/people/{bob}/roles");
    assert_eq!(sent(&house, &admin, &roles, &[("role.editor", "on"), ("role.owner", "on")]).await, 422);
    assert_eq!(sent(&house, &admin, &roles, &[("role.nothing", "on")]).await, 422);
    let page = owner.get(&url).await.unwrap();
    let page = owner.press(&page, "Save roles", &[("role.owner", "on")]).await.unwrap();
    assert_eq!(
        (page.status, held(&house, &room, &bob).await),
        (200, vec!["editor".to_owned(), "owner".to_owned(), "viewer".to_owned()])
    );

    // An admin who saves the other roles of an owner does not remove the owner role.
    let page = admin.get(&url).await.unwrap();
    let form = page.form_with_button("Save roles").unwrap();
    assert_eq!(form.value("role.owner"), Some("on"));
    // An owner may remove the owner role, but not from the last owner.
    let mine = {
        let (workspace, login) = (room.workspace.clone(), olga.login.clone());
        house
            .write(move |conn| users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap().user_id)
            .await
    };
    for (who, status) in [(bob.as_str(), 303), (mine.as_str(), 422)] {
        assert_eq!(sent(&house, &owner, &format!("/people/{who}/roles"), &[]).await, status);
    }
    assert_eq!(held(&house, &room, &bob).await, ["viewer"]);
    assert_eq!(held(&house, &room, &mine).await, ["owner"]);
}

#[rstest]
#[actix_web::test]
async fn a_role_s_page_says_who_holds_it_from_where(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let mut ids = Vec::new();
    for number in 0..28 {
        ids.push(room.user(&format!("person{number:02}@acme.example")).await);
    }
    group(&room, "Editors", &ids).await;
    give(&house, &room, "person03@acme.example", "editor").await;
    let page = asked(&house, &browser, "editors", &["role.editor"]).await;
    assert!(page.text().contains("27 people gain"), "{}", page.text());
    browser.press(&page, "Save this rule", &[]).await.unwrap();
    let page = browser.get(&house.url("/roles/editor")).await.unwrap();
    assert!(
        page.text().contains("person03@acme.example by hand, the group Editors")
            || page.text().contains("the group Editors, by hand"),
        "{}",
        page.text()
    );
    let shown = |page: &Page| page.links().iter().filter(|link| link.href.starts_with("/people/")).count();
    assert_eq!(shown(&page), 25);
    let page = browser.follow(&page, "Next page").await.unwrap();
    assert_eq!(shown(&page), 3, "{}", page.text());
    assert!(!page.text().contains("Next page") && page.text().contains("First page"));

    // The change needs a confirmation; then only manual assignments of the role remain.
    let page = browser.follow(&page, "Don't let Okta assign this role").await.unwrap();
    assert_eq!(held(&house, &room, &ids[0]).await, ["editor"]);
    let page = browser.press(&page, "Okta may not assign it", &[]).await.unwrap();
    assert!(page.text().contains("assigned by hand only"), "{}", page.text());
    assert_eq!((shown(&page), held(&house, &room, &ids[0]).await), (1, vec!["member".to_owned()]));
    let (_, data) = newest(&house, &room, EventKind::RoleChanged).await;
    assert_eq!((&data["by_okta"], &data["before"]), (&json!(false), &json!({ "by_okta": true })));

    let page = browser.press(&page, "Save", &[("name", "Writer"), ("description", "Writes")]).await.unwrap();
    assert!(page.title().starts_with("Writer"), "{}", page.text());
    let page = browser.press(&page, "Make it the default role", &[]).await.unwrap();
    assert!(page.text().contains("people without another role get this one"), "{}", page.text());
    assert_eq!(held(&house, &room, &ids[0]).await, ["editor"]);
    let (_, data) = newest(&house, &room, EventKind::WorkspaceChanged).await;
    assert_eq!(
        (&data["default_role"], &data["before"]),
        (&json!("editor"), &json!({ "default_role": "member" }))
    );
    assert!(page.links().iter().all(|link| !link.href.ends_with("/delete")), "the default can't go");

    let page = browser.get(&house.url("/roles/viewer/delete")).await.unwrap();
    let page = browser.press(&page, "Delete this role", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/roles"), "{}", page.text());
    assert_eq!(browser.get(&house.url("/roles/viewer")).await.unwrap().status, 404);
    for role in ["owner", "editor"] {
        let page = browser.get(&house.url(&format!("/roles/{role}/delete"))).await.unwrap();
        let page = browser.press(&page, "Delete this role", &[]).await.unwrap();
        assert_eq!(page.status, 422, "{}", page.text());
    }
    let page = browser.get(&house.url("/roles/admin")).await.unwrap();
    let page = browser.press(&page, "Make it the default role", &[]).await.unwrap();
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.text().contains("everybody would administer"), "{}", page.text());
}
