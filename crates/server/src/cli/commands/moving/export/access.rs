//! Lines of what has access to a workspace besides its people: clients, resources, provisioning tokens, webhooks. None has a secret.

use serde_json::{Value, json};
use vestibule_core::{ids::WorkspaceId, sets::TokenKind, time::rfc3339};
use vestibule_store::{
    Conn,
    access::tokens,
    oauth::{clients, resources},
    outbox::webhooks,
};

use crate::cli::commands::Sentence;

/// The lines, in order.
pub(super) fn lines(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Value>, Sentence> {
    let mut lines = Vec::new();
    let mut all = resources::list(conn, workspace_id)?;
    all.retain(|resource| resource.workspace_id == *workspace_id);
    all.sort_by(|one, other| one.uri.cmp(&other.uri));
    for one in all {
        lines.push(json!({
            "type": "resource", "uri": one.uri, "name": one.name, "scopes": one.scopes()?, "roles": one.roles.as_slice(),
        }));
    }
    let mut all = clients::list(conn, workspace_id)?;
    all.sort_by(|one, other| (&one.name, &one.client_id).cmp(&(&other.name, &other.client_id)));
    for one in all {
        lines.push(json!({
            "type": "client", "client_id": one.client_id, "kind": one.kind, "name": one.name,
            "redirect_uris": one.redirect_uris(), "post_logout_redirect_uris": one.post_logout_redirect_uris(),
            "backchannel_logout_uri": one.backchannel_logout_uri, "auth_method": one.auth_method,
            "jwks": one.jwks.as_str(), "scope": one.scope, "jwt_access_tokens": one.jwt_seconds,
            "id_token_alg": one.id_token_alg, "cross_app": one.cross_app, "requires_pkce": one.requires_pkce,
            "token_exchange": one.token_exchange, "serves": one.serves.as_slice(), "dpop": one.dpop,
        }));
    }
    let mut all = tokens::list_of_workspace(conn, workspace_id, TokenKind::Provisioning)?;
    all.sort_by(|one, other| one.token_id.cmp(&other.token_id));
    for one in all {
        lines.push(json!({
            "type": "provisioning_token", "id": one.token_id, "name": one.name, "scope": one.scope,
            "expires_at": one.expires_at.map(rfc3339),
        }));
    }
    let mut all = webhooks::list(conn, workspace_id)?;
    all.sort_by(|one, other| (&one.url, &one.webhook_id).cmp(&(&other.url, &other.webhook_id)));
    for one in all {
        lines.push(json!({
            "type": "webhook", "id": one.webhook_id, "url": one.url, "kinds": one.kinds.split(' ').collect::<Vec<_>>(),
            "enabled": one.enabled,
        }));
    }
    Ok(lines)
}
