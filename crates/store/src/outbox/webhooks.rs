//! Webhooks: addresses that receive events of the chosen kinds. Webhooks of the deployment (the nil workspace) receive events of all
//! workspaces. The caller seals the secrets. Two secrets sign at a time, so the receiver can change from one to the other.

use diesel::prelude::*;
use vestibule_core::{
    ids::{self, WorkspaceId},
    sets::DeliveryKind,
    time::Micros,
};

use crate::{
    Conn, Result, Tx,
    db::schema::webhooks,
    outbox::deliveries::{self, New},
};

/// Kinds of events of a new webhook without a list of its own: changes of users and of their rights.
pub const DEFAULT_KINDS: &str = "user_created user_adopted user_updated user_deactivated user_reactivated user_deleted \
     roles_changed entitlements_changed access_ended user_synced";

/// Means every kind of event.
pub const EVERY_KIND: &str = "*";

/// The kind in a test delivery.
pub const TEST: &str = "webhook_test";

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks)]
pub struct Webhook {
    /// Workspace whose events are sent; [`vestibule_core::ids::DEPLOYMENT`]: all workspaces.
    pub workspace_id: WorkspaceId,
    /// Id of the webhook.
    pub webhook_id: String,
    /// Address that receives the events.
    pub url: String,
    /// Kinds of events, space-separated.
    pub kinds: String,
    /// Signing secret, sealed.
    pub secret: String,
    /// Previous signing secret that still signs, sealed; empty: none.
    pub former_secret: String,
    /// Whether events are sent.
    pub enabled: bool,
    /// Creation.
    pub created_at: Micros,
    /// Last change.
    pub updated_at: Micros,
}

impl Webhook {
    /// A new webhook without a secret: the caller seals one for its id.
    pub fn new(workspace_id: &WorkspaceId, url: &str, kinds: &str, now: Micros) -> Self {
        Self {
            workspace_id: workspace_id.clone(),
            webhook_id: ids::new(now),
            url: url.to_owned(),
            kinds: kinds.to_owned(),
            secret: String::new(),
            former_secret: String::new(),
            enabled: true,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Inserts a webhook.
pub fn insert(conn: &mut Conn, webhook: &Webhook) -> Result<()> {
    diesel::insert_into(webhooks::table).values(webhook).execute(conn)?;
    Ok(())
}

/// Saves a webhook unless it changed after `seen`, the `updated_at` that the caller read. Returns whether it was saved.
pub fn save(conn: &mut Conn, webhook: &Webhook, seen: Micros) -> Result<bool> {
    let as_seen = webhooks::table
        .find((&webhook.workspace_id, &webhook.webhook_id))
        .filter(webhooks::updated_at.eq(seen));
    let changed = diesel::update(as_seen)
        .set((
            webhooks::url.eq(&webhook.url),
            webhooks::kinds.eq(&webhook.kinds),
            webhooks::secret.eq(&webhook.secret),
            webhooks::former_secret.eq(&webhook.former_secret),
            webhooks::enabled.eq(webhook.enabled),
            webhooks::updated_at.eq(webhook.updated_at),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// The webhook of this id. Not by workspace (design rule 4): deliveries of any workspace go to one of the deployment.
pub fn find(conn: &mut Conn, webhook_id: &str) -> Result<Option<Webhook>> {
    Ok(webhooks::table
        .filter(webhooks::webhook_id.eq(webhook_id))
        .select(Webhook::as_select())
        .first(conn)
        .optional()?)
}

/// The webhooks of a workspace (or of the deployment), oldest first.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Webhook>> {
    Ok(webhooks::table
        .filter(webhooks::workspace_id.eq(workspace_id))
        .order(webhooks::webhook_id)
        .select(Webhook::as_select())
        .load(conn)?)
}

/// Deletes a webhook and its waiting deliveries. Returns the number of deliveries.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn delete(conn: &mut Conn, webhook: &Webhook) -> Result<usize> {
    let gone =
        diesel::delete(webhooks::table.find((&webhook.workspace_id, &webhook.webhook_id))).execute(conn)?;
    if gone == 0 {
        return Err(crate::Error::NotFound);
    }
    deliveries::forget(conn, &webhook.webhook_id)
}

/// An enabled webhook: its id, and the kinds that it receives.
pub(crate) type Listening = (String, String);

/// A written event: kind, target, sequence number.
pub(crate) type Written<'a> = (&'a str, &'a str, i64);

/// Writes a delivery of each event for each webhook that receives its kind.
pub(crate) fn tell(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    listening: &[Listening],
    events: &[Written<'_>],
    now: Micros,
) -> Result<()> {
    let wants =
        |kinds: &str, kind: &str| kinds.split(' ').any(|wanted| wanted == kind || wanted == EVERY_KIND);
    let mut new = Vec::new();
    for (kind, target, seq) in events {
        for (target_id, _) in listening.iter().filter(|(_, kinds)| wants(kinds, kind)) {
            new.push(New {
                kind: DeliveryKind::Webhook,
                target_id: target_id.clone(),
                subject: target,
                sid: String::new(),
                seq: *seq,
            });
        }
    }
    deliveries::write(conn, workspace_id, new, now)
}

/// Writes a test delivery without an event.
pub fn queue_test(conn: &mut Tx<'_>, webhook: &Webhook, now: Micros) -> Result<()> {
    let subject = format!("webhook:{}", webhook.webhook_id);
    let target_id = webhook.webhook_id.clone();
    let new = New { kind: DeliveryKind::Webhook, target_id, subject: &subject, sid: String::new(), seq: 0 };
    deliveries::write(conn, &webhook.workspace_id, vec![new], now)
}
