//! Groups that give roles and entitlements: by name or pattern, effective at the next request. A role never gives a group.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::{EntitlementId, RoleId, WorkspaceId};
use vestibule_store::rights::{entitlements, mappings, roles};

use super::{GROUP, api_token, by_okta, checked, done, group, patch, replace};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// The table of a customer's guide: groups and their roles, one with an entitlement.
async fn furnish(house: &House, room: &Room) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let role =
                roles::Role::new(&workspace, RoleId::from_stored("tenant_admin"), "Tenant admin", "", now);
            roles::insert(conn, &role).unwrap();
            entitlements::create(
                conn,
                &workspace,
                EntitlementId::from_stored("archetype-eng"),
                "Engineering",
                "",
                now,
            )
            .unwrap();
            entitlements::create(conn, &workspace, EntitlementId::from_stored("beta"), "Beta", "", now)
                .unwrap();
            for (group, role) in [
                ("claresia-admins", "tenant_admin"),
                ("claresia-auditors", "auditor"),
                ("claresia-users", "member"),
                ("claresia-eng-pilot", "member"),
            ] {
                mappings::set(conn, &workspace, group, &RoleId::from_stored(role), now).unwrap();
            }
            mappings::set_entitlement(
                conn,
                &workspace,
                "claresia-eng-pilot",
                &EntitlementId::from_stored("archetype-eng"),
                now,
            )
            .unwrap();
            mappings::set_entitlement(
                conn,
                &workspace,
                "Claresia-*",
                &EntitlementId::from_stored("beta"),
                now,
            )
            .unwrap();
            mappings::set(conn, &workspace, "claresia-founders", &RoleId::from_stored("owner"), now).unwrap();
        })
        .await;
    // Okta may not give ownership here, also not by a mapping.
    by_okta(house, room, "owner", false).await;
}

async fn holds(house: &House, token: &str) -> (Value, Value) {
    let told = checked(house, token).await;
    (told["roles"].clone(), told["entitlements"].clone())
}

/// A PATCH of a group's members.
async fn change(room: &Room, group_id: &str, op: &str, user_id: &str) {
    let operation = match op {
        "remove" => json!({ "op": op, "path": format!("members[value eq \"{user_id}\"]") }),
        _ => json!({ "op": op, "path": "members", "value": [{ "value": user_id }] }),
    };
    done(room, "PATCH", &format!("/Groups/{group_id}"), Some(patch(&json!([operation])))).await;
}

#[rstest]
#[actix_web::test]
async fn a_customers_table_of_groups_is_expressed_and_followed_at_once(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Claresia").await;
    furnish(&house, &room).await;
    let id = room.user("ada@claresia.example").await;
    let token = api_token(&house, &room, &id).await;
    assert_eq!(holds(&house, &token).await, (json!(["member"]), json!([])), "by default");
    for (name, role, entitled) in [
        ("claresia-admins", "tenant_admin", json!(["beta"])),
        ("Claresia-Auditors", "auditor", json!(["beta"])),
        ("claresia-users", "member", json!(["beta"])),
        ("claresia-eng-pilot", "member", json!(["archetype-eng", "beta"])),
        ("CLARESIA-founders", "member", json!(["beta"])),
        ("claresia", "member", json!([])),
        ("my claresia-admins", "member", json!([])),
    ] {
        let group_id = group(&room, name, &[&id]).await;
        assert_eq!(holds(&house, &token).await, (json!([role]), entitled.clone()), "{name}");
        let user = done(&room, "GET", &format!("/Users/{id}"), None).await;
        assert_eq!((user.get("roles"), user.get("entitlements")), (None, None), "not SCIM's to write");
        change(&room, &group_id, "remove", &id).await;
        assert_eq!(holds(&house, &token).await, (json!(["member"]), json!([])), "{name}, left");
        change(&room, &group_id, "add", &id).await;
        assert_eq!(holds(&house, &token).await, (json!([role]), entitled), "{name}, again");
        let renamed = replace(&json!({ "displayName": format!("{name} of old") }));
        done(&room, "PATCH", &format!("/Groups/{group_id}"), Some(renamed)).await;
        let pattern = if name.to_lowercase().starts_with("claresia-") { json!(["beta"]) } else { json!([]) };
        assert_eq!(holds(&house, &token).await, (json!(["member"]), pattern), "{name}, renamed");
        done(&room, "DELETE", &format!("/Groups/{group_id}"), None).await;
        assert_eq!(holds(&house, &token).await, (json!(["member"]), json!([])), "{name}, deleted");
    }
    // Two groups and an assignment add up.
    done(
        &room,
        "PATCH",
        &format!("/Users/{id}"),
        Some(replace(&json!({ "roles": ["viewer"], "entitlements": ["archetype-eng"] }))),
    )
    .await;
    group(&room, "claresia-admins", &[&id]).await;
    group(&room, "claresia-auditors", &[&id]).await;
    assert_eq!(
        holds(&house, &token).await,
        (json!(["auditor", "tenant_admin", "viewer"]), json!(["archetype-eng", "beta"]))
    );
}

#[rstest]
#[actix_web::test]
async fn groups_come_and_go_and_roles_stay(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Claresia").await;
    furnish(&house, &room).await;
    let listed = |workspace: WorkspaceId| {
        house.write(move |conn| {
            let roles = roles::list(conn, &workspace).unwrap();
            (roles, entitlements::list(conn, &workspace).unwrap(), mappings::list(conn, &workspace).unwrap())
        })
    };
    let before = listed(room.workspace.clone()).await;
    // Groups with the names of roles, of mapped groups, and of neither.
    for name in ["Auditor", "admin", "claresia-admins", "claresia-eng-pilot", "archetype-eng", "Chess club"] {
        let group_id = group(&room, name, &[]).await;
        let renamed = json!({ "schemas": [GROUP], "displayName": format!("Former {name}"), "members": [] });
        done(&room, "PUT", &format!("/Groups/{group_id}"), Some(renamed)).await;
        done(&room, "DELETE", &format!("/Groups/{group_id}"), None).await;
    }
    assert_eq!(listed(room.workspace.clone()).await, before);
    let ids = done(&room, "GET", "/Roles", None).await;
    assert_eq!(ids["totalResults"], 6, "the five that Okta may give, and tenant_admin");
}
