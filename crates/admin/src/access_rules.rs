//! What no change by an administrator may come to: that the last owner goes, that nobody can administer any more, or that somebody
//! who is no owner makes or unmakes one. Asked in the transaction of the change, which a refusal rolls back whole.

use vestibule_store::{
    Conn, Error,
    people::users::User,
    providers::connections,
    rights::{
        owners,
        roles::{self, OWNER},
    },
};

use crate::workspaces::Refusal;

/// The sentence that refuses a change of owners to somebody who is none.
pub const OWNERS_ONLY: &str = "only an owner may make or unmake an owner";

/// Does it, unless it leaves the workspace without what it had. Rows of users are locked before this, the trail is written in it.
///
/// # Errors
/// The job's; [`Refusal::Conflict`].
pub fn kept_administered<T>(
    conn: &mut Conn,
    workspace_id: &str,
    job: impl FnOnce(&mut Conn) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    owners::lock(conn, workspace_id)?;
    let owned = owners::is_any(conn, workspace_id, None)?;
    let administered = owners::is_administered(conn, workspace_id)?;
    let done = job(conn)?;
    if owned && !owners::is_any(conn, workspace_id, None)? {
        let sentence = "this would take the workspace its last owner; make somebody else an owner first";
        return Err(Refusal::Conflict(sentence.to_owned()));
    }
    if administered && !owners::is_administered(conn, workspace_id)? {
        let sentence =
            "nobody could administer this workspace any more; give somebody else the role Admin first";
        return Err(Refusal::Conflict(sentence.to_owned()));
    }
    Ok(done)
}

/// Refuses to make or unmake owners for somebody who is none.
///
/// # Errors
/// [`Refusal::Conflict`].
pub fn may_own(by_owner: bool, before: &[String], after: &[String]) -> Result<(), Refusal> {
    let is_in = |ids: &[String]| ids.iter().any(|id| id == OWNER);
    if by_owner || is_in(before) == is_in(after) {
        return Ok(());
    }
    Err(Refusal::Conflict(OWNERS_ONLY.to_owned()))
}

/// Refuses to say who signs in as this user, for somebody who is no owner: where the user is an owner, and, after the workspace
/// changed its issuer, where the user has any role in the console. Otherwise an administrator could sign in as an owner.
///
/// # Errors
/// [`Refusal::Conflict`].
pub fn may_settle(conn: &mut Conn, by_owner: bool, user: &User) -> Result<(), Refusal> {
    if by_owner {
        return Ok(());
    }
    let workspace_id = &user.workspace_id;
    if roles::held_ids(conn, workspace_id, &user.user_id)?.iter().any(|role| role == OWNER) {
        return Err(Refusal::Conflict(format!(
            "only an owner may say who signs in as {}",
            vestibule_web::pages::isolate(&user.user_name)
        )));
    }
    let changed = connections::find(conn, workspace_id)?
        .is_some_and(|connection| connection.issuer_changed_at.is_some());
    if changed && roles::is_reader(conn, user)? && owners::is_any(conn, workspace_id, None)? {
        return Err(Refusal::Conflict(format!(
            "the identity provider has changed, so only an owner may say who signs in as {}, who has a role in the console",
            vestibule_web::pages::isolate(&user.user_name)
        )));
    }
    Ok(())
}

/// What stands against something, as the sentence a page shows; the store's failures are no sentence.
pub fn sentence<T>(done: Result<T, Refusal>) -> Result<Result<T, String>, Error> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(Refusal::Store(Error::Conflict(_))) => Ok(Err("the name or id is taken already".to_owned())),
        Err(Refusal::Store(error)) => Err(error),
        Err(Refusal::Field(name, words)) => Ok(Err(format!("{} {words}", name.replace('_', " ")))),
        Err(Refusal::Conflict(words)) => Ok(Err(words)),
    }
}
