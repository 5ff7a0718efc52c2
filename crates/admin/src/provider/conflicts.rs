//! Conflicts: people whom the provider authenticated, and whom only an administrator or the operator can match to a user.

use serde_json::{Map, Value};
use vestibule_core::{
    fold::fold,
    ids::{UserId, WorkspaceId},
    providers::of_connections,
};
use vestibule_store::{
    Error, Tx,
    db::json::Json,
    people::users::{self, User},
    providers::{
        conflicts::{self, Conflict},
        identities::{self, IdentityKey},
        kinds,
    },
    trail::events::{
        Target,
        kinds::{ConflictDismissed, UserArchived},
    },
};

use crate::{
    actor::Actor,
    provider::identities::{self as links, REASON},
    refusal::{Refusal, conflict},
    rights::authority,
};

/// The longest user name, in characters.
const LONGEST_NAME: usize = 256;

/// How a conflict is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// The person is this user: the id of the user.
    Link(&'a UserId),
    /// The person is new here and not the user of that name, who must be inactive.
    New,
    /// Nothing is decided: the person is matched again at their next sign-in.
    Dismiss,
}

/// Resolves the conflict about this (issuer, subject). Only a recorded conflict can be resolved, so this links nobody else.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conflict or user.
pub fn resolve(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    identity: IdentityKey<'_>,
    resolution: Resolution<'_>,
) -> Result<(), Refusal> {
    let found = conflicts::find(conn, workspace_id, identity)?.ok_or(Error::NotFound)?;
    // The actor must be allowed to decide who signs in as each user whom the person may be, or is linked to.
    let linked = identities::find_user(conn, workspace_id, identity)?;
    for user_id in found.user_id.iter().chain(&linked) {
        if let Some(user) = users::find(conn, workspace_id, user_id)? {
            authority::may_identify(conn, actor, &user)?;
        }
    }
    match resolution {
        Resolution::Link(user_id) => {
            let user = users::get(conn, workspace_id, user_id)?;
            authority::may_identify(conn, actor, &user)?;
            links::link(conn, actor, workspace_id, identity, user_id)?;
        }
        Resolution::New => archive(conn, actor, &found)?,
        Resolution::Dismiss => {
            conflicts::delete(conn, workspace_id, identity)?;
            let data = ConflictDismissed { issuer: identity.issuer, subject: identity.subject };
            actor.record(conn, workspace_id, Target::Connection, &data)?;
        }
    }
    Ok(())
}

/// Archives the user of a conflict. Their user name and email addresses become free; id, `externalId`, identities, roles and events
/// stay with the archived row, so that the new person gets none of it, and the former one can still come back by their
/// `externalId`. The new person is recognised or created when they are pushed or next sign in.
fn archive(conn: &mut Tx<'_>, actor: &Actor, row: &Conflict) -> Result<(), Refusal> {
    let Conflict { workspace_id, issuer, subject, .. } = row;
    let nobody = || conflict("no user conflicts with this person; choose Dismiss");
    let Some(user_id) = &row.user_id else { return nobody() };
    if users::find(conn, workspace_id, user_id)?.is_none() {
        return nobody();
    }
    let mut user = users::get_locked(conn, workspace_id, user_id)?;
    if user.active {
        return conflict(format!(
            "{} is active; deactivate or rename them in {} first, or link the person to this user",
            user.user_name,
            of_connections(&kinds::of_workspace(conn, workspace_id)?).name
        ));
    }
    let before = user.clone();
    user.user_name = archived_name(&user);
    user.user_name_key = fold(&user.user_name);
    user.email = None;
    user.attributes = without_emails(user.attributes()?);
    // If it is missing, an upgrade fills it in from the attributes.
    if !user.comparable.is_missing() {
        user.comparable = without_emails(user.comparable()?);
    }
    users::save(conn, &before, &mut user, Some(&[]), actor.now)?;
    conflicts::delete(conn, workspace_id, IdentityKey { issuer, subject })?;
    users::end_all_access(conn, &mut user, &actor.cause, REASON, actor.now)?;
    let data =
        UserArchived { user_name_before: &before.user_name, user_name: &user.user_name, issuer, subject };
    actor.record(conn, workspace_id, user.target(), &data)?;
    Ok(())
}

/// `kim@acme.example (former, 019a…)`: unique, because the id is.
fn archived_name(user: &User) -> String {
    let suffix = format!(" (former, {})", user.user_id);
    let length = LONGEST_NAME - suffix.chars().count();
    let name: String = user.user_name.chars().take(length).collect();
    name + &suffix
}

/// A document without `emails`.
fn without_emails(mut document: Map<String, Value>) -> Json<Map<String, Value>> {
    document.remove("emails");
    Json::new(document)
}
