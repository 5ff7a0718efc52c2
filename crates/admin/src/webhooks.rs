//! What an operator does with webhooks and with the outbox, whether at the command line or through the management API: the same
//! checks, rows and events. A secret is shown once, when it is made (the Standard Webhooks scheme: `whsec_` and base64).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vestibule_core::{
    ids::DEPLOYMENT,
    time::{Micros, rfc3339},
};
use vestibule_store::{
    Conn, Error,
    access::secrets,
    outbox::{
        deliveries::Delivery,
        webhooks::{self, DEFAULT_KINDS, EVERY_KIND, Webhook},
    },
    trail::events::{self, Cause},
};
use vestibule_web::crypto::seal::{self, Sealer};

use crate::workspaces::{Refusal, told_at};

/// The most kinds of events one names.
const KINDS: usize = 50;

/// What is wished of a webhook; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where it is told.
    pub url: Option<String>,
    /// Of which kinds of events; none: [`DEFAULT_KINDS`].
    pub kinds: Option<Vec<String>>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

/// Who acts, and by what rules.
pub struct Desk<'a> {
    /// Seals secrets.
    pub sealer: &'a Sealer,
    /// The development switch.
    pub allow_insecure: bool,
    /// Who, and in which request.
    pub cause: &'a Cause,
    /// When.
    pub now: Micros,
}

/// Makes a webhook of a workspace (or of the deployment): it, and its secret.
///
/// # Errors
/// [`Refusal`].
pub fn create(
    conn: &mut Conn,
    desk: &Desk<'_>,
    workspace_id: &str,
    settings: &Settings,
) -> Result<(Webhook, String), Refusal> {
    let mut webhook = Webhook::new(workspace_id, "", DEFAULT_KINDS, desk.now);
    if settings.url.is_none() {
        return Err(Refusal::Field("url", "is missing".to_owned()));
    }
    apply(&mut webhook, desk, settings)?;
    let plain = new_secret()?;
    webhook.secret = sealed(desk, &webhook, &plain)?;
    webhooks::insert(conn, &webhook)?;
    tell(conn, desk, &webhook, "webhook_created")?;
    Ok((webhook, plain))
}

/// Changes a webhook.
///
/// # Errors
/// [`Refusal`].
pub fn change(
    conn: &mut Conn,
    desk: &Desk<'_>,
    mut webhook: Webhook,
    settings: &Settings,
) -> Result<Webhook, Refusal> {
    apply(&mut webhook, desk, settings)?;
    save(conn, desk, &mut webhook)?;
    Ok(webhook)
}

/// Makes a second secret: both sign until the former is ended.
///
/// # Errors
/// [`Refusal::Conflict`] when two sign already.
pub fn rotate_secret(conn: &mut Conn, desk: &Desk<'_>, mut webhook: Webhook) -> Result<String, Refusal> {
    if !webhook.former_secret.is_empty() {
        return Err(Refusal::Conflict("two secrets sign already: end the former one first".to_owned()));
    }
    let plain = new_secret()?;
    let secret = sealed(desk, &webhook, &plain)?;
    webhook.former_secret = std::mem::replace(&mut webhook.secret, secret);
    save(conn, desk, &mut webhook)?;
    Ok(plain)
}

/// Ends the former of two secrets.
///
/// # Errors
/// [`Refusal::Conflict`] when only one signs.
pub fn end_secret(conn: &mut Conn, desk: &Desk<'_>, mut webhook: Webhook) -> Result<(), Refusal> {
    if webhook.former_secret.is_empty() {
        return Err(Refusal::Conflict("only one secret signs: make another first".to_owned()));
    }
    webhook.former_secret.clear();
    save(conn, desk, &mut webhook)
}

/// Deletes a webhook with what waits for it; how many those were.
///
/// # Errors
/// [`Refusal`].
pub fn delete(conn: &mut Conn, desk: &Desk<'_>, webhook: &Webhook) -> Result<usize, Refusal> {
    // First the event, so that one that is told everything is not told of its own end for ever.
    tell(conn, desk, webhook, "webhook_deleted")?;
    Ok(webhooks::delete(conn, webhook)?)
}

/// A webhook, as operators see it.
pub fn shown(webhook: &Webhook) -> Value {
    json!({
        "id": webhook.webhook_id,
        "url": webhook.url,
        "kinds": webhook.kinds.split(' ').collect::<Vec<_>>(),
        "enabled": webhook.enabled,
        "secrets": if webhook.former_secret.is_empty() { 1 } else { 2 },
        "created_at": rfc3339(webhook.created_at),
        "updated_at": rfc3339(webhook.updated_at),
    })
}

/// A delivery, as operators see it.
pub fn delivery(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.delivery_id,
        "workspace": delivery.workspace_id,
        "kind": delivery.kind,
        "receiver": delivery.target_id,
        "about": delivery.subject,
        "event": Some(delivery.seq).filter(|seq| *seq > 0),
        "state": delivery.state,
        "tries": delivery.attempts,
        "outcome": delivery.outcome,
        "due_at": Some(delivery.due_at).filter(|_| delivery.ended_at.is_none()).map(rfc3339),
        "created_at": rfc3339(delivery.created_at),
        "ended_at": delivery.ended_at.map(rfc3339),
    })
}

fn apply(webhook: &mut Webhook, desk: &Desk<'_>, settings: &Settings) -> Result<(), Refusal> {
    if let Some(url) = &settings.url {
        told_at("url", url, desk.allow_insecure)?;
        webhook.url.clone_from(url);
    }
    if let Some(kinds) = &settings.kinds {
        let word = |kind: &String| {
            kind == EVERY_KIND
                || (1..=64).contains(&kind.len())
                    && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        if kinds.len() > KINDS || !kinds.iter().all(word) {
            let rule = format!("must be at most {KINDS} kinds of events, such as user_updated, or *");
            return Err(Refusal::Field("kinds", rule));
        }
        webhook.kinds = if kinds.is_empty() { DEFAULT_KINDS.to_owned() } else { kinds.join(" ") };
    }
    webhook.enabled = settings.enabled.unwrap_or(webhook.enabled);
    Ok(())
}

fn save(conn: &mut Conn, desk: &Desk<'_>, webhook: &mut Webhook) -> Result<(), Refusal> {
    let seen = std::mem::replace(&mut webhook.updated_at, desk.now);
    if !webhooks::save(conn, webhook, seen)? {
        return Err(Refusal::Conflict("somebody else changed it at the same time; look again".to_owned()));
    }
    tell(conn, desk, webhook, "webhook_changed")
}

/// 32 random bytes.
fn new_secret() -> Result<String, Refusal> {
    Ok(format!("whsec_{}", STANDARD.encode(secrets::random::<32>()?)))
}

fn sealed(desk: &Desk<'_>, webhook: &Webhook, plain: &str) -> Result<String, Refusal> {
    let context = seal::webhook_secret_context(&webhook.workspace_id, &webhook.webhook_id);
    let sealed = desk.sealer.seal(&context, plain);
    sealed.map_err(|error| Refusal::Store(Error::Database(error.to_string())))
}

/// The trail is a workspace's; a webhook of the deployment belongs to none.
fn tell(conn: &mut Conn, desk: &Desk<'_>, webhook: &Webhook, kind: &str) -> Result<(), Refusal> {
    if webhook.workspace_id != DEPLOYMENT {
        let data = json!({ "webhook": webhook.webhook_id, "url": webhook.url, "enabled": webhook.enabled });
        let target = format!("webhook:{}", webhook.webhook_id);
        events::record_json(conn, &webhook.workspace_id, kind, desk.cause, &target, &data, desk.now)?;
    }
    Ok(())
}
