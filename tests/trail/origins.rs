//! Since when, by whom and why people have their roles and entitlements: recorded by a worker, as a line of each person, with the cause.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::rights::origins::{LastLines, follow};
use vestibule_core::{
    ids::{RoleId, UserId},
    time::SECOND,
};
use vestibule_store::{
    people::{groups, members},
    rights::{
        mappings,
        origins::{self, Origin},
    },
    trail::events::{self, Event},
};

use crate::{
    house::execute,
    management::Machine,
    scim::{done, group, patch},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

/// Follows the trail to its end.
pub async fn followed(house: &House, room: &Room) {
    loop {
        follow(&house.state, &mut LastLines::new()).await.unwrap();
        let workspace = room.workspace.clone();
        if house.write(move |conn| origins::next_work(conn, &workspace).unwrap()).await.is_none() {
            return;
        }
    }
}

/// What is recorded of a user, by right and source: `role editor group:Ops`.
async fn recorded(house: &House, room: &Room, user: &str) -> Vec<(String, Origin)> {
    followed(house, room).await;
    let (workspace, user_id) = (room.workspace.clone(), UserId::from_stored(user));
    let all = house.write(move |conn| origins::of_user(conn, &workspace, &user_id).unwrap()).await;
    let name =
        |origin: &Origin| format!("{} {} {}", origin.right.kind.word(), origin.right.id, origin.right.source);
    all.into_iter().map(|origin| (name(&origin), origin)).collect()
}

/// The names of the rights that are recorded.
async fn names(house: &House, room: &Room, user: &str) -> Vec<String> {
    recorded(house, room, user).await.into_iter().map(|(name, _)| name).collect()
}

/// The only right that is recorded.
async fn only(house: &House, room: &Room, user: &str, expected: &str) -> Origin {
    let mut all = recorded(house, room, user).await;
    assert_eq!(all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [expected]);
    all.pop().unwrap().1
}

/// The lines of a kind, in order; of one user, if it is named.
async fn lines(house: &House, room: &Room, kind: &'static str, user: Option<&str>) -> Vec<(Event, Value)> {
    let (workspace, target) = (room.workspace.clone(), user.map(|id| format!("user:{id}")));
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 100_000).unwrap()).await;
    let is_meant =
        |event: &Event| event.kind == kind && target.as_ref().is_none_or(|target| event.target == *target);
    let lines = all.into_iter().filter(is_meant);
    lines.map(|event| (event.clone(), serde_json::from_str(event.data.as_str()).unwrap())).collect()
}

fn role(id: &str, source: &str) -> Value {
    json!({ "kind": "role", "id": id, "source": source })
}

async fn set_rule(machine: &Machine<'_>, room: &Room, group: &str, roles: &[&str]) {
    let body = json!({ "group": group, "roles": roles });
    let (status, answer) =
        machine.send("PUT", &format!("/workspaces/{}/mappings", room.workspace), body).await;
    assert!(status < 300, "{status} {answer}");
}

async fn change_members(room: &Room, group: &str, op: &str, user: &str) {
    let change = match op {
        "add" => json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]),
        _ => json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]),
    };
    let (status, answer) = room.scim("PATCH", &format!("/Groups/{group}"), Some(patch(&change))).await;
    assert!(status < 300, "{answer}");
}

async fn verified(house: &House, room: &Room) {
    let workspace = room.workspace.clone();
    let verified = house.write(move |conn| events::verify(conn, &workspace, None).unwrap()).await;
    assert!(verified.fault.is_none() && verified.events > 0, "{verified:?}");
}

#[rstest]
#[actix_web::test]
async fn what_comes_by_a_default_a_group_and_a_rule_has_its_cause(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let machine = Machine::new(&house).await;
    let ken = room.user("ken@acme.example").await;
    let created = lines(&house, &room, "user_created", Some(&ken)).await.pop().unwrap().0;
    let origin = only(&house, &room, &ken, "role member default").await;
    assert_eq!((origin.since, origin.seq), (Some(created.at), created.seq));
    assert_eq!((origin.by.as_str(), &origin.event_id), ("okta:scim", &created.event_id));
    assert!(lines(&house, &room, "rights_changed", None).await.is_empty(), "user_created says it");

    // A member of a group without a rule gets nothing; then the rule gives a role, and takes the default.
    let ops = group(&room, "Ops", &[&ken]).await;
    assert_eq!(names(&house, &room, &ken).await, ["role member default"]);
    house.clock.advance(60 * SECOND);
    set_rule(&machine, &room, "o*", &["editor"]).await;
    let origin = only(&house, &room, &ken, "role editor group:Ops").await;
    let (rule, _) = lines(&house, &room, "mapping_set", None).await.pop().unwrap();
    assert!(rule.at >= created.at + 60 * SECOND);
    assert_eq!((origin.since, &origin.event_id), (Some(rule.at), &rule.event_id));
    let (line, data) = lines(&house, &room, "rights_changed", Some(&ken)).await.pop().unwrap();
    assert_eq!((line.actor, line.request_id.as_str()), (rule.actor, ""));
    assert_eq!(data["gained"], json!([role("editor", "group:Ops")]));
    assert_eq!(data["lost"], json!([role("member", "default")]));
    assert_eq!(data["cause"], json!({ "event": rule.event_id, "seq": rule.seq, "kind": "mapping_set" }));

    // Who joins has the role since then, and the line of the group names them; so does the line when they leave.
    let eve = room.user("eve@acme.example").await;
    followed(&house, &room).await;
    change_members(&room, &ops, "add", &eve).await;
    let origin = only(&house, &room, &eve, "role editor group:Ops").await;
    let (joined, data) = lines(&house, &room, "group_updated", None).await.pop().unwrap();
    assert_eq!((&data["joined"], &data["left"]), (&json!([eve]), &json!([])));
    assert_eq!((origin.since, &origin.event_id), (Some(joined.at), &joined.event_id));
    change_members(&room, &ops, "remove", &eve).await;
    let origin = only(&house, &room, &eve, "role member default").await;
    let (left, data) = lines(&house, &room, "group_updated", None).await.pop().unwrap();
    assert_eq!((&data["joined"], &data["left"]), (&json!([]), &json!([eve])));
    assert_eq!(origin.event_id, left.event_id);
    let (_, data) = lines(&house, &room, "rights_changed", Some(&eve)).await.pop().unwrap();
    assert_eq!(
        (&data["gained"], &data["lost"]),
        (&json!([role("member", "default")]), &json!([role("editor", "group:Ops")]))
    );

    // Another name of the group changes no since; a group of another rule is another source.
    let before = only(&house, &room, &ken, "role editor group:Ops").await;
    let count = lines(&house, &room, "rights_changed", None).await.len();
    let rename =
        |name: &str| Some(patch(&json!([{ "op": "replace", "path": "displayName", "value": name }])));
    assert!(room.scim("PATCH", &format!("/Groups/{ops}"), rename("Operations")).await.0 < 300);
    let after = only(&house, &room, &ken, "role editor group:Operations").await;
    assert_eq!((after.since, &after.event_id), (before.since, &before.event_id));
    assert_eq!(lines(&house, &room, "rights_changed", None).await.len(), count);
    assert!(room.scim("PATCH", &format!("/Groups/{ops}"), rename("Finance")).await.0 < 300);
    assert_eq!(names(&house, &room, &ken).await, ["role member default"]);
    assert!(room.scim("PATCH", &format!("/Groups/{ops}"), rename("Ops")).await.0 < 300);
    assert_eq!(names(&house, &room, &ken).await, ["role editor group:Ops"]);

    // The group goes, and what it gave.
    done_empty(&room, "DELETE", &format!("/Groups/{ops}")).await;
    assert_eq!(names(&house, &room, &ken).await, ["role member default"]);
    let (_, data) = lines(&house, &room, "rights_changed", Some(&ken)).await.pop().unwrap();
    assert_eq!(data["cause"]["kind"], "group_deleted");

    // Another default role is a line of each who has it.
    let change = json!({ "default_role": "viewer" });
    assert_eq!(machine.send("PATCH", &format!("/workspaces/{}", room.workspace), change).await.0, 200);
    for user in [&ken, &eve] {
        let origin = only(&house, &room, user, "role viewer default").await;
        let (_, data) = lines(&house, &room, "rights_changed", Some(user)).await.pop().unwrap();
        assert_eq!(data["cause"]["kind"], "workspace_changed");
        assert_eq!(data["cause"]["seq"], origin.seq);
    }
    verified(&house, &room).await;
}

async fn done_empty(room: &Room, method: &str, path: &str) {
    let (status, answer) = room.scim(method, path, None).await;
    assert!(status < 300, "{answer}");
}

#[rstest]
#[actix_web::test]
async fn what_a_line_of_the_person_says_is_not_said_twice(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let machine = Machine::new(&house).await;
    let ken = room.user("ken@acme.example").await;
    followed(&house, &room).await;
    let path = format!("/workspaces/{}/users/{ken}/roles", room.workspace);
    assert_eq!(machine.send("PUT", &path, json!({ "roles": ["admin"] })).await.0, 200);
    let origin = only(&house, &room, &ken, "role admin manual").await;
    assert!(origin.by.starts_with("operator:") && origin.since.is_some(), "{origin:?}");
    assert!(lines(&house, &room, "rights_changed", None).await.is_empty(), "roles_changed says it");

    // Of SCIM's roles, the line of the change has the assigned ones; this one has those in effect.
    assert_eq!(machine.send("PUT", &path, json!({ "roles": [] })).await.0, 200);
    followed(&house, &room).await;
    let assign = patch(&json!([{ "op": "add", "path": "roles", "value": [{ "value": "viewer" }] }]));
    done(&room, "PATCH", &format!("/Users/{ken}"), Some(assign)).await;
    let origin = only(&house, &room, &ken, "role viewer scim").await;
    assert_eq!(origin.by, "okta:scim");
    let (_, data) = lines(&house, &room, "rights_changed", Some(&ken)).await.pop().unwrap();
    assert_eq!(
        (&data["gained"], &data["lost"]),
        (&json!([role("viewer", "scim")]), &json!([role("member", "default")]))
    );
    // Another attribute changes no right.
    done(
        &room,
        "PATCH",
        &format!("/Users/{ken}"),
        Some(patch(&json!([{ "op": "replace", "value": { "title": "Lady" } }]))),
    )
    .await;
    assert_eq!(only(&house, &room, &ken, "role viewer scim").await, origin);
    assert_eq!(lines(&house, &room, "rights_changed", None).await.len(), 1);

    // A deleted role is lost by its deletion.
    let path = format!("/workspaces/{}/roles/viewer", room.workspace);
    let (status, answer) = machine.bare("DELETE", &path).await;
    assert!(status < 300, "{answer}");
    only(&house, &room, &ken, "role member default").await;
    let (_, data) = lines(&house, &room, "rights_changed", Some(&ken)).await.pop().unwrap();
    assert_eq!(data["cause"]["kind"], "role_deleted");
    verified(&house, &room).await;
}

#[rstest]
#[actix_web::test]
async fn a_rule_for_many_people_is_one_line_of_each(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let machine = Machine::new(&house).await;
    let all = group(&room, "Everybody", &[]).await;
    let mut users = Vec::new();
    for number in 0..450 {
        users.push(room.user(&format!("user{number}@acme.example")).await);
    }
    let (workspace, ids, now) = (room.workspace.clone(), users.clone(), house.state.now());
    let joined = house
        .write(move |conn| {
            let ids: Vec<UserId> = ids.iter().map(UserId::from_stored).collect();
            let group = groups::find_by_name(conn, &workspace, "Everybody").unwrap().unwrap();
            members::add(conn, &workspace, &group.group_id, &ids, now).unwrap()
        })
        .await;
    assert_eq!(joined.len(), users.len());
    followed(&house, &room).await;
    set_rule(&machine, &room, "everybody", &["editor"]).await;
    let rule = lines(&house, &room, "mapping_set", None).await.pop().unwrap().0;
    for user in [&users[0], &users[449]] {
        assert_eq!(only(&house, &room, user, "role editor group:Everybody").await.event_id, rule.event_id);
    }
    let found = lines(&house, &room, "rights_changed", None).await;
    let targets: BTreeSet<String> = found.iter().map(|(event, _)| event.target.clone()).collect();
    assert_eq!((found.len(), targets.len()), (users.len(), users.len()), "one line of each person");
    assert!(found.iter().all(|(_, data)| data["cause"]["seq"] == rule.seq));

    // A line of a group names a hundred; everybody who left loses the role all the same.
    let clear = patch(&json!([{ "op": "remove", "path": "members" }]));
    assert!(room.scim("PATCH", &format!("/Groups/{all}"), Some(clear)).await.0 < 300);
    followed(&house, &room).await;
    let (_, data) = lines(&house, &room, "group_updated", None).await.pop().unwrap();
    assert_eq!((data["removed"].as_u64(), data["left"].as_array().unwrap().len()), (Some(450), 100));
    assert_eq!(lines(&house, &room, "rights_changed", None).await.len(), 2 * users.len());
    for user in [&users[0], &users[449]] {
        only(&house, &room, user, "role member default").await;
    }
    verified(&house, &room).await;
}

#[rstest]
#[actix_web::test]
async fn what_somebody_had_before_is_never_given_a_date(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ken = room.user("ken@acme.example").await;
    group(&room, "Ops", &[&ken]).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, "Ops", &RoleId::from_stored("editor"), now).unwrap();
        })
        .await;
    followed(&house, &room).await;
    // As the migration leaves an older database.
    execute(
        house.state.database(),
        "DELETE FROM right_origins; DELETE FROM right_progress; \
         INSERT INTO right_progress (workspace_id, seq, after, taking_stock) SELECT workspace_id, seq, '', TRUE FROM event_heads;",
    );
    let count = lines(&house, &room, "rights_changed", None).await.len();
    let origin = only(&house, &room, &ken, "role editor group:Ops").await;
    assert_eq!((origin.since, origin.by.as_str(), origin.seq), (None, "", 0));
    assert!(origin.recorded_at >= now, "{origin:?}");
    assert_eq!(lines(&house, &room, "rights_changed", None).await.len(), count, "nothing happened");
    // What comes afterwards has its date.
    let eve = room.user("eve@acme.example").await;
    assert!(only(&house, &room, &eve, "role member default").await.since.is_some());
    assert_eq!(only(&house, &room, &ken, "role editor group:Ops").await, origin);
}
