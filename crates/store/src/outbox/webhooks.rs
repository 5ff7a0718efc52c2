//! Webhooks: where the operator's systems are told of events, each with the kinds it wants. Those of the deployment (the nil
//! workspace) are told of every workspace. Secrets are sealed by the caller; two live at a time, so that one can be put in
//! place while the other still signs.

use diesel::{prelude::*, sql_types::Text};
use vestibule_core::{
    ids::{self, DEPLOYMENT},
    time::Micros,
};

use crate::{
    Conn, Result, Tx,
    db::{schema::webhooks, statement::Statement},
    outbox::deliveries::{self, New, WEBHOOK},
};

/// What a webhook is told of unless it says otherwise: who is a user, and what each may do.
pub const DEFAULT_KINDS: &str = "user_created user_adopted user_updated user_deactivated user_reactivated user_deleted \
     roles_changed entitlements_changed access_ended user_synced";

/// Stands for every kind.
pub const EVERY_KIND: &str = "*";

/// What a test is called.
pub const TEST: &str = "webhook_test";

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks)]
pub struct Webhook {
    /// Whose events; [`vestibule_core::ids::DEPLOYMENT`]: everybody's.
    pub workspace_id: String,
    /// Its name.
    pub webhook_id: String,
    /// Where it is told.
    pub url: String,
    /// Which kinds of events, space-separated.
    pub kinds: String,
    /// What signs, sealed.
    pub secret: String,
    /// What signed before and still does, sealed; empty: nothing.
    pub former_secret: String,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Creation.
    pub created_at: Micros,
    /// Last change.
    pub updated_at: Micros,
}

impl Webhook {
    /// A new one, with its first secret still to be sealed for it.
    pub fn new(workspace_id: &str, url: &str, kinds: &str, now: Micros) -> Self {
        Self {
            workspace_id: workspace_id.to_owned(),
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

/// Keeps a new one.
pub fn insert(conn: &mut Conn, webhook: &Webhook) -> Result<()> {
    diesel::insert_into(webhooks::table).values(webhook).execute(conn)?;
    Ok(())
}

/// Keeps a changed one, unless it changed since it was seen; whether it did keep it.
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
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Webhook>> {
    Ok(webhooks::table
        .filter(webhooks::workspace_id.eq(workspace_id))
        .order(webhooks::webhook_id)
        .select(Webhook::as_select())
        .load(conn)?)
}

/// Deletes a webhook, and what still waits for it; how many of those.
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

/// Writes a delivery of this event for each webhook that wants to know of it.
pub(crate) fn tell(
    conn: &mut Tx<'_>,
    workspace_id: &str,
    kind: &str,
    target: &str,
    seq: i64,
    now: Micros,
) -> Result<()> {
    let listening: Vec<(String, String)> = Statement::<(Text, Text)>::new(
        "SELECT webhook_id, kinds FROM webhooks WHERE enabled AND workspace_id IN (",
    )
    .text(workspace_id)
    .sql(", ")
    .text(DEPLOYMENT)
    .sql(")")
    .load(conn)?;
    let wants = |kinds: &str| kinds.split(' ').any(|wanted| wanted == kind || wanted == EVERY_KIND);
    let new = listening.into_iter().filter(|(_, kinds)| wants(kinds)).map(|(target_id, _)| New {
        kind: WEBHOOK,
        target_id,
        subject: target,
        sid: String::new(),
        seq,
    });
    deliveries::write(conn, workspace_id, new.collect(), now)
}

/// Writes a delivery that tells nothing, so that the operator sees whether it arrives.
pub fn tell_test(conn: &mut Tx<'_>, webhook: &Webhook, now: Micros) -> Result<()> {
    let subject = format!("webhook:{}", webhook.webhook_id);
    let target_id = webhook.webhook_id.clone();
    let new = New { kind: WEBHOOK, target_id, subject: &subject, sid: String::new(), seq: 0 };
    deliveries::write(conn, &webhook.workspace_id, vec![new], now)
}
