//! Receipts: what each end of access ended, who requested it, when it was accepted and when it was in force. The transaction that
//! ends the access writes the row at a constant cost; counting ([`settle`]) and signing follow after the commit. Never ends access.

mod count;

use diesel::prelude::*;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::Micros,
};

use crate::{Conn, Result, Tx, db::schema::receipts, people::users::user::User, trail::events::cause::Cause};

pub use crate::effects::ReceiptName as Name;
pub use count::Counts;
pub(crate) use count::{Ending, count};

/// A receipt of one end of access.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = receipts)]
pub struct Receipt {
    /// Workspace of the user.
    pub workspace_id: WorkspaceId,
    /// Id of the receipt.
    pub receipt_id: String,
    /// User whose access ended; may be deleted since.
    pub user_id: UserId,
    /// Name of the user at that time.
    pub user_name: String,
    /// `universal_logout`, `deactivated`, `deleted`, `operator`, `administrator`, …
    pub reason: String,
    /// Actor who requested it.
    pub actor: String,
    /// Id of the request.
    pub request_id: String,
    /// Epoch of the user from then on.
    pub epoch: i64,
    /// When the request arrived.
    pub accepted_at: Micros,
    /// When the access ended.
    pub acted_at: Micros,
    /// When the commit was observed; `None`: not yet.
    pub in_force_at: Option<Micros>,
    /// [`Counts`] as a JSON object; empty: not counted yet.
    pub counts: String,
    /// The signed receipt; empty: not signed yet.
    pub jws: String,
}

impl Receipt {
    /// What was ended; `None`: not counted yet.
    pub fn ended(&self) -> Option<Counts> {
        serde_json::from_str(&self.counts).ok()
    }
}

/// Writes the receipt of an end of access. Counts may follow later.
pub(crate) fn write(
    conn: &mut Tx<'_>,
    user: &User,
    (receipt_id, counts): (&str, Option<Counts>),
    cause: &Cause,
    reason: &str,
    now: Micros,
) -> Result<()> {
    let receipt = Receipt {
        workspace_id: user.workspace_id.clone(),
        receipt_id: receipt_id.to_owned(),
        user_id: user.user_id.clone(),
        user_name: user.user_name.clone(),
        reason: reason.to_owned(),
        actor: cause.actor.clone(),
        request_id: cause.request_id.clone(),
        epoch: user.epoch,
        accepted_at: cause.accepted_at.unwrap_or(now),
        acted_at: now,
        in_force_at: None,
        counts: counts.map(|counts| counts.to_json()).unwrap_or_default(),
        jws: String::new(),
    };
    diesel::insert_into(receipts::table).values(&receipt).execute(&mut **conn)?;
    conn.effects().receipts.push((receipt.workspace_id, receipt.receipt_id));
    Ok(())
}

/// Counts the uncounted receipts of a user before the deletion, which removes the rows to count.
pub(crate) fn before_delete(conn: &mut Conn, user: &User) -> Result<()> {
    let uncounted: Vec<Receipt> = receipts::table
        .filter(receipts::workspace_id.eq(&user.workspace_id))
        .filter(receipts::user_id.eq(&user.user_id))
        .filter(receipts::counts.eq(""))
        .select(Receipt::as_select())
        .load(conn)?;
    for receipt in uncounted {
        let counted = count(conn, &Ending::told(&receipt))?.to_json();
        diesel::update(receipts::table.find((&receipt.workspace_id, &receipt.receipt_id)))
            .set(receipts::counts.eq(counted))
            .execute(conn)?;
    }
    Ok(())
}

/// The receipt of this id.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, receipt_id: &str) -> Result<Option<Receipt>> {
    let found = receipts::table.find((workspace_id, receipt_id)).select(Receipt::as_select());
    Ok(found.first(conn).optional()?)
}

/// Lists receipts of a workspace or of one user, newest first, before an id, at most `limit`.
pub fn list(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: Option<&UserId>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Receipt>> {
    let mut query = receipts::table
        .filter(receipts::workspace_id.eq(workspace_id))
        .order(receipts::receipt_id.desc())
        .limit(limit)
        .select(Receipt::as_select())
        .into_boxed();
    if let Some(user_id) = user_id {
        query = query.filter(receipts::user_id.eq(user_id));
    }
    if let Some(before) = before {
        query = query.filter(receipts::receipt_id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// Unsigned receipts of all workspaces that acted before `until`, oldest first: left by a crash, or by a command that cannot
/// sign. Not by workspace (design rule 4), because any node signs them.
pub fn unfinished(conn: &mut Conn, until: Micros, limit: i64) -> Result<Vec<Name>> {
    Ok(receipts::table
        .filter(receipts::jws.eq(""))
        .filter(receipts::acted_at.le(until))
        .order(receipts::acted_at)
        .limit(limit)
        .select((receipts::workspace_id, receipts::receipt_id))
        .load(conn)?)
}

/// Counts a receipt and writes when it was in force, unless this is done already. Returns the receipt, and whether this call did
/// it.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn settle(
    conn: &mut Conn,
    (workspace_id, receipt_id): &Name,
    seen_at: Micros,
) -> Result<(Receipt, bool)> {
    let mut receipt = find(conn, workspace_id, receipt_id)?.ok_or(crate::Error::NotFound)?;
    if receipt.in_force_at.is_some() {
        return Ok((receipt, false));
    }
    if receipt.counts.is_empty() {
        receipt.counts = count(conn, &Ending::told(&receipt))?.to_json();
    }
    // The clocks of nodes differ, so this is never earlier than the acceptance.
    receipt.in_force_at = Some(seen_at.max(receipt.accepted_at));
    let first = diesel::update(receipts::table.find((workspace_id, receipt_id)))
        .filter(receipts::in_force_at.is_null())
        .set((receipts::in_force_at.eq(receipt.in_force_at), receipts::counts.eq(&receipt.counts)))
        .execute(conn)?;
    if first == 1 {
        return Ok((receipt, true));
    }
    Ok((find(conn, workspace_id, receipt_id)?.ok_or(crate::Error::NotFound)?, false))
}

/// Saves the signed form, unless there is one.
pub fn sign(conn: &mut Conn, (workspace_id, receipt_id): &Name, jws: &str) -> Result<()> {
    diesel::update(receipts::table.find((workspace_id, receipt_id)))
        .filter(receipts::jws.eq(""))
        .set(receipts::jws.eq(jws))
        .execute(conn)?;
    Ok(())
}

/// Deletes signed receipts from before `until`. Returns their number.
pub fn remove_before(conn: &mut Conn, workspace_id: &WorkspaceId, until: Micros) -> Result<usize> {
    let old = receipts::table
        .filter(receipts::workspace_id.eq(workspace_id))
        .filter(receipts::acted_at.lt(until))
        .filter(receipts::jws.ne(""));
    Ok(diesel::delete(old).execute(conn)?)
}
