//! Resources of the product that tokens may be for (RFC 8707): registering, changing and deleting them.

use vestibule_core::ids::{self, DEPLOYMENT, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    db::json::{Json, JsonList},
    oauth::{
        grants,
        resources::{self, Resource, ResourceScope, Scopes},
    },
    rights::roles,
    trail::events::{
        Target,
        kinds::{EventData, ResourceChanged, ResourceCreated, ResourceData, ResourceDeleted},
    },
};
use vestibule_web::{config::is_scope, http::resource::is_resource};

use crate::{
    actor::Actor,
    checks,
    refusal::{Refusal, conflict, field},
};

/// Most scopes of a resource. Okta allows a hundred.
const MOST_SCOPES: usize = 100;

/// Scopes of this server itself, which a resource can't have.
const OURS: [&str; 3] = ["openid", "offline_access", "entitlements.read"];

/// A resource to be registered.
#[derive(Debug, Clone)]
pub struct NewResource<'a> {
    /// Its URI, exactly as clients name it.
    pub uri: &'a str,
    /// Name that people see.
    pub name: &'a str,
    /// Its scopes.
    pub scopes: Vec<ResourceScope>,
    /// Ids of roles. A person needs one of them to get tokens for the resource; empty: everybody may.
    pub roles: &'a [String],
}

/// Registers a resource of a workspace, or of all ([`DEPLOYMENT`]). `own_url`: the URL of this service. It can't be a resource, because
/// tokens for it open `/api/check`.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    new: NewResource<'_>,
    own_url: &str,
) -> Result<Resource, Refusal> {
    if !is_resource(new.uri) {
        return field("uri", "must be an absolute URI without a fragment (RFC 8707)");
    }
    if new.uri.trim_end_matches('/') == own_url {
        return field("uri", "is Vestibule's own, whose tokens open the whole product");
    }
    let name = name(new.name)?;
    check_scopes(&new.scopes)?;
    check_roles(conn, workspace_id, new.roles)?;
    let resource = Resource {
        workspace_id: workspace_id.clone(),
        resource_id: ids::new(actor.now),
        uri: new.uri.to_owned(),
        name: name.to_owned(),
        scopes: Json::new(Scopes(new.scopes)),
        roles: JsonList::from(new.roles),
        created_at: actor.now,
    };
    match resources::insert(conn, &resource) {
        Err(Error::Conflict(_)) => return conflict("a resource of this URI is registered already"),
        inserted => inserted?,
    }
    record(conn, actor, &resource, &ResourceCreated(data(&resource)))?;
    Ok(resource)
}

/// Changes to a resource; `None` changes nothing. The URI never changes, because tokens name it.
#[derive(Debug, Clone, Default)]
pub struct ResourceChange<'a> {
    /// Name that people see.
    pub name: Option<&'a str>,
    /// Its scopes.
    pub scopes: Option<Vec<ResourceScope>>,
    /// Ids of roles. A person needs one of them to get tokens for the resource; empty: everybody may.
    pub roles: Option<&'a [String]>,
}

/// Changes a resource. Roles count at the next use of a token. If a scope is removed, every grant and token for the resource ends, because
/// people approved that scope, too. Returns the resource and the number of ended grants.
pub fn change(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: Resource,
    change: ResourceChange<'_>,
) -> Result<(Resource, usize), Refusal> {
    let mut after = before;
    let former = after.scopes()?;
    if let Some(wanted) = change.name {
        name(wanted)?.clone_into(&mut after.name);
    }
    if let Some(wanted) = change.roles {
        check_roles(conn, &after.workspace_id, wanted)?;
        after.roles = JsonList::from(wanted);
    }
    let scopes = change.scopes.unwrap_or_else(|| former.clone());
    check_scopes(&scopes)?;
    after.scopes = Json::new(Scopes(scopes.clone()));
    resources::save(conn, &after)?;
    let is_left = |one: &ResourceScope| scopes.iter().any(|other| other.scope == one.scope);
    let ended = if former.iter().all(is_left) {
        0
    } else {
        grants::end_of_resource(conn, &after.workspace_id, &after.uri, actor.now)?
    };
    let data = ResourceChanged {
        resource: &after.resource_id,
        uri: &after.uri,
        name: &after.name,
        scopes: scopes.iter().map(|one| one.scope.as_str()).collect(),
        roles: after.roles.as_slice(),
        grants_ended: ended,
    };
    record(conn, actor, &after, &data)?;
    Ok((after, ended))
}

/// Deletes a resource, and ends every grant and token for it, because its roles can't be checked any more. Returns the number of ended
/// grants; `None` when there is no such resource.
pub fn delete(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    resource_id: &str,
) -> Result<Option<usize>, Error> {
    let Some(resource) = resources::find_by_id(conn, workspace_id, resource_id)? else { return Ok(None) };
    resources::delete(conn, workspace_id, resource_id)?;
    let ended = grants::end_of_resource(conn, workspace_id, &resource.uri, actor.now)?;
    record(conn, actor, &resource, &ResourceDeleted(data(&resource)))?;
    Ok(Some(ended))
}

/// Checks the name that people see.
fn name(name: &str) -> Result<&str, Refusal> {
    if name.chars().any(char::is_control) {
        return field("name", "must have no control characters");
    }
    checks::title(name)
}

/// Roles of a resource are roles of its workspace.
fn check_roles(conn: &mut Tx<'_>, workspace_id: &WorkspaceId, wanted: &[String]) -> Result<(), Refusal> {
    for (at, role) in wanted.iter().enumerate() {
        if *workspace_id == *DEPLOYMENT {
            return field("roles", "belong to a workspace; a resource of all workspaces can't have any");
        }
        if roles::find(conn, workspace_id, role)?.is_none() {
            let unknown = format!("{} is no role of this workspace", role.escape_debug());
            return Err(Refusal::Element("roles", at, unknown));
        }
    }
    Ok(())
}

fn check_scopes(scopes: &[ResourceScope]) -> Result<(), Refusal> {
    if scopes.is_empty() || scopes.len() > MOST_SCOPES {
        return field("scopes", format!("must be 1 to {MOST_SCOPES}"));
    }
    for (at, ResourceScope { scope, text }) in scopes.iter().enumerate() {
        let wrong = |predicate: String| Err(Refusal::Element("scopes", at, predicate));
        let shown = scope.escape_debug();
        if !is_scope(scope) {
            return wrong(format!("{shown} is no scope: visible ASCII without a space"));
        }
        if OURS.contains(&scope.as_str()) || scope.starts_with("scim.") {
            return wrong(format!("{shown} is a scope of Vestibule itself"));
        }
        if scopes.iter().take(at).any(|earlier| earlier.scope == *scope) {
            return wrong(format!("{shown} is repeated"));
        }
        if text.chars().count() > 256 || text.chars().any(char::is_control) {
            return wrong(format!("{shown} has a description of more than 256 characters"));
        }
    }
    Ok(())
}

fn data(resource: &Resource) -> ResourceData<'_> {
    ResourceData { resource: &resource.resource_id, uri: &resource.uri }
}

/// Records an event. A resource of the deployment has no trail, because each trail belongs to a workspace.
fn record<D: EventData>(conn: &mut Tx<'_>, actor: &Actor, of: &Resource, data: &D) -> Result<(), Error> {
    if of.workspace_id == *DEPLOYMENT {
        return Ok(());
    }
    actor.record(conn, &of.workspace_id, Target::Workspace, data)
}
