//! The last step of a restore: everything that was issued before ends, because some of it may have been revoked after the backup. Epochs
//! rise, sessions, codes and tokens go, grants end, and each workspace's trail gets a line.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND, rfc3339},
};

use crate::{
    Result, Tx,
    db::{
        schema::{
            arrivals, codes, grants, idempotent_requests, logins, operator_keys, saml_answers, saml_logouts,
            sessions, setup_links, tokens, users, workspaces,
        },
        statement::Statement,
    },
    observation::HIDDEN,
    trail::events::{self, Cause, Target, kinds::WorkspaceRestored},
};

/// What a restore ended, in the whole deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Workspaces.
    pub workspaces: usize,
    /// Users whose epoch rose.
    pub users: usize,
    /// Sessions.
    pub sessions: usize,
    /// Tokens: access, refresh, API and provisioning tokens.
    pub tokens: usize,
    /// Grants.
    pub grants: usize,
    /// Operator keys.
    pub operator_keys: usize,
    /// Set-up links.
    pub setup_links: usize,
}

/// Ends everything. `made_at` is the time of the backup.
pub fn end_everything(conn: &mut Tx<'_>, made_at: Micros, cause: &Cause, now: Micros) -> Result<Ended> {
    let ids = workspaces(conn)?;
    let of_users = count(conn, "users")?;
    let of_sessions = count(conn, "sessions")?;
    let of_tokens = count(conn, "tokens")?;
    let of_grants = count(conn, "grants")?;
    // An epoch that an app has seen after the backup must not come again. No epoch rises more than once a second on average.
    let rise = ((now - made_at) / SECOND).max(0) + 1;
    let users = diesel::update(users::table)
        .set((users::epoch.eq(users::epoch + rise), users::revoked_at.eq(now)))
        .execute(&mut **conn)?;
    diesel::delete(codes::table).execute(&mut **conn)?;
    diesel::delete(logins::table).execute(&mut **conn)?;
    diesel::delete(arrivals::table).execute(&mut **conn)?;
    diesel::delete(saml_answers::table).execute(&mut **conn)?;
    diesel::delete(saml_logouts::table).execute(&mut **conn)?;
    diesel::delete(idempotent_requests::table).execute(&mut **conn)?;
    let mut ended = Ended {
        workspaces: ids.len(),
        users,
        sessions: diesel::delete(sessions::table).execute(&mut **conn)?,
        tokens: diesel::delete(tokens::table).execute(&mut **conn)?,
        operator_keys: diesel::delete(operator_keys::table).execute(&mut **conn)?,
        setup_links: diesel::delete(setup_links::table).execute(&mut **conn)?,
        ..Ended::default()
    };
    ended.grants = diesel::update(grants::table.filter(grants::ended_at.is_null()))
        .set(grants::ended_at.eq(now))
        .execute(&mut **conn)?;
    let backup_at = rfc3339(made_at);
    for id in &ids {
        let data = WorkspaceRestored {
            backup_at: &backup_at,
            users: of(&of_users, id),
            sessions: of(&of_sessions, id),
            tokens: of(&of_tokens, id),
            grants: of(&of_grants, id),
        };
        events::record(conn, id, cause, Target::Workspace, &data, now)?;
    }
    Ok(ended)
}

/// Number of rows by workspace.
fn count(conn: &mut Tx<'_>, table: &'static str) -> Result<BTreeMap<String, i64>> {
    let live = if table == "grants" { " WHERE ended_at IS NULL" } else { "" };
    let sql = Statement::<(Text, BigInt)>::new("SELECT workspace_id, count(*) FROM ")
        .sql(table)
        .sql(live)
        .sql(" GROUP BY workspace_id");
    let rows: Vec<(String, i64)> = sql.load(&mut **conn)?;
    Ok(rows.into_iter().collect())
}

fn of(counts: &BTreeMap<String, i64>, id: &WorkspaceId) -> i64 {
    counts.get(id.as_str()).copied().unwrap_or_default()
}

/// Ids of all workspaces, whatever their region, without the hidden copies of observed ones, which have no trail.
pub fn workspaces(conn: &mut crate::Conn) -> Result<Vec<WorkspaceId>> {
    Ok(workspaces::table
        .filter(workspaces::region.ne(HIDDEN))
        .select(workspaces::workspace_id)
        .order(workspaces::workspace_id)
        .load(conn)?)
}
