//! The assignments of SCIM, as values of a user's `roles` and `entitlements`. SCIM returns and changes only these, not what the
//! operator assigned by hand: otherwise a PUT without roles would remove the last administrator.

use diesel::prelude::*;
use vestibule_core::{
    fold::fold,
    ids::{UserId, WorkspaceId},
    sets::AssignmentSource,
    time::Micros,
};

use crate::{
    Conn, Result,
    db::schema::{assignments, entitlement_assignments},
    on_backend,
};

/// The attribute of the assignment, and what it assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ElementKind {
    /// A role, by a value of `roles`.
    Role,
    /// An entitlement, by a value of `entitlements`.
    Entitlement,
    /// A role, by a value of `entitlements`.
    RoleAsEntitlement,
}

impl ElementKind {
    /// Source of the assignment.
    fn source(self) -> AssignmentSource {
        match self {
            Self::Role | Self::Entitlement => AssignmentSource::Scim,
            Self::RoleAsEntitlement => AssignmentSource::ScimEntitlements,
        }
    }

    /// The kind of a role that was assigned from this source.
    pub(crate) fn of_source(source: AssignmentSource) -> Self {
        if source == Self::Role.source() { Self::Role } else { Self::RoleAsEntitlement }
    }
}

/// One value of a user's `roles` or `entitlements`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// The attribute, and what the value names.
    pub kind: ElementKind,
    /// The id of the role or entitlement.
    pub id: String,
    /// The `display` that is returned: the client's value, or else the name of the role or entitlement.
    pub display_name: String,
    /// `display` as the client sent it.
    pub element_display: Option<String>,
    /// `type` as the client sent it.
    pub element_type: Option<String>,
    /// `primary` as the client sent it.
    pub is_primary: Option<bool>,
}

/// Assigns the role or entitlement of an element.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user, the role or the entitlement does not exist.
pub fn give_element(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    element: &Element,
    now: Micros,
) -> Result<()> {
    let [display_key, type_key] = keys(element);
    if element.kind == ElementKind::Entitlement {
        let row = (
            entitlement_assignments::workspace_id.eq(workspace_id),
            entitlement_assignments::user_id.eq(user_id),
            entitlement_assignments::entitlement_id.eq(&element.id),
            entitlement_assignments::source.eq(element.kind.source()),
            entitlement_assignments::created_at.eq(now),
            entitlement_assignments::element_display.eq(&element.element_display),
            entitlement_assignments::element_display_key.eq(display_key),
            entitlement_assignments::element_type.eq(&element.element_type),
            entitlement_assignments::element_type_key.eq(type_key),
            entitlement_assignments::is_primary.eq(element.is_primary),
        );
        on_backend!(conn, |inner| {
            diesel::insert_into(entitlement_assignments::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(inner)
        })?;
        return Ok(());
    }
    let row = (
        assignments::workspace_id.eq(workspace_id),
        assignments::user_id.eq(user_id),
        assignments::role_id.eq(&element.id),
        assignments::source.eq(element.kind.source()),
        assignments::created_at.eq(now),
        assignments::element_display.eq(&element.element_display),
        assignments::element_display_key.eq(display_key),
        assignments::element_type.eq(&element.element_type),
        assignments::element_type_key.eq(type_key),
        assignments::is_primary.eq(element.is_primary),
    );
    on_backend!(conn, |inner| {
        diesel::insert_into(assignments::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(())
}

/// Saves display, type and primary of an assigned element.
pub fn change_element(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    element: &Element,
) -> Result<()> {
    let (source, [display_key, type_key]) = (element.kind.source(), keys(element));
    if element.kind == ElementKind::Entitlement {
        let row = entitlement_assignments::table.find((workspace_id, user_id, &element.id, source));
        diesel::update(row)
            .set((
                entitlement_assignments::element_display.eq(&element.element_display),
                entitlement_assignments::element_display_key.eq(display_key),
                entitlement_assignments::element_type.eq(&element.element_type),
                entitlement_assignments::element_type_key.eq(type_key),
                entitlement_assignments::is_primary.eq(element.is_primary),
            ))
            .execute(conn)?;
        return Ok(());
    }
    diesel::update(assignments::table.find((workspace_id, user_id, &element.id, source)))
        .set((
            assignments::element_display.eq(&element.element_display),
            assignments::element_display_key.eq(display_key),
            assignments::element_type.eq(&element.element_type),
            assignments::element_type_key.eq(type_key),
            assignments::is_primary.eq(element.is_primary),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes the assignment of an element that was made through its attribute.
pub fn take_element(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    element: &Element,
) -> Result<()> {
    let source = element.kind.source();
    if element.kind == ElementKind::Entitlement {
        let row = entitlement_assignments::table.find((workspace_id, user_id, &element.id, source));
        diesel::delete(row).execute(conn)?;
    } else {
        diesel::delete(assignments::table.find((workspace_id, user_id, &element.id, source)))
            .execute(conn)?;
    }
    Ok(())
}

/// The values that filters compare, folded: display and type.
fn keys(element: &Element) -> [Option<String>; 2] {
    [&element.element_display, &element.element_type].map(|text| text.as_deref().map(fold))
}
