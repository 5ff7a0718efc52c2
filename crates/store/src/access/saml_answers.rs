//! Answers: verified SAML responses, sealed, between the provider's POST and the browser's next GET. The POST comes from another site, so the browser
//! sends no cookie of ours with it. The GET has the cookie that identifies the login that the browser began.

use diesel::prelude::*;
use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    access::secrets::{self, Kind, Presented},
    db::schema::saml_answers,
};

/// How long an answer waits for its browser: long enough for one redirect.
pub const LIFETIME: Micros = 60 * SECOND;

/// Stores an answer that the caller has sealed. Returns its ticket.
pub fn store(conn: &mut Conn, workspace_id: &WorkspaceId, answer: &str, now: Micros) -> Result<String> {
    let issued = secrets::issue(Kind::Arrival, workspace_id)?;
    diesel::insert_into(saml_answers::table)
        .values((
            saml_answers::workspace_id.eq(workspace_id),
            saml_answers::ticket_digest.eq(&issued.digest),
            saml_answers::answer.eq(answer),
            saml_answers::expires_at.eq(now + LIFETIME),
        ))
        .execute(conn)?;
    Ok(issued.plain)
}

/// Finds the answer of a ticket; `None` when there is none or it has expired. Does not delete it, because a browser that did not begin
/// the login must not use it up: the login and the assertion's ID are used once, not the ticket.
pub fn find(conn: &mut Conn, ticket: &Presented, now: Micros) -> Result<Option<String>> {
    Ok(saml_answers::table
        .find((&ticket.workspace_id, &ticket.digest))
        .filter(saml_answers::expires_at.gt(now))
        .select(saml_answers::answer)
        .first(conn)
        .optional()?)
}
