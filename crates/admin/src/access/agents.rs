//! Stops AI clients that act for people by an assertion of the people's provider (Cross App Access): ends their grants, with every
//! token.

use vestibule_core::ids::{ClientId, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    oauth::{
        clients::Client,
        grants::{self, Grant, agents},
    },
    people::users::User,
    trail::events::{Target, kinds::AgentAccessEnded},
};

use crate::actor::Actor;

/// Stops one client, or all, from acting for anybody of a workspace. Returns the number of ended grants. New assertions are accepted as
/// before, unless the client or the connection may use none.
pub fn end(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    client_id: Option<&ClientId>,
) -> Result<usize, Error> {
    let ended = agents::end(conn, workspace_id, client_id, actor.now)?;
    if ended > 0 {
        let data = AgentAccessEnded {
            client: client_id.map(|id| id.as_str()),
            user: None,
            grants: ended,
            reason: actor.grant_end_reason(),
        };
        actor.record(conn, workspace_id, Target::Workspace, &data)?;
    }
    Ok(ended)
}

/// Stops one client from acting for one person by ending this grant. Returns false if it had ended already.
pub(crate) fn end_one(conn: &mut Tx<'_>, actor: &Actor, user: &User, grant: &Grant) -> Result<bool, Error> {
    if !grants::end(conn, &user.workspace_id, &grant.grant_id, actor.now)? {
        return Ok(false);
    }
    let data = AgentAccessEnded {
        client: Some(&grant.client_id),
        user: Some(&user.user_id),
        grants: 1,
        reason: actor.grant_end_reason(),
    };
    actor.record(conn, &user.workspace_id, user.target(), &data)?;
    Ok(true)
}

/// Stops a client that may use no assertions any more. A client of the deployment has no trail, because each trail belongs to a workspace.
pub(crate) fn end_of_client(conn: &mut Tx<'_>, actor: &Actor, client: &Client) -> Result<(), Error> {
    if client.is_deployment_wide() {
        agents::end_of_client(conn, &client.client_id, actor.now)?;
        return Ok(());
    }
    end(conn, actor, &client.workspace_id, Some(&client.client_id)).map(drop)
}
