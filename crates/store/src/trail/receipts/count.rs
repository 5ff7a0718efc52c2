//! Counts what an end of access ended: everything that had the previous epoch of the user and was valid at that time. The result
//! is always the same, until the sweep deletes the rows.

use diesel::{prelude::*, sql_types::BigInt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vestibule_core::time::Micros;

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
    /// AI clients that acted for the user by an assertion of the provider. Their grants and tokens are among the others.
    #[serde(default)]
    pub agents: i64,
}

impl Counts {
    /// Number of all tokens.
    pub fn tokens(&self) -> i64 {
        self.access + self.refresh + self.api + self.mcp
    }
}

impl From<Counts> for Value {
    fn from(counts: Counts) -> Self {
        json!(counts)
    }
}

/// Counts what the end of all present access of a user ends at this time.
pub(crate) fn count(conn: &mut Conn, user: &User, at: Micros) -> Result<Counts> {
    let of = |statement: Statement<Types>| {
        statement
            .sql("(SELECT ")
            .text(&user.workspace_id)
            .sql(" AS workspace_id, ")
            .text(&user.user_id)
            .sql(" AS user_id, ")
            .whole(user.epoch + 1)
            .sql(" AS epoch, ")
            .whole(at)
            .sql(" AS acted_at) AS r")
    };
    let row: Row = of(columns(Statement::new("SELECT ")).sql(" FROM ")).get_result(conn)?;
    Ok(row.into())
}

/// The SQL types of [`columns`].
pub(super) type Types = (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);
pub(super) type Row = (i64, i64, i64, i64, i64, i64, i64, i64);

impl From<Row> for Counts {
    fn from((sessions, codes, grants, access, refresh, api, mcp, agents): Row) -> Self {
        Self { sessions, codes, grants, access, refresh, api, mcp, agents }
    }
}

/// Appends the columns with the counts, in the order of [`Counts`]. They count for the row `r` of the statement, which has
/// `workspace_id`, `user_id`, `epoch` (the one that began) and `acted_at`. Tokens of an ended grant are not counted, because they were
/// invalid already.
pub(super) fn columns<T>(statement: Statement<T>) -> Statement<T> {
    statement
        .sql(
            "(SELECT COUNT(*) FROM sessions AS s WHERE s.workspace_id = r.workspace_id AND s.user_id = r.user_id \
             AND s.epoch = r.epoch - 1 AND s.expires_at > r.acted_at AND (s.idle IS NULL OR s.seen_at + s.idle > r.acted_at)), \
             (SELECT COUNT(*) FROM codes AS o WHERE o.workspace_id = r.workspace_id AND o.user_id = r.user_id \
             AND o.epoch = r.epoch - 1 AND o.used_at IS NULL AND o.expires_at > r.acted_at), \
             (SELECT COUNT(*) FROM grants AS g WHERE g.workspace_id = r.workspace_id AND g.user_id = r.user_id \
             AND g.epoch = r.epoch - 1 AND (g.ended_at IS NULL OR g.ended_at > r.acted_at)), ",
        )
        .sql(&TOKEN_KINDS.map(|kind| format!("({TOKENS} AND {kind})")).join(", "))
        .sql(
            ", (SELECT COUNT(DISTINCT a.client_id) FROM grants AS a WHERE a.workspace_id = r.workspace_id AND a.user_id = r.user_id \
             AND a.epoch = r.epoch - 1 AND a.asserted_at IS NOT NULL AND (a.ended_at IS NULL OR a.ended_at > r.acted_at))",
        )
}

/// Counts tokens; a condition on their kind follows.
const TOKENS: &str = "SELECT COUNT(*) FROM tokens AS t \
     LEFT JOIN grants AS g ON g.workspace_id = t.workspace_id AND g.grant_id = t.grant_id \
     LEFT JOIN clients AS c ON c.client_id = g.client_id AND c.workspace_id IN (r.workspace_id, '00000000-0000-0000-0000-000000000000') \
     WHERE t.workspace_id = r.workspace_id AND t.user_id = r.user_id AND t.epoch = r.epoch - 1 AND t.replaced_at IS NULL \
     AND t.retired_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > r.acted_at) \
     AND (g.ended_at IS NULL OR g.ended_at > r.acted_at)";

/// Access tokens, refresh tokens and API tokens that are not of MCP clients; all tokens of MCP clients.
const TOKEN_KINDS: [&str; 4] = [
    "t.kind = 'access' AND COALESCE(c.kind, '') <> 'mcp'",
    "t.kind = 'refresh' AND COALESCE(c.kind, '') <> 'mcp'",
    "t.kind = 'api' AND COALESCE(c.kind, '') <> 'mcp'",
    "c.kind = 'mcp'",
];

#[cfg(test)]
mod tests {
    use vestibule_core::ids::DEPLOYMENT;

    use super::TOKENS;

    #[test]
    fn clients_of_the_deployment_count() {
        assert!(TOKENS.contains(&format!("'{}'", *DEPLOYMENT)));
    }
}
