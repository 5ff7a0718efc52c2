//! What an administrator says about who somebody is: links an identity to a user, undoes a link, says that somebody is new here,
//! frees an `externalId`, dismisses a conflict. All access ends with every change of who a user is.

use serde_json::{Map, Value, json};
use vestibule_core::{fold::fold, time::Micros};
use vestibule_store::{
    Conn, Error,
    people::users::{self, User},
    providers::{
        conflicts::{self, Conflict},
        identities,
    },
    trail::events::{self, Cause},
};

use crate::workspaces::Refusal;

/// The longest user name, in characters.
const LONGEST_NAME: usize = 256;

/// Links this (issuer, subject) to this user. Another identity of the issuer on the user, and another user of this
/// identity, are undone first.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn link(
    conn: &mut Conn,
    workspace_id: &str,
    (issuer, subject): (&str, &str),
    user_id: &str,
    cause: &Cause,
    now: Micros,
) -> Result<User, Error> {
    let former = identities::find_user(conn, workspace_id, issuer, subject)?;
    if former.as_deref() == Some(user_id) {
        return users::get(conn, workspace_id, user_id);
    }
    // Rows of users first, in the order of their ids, so that two administrators can't wait for each other.
    let mut ids: Vec<&str> = former.as_deref().into_iter().chain([user_id]).collect();
    ids.sort_unstable();
    let mut locked = Vec::new();
    for id in ids {
        locked.push(users::get_locked(conn, workspace_id, id)?);
    }
    let replaced = identities::find_subject(conn, workspace_id, user_id, issuer)?;
    identities::unlink(conn, workspace_id, issuer, subject)?;
    if let Some(replaced) = &replaced {
        identities::unlink(conn, workspace_id, issuer, replaced)?;
    }
    identities::link(conn, workspace_id, issuer, subject, user_id, now)?;
    conflicts::settle(conn, workspace_id, issuer, subject)?;
    for user in &mut locked {
        users::end_all_access(conn, user, cause, "identity_changed", now)?;
    }
    let data = json!({ "issuer": issuer, "subject": subject, "by": "administrator", "instead_of": replaced, "from": former });
    events::record_json(
        conn,
        workspace_id,
        "identity_linked",
        cause,
        &format!("user:{user_id}"),
        &data,
        now,
    )?;
    locked.into_iter().find(|user| user.user_id == user_id).ok_or(Error::NotFound)
}

/// Undoes the link of this (issuer, subject); the user it was to, if there was one. It is not made again by itself: the next
/// sign-in is a conflict until somebody settles it.
pub fn unlink(
    conn: &mut Conn,
    workspace_id: &str,
    (issuer, subject): (&str, &str),
    cause: &Cause,
    now: Micros,
) -> Result<Option<User>, Error> {
    let Some(user_id) = identities::find_user(conn, workspace_id, issuer, subject)? else { return Ok(None) };
    let mut user = users::get_locked(conn, workspace_id, &user_id)?;
    identities::unlink(conn, workspace_id, issuer, subject)?;
    let line = Conflict {
        workspace_id: workspace_id.to_owned(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        user_id: Some(user_id),
        user_name: user.user_name.clone(),
        reason: conflicts::UNLINKED.to_owned(),
        created_at: now,
    };
    conflicts::record(conn, &line)?;
    users::end_all_access(conn, &mut user, cause, "identity_changed", now)?;
    let data = json!({ "issuer": issuer, "subject": subject });
    events::record_json(conn, workspace_id, "identity_unlinked", cause, &user.target(), &data, now)?;
    Ok(Some(user))
}

/// Takes a conflict off the list; whether it was on it. The person is looked for anew when they next sign in.
pub fn dismiss(
    conn: &mut Conn,
    workspace_id: &str,
    (issuer, subject): (&str, &str),
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    let dismissed = conflicts::settle(conn, workspace_id, issuer, subject)?;
    if dismissed {
        let data = json!({ "issuer": issuer, "subject": subject });
        events::record_json(conn, workspace_id, "conflict_dismissed", cause, "connection", &data, now)?;
    }
    Ok(dismissed)
}

/// Says that the person of a conflict is new here and not the user of that name, who must be inactive: the user is archived. Their
/// user name and e-mail addresses become free; id, `externalId`, identities, roles and history stay with the archived row, so that
/// nothing of it is the new person's, and whoever left can still come back by their `externalId`. The new person is recognised or
/// created when they are pushed or next sign in.
///
/// # Errors
/// [`Refusal::Conflict`] when the user is active; [`Error::NotFound`] when there is no such conflict or no user in it.
pub fn somebody_new(
    conn: &mut Conn,
    workspace_id: &str,
    (issuer, subject): (&str, &str),
    cause: &Cause,
    now: Micros,
) -> Result<User, Refusal> {
    let conflict = conflicts::find(conn, workspace_id, issuer, subject)?.ok_or(Error::NotFound)?;
    let user_id = conflict.user_id.ok_or(Error::NotFound)?;
    let mut user = users::get_locked(conn, workspace_id, &user_id)?;
    if user.active {
        return Err(Refusal::Conflict(format!(
            "{} is active; deactivate or rename them in Okta first, or link the person to this user",
            user.user_name
        )));
    }
    let before = user.user_name.clone();
    user.user_name = archived_name(&user);
    user.user_name_key = fold(&user.user_name);
    user.email = None;
    user.attributes = without_emails(&user.attributes)?;
    user.comparable = without_emails(&user.comparable)?;
    users::save(conn, &mut user, Some(&[]), now)?;
    conflicts::settle(conn, workspace_id, issuer, subject)?;
    users::end_all_access(conn, &mut user, cause, "identity_changed", now)?;
    let data = json!({
        "user_name_before": before, "user_name": user.user_name, "issuer": issuer, "subject": subject,
    });
    events::record_json(conn, workspace_id, "user_archived", cause, &user.target(), &data, now)?;
    Ok(user)
}

/// `kim@acme.example (former, 019a…)`: free of clashes, because the id is.
fn archived_name(user: &User) -> String {
    let suffix = format!(" (former, {})", user.user_id);
    let kept = LONGEST_NAME - suffix.chars().count();
    let name: String = user.user_name.chars().take(kept).collect();
    name + &suffix
}

/// A stored document without `emails`. One that can't be read is left as it is, with an error.
fn without_emails(document: &str) -> Result<String, Error> {
    let mut members: Map<String, Value> = serde_json::from_str(document).map_err(|error| {
        Error::Database(format!("a stored document of a user is no JSON object: {error}"))
    })?;
    members.remove("emails");
    Ok(Value::Object(members).to_string())
}

/// Takes the `externalId` away from an inactive user, so that another may have it; whoever signed in by it no longer signs in as
/// this user.
///
/// # Errors
/// [`Refusal::Conflict`] when the user is active or has none; [`Error::NotFound`].
pub fn free_external_id(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
    cause: &Cause,
    now: Micros,
) -> Result<User, Refusal> {
    let mut user = users::get_locked(conn, workspace_id, user_id)?;
    if user.active {
        let sentence = "this person is active; deactivate them in Okta first";
        return Err(Refusal::Conflict(sentence.to_owned()));
    }
    let Some(external_id) = user.external_id.take() else {
        return Err(Refusal::Conflict("this person has no externalId".to_owned()));
    };
    let mut unlinked = identities::list(conn, workspace_id, user_id)?;
    unlinked.retain(|identity| identity.subject == external_id);
    for identity in &unlinked {
        identities::unlink(conn, workspace_id, &identity.issuer, &identity.subject)?;
    }
    users::save(conn, &mut user, None, now)?;
    users::end_all_access(conn, &mut user, cause, "identity_changed", now)?;
    let issuers: Vec<&str> = unlinked.iter().map(|identity| identity.issuer.as_str()).collect();
    let data = json!({ "external_id": external_id, "unlinked_at": issuers });
    events::record_json(conn, workspace_id, "external_id_freed", cause, &user.target(), &data, now)?;
    Ok(user)
}
