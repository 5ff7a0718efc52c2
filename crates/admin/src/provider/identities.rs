//! Identities of users: linking and unlinking them, and freeing an `externalId`. Every change of who signs in as a user ends all
//! their access.

use vestibule_core::{
    ids::{UserId, WorkspaceId},
    providers::of_connections,
    sets::{ConflictReason, EndReason},
};
use vestibule_store::{
    Conn, Error, Tx,
    people::users::{self, User},
    providers::{
        conflicts::{self, Conflict},
        connections,
        identities::{self, IdentityKey},
        kinds, saml_connections,
    },
    trail::events::{
        Target,
        kinds::{ExternalIdFreed, IdentityLinked, IdentityUnlinked},
    },
};

use crate::{
    actor::Actor,
    refusal::{Refusal, conflict},
    rights::authority,
};

/// Reason in the `access_ended` events.
pub(crate) const REASON: EndReason = EndReason::IdentityChanged;

/// Issuer of a link that names none: that of the first OpenID Connect connection (the default, or else the oldest). Without such a
/// connection: that of the only or of the default SAML connection.
pub fn default_issuer(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<String>, Error> {
    if let Some(connection) = connections::find_first(conn, workspace_id)? {
        return Ok(Some(connection.issuer));
    }
    let mut saml = saml_connections::list(conn, workspace_id)?;
    let is_clear = saml.len() == 1 || saml.first().is_some_and(|first| first.is_default);
    Ok(is_clear.then(|| saml.remove(0).issuer))
}

/// Links an identity to a user. Removes the link of another identity of the issuer to the user, and of this identity
/// to another user.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn link(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    identity: IdentityKey<'_>,
    user_id: &UserId,
) -> Result<User, Error> {
    let former = identities::find_user(conn, workspace_id, identity)?;
    if former.as_ref() == Some(user_id) {
        return users::get(conn, workspace_id, user_id);
    }
    // Locks the rows of users ordered by id, so that two administrators can't deadlock.
    let mut ids: Vec<&UserId> = former.as_ref().into_iter().chain([user_id]).collect();
    ids.sort_unstable();
    let mut locked = Vec::new();
    for id in ids {
        locked.push(users::get_locked(conn, workspace_id, id)?);
    }
    let replaced = identities::find_subject(conn, workspace_id, user_id, identity.issuer)?;
    identities::unlink(conn, workspace_id, identity)?;
    if let Some(replaced) = &replaced {
        identities::unlink(conn, workspace_id, IdentityKey { subject: replaced, ..identity })?;
    }
    identities::link(conn, workspace_id, identity, user_id, actor.now)?;
    conflicts::delete(conn, workspace_id, identity)?;
    for user in &mut locked {
        users::end_all_access(conn, user, &actor.cause, REASON, actor.now)?;
    }
    let data = IdentityLinked {
        issuer: identity.issuer,
        subject: identity.subject,
        by: "administrator",
        instead_of: replaced.as_deref(),
        from: former.as_deref(),
    };
    actor.record(conn, workspace_id, Target::User(user_id), &data)?;
    locked.into_iter().find(|user| user.user_id == *user_id).ok_or(Error::NotFound)
}

/// Removes the link of an identity; returns the user it was to. The next sign-in is a conflict.
pub fn unlink(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    identity: IdentityKey<'_>,
) -> Result<Option<User>, Error> {
    let Some(user_id) = identities::find_user(conn, workspace_id, identity)? else { return Ok(None) };
    let mut user = users::get_locked(conn, workspace_id, &user_id)?;
    identities::unlink(conn, workspace_id, identity)?;
    let line = Conflict {
        workspace_id: workspace_id.clone(),
        issuer: identity.issuer.to_owned(),
        subject: identity.subject.to_owned(),
        user_id: Some(user_id),
        user_name: user.user_name.clone(),
        reason: ConflictReason::Unlinked,
        created_at: actor.now,
    };
    conflicts::record(conn, &line)?;
    users::end_all_access(conn, &mut user, &actor.cause, REASON, actor.now)?;
    let data = IdentityUnlinked { issuer: identity.issuer, subject: identity.subject, external_id: None };
    actor.record(conn, workspace_id, user.target(), &data)?;
    Ok(Some(user))
}

/// Removes the `externalId` of an inactive user, so that another user may have it. An identity with this subject no longer signs in
/// as the user.
///
/// # Errors
/// [`Refusal::Conflict`] when the user is active or has none; [`Error::NotFound`].
pub fn free_external_id(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
) -> Result<User, Refusal> {
    let mut user = users::get_locked(conn, workspace_id, user_id)?;
    authority::may_identify(conn, actor, &user)?;
    if user.active {
        let provider = of_connections(&kinds::of_workspace(conn, workspace_id)?).name;
        return conflict(format!("this person is active; deactivate them in {provider} first"));
    }
    let before = user.clone();
    let Some(external_id) = user.external_id.take() else {
        return conflict("this person has no externalId");
    };
    let mut unlinked = identities::list(conn, workspace_id, user_id)?;
    unlinked.retain(|identity| identity.subject == external_id);
    for identity in &unlinked {
        identities::unlink(conn, workspace_id, identity.key())?;
    }
    users::save(conn, &before, &mut user, None, actor.now)?;
    users::end_all_access(conn, &mut user, &actor.cause, REASON, actor.now)?;
    let issuers: Vec<&str> = unlinked.iter().map(|identity| identity.issuer.as_str()).collect();
    let data = ExternalIdFreed { external_id: &external_id, unlinked_at: &issuers };
    actor.record(conn, workspace_id, user.target(), &data)?;
    Ok(user)
}
