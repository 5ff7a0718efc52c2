//! Deletes expired rows that grant no access any more. Never decides whether something is valid: the checks do.

use diesel::prelude::*;
use vestibule_core::time::{Micros, SECOND};

use crate::{
    Conn, Result,
    access::sessions,
    db::schema::{arrivals, assertions, codes, grants, logins, saml_answers, saml_logouts, tokens},
    oauth::keys,
    people::former_users,
    providers::saml_keys,
    safeguards::{brakes, idempotent_requests},
};

/// Codes stay a day, so that a late second use still ends the grant.
const CODES_KEPT: Micros = 24 * 3600 * SECOND;

/// Grants stay two days after they ended: longer than the codes that may still end them.
const GRANTS_KEPT: Micros = CODES_KEPT + 24 * 3600 * SECOND;

/// Deletes expired rows. Returns their number.
pub fn expired(conn: &mut Conn, now: Micros) -> Result<usize> {
    let mut gone = diesel::delete(logins::table.filter(logins::expires_at.lt(now))).execute(conn)?;
    gone += diesel::delete(arrivals::table.filter(arrivals::expires_at.lt(now))).execute(conn)?;
    gone += diesel::delete(saml_answers::table.filter(saml_answers::expires_at.lt(now))).execute(conn)?;
    gone += diesel::delete(saml_logouts::table.filter(saml_logouts::expires_at.lt(now))).execute(conn)?;
    gone += sessions::sweep(conn, now)?;
    gone += diesel::delete(grants::table.filter(grants::ended_at.lt(now - GRANTS_KEPT))).execute(conn)?;
    gone += diesel::delete(codes::table.filter(codes::expires_at.lt(now - CODES_KEPT))).execute(conn)?;
    gone += diesel::delete(assertions::table.filter(assertions::expires_at.lt(now))).execute(conn)?;
    gone += diesel::delete(tokens::table.filter(tokens::expires_at.lt(now))).execute(conn)?;
    gone += keys::sweep(conn, now)?;
    gone += saml_keys::sweep(conn, now)?;
    gone += idempotent_requests::sweep(conn, now)?;
    gone += brakes::sweep(conn, now)?;
    gone += former_users::sweep(conn, now)?;
    Ok(gone)
}
