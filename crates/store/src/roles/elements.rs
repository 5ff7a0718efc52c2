//! What SCIM assigned to users, as values of their `roles` and `entitlements`: what SCIM shows, and all it changes. What
//! the operator gave by hand is not the client's to see go: a PUT without roles would take the last administrator away.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    Conn, Micros, Result,
    fold::fold,
    on_backend,
    schema::{assignments, entitlement_assignments, entitlements, roles},
    search::in_ids,
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
    fn source(self) -> &'static str {
        match self {
            Self::Role | Self::Entitlement => "scim",
            Self::RoleAsEntitlement => "scim:entitlements",
        }
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

/// User id, id, name, source, display, type, primary.
type Row = (String, String, String, String, Option<String>, Option<String>, Option<bool>);

/// What many users were assigned over SCIM, in two queries however many they are. A role that Okta may not give doesn't
/// count, so it is not shown either.
///
/// # Errors
/// The database's.
pub fn assigned_by_scim(
    conn: &mut Conn,
    workspace_id: &str,
    user_ids: &[String],
) -> Result<BTreeMap<String, Vec<Element>>> {
    let of_role =
        roles::workspace_id.eq(assignments::workspace_id).and(roles::role_id.eq(assignments::role_id));
    let by_user = in_ids(conn, "assignments.user_id", user_ids);
    let by_role: Vec<Row> = assignments::table
        .inner_join(roles::table.on(of_role))
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(by_user)
        .filter(assignments::source.ne(super::MANUAL))
        .filter(roles::by_okta.eq(true))
        .select((
            assignments::user_id,
            roles::role_id,
            roles::display_name,
            assignments::source,
            assignments::element_display,
            assignments::element_type,
            assignments::is_primary,
        ))
        .load(conn)?;
    let of_entitlement = entitlements::workspace_id
        .eq(entitlement_assignments::workspace_id)
        .and(entitlements::entitlement_id.eq(entitlement_assignments::entitlement_id));
    let entitled = in_ids(conn, "entitlement_assignments.user_id", user_ids);
    let by_entitlement: Vec<Row> = entitlement_assignments::table
        .inner_join(entitlements::table.on(of_entitlement))
        .filter(entitlement_assignments::workspace_id.eq(workspace_id))
        .filter(entitled)
        .filter(entitlement_assignments::source.ne(super::MANUAL))
        .select((
            entitlement_assignments::user_id,
            entitlements::entitlement_id,
            entitlements::display_name,
            entitlement_assignments::source,
            entitlement_assignments::element_display,
            entitlement_assignments::element_type,
            entitlement_assignments::is_primary,
        ))
        .load(conn)?;
    let kind = |source: &str| {
        if source == ElementKind::Role.source() { ElementKind::Role } else { ElementKind::RoleAsEntitlement }
    };
    let by_role = by_role.into_iter().map(|row| (kind(&row.3), row));
    let by_entitlement = by_entitlement.into_iter().map(|row| (ElementKind::Entitlement, row));
    let mut assigned: BTreeMap<String, Vec<Element>> = BTreeMap::new();
    for (kind, row) in by_role.chain(by_entitlement) {
        let (user_id, id, name, _, element_display, element_type, is_primary) = row;
        let display_name = element_display.clone().unwrap_or(name);
        let element = Element { kind, id, display_name, element_display, element_type, is_primary };
        assigned.entry(user_id).or_default().push(element);
    }
    assigned.values_mut().for_each(|elements| elements.sort());
    Ok(assigned)
}

/// What one user was assigned over SCIM.
///
/// # Errors
/// The database's.
pub fn assigned_to(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Vec<Element>> {
    let mut assigned = assigned_by_scim(conn, workspace_id, &[user_id.to_owned()])?;
    Ok(assigned.remove(user_id).unwrap_or_default())
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
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
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
