//! `/tokens/grants/{grant}/end`: ends a grant of a SCIM client, with every token under it. A page asks first. A person's own grants are
//! ended on the pages of that person, not here.

use actix_web::web;
use vestibule_admin as admin;
use vestibule_core::{
    ids::{GrantId, WorkspaceId},
    time::Micros,
};
use vestibule_store::{Conn, Error, oauth::grants};

use crate::{
    credentials::tokens::ended::{ended, missing},
    layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form, moment::Moment},
};

/// `GET /tokens/grants/{grant}/end`
pub async fn ask_end_grant(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let workspace_id = administrator.workspace_id();
    let found = administrator.read(move |conn| find(conn, &workspace_id, &path)).await?;
    let (grant_id, client, given_at) = found.ok_or_else(|| missing(&administrator))?;
    let confirm = Confirm {
        title: format!("End the connection of “{client}”?"),
        lines: vec![
            format!("Approved {}.", Moment::of(given_at, administrator.state().now()).relative),
            format!(
                "Every token under it ends at once: nobody is created, changed or deactivated any more, until an administrator connects \
                 {} again{}. People stay as they are.",
                administrator.provider().name,
                if administrator.has_okta() {
                    " (in Okta: Provisioning › Integration › Re-authenticate)"
                } else {
                    ""
                }
            ),
            "It can't be undone.".to_owned(),
        ],
        action: format!("/tokens/grants/{grant_id}/end"),
        button: "End this connection",
        back: "/tokens".to_owned(),
    };
    confirm.page(&administrator)
}

/// `POST /tokens/grants/{grant}/end`
pub async fn end_grant(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let was_there = administrator
        .write(move |conn| match find(conn, &workspace_id, &path)? {
            Some((id, ..)) => admin::access::grants::end(conn, &actor, &workspace_id, &id),
            None => Ok(false),
        })
        .await?;
    ended(&administrator, was_there)
}

/// A live grant of a SCIM client: its id, the client's name, when it was given.
fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    grant_id: &str,
) -> Result<Option<(GrantId, String, Micros)>, Error> {
    let list = grants::list_of_scim(conn, workspace_id)?;
    let found = list.into_iter().find(|(grant, _)| grant.grant_id.as_str() == grant_id);
    Ok(found.map(|(grant, client)| (grant.grant_id, client, grant.created_at)))
}
