//! Cleanup of unused rows: grants without tokens, and clients of dynamic registration or metadata documents without grants and
//! codes, unless the operator lets them act for people. Rows are first found by a query, then deleted in a transaction that checks them again. Nothing in use is lost: such a
//! grant has no valid token, and such a client can register again.

use diesel::{dsl::exists, prelude::*};
use vestibule_core::{
    ids::{ClientId, GrantId, WorkspaceId},
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    db::schema::{clients, codes, grants, tokens},
};

/// Age from which an unused grant is deleted. Longer than used codes are stored, because a second use of a code must find its grant.
const GRANTS_LEFT: Micros = 2 * 24 * 3600 * SECOND;

/// Age from which a client without approval is deleted: one week.
const CLIENTS_LEFT: Micros = 7 * 24 * 3600 * SECOND;

/// Most rows of each table in one run.
const AT_A_TIME: i64 = 1000;

/// Tokens of the grant in the outer query.
macro_rules! tokens_of_grant {
    () => {
        tokens::table.filter(
            tokens::workspace_id
                .eq(grants::workspace_id)
                .and(tokens::grant_id.eq(grants::grant_id.nullable())),
        )
    };
}

/// Grants of the client in the outer query, in all workspaces.
macro_rules! grants_of_client {
    () => {
        grants::table.filter(grants::client_id.eq(clients::client_id))
    };
}

/// Codes of the client in the outer query.
macro_rules! codes_of_client {
    () => {
        codes::table.filter(codes::client_id.eq(clients::client_id))
    };
}

/// Unused rows that may be deleted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// Workspace and id of each grant.
    grants: Vec<(WorkspaceId, GrantId)>,
    /// Workspace and id of each client.
    clients: Vec<(WorkspaceId, ClientId)>,
}

/// Finds unused rows.
pub fn find(conn: &mut Conn, now: Micros) -> Result<Idle> {
    let grants = grants::table
        .filter(grants::created_at.lt(now - GRANTS_LEFT))
        .filter(diesel::dsl::not(exists(tokens_of_grant!())))
        .select((grants::workspace_id, grants::grant_id))
        .limit(AT_A_TIME)
        .load(conn)?;
    let clients = clients::table
        .filter(clients::metadata.ne("").and(clients::created_at.lt(now - CLIENTS_LEFT)))
        .filter(clients::cross_app.eq(false).and(clients::token_exchange.eq(false)))
        .filter(diesel::dsl::not(exists(grants_of_client!())))
        .filter(diesel::dsl::not(exists(codes_of_client!())))
        .select((clients::workspace_id, clients::client_id))
        .limit(AT_A_TIME)
        .load(conn)?;
    Ok(Idle { grants, clients })
}

/// Deletes the rows that are still unused. Returns their number.
pub fn remove(conn: &mut Conn, idle: &Idle) -> Result<usize> {
    let mut gone = 0;
    for (workspace_id, id) in &idle.grants {
        let still =
            grants::table.find((workspace_id, id)).filter(diesel::dsl::not(exists(tokens_of_grant!())));
        gone += diesel::delete(still).execute(conn)?;
    }
    for (workspace_id, id) in &idle.clients {
        let still = clients::table
            .find((workspace_id, id))
            .filter(clients::cross_app.eq(false).and(clients::token_exchange.eq(false)))
            .filter(diesel::dsl::not(exists(grants_of_client!())))
            .filter(diesel::dsl::not(exists(codes_of_client!())));
        gone += diesel::delete(still).execute(conn)?;
    }
    Ok(gone)
}
