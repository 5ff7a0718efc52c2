//! `POST /mapping`: saves or removes a rule.

use vestibule_admin::rights::mappings::{self, MappingChange};

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    roles::{
        catalog::Catalog,
        mapping::{form, wanted::WantedRule},
    },
};

/// Saves the rule, or removes it.
pub async fn post(form: Form<Administrator, WantedRule>) -> PageResult {
    let Form { visitor: administrator, fields: wanted } = form;
    let (workspace_id, by_owner, rule) =
        (administrator.workspace_id(), administrator.is_owner(), wanted.clone());
    let (actor, provider) = (administrator.actor(), administrator.provider());
    let outcome = administrator
        .change(move |conn| {
            let catalog = Catalog::read(conn, &workspace_id)?;
            let (roles, checked) = rule.check(&catalog, by_owner, provider)?;
            let change =
                MappingChange { group: &rule.group, roles: &roles, entitlements: &rule.entitlements };
            match checked {
                Some(_) => mappings::replace(conn, &actor, &workspace_id, change),
                None => {
                    let whole = MappingChange { roles: &[], entitlements: &[], ..change };
                    mappings::delete(conn, &actor, &workspace_id, whole).map(drop)
                }
            }
        })
        .await?;
    match outcome {
        Ok(()) => Ok(administrator.redirect("/roles?saved=1")),
        Err(problem) => form::show(&administrator, wanted, Some(problem)).await,
    }
}
