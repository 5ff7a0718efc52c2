//! Which apps a user has ever signed in to. Grants are swept out some days after they end; an app may keep a session of its
//! own for longer, so the end of all access is told to each app that stands here.

use diesel::RunQueryDsl;
use vestibule_core::{ids::DEPLOYMENT, time::Micros};

use crate::{Conn, Result, db::statement::Statement};

/// Notes that a user signs in to a client, if it is an app.
pub(crate) fn note(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
    client_id: &str,
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
        .text(DEPLOYMENT)
        .sql(") AND client_id = ")
        .text(client_id)
        .sql(" ON CONFLICT DO NOTHING")
        .execute(conn)?;
    Ok(())
}
