//! The step from the API host, where Okta's redirect ends, to the app host, where people work: cookies of one host are not
//! sent to the other. A ticket carries the same session across, once, within a minute, into the browser that asked for it:
//! somebody else's ticket opens nothing there, so nobody is signed in as who sent them a link.

use diesel::prelude::*;
use vestibule_core::time::Micros;

use crate::{
    Conn, Result,
    access::secrets::{self, Kind, Presented},
    db::schema::arrivals,
};

/// How long a ticket lives: the time of one redirect.
pub const LIFETIME: Micros = 60 * vestibule_core::time::SECOND;

/// What a ticket carries.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = arrivals)]
pub struct Arrival {
    /// Digest of the secret that the browser keeps on the app host.
    pub browser_digest: String,
    /// The session's cookie, sealed.
    pub cookie: String,
    /// The place to go on to.
    pub return_to: String,
}

/// Issues a ticket.
pub fn issue(conn: &mut Conn, workspace_id: &str, arrival: &Arrival, now: Micros) -> Result<String> {
    let issued = secrets::issue(Kind::Arrival, workspace_id)?;
    diesel::insert_into(arrivals::table)
        .values((
            arrivals::workspace_id.eq(workspace_id),
            arrivals::ticket_digest.eq(&issued.digest),
            arrival,
            arrivals::expires_at.eq(now + LIFETIME),
        ))
        .execute(conn)?;
    Ok(issued.plain)
}

/// Takes a ticket. A second take finds nothing, whoever took it first.
pub fn take(conn: &mut Conn, ticket: &Presented, now: Micros) -> Result<Option<Arrival>> {
    let found: Option<((String, String, String), Micros)> =
        diesel::delete(arrivals::table.find((&ticket.workspace_id, &ticket.digest)))
            .returning((
                (arrivals::browser_digest, arrivals::cookie, arrivals::return_to),
                arrivals::expires_at,
            ))
            .get_result(conn)
            .optional()?;
    let found = found.filter(|(_, expires_at)| *expires_at > now);
    Ok(found.map(|((browser_digest, cookie, return_to), _)| Arrival { browser_digest, cookie, return_to }))
}
