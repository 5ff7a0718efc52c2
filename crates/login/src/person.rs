//! Who is this? In one order, inside one transaction (design rule 9): the identity (issuer, sub); a user by
//! `externalId` = sub; a user by name under a domain the workspace has verified; created, if just-in-time
//! provisioning is on; refused. Never by `email_verified`, never a second identity of one issuer on one user.

use serde_json::json;
use vestibule_store::{
    Conn, Error, Micros, Result, SECOND,
    connections::Connection,
    domains,
    events::{self, Cause},
    fold::{email_domain, fold},
    identities,
    logins::Login,
    sessions::{self, NewSession},
    users::{self, User},
};

use crate::provider::Claims;

/// What a sign-in came to.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in: the cookie's value, and when the session ends.
    SignedIn(String, Micros),
    /// Must authenticate again: all access ended after the last time.
    Stale,
    /// Refused, with the event that says so.
    Refused(Reason, String),
}

/// Why somebody is refused who is who they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nobody here by this name, and just-in-time provisioning is off.
    NotProvisioned,
    /// The name's domain is not one the workspace has verified.
    DomainNotVerified,
    /// The user here belongs to another person at the provider.
    Conflict,
    /// Deactivated.
    Deactivated,
    /// The provider did not authenticate anew although told to.
    NotFresh,
}

impl Reason {
    /// As logs, metrics and events name it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::NotProvisioned => "not_provisioned",
            Reason::DomainNotVerified => "domain_not_verified",
            Reason::Conflict => "conflict",
            Reason::Deactivated => "deactivated",
            Reason::NotFresh => "not_fresh",
        }
    }
}

enum Found {
    /// Signs in as this user already.
    Known(User),
    /// This user, to be linked now.
    ToLink(User, &'static str),
    /// Nobody yet, but may be created under this name.
    ToCreate(String),
    No(Reason),
}

/// Decides and carries out: links or creates, starts the session, records the event. A refusal records only itself.
///
/// # Errors
/// The database's.
pub fn arrive(
    conn: &mut Conn,
    connection: &Connection,
    login: &Login,
    claims: &Claims,
    new: &NewSession,
    request_id: &str,
    now: Micros,
) -> Result<Outcome> {
    let cause = Cause { actor: "okta:oidc".to_owned(), request_id: request_id.to_owned() };
    let workspace_id = &connection.workspace_id;
    let found = find(conn, connection, claims)?;
    let user = match &found {
        Found::Known(user) | Found::ToLink(user, _) => Some(user),
        Found::ToCreate(_) | Found::No(_) => None,
    };
    let refusal = match (&found, user) {
        (Found::No(reason), _) => Some(*reason),
        (_, Some(user)) if !user.active => Some(Reason::Deactivated),
        (_, Some(user)) if !is_fresh(user, login, claims) => {
            if !login.fresh {
                return Ok(Outcome::Stale);
            }
            Some(Reason::NotFresh)
        }
        _ => None,
    };
    if let Some(reason) = refusal {
        let target = user.map_or_else(|| "connection".to_owned(), User::target);
        let data = json!({ "reason": reason.name(), "issuer": connection.issuer, "subject": claims.subject });
        let event = events::record(conn, workspace_id, "sign_in_refused", &cause, &target, &data, now)?;
        return Ok(Outcome::Refused(reason, event));
    }
    let (user, how) = match found {
        Found::Known(user) => (user, "identity"),
        Found::ToLink(user, how) => {
            identities::link(conn, workspace_id, &connection.issuer, &claims.subject, &user.user_id, now)?;
            let data = json!({ "issuer": connection.issuer, "subject": claims.subject, "by": how });
            events::record(conn, workspace_id, "identity_linked", &cause, &user.target(), &data, now)?;
            (user, how)
        }
        Found::ToCreate(user_name) => (create(conn, connection, claims, &user_name, &cause, now)?, "created"),
        // Refused above.
        Found::No(_) => return Err(Error::NotFound),
    };
    let started = sessions::start(conn, &user, new, now)?;
    let session = &started.session;
    let data = json!({ "session": session.session_id, "by": how, "replaces": started.replaced });
    events::record(conn, workspace_id, "signed_in", &cause, &user.target(), &data, now)?;
    Ok(Outcome::SignedIn(started.cookie, session.expires_at))
}

fn find(conn: &mut Conn, connection: &Connection, claims: &Claims) -> Result<Found> {
    let workspace_id = &connection.workspace_id;
    if let Some(user_id) = identities::find_user(conn, workspace_id, &connection.issuer, &claims.subject)? {
        return Ok(Found::Known(users::get(conn, workspace_id, &user_id)?));
    }
    if let Some(user) = users::find_by_external_id(conn, workspace_id, &claims.subject)? {
        return may_link(conn, connection, claims, user, "external_id");
    }
    let mut unverified = false;
    for name in [&claims.preferred_username, &claims.email].into_iter().flatten() {
        let Some(domain) = email_domain(name) else { continue };
        if !domains::is_verified(conn, workspace_id, &domain)? {
            unverified = true;
            continue;
        }
        let mut users = by_name(conn, workspace_id, name)?;
        match (users.pop(), users.is_empty()) {
            (Some(user), true) => return may_link(conn, connection, claims, user, "name"),
            // Several have this address: nobody can say who this is, and a further user would not make it clearer.
            (Some(_), false) => return Ok(Found::No(Reason::Conflict)),
            (None, _) => {}
        }
    }
    if !connection.jit {
        let known = unverified && somebody_by_name(conn, workspace_id, claims)?;
        return Ok(Found::No(if known { Reason::DomainNotVerified } else { Reason::NotProvisioned }));
    }
    // Just-in-time users are made only under a proven domain: whoever runs the provider names the e-mail address.
    for name in [&claims.preferred_username, &claims.email].into_iter().flatten() {
        if let Some(domain) = email_domain(name)
            && domains::is_verified(conn, workspace_id, &domain)?
        {
            return Ok(Found::ToCreate(name.clone()));
        }
    }
    Ok(Found::No(if unverified { Reason::DomainNotVerified } else { Reason::NotProvisioned }))
}

/// The user of this name, else all who have it as an e-mail address.
fn by_name(conn: &mut Conn, workspace_id: &str, name: &str) -> Result<Vec<User>> {
    match users::find_by_user_name(conn, workspace_id, name)? {
        Some(user) => Ok(vec![user]),
        None => users::list_by_email(conn, workspace_id, name),
    }
}

fn somebody_by_name(conn: &mut Conn, workspace_id: &str, claims: &Claims) -> Result<bool> {
    for name in [&claims.preferred_username, &claims.email].into_iter().flatten() {
        if !by_name(conn, workspace_id, name)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Only a user that is nobody else's at this issuer: no identity of it, no other Okta user id as `externalId`.
fn may_link(
    conn: &mut Conn,
    connection: &Connection,
    claims: &Claims,
    user: User,
    how: &'static str,
) -> Result<Found> {
    let linked = identities::find_subject(conn, &connection.workspace_id, &user.user_id, &connection.issuer)?;
    // Nobody had this identity a moment ago: another sign-in of the same person has linked it since.
    if linked.as_ref() == Some(&claims.subject) {
        return Ok(Found::Known(user));
    }
    let other_identity = linked.is_some();
    let other_person =
        user.external_id.as_deref().is_some_and(|id| id != claims.subject && is_okta_user_id(id));
    Ok(if other_identity || other_person { Found::No(Reason::Conflict) } else { Found::ToLink(user, how) })
}

/// `00u…`, 20 characters (okta-facts §5.5).
fn is_okta_user_id(text: &str) -> bool {
    text.len() == 20 && text.starts_with("00u")
}

/// Whether the person authenticated after all access last ended (design rule 3). `auth_time` has whole seconds: one in
/// the very second of the end counts only when this trip, begun after the end, told the provider to authenticate anew.
fn is_fresh(user: &User, login: &Login, claims: &Claims) -> bool {
    let Some(revoked_at) = user.revoked_at else { return true };
    let Some(auth_time) = claims.auth_time else { return false };
    let told_anew =
        login.fresh && login.created_at > revoked_at && auth_time >= login.created_at / SECOND * SECOND;
    auth_time > revoked_at || told_anew
}

fn create(
    conn: &mut Conn,
    connection: &Connection,
    claims: &Claims,
    user_name: &str,
    cause: &Cause,
    now: Micros,
) -> Result<User> {
    let emails: Vec<String> = claims.email.iter().cloned().collect();
    let mut attributes = serde_json::Map::new();
    let name: serde_json::Map<_, _> =
        [("givenName", &claims.given_name), ("familyName", &claims.family_name)]
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), json!(value.as_ref()?))))
            .collect();
    if !name.is_empty() {
        attributes.insert("name".to_owned(), name.into());
    }
    if let Some(email) = &claims.email {
        attributes.insert("emails".to_owned(), json!([{ "value": email, "type": "work", "primary": true }]));
    }
    let mut user = User::new(&connection.workspace_id, user_name, "jit", now);
    user.external_id = Some(claims.subject.clone());
    user.display_name = claims.name.clone();
    user.display_name_key = claims.name.as_deref().map(fold);
    user.email = claims.email.clone();
    user.set_attributes(attributes);
    users::insert(conn, &user, &emails)?;
    identities::link(conn, &user.workspace_id, &connection.issuer, &claims.subject, &user.user_id, now)?;
    users::created(conn, &user, cause, now)?;
    Ok(user)
}
