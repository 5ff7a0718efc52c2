//! The transaction of an ID-JAG: decides who the person is and what the client gets, and uses up the assertion.

use secrecy::SecretString;
use vestibule_core::{
    assertion::AssertionSaid,
    ids::WorkspaceId,
    sets::{TokenKind, UidField},
    time::{Micros, SECOND},
};
use vestibule_person::{self as person, Claims, Reason, Recognised, Terms};
use vestibule_store::{
    Error, Tx,
    access::tokens::{NewToken, Usage},
    oauth::grants::agents,
    people::users,
    providers::connections::Connection,
    safeguards::assertions,
    trail::events::{self, kinds::AgentAccessGiven},
};

use super::assertion::{Asserted, Failed, SKEW};
use crate::{
    client::{offer::Offer, scope},
    error::OAuthError,
    token::{
        access,
        exchange::{Issued, Request},
    },
};

/// Why the transaction issues no token.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A check of the assertion failed; the client does not learn which one.
    Failed(Failed),
    /// The client requested something that it may not have; the client gets this error.
    Answer(OAuthError),
    /// The store failed, or a concurrent sign-in created the same user.
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<Failed> for Refusal {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

/// Result of the transaction. With the inner refusal the transaction is committed: it has recorded a conflict for an administrator, and
/// nothing else. With the outer refusal it is rolled back.
pub(super) type Outcome = Result<Result<Issued, Refusal>, Refusal>;

/// Exchanges a verified assertion for an access token.
pub(super) fn exchange(
    conn: &mut Tx<'_>,
    request: &Request<'_>,
    connection: &Connection,
    asserted: &Asserted,
) -> Outcome {
    let Request { client, cause, now, .. } = *request;
    let workspace_id = &connection.workspace_id;
    let resource = choose_resource(asserted, request.resource)?;
    let offer = find_offer(conn, request, workspace_id, asserted, &resource)?;
    let granted = scope::asserted(client, asserted.scope.as_deref(), request.scope, &offer)
        .map_err(|description| Refusal::Answer(OAuthError::Scope(description)))?;

    let terms = Terms::from(connection);
    let is_fresh = |revoked_at| is_fresh(asserted, revoked_at, now);
    let recognised = person::recognise(conn, &terms, &claims(asserted), is_fresh, cause, now)?;
    let (user, by) = match recognised {
        Recognised::User(user, by) => (user, by),
        Recognised::Stale(_) => return Err(stale().into()),
        Recognised::Refused(reason, _) => return Ok(Err(refused(reason).into())),
    };
    // Locked: a concurrent end of access either waits and then ends the new token, or is visible here.
    let user = match users::get_locked(conn, workspace_id, &user.user_id) {
        Err(Error::NotFound) => return Err(no_user().into()),
        locked => locked?,
    };
    if !user.active {
        return Err(refused(Reason::Deactivated).into());
    }
    if !is_fresh(user.revoked_at) {
        return Err(stale().into());
    }
    if asserted.user.as_deref().is_some_and(|named| named != user.user_id.as_str()) {
        return Err(Failed::new("aud_sub", "aud_sub names another user than sub").into());
    }
    if !offer.admits(conn, workspace_id, &user.user_id)? {
        return Err(Failed::new("roles", "the person has no role that this resource needs").into());
    }
    // Last, so that a refusal does not use up the assertion.
    let until = asserted.expires.saturating_add(SKEW).saturating_mul(SECOND);
    let is_first = assertions::accept(conn, workspace_id, &asserted.issuer, &asserted.id, until)?;
    if !is_first && !request.oauth.id_jag_reuse {
        return Err(Failed::new("jti", "the assertion was used before").into());
    }

    let standing = agents::Asserted {
        client_id: &client.client_id,
        scope: &granted,
        resource: &resource,
        agent: &asserted.agent,
        auth_time: asserted.auth_time.map(|at| at.saturating_mul(SECOND)),
    };
    let (grant, is_new) = agents::stand_for_user(conn, &user, &standing, now)?;
    let access_seconds = access::seconds(request);
    let token = NewToken {
        workspace_id,
        kind: TokenKind::Access,
        name: "",
        grant_id: Some(&grant.grant_id),
        user: Some((&user.user_id, user.epoch)),
        scope: &granted,
        expires_at: Some(now + access_seconds * SECOND),
    };
    // RFC 8693 §4.1: the agent acts for the person.
    let actors: Vec<String> =
        Some(asserted.agent.clone()).filter(|agent| !agent.is_empty()).into_iter().collect();
    let usage = Usage { resource: &resource, actors: &actors, jkt: request.jkt, exchange: None };
    let access = access::issue(conn, request, &grant, &token, &usage, None)?;
    if is_new {
        let data = AgentAccessGiven {
            client: &client.client_id,
            name: &client.name,
            agent: &asserted.agent,
            scope: &granted,
            resource: &resource,
            issuer: &asserted.issuer,
            by,
            grant: &grant.grant_id,
        };
        events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    }
    Ok(Ok(Issued {
        access,
        access_seconds,
        refresh: None,
        scope: granted,
        issued_at: now,
        identity: None,
        is_bound: usage.jkt.is_some(),
        is_exchanged: false,
    }))
}

/// The resource of the token: the one that is requested, which the assertion must name if it names any (RFC 8707 §2.2), or the only one of
/// the assertion.
fn choose_resource(asserted: &Asserted, requested: Option<&str>) -> Result<String, Refusal> {
    let target = |why| Err(Refusal::Answer(OAuthError::Target(why)));
    match (requested, asserted.resources.as_slice()) {
        (None, []) => Ok(String::new()),
        (None, [only]) => Ok(only.clone()),
        (None, _) => target("the assertion names several resources: name one of them as resource"),
        (Some(requested), named) if named.iter().any(|one| one == requested) => Ok(requested.to_owned()),
        (Some(_), []) => target("the assertion names no resource, so none can be requested"),
        (Some(_), _) => target("the assertion does not name this resource"),
    }
}

/// The offer at the resource. A resource of an assertion must be registered (MCP enterprise-managed authorization §7.6.2). Without a
/// resource an app is offered only scopes of this server, none of which [`scope::asserted`] grants.
fn find_offer(
    conn: &mut Tx<'_>,
    request: &Request<'_>,
    workspace_id: &WorkspaceId,
    asserted: &Asserted,
    resource: &str,
) -> Result<Offer, Refusal> {
    let offer = Offer::find(conn, request.oauth, workspace_id, resource)?;
    match offer {
        Some(offer) if resource.is_empty() || offer.resource.is_some() => Ok(offer),
        _ => {
            let named = asserted.resources.join(", ").escape_debug().take(300).collect::<String>();
            Err(Failed::new("resource", format!("no resource of this workspace is {named}")).into())
        }
    }
}

/// Whether the assertion is newer than the end of all access. Its `iat` must be in a later second, and not in the future, because the
/// issuer's clock may be ahead. Its `auth_time`, if it has one, must be later, too (design rule 3).
fn is_fresh(asserted: &Asserted, revoked_at: Option<Micros>, now: Micros) -> bool {
    let Some(revoked_at) = revoked_at else { return true };
    let (revoked, now) = (revoked_at.div_euclid(SECOND), now.div_euclid(SECOND));
    let is_later = |at: i64| at > revoked;
    is_later(asserted.issued) && asserted.issued <= now && asserted.auth_time.is_none_or(is_later)
}

fn stale() -> Failed {
    Failed::new(
        "revoked",
        "it was issued before all access of the person ended; the client must get a new one",
    )
}

/// The user was deleted in the meantime.
pub(super) fn no_user() -> Failed {
    refused(Reason::NotProvisioned)
}

fn refused(reason: Reason) -> Failed {
    let detail = match reason {
        Reason::NotProvisioned => "the person is not provisioned here, and just-in-time creation is off",
        Reason::DomainNotVerified => "the domain of the person's email address is not verified here",
        Reason::Conflict => "another user has the person's name or email address: an administrator decides",
        Reason::Unlinked => "an administrator removed the link of this person",
        Reason::IssuerChanged => "the workspace changed its provider: an owner must link the person",
        Reason::Deactivated => "the person is deactivated",
        Reason::NotFresh => "the person must authenticate again",
        Reason::SharedUid | Reason::OtherSpelling => reason.detail(),
    };
    Failed::new("person", detail)
}

/// The claims by which sign-in's rules recognise the person.
fn claims(asserted: &Asserted) -> Claims {
    Claims {
        subject: asserted.subject.clone(),
        scim_key: Some((UidField::ExternalId, asserted.subject.clone())),
        preferred_username: asserted.preferred_username.clone(),
        email: asserted.email.clone(),
        name: asserted.name.clone(),
        given_name: asserted.given_name.clone(),
        family_name: asserted.family_name.clone(),
        auth_time: asserted.auth_time.map(|at| at.saturating_mul(SECOND)),
        session_expiry: None,
        groups: None,
        session_id: None,
        said: AssertionSaid::default(),
        id_token: SecretString::from(String::new()),
    }
}
