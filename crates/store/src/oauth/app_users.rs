//! The apps that each user has ever signed in to. Ended grants are deleted after some days, but an app may have a session of
//! the user for longer. So when all access of a user ends, each of these apps receives a logout token.

use diesel::RunQueryDsl;
use vestibule_core::{
    ids::{ClientId, DEPLOYMENT, UserId, WorkspaceId},
    time::Micros,
};

use crate::{Conn, Result, db::statement::Statement};

/// Records that a user signs in to a client, if it is an app.
pub(crate) fn note(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    client_id: &ClientId,
    now: Micros,
) -> Result<()> {
    Statement::<()>::new("INSERT INTO app_users (workspace_id, user_id, client_id, created_at) SELECT ")
        .text(workspace_id)
        .sql(", ")
        .text(user_id)
        .sql(", client_id, ")
        .whole(now)
        .sql(" FROM clients WHERE kind = 'app' AND workspace_id IN (")
        .text(workspace_id)
        .sql(", ")
        .text(&DEPLOYMENT)
        .sql(") AND client_id = ")
        .text(client_id)
        .sql(" ON CONFLICT DO NOTHING")
        .execute(conn)?;
    Ok(())
}
