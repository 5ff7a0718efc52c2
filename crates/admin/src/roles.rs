//! Roles and the rules that give them, as operators and administrators change them: each change tells what was before.

use serde_json::{Value, json};
use vestibule_core::{fold::fold, sets::AssignmentSource, time::Micros};
use vestibule_store::{
    Conn, Error,
    people::users::User,
    rights::{
        mappings::{self, Rule},
        roles::{self, Role},
    },
    trail::events::{self, Cause},
};

use crate::workspaces::{Refusal, field};

/// The name or pattern of a rule.
///
/// # Errors
/// [`Refusal::Field`].
pub fn rule_name(group: &str) -> Result<&str, Refusal> {
    let group = group.trim();
    if group.is_empty() || group.chars().count() > 256 || group.contains('\0') {
        return field("group", "must have 1 to 256 characters");
    }
    Ok(group)
}

/// The rule of this name or pattern, without regard to letter case.
pub fn find_rule(conn: &mut Conn, workspace_id: &str, group: &str) -> Result<Option<Rule>, Error> {
    let key = fold(group);
    Ok(mappings::list(conn, workspace_id)?.into_iter().find(|rule| rule.key == key))
}

/// Lets members of a group hold these roles and entitlements besides what its rule gives already.
///
/// # Errors
/// [`Refusal`].
pub fn set_mapping(
    conn: &mut Conn,
    workspace_id: &str,
    group: &str,
    (given, entitlements): (&[Role], &[String]),
    cause: &Cause,
    now: Micros,
) -> Result<Value, Refusal> {
    let group = rule_name(group)?;
    let before = find_rule(conn, workspace_id, group)?;
    for role in given {
        if !role.by_okta {
            return Err(not_okta_s(role));
        }
        mappings::set(conn, workspace_id, group, &role.role_id, now)?;
    }
    for id in entitlements {
        mappings::set_entitlement(conn, workspace_id, group, id, now)?;
    }
    let role = given.first().map(|role| &role.role_id);
    let roles: Vec<_> = given.iter().map(|role| &role.role_id).collect();
    let told = json!({
        "group": group, "role": role, "roles": roles, "entitlements": entitlements,
        "before": before.as_ref().map(held),
    });
    events::record_json(conn, workspace_id, "mapping_set", cause, "workspace", &told, now)?;
    Ok(json!({ "group": group, "role": role, "entitlements": entitlements }))
}

/// Makes the rule of a group exactly this.
///
/// # Errors
/// [`Refusal`].
pub fn put_mapping(
    conn: &mut Conn,
    workspace_id: &str,
    group: &str,
    (given, entitlements): (&[Role], &[String]),
    cause: &Cause,
    now: Micros,
) -> Result<(), Refusal> {
    let group = rule_name(group)?;
    if let Some(role) = given.iter().find(|role| !role.by_okta) {
        return Err(not_okta_s(role));
    }
    let whole = find_rule(conn, workspace_id, group)?;
    if let Some(rule) = &whole {
        let is_gone = |id: &&String| !given.iter().any(|role| role.role_id == **id);
        let roles: Vec<String> = rule.roles.iter().filter(is_gone).cloned().collect();
        let is_gone = |id: &&String| !entitlements.contains(id);
        let taken: Vec<String> = rule.entitlements.iter().filter(is_gone).cloned().collect();
        // Naming nothing would take everything.
        if !roles.is_empty() || !taken.is_empty() {
            mappings::delete(conn, workspace_id, group, &roles, &taken)?;
        }
    }
    for role in given {
        mappings::set(conn, workspace_id, group, &role.role_id, now)?;
    }
    for id in entitlements {
        mappings::set_entitlement(conn, workspace_id, group, id, now)?;
    }
    let roles: Vec<_> = given.iter().map(|role| &role.role_id).collect();
    let told = json!({
        "group": group, "role": roles.first(), "roles": roles, "entitlements": entitlements,
        "before": whole.as_ref().map(held),
    });
    events::record_json(conn, workspace_id, "mapping_set", cause, "workspace", &told, now)?;
    Ok(())
}

/// Removes the rule of a group; how many roles and entitlements it gave.
pub fn delete_mapping(
    conn: &mut Conn,
    workspace_id: &str,
    group: &str,
    cause: &Cause,
    now: Micros,
) -> Result<usize, Error> {
    let before = find_rule(conn, workspace_id, group)?;
    let removed = mappings::delete(conn, workspace_id, group, &[], &[])?;
    if removed > 0 {
        let data = json!({ "group": group.trim(), "removed": removed, "before": before.as_ref().map(held) });
        events::record_json(conn, workspace_id, "mapping_deleted", cause, "workspace", &data, now)?;
    }
    Ok(removed)
}

fn not_okta_s(role: &Role) -> Refusal {
    Refusal::Conflict(format!(
        "Okta may not give {} here, and who is in a group is Okta's to say; give it by hand, or allow Okta to give it first",
        role.role_id
    ))
}

fn held(rule: &Rule) -> Value {
    json!({ "roles": rule.roles, "entitlements": rule.entitlements })
}

/// Records what was done to a role: `role_created`, `role_changed` or `role_deleted`.
pub fn tell_role(conn: &mut Conn, role: &Role, kind: &str, cause: &Cause, now: Micros) -> Result<(), Error> {
    events::record_json(conn, &role.workspace_id, kind, cause, "workspace", &told(role), now)?;
    Ok(())
}

fn told(role: &Role) -> Value {
    json!({ "role": role.role_id, "name": role.display_name, "by_okta": role.by_okta })
}

/// Writes a role as it is now, and tells what it was before.
///
/// # Errors
/// As of [`roles::save`].
pub fn save_role(
    conn: &mut Conn,
    before: &Role,
    after: &mut Role,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    roles::save(conn, after)?;
    let terms = |role: &Role| json!({ "name": role.display_name, "by_okta": role.by_okta, "description": role.description });
    let data = super::trail::with_before(told(after), &terms(before), &terms(after));
    events::record_json(conn, &after.workspace_id, "role_changed", cause, "workspace", &data, now)?;
    Ok(())
}

/// Makes the roles given to a user by hand exactly these; what comes from Okta, through groups or by default stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when a role is gone.
pub fn set_manual_roles(
    conn: &mut Conn,
    user: &User,
    role_ids: &[String],
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    let workspace_id = &user.workspace_id;
    let before = roles::effective(conn, workspace_id, &user.user_id)?.role_ids();
    roles::keep_only_of(conn, workspace_id, &user.user_id, AssignmentSource::Manual, role_ids)?;
    for role_id in role_ids {
        roles::assign(conn, workspace_id, &user.user_id, role_id, AssignmentSource::Manual, now)?;
    }
    let after = roles::effective(conn, workspace_id, &user.user_id)?.role_ids();
    let data = json!({ "by_hand": role_ids, "before": before, "after": after });
    events::record_json(conn, workspace_id, "roles_changed", cause, &user.target(), &data, now)?;
    Ok(())
}
