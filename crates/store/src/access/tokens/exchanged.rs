//! Tokens from a token exchange (RFC 8693): a service acts for a user at another resource. Such a token is under the grant of the token
//! that it was exchanged for (its subject), has the user's epoch from it, and never outlives it. So the ends of access, of the grant and
//! of the subject end it too.

use diesel::prelude::*;
use vestibule_core::{
    ids::{ClientId, DEPLOYMENT, GrantId, WorkspaceId},
    time::Micros,
};

use super::Token;
use crate::{
    Conn, Result,
    db::schema::{clients, grants, tokens},
    people::users::user::User,
};

/// How many digests one statement names.
const CHUNK: usize = 500;

/// What a service has from exchanges for a user: its newest token.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// The newest token.
    pub token: Token,
    /// Name of the service.
    pub service: String,
    /// Name of the client whose grant it is under.
    pub app: String,
}

/// Lists the live tokens from exchanges that act for a user, the newest of each service and resource, newest first.
pub fn list_of_user(conn: &mut Conn, user: &User, now: Micros) -> Result<Vec<Exchanged>> {
    let apps = diesel::alias!(clients as apps);
    let (app_id, app_name) = (apps.field(clients::client_id), apps.field(clients::name));
    let rows: Vec<(Token, String, String)> = tokens::table
        .inner_join(
            grants::table.on(grants::workspace_id
                .eq(tokens::workspace_id)
                .and(grants::grant_id.nullable().eq(tokens::grant_id))),
        )
        .inner_join(clients::table.on(clients::client_id.nullable().eq(tokens::exchanged_by)))
        .inner_join(apps.on(app_id.eq(grants::client_id)))
        .filter(tokens::workspace_id.eq(&user.workspace_id))
        .filter(tokens::user_id.eq(&user.user_id))
        .filter(tokens::epoch.eq(user.epoch))
        .filter(tokens::expires_at.gt(now))
        .filter(grants::ended_at.is_null())
        .filter(clients::token_exchange.eq(true))
        .order((tokens::created_at.desc(), tokens::token_id))
        .select((Token::as_select(), clients::name, app_name))
        .load(conn)?;
    let mut list: Vec<Exchanged> = Vec::new();
    for (token, service, app) in rows {
        let is_same = |one: &Exchanged| {
            one.token.exchanged_by == token.exchanged_by
                && one.token.resource == token.resource
                && one.token.grant_id == token.grant_id
        };
        if !list.iter().any(is_same) {
            list.push(Exchanged { token, service, app });
        }
    }
    Ok(list)
}

/// Whether a service has a live token from an exchange under this grant for this resource.
pub fn is_any(
    conn: &mut Conn,
    (workspace_id, grant_id): (&WorkspaceId, &GrantId),
    client_id: &ClientId,
    resource: &str,
    now: Micros,
) -> Result<bool> {
    let live = tokens::table
        .filter(tokens::workspace_id.eq(workspace_id))
        .filter(tokens::grant_id.eq(grant_id))
        .filter(tokens::exchanged_by.eq(client_id))
        .filter(tokens::resource.eq(resource))
        .filter(tokens::expires_at.gt(now));
    Ok(diesel::select(diesel::dsl::exists(live)).get_result(conn)?)
}

/// Ends what a service has from exchanges for a user, and what was exchanged for that. Returns the number of its tokens.
pub fn end_of_user(conn: &mut Conn, user: &User, client_id: &ClientId) -> Result<usize> {
    let keys = tokens::table
        .filter(tokens::workspace_id.eq(&user.workspace_id))
        .filter(tokens::user_id.eq(&user.user_id))
        .filter(tokens::exchanged_by.eq(client_id))
        .select((tokens::workspace_id, tokens::token_digest))
        .load(conn)?;
    end(conn, keys)
}

/// Ends what a client has from exchanges in all workspaces, and what was exchanged for that. Returns the number of its tokens.
pub fn end_of_client(conn: &mut Conn, client_id: &ClientId) -> Result<usize> {
    // Not filtered by workspace (design rule 4), because a client of the deployment has tokens in many.
    let keys = tokens::table
        .filter(tokens::exchanged_by.eq(client_id))
        .select((tokens::workspace_id, tokens::token_digest))
        .load(conn)?;
    end(conn, keys)
}

/// Ends the tokens from exchanges for a resource of a workspace, or of all workspaces ([`DEPLOYMENT`]), and what was exchanged for them.
pub fn end_of_resource(conn: &mut Conn, workspace_id: &WorkspaceId, resource: &str) -> Result<usize> {
    let given =
        tokens::table.filter(tokens::exchanged_by.is_not_null()).filter(tokens::resource.eq(resource));
    let key = (tokens::workspace_id, tokens::token_digest);
    let keys = match *workspace_id == *DEPLOYMENT {
        // Not filtered by workspace (design rule 4), because a resource of the deployment has tokens in many.
        true => given.select(key).load(conn)?,
        false => given.filter(tokens::workspace_id.eq(workspace_id)).select(key).load(conn)?,
    };
    end(conn, keys)
}

/// Deletes these tokens, and what was exchanged for them.
fn end(conn: &mut Conn, keys: Vec<(WorkspaceId, String)>) -> Result<usize> {
    for chunk in keys.chunks(CHUNK) {
        let (workspaces, digests): (Vec<&WorkspaceId>, Vec<&String>) =
            chunk.iter().map(|(a, b)| (a, b)).unzip();
        diesel::delete(
            tokens::table
                .filter(tokens::workspace_id.eq_any(workspaces))
                .filter(tokens::token_digest.eq_any(digests)),
        )
        .execute(conn)?;
    }
    let ended = keys.len();
    end_of_subjects(conn, keys)?;
    Ok(ended)
}

/// Ends what was exchanged for these tokens, and so on. The tokens themselves must have been deleted: an exchange that holds one has
/// finished then. Chains are short ([`Token::actors`]).
pub(super) fn end_of_subjects(conn: &mut Conn, subjects: Vec<(WorkspaceId, String)>) -> Result<()> {
    let mut subjects = subjects;
    while !subjects.is_empty() {
        let mut next = Vec::new();
        for chunk in subjects.chunks(CHUNK) {
            let (workspaces, digests): (Vec<&WorkspaceId>, Vec<&String>) =
                chunk.iter().map(|(a, b)| (a, b)).unzip();
            let exchanged = tokens::table
                .filter(tokens::workspace_id.eq_any(workspaces))
                .filter(tokens::subject_digest.eq_any(digests));
            let found: Vec<(WorkspaceId, String)> =
                exchanged.clone().select((tokens::workspace_id, tokens::token_digest)).load(conn)?;
            if !found.is_empty() {
                diesel::delete(exchanged).execute(conn)?;
                next.extend(found);
            }
        }
        subjects = next;
    }
    Ok(())
}
