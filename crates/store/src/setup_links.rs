//! Set-up links an operator sends to a customer's administrator: one workspace, set-up only, used once, expiring.

use diesel::prelude::*;

use crate::{
    Conn, Micros, Result,
    schema::setup_links,
    secret::{self, Kind, Presented},
};

/// How long a link lives: seven days.
pub const LIFETIME: Micros = 7 * 24 * 3600 * crate::SECOND;

/// Makes a link; the plain text is returned once.
///
/// # Errors
/// The database's.
pub fn issue(conn: &mut Conn, workspace_id: &str, now: Micros) -> Result<String> {
    let issued = secret::issue(Kind::Setup, workspace_id)?;
    diesel::insert_into(setup_links::table)
        .values((
            setup_links::workspace_id.eq(workspace_id),
            setup_links::link_digest.eq(&issued.digest),
            setup_links::created_at.eq(now),
            setup_links::expires_at.eq(now + LIFETIME),
        ))
        .execute(conn)?;
    Ok(issued.plain)
}

/// Whether the link is known, unused and unexpired.
///
/// # Errors
/// The database's.
pub fn is_live(conn: &mut Conn, link: &Presented, now: Micros) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        setup_links::table
            .filter(setup_links::workspace_id.eq(&link.workspace_id))
            .filter(setup_links::link_digest.eq(&link.digest))
            .filter(setup_links::used_at.is_null())
            .filter(setup_links::expires_at.gt(now)),
    ))
    .get_result(conn)?)
}

/// Uses the link up; false when somebody already has, or it expired.
///
/// # Errors
/// The database's.
pub fn take(conn: &mut Conn, link: &Presented, now: Micros) -> Result<bool> {
    let taken = diesel::update(
        setup_links::table
            .filter(setup_links::workspace_id.eq(&link.workspace_id))
            .filter(setup_links::link_digest.eq(&link.digest))
            .filter(setup_links::used_at.is_null())
            .filter(setup_links::expires_at.gt(now)),
    )
    .set(setup_links::used_at.eq(now))
    .execute(conn)?;
    Ok(taken == 1)
}
