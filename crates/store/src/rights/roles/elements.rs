//! What SCIM assigned to users, as values of their `roles` and `entitlements`: what SCIM shows, and all it changes. What
//! the operator gave by hand is not the client's to see go: a PUT without roles would take the last administrator away.

use diesel::prelude::*;
use vestibule_core::{fold::fold, sets::AssignmentSource, time::Micros};

use crate::{
    Conn, Result,
    db::schema::{assignments, entitlement_assignments},
    on_backend,
};

/// Through which attribute of the user what is assigned.
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
    /// The source of the assignment.
    fn source(self) -> AssignmentSource {
        match self {
            Self::Role | Self::Entitlement => AssignmentSource::Scim,
            Self::RoleAsEntitlement => AssignmentSource::ScimEntitlements,
        }
    }

    /// Of a role that was assigned from this source.
    pub(crate) fn of_source(source: AssignmentSource) -> Self {
        if source == Self::Role.source() { Self::Role } else { Self::RoleAsEntitlement }
    }
}

/// One value of a user's `roles` or `entitlements`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// Of which attribute, and what it names.
    pub kind: ElementKind,
    /// The id of the role or entitlement.
    pub id: String,
    /// The `display` it is shown with: the client's own, else the name of the role or entitlement.
    pub display_name: String,
    /// Its `display`, as the client wrote it.
    pub element_display: Option<String>,
    /// Its `type`, as the client wrote it.
    pub element_type: Option<String>,
    /// Its `primary`, as the client wrote it.
    pub is_primary: Option<bool>,
}

/// Assigns what an element names.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user, the role or the entitlement is gone.
pub fn give_element(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
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

/// Writes display, type and primary of an element that is assigned.
pub fn change_element(conn: &mut Conn, workspace_id: &str, user_id: &str, element: &Element) -> Result<()> {
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

/// Takes away what an element named, as assigned through its attribute.
pub fn take_element(conn: &mut Conn, workspace_id: &str, user_id: &str, element: &Element) -> Result<()> {
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

/// What filters compare of an element, folded: display and type.
fn keys(element: &Element) -> [Option<String>; 2] {
    [&element.element_display, &element.element_type].map(|text| text.as_deref().map(fold))
}
