//! The step from the API host, where Okta's redirect ends, to the app host, where people work: cookies of one host are not
//! sent to the other. A ticket carries the same session across, once, within a minute.

use diesel::prelude::*;

use crate::{
    Conn, Micros, Result,
    schema::arrivals,
    secret::{self, Kind, Presented},
};

/// How long a ticket lives: the time of one redirect.
pub const LIFETIME: Micros = 60 * crate::SECOND;

/// Issues a ticket for a session's cookie (sealed) and the place to go on to.
///
/// # Errors
/// The database's.
pub fn issue(
    conn: &mut Conn,
    workspace_id: &str,
    cookie: &str,
    return_to: &str,
    now: Micros,
) -> Result<String> {
    let issued = secret::issue(Kind::Arrival, workspace_id)?;
    diesel::insert_into(arrivals::table)
        .values((
            arrivals::workspace_id.eq(workspace_id),
            arrivals::ticket_digest.eq(&issued.digest),
            arrivals::cookie.eq(cookie),
            arrivals::return_to.eq(return_to),
            arrivals::expires_at.eq(now + LIFETIME),
        ))
        .execute(conn)?;
    Ok(issued.plain)
}

/// Takes a ticket: (sealed cookie, place to go on to). A second take finds nothing.
///
/// # Errors
/// The database's.
pub fn take(conn: &mut Conn, ticket: &Presented, now: Micros) -> Result<Option<(String, String)>> {
    let found: Option<(String, String, Micros)> =
        diesel::delete(arrivals::table.find((&ticket.workspace_id, &ticket.digest)))
            .returning((arrivals::cookie, arrivals::return_to, arrivals::expires_at))
            .get_result(conn)
            .optional()?;
    Ok(found.filter(|(_, _, expires_at)| *expires_at > now).map(|(cookie, return_to, _)| (cookie, return_to)))
}
