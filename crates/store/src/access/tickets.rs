//! Tickets that transfer a session from the API host, where the redirect of the provider ends, to the app host, because cookies of one
//! host are not sent to the other. A ticket is valid once, for one minute, and only in the browser that requested it, so a link with
//! another person's ticket signs nobody in.

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, time::Micros};

use crate::{
    Conn, Result,
    access::secrets::{self, Kind, Presented},
    db::schema::arrivals,
};

/// Lifetime of a ticket, long enough for one redirect: one minute.
pub const LIFETIME: Micros = 60 * vestibule_core::time::SECOND;

/// Content of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = arrivals)]
pub struct Arrival {
    /// Digest of the secret in the browser's cookie on the app host.
    pub browser_digest: String,
    /// The sealed session cookie.
    pub cookie: String,
    /// Destination after the transfer.
    pub return_to: String,
}

/// Issues a ticket.
pub fn issue(conn: &mut Conn, workspace_id: &WorkspaceId, arrival: &Arrival, now: Micros) -> Result<String> {
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

/// Returns and deletes a ticket. Later calls return `None`.
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
