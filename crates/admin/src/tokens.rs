//! Tokens that people and operators make: of a workspace, for SCIM clients that don't use OAuth, and of a person, for the
//! product's API. The plain text is returned once.

use serde_json::json;
use vestibule_core::{
    sets::TokenKind,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn,
    access::tokens::{self, NewToken, Token},
    people::users::{self, User},
    rights::owners,
    trail::events::{self, Cause},
};
use vestibule_web::config::is_scope;

use crate::workspaces::{Refusal, field, scope, title};

/// What a provisioning token may do.
pub const PROVISIONING_SCOPES: [&str; 3] = ["scim.read", "scim.write", "entitlements.read"];

/// Issues a provisioning token; the plain text is returned once. It gives and takes the role `owner` only if an owner or the
/// operator makes it.
///
/// # Errors
/// [`Refusal`].
pub fn provisioning_token(
    conn: &mut Conn,
    workspace_id: &str,
    (name, scopes, days): (&str, &[String], Option<i64>),
    cause: &Cause,
    now: Micros,
) -> Result<(Token, String), Refusal> {
    let (name, scope) = (title(name)?, scope(scopes, &PROVISIONING_SCOPES));
    let expires_at = days.map(|days| now + days * 86_400 * SECOND);
    Ok(provision(conn, workspace_id, (name, &scope, expires_at), None, (cause, now))?)
}

/// Issues a provisioning token beside this one, of the same name and scopes, which lives as long as this one was to; the plain
/// text is returned once. Whether it gives the role `owner` depends on who rotates, not on this one. This one goes on until it is
/// revoked or ends. `None`: there is no such token.
pub fn rotate_provisioning_token(
    conn: &mut Conn,
    workspace_id: &str,
    token_id: &str,
    cause: &Cause,
    now: Micros,
) -> vestibule_store::Result<Option<(Token, String)>> {
    let Some(old) = tokens::find_of_workspace(conn, workspace_id, TokenKind::Provisioning, token_id)? else {
        return Ok(None);
    };
    let expires_at = old.expires_at.map(|at| now + (at - old.created_at));
    let like = (old.name.as_str(), old.scope.as_str(), expires_at);
    provision(conn, workspace_id, like, Some(token_id), (cause, now)).map(Some)
}

fn provision(
    conn: &mut Conn,
    workspace_id: &str,
    (name, scope, expires_at): (&str, &str, Option<Micros>),
    beside: Option<&str>,
    (cause, now): (&Cause, Micros),
) -> vestibule_store::Result<(Token, String)> {
    let may_give_owner = is_by_owner(conn, workspace_id, cause)?;
    let issued = tokens::provision(conn, workspace_id, (name, scope, expires_at), may_give_owner, now)?;
    let mut data = json!({
        "token": issued.0.token_id, "name": name, "scope": scope, "may_give_owner": may_give_owner,
    });
    if let (Some(members), Some(beside)) = (data.as_object_mut(), beside) {
        members.insert("beside".to_owned(), beside.into());
    }
    events::record_json(conn, workspace_id, "provisioning_token_created", cause, "workspace", &data, now)?;
    Ok(issued)
}

/// Whether an owner of the workspace acts, or the operator. Anybody else is refused: a token gives what its maker may give.
fn is_by_owner(conn: &mut Conn, workspace_id: &str, cause: &Cause) -> vestibule_store::Result<bool> {
    match cause.actor.split_once(':') {
        Some(("user", user_id)) => match users::find(conn, workspace_id, user_id)? {
            Some(user) => owners::is_one(conn, &user),
            None => Ok(false),
        },
        Some(("operator", _)) => Ok(true),
        _ => Ok(cause.actor == "cli"),
    }
}

/// Ends a provisioning token at once; whether there was one. A person's token is theirs to revoke.
pub fn revoke_provisioning_token(
    conn: &mut Conn,
    workspace_id: &str,
    token_id: &str,
    cause: &Cause,
    now: Micros,
) -> vestibule_store::Result<bool> {
    let found = tokens::find_of_workspace(conn, workspace_id, TokenKind::Provisioning, token_id)?;
    let Some(token) = found else { return Ok(false) };
    if !tokens::revoke(conn, workspace_id, token_id)? {
        return Ok(false);
    }
    let data = json!({ "token": token_id, "name": token.name });
    events::record_json(conn, workspace_id, "token_revoked", cause, "workspace", &data, now)?;
    Ok(true)
}

/// Issues an API token that acts for a user, under the epoch of its parent: the session, or, where an operator makes it, the
/// user. `scopes` are the product's own words; none: those of `usual`.
///
/// # Errors
/// [`Refusal`].
pub fn api_token(
    conn: &mut Conn,
    (user, epoch): (&User, i64),
    (name, scopes, usual, days): (&str, &[String], &str, i64),
    cause: &Cause,
    now: Micros,
) -> Result<(Token, String), Refusal> {
    let name = title(name)?;
    if let Some(odd) = scopes.iter().find(|scope| !is_scope(scope)) {
        return field("scope", format!("{} is none: one word of visible ASCII each", odd.escape_debug()));
    }
    let scope = if scopes.is_empty() { usual.to_owned() } else { scopes.join(" ") };
    let new = NewToken {
        workspace_id: &user.workspace_id,
        kind: TokenKind::Api,
        name,
        grant_id: None,
        user: Some((&user.user_id, epoch)),
        scope: &scope,
        expires_at: Some(now + days * 86_400 * SECOND),
    };
    let issued = tokens::issue(conn, &new, now)?;
    let data = json!({ "token": issued.0.token_id, "name": name, "scope": scope, "days": days });
    events::record_json(conn, &user.workspace_id, "api_token_created", cause, &user.target(), &data, now)?;
    Ok(issued)
}

/// Ends one API token of a user; whether it was theirs and lived.
pub fn revoke_api_token(
    conn: &mut Conn,
    user: &User,
    token_id: &str,
    cause: &Cause,
    now: Micros,
) -> vestibule_store::Result<bool> {
    // Only one's own: the list is the check.
    if !tokens::list_api(conn, user, now)?.iter().any(|token| token.token_id == token_id) {
        return Ok(false);
    }
    tokens::revoke(conn, &user.workspace_id, token_id)?;
    let data = json!({ "token": token_id });
    events::record_json(conn, &user.workspace_id, "api_token_revoked", cause, &user.target(), &data, now)?;
    Ok(true)
}
