//! Mappings: rules by which members of the groups of a name or pattern have roles and entitlements.

use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, RoleId, WorkspaceId},
};
use vestibule_store::{
    Conn, Error, Tx,
    rights::{
        mappings::{self, Rule},
        roles::Role,
    },
    trail::events::{
        Target,
        kinds::{MappingData, MappingDeleted, MappingSet},
    },
};

use crate::{
    actor::Actor,
    checks,
    refusal::{Refusal, conflict, field},
    rights::authority,
};

/// The largest number of roles or entitlements of one rule.
const MOST: usize = 100;

/// Roles and entitlements of the members of groups with a name or pattern.
#[derive(Debug, Clone, Copy)]
pub struct MappingChange<'a> {
    /// Name or pattern of groups.
    pub group: &'a str,
    /// Roles of the workspace.
    pub roles: &'a [Role],
    /// Ids of entitlements of the workspace.
    pub entitlements: &'a [EntitlementId],
}

impl MappingChange<'_> {
    fn role_ids(&self) -> Vec<RoleId> {
        self.roles.iter().map(|role| role.role_id.clone()).collect()
    }
}

/// The name or pattern of a rule, trimmed.
pub fn group_name(group: &str) -> Result<&str, Refusal> {
    checks::text("group", group)
}

/// The rule of this name or pattern, without regard to letter case.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, group: &str) -> Result<Option<Rule>, Error> {
    let key = fold(group);
    Ok(mappings::list(conn, workspace_id)?.into_iter().find(|rule| rule.key == key))
}

/// Adds roles and entitlements to the rule of a group.
pub fn add(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    change: MappingChange<'_>,
) -> Result<(), Refusal> {
    save(conn, actor, workspace_id, change, false)
}

/// Replaces the rule of a group.
pub fn replace(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    change: MappingChange<'_>,
) -> Result<(), Refusal> {
    save(conn, actor, workspace_id, change, true)
}

fn save(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    change: MappingChange<'_>,
    replaces: bool,
) -> Result<(), Refusal> {
    let group = check(change)?;
    let (role_ids, entitlement_ids) = (change.role_ids(), change.entitlements);
    authority::keep_administered(conn, actor, workspace_id, |conn| {
        let before = find(conn, workspace_id, group)?;
        let roles_before = before.as_ref().map(|rule| rule.roles.as_slice()).unwrap_or_default();
        let unchanged: &[RoleId] = if replaces { &[] } else { roles_before };
        let roles_after = [unchanged, role_ids.as_slice()].concat();
        authority::may_give(conn, actor, workspace_id, roles_before, &roles_after)?;
        if let Some(rule) = before.as_ref().filter(|_| replaces) {
            let roles = missing(&rule.roles, &role_ids);
            let entitlements = missing(&rule.entitlements, entitlement_ids);
            // With two empty lists, the store would delete the whole rule.
            if !roles.is_empty() || !entitlements.is_empty() {
                mappings::delete(conn, workspace_id, group, &roles, &entitlements)?;
            }
        }
        for role_id in &role_ids {
            mappings::set(conn, workspace_id, group, role_id, actor.now)?;
        }
        for id in entitlement_ids {
            mappings::set_entitlement(conn, workspace_id, group, id, actor.now)?;
        }
        let data = MappingSet {
            group,
            role: role_ids.first().map(RoleId::as_str),
            roles: &role_ids,
            entitlements: entitlement_ids,
            before: before.as_ref().map(data),
        };
        Ok(actor.record(conn, workspace_id, Target::Workspace, &data)?)
    })
}

/// The ids of `old` that `new` lacks.
fn missing<T: PartialEq + Clone>(old: &[T], new: &[T]) -> Vec<T> {
    old.iter().filter(|id| !new.contains(id)).cloned().collect()
}

/// Removes roles and entitlements from the rule of a group, or the whole rule when none is named; returns how many it lost.
pub fn delete(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    change: MappingChange<'_>,
) -> Result<usize, Refusal> {
    let (group, role_ids) = (change.group.trim(), change.role_ids());
    authority::keep_administered(conn, actor, workspace_id, |conn| {
        let before = find(conn, workspace_id, group)?;
        let whole = role_ids.is_empty() && change.entitlements.is_empty();
        let roles_before = before.as_ref().map(|rule| rule.roles.clone()).unwrap_or_default();
        let is_left = |id: &&RoleId| !whole && !role_ids.contains(id);
        let roles_after: Vec<RoleId> = roles_before.iter().filter(is_left).cloned().collect();
        authority::may_give(conn, actor, workspace_id, &roles_before, &roles_after)?;
        let removed = mappings::delete(conn, workspace_id, group, &role_ids, change.entitlements)?;
        if removed > 0 {
            let data = MappingDeleted { group, removed, before: before.as_ref().map(data) };
            actor.record(conn, workspace_id, Target::Workspace, &data)?;
        }
        Ok(removed)
    })
}

/// The checks of a rule that need no database; returns the name or pattern, trimmed.
fn check(change: MappingChange<'_>) -> Result<&str, Refusal> {
    let group = group_name(change.group)?;
    if change.roles.is_empty() && change.entitlements.is_empty() {
        return field("roles", "or entitlements must be given");
    }
    for (name, count) in [("roles", change.roles.len()), ("entitlements", change.entitlements.len())] {
        if count > MOST {
            return field(name, format!("must be at most {MOST}"));
        }
    }
    match change.roles.iter().find(|role| !role.by_okta) {
        None => Ok(group),
        Some(role) => conflict(format!(
            "the identity provider may not assign {}, and it decides who is in a group; assign it by hand, or let the provider assign it first",
            role.role_id
        )),
    }
}

fn data(rule: &Rule) -> MappingData<'_> {
    MappingData { roles: &rule.roles, entitlements: &rule.entitlements }
}
