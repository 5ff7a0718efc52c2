//! Apps that receive a logout token: those with a back-channel logout address that a user signed in to.

use diesel::{prelude::*, sql_types::Text};
use vestibule_core::{
    ids::{DEPLOYMENT, SessionId, UserId, WorkspaceId},
    sets::ClientKind,
};

use crate::{
    Conn, Result,
    db::{
        schema::{clients, grants},
        statement::Statement,
    },
};

/// The client ids of the apps that a user has ever signed in to. The cost depends on the number of apps with a logout address, not on
/// the user's sessions.
pub(super) fn of_user(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Vec<String>> {
    let of = |statement: Statement<Text>, of_clients: &WorkspaceId| {
        statement
            .sql(
                "SELECT c.client_id FROM clients AS c WHERE c.backchannel_logout_uri <> '' \
                 AND EXISTS (SELECT 1 FROM app_users AS u WHERE u.workspace_id = ",
            )
            .text(workspace_id)
            .sql(" AND u.user_id = ")
            .text(user_id)
            .sql(" AND u.client_id = c.client_id) AND c.workspace_id = ")
            .text(of_clients)
    };
    // One SELECT for each of two workspaces, because SQLite makes a temporary table for `IN`.
    let mut statement = of(Statement::new(""), workspace_id);
    if *workspace_id != *DEPLOYMENT {
        statement = of(statement.sql(" UNION ALL "), &DEPLOYMENT);
    }
    Ok(statement.load(conn)?)
}

/// The apps that a user signed in to in a session: client id, and the session id (`sid`) that the app knows. Ended grants count,
/// too: an app that revoked its tokens may still have a session of its own.
pub(super) fn of_session(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    session_id: &SessionId,
) -> Result<Vec<(String, String)>> {
    Ok(grants::table
        .inner_join(clients::table.on(clients::client_id.eq(grants::client_id)))
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::given_in.eq(session_id))
        .filter(clients::workspace_id.eq_any([workspace_id, &DEPLOYMENT]))
        .filter(clients::kind.eq(ClientKind::App))
        .filter(clients::backchannel_logout_uri.ne(""))
        .filter(grants::sid.is_not_null())
        .select((grants::client_id, grants::sid.assume_not_null()))
        .distinct()
        .load(conn)?)
}
