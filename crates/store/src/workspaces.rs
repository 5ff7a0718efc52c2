//! Workspaces: one for each customer organisation, the tenant boundary. A workspace belongs to one region; a process finds only
//! those of its region.

pub mod deletion;

use diesel::prelude::*;
use serde_json::Value;
use vestibule_core::{
    ids::{RoleId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{
        json::{Json, JsonList},
        schema::{event_heads, workspaces},
    },
    observation::HIDDEN,
    rights::roles,
};

/// Column of the declared attributes, as named in errors.
pub const CUSTOM_ATTRIBUTES: &str = "workspaces.custom_attributes";

/// A customer organisation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = workspaces)]
pub struct Workspace {
    /// UUID; `team_id` in the API.
    pub workspace_id: WorkspaceId,
    /// Display name.
    pub name: String,
    /// Region of its data.
    pub region: String,
    /// The role of a user without an assigned role.
    pub default_role: RoleId,
    /// Whether SCIM may authenticate with Basic.
    pub allow_basic: bool,
    /// Attributes of users that the workspace declared; see [`Workspace::custom_attributes`].
    pub custom_attributes: Json<Vec<Value>>,
    /// Whether unknown members of a group are stored until their user is created.
    pub park_members: bool,
    /// Longest lifetime of a session, in seconds; `None`: as configured.
    pub session_seconds: Option<i64>,
    /// Longest time of a session without a request, in seconds; `None`: as configured.
    pub idle_seconds: Option<i64>,
    /// Longest time since the authentication at the provider, in seconds; `None`: no limit.
    pub max_age_seconds: Option<i64>,
    /// Origins, besides ours, that a browser may be redirected to after sign-in.
    pub allowed_origins: JsonList,
    /// Creation.
    pub created_at: Micros,
    /// Last change.
    pub updated_at: Micros,
    /// Since when nobody signs in to it and nothing opens it; `None`: it is not suspended.
    pub suspended_at: Option<Micros>,
}

impl Workspace {
    /// Origins, besides ours, that a browser may be redirected to after sign-in.
    pub fn origins(&self) -> Vec<String> {
        self.allowed_origins.as_slice().to_vec()
    }

    /// Declarations of user attributes in addition to those of the RFC. The crate `scim` defines their shape.
    pub fn custom_attributes(&self) -> Result<Vec<Value>> {
        self.custom_attributes.read(CUSTOM_ATTRIBUTES, &[&self.workspace_id])
    }
}

/// Creates a workspace with the built-in roles and its event counter.
///
/// # Errors
/// [`crate::Error::Conflict`] when the id is in use.
pub fn create(
    conn: &mut Conn,
    workspace_id: Option<&WorkspaceId>,
    name: &str,
    region: &str,
    now: Micros,
) -> Result<Workspace> {
    let workspace = Workspace {
        workspace_id: workspace_id.cloned().unwrap_or_else(|| WorkspaceId::new(now)),
        name: name.trim().to_owned(),
        region: region.to_owned(),
        default_role: RoleId::from_stored("member"),
        allow_basic: false,
        custom_attributes: Json::new(Vec::new()),
        park_members: false,
        session_seconds: None,
        idle_seconds: None,
        max_age_seconds: None,
        allowed_origins: JsonList::from(&[][..]),
        created_at: now,
        updated_at: now,
        suspended_at: None,
    };
    diesel::insert_into(workspaces::table).values(&workspace).execute(conn)?;
    diesel::insert_into(event_heads::table)
        .values((event_heads::workspace_id.eq(&workspace.workspace_id), event_heads::seq.eq(0)))
        .execute(conn)?;
    roles::insert_built_in(conn, &workspace.workspace_id, now)?;
    Ok(workspace)
}

/// The workspace, if it belongs to this region.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, region: &str) -> Result<Option<Workspace>> {
    Ok(workspaces::table
        .filter(workspaces::workspace_id.eq(workspace_id))
        .filter(workspaces::region.eq(region))
        .select(Workspace::as_select())
        .first(conn)
        .optional()?)
}

/// Lets one transaction at a time apply a folder of settings: a second one waits, and then sees what the first has written. SQLite has
/// one writer.
pub fn lock_settings(conn: &mut Conn) -> Result<()> {
    if let Conn::Postgres(inner) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7650127)").execute(inner)?;
    }
    Ok(())
}

/// Whether the workspace exists, in any region.
pub fn exists(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(workspaces::table.find(workspace_id))).get_result(conn)?)
}

/// Whether the workspace exists, in any region, and is neither a hidden copy nor being deleted.
pub(crate) fn is_open(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    let open = workspaces::table.find(workspace_id).filter(workspaces::region.ne(HIDDEN));
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(conn)?)
}

/// The workspaces of this region, oldest first.
pub fn list(conn: &mut Conn, region: &str) -> Result<Vec<Workspace>> {
    Ok(workspaces::table
        .filter(workspaces::region.eq(region))
        .order(workspaces::workspace_id)
        .select(Workspace::as_select())
        .load(conn)?)
}

/// The workspaces of this region after an id, ordered by id, at most `limit`.
pub fn page(conn: &mut Conn, region: &str, after: &str, limit: i64) -> Result<Vec<Workspace>> {
    Ok(workspaces::table
        .filter(workspaces::region.eq(region))
        .filter(workspaces::workspace_id.gt(after))
        .order(workspaces::workspace_id)
        .limit(limit)
        .select(Workspace::as_select())
        .load(conn)?)
}

/// Changes the name.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_name(conn: &mut Conn, workspace_id: &WorkspaceId, name: &str, now: Micros) -> Result<()> {
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::name.eq(name.trim()), workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Sets the longest time since the authentication at the provider, in seconds. `None`: no limit.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_max_age(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    max_age_seconds: Option<i64>,
    now: Micros,
) -> Result<()> {
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::max_age_seconds.eq(max_age_seconds), workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Sets the role of a user without an assigned role.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_default_role(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    role_id: &RoleId,
    now: Micros,
) -> Result<()> {
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::default_role.eq(role_id), workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Allows or forbids Basic authentication for SCIM.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_allow_basic(conn: &mut Conn, workspace_id: &WorkspaceId, allow: bool, now: Micros) -> Result<()> {
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::allow_basic.eq(allow), workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Sets whether unknown members of a group are stored until their user is created.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_park_members(conn: &mut Conn, workspace_id: &WorkspaceId, park: bool, now: Micros) -> Result<()> {
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::park_members.eq(park), workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Sets the declarations of user attributes in addition to those of the RFC.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_custom_attributes(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    declared: Vec<Value>,
    now: Micros,
) -> Result<()> {
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::custom_attributes.eq(Json::new(declared)), workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// The declarations of user attributes in addition to those of the RFC, as JSON.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn custom_attributes(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Value>> {
    let declared: Json<Vec<Value>> =
        workspaces::table.find(workspace_id).select(workspaces::custom_attributes).first(conn)?;
    declared.read(CUSTOM_ATTRIBUTES, &[workspace_id])
}

/// Suspends the workspace from this time on, or resumes it.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_suspended(conn: &mut Conn, workspace_id: &WorkspaceId, since: Option<Micros>) -> Result<()> {
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set(workspaces::suspended_at.eq(since))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Sets the limits of new sessions, in seconds: the longest lifetime, and the longest time without a request (0: no limit).
/// `None`: as configured.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_session_limits(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    session_seconds: Option<i64>,
    idle_seconds: Option<i64>,
    now: Micros,
) -> Result<()> {
    let limits = (workspaces::session_seconds.eq(session_seconds), workspaces::idle_seconds.eq(idle_seconds));
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((limits, workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Sets the origins, besides ours, that a browser may be redirected to after sign-in. The caller has checked them.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_origins(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    origins: &[String],
    now: Micros,
) -> Result<()> {
    let origins = JsonList::from(origins);
    let changed = diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::allowed_origins.eq(origins), workspaces::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}
