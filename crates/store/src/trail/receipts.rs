//! Receipts: what each end of access ended, who requested it, when it was accepted and when it was in force. The transaction that
//! ends the access writes the row at a constant cost; counting ([`record_in_force`]) and signing follow after the commit. Never ends access.

mod count;

use std::collections::BTreeMap;

use diesel::{prelude::*, sql_types::Text};
use serde_json::{Value, json};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::EndReason,
    time::Micros,
};

use crate::{
    Conn, Result, Tx,
    db::{fragment::Fragment, json::Json, schema::receipts, statement::Statement},
    people::users::user::User,
    search::in_ids,
    trail::events::{append, cause::Cause},
};

pub use crate::effects::ReceiptName as Name;
pub use count::Counts;
pub(crate) use count::count;

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
    /// Why the access ended.
    pub reason: EndReason,
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
    /// What was ended; missing: not counted yet.
    pub counts: Json<Counts>,
    /// The signed receipt; empty: not signed yet.
    pub jws: String,
}

impl Receipt {
    /// When the end was in force, if its commit was observed at `seen_at`. The clocks of nodes differ, so this is never earlier than the
    /// acceptance.
    pub fn in_force_from(&self, seen_at: Micros) -> Micros {
        seen_at.max(self.accepted_at)
    }

    /// The receipt with these counts, unless it is counted already.
    fn with(mut self, counts: count::Row) -> Self {
        if self.counts.is_missing() {
            self.counts = Json::new(Counts::from(counts));
        }
        self
    }

    /// What was ended; `None`: not counted yet.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn ended(&self) -> Result<Option<Counts>> {
        if self.counts.is_missing() {
            return Ok(None);
        }
        self.counts.read("receipts.counts", &[&self.workspace_id, &self.receipt_id]).map(Some)
    }
}

/// Writes the receipt of an end of access, at the end of the transaction. Counts may follow later.
pub(crate) fn write(
    conn: &mut Tx<'_>,
    user: &User,
    (receipt_id, counts): (&str, Option<Counts>),
    cause: &Cause,
    reason: EndReason,
    now: Micros,
) {
    if conn.is_silent() {
        return;
    }
    let mut row = Fragment::new(true);
    row.sql(
        "INSERT INTO receipts (workspace_id, receipt_id, user_id, user_name, reason, actor, request_id, epoch, accepted_at, acted_at, \
         in_force_at, counts, jws) VALUES (",
    );
    let actor = (cause.actor.as_str(), cause.request_id.as_str());
    for text in
        [&user.workspace_id, receipt_id, &user.user_id, &user.user_name, reason.as_str(), actor.0, actor.1]
    {
        row.text(text);
        row.sql(", ");
    }
    for number in [user.epoch, cause.accepted_at.unwrap_or(now), now] {
        row.whole(number);
        row.sql(", ");
    }
    row.sql("NULL, ");
    row.text(counts.map_or_else(Json::missing, Json::new).as_str());
    row.sql(", '')");
    conn.at_the_end(append::write).inserts.push((user.workspace_id.clone(), row));
    conn.effects().receipts.push((user.workspace_id.clone(), receipt_id.to_owned()));
}

/// Counts the uncounted receipts of a user before the deletion, which removes the rows to count. The receipts of this transaction are
/// among them.
pub(crate) fn before_delete(conn: &mut Tx<'_>, user: &User) -> Result<()> {
    for (_, insert) in conn.take_inserts() {
        Statement::<()>::of(insert).execute(&mut **conn)?;
    }
    let conn: &mut Conn = conn;
    let open: Vec<(Receipt, count::Row)> = select_counted(&user.workspace_id)
        .sql(" AND r.counts = '' AND r.user_id = ")
        .text(&user.user_id)
        .load(conn)?;
    for (receipt, counts) in open {
        diesel::update(receipts::table.find((&receipt.workspace_id, &receipt.receipt_id)))
            .set(receipts::counts.eq(Json::new(Counts::from(counts))))
            .execute(conn)?;
    }
    Ok(())
}

/// Selects receipts of a workspace, each with what it ended: one statement for any number of them. A condition may follow.
fn select_counted(workspace_id: &WorkspaceId) -> Statement<Counted> {
    let columns = "SELECT r.workspace_id, r.receipt_id, r.user_id, r.user_name, r.reason, r.actor, r.request_id, r.epoch, \
         r.accepted_at, r.acted_at, r.in_force_at, r.counts, r.jws, ";
    count::columns(Statement::new(columns))
        .sql(" FROM receipts AS r WHERE r.workspace_id = ")
        .text(workspace_id)
}

/// A row of [`select_counted`].
type Counted = (receipts::SqlType, count::Types);

/// The receipts of these names that are not signed yet, with their counts. Deleted ones are left out.
pub fn unsigned(conn: &mut Conn, names: &[Name]) -> Result<Vec<Receipt>> {
    let mut of_each: BTreeMap<&WorkspaceId, Vec<String>> = BTreeMap::new();
    for (workspace_id, receipt_id) in names {
        of_each.entry(workspace_id).or_default().push(receipt_id.clone());
    }
    let mut found = Vec::with_capacity(names.len());
    for (workspace_id, receipt_ids) in of_each {
        let wanted = in_ids(conn, "r.receipt_id", &receipt_ids);
        let rows: Vec<(Receipt, count::Row)> =
            select_counted(workspace_id).sql(" AND r.jws = '' AND ").fragment(wanted).load(conn)?;
        found.extend(rows.into_iter().map(|(receipt, counts)| receipt.with(counts)));
    }
    Ok(found)
}

/// Saves counts, time in force and signature of receipts that [`unsigned`] returned: `before` is the time in force that it returned.
/// Returns the ids of the saved ones; another node may have been first.
pub fn complete(conn: &mut Conn, receipts: &[(Receipt, Option<Micros>)]) -> Result<Vec<String>> {
    let rows: Vec<Value> = receipts
        .iter()
        .map(|(receipt, before)| {
            let Receipt { workspace_id, receipt_id, in_force_at, counts, jws, .. } = receipt;
            json!([workspace_id, receipt_id, before, in_force_at, counts.as_str(), jws])
        })
        .collect();
    let (table, close) = match conn {
        Conn::Sqlite(_) => ("json_each(", ")) AS v"),
        Conn::Postgres(_) => ("jsonb_array_elements(CAST(", " AS jsonb)) AS rows(value)) AS v"),
    };
    Ok(Statement::<Text>::new(
        "UPDATE receipts SET in_force_at = v.in_force_at, counts = v.counts, jws = v.jws FROM (SELECT \
         value ->> 0 AS workspace_id, value ->> 1 AS receipt_id, CAST(value ->> 2 AS BIGINT) AS before, \
         CAST(value ->> 3 AS BIGINT) AS in_force_at, value ->> 4 AS counts, value ->> 5 AS jws FROM ",
    )
    .sql(table)
    .text(&Value::Array(rows).to_string())
    .sql(close)
    .sql(
        " WHERE receipts.workspace_id = v.workspace_id AND receipts.receipt_id = v.receipt_id AND receipts.jws = '' \
         AND receipts.in_force_at IS NOT DISTINCT FROM v.before RETURNING receipts.receipt_id",
    )
    .load(conn)?)
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
pub fn record_in_force(
    conn: &mut Conn,
    (workspace_id, receipt_id): &Name,
    seen_at: Micros,
) -> Result<(Receipt, bool)> {
    let found: Option<(Receipt, count::Row)> = select_counted(workspace_id)
        .sql(" AND r.receipt_id = ")
        .text(receipt_id)
        .get_result(conn)
        .optional()?;
    let (receipt, counts) = found.ok_or(crate::Error::NotFound)?;
    let mut receipt = receipt.with(counts);
    if receipt.in_force_at.is_some() {
        return Ok((receipt, false));
    }
    receipt.in_force_at = Some(receipt.in_force_from(seen_at));
    let first = diesel::update(receipts::table.find((workspace_id, receipt_id)))
        .filter(receipts::in_force_at.is_null())
        .set((receipts::in_force_at.eq(receipt.in_force_at), receipts::counts.eq(&receipt.counts)))
        .execute(conn)?;
    if first == 1 {
        return Ok((receipt, true));
    }
    Ok((find(conn, workspace_id, receipt_id)?.ok_or(crate::Error::NotFound)?, false))
}

/// Deletes signed receipts from before `until`. Returns their number.
pub fn remove_before(conn: &mut Conn, workspace_id: &WorkspaceId, until: Micros) -> Result<usize> {
    let old = receipts::table
        .filter(receipts::workspace_id.eq(workspace_id))
        .filter(receipts::acted_at.lt(until))
        .filter(receipts::jws.ne(""));
    Ok(diesel::delete(old).execute(conn)?)
}
