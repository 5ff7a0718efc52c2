//! What a client may be offered at the resource that it names (RFC 8707): the scopes of the registered resource, or the configured scopes
//! if it names no registered resource.

use vestibule_core::ids::{UserId, WorkspaceId};
use vestibule_store::{
    Conn, Result,
    oauth::resources::{self, Resource, ResourceScope},
    rights::roles,
};
use vestibule_web::config;

use super::scope;

/// Scopes that are offered.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// Scopes of MCP clients without a registered resource, space-separated.
    pub configured: String,
    /// The registered resource that the client names.
    pub resource: Option<Registered>,
}

/// A registered resource.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub resource: Resource,
    pub scopes: Vec<ResourceScope>,
}

impl Offer {
    /// The offer for a client that names no registered resource.
    pub(crate) fn configured(scopes: &str) -> Self {
        Self { configured: scopes.to_owned(), resource: None }
    }

    /// The offer of a workspace at this resource; `uri` is empty if the client names none. `None` if the resource is not registered,
    /// although the workspace has registered others or the configuration requires registration.
    pub(crate) fn find(
        conn: &mut Conn,
        config: &config::OAuth,
        workspace_id: &WorkspaceId,
        uri: &str,
    ) -> Result<Option<Self>> {
        let configured = Self::configured(&config.mcp_scopes);
        if uri.is_empty() {
            return Ok(Some(configured));
        }
        if let Some(resource) = resources::find(conn, workspace_id, uri)? {
            let scopes = resource.scopes()?;
            return Ok(Some(Self { resource: Some(Registered { resource, scopes }), ..configured }));
        }
        let is_refused = config.registered_resources_only || resources::is_any(conn, workspace_id)?;
        Ok(if is_refused { None } else { Some(configured) })
    }

    /// Whether this user may have tokens for the resource: it needs no role, or the user has one of them.
    pub(crate) fn admits(
        &self,
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        user_id: &UserId,
    ) -> Result<bool> {
        match &self.resource {
            Some(Registered { resource, .. }) if !resource.roles.as_slice().is_empty() => {
                Ok(resource.admits(&roles::held_ids(conn, workspace_id, user_id)?))
            }
            _ => Ok(true),
        }
    }

    /// Description of a scope for people.
    pub(crate) fn describe(&self, scope: &str) -> String {
        let registered = self.resource.iter().flat_map(|registered| &registered.scopes);
        let text =
            registered.filter(|one| one.scope == scope && !one.text.is_empty()).map(|one| &one.text).next();
        text.cloned().unwrap_or_else(|| scope::describe(scope))
    }
}
