//! Reads everything that determines a user's roles and entitlements in one statement, because each check of a session or a token
//! needs it.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{Bool, Text},
};
use vestibule_core::ids::{EntitlementId, RoleId, UserId, WorkspaceId};

use super::{Role, effective::RightsInput};
use crate::{Conn, Error, Result, db::statement::Statement, rights::mappings::Rule};

/// Kind of the row, id, name, description or source, and whether Okta may assign it.
type Types = (Text, Text, Text, Text, Bool);
type Row = (String, String, String, String, bool);

/// Names of groups matter only if the workspace has mappings.
const RULED: &str = " AND (EXISTS (SELECT 1 FROM mappings AS x WHERE x.workspace_id = m.workspace_id) \
     OR EXISTS (SELECT 1 FROM mapping_entitlements AS y WHERE y.workspace_id = m.workspace_id))";

/// Reads everything that determines the roles and entitlements of this user.
///
/// # Errors
/// [`Error::NotFound`] when the workspace does not exist.
pub(super) fn gather(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<RightsInput> {
    let rows: Vec<Row> = statement(workspace_id, user_id).load(conn)?;
    let (mut grounds, mut is_there) = (RightsInput::default(), false);
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    for (kind, id, name, more, by_okta) in rows {
        match kind.as_str() {
            "default" => (grounds.default_role, is_there) = (Some(RoleId::from_stored(id)), true),
            "role" => grounds.roles.push(Role {
                by_okta,
                display_name: name,
                description: more,
                ..Role::new(workspace_id, RoleId::from_stored(id), "", "", 0)
            }),
            "assigned" => grounds.assigned.push((RoleId::from_stored(id), more.parse()?)),
            "entitled" => grounds.entitled.push((EntitlementId::from_stored(id), more.parse()?)),
            "group" => grounds.groups.push(name),
            "claim" => grounds.claimed.push(name),
            "rule" => {
                rules.entry(name.clone()).or_insert_with(|| empty(&name)).roles.push(RoleId::from_stored(id));
            }
            _ => rules
                .entry(name.clone())
                .or_insert_with(|| empty(&name))
                .entitlements
                .push(EntitlementId::from_stored(id)),
        }
    }
    grounds.rules = rules.into_values().collect();
    if is_there { Ok(grounds) } else { Err(Error::NotFound) }
}

fn empty(key: &str) -> Rule {
    Rule { group: key.to_owned(), key: key.to_owned(), roles: Vec::new(), entitlements: Vec::new() }
}

fn statement(workspace_id: &WorkspaceId, user_id: &UserId) -> Statement<Types> {
    Statement::new("SELECT 'default' AS kind, w.default_role, '', '', TRUE FROM workspaces AS w WHERE w.workspace_id = ")
        .text(workspace_id)
        .sql(" UNION ALL SELECT 'role', r.role_id, r.display_name, r.description, r.by_okta FROM roles AS r WHERE r.workspace_id = ")
        .text(workspace_id)
        .sql(" UNION ALL SELECT 'assigned', a.role_id, '', a.source, TRUE FROM assignments AS a WHERE a.workspace_id = ")
        .text(workspace_id)
        .sql(" AND a.user_id = ")
        .text(user_id)
        .sql(" UNION ALL SELECT 'entitled', e.entitlement_id, '', e.source, TRUE FROM entitlement_assignments AS e WHERE e.workspace_id = ")
        .text(workspace_id)
        .sql(" AND e.user_id = ")
        .text(user_id)
        .sql(" UNION ALL SELECT 'rule', p.role_id, p.group_name_key, '', TRUE FROM mappings AS p WHERE p.workspace_id = ")
        .text(workspace_id)
        .sql(" UNION ALL SELECT 'rule:entitlement', q.entitlement_id, q.group_name_key, '', TRUE FROM mapping_entitlements AS q WHERE q.workspace_id = ")
        .text(workspace_id)
        .sql(
            " UNION ALL SELECT 'group', g.group_id, g.display_name, '', TRUE FROM members AS m JOIN groups AS g \
             ON g.workspace_id = m.workspace_id AND g.group_id = m.group_id WHERE m.workspace_id = ",
        )
        .text(workspace_id)
        .sql(" AND m.user_id = ")
        .text(user_id)
        .sql(RULED)
        .sql(" UNION ALL SELECT 'claim', '', m.group_name, '', TRUE FROM claimed_groups AS m WHERE m.workspace_id = ")
        .text(workspace_id)
        .sql(" AND m.user_id = ")
        .text(user_id)
        .sql(RULED)
}
