//! Provisioning tokens of a workspace, for SCIM clients that don't use OAuth. The plain text is returned once.

use vestibule_core::{
    ids::WorkspaceId,
    sets::TokenKind,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Error, Tx,
    access::tokens::{self, Token},
    trail::events::{
        Target,
        kinds::{ProvisioningTokenCreated, TokenRevoked},
    },
};

use crate::{
    actor::Actor,
    checks::{self, LONGEST_DAYS},
    refusal::Refusal,
};

/// Scopes of provisioning tokens.
pub const SCOPES: [&str; 3] = ["scim.read", "scim.write", "entitlements.read"];

/// A provisioning token to be issued.
#[derive(Debug, Clone, Copy)]
pub struct NewProvisioningToken<'a> {
    /// Name that people see.
    pub name: &'a str,
    /// Some of [`SCOPES`]; empty: all of them.
    pub scopes: &'a [String],
    /// Days until it expires; `None`: never.
    pub days: Option<i64>,
}

/// Issues a provisioning token. It may assign and remove the role `owner` only if an owner or the operator issues it.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    new: NewProvisioningToken<'_>,
) -> Result<(Token, String), Refusal> {
    let (name, scope) = (checks::title(new.name)?, checks::scope(new.scopes, &SCOPES)?);
    let days = new.days.map(|days| checks::days(days, LONGEST_DAYS)).transpose()?;
    let expires_at = days.map(|days| actor.now + days * 86_400 * SECOND);
    Ok(issue(conn, actor, workspace_id, (name, &scope, expires_at), None)?)
}

/// Issues a second token with the name, the scopes and the lifetime of this one, which stays valid. Whether the new one may assign the
/// role `owner` depends on the actor, not on this one. `None`: there is no such token.
pub fn rotate(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    token_id: &str,
) -> Result<Option<(Token, String)>, Error> {
    let Some(old) = tokens::find_of_workspace(conn, workspace_id, TokenKind::Provisioning, token_id)? else {
        return Ok(None);
    };
    let expires_at = old.expires_at.map(|at| actor.now + (at - old.created_at));
    let like = (old.name.as_str(), old.scope.as_str(), expires_at);
    issue(conn, actor, workspace_id, like, Some(token_id)).map(Some)
}

fn issue(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    (name, scope, expires_at): (&str, &str, Option<Micros>),
    beside: Option<&str>,
) -> Result<(Token, String), Error> {
    let may_give_owner = actor.may_own(conn, workspace_id)?;
    let new = (name, scope, expires_at);
    let issued = tokens::provision(conn, workspace_id, new, (may_give_owner, beside), actor.now)?;
    let token = &issued.0.token_id;
    let data = ProvisioningTokenCreated { token, name, scope, may_give_owner, beside };
    actor.record(conn, workspace_id, Target::Workspace, &data)?;
    Ok(issued)
}

/// Revokes a provisioning token; false when there is none.
pub fn revoke(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    token_id: &str,
) -> Result<bool, Error> {
    let found = tokens::find_of_workspace(conn, workspace_id, TokenKind::Provisioning, token_id)?;
    let Some(token) = found else { return Ok(false) };
    if !tokens::revoke(conn, workspace_id, token_id)? {
        return Ok(false);
    }
    let data = TokenRevoked { token: token_id, name: &token.name };
    actor.record(conn, workspace_id, Target::Workspace, &data)?;
    Ok(true)
}
