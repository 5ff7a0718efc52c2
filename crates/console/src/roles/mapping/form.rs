//! `GET /mapping`: the form of a rule, filled from the rule about the group that the query names.

use askama::Template;
use vestibule_core::{fold::fold, providers::Provider};
use vestibule_store::rights::roles::{self, Role};

use crate::{
    layout::{access::Administrator, error::PageResult, visitor::Visitor},
    roles::{catalog::Catalog, mapping::wanted::WantedRule},
};

#[derive(Template)]
#[template(path = "mapping.html")]
struct MappingPage {
    provider: &'static Provider,
    wanted: WantedRule,
    is_new: bool,
    roles: Vec<Choice>,
    entitlements: Vec<Choice>,
    problem: String,
}

/// A check box.
struct Choice {
    /// Id of the role or entitlement.
    id: String,
    name: String,
    about: String,
    ticked: bool,
    /// Why it can't be changed; empty: it can.
    barred: String,
}

/// Shows the form.
pub async fn get(administrator: Administrator) -> PageResult {
    let query = administrator.query()?;
    let wanted = WantedRule { group: query.text("group").trim().to_owned(), ..WantedRule::default() };
    show(&administrator, wanted, None).await
}

/// Renders the form: as stored, or as sent with its problem.
pub(super) async fn show(visitor: &Visitor, mut wanted: WantedRule, problem: Option<String>) -> PageResult {
    let (workspace_id, by_owner) = (visitor.workspace_id(), visitor.is_owner());
    let catalog = visitor.read(move |conn| Catalog::read(conn, &workspace_id)).await?;
    let key = fold(&wanted.group);
    let stored = catalog.rules.iter().find(|rule| rule.key == key);
    let stored_roles = stored.map(|rule| rule.roles.clone()).unwrap_or_default();
    if let (None, Some(rule)) = (&problem, stored) {
        (wanted.roles, wanted.entitlements) = (rule.roles.clone(), rule.entitlements.clone());
    }
    let barred_by_provider = format!("{} may not assign it", visitor.provider().label);
    let role = |role: &Role| Choice {
        ticked: wanted.roles.contains(&role.role_id),
        barred: match role {
            role if role.role_id == roles::OWNER && !by_owner => "only an owner may change this",
            role if !role.by_okta && !stored_roles.contains(&role.role_id) => barred_by_provider.as_str(),
            _ => "",
        }
        .to_owned(),
        id: role.role_id.to_string(),
        name: role.display_name.clone(),
        about: role.description.clone(),
    };
    let content = MappingPage {
        provider: visitor.provider(),
        is_new: stored.is_none(),
        roles: catalog.roles.iter().map(role).collect(),
        entitlements: catalog
            .entitlements
            .iter()
            .map(|one| Choice {
                ticked: wanted.entitlements.contains(&one.entitlement_id),
                barred: String::new(),
                id: one.entitlement_id.to_string(),
                name: one.display_name.clone(),
                about: one.description.clone(),
            })
            .collect(),
        wanted,
        problem: problem.unwrap_or_default(),
    };
    visitor.form_page("Rule of a group", !content.problem.is_empty(), &content)
}
