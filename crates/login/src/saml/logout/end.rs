//! What a verified LogoutRequest ends, in one transaction (SAML Core §3.7.3.2).

use vestibule_core::{sets::SessionEndReason, time::Micros};
use vestibule_saml::logout::LogoutRequest;
use vestibule_store::{
    Error, Tx,
    access::sessions::{self, SessionFilter},
    people::users,
    providers::{
        identities::{self, IdentityKey},
        saml_connections::SamlConnection,
    },
    safeguards::assertions,
    trail::events::{self, Cause, kinds::SessionEnded},
};

use super::super::arrive::LEEWAY;

/// Result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Number of sessions that ended. Zero: the person is signed out already, which is a success.
    Sessions(usize),
    /// The request was used before.
    Repeated,
}

/// Uses the request up, and ends the sessions that it means: those of this NameID that its issuer authenticated. If the request names
/// sessions, ends these, and those whose session at the provider is unknown, because ending too few is worse than ending too many.
pub(super) fn end(
    conn: &mut Tx<'_>,
    connection: &SamlConnection,
    request: &LogoutRequest,
    cause: &Cause,
    now: Micros,
) -> Result<Ended, Error> {
    let SamlConnection { workspace_id, issuer, .. } = connection;
    let (id, until) = (format!("logout {}", request.id), request.not_on_or_after + LEEWAY);
    if !assertions::accept(conn, workspace_id, issuer, &id, until)? {
        return Ok(Ended::Repeated);
    }
    let identity = IdentityKey { issuer, subject: &request.name_id.value };
    let user_id = identities::find_user(conn, workspace_id, identity)?;
    let Some(user_id) = user_id else { return Ok(Ended::Sessions(0)) };
    let user = users::get_locked(conn, workspace_id, &user_id)?;
    let which = SessionFilter::OfIssuer(issuer, &request.session_indexes);
    let ended = sessions::end_of_user(conn, &user, which, now)?;
    if !ended.is_empty() {
        let data = SessionEnded {
            sessions: &ended,
            reason: SessionEndReason::SamlLogout,
            issuer: Some(issuer),
            jti: Some(&request.id),
        };
        events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    }
    Ok(Ended::Sessions(ended.len()))
}
