//! Tests of webhooks: signed by the Standard Webhooks scheme, numbered, in order per person, retried until they are accepted.

use base64::{Engine, engine::general_purpose::STANDARD};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vestibule_admin::{
    Actor,
    outbox::webhooks::{self as hooks, Environment, WebhookChange},
};
use vestibule_core::{
    ids::{self, WorkspaceId},
    sets::DeliveryState,
};
use vestibule_store::outbox::webhooks::{self, Webhook};

use super::{
    SECOND, outbox,
    receiver::{Behaviour, Received, Receiver},
    until,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Computes HMAC-SHA256 (RFC 2104) without the tested code.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::digest([&pad(0x36)[..], text].concat());
    Sha256::digest([&pad(0x5c)[..], &inner].concat()).to_vec()
}

/// Returns the event if the message is signed with this secret (Standard Webhooks, "Verifying signatures").
pub fn judge(received: &Received, secret: &str, now: i64) -> Option<Value> {
    let (id, timestamp) = (received.header("webhook-id"), received.header("webhook-timestamp"));
    assert!((timestamp.parse::<i64>().unwrap() - now / SECOND).abs() < 300);
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert!((24..=64).contains(&key.len()));
    let signature = STANDARD.encode(hmac(&key, format!("{id}.{timestamp}.{}", received.body).as_bytes()));
    let mut signatures = received.header("webhook-signature").split(' ');
    signatures
        .any(|given| given == format!("v1,{signature}"))
        .then(|| serde_json::from_str(&received.body).unwrap())
}

/// Creates a webhook for this receiver and returns it with its secret.
async fn webhook(
    house: &House,
    workspace: &WorkspaceId,
    receiver: &Receiver,
    kinds: &[&str],
) -> (Webhook, String) {
    let (state, workspace) = (house.state.clone(), workspace.to_owned());
    let kinds = Some(kinds.iter().map(ToString::to_string).collect());
    let change = WebhookChange { url: Some(receiver.url.clone()), kinds, enabled: None };
    house
        .write(move |conn| {
            let environment = Environment { sealer: state.sealer(), allow_insecure: true };
            hooks::create(conn, &Actor::cli(state.now()), environment, &workspace, &change).unwrap()
        })
        .await
}

async fn set_active(room: &Room, user: &str, active: bool) {
    let change = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": active } }],
    });
    assert_eq!(room.scim("PATCH", &format!("/Users/{user}"), Some(change)).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn what_happens_to_a_person_is_told_signed_and_in_order(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let other = house.room("Other").await;
    let receiver = Receiver::start();
    let (_, secret) = webhook(&house, &room.workspace, &receiver, &[]).await;
    let user = room.user("ada@acme.example").await;
    set_active(&room, &user, false).await;
    set_active(&room, &user, true).await;
    let gone = house.http.delete(format!("{}/Users/{user}", room.scim)).bearer_auth(&room.token);
    assert_eq!(gone.send().await.unwrap().status(), 204);
    other.user("grace@other.example").await;
    let expected = [
        "user_created",
        "user_updated",
        "user_deactivated",
        "access_ended",
        "user_updated",
        "user_reactivated",
        "access_ended",
        "user_deleted",
    ];
    receiver.wait(expected.len()).await;
    until(&house, |rows| rows.iter().all(|row| row.state == DeliveryState::Delivered)).await;
    let received = receiver.received();
    let told: Vec<Value> =
        received.iter().map(|one| judge(one, &secret, house.state.now()).expect("signed")).collect();
    assert_eq!(told.iter().map(|one| one["type"].as_str().unwrap()).collect::<Vec<_>>(), expected);
    assert!(told.windows(2).all(|pair| pair[0]["data"]["seq"].as_i64() < pair[1]["data"]["seq"].as_i64()));
    for one in &told {
        assert_eq!(
            (&one["data"]["team_id"], &one["data"]["user"]["id"]),
            (&json!(room.workspace), &json!(user))
        );
        assert!(one["data"]["actor"].as_str().unwrap().starts_with("okta:scim"), "{one}");
        assert!(one["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(told[7]["data"]["user"]["deleted"], true);
    let ids: std::collections::HashSet<&str> = received.iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids.len(), expected.len());
    let mut forged = received[0].clone();
    forged.body = forged.body.replace("ada", "eve");
    assert_eq!(judge(&forged, &secret, house.state.now()), None);
}

#[rstest]
#[actix_web::test]
async fn the_person_is_told_as_they_are(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let (_, secret) = webhook(&house, &room.workspace, &receiver, &["user_created"]).await;
    let user = room.user("ada@acme.example").await;
    let told = judge(&receiver.wait(1).await[0], &secret, house.state.now()).unwrap();
    assert_eq!(
        told["data"]["user"],
        json!({
            "id": user, "userName": "ada@acme.example", "externalId": null, "displayName": told["data"]["user"]["displayName"],
            "email": "ada@acme.example", "active": true, "deleted": false, "roles": ["member"], "entitlements": [], "epoch": 1,
        })
    );
    assert_eq!(told["data"]["details"]["user_name"], "ada@acme.example");
    set_active(&room, &user, false).await;
    assert_eq!(outbox(&house).await.len(), 1, "nothing it did not ask for");
}

#[rstest]
#[actix_web::test]
async fn one_of_the_deployment_is_told_of_every_workspace(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let receiver = Receiver::start();
    let (_, secret) = webhook(&house, &ids::DEPLOYMENT, &receiver, &["user_created"]).await;
    room.user("ada@acme.example").await;
    other.user("grace@other.example").await;
    let mut teams: Vec<String> = receiver
        .wait(2)
        .await
        .iter()
        .map(|one| {
            judge(one, &secret, house.state.now()).unwrap()["data"]["team_id"].as_str().unwrap().to_owned()
        })
        .collect();
    teams.sort();
    let mut expected = [room.workspace.as_str(), other.workspace.as_str()];
    expected.sort();
    assert_eq!(teams, expected);
}

#[rstest]
#[actix_web::test]
async fn a_person_s_events_wait_for_each_other_and_nobody_else_s(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let (_, secret) =
        webhook(&house, &room.workspace, &receiver, &["user_created", "user_deactivated"]).await;
    // Ada's first delivery is refused, so her second one waits; Grace's deliveries do not wait.
    receiver.behave(&[Behaviour::Status(422)]);
    let ada = room.user("ada@acme.example").await;
    until(&house, |rows| rows[0].outcome == "422").await;
    set_active(&room, &ada, false).await;
    let grace = room.user("grace@acme.example").await;
    set_active(&room, &grace, false).await;
    house.clock.advance(10 * SECOND);
    let received = receiver.wait(5).await;
    let told: Vec<(Value, Value)> = received
        .iter()
        .map(|one| {
            let told = judge(one, &secret, house.state.now()).unwrap();
            (told["type"].clone(), told["data"]["user"]["id"].clone())
        })
        .collect();
    let of = |user: &str| {
        told.iter().filter(|(_, id)| id == user).map(|(kind, _)| kind.as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(of(&ada), ["user_created", "user_created", "user_deactivated"]);
    assert_eq!(of(&grace), ["user_created", "user_deactivated"]);
    let ids: Vec<&str> = received
        .iter()
        .filter(|one| one.body.contains("user_created") && one.body.contains(&ada))
        .map(|one| one.header("webhook-id"))
        .collect();
    assert_eq!(ids[0], ids[1], "the same message by the same name");
}

#[rstest]
#[actix_web::test]
async fn two_secrets_sign_while_one_takes_the_other_s_place(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let (hook, first) = webhook(&house, &room.workspace, &receiver, &["user_created"]).await;
    let state = house.state.clone();
    let id = hook.webhook_id.clone();
    let second = house
        .write(move |conn| {
            let environment = Environment { sealer: state.sealer(), allow_insecure: true };
            let actor = Actor::cli(state.now());
            let second = hooks::add_secret(conn, &actor, environment, hook.clone()).unwrap();
            let again = webhooks::find(conn, &id).unwrap().unwrap();
            let refused = hooks::add_secret(conn, &actor, environment, again);
            assert!(refused.is_err(), "two sign already");
            assert!(hooks::end_secret(conn, &actor, hook).is_err(), "seen before it changed");
            second
        })
        .await;
    room.user("ada@acme.example").await;
    let now = house.state.now();
    let message = receiver.wait(1).await[0].clone();
    assert!(judge(&message, &first, now).is_some() && judge(&message, &second, now).is_some());
    let state = house.state.clone();
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let hook = webhooks::list(conn, &workspace).unwrap().remove(0);
            hooks::end_secret(conn, &Actor::cli(state.now()), hook).unwrap();
        })
        .await;
    room.user("grace@acme.example").await;
    let message = receiver.wait(2).await[1].clone();
    assert!(judge(&message, &first, now).is_none() && judge(&message, &second, now).is_some());
}
