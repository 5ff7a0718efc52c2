//! Entitlements: fine-grained permissions in addition to the role, such as `archetype-eng`. The workspace names them, the app
//! defines their meaning. A user has one by assignment or through a mapped group, never by default.

use diesel::prelude::*;
use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, UserId, WorkspaceId},
    sets::AssignmentSource,
    time::Micros,
};

use crate::{
    Conn, Result,
    db::schema::{entitlement_assignments, entitlements},
    on_backend,
};

/// An entitlement of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = entitlements)]
pub struct Entitlement {
    /// Workspace of the entitlement.
    pub workspace_id: WorkspaceId,
    /// A short name that never changes; `id` at `/Entitlements`.
    pub entitlement_id: EntitlementId,
    /// Display name.
    pub display_name: String,
    /// Folded display name.
    pub display_name_key: String,
    /// Description: one sentence.
    pub description: String,
    /// Creation.
    pub created_at: Micros,
}

/// Adds an entitlement.
///
/// # Errors
/// [`crate::Error::Conflict`] when the id or the name is in use.
pub fn create(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    entitlement_id: EntitlementId,
    display_name: &str,
    description: &str,
    now: Micros,
) -> Result<Entitlement> {
    let entitlement = Entitlement {
        workspace_id: workspace_id.clone(),
        entitlement_id,
        display_name: display_name.trim().to_owned(),
        display_name_key: fold(display_name),
        description: description.to_owned(),
        created_at: now,
    };
    diesel::insert_into(entitlements::table).values(&entitlement).execute(conn)?;
    Ok(entitlement)
}

/// Saves the name and the description of an entitlement.
///
/// # Errors
/// [`crate::Error::Conflict`] when the name is in use; [`crate::Error::NotFound`] when there is no such entitlement.
pub fn save(conn: &mut Conn, entitlement: &Entitlement) -> Result<()> {
    let row = entitlements::table.find((&entitlement.workspace_id, &entitlement.entitlement_id));
    let changed = diesel::update(row)
        .set((
            entitlements::display_name.eq(&entitlement.display_name),
            entitlements::display_name_key.eq(&entitlement.display_name_key),
            entitlements::description.eq(&entitlement.description),
        ))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Deletes an entitlement and all its assignments, and removes it from every mapping.
pub fn delete(conn: &mut Conn, workspace_id: &WorkspaceId, entitlement_id: &EntitlementId) -> Result<bool> {
    Ok(diesel::delete(entitlements::table.find((workspace_id, entitlement_id))).execute(conn)? == 1)
}

/// The entitlements of a workspace, ordered by id.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Entitlement>> {
    Ok(entitlements::table
        .filter(entitlements::workspace_id.eq(workspace_id))
        .order(entitlements::entitlement_id)
        .select(Entitlement::as_select())
        .load(conn)?)
}

/// Finds an entitlement by id, or else by id or name without regard to letter case.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, text: &str) -> Result<Option<Entitlement>> {
    let all = list(conn, workspace_id)?;
    Ok(named(&all, text).cloned())
}

/// Finds one of these entitlements by id, or else by id or name without regard to letter case.
pub fn named<'a>(entitlements: &'a [Entitlement], text: &str) -> Option<&'a Entitlement> {
    let key = fold(text);
    let exact = entitlements.iter().find(|one| one.entitlement_id == text);
    let by_id = || entitlements.iter().find(|one| one.entitlement_id == key.as_str());
    exact.or_else(by_id).or_else(|| entitlements.iter().find(|one| one.display_name_key == key))
}

/// Assigns an entitlement. Does nothing if it is assigned already.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user or the entitlement does not exist.
pub fn assign(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    entitlement_id: &EntitlementId,
    source: AssignmentSource,
    now: Micros,
) -> Result<()> {
    let row = (
        entitlement_assignments::workspace_id.eq(workspace_id),
        entitlement_assignments::user_id.eq(user_id),
        entitlement_assignments::entitlement_id.eq(entitlement_id),
        entitlement_assignments::source.eq(source),
        entitlement_assignments::created_at.eq(now),
    );
    on_backend!(conn, |inner| {
        diesel::insert_into(entitlement_assignments::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(inner)
    })?;
    Ok(())
}

/// Removes all assigned entitlements of a user except these, whatever their source.
pub fn keep_only(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    ids: &[EntitlementId],
) -> Result<()> {
    let others = entitlement_assignments::table
        .filter(entitlement_assignments::workspace_id.eq(workspace_id))
        .filter(entitlement_assignments::user_id.eq(user_id))
        .filter(entitlement_assignments::entitlement_id.ne_all(ids));
    diesel::delete(others).execute(conn)?;
    Ok(())
}
