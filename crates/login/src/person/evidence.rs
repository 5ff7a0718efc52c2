//! Gathers what the store knows of a person: reads, decides nothing. Every look is into the connection's own workspace.

use vestibule_admin::domains as admin_domains;
use vestibule_store::{
    Conn, Result,
    people::users::{self, User},
    providers::{conflicts, connections::Connection, domains, identities},
    rights::roles,
};

use super::decide::{Candidate, Evidence};
use crate::provider::Claims;

/// Everything that says who the person of these claims is.
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
    if let Some(login) = &claims.preferred_username
        && let Some(users) = under_verified_domain(conn, connection, login, &mut evidence)?
    {
        (evidence.named, evidence.verified_login) = (users, Some(login.clone()));
    }
    let email = claims.email.as_ref().filter(|email| claims.preferred_username.as_ref() != Some(*email));
    if let Some(email) = email
        && let Some(users) = under_verified_domain(conn, connection, email, &mut evidence)?
    {
        (evidence.mailed, evidence.verified_email) = (users, Some(email.clone()));
    }
    Ok(evidence)
}

/// The users whom an address means, if it stands under a verified domain; else notes in the evidence what was not looked at.
fn under_verified_domain(
    conn: &mut Conn,
    connection: &Connection,
    address: &str,
    evidence: &mut Evidence,
) -> Result<Option<Vec<Candidate>>> {
    let workspace_id = &connection.workspace_id;
    let Some(domain) = admin_domains::of_email(address) else { return Ok(None) };
    if !domains::is_verified(conn, workspace_id, &domain)? {
        evidence.unverified = true;
        evidence.hidden |= !by_name(conn, workspace_id, address)?.is_empty();
        return Ok(None);
    }
    let users = by_name(conn, workspace_id, address)?;
    users.into_iter().map(|user| candidate(conn, connection, user)).collect::<Result<_>>().map(Some)
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
    let console_role = roles::is_reader(conn, &user)?;
    let needs_owner = console_role && connection.issuer_changed_at.is_some();
    Ok(Candidate { user, linked, console_role, needs_owner })
}
