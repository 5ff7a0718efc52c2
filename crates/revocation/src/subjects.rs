//! Finds the users whom a subject identifier means.

use vestibule_core::ids::{UserId, WorkspaceId};
use vestibule_store::{
    Conn, Error,
    people::users::{self, User},
    providers::identities::{self, IdentityKey},
};

use crate::sub_id::SubId;

/// Finds the users of a workspace whom a subject identifier from this issuer names. An email address of several users names all of them,
/// because ending too few sessions is worse than ending too many.
pub(crate) fn find_users(
    conn: &mut Conn,
    (workspace_id, issuer): (&WorkspaceId, &str),
    sub_id: &SubId,
) -> Result<Vec<User>, Error> {
    match sub_id {
        SubId::Email(email) => {
            let mut found = users::list_by_email(conn, workspace_id, email)?;
            let mut by_user_name = users::list_by_user_name(conn, workspace_id, email)?;
            by_user_name
                .retain(|by_user_name| !found.iter().any(|user| user.user_id == by_user_name.user_id));
            found.extend(by_user_name);
            Ok(found)
        }
        SubId::IssSub { sub, .. } => {
            if let Some(user_id) =
                identities::find_user(conn, workspace_id, IdentityKey { issuer, subject: sub })?
            {
                return Ok(users::find(conn, workspace_id, &user_id)?.into_iter().collect());
            }
            by_id(conn, workspace_id, sub)
        }
        SubId::Opaque(opaque) => by_id(conn, workspace_id, opaque),
    }
}

/// Finds by Vestibule's user id, otherwise by `externalId`, otherwise by user name, because Okta does not document which one it sends
/// (okta-facts §1.3). The user id comes first: nobody can choose it, so no `externalId` can hide the user with that id.
fn by_id(conn: &mut Conn, workspace_id: &WorkspaceId, text: &str) -> Result<Vec<User>, Error> {
    if let Some(user_id) = UserId::parse(text)
        && let Some(user) = users::find(conn, workspace_id, &user_id)?
    {
        return Ok(vec![user]);
    }
    if let Some(user) = users::find_by_external_id(conn, workspace_id, text)? {
        return Ok(vec![user]);
    }
    // With the subject format Email, Okta may send the user name of the app.
    users::list_by_user_name(conn, workspace_id, text)
}
