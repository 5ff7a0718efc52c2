//! Webhooks, which send events to the operator's systems. A secret is returned once, when it is made (the Standard Webhooks
//! scheme: `whsec_` and base64).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    sets::EventKind,
    time::rfc3339,
};
use vestibule_store::{
    Error, Tx,
    access::secrets,
    outbox::webhooks::{self, DEFAULT_KINDS, EVERY_KIND, Webhook},
    trail::events::{
        Target,
        kinds::{EventData, WebhookChanged, WebhookCreated, WebhookData, WebhookDeleted},
    },
};
use vestibule_web::crypto::seal::{self, Sealer};

use crate::{
    actor::Actor,
    checks,
    refusal::{Refusal, conflict, field},
};

/// The largest number of event kinds of one webhook.
const MOST_KINDS: usize = 50;

/// Settings of a webhook; `None` changes nothing.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// Address that is called.
    pub url: Option<String>,
    /// Kinds of events; empty: [`DEFAULT_KINDS`].
    pub kinds: Option<Vec<String>>,
    /// Whether it is called.
    pub enabled: Option<bool>,
}

/// Sealer and settings that checks and secrets of webhooks need.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    /// Seals secrets.
    pub sealer: &'a Sealer,
    /// Whether plain http and private addresses are allowed (development).
    pub allow_insecure: bool,
}

/// Creates a webhook of a workspace (or of the deployment); returns it and its secret.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    environment: Environment<'_>,
    workspace_id: &WorkspaceId,
    change: &WebhookChange,
) -> Result<(Webhook, String), Refusal> {
    let mut webhook = Webhook::new(workspace_id, "", DEFAULT_KINDS, actor.now);
    if change.url.is_none() {
        return field("url", "is missing");
    }
    apply(&mut webhook, environment, change)?;
    let plain = new_secret()?;
    webhook.secret = sealed(environment, &webhook, &plain)?;
    webhooks::insert(conn, &webhook)?;
    record(conn, actor, &webhook, &WebhookCreated(data(&webhook)))?;
    Ok((webhook, plain))
}

/// Changes a webhook.
pub fn change(
    conn: &mut Tx<'_>,
    actor: &Actor,
    environment: Environment<'_>,
    mut webhook: Webhook,
    change: &WebhookChange,
) -> Result<Webhook, Refusal> {
    apply(&mut webhook, environment, change)?;
    save(conn, actor, &mut webhook)?;
    Ok(webhook)
}

/// Makes a second secret; both sign until the former is ended.
///
/// # Errors
/// [`Refusal::Conflict`] when two sign already.
pub fn add_secret(
    conn: &mut Tx<'_>,
    actor: &Actor,
    environment: Environment<'_>,
    mut webhook: Webhook,
) -> Result<String, Refusal> {
    if !webhook.former_secret.is_empty() {
        return conflict("there are two signing secrets already: end the old one first");
    }
    let plain = new_secret()?;
    let secret = sealed(environment, &webhook, &plain)?;
    webhook.former_secret = std::mem::replace(&mut webhook.secret, secret);
    save(conn, actor, &mut webhook)?;
    Ok(plain)
}

/// Ends the former of two secrets.
///
/// # Errors
/// [`Refusal::Conflict`] when only one signs.
pub fn end_secret(conn: &mut Tx<'_>, actor: &Actor, mut webhook: Webhook) -> Result<(), Refusal> {
    if webhook.former_secret.is_empty() {
        return conflict("there is only one signing secret: add another first");
    }
    webhook.former_secret.clear();
    save(conn, actor, &mut webhook)
}

/// Deletes a webhook with the deliveries that wait for it; returns how many those were.
pub fn delete(conn: &mut Tx<'_>, actor: &Actor, webhook: &Webhook) -> Result<usize, Refusal> {
    // The event is written at the end of the transaction, when the webhook is deleted, so the webhook gets no delivery of it.
    record(conn, actor, webhook, &WebhookDeleted(data(webhook)))?;
    Ok(webhooks::delete(conn, webhook)?)
}

/// Sends a test message to a webhook.
pub fn send_test(conn: &mut Tx<'_>, actor: &Actor, webhook: &Webhook) -> Result<(), Error> {
    webhooks::queue_test(conn, webhook, actor.now)
}

/// A webhook, as operators read it.
pub fn describe(webhook: &Webhook) -> Value {
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

fn apply(webhook: &mut Webhook, environment: Environment<'_>, change: &WebhookChange) -> Result<(), Refusal> {
    if let Some(url) = &change.url {
        checks::public_address("url", url, environment.allow_insecure)?;
        webhook.url.clone_from(url);
    }
    if let Some(kinds) = &change.kinds {
        if kinds.len() > MOST_KINDS {
            return field("kinds", format!("must be at most {MOST_KINDS}"));
        }
        let is_unknown = |kind: &&String| *kind != EVERY_KIND && kind.parse::<EventKind>().is_err();
        if let Some(unknown) = kinds.iter().find(is_unknown) {
            let start: String = unknown.chars().take(60).collect();
            return field(
                "kinds",
                format!("must be kinds of events, such as user_updated, or *; {start} is none"),
            );
        }
        webhook.kinds = if kinds.is_empty() { DEFAULT_KINDS.to_owned() } else { kinds.join(" ") };
    }
    webhook.enabled = change.enabled.unwrap_or(webhook.enabled);
    Ok(())
}

fn save(conn: &mut Tx<'_>, actor: &Actor, webhook: &mut Webhook) -> Result<(), Refusal> {
    let version = std::mem::replace(&mut webhook.updated_at, actor.now);
    if !webhooks::save(conn, webhook, version)? {
        return conflict("somebody else changed it at the same time; reload and try again");
    }
    Ok(record(conn, actor, webhook, &WebhookChanged(data(webhook)))?)
}

/// 32 random bytes.
fn new_secret() -> Result<String, Refusal> {
    Ok(format!("whsec_{}", STANDARD.encode(secrets::random::<32>()?)))
}

fn sealed(environment: Environment<'_>, webhook: &Webhook, plain: &str) -> Result<String, Refusal> {
    let context = seal::webhook_secret_context(&webhook.workspace_id, &webhook.webhook_id);
    let sealed = environment.sealer.seal(&context, plain);
    sealed.map_err(|error| Refusal::Store(Error::Database(Box::new(error))))
}

fn data(webhook: &Webhook) -> WebhookData<'_> {
    WebhookData { webhook: &webhook.webhook_id, url: &webhook.url, enabled: webhook.enabled }
}

/// Records an event. A webhook of the deployment has no trail, because each trail belongs to a workspace.
fn record<D: EventData>(conn: &mut Tx<'_>, actor: &Actor, webhook: &Webhook, data: &D) -> Result<(), Error> {
    if webhook.workspace_id == *DEPLOYMENT {
        return Ok(());
    }
    actor.record(conn, &webhook.workspace_id, Target::Webhook(&webhook.webhook_id), data)
}
