//! A workspace itself, its domains, attributes, roles, entitlements and mappings.

use anyhow::anyhow;
use vestibule_scim::users::custom_attributes;
use vestibule_store::{
    Conn,
    providers::{domains, setup_progress, sign_in_domains},
    rights::{
        entitlements, mappings,
        roles::{self, Role},
    },
    safeguards::brakes,
    workspaces::Workspace,
};
use vestibule_transfer::configuration::{Kind, Thing, Value};

use super::text;
use crate::cli::commands::Sentence;

/// The things.
pub(super) fn things(conn: &mut Conn, workspace: &Workspace) -> Result<Vec<Thing>, Sentence> {
    let id = &workspace.workspace_id;
    let all_roles = roles::list(conn, id)?;
    let mut things = vec![of_workspace(conn, workspace, &all_roles)?];
    for domain in domains::list(conn, id)? {
        things.push(Thing::stored(Kind::Domain, [("domain", text(domain))]));
    }
    let attributes = custom_attributes::parse(&workspace.custom_attributes()?);
    for one in attributes.map_err(|broken| anyhow!(broken.detail))? {
        let values = [
            ("schema", text(&one.schema)),
            ("name", text(&one.name)),
            ("type", text(one.kind.as_str())),
            ("multi_valued", Value::Switch(one.multi_valued)),
            ("case_exact", Value::Switch(one.case_exact)),
            ("description", text(&one.description)),
        ];
        things.push(Thing::stored(Kind::Attribute, values));
    }
    for one in all_roles {
        let values = [
            ("id", text(&one.role_id)),
            ("name", text(&one.display_name)),
            ("description", text(&one.description)),
            ("by_okta", Value::Switch(one.by_okta)),
        ];
        things.push(Thing::stored(Kind::Role, values));
    }
    for one in entitlements::list(conn, id)? {
        let values = [
            ("id", text(&one.entitlement_id)),
            ("name", text(&one.display_name)),
            ("description", text(&one.description)),
        ];
        things.push(Thing::stored(Kind::Entitlement, values));
    }
    for rule in mappings::list(conn, id)? {
        let values = [
            ("group", text(&rule.group)),
            ("roles", Value::texts(rule.roles.iter().map(ToString::to_string))),
            ("entitlements", Value::texts(rule.entitlements.iter().map(ToString::to_string))),
        ];
        things.push(Thing::stored(Kind::Mapping, values));
    }
    Ok(things)
}

fn of_workspace(conn: &mut Conn, workspace: &Workspace, all_roles: &[Role]) -> Result<Thing, Sentence> {
    let id = &workspace.workspace_id;
    let brake = brakes::find(conn, id)?;
    let limit = |seconds: Option<i64>, unit: i64, word: &'static str| {
        seconds.map_or(Value::Word(word), |seconds| Value::Number(seconds / unit))
    };
    let is_there = |role_id: &str| all_roles.iter().any(|role| role.role_id == role_id);
    let missing = roles::BUILT_IN.iter().map(|(role_id, ..)| *role_id).filter(|role_id| !is_there(role_id));
    Ok(Thing::stored(
        Kind::Workspace,
        [
            ("id", text(id)),
            ("name", text(&workspace.name)),
            ("default_role", text(&workspace.default_role)),
            ("without_roles", Value::texts(missing)),
            ("allow_basic", Value::Switch(workspace.allow_basic)),
            ("park_members", Value::Switch(workspace.park_members)),
            ("session_hours", limit(workspace.session_seconds, 3600, "default")),
            ("idle_minutes", limit(workspace.idle_seconds, 60, "default")),
            ("max_age_seconds", limit(workspace.max_age_seconds, 1, "none")),
            ("allowed_origins", Value::texts(workspace.origins())),
            ("sign_in_domains", Value::texts(sign_in_domains::list(conn, id)?)),
            ("brake_percent", Value::Number(brake.percent)),
            ("brake_least", Value::Number(brake.least)),
            ("okta_app", text(setup_progress::find(conn, id)?.app_kind)),
        ],
    ))
}
