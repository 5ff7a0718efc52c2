//! Rotation of refresh tokens: records which token replaced which. At most one refresh token of a grant is valid at a time; callers
//! decide how to treat a use of the others.

use diesel::prelude::*;
use vestibule_core::{ids::UserId, time::Micros};

use super::Token;
use crate::{Conn, Result, access::secrets::Presented, db::schema::tokens, people::users::find};

/// Locks the user of a token, then the token, until the transaction ends. The deletion of a user locks in the same order. Does
/// nothing for an unknown token.
pub fn lock(conn: &mut Conn, presented: &Presented) -> Result<()> {
    let key = (&presented.workspace_id, &presented.digest);
    let found: Option<Option<UserId>> =
        tokens::table.find(key).select(tokens::user_id).first(conn).optional()?;
    if let Some(Some(user_id)) = found {
        find::lock(conn, &presented.workspace_id, &user_id)?;
    }
    // SQLite has one writer.
    if let Conn::Postgres(inner) = conn {
        let row = tokens::table.find(key).select(tokens::token_id).for_no_key_update();
        row.first::<String>(inner).optional()?;
    }
    Ok(())
}

/// Records the successor of a refresh token, and the first use as the time of replacement.
pub fn replace(conn: &mut Conn, token: &Token, successor: &Token, now: Micros) -> Result<()> {
    diesel::update(tokens::table.find((&token.workspace_id, &token.token_digest)))
        .set((
            tokens::successor.eq(&successor.token_digest),
            tokens::replaced_at.eq(token.replaced_at.unwrap_or(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Retires the successor of a refresh token if it was not used yet. Returns whether it was retired.
pub fn retire_successor(conn: &mut Conn, token: &Token, now: Micros) -> Result<bool> {
    let Some(successor) = &token.successor else { return Ok(false) };
    let unused = tokens::replaced_at.is_null().and(tokens::retired_at.is_null());
    let retired = diesel::update(tokens::table.find((&token.workspace_id, successor)).filter(unused))
        .set(tokens::retired_at.eq(now))
        .execute(conn)?;
    Ok(retired == 1)
}
