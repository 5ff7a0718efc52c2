//! 409 `uniqueness`: which value is taken, by which resource, and what to do. The caller has a token of the workspace,
//! so the detail may have the id and name of that resource.

use vestibule_core::ids::{GroupId, UserId, WorkspaceId};
use vestibule_scim_engine::error::quote;
use vestibule_store::{
    Conn, Error,
    people::{
        groups::{self, Group},
        users::{self, User},
    },
};

use crate::http::error::{ScimError, Taken};

/// The refusal of a user whose `userName` or `externalId` another user has; none if both are free.
pub(super) fn of_user(conn: &mut Conn, new: &User) -> Result<Option<ScimError>, Error> {
    let workspace_id = &new.workspace_id;
    let is_other = |user: &User| user.user_id != new.user_id;
    let by_name = users::find_by_user_name(conn, workspace_id, &new.user_name)?.filter(is_other);
    let is_other_spelling = by_name.as_ref().is_some_and(|holder| holder.user_name != new.user_name);
    let detail = if let Some(holder) = by_name {
        format!(
            "a user with this userName exists already (letter case does not matter): {}; find it by filter and update it",
            described(&holder)
        )
    } else if let Some(external_id) = &new.external_id {
        let by_external_id = users::find_by_external_id(conn, workspace_id, external_id)?.filter(is_other);
        let by_id = match UserId::parse(external_id) {
            Some(user_id) => users::find(conn, workspace_id, &user_id)?.filter(is_other),
            None => None,
        };
        match (by_external_id, by_id) {
            (Some(holder), _) if holder.active => {
                format!("another user has this externalId: {}", described(&holder))
            }
            (Some(holder), _) => format!(
                "another user has this externalId: {}; an administrator can free it on that person's page in Vestibule",
                described(&holder)
            ),
            (None, Some(holder)) => format!(
                "this externalId is the id of another user here: {}; send the provider's own id of the person",
                described(&holder)
            ),
            (None, None) => return Ok(None),
        }
    } else {
        return Ok(None);
    };
    Ok(Some(taken(&new.user_name, is_other_spelling, detail)))
}

fn taken(name: &str, is_other_spelling: bool, detail: String) -> ScimError {
    ScimError::Taken(Box::new(Taken { name: name.to_owned(), is_other_spelling, detail }))
}

/// The refusal of a group whose `displayName` or `externalId` another group has; none if both are free. `group_id` is
/// that of the group itself; none for a new one.
pub(crate) fn of_group(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    (display_name, external_id): (&str, Option<&str>),
    group_id: Option<&GroupId>,
) -> Result<Option<ScimError>, Error> {
    let is_other = |group: &Group| Some(&group.group_id) != group_id;
    let described =
        |group: &Group| format!("{} (displayName {})", group.group_id, quote(&group.display_name));
    let by_name = groups::find_by_name(conn, workspace_id, display_name)?.filter(is_other);
    let is_other_spelling = by_name.as_ref().is_some_and(|holder| holder.display_name != display_name);
    let detail = if let Some(holder) = by_name {
        format!(
            "a group with this displayName exists already: {}; find it by filter and link to it",
            described(&holder)
        )
    } else if let Some(external_id) = external_id
        && let Some(holder) = groups::find_by_external_id(conn, workspace_id, external_id)?.filter(is_other)
    {
        format!("another group has this externalId: {}", described(&holder))
    } else {
        return Ok(None);
    };
    Ok(Some(taken(display_name, is_other_spelling, detail)))
}

/// `019… (userName 'ann@acme.example', externalId '00uANN', deactivated)`
fn described(user: &User) -> String {
    let external_id = match &user.external_id {
        Some(external_id) => format!(", externalId {}", quote(external_id)),
        None => String::new(),
    };
    let state = if user.active { "active" } else { "deactivated" };
    format!("{} (userName {}{external_id}, {state})", user.user_id, quote(&user.user_name))
}
