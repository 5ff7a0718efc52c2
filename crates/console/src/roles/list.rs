//! `/roles`: the rules, the roles with how often each is assigned, and the entitlements; and `POST /roles`, which creates a role.

use askama::Template;
use vestibule_admin as admin;
use vestibule_core::{providers::Provider, sets::AssignmentSource};
use vestibule_store::rights::{
    entitlements::Entitlement,
    roles::{Role, holders},
};
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::{Fields, Form},
        visitor::Visitor,
    },
    roles::catalog::{Catalog, RuleView},
};

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    saved: bool,
    rules: Vec<RuleView>,
    roles: Vec<RoleRow>,
    entitlements: Vec<Entitlement>,
    form: RolesForm,
}

/// A row of the list of roles.
struct RoleRow {
    role: Role,
    is_default: bool,
    /// How many people have it by hand.
    by_hand: i64,
    /// How many people have it from Okta.
    by_okta: i64,
    /// How many rules give it.
    rules: usize,
}

/// The forms of the page as last typed, and what is wrong with them.
#[derive(Default)]
pub(super) struct RolesForm {
    pub name: String,
    pub description: String,
    pub problem: String,
    pub entitlement: String,
    pub entitlement_description: String,
    pub entitlement_problem: String,
}

/// `GET /roles`
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, RolesForm::default()).await
}

/// The form of a new role.
pub struct NewRole {
    name: String,
    description: String,
    by_okta: bool,
}

impl Fields for NewRole {
    fn read(form: &Parameters) -> Self {
        Self {
            name: form.text("name").to_owned(),
            description: form.text("description").to_owned(),
            by_okta: form.get("by_okta").is_some(),
        }
    }
}

/// `POST /roles`: creates a role.
pub async fn create(form: Form<Administrator, NewRole>) -> PageResult {
    let Form { visitor: administrator, fields: NewRole { name, description, by_okta } } = form;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let form = RolesForm { name: name.clone(), description: description.clone(), ..RolesForm::default() };
    let outcome = administrator
        .change(move |conn| {
            let new =
                admin::rights::roles::NewRole { id: None, name: &name, description: &description, by_okta };
            admin::rights::roles::create(conn, &actor, &workspace_id, new)
        })
        .await?;
    match outcome {
        Ok(role) => Ok(administrator.redirect(&format!("/roles/{}", role.role_id))),
        Err(problem) => show(&administrator, RolesForm { problem, ..form }).await,
    }
}

/// Renders the page, with forms to correct.
pub(super) async fn show(visitor: &Visitor, form: RolesForm) -> PageResult {
    let workspace_id = visitor.workspace_id();
    let (catalog, assigned) = visitor
        .read(move |conn| {
            Ok((Catalog::read(conn, &workspace_id)?, holders::count_assigned(conn, &workspace_id)?))
        })
        .await?;
    let count = |role: &Role, manual: bool| {
        let of_role = assigned
            .iter()
            .filter(|(id, source, _)| *id == role.role_id && (*source == AssignmentSource::Manual) == manual);
        of_role.map(|(_, _, count)| count).sum()
    };
    let row = |role: &Role| RoleRow {
        is_default: role.role_id == visitor.workspace().default_role,
        by_hand: count(role, true),
        by_okta: count(role, false),
        rules: catalog.rules_giving(&role.role_id).count(),
        role: role.clone(),
    };
    let has_problem = !form.problem.is_empty() || !form.entitlement_problem.is_empty();
    let content = RolesPage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        saved: visitor.query().is_ok_and(|query| query.get("saved").is_some()) && !has_problem,
        rules: catalog.rules.iter().map(|rule| catalog.view(rule)).collect(),
        roles: catalog.roles.iter().map(row).collect(),
        entitlements: catalog.entitlements,
        form,
    };
    visitor.form_page("Roles", has_problem, &content)
}
