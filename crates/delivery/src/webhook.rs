//! The request to a webhook: the event and the current state of its person, signed by the Standard Webhooks scheme
//! (<https://www.standardwebhooks.com>): `webhook-id`, `webhook-timestamp`, `webhook-signature`. The id stays the same for all attempts
//! of a delivery, so that a receiver recognises what it already has; the timestamp is that of the attempt.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Request, header};
use josekit::jws::{HS256, JwsSigner};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_admin::trail;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::{Micros, SECOND, rfc3339},
};
use vestibule_store::{
    Conn, Error,
    outbox::{
        deliveries::Claimed,
        webhooks::{self, TEST, Webhook},
    },
    people::users,
    rights::roles,
    trail::events::{self, Event},
};
use vestibule_web::{State, crypto::seal};

use crate::unsent::Unsent;

/// The webhook and the body, read together.
struct Message {
    webhook: Webhook,
    body: Value,
}

/// Builds the request.
pub(crate) async fn request(state: &State, claimed: &Claimed) -> Result<Request<Vec<u8>>, Unsent> {
    let of = claimed.clone();
    let message = state.read(move |conn| read(conn, &of)).await?;
    let Message { webhook, body } = message.ok_or(Unsent::Never("the webhook or the event was deleted"))?;
    if !webhook.enabled {
        return Err(Unsent::Never("the webhook is disabled"));
    }
    let body = body.to_string().into_bytes();
    let (id, timestamp) = (&claimed.delivery_id, (state.now() / SECOND).to_string());
    let signed = [format!("{id}.{timestamp}.").as_bytes(), &body].concat();
    let context = seal::webhook_secret_context(&webhook.workspace_id, &webhook.webhook_id);
    let mut signatures = Vec::new();
    for sealed in [&webhook.secret, &webhook.former_secret].into_iter().filter(|sealed| !sealed.is_empty()) {
        let secret = state.sealer().open(&context, sealed)?;
        signatures.push(format!("v1,{}", sign(secret.expose_secret(), &signed)?));
    }
    Request::post(&webhook.url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signatures.join(" "))
        .body(body)
        .map_err(|_| Unsent::Never("the webhook's URL is invalid"))
}

/// HMAC-SHA256 in base64. The key is the decoded part of `whsec_{base64}`.
fn sign(secret: &str, signed: &[u8]) -> Result<String, Unsent> {
    let key = secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
    let key = key.ok_or(Unsent::Never("the webhook's secret is invalid"))?;
    Ok(STANDARD.encode(HS256.signer_from_bytes(key)?.sign(signed)?))
}

fn read(conn: &mut Conn, claimed: &Claimed) -> Result<Option<Message>, Error> {
    let Some(webhook) = webhooks::find(conn, &claimed.target_id)? else { return Ok(None) };
    if claimed.seq == 0 {
        let body = test(&webhook, claimed.created_at);
        return Ok(Some(Message { webhook, body }));
    }
    let Some(event) = events::find(conn, &claimed.workspace_id, claimed.seq)? else { return Ok(None) };
    let user = match event.target.strip_prefix("user:") {
        Some(user_id) => snapshot(conn, &claimed.workspace_id, &UserId::from_stored(user_id))?,
        None => Value::Null,
    };
    Ok(Some(Message { webhook, body: body(&event, &user) }))
}

fn test(webhook: &Webhook, at: Micros) -> Value {
    json!({ "type": TEST, "timestamp": rfc3339(at), "data": { "webhook": webhook.webhook_id } })
}

/// `type`, `timestamp` and `data`, as the scheme recommends: the event in the form of the management API, and the person.
fn body(event: &Event, user: &Value) -> Value {
    let mut data = trail::describe(event);
    if let Some(members) = data.as_object_mut() {
        let mut move_out = |name: &str| members.remove(name).unwrap_or_default();
        let (kind, at, details) = (move_out("kind"), move_out("at"), move_out("data"));
        members.insert("workspace".to_owned(), json!(event.workspace_id));
        members.insert("team_id".to_owned(), json!(event.workspace_id));
        members.insert("details".to_owned(), details);
        members.insert("user".to_owned(), user.clone());
        return json!({ "type": kind, "timestamp": at, "data": data });
    }
    Value::Null
}

/// The state of a person at the time of sending. A deleted person has an id and no rights.
fn snapshot(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Value, Error> {
    let Some(user) = users::find(conn, workspace_id, user_id)? else {
        return Ok(
            json!({ "id": user_id, "active": false, "deleted": true, "roles": [], "entitlements": [] }),
        );
    };
    let effective = roles::effective(conn, workspace_id, user_id)?;
    Ok(json!({
        "id": user.user_id,
        "userName": user.user_name,
        "externalId": user.external_id,
        "displayName": user.display_name,
        "email": user.email,
        "active": user.active,
        "deleted": false,
        "roles": effective.role_ids(),
        "entitlements": effective.entitlement_ids(),
        "epoch": user.epoch,
    }))
}
