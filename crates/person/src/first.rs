//! The first administrator of a workspace: whoever passes the test sign-in of a set-up link while nobody administers the workspace. The set-up
//! link is the operator's; it lets its holder choose the provider that says who somebody is, so it gives no more than it did.

use vestibule_admin::{Actor, Refusal, rights::assignments};
use vestibule_core::{
    ids::RoleId,
    names::{Named, disallowed},
    time::Micros,
};
use vestibule_store::{
    Error, Result, Tx,
    people::users::{self, User},
    rights::{owners, roles::OWNER},
    trail::events::Cause,
};

use crate::{
    Claims, Terms, create,
    decide::{Found, Missing},
    find,
};

/// Makes the person an owner, and creates them if nobody here is this person. Does nothing if somebody administers the workspace, or if the
/// person can't be told from another. Returns whether it did something.
pub fn administrator(
    conn: &mut Tx<'_>,
    terms: &Terms,
    claims: &Claims,
    cause: &Cause,
    now: Micros,
) -> Result<bool> {
    let workspace_id = &terms.workspace_id;
    // Two tests at the same time create one owner.
    owners::lock(conn, workspace_id)?;
    if owners::is_administered(conn, workspace_id)? {
        return Ok(false);
    }
    let user = match find(conn, terms, claims)? {
        Found::Linked(user) | Found::ToLink(user, _) if user.active => user,
        Found::ToCreate(name) => create::create(conn, terms, claims, &name, cause, now)?,
        // No domain is verified yet, or just-in-time provisioning is off: the link stands in for both.
        Found::Nobody(Missing::Provisioning | Missing::VerifiedDomain) => {
            let Some(name) = name(conn, terms, claims)? else { return Ok(false) };
            create::create(conn, terms, claims, &name, cause, now)?
        }
        Found::Linked(_) | Found::ToLink(..) | Found::Conflict(..) => return Ok(false),
    };
    make_owner(conn, &user, cause, now)?;
    Ok(true)
}

/// The user name of a new user; none if another user has it, or it can't be one.
fn name(conn: &mut Tx<'_>, terms: &Terms, claims: &Claims) -> Result<Option<String>> {
    let names = [claims.preferred_username.as_ref(), claims.email.as_ref(), Some(&claims.subject)];
    let name = names.into_iter().flatten().find(|name| disallowed(name, Named::User).is_none());
    let Some(name) = name else { return Ok(None) };
    let is_taken = users::find_by_user_name(conn, &terms.workspace_id, name)?.is_some();
    Ok((!is_taken).then(|| name.clone()))
}

fn make_owner(conn: &mut Tx<'_>, user: &User, cause: &Cause, now: Micros) -> Result<()> {
    let actor = Actor::operator(cause.clone(), now);
    match assignments::add_manual(conn, &actor, user, &[RoleId::from_stored(OWNER)], &[]) {
        Ok(()) => Ok(()),
        Err(Refusal::Store(error)) => Err(error),
        Err(refusal) => Err(Error::Conflict(refusal.to_string())),
    }
}
