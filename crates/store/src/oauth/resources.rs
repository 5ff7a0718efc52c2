//! Resources of the product that tokens may be for, such as MCP servers and APIs (RFC 8707 §2): of a workspace, or of all.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vestibule_core::{
    ids::{DEPLOYMENT, RoleId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{
        json::{Json, JsonList},
        schema::resources,
    },
};

/// A resource of the product.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = resources)]
pub struct Resource {
    /// Its workspace, or [`DEPLOYMENT`]: of all workspaces.
    pub workspace_id: WorkspaceId,
    /// Id of the resource.
    pub resource_id: String,
    /// Its URI, exactly as requests and tokens name it. Nothing is normalised.
    pub uri: String,
    /// Name that people see.
    pub name: String,
    /// Its scopes.
    pub scopes: Json<Scopes>,
    /// Ids of roles. A person needs one of them to get tokens for the resource; empty: everybody may.
    pub roles: JsonList,
    /// Creation.
    pub created_at: Micros,
}

/// A scope of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceScope {
    /// The scope (RFC 6749 §3.3).
    pub scope: String,
    /// Description for people; empty: the scope itself is displayed.
    pub text: String,
}

/// The scopes of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(pub Vec<ResourceScope>);

impl From<Scopes> for Value {
    fn from(scopes: Scopes) -> Self {
        json!(scopes)
    }
}

impl Resource {
    /// Its scopes.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn scopes(&self) -> Result<Vec<ResourceScope>> {
        let Scopes(scopes) =
            self.scopes.read("resources.scopes", &[&self.workspace_id, &self.resource_id])?;
        Ok(scopes)
    }

    /// Whether a person with these roles may have its tokens.
    pub fn admits(&self, roles: &[RoleId]) -> bool {
        let needed = self.roles.as_slice();
        needed.is_empty() || roles.iter().any(|role| needed.iter().any(|one| role == one.as_str()))
    }
}

/// Registers a resource.
///
/// # Errors
/// [`crate::Error::Conflict`] (`resources_uri`) when the workspace has one of this URI.
pub fn insert(conn: &mut Conn, resource: &Resource) -> Result<()> {
    diesel::insert_into(resources::table).values(resource).execute(conn)?;
    Ok(())
}

/// Finds the resource of this URI in a workspace: its own, otherwise one of all workspaces.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, uri: &str) -> Result<Option<Resource>> {
    let found: Vec<Resource> = resources::table
        .filter(resources::workspace_id.eq_any([workspace_id, &DEPLOYMENT]))
        .filter(resources::uri.eq(uri))
        .order(resources::workspace_id.desc())
        .select(Resource::as_select())
        .load(conn)?;
    Ok(found.into_iter().next())
}

/// Finds a resource of a workspace, or of the deployment, by its id.
pub fn find_by_id(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    resource_id: &str,
) -> Result<Option<Resource>> {
    let row = resources::table.find((workspace_id, resource_id));
    Ok(row.select(Resource::as_select()).first(conn).optional()?)
}

/// Whether the workspace has any resource, of its own or of all workspaces.
pub fn is_any(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    let listed = resources::table.filter(resources::workspace_id.eq_any([workspace_id, &DEPLOYMENT]));
    Ok(diesel::select(diesel::dsl::exists(listed)).get_result(conn)?)
}

/// Lists the resources of a workspace, those of all workspaces included, by URI.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Resource>> {
    Ok(resources::table
        .filter(resources::workspace_id.eq_any([workspace_id, &DEPLOYMENT]))
        .order((resources::uri, resources::workspace_id))
        .select(Resource::as_select())
        .load(conn)?)
}

/// Saves the name, the scopes and the roles of a resource.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such resource.
pub fn save(conn: &mut Conn, resource: &Resource) -> Result<()> {
    let changed = diesel::update(resources::table.find((&resource.workspace_id, &resource.resource_id)))
        .set((
            resources::name.eq(&resource.name),
            resources::scopes.eq(&resource.scopes),
            resources::roles.eq(&resource.roles),
        ))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Deletes a resource of a workspace, or of the deployment. Returns false if there is none.
pub fn delete(conn: &mut Conn, workspace_id: &WorkspaceId, resource_id: &str) -> Result<bool> {
    Ok(diesel::delete(resources::table.find((workspace_id, resource_id))).execute(conn)? == 1)
}
