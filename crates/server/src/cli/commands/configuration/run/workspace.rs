//! Steps of a workspace itself, its domains, attributes, roles, entitlements and mappings.

use vestibule_admin::{
    provider::domains,
    rights::{
        entitlements::{self, NewEntitlement},
        mappings::{self, MappingChange},
        roles::{self as admin_roles, NewRole, RoleChange},
    },
    workspaces::{self, Limit, WorkspaceChange},
};
use vestibule_core::ids::{EntitlementId, RoleId, WorkspaceId};
use vestibule_scim::users::custom_attributes::{self, Custom, change};
use vestibule_store::{
    Conn, Error, Tx,
    rights::{
        entitlements as stored_entitlements,
        roles::{self, BUILT_IN, Role},
    },
    workspaces::{self as stored_workspaces, Workspace},
};
use vestibule_transfer::configuration::{Action, Step, Thing};

use super::failure::Failure;
use crate::cli::commands::configuration::Context;

fn find(conn: &mut Conn, context: &Context<'_>, id: &WorkspaceId) -> Result<Workspace, Failure> {
    let found = stored_workspaces::find(conn, id, &context.config.region.name)?;
    Ok(found.ok_or(Error::NotFound)?)
}

/// The role of exactly this id.
fn role_of(conn: &mut Conn, id: &WorkspaceId, role_id: &str) -> Result<Option<Role>, Error> {
    Ok(roles::list(conn, id)?.into_iter().find(|role| role.role_id == role_id))
}

/// Changes the settings of the workspace.
pub(super) fn settings(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<(), Failure> {
    let given = step.given();
    let limit = |limit: Limit, key: &str| given.number(key).map(|number| limit.read(number)).transpose();
    let change = WorkspaceChange {
        name: given.text("name").map(str::to_owned),
        default_role: default_role(conn, id, &given)?,
        allow_basic: given.switch("allow_basic"),
        park_members: given.switch("park_members"),
        session: limit(Limit::SessionHours, "session_hours")?,
        idle: limit(Limit::IdleMinutes, "idle_minutes")?,
        max_age: limit(Limit::MaxAge, "max_age_seconds")?,
        allowed_origins: given.texts("allowed_origins").map(<[String]>::to_vec),
        sign_in_domains: given.texts("sign_in_domains").map(<[String]>::to_vec),
        brake_percent: given.number("brake_percent").flatten(),
        brake_least: given.number("brake_least").flatten(),
        okta_app: match given.text("okta_app") {
            Some(text) => {
                Some(text.parse().map_err(|_| Failure::Key("okta_app", "is no kind of app".to_owned()))?)
            }
            None => None,
        },
    };
    let before = find(conn, context, id)?;
    workspaces::change(conn, &context.actor, &before, &change, context.allow_insecure())?;
    if let Some(missing) = given.texts("without_roles") {
        without_roles(conn, context, id, missing)?;
    }
    Ok(())
}

fn default_role(conn: &mut Conn, id: &WorkspaceId, given: &Thing) -> Result<Option<RoleId>, Failure> {
    let Some(role_id) = given.text("default_role") else { return Ok(None) };
    match role_of(conn, id, role_id)? {
        Some(role) => Ok(Some(role.role_id)),
        None => Err(Failure::Key("default_role", format!("names no role of this workspace: {role_id}"))),
    }
}

/// Deletes the built-in roles that the workspace is to lack, and creates the others that it lacks.
fn without_roles(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    missing: &[String],
) -> Result<(), Failure> {
    let is_built_in = |role_id: &String| BUILT_IN.iter().any(|(known, ..)| known == role_id);
    if let Some(other) = missing.iter().find(|role_id| !is_built_in(role_id)) {
        return Err(Failure::Key(
            "without_roles",
            format!("may name built-in roles only, which {other} is not"),
        ));
    }
    let workspace = find(conn, context, id)?;
    for (role_id, name, description) in BUILT_IN {
        let found = role_of(conn, id, role_id)?;
        match (found, missing.iter().any(|one| one == role_id)) {
            (Some(role), true) => admin_roles::delete(conn, &context.actor, &workspace, &role)?,
            (None, false) => {
                let new = NewRole { id: Some(role_id), name, description, by_okta: true };
                admin_roles::create(conn, &context.actor, id, new)?;
            }
            (Some(_), false) | (None, true) => {}
        }
    }
    Ok(())
}

/// Verifies a domain by decision of the operator, or removes it.
pub(super) fn domain(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<(), Failure> {
    let domain = step.thing.text("domain").unwrap_or_default();
    match step.action {
        Action::Delete => drop(domains::remove(conn, &context.actor, id, domain)?),
        _ => domains::vouch(conn, &context.actor, id, domain)?,
    }
    Ok(())
}

/// Declares an attribute, or deletes it with its values.
pub(super) fn attribute(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<(), Failure> {
    let workspace = find(conn, context, id)?;
    let (thing, actor) = (&step.thing, &context.actor);
    let text = |key: &str| thing.text(key).unwrap_or_default();
    if step.action == Action::Delete {
        change::delete(conn, &workspace, (text("schema"), text("name")), &actor.cause, actor.now)?;
        return Ok(());
    }
    let kind = custom_attributes::kind_of(text("type"));
    let custom = Custom {
        schema: text("schema").to_owned(),
        name: text("name").to_owned(),
        kind: kind.map_err(|refused| Failure::Key("type", refused.detail))?,
        multi_valued: thing.switch("multi_valued").unwrap_or_default(),
        case_exact: thing.switch("case_exact").unwrap_or_default(),
        description: text("description").to_owned(),
    };
    change::create(conn, &workspace, custom, &actor.cause, actor.now)?;
    Ok(())
}

/// Creates, changes or deletes a role.
pub(super) fn role(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<(), Failure> {
    let (given, actor) = (step.given(), &context.actor);
    let role_id = step.thing.text("id").unwrap_or_default();
    if step.action == Action::Create {
        let new = NewRole {
            id: Some(role_id),
            name: given.text("name").unwrap_or_default(),
            description: given.text("description").unwrap_or_default(),
            by_okta: given.switch("by_okta").unwrap_or(true),
        };
        admin_roles::create(conn, actor, id, new)?;
        return Ok(());
    }
    let before = role_of(conn, id, role_id)?.ok_or(Error::NotFound)?;
    if step.action == Action::Delete {
        let workspace = find(conn, context, id)?;
        return Ok(admin_roles::delete(conn, actor, &workspace, &before)?);
    }
    let change = RoleChange {
        name: given.text("name"),
        description: given.text("description"),
        by_okta: given.switch("by_okta"),
    };
    admin_roles::change(conn, actor, &before, change)?;
    Ok(())
}

/// Creates, changes or deletes an entitlement.
pub(super) fn entitlement(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<(), Failure> {
    let text = |key: &str| step.thing.text(key).unwrap_or_default();
    if step.action == Action::Delete {
        entitlements::delete(conn, &context.actor, id, &EntitlementId::from_stored(text("id")))?;
        return Ok(());
    }
    if step.action == Action::Change {
        let all = stored_entitlements::list(conn, id)?;
        let before = all.into_iter().find(|one| one.entitlement_id == text("id")).ok_or(Error::NotFound)?;
        let given = step.given();
        entitlements::change(conn, &context.actor, &before, given.text("name"), given.text("description"))?;
        return Ok(());
    }
    let new = NewEntitlement { id: Some(text("id")), name: text("name"), description: text("description") };
    entitlements::create(conn, &context.actor, id, new)?;
    Ok(())
}

/// Replaces or deletes the mapping of a group.
pub(super) fn mapping(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<(), Failure> {
    let group = step.thing.text("group").unwrap_or_default();
    if step.action == Action::Delete {
        let whole = MappingChange { group, roles: &[], entitlements: &[] };
        mappings::delete(conn, &context.actor, id, whole)?;
        return Ok(());
    }
    // A list that the file does not have stays as it is.
    let stored = |key: &str| step.stored.as_ref().and_then(|thing| thing.texts(key)).unwrap_or_default();
    let wanted = |key: &str| step.thing.texts(key).unwrap_or(stored(key)).to_vec();
    let mut found_roles = Vec::new();
    for role_id in wanted("roles") {
        let unknown = || Failure::Key("roles", format!("names no role of this workspace: {role_id}"));
        found_roles.push(role_of(conn, id, &role_id)?.ok_or_else(unknown)?);
    }
    let all = stored_entitlements::list(conn, id)?;
    let mut found_entitlements = Vec::new();
    for name in wanted("entitlements") {
        let unknown =
            || Failure::Key("entitlements", format!("names no entitlement of this workspace: {name}"));
        let found = all.iter().find(|one| one.entitlement_id == name.as_str());
        found_entitlements.push(found.ok_or_else(unknown)?.entitlement_id.clone());
    }
    let change = MappingChange { group, roles: &found_roles, entitlements: &found_entitlements };
    Ok(mappings::replace(conn, &context.actor, id, change)?)
}
