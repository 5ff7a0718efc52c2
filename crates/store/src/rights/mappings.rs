//! Mappings of a workspace: members of groups with this name have these roles and entitlements. A mapping names a group by name
//! or pattern, so it can exist before the group is pushed, and stays when the group is deleted and pushed again.

use std::collections::BTreeMap;

use diesel::prelude::*;
use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, GroupId, RoleId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::schema::{groups, mapping_entitlements, mappings},
    on_backend,
};

/// A mapping: the name or pattern of groups, and what their members have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The name or pattern as written. In a pattern, `*` matches any number of characters, including none.
    pub group: String,
    /// The name or pattern, folded.
    pub key: String,
    /// The ids of roles, in order.
    pub roles: Vec<RoleId>,
    /// The ids of entitlements, in order.
    pub entitlements: Vec<EntitlementId>,
}

impl Rule {
    /// Whether the mapping applies to the group with this folded name.
    pub fn matches(&self, group_name_key: &str) -> bool {
        matches(&self.key, group_name_key)
    }
}

/// The groups that match one of these folded names or patterns: id and name. Reads the names of all groups only if there is a
/// pattern.
pub fn groups(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    keys: &[String],
) -> Result<Vec<(GroupId, String)>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let named = groups::table.filter(groups::workspace_id.eq(workspace_id)).order(groups::display_name_key);
    let columns = (groups::group_id, groups::display_name_key, groups::display_name);
    let found: Vec<(GroupId, String, String)> = if keys.iter().any(|key| is_pattern(key)) {
        named.select(columns).load(conn)?
    } else {
        named.filter(groups::display_name_key.eq_any(keys)).select(columns).load(conn)?
    };
    let is_meant = |key: &str| keys.iter().any(|pattern| matches(pattern, key));
    Ok(found.into_iter().filter(|(_, key, _)| is_meant(key)).map(|(id, _, name)| (id, name)).collect())
}

/// Whether the key is a pattern that can match several names.
pub fn is_pattern(key: &str) -> bool {
    key.contains('*')
}

/// Whether a name matches a pattern, both folded. Each part between two stars matches at its first occurrence, so there is no
/// backtracking.
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, after)) = name.split_once(part) else { return false };
        name = if part.is_empty() { name } else { after };
    }
    name.ends_with(last)
}

/// Maps a group to a role. Does nothing if it is mapped already.
///
/// # Errors
/// [`crate::Error::NotFound`] when the role does not exist.
pub fn set(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_name: &str,
    role_id: &RoleId,
    now: Micros,
) -> Result<()> {
    let row = (
        mappings::workspace_id.eq(workspace_id),
        mappings::group_name_key.eq(fold(group_name)),
        mappings::role_id.eq(role_id),
        mappings::group_name.eq(group_name.trim()),
        mappings::created_at.eq(now),
    );
    on_backend!(conn, |inner| {
        diesel::insert_into(mappings::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(())
}

/// Maps a group to an entitlement. Does nothing if it is mapped already.
///
/// # Errors
/// [`crate::Error::NotFound`] when the entitlement does not exist.
pub fn set_entitlement(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_name: &str,
    entitlement_id: &EntitlementId,
    now: Micros,
) -> Result<()> {
    let row = (
        mapping_entitlements::workspace_id.eq(workspace_id),
        mapping_entitlements::group_name_key.eq(fold(group_name)),
        mapping_entitlements::entitlement_id.eq(entitlement_id),
        mapping_entitlements::group_name.eq(group_name.trim()),
        mapping_entitlements::created_at.eq(now),
    );
    on_backend!(conn, |inner| {
        diesel::insert_into(mapping_entitlements::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(())
}

/// Removes these roles and entitlements from the mapping of a group, or all if none is named. Returns their number.
pub fn delete(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_name: &str,
    role_ids: &[RoleId],
    entitlement_ids: &[EntitlementId],
) -> Result<usize> {
    let (key, all) = (fold(group_name), role_ids.is_empty() && entitlement_ids.is_empty());
    let roles = mappings::table
        .filter(mappings::workspace_id.eq(workspace_id))
        .filter(mappings::group_name_key.eq(&key));
    let entitlements = mapping_entitlements::table
        .filter(mapping_entitlements::workspace_id.eq(workspace_id))
        .filter(mapping_entitlements::group_name_key.eq(&key));
    if all {
        return Ok(diesel::delete(roles).execute(conn)? + diesel::delete(entitlements).execute(conn)?);
    }
    let named = entitlements.filter(mapping_entitlements::entitlement_id.eq_any(entitlement_ids));
    Ok(diesel::delete(roles.filter(mappings::role_id.eq_any(role_ids))).execute(conn)?
        + diesel::delete(named).execute(conn)?)
}

/// The mappings of a workspace, ordered by group. There are few; each check of a user reads them all.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Rule>> {
    let roles: Vec<(String, String, RoleId)> = mappings::table
        .filter(mappings::workspace_id.eq(workspace_id))
        .order((mappings::group_name_key, mappings::role_id))
        .select((mappings::group_name_key, mappings::group_name, mappings::role_id))
        .load(conn)?;
    let entitlements: Vec<(String, String, EntitlementId)> = mapping_entitlements::table
        .filter(mapping_entitlements::workspace_id.eq(workspace_id))
        .order((mapping_entitlements::group_name_key, mapping_entitlements::entitlement_id))
        .select((
            mapping_entitlements::group_name_key,
            mapping_entitlements::group_name,
            mapping_entitlements::entitlement_id,
        ))
        .load(conn)?;
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    let empty =
        |key: &str, group| Rule { group, key: key.to_owned(), roles: Vec::new(), entitlements: Vec::new() };
    for (key, group, id) in roles {
        let rule = empty(&key, group);
        rules.entry(key).or_insert(rule).roles.push(id);
    }
    for (key, group, id) in entitlements {
        let rule = empty(&key, group);
        rules.entry(key).or_insert(rule).entitlements.push(id);
    }
    Ok(rules.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_is_a_name_with_stars_for_anything() {
        for (pattern, name, expected) in [
            ("engineering", "engineering", true),
            ("engineering", "engineering-2", false),
            ("claresia-*", "claresia-eng-pilot", true),
            ("claresia-*", "claresia-", true),
            ("claresia-*", "claresia", false),
            ("claresia-*", "x-claresia-eng", false),
            ("*-admins", "claresia-admins", true),
            ("*-admins", "claresia-admins-2", false),
            ("claresia-*-pilot", "claresia-eng-pilot", true),
            ("claresia-*-pilot", "claresia-pilot", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "abcbc", true),
            ("a*b*c", "acb", false),
            ("a*bc*c", "abc", false),
            ("**", "", true),
            ("*", "anything", true),
            ("a**b", "ab", true),
            ("*x*x*", "x", false),
            ("*é*", "café au lait", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} and {name}");
        }
    }
}
