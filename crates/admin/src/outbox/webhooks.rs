//! Webhooks, which send events to the operator's systems. A secret is returned once, when it is made (the Standard Webhooks
//! scheme: `whsec_` and base64).

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vestibule_core::{
    ids::{self, DEPLOYMENT, WorkspaceId},
    sets::EventKind,
    time::rfc3339,
};
use vestibule_store::{
    Error, Tx,
    access::secrets,
    outbox::{
        deliveries,
        webhooks::{self, DEFAULT_KINDS, EVERY_KIND, Webhook},
    },
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
    let plain = new_secret()?;
    let webhook = insert(conn, actor, environment, workspace_id, (None, &plain), change)?;
    Ok((webhook, plain))
}

/// Creates a webhook with this id, or with a new one, and with a secret that the operator chose.
pub fn create_declared(
    conn: &mut Tx<'_>,
    actor: &Actor,
    environment: Environment<'_>,
    workspace_id: &WorkspaceId,
    (id, secret): (Option<&str>, &SecretString),
    change: &WebhookChange,
) -> Result<Webhook, Refusal> {
    let plain = check_secret(secret)?;
    if id.is_some_and(|id| ids::parse(id).is_none_or(|canonical| canonical != id)) {
        return field("id", "must be a UUID in lower case");
    }
    insert(conn, actor, environment, workspace_id, (id, plain), change)
}

fn insert(
    conn: &mut Tx<'_>,
    actor: &Actor,
    environment: Environment<'_>,
    workspace_id: &WorkspaceId,
    (id, plain): (Option<&str>, &str),
    change: &WebhookChange,
) -> Result<Webhook, Refusal> {
    let mut webhook = Webhook::new(workspace_id, "", DEFAULT_KINDS, actor.now);
    if let Some(id) = id {
        // Deliveries find a webhook by its id alone.
        if webhooks::find(conn, id)?.is_some() {
            return field("id", "is that of another webhook");
        }
        id.clone_into(&mut webhook.webhook_id);
    }
    if change.url.is_none() {
        return field("url", "is missing");
    }
    apply(&mut webhook, environment, change)?;
    webhook.secret = sealed(environment, &webhook, plain)?;
    webhooks::insert(conn, &webhook)?;
    record(conn, actor, &webhook, &WebhookCreated(data(&webhook)))?;
    Ok(webhook)
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
    let plain = new_secret()?;
    replace_secret(&mut webhook, environment, &plain)?;
    save(conn, actor, &mut webhook)?;
    Ok(plain)
}

/// Changes a webhook, and makes a secret that the operator chose the current one; the former one signs, too, until it is ended.
///
/// # Errors
/// As [`add_secret`].
pub fn change_declared(
    conn: &mut Tx<'_>,
    actor: &Actor,
    environment: Environment<'_>,
    mut webhook: Webhook,
    secret: &SecretString,
    change: &WebhookChange,
) -> Result<(), Refusal> {
    replace_secret(&mut webhook, environment, check_secret(secret)?)?;
    apply(&mut webhook, environment, change)?;
    save(conn, actor, &mut webhook)
}

fn replace_secret(webhook: &mut Webhook, environment: Environment<'_>, plain: &str) -> Result<(), Refusal> {
    if !webhook.former_secret.is_empty() {
        return conflict("there are two signing secrets already: end the old one first");
    }
    let secret = sealed(environment, webhook, plain)?;
    webhook.former_secret = std::mem::replace(&mut webhook.secret, secret);
    Ok(())
}

/// Checks a secret of the Standard Webhooks scheme: `whsec_` and 24 to 64 bytes in base64.
fn check_secret(secret: &SecretString) -> Result<&str, Refusal> {
    let plain = secret.expose_secret();
    let bytes = plain.strip_prefix("whsec_").and_then(|body| STANDARD.decode(body).ok());
    match bytes {
        Some(bytes) if (24..=64).contains(&bytes.len()) => Ok(plain),
        _ => field("secret", "must be whsec_ and 24 to 64 random bytes in base64"),
    }
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

/// Sends a test message to a webhook, at once, also while its receiver is paused because it did not answer.
pub fn send_test(conn: &mut Tx<'_>, actor: &Actor, webhook: &Webhook) -> Result<(), Error> {
    deliveries::end_pause(conn, &webhook.webhook_id)?;
    webhooks::queue_test(conn, webhook, actor.now)
}

/// Tries everything that waits for a webhook at once; returns how many messages were to wait longer.
pub fn retry_now(conn: &mut Tx<'_>, actor: &Actor, webhook: &Webhook) -> Result<usize, Error> {
    deliveries::retry_now(conn, &webhook.webhook_id, actor.now)
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
