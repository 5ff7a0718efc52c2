//! Reads from the store what can identify a person, in the connection's workspace only. Decides nothing.

use vestibule_admin::provider::domains::name::of_email;
use vestibule_core::{
    ids::WorkspaceId,
    names::may_name_a_user,
    sets::{ConflictReason, UidField},
};
use vestibule_store::{
    Conn, Result,
    people::users::{self, User},
    providers::{conflicts, domains, identities, trusted},
    rights::roles,
};

use crate::{
    Claims, Terms,
    decide::{Candidate, Evidence},
    join::Joined,
};

/// Reads the evidence for these claims.
pub(super) fn gather(conn: &mut Conn, terms: &Terms, claims: &Claims) -> Result<Evidence> {
    let workspace_id = &terms.workspace_id;
    let mut evidence = Evidence { subject: claims.subject.clone(), jit: terms.jit, ..Evidence::default() };
    if let Some(user_id) = identities::find_user(conn, workspace_id, terms.identity(claims))? {
        // A concurrent deletion of the user also removes the link: then go on as if there were none.
        if let Some(user) = users::find(conn, workspace_id, &user_id)? {
            evidence.identity = Some(user);
            return Ok(evidence);
        }
    }
    let conflict = conflicts::find(conn, workspace_id, terms.identity(claims))?;
    evidence.unlinked = conflict.is_some_and(|conflict| conflict.reason == ConflictReason::Unlinked);
    evidence.external_id = claims.external_id().map(str::to_owned);
    let by_scim_key = match terms.join.as_ref().map(|join| join.read(conn, workspace_id)).transpose()? {
        Some(Joined::One(user)) => Some(*user),
        Some(Joined::Nobody) => None,
        Some(Joined::Several) => {
            evidence.shared_uid = true;
            None
        }
        None => by_scim_key(conn, workspace_id, claims)?,
    };
    evidence.by_scim_key = by_scim_key.map(|user| candidate(conn, terms, user)).transpose()?;
    if let Some(login) = &claims.preferred_username
        && let Some(users) = under_verified_domain(conn, terms, login, &mut evidence)?
    {
        (evidence.by_login_name, evidence.verified_login) = (users, Some(login.clone()));
    }
    let email = claims.email.as_ref().filter(|email| claims.preferred_username.as_ref() != Some(*email));
    if let Some(email) = email
        && let Some(users) = under_verified_domain(conn, terms, email, &mut evidence)?
    {
        (evidence.by_email, evidence.verified_email) = (users, Some(email.clone()));
    }
    Ok(evidence)
}

/// Users with an address, if its domain is verified; otherwise `None`, and the evidence says that the domain is unverified. An
/// address with compatibility or invisible characters matches nobody.
fn under_verified_domain(
    conn: &mut Conn,
    terms: &Terms,
    address: &str,
    evidence: &mut Evidence,
) -> Result<Option<Vec<Candidate>>> {
    let workspace_id = &terms.workspace_id;
    let Some(domain) = of_email(address).filter(|_| may_name_a_user(address)) else { return Ok(None) };
    if !domains::is_verified(conn, workspace_id, &domain)? {
        evidence.unverified_name = true;
        evidence.unverified_user |= !by_name(conn, workspace_id, address)?.is_empty();
        return Ok(None);
    }
    let users = by_name(conn, workspace_id, address)?;
    users.into_iter().map(|user| candidate(conn, terms, user)).collect::<Result<_>>().map(Some)
}

/// User whom SCIM provisioned with the value of `scim_key`.
fn by_scim_key(conn: &mut Conn, workspace_id: &WorkspaceId, claims: &Claims) -> Result<Option<User>> {
    match &claims.scim_key {
        Some((UidField::ExternalId, value)) => users::find_by_external_id(conn, workspace_id, value),
        Some((UidField::UserName, value)) => users::find_by_user_name(conn, workspace_id, value),
        // Values of a custom attribute are in `Terms::join`.
        Some((UidField::Custom, _)) | None => Ok(None),
    }
}

/// User with this user name, otherwise all users with this email address.
fn by_name(conn: &mut Conn, workspace_id: &WorkspaceId, name: &str) -> Result<Vec<User>> {
    match users::find_by_user_name(conn, workspace_id, name)? {
        Some(user) => Ok(vec![user]),
        None => users::list_by_email(conn, workspace_id, name),
    }
}

fn candidate(conn: &mut Conn, terms: &Terms, user: User) -> Result<Candidate> {
    let Terms { workspace_id, issuer, .. } = terms;
    let linked_subject = identities::find_subject(conn, workspace_id, &user.user_id, issuer)?;
    let console_role = roles::is_reader(conn, &user)?;
    let needs_owner = console_role && needs_owner(conn, terms, &user)?;
    Ok(Candidate { user, linked_subject, console_role, needs_owner })
}

/// Whether only an owner may link a user with a role in the console at this issuer, whose administrators choose its claims. True
/// after a change of issuer, for a user with an identity at another issuer, and if this connection is not the workspace's first.
fn needs_owner(conn: &mut Conn, terms: &Terms, user: &User) -> Result<bool> {
    let Terms { workspace_id, issuer, .. } = terms;
    if terms.issuer_changed_at.is_some() {
        return Ok(true);
    }
    let identities = identities::list(conn, workspace_id, &user.user_id)?;
    if identities.iter().any(|identity| identity.issuer != *issuer) {
        return Ok(true);
    }
    let first = trusted::first_issuer(conn, workspace_id)?;
    Ok(first.is_some_and(|first| first != *issuer))
}
