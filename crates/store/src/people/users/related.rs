//! Data of other tables in the documents of users: their groups, and what SCIM assigned to them. One statement for any number of
//! users.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{Bool, Nullable, Text},
};

use vestibule_core::ids::{GroupId, UserId, WorkspaceId};

use crate::{
    Conn, Result,
    db::statement::Statement,
    rights::{
        owners,
        roles::{Element, ElementKind},
    },
    search::in_ids,
};

/// Groups and assignments of one user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Related {
    /// What SCIM assigned, in order.
    pub elements: Vec<Element>,
    /// The groups, (id, display name), ordered by id.
    pub groups: Vec<(GroupId, String)>,
    /// Whether the user may have the role `owner` (`owners::may_hold`). Read by [`related_to_change`] only.
    pub may_be_owner: bool,
    /// Whether the safety brake counts the user ([`crate::safeguards::brakes::restore`]). Read by [`related_to_change`] only.
    pub is_counted_by_brake: bool,
}

/// Kind of the row, user id, id, name, display, type, primary.
type Types = (Text, Text, Text, Text, Nullable<Text>, Nullable<Text>, Nullable<Bool>);
type Row = (String, UserId, String, String, Option<String>, Option<String>, Option<bool>);

/// The groups and assignments of each of these users. Users without any are left out.
pub fn related(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_ids: &[UserId],
) -> Result<BTreeMap<UserId, Related>> {
    if user_ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let statement = select(conn, workspace_id, user_ids);
    load(conn, statement)
}

/// The groups and assignments of one user.
pub fn related_one(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Related> {
    let mut found = related(conn, workspace_id, std::slice::from_ref(user_id))?;
    Ok(found.remove(user_id).unwrap_or_default())
}

/// The groups and assignments of one locked user who is about to be changed, whether the user may be an owner, and whether the safety
/// brake counts the user: one statement for what each change has to know.
pub fn related_to_change(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Related> {
    let statement = select(conn, workspace_id, std::slice::from_ref(user_id))
        .sql(" UNION ALL SELECT 'owner', ")
        .text(user_id)
        .sql(", '', '', NULL, NULL, NULL WHERE ")
        .fragment(owners::may_hold(workspace_id, user_id))
        .sql(" UNION ALL SELECT 'brake', user_id, '', '', NULL, NULL, NULL FROM brake_people WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND user_id = ")
        .text(user_id);
    let mut found = load(conn, statement)?;
    Ok(found.remove(user_id).unwrap_or_default())
}

fn select(conn: &Conn, workspace_id: &WorkspaceId, user_ids: &[UserId]) -> Statement<Types> {
    let of = |column: &str| in_ids(conn, column, user_ids);
    Statement::new(
        "SELECT 'group' AS kind, m.user_id, g.group_id, g.display_name, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS BOOLEAN) \
         FROM members AS m JOIN groups AS g ON g.workspace_id = m.workspace_id AND g.group_id = m.group_id \
         WHERE m.workspace_id = ",
    )
    .text(workspace_id)
    .sql(" AND ")
    .fragment(of("m.user_id"))
    .sql(
        " UNION ALL SELECT a.source, a.user_id, r.role_id, r.display_name, a.element_display, a.element_type, a.is_primary \
         FROM assignments AS a JOIN roles AS r ON r.workspace_id = a.workspace_id AND r.role_id = a.role_id \
         WHERE a.source <> 'manual' AND r.by_okta = TRUE AND a.workspace_id = ",
    )
    .text(workspace_id)
    .sql(" AND ")
    .fragment(of("a.user_id"))
    .sql(
        " UNION ALL SELECT 'entitlement', a.user_id, e.entitlement_id, e.display_name, a.element_display, a.element_type, a.is_primary \
         FROM entitlement_assignments AS a JOIN entitlements AS e \
         ON e.workspace_id = a.workspace_id AND e.entitlement_id = a.entitlement_id \
         WHERE a.source <> 'manual' AND a.workspace_id = ",
    )
    .text(workspace_id)
    .sql(" AND ")
    .fragment(of("a.user_id"))
}

fn load(conn: &mut Conn, statement: Statement<Types>) -> Result<BTreeMap<UserId, Related>> {
    let rows: Vec<Row> = statement.load(conn)?;
    let mut found: BTreeMap<UserId, Related> = BTreeMap::new();
    for (kind, user_id, id, name, element_display, element_type, is_primary) in rows {
        let related = found.entry(user_id).or_default();
        let kind = match kind.as_str() {
            "group" => {
                related.groups.push((GroupId::from_stored(id), name));
                continue;
            }
            "owner" => {
                related.may_be_owner = true;
                continue;
            }
            "brake" => {
                related.is_counted_by_brake = true;
                continue;
            }
            "entitlement" => ElementKind::Entitlement,
            source => ElementKind::of_source(source.parse()?),
        };
        let display_name = element_display.clone().unwrap_or(name);
        related.elements.push(Element { kind, id, display_name, element_display, element_type, is_primary });
    }
    for related in found.values_mut() {
        related.elements.sort();
        related.groups.sort();
    }
    Ok(found)
}
