//! Users: one row for each person, whether SCIM, sign-in or an administrator created it.
//! Every way to lose access ends in [`end_all_access`], [`save_and_end_access`] or [`delete`] (design rules 1 and 2).

mod end;
pub(crate) mod find;
mod list;
mod related;
mod save;
mod summary;
mod upgrade;
pub(crate) mod user;

use std::collections::HashSet;

use diesel::prelude::*;
use vestibule_core::{
    fold::fold,
    ids::{UserId, WorkspaceId},
    names::Named,
    sets::UserSource,
    time::Micros,
};

use crate::{
    Conn, Result, Tx,
    db::schema::{user_emails, users},
    effects::UserChange,
    people::{name_keys, parked, user_counts},
    search::in_ids,
    trail::events::{self, Cause, kinds::UserCreated},
};

pub use end::{Ended, EpochRaised, delete, end_all_access, save_and_end_access};
pub use find::{find, get, get_locked, get_to_delete};
pub use list::list;
pub use related::{Related, related, related_one, related_to_change};
pub use save::{EXTERNAL_ID_IS_AN_ID, insert, save};
pub use summary::{UserSummary, summaries};
pub use upgrade::{not_ascii, renew_keys, set_comparable, without_comparable};
pub use user::User;

/// Whether a text has the form of Okta's own user ids (okta-facts §5.5): `00u…`, 20 characters.
pub fn is_okta_user_id(text: &str) -> bool {
    text.len() == 20 && text.starts_with("00u")
}

/// Completes the creation of a user after its rows are inserted: adds parked group memberships, counts the user and records the
/// event. Returns whether the user joined a group.
pub fn created(conn: &mut Tx<'_>, user: &User, cause: &Cause, now: Micros) -> Result<bool> {
    let joined = parked::arrive(conn, user, cause, now)?;
    count_later(conn, user, true);
    let data = UserCreated { source: user.source, user_name: &user.user_name, active: user.active };
    events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    Ok(joined)
}

/// Counts a user at the end of the transaction.
fn count_later(conn: &mut Tx<'_>, user: &User, is_new: bool) {
    let (workspace_id, user_id) = (user.workspace_id.clone(), user.user_id.clone());
    conn.at_the_end(events::append::write).user_changes.push(UserChange { workspace_id, user_id, is_new });
}

/// The user with this name in any spelling (see [`vestibule_core::fold`]). If several users have the same key, because an older
/// version allowed it, returns the one with exactly this name, or else the one with the key.
pub fn find_by_user_name(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_name: &str,
) -> Result<Option<User>> {
    let key = fold(user_name);
    let holder = users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::user_name_key.eq(&key))
        .select(User::as_select())
        .first(conn)
        .optional()?;
    let others = name_keys::with_key(conn, Named::User, workspace_id, &key)?;
    let exact = || others.iter().find(|other| other.name == user_name);
    match (&holder, others.as_slice()) {
        (_, []) => Ok(holder),
        (Some(user), _) if user.user_name == user_name => Ok(holder),
        (_, _) => match exact() {
            Some(other) => find(conn, workspace_id, &UserId::from_stored(&other.id)),
            None => Ok(holder),
        },
    }
}

/// The users that this name may mean: the result of [`find_by_user_name`], or else all with the same key.
pub fn list_by_user_name(conn: &mut Conn, workspace_id: &WorkspaceId, user_name: &str) -> Result<Vec<User>> {
    if let Some(user) = find_by_user_name(conn, workspace_id, user_name)? {
        return Ok(vec![user]);
    }
    let mut found = Vec::new();
    for shared in name_keys::with_key(conn, Named::User, workspace_id, &fold(user_name))? {
        found.extend(find(conn, workspace_id, &UserId::from_stored(shared.id))?);
    }
    Ok(found)
}

/// The user with this external id.
pub fn find_by_external_id(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    external_id: &str,
) -> Result<Option<User>> {
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::external_id.eq(external_id))
        .select(User::as_select())
        .first(conn)
        .optional()?)
}

/// The users with this email address, in any spelling (see [`vestibule_core::fold`]).
pub fn list_by_email(conn: &mut Conn, workspace_id: &WorkspaceId, email: &str) -> Result<Vec<User>> {
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(
            users::user_id.eq_any(
                user_emails::table
                    .filter(user_emails::workspace_id.eq(workspace_id))
                    .filter(user_emails::email_key.eq(fold(email)))
                    .select(user_emails::user_id),
            ),
        )
        .order(users::user_id)
        .select(User::as_select())
        .load(conn)?)
}

/// Number of users of the workspace that SCIM created.
pub fn count_provisioned(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::source.eq(UserSource::Scim))
        .count()
        .get_result(conn)?)
}

/// The number of active users.
pub fn count_active(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::active.eq(true))
        .count()
        .get_result(conn)?)
}

/// The users after an id, ordered by id, at most `limit`.
pub fn list_after(conn: &mut Conn, workspace_id: &WorkspaceId, after: &str, limit: i64) -> Result<Vec<User>> {
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::user_id.gt(after))
        .order(users::user_id)
        .limit(limit)
        .select(User::as_select())
        .load(conn)?)
}

/// The users after a folded name, ordered by it, at most `limit`.
pub fn list_by_name_after(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: &str,
    limit: i64,
) -> Result<Vec<User>> {
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::user_name_key.gt(after))
        .order(users::user_name_key)
        .limit(limit)
        .select(User::as_select())
        .load(conn)?)
}

/// Number of active users created by sign-in only: SCIM cannot end their access.
pub fn count_unmanaged(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::source.eq(UserSource::Jit))
        .filter(users::active.eq(true))
        .count()
        .get_result(conn)?)
}

/// The ids of this list that do not belong to users of the workspace.
pub fn missing(conn: &mut Conn, workspace_id: &WorkspaceId, user_ids: &[String]) -> Result<Vec<String>> {
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = in_ids(conn, "users.user_id", user_ids);
    let present: HashSet<UserId> = users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(known)
        .select(users::user_id)
        .load(conn)?
        .into_iter()
        .collect();
    Ok(user_ids.iter().filter(|id| !present.contains(id.as_str())).cloned().collect())
}

/// Number of users of the workspace.
pub fn count(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    user_counts::total(conn, workspace_id)
}
