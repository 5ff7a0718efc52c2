//! Okta's SCIM client may change owners only if its approver may, however often its tokens are refreshed.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{ids::RoleId, sets::AssignmentSource};
use vestibule_simulator::Browser;
use vestibule_store::{people::users, rights::roles, trail::events};

use super::{ask, furnished, renew, text, tokens};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

/// Gives a role to a person over SCIM with this access token and returns the status.
async fn give(house: &House, room: &Room, token: &str, user_id: &str, role: &str) -> u16 {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "roles": [role] } }],
    });
    let request = house.http.patch(format!("{}/Users/{user_id}", room.scim)).bearer_auth(token);
    answer(request.header("content-type", "application/scim+json").body(body.to_string())).await.0
}

/// Signs in an owner and returns the browser.
async fn owner(house: &House, room: &Room) -> Browser {
    let olga = room.person("Olga").await;
    let (workspace, login, now) = (room.workspace.clone(), olga.login.clone(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            roles::assign(
                conn,
                &workspace,
                &user.user_id,
                &RoleId::from_stored("owner"),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
        .await;
    room.sign_in(&olga).await.0
}

#[rstest]
#[actix_web::test]
async fn a_client_gives_owner_only_if_an_owner_approved_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let bob = room.user("bob@acme.example").await;
    let (access, refresh) = tokens(&house, &room, &browser).await;
    assert_eq!(give(&house, &room, &access, &bob, "owner").await, 403);
    let (_, renewed) = renew(&house, &room, &refresh).await;
    let access = text(&renewed, "access_token");
    assert_eq!(give(&house, &room, &access, &bob, "owner").await, 403);
    assert_eq!(give(&house, &room, &access, &bob, "editor").await, 200);
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let named = all.iter().rev().find(|event| event.kind == "user_updated").unwrap();
    let data: Value = serde_json::from_str(named.data.as_str()).unwrap();
    assert_eq!(
        (&data["credential"]["kind"], &data["credential"]["name"]),
        (&json!("grant"), &json!("Okta")),
        "{data}"
    );

    // For a client that acts for itself, no person approved.
    let (status, own) = ask(&house, &room, &[("grant_type", "client_credentials")]).await;
    assert_eq!(status, 200, "{own}");
    assert_eq!(give(&house, &room, &text(&own, "access_token"), &bob, "owner").await, 403);

    let (access, refresh) = tokens(&house, &room, &owner(&house, &room).await).await;
    let (_, renewed) = renew(&house, &room, &refresh).await;
    for token in [access, text(&renewed, "access_token")] {
        assert_eq!(give(&house, &room, &token, &bob, "editor").await, 200);
        assert_eq!(give(&house, &room, &token, &bob, "owner").await, 200);
    }
}
