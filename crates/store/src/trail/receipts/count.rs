//! Counts what an end of access ended: everything that had the previous epoch of the user and was valid at that time. The result
//! is always the same, until the sweep deletes the rows.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    ids::{DEPLOYMENT, UserId, WorkspaceId},
    time::Micros,
};

use super::Receipt;
use crate::{Conn, Result, db::statement::Statement, people::users::user::User};

/// Numbers of what was ended. Sign-ins in progress belong to no user yet, so they cannot be counted: they have to authenticate
/// again (design rule 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Signed-in browser sessions.
    pub sessions: i64,
    /// Authorization codes that were not used yet.
    pub codes: i64,
    /// Grants of clients.
    pub grants: i64,
    /// Access tokens of apps.
    pub access: i64,
    /// Refresh tokens of apps.
    pub refresh: i64,
    /// API tokens.
    pub api: i64,
    /// Access and refresh tokens of MCP clients.
    pub mcp: i64,
}

impl Counts {
    /// Number of all tokens.
    pub fn tokens(&self) -> i64 {
        self.access + self.refresh + self.api + self.mcp
    }

    pub(super) fn to_json(self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// An end of access: the user, the epoch that ended, and the time.
pub(crate) struct Ending<'a> {
    workspace_id: &'a WorkspaceId,
    user_id: &'a UserId,
    epoch: i64,
    at: Micros,
}

impl<'a> Ending<'a> {
    /// The end of access of a receipt.
    pub fn told(receipt: &'a Receipt) -> Self {
        let Receipt { workspace_id, user_id, epoch, acted_at, .. } = receipt;
        Self { workspace_id, user_id, epoch: epoch - 1, at: *acted_at }
    }

    /// The end of all present access of a user.
    pub fn of(user: &'a User, at: Micros) -> Self {
        Self { workspace_id: &user.workspace_id, user_id: &user.user_id, epoch: user.epoch, at }
    }
}

/// Counts what an end of access ended.
pub(crate) fn count(conn: &mut Conn, ending: &Ending<'_>) -> Result<Counts> {
    let (sessions, codes, grants) = rows(conn, ending)?;
    let mut counts = Counts { sessions, codes, grants, ..Counts::default() };
    for (kind, number) in tokens(conn, ending)? {
        match kind.as_str() {
            "access" => counts.access = number,
            "refresh" => counts.refresh = number,
            "api" => counts.api = number,
            "mcp" => counts.mcp = number,
            _ => {}
        }
    }
    Ok(counts)
}

fn rows(conn: &mut Conn, ending: &Ending<'_>) -> Result<(i64, i64, i64)> {
    let Ending { workspace_id, user_id, epoch, at } = *ending;
    let of_user = |statement: Statement<(BigInt, BigInt, BigInt)>| {
        statement.text(workspace_id).sql(" AND user_id = ").text(user_id).sql(" AND epoch = ").whole(epoch)
    };
    let sessions = of_user(Statement::new("SELECT (SELECT COUNT(*) FROM sessions WHERE workspace_id = "))
        .sql(" AND expires_at > ")
        .whole(at)
        .sql(" AND (idle IS NULL OR seen_at + idle > ")
        .whole(at)
        .sql(")");
    let codes = of_user(sessions.sql("), (SELECT COUNT(*) FROM codes WHERE workspace_id = "))
        .sql(" AND used_at IS NULL AND expires_at > ")
        .whole(at);
    let grants = of_user(codes.sql("), (SELECT COUNT(*) FROM grants WHERE workspace_id = "))
        .sql(" AND (ended_at IS NULL OR ended_at > ")
        .whole(at)
        .sql("))");
    Ok(grants.get_result(conn)?)
}

/// Tokens of an ended grant are not counted, because they were invalid already.
fn tokens(conn: &mut Conn, ending: &Ending<'_>) -> Result<Vec<(String, i64)>> {
    let Ending { workspace_id, user_id, epoch, at } = *ending;
    Ok(Statement::<(Text, BigInt)>::new(
        "SELECT CASE WHEN c.kind = 'mcp' THEN 'mcp' ELSE t.kind END, COUNT(*) FROM tokens AS t \
         LEFT JOIN grants AS g ON g.workspace_id = t.workspace_id AND g.grant_id = t.grant_id \
         LEFT JOIN clients AS c ON c.client_id = g.client_id AND c.workspace_id IN (",
    )
    .text(workspace_id)
    .sql(", ")
    .text(&DEPLOYMENT)
    .sql(") WHERE t.workspace_id = ")
    .text(workspace_id)
    .sql(" AND t.user_id = ")
    .text(user_id)
    .sql(" AND t.epoch = ")
    .whole(epoch)
    .sql(" AND t.replaced_at IS NULL AND t.retired_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ")
    .whole(at)
    .sql(") AND (g.ended_at IS NULL OR g.ended_at > ")
    .whole(at)
    .sql(") GROUP BY 1")
    .load(conn)?)
}
