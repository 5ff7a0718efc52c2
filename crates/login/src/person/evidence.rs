//! Gathers what the store knows of a person: reads, decides nothing. Every look is into the connection's own workspace.

use vestibule_store::{
    Conn, Result, conflicts,
    connections::Connection,
    domains, identities, roles,
    users::{self, User},
};

use vestibule_web::domain;

use super::decide::{Candidate, Evidence};
use crate::provider::Claims;

/// Everything that says who the person of these claims is.
///
/// # Errors
/// The database's.
pub(super) fn gather(conn: &mut Conn, connection: &Connection, claims: &Claims) -> Result<Evidence> {
    let (workspace_id, issuer) = (&connection.workspace_id, &connection.issuer);
    let mut evidence =
        Evidence { subject: claims.subject.clone(), jit: connection.jit, ..Evidence::default() };
    if let Some(user_id) = identities::find_user(conn, workspace_id, issuer, &claims.subject)? {
        evidence.identity = Some(users::get(conn, workspace_id, &user_id)?);
        return Ok(evidence);
    }
    let undone = conflicts::find(conn, workspace_id, issuer, &claims.subject)?;
    evidence.unlinked = undone.is_some_and(|conflict| conflict.reason == conflicts::UNLINKED);
    evidence.provisioned = match users::find_by_external_id(conn, workspace_id, &claims.subject)? {
        Some(user) => Some(candidate(conn, connection, user)?),
        None => None,
    };
    for name in names(claims) {
        let Some(domain) = domain::of_email(name) else { continue };
        if !domains::is_verified(conn, workspace_id, &domain)? {
            evidence.unverified = true;
            evidence.hidden |= !by_name(conn, workspace_id, name)?.is_empty();
            continue;
        }
        evidence.verified_name.get_or_insert_with(|| name.clone());
        for user in by_name(conn, workspace_id, name)? {
            if evidence.named.iter().all(|known| known.user.user_id != user.user_id) {
                evidence.named.push(candidate(conn, connection, user)?);
            }
        }
    }
    Ok(evidence)
}

/// Their login, then their e-mail address when it is another one.
fn names(claims: &Claims) -> impl Iterator<Item = &String> {
    let email = claims.email.as_ref().filter(|email| claims.preferred_username.as_ref() != Some(*email));
    claims.preferred_username.iter().chain(email)
}

/// The user of this name, else all who have it as an e-mail address.
fn by_name(conn: &mut Conn, workspace_id: &str, name: &str) -> Result<Vec<User>> {
    match users::find_by_user_name(conn, workspace_id, name)? {
        Some(user) => Ok(vec![user]),
        None => users::list_by_email(conn, workspace_id, name),
    }
}

fn candidate(conn: &mut Conn, connection: &Connection, user: User) -> Result<Candidate> {
    let Connection { workspace_id, issuer, .. } = connection;
    let linked = identities::find_subject(conn, workspace_id, &user.user_id, issuer)?;
    let needs_owner = connection.issuer_changed_at.is_some() && roles::is_reader(conn, &user)?;
    Ok(Candidate { user, linked, needs_owner })
}
