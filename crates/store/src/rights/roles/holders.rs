//! The users who have a role or are in the groups of a mapping, by page, ordered by id. A page reads no more rows of each group
//! than it returns, never all members of a group.

use std::collections::BTreeSet;

use diesel::{dsl::count_star, prelude::*, sql_types::Text};
use vestibule_core::{
    ids::{RoleId, UserId, WorkspaceId},
    sets::AssignmentSource,
};

use super::Role;
use crate::{
    Conn, Result,
    db::{
        schema::{assignments, claimed_groups},
        statement::Statement,
    },
    rights::mappings,
};

/// Number of groups that one statement reads.
const AT_ONCE: usize = 64;

/// Where to search for users.
#[derive(Debug, Clone, Default)]
pub struct HolderFilter {
    /// Users with an assignment of this role; only by hand, if Okta may not assign it.
    pub role: Option<Role>,
    /// Users in the groups with these ids.
    pub groups: Vec<String>,
    /// Users with a provider's claim that contains these group names.
    pub claims: Vec<String>,
}

impl HolderFilter {
    /// All users to whom a mapping with one of these folded names or patterns applies.
    pub fn ruled(conn: &mut Conn, workspace_id: &WorkspaceId, keys: &[String]) -> Result<Self> {
        if keys.is_empty() {
            return Ok(Self::default());
        }
        let groups =
            mappings::groups(conn, workspace_id, keys)?.into_iter().map(|(id, _)| id.into_string()).collect();
        let names: Vec<String> = claimed_groups::table
            .filter(claimed_groups::workspace_id.eq(workspace_id))
            .select(claimed_groups::group_name)
            .distinct()
            .load(conn)?;
        let is_meant = |name: &String| {
            keys.iter().any(|pattern| mappings::matches(pattern, &vestibule_core::fold::fold(name)))
        };
        Ok(Self { role: None, groups, claims: names.into_iter().filter(is_meant).collect() })
    }

    /// All users with this role, except by default.
    pub fn holders(conn: &mut Conn, role: &Role) -> Result<Self> {
        let rules = if role.by_okta { mappings::list(conn, &role.workspace_id)? } else { Vec::new() };
        let giving = rules.into_iter().filter(|rule| rule.roles.contains(&role.role_id));
        let keys: Vec<String> = giving.map(|rule| rule.key).collect();
        Ok(Self { role: Some(role.clone()), ..Self::ruled(conn, &role.workspace_id, &keys)? })
    }

    /// The user ids after an id, in order, at most `limit`.
    pub fn page(
        &self,
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<UserId>> {
        let mut found = BTreeSet::new();
        if let Some(role) = &self.role {
            let manual = if role.by_okta { "" } else { AssignmentSource::Manual.as_str() };
            let assigned: Vec<UserId> =
                Statement::<Text>::new("SELECT DISTINCT user_id FROM assignments WHERE workspace_id = ")
                    .text(workspace_id)
                    .sql(" AND role_id = ")
                    .text(&role.role_id)
                    .sql(" AND user_id > ")
                    .text(after)
                    .sql(" AND (source = ")
                    .text(AssignmentSource::Manual.as_str())
                    .sql(" OR ")
                    .text(manual)
                    .sql(" = '') ORDER BY user_id LIMIT ")
                    .whole(limit)
                    .load(conn)?;
            found.extend(assigned);
        }
        let within = [
            ("members WHERE workspace_id = ", " AND group_id = ", &self.groups),
            ("claimed_groups WHERE workspace_id = ", " AND group_name = ", &self.claims),
        ];
        for (table, column, names) in within {
            for some in names.chunks(AT_ONCE) {
                let mut statement = Statement::<Text>::new("SELECT DISTINCT user_id FROM (");
                for (place, name) in some.iter().enumerate() {
                    statement = statement
                        .sql(if place == 0 { "" } else { " UNION ALL " })
                        .sql("SELECT user_id FROM (SELECT user_id FROM ")
                        .sql(table)
                        .text(workspace_id)
                        .sql(column)
                        .text(name)
                        .sql(" AND user_id > ")
                        .text(after)
                        .sql(" ORDER BY user_id LIMIT ")
                        .whole(limit)
                        .sql(") AS one");
                }
                let named: Vec<UserId> =
                    statement.sql(") AS every ORDER BY user_id LIMIT ").whole(limit).load(conn)?;
                found.extend(named);
            }
        }
        Ok(found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }
}

/// Number of assignments of each role: role, source, number.
pub fn count_assigned(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
) -> Result<Vec<(RoleId, AssignmentSource, i64)>> {
    Ok(assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .group_by((assignments::role_id, assignments::source))
        .select((assignments::role_id, assignments::source, count_star()))
        .load(conn)?)
}
