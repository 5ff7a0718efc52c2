//! SAML connections of workspaces. A workspace may have several, beside those of OpenID Connect; one of all may be its default.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{ProviderKind, SamlBinding, UidField, Unsolicited},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{
        json::Json,
        schema::{connections, saml_connections, workspaces},
    },
    providers::{connection_domains, sightings},
};

/// A SAML connection.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = saml_connections, treat_none_as_null = true)]
pub struct SamlConnection {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Id of the connection.
    pub connection_id: ConnectionId,
    /// Name, for people.
    pub name: String,
    /// Whether a sign-in that names no connection uses it.
    pub is_default: bool,
    /// Entity ID of the provider, verbatim.
    pub issuer: String,
    /// Where AuthnRequests go.
    pub sso_url: String,
    /// How AuthnRequests go there.
    pub sso_binding: SamlBinding,
    /// Where LogoutRequests go; empty: the provider is not asked to follow a sign-out here.
    pub slo_url: String,
    /// URL of the provider's metadata; empty: the settings were entered by hand.
    pub metadata_url: String,
    /// When the metadata was last read.
    pub metadata_read_at: Option<Micros>,
    /// Whether a new certificate in the metadata is trusted at once. Otherwise it waits for an administrator.
    pub trusts_metadata: bool,
    /// Our entity ID for this connection; empty: the URL of our metadata.
    pub entity_id: String,
    /// Whether people may sign in through it.
    pub enabled: bool,
    /// Whether an unknown person is created as a user at the first sign-in.
    pub jit: bool,
    /// What happens with a response that answers no request.
    pub unsolicited: Unsolicited,
    /// The attributes that are read.
    pub attributes: Json<AttributeNames>,
    /// `iss` of the provider's Universal Logout tokens: the URL of the Okta org; empty: none.
    pub okta_org: String,
    /// `sub` of the provider's Universal Logout tokens: Okta's id of the app; empty: none.
    pub app_instance_id: String,
    /// When the connection last got another issuer, or was created, while users of the workspace were linked at another issuer. Since
    /// then a user with a role in the console is matched only by a link that an owner or the operator created.
    pub issuer_changed_at: Option<Micros>,
    /// Creation.
    pub created_at: Micros,
    /// Last change.
    pub updated_at: Micros,
    /// Whether requests to the provider are signed. LogoutRequests always are.
    pub signs_requests: bool,
    /// How logout messages go to the provider.
    pub slo_binding: SamlBinding,
    /// Where answers to the provider's LogoutRequests go; empty: to `slo_url`.
    pub slo_response_url: String,
}

impl SamlConnection {
    /// Workspace and id.
    pub fn key(&self) -> (&WorkspaceId, &ConnectionId) {
        (&self.workspace_id, &self.connection_id)
    }

    /// Kind of the provider, for the text of pages.
    pub fn kind(&self) -> ProviderKind {
        ProviderKind::recognise_saml(&self.issuer, &self.sso_url, &self.metadata_url)
    }

    /// The attributes that are read.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`] when they are no JSON of this shape.
    pub fn attribute_names(&self) -> Result<AttributeNames> {
        self.attributes.read("saml_connections.attributes", &[&self.workspace_id, &self.connection_id])
    }
}

/// Names of the attributes that are read. `None`: the usual names of this attribute, without regard to case; for `groups`, `roles`
/// and `uid`: nothing is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeNames {
    /// Login name, when it is not the NameID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Names of groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<String>,
    /// Names of roles; they count as groups with the prefix `role:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<String>,
    /// Value that identifies the user whom SCIM provisioned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The field of the user that `uid` names; `None`: `externalId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid_is: Option<UidField>,
    /// The custom attribute, where `uid_is` says so: its name, or the URN of its schema, a colon and its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid_custom: Option<String>,
}

impl From<AttributeNames> for serde_json::Value {
    fn from(names: AttributeNames) -> Self {
        serde_json::json!(names)
    }
}

/// Creates a connection.
///
/// # Errors
/// [`crate::Error::Conflict`] when the workspace has a connection of this issuer, or another default.
pub fn insert(conn: &mut Conn, connection: &SamlConnection) -> Result<()> {
    diesel::insert_into(saml_connections::table).values(connection).execute(conn)?;
    Ok(())
}

/// Saves every column of a connection.
///
/// # Errors
/// As [`insert`].
pub fn save(conn: &mut Conn, connection: &SamlConnection) -> Result<()> {
    let this = saml_connections::table.find((&connection.workspace_id, &connection.connection_id));
    diesel::update(this).set(connection).execute(conn)?;
    Ok(())
}

/// Makes no connection of the workspace the default, of either protocol.
pub fn clear_default(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<()> {
    let marked = saml_connections::table
        .filter(saml_connections::workspace_id.eq(workspace_id))
        .filter(saml_connections::is_default.eq(true));
    diesel::update(marked).set(saml_connections::is_default.eq(false)).execute(conn)?;
    let marked = connections::table
        .filter(connections::workspace_id.eq(workspace_id))
        .filter(connections::is_default.eq(true));
    diesel::update(marked).set(connections::is_default.eq(false)).execute(conn)?;
    Ok(())
}

/// Finds a connection.
pub fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
) -> Result<Option<SamlConnection>> {
    let this = saml_connections::table.find((workspace_id, connection_id));
    Ok(this.select(SamlConnection::as_select()).first(conn).optional()?)
}

/// Finds the connection of an issuer.
pub fn find_by_issuer(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    issuer: &str,
) -> Result<Option<SamlConnection>> {
    Ok(saml_connections::table
        .filter(saml_connections::workspace_id.eq(workspace_id))
        .filter(saml_connections::issuer.eq(issuer))
        .select(SamlConnection::as_select())
        .first(conn)
        .optional()?)
}

/// Lists the workspace's connections, the default first, then by creation.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<SamlConnection>> {
    Ok(saml_connections::table
        .filter(saml_connections::workspace_id.eq(workspace_id))
        .order((saml_connections::is_default.desc(), saml_connections::connection_id))
        .select(SamlConnection::as_select())
        .load(conn)?)
}

/// Lists the connections of this region whose Universal Logout tokens have this `iss` and `sub`.
pub fn list_by_caller(
    conn: &mut Conn,
    okta_org: &str,
    app_instance_id: &str,
    region: &str,
) -> Result<Vec<SamlConnection>> {
    let here = workspaces::table.filter(workspaces::region.eq(region)).select(workspaces::workspace_id);
    Ok(saml_connections::table
        .filter(saml_connections::okta_org.eq(okta_org))
        .filter(saml_connections::app_instance_id.eq(app_instance_id))
        .filter(saml_connections::workspace_id.eq_any(here))
        .order((saml_connections::workspace_id, saml_connections::connection_id))
        .select(SamlConnection::as_select())
        .load(conn)?)
}

/// Lists up to `limit` connections of this region whose metadata was not read since `before`, the oldest first.
pub fn list_unread(conn: &mut Conn, region: &str, before: Micros, limit: i64) -> Result<Vec<SamlConnection>> {
    let here = workspaces::table.filter(workspaces::region.eq(region)).select(workspaces::workspace_id);
    Ok(saml_connections::table
        .filter(saml_connections::metadata_url.ne(""))
        .filter(
            saml_connections::metadata_read_at.is_null().or(saml_connections::metadata_read_at.lt(before)),
        )
        .filter(saml_connections::workspace_id.eq_any(here))
        .order(saml_connections::metadata_read_at)
        .limit(limit)
        .select(SamlConnection::as_select())
        .load(conn)?)
}

/// Records that the metadata is being read. Returns false if another node has begun since the connection was loaded.
pub fn begin_reading(conn: &mut Conn, connection: &SamlConnection, now: Micros) -> Result<bool> {
    let this = saml_connections::table
        .find((&connection.workspace_id, &connection.connection_id))
        .filter(saml_connections::metadata_url.eq(&connection.metadata_url))
        .filter(
            saml_connections::metadata_read_at
                .is_null()
                .or(saml_connections::metadata_read_at.eq(connection.metadata_read_at.unwrap_or_default())),
        );
    Ok(diesel::update(this).set(saml_connections::metadata_read_at.eq(now)).execute(conn)? == 1)
}

/// Deletes a connection with its certificates, domains and sightings. Returns whether there was one.
pub fn delete(conn: &mut Conn, workspace_id: &WorkspaceId, connection_id: &ConnectionId) -> Result<bool> {
    connection_domains::forget(conn, workspace_id, connection_id)?;
    sightings::forget(conn, workspace_id, connection_id)?;
    let this = saml_connections::table.find((workspace_id, connection_id));
    Ok(diesel::delete(this).execute(conn)? == 1)
}
