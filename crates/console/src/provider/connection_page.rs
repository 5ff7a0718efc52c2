//! What the pages of a connection have in common, whether it is of OpenID Connect or of SAML: its path, how it is found and changed, the
//! question before it is deleted, and the deletion.

use actix_web::HttpResponse;
use vestibule_admin::{Actor, Refusal};
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{Conn, Error, Tx};

use crate::layout::{
    access::Administrator,
    confirm::Confirm,
    error::{PageError, PageResult},
    visitor::Visitor,
};

/// A stored connection that has a page of its own.
pub(super) trait Connected: Sized {
    /// Name of its protocol.
    const PROTOCOL: &'static str;
    /// The path above the connections of its protocol.
    const PATH: &'static str;
    /// The query of the page that lists the connections, after one was deleted.
    const DELETED: &'static str;

    fn find(conn: &mut Conn, workspace_id: &WorkspaceId, id: &ConnectionId) -> Result<Option<Self>, Error>;

    fn delete(
        conn: &mut Tx<'_>,
        actor: &Actor,
        workspace_id: &WorkspaceId,
        id: &ConnectionId,
    ) -> Result<(), Refusal>;

    fn name(&self) -> &str;

    /// What ends with it, and what is deleted with it.
    fn ends(&self) -> [String; 2];
}

/// The id in a segment of the path.
///
/// # Errors
/// The page that says that the connection is not here.
pub(super) fn id_of<C: Connected>(visitor: &Visitor, segment: &str) -> Result<ConnectionId, PageError> {
    ConnectionId::parse(segment).ok_or_else(|| missing::<C>(visitor))
}

/// Finds a connection that must be there.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn find<C: Connected>(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    id: &ConnectionId,
) -> Result<C, Error> {
    C::find(conn, workspace_id, id)?.ok_or(Error::NotFound)
}

/// The page that says that the connection is not here.
pub(super) fn missing<C: Connected>(visitor: &Visitor) -> PageError {
    visitor.missing(
        &format!("This {} connection is not here", C::PROTOCOL),
        &format!("Look for it on {}.", visitor.provider().the_page()),
    )
}

/// Runs a change of the connection; the inner error is the sentence for the page.
pub(super) async fn change<C: Connected>(
    administrator: &Administrator,
    id: ConnectionId,
    job: impl FnOnce(&mut Tx<'_>, &Actor, &C) -> Result<(), Refusal> + Send + 'static,
) -> Result<Result<(), String>, PageError> {
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    administrator
        .change_on(missing::<C>, move |conn| {
            let connection = find::<C>(conn, &workspace_id, &id)?;
            job(conn, &actor, &connection)
        })
        .await
}

/// Asks before a connection is deleted.
pub(super) async fn ask_deletion<C: Connected + Send + 'static>(
    administrator: &Administrator,
    segment: &str,
) -> PageResult {
    let id = id_of::<C>(administrator, segment)?;
    let (workspace_id, wanted) = (administrator.workspace_id(), id.clone());
    let found: C =
        administrator.read_on(missing::<C>, move |conn| find(conn, &workspace_id, &wanted)).await?;
    let [ends, deleted] = found.ends();
    let confirm = Confirm {
        title: format!("Delete this {} connection?", C::PROTOCOL),
        lines: vec![
            found.name().to_owned(),
            ends,
            format!(
                "{deleted} People who are signed in stay signed in, and their links to this provider stay: if you add the same provider again, it recognizes them."
            ),
            "To stop it for a while, switch it off instead.".to_owned(),
        ],
        action: format!("{}/{id}/delete", C::PATH),
        button: "Delete this connection",
        back: format!("{}/{id}", C::PATH),
    };
    confirm.page(administrator)
}

/// Deletes a connection and redirects to the list; the inner error is its id, and the sentence for its page.
pub(super) async fn delete<C: Connected>(
    administrator: &Administrator,
    segment: &str,
) -> Result<Result<HttpResponse, (ConnectionId, String)>, PageError> {
    let id = id_of::<C>(administrator, segment)?;
    let (workspace_id, wanted) = (administrator.workspace_id(), id.clone());
    let deleted = change::<C>(administrator, id.clone(), move |conn, actor, _| {
        C::delete(conn, actor, &workspace_id, &wanted)
    });
    Ok(match deleted.await? {
        Ok(()) => Ok(administrator.redirect(&format!("/integrations/okta?{}#saml", C::DELETED))),
        Err(problem) => Err((id, problem)),
    })
}
