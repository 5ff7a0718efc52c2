//! What nothing hangs on any more: grants whose tokens have all run out, and clients that made themselves known and were never
//! approved, or are no longer. Found by a look, removed in a transaction that looks again. Nobody loses what works: such a
//! grant opens nothing, and such a client makes itself known again.

use diesel::{dsl::exists, prelude::*};
use vestibule_core::time::{Micros, SECOND};

use crate::{
    Conn, Result,
    db::schema::{clients, codes, grants, tokens},
};

/// How long what is young is left alone: longer than the codes that may still end a grant are kept.
const GRANTS_LEFT: Micros = 2 * 24 * 3600 * SECOND;

/// A client that introduced itself has a week to be approved.
const CLIENTS_LEFT: Micros = 7 * 24 * 3600 * SECOND;

/// At most so many of each at a time.
const AT_A_TIME: i64 = 1000;

/// The tokens of the grant that is looked at.
macro_rules! tokens_of_grant {
    () => {
        tokens::table.filter(
            tokens::workspace_id
                .eq(grants::workspace_id)
                .and(tokens::grant_id.eq(grants::grant_id.nullable())),
        )
    };
}

/// The grants, of whichever workspace, that the client looked at was given.
macro_rules! grants_of_client {
    () => {
        grants::table.filter(grants::client_id.eq(clients::client_id))
    };
}

/// The codes it was given.
macro_rules! codes_of_client {
    () => {
        codes::table.filter(codes::client_id.eq(clients::client_id))
    };
}

/// What may go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// Workspace and id.
    grants: Vec<(String, String)>,
    /// Workspace and id.
    clients: Vec<(String, String)>,
}

/// Looks for it.
pub fn find(conn: &mut Conn, now: Micros) -> Result<Idle> {
    let grants = grants::table
        .filter(grants::created_at.lt(now - GRANTS_LEFT))
        .filter(diesel::dsl::not(exists(tokens_of_grant!())))
        .select((grants::workspace_id, grants::grant_id))
        .limit(AT_A_TIME)
        .load(conn)?;
    let clients = clients::table
        .filter(clients::metadata.ne("").and(clients::created_at.lt(now - CLIENTS_LEFT)))
        .filter(diesel::dsl::not(exists(grants_of_client!())))
        .filter(diesel::dsl::not(exists(codes_of_client!())))
        .select((clients::workspace_id, clients::client_id))
        .limit(AT_A_TIME)
        .load(conn)?;
    Ok(Idle { grants, clients })
}

/// Removes it, where it still is so; how many rows.
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
            .filter(diesel::dsl::not(exists(grants_of_client!())))
            .filter(diesel::dsl::not(exists(codes_of_client!())));
        gone += diesel::delete(still).execute(conn)?;
    }
    Ok(gone)
}
