//! What no change by an administrator may come to: that the last owner goes, that nobody can administer any more, or that somebody
//! who is no owner makes or unmakes one. Asked in the transaction of the change, which a refusal rolls back whole.

use vestibule_store::{Conn, Error, owners, roles::OWNER};
use vestibule_web::operator::Refusal;

use crate::door::OWNERS_ONLY;

/// Does it, unless it leaves the workspace without what it had. Rows of users are locked before this, the trail is written in it.
///
/// # Errors
/// The job's; [`Refusal::Conflict`].
pub(crate) fn kept_administered<T>(
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
pub(crate) fn may_own(by_owner: bool, before: &[String], after: &[String]) -> Result<(), Refusal> {
    let is_in = |ids: &[String]| ids.iter().any(|id| id == OWNER);
    if by_owner || is_in(before) == is_in(after) {
        return Ok(());
    }
    Err(Refusal::Conflict(OWNERS_ONLY.to_owned()))
}

/// Refuses to say who signs in as an owner for somebody who is none: they could name themselves.
///
/// # Errors
/// [`Refusal::Conflict`].
pub(crate) fn may_say_who(
    conn: &mut Conn,
    by_owner: bool,
    workspace_id: &str,
    user_id: &str,
) -> Result<(), Refusal> {
    if by_owner || !owners::holds(conn, workspace_id, user_id)? {
        return Ok(());
    }
    let sentence = "this person holds the role Owner, and only an owner may say who they are";
    Err(Refusal::Conflict(sentence.to_owned()))
}

/// What stands against something, as the sentence a page shows; the store's failures are no sentence.
pub(crate) fn sentence<T>(done: Result<T, Refusal>) -> Result<Result<T, String>, Error> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(Refusal::Store(Error::Conflict(_))) => Ok(Err("the name or id is taken already".to_owned())),
        Err(Refusal::Store(error)) => Err(error),
        Err(Refusal::Field(name, words)) => Ok(Err(format!("{} {words}", name.replace('_', " ")))),
        Err(Refusal::Conflict(words)) => Ok(Err(words)),
    }
}
