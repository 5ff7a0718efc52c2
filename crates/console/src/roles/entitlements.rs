//! `/entitlements`: creates and deletes entitlements. The page `/roles` lists them.

use actix_web::web;
use vestibule_admin as admin;
use vestibule_core::ids::EntitlementId;
use vestibule_store::rights::entitlements;
use vestibule_web::{http::input::Parameters, pages::isolate};

use crate::{
    layout::{
        access::Administrator,
        confirm::Confirm,
        error::{PageError, PageResult},
        form::{Fields, Form},
        visitor::Visitor,
    },
    roles::list::{self, RolesForm},
};

/// The form of a new entitlement.
pub struct NewEntitlement {
    name: String,
    description: String,
}

impl Fields for NewEntitlement {
    fn read(form: &Parameters) -> Self {
        Self { name: form.text("name").to_owned(), description: form.text("description").to_owned() }
    }
}

/// `POST /entitlements`: creates an entitlement, which rules can then give.
pub async fn create(form: Form<Administrator, NewEntitlement>) -> PageResult {
    let Form { visitor: administrator, fields: NewEntitlement { name, description } } = form;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let form = RolesForm {
        entitlement: name.clone(),
        entitlement_description: description.clone(),
        ..RolesForm::default()
    };
    let outcome = administrator
        .change(move |conn| {
            let new = admin::rights::entitlements::NewEntitlement {
                id: None,
                name: &name,
                description: &description,
            };
            admin::rights::entitlements::create(conn, &actor, &workspace_id, new)
        })
        .await?;
    match outcome {
        Ok(_) => Ok(administrator.redirect("/roles?saved=1#grants")),
        Err(entitlement_problem) => {
            list::show(&administrator, RolesForm { entitlement_problem, ..form }).await
        }
    }
}

/// `GET /entitlements/{id}/delete`: asks first.
pub async fn ask_delete(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let workspace_id = administrator.workspace_id();
    let all = administrator.read(move |conn| entitlements::list(conn, &workspace_id)).await?;
    let entitlement = all
        .into_iter()
        .find(|one| one.entitlement_id == path.as_str())
        .ok_or_else(|| missing(&administrator))?;
    let confirm = Confirm {
        title: format!("Delete the entitlement “{}”?", isolate(&entitlement.display_name)),
        lines: vec![
            "Everybody who has it loses it at once, however it was assigned. Rules no longer assign it."
                .to_owned(),
            "It can't be undone: a new entitlement with this name is assigned to nobody.".to_owned(),
        ],
        action: format!("/entitlements/{}/delete", entitlement.entitlement_id),
        button: "Delete this entitlement",
        back: "/roles#grants".to_owned(),
    };
    confirm.page(&administrator)
}

/// `POST /entitlements/{id}/delete`: deletes the entitlement with each assignment of it, and removes it from each rule.
pub async fn delete(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let entitlement_id = EntitlementId::sent(path.into_inner());
    let deleted = administrator
        .write(move |conn| admin::rights::entitlements::delete(conn, &actor, &workspace_id, &entitlement_id))
        .await?;
    if !deleted {
        return Err(missing(&administrator));
    }
    Ok(administrator.redirect("/roles?saved=1#grants"))
}

fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("This entitlement is not here", "Look for it on the page Roles.")
}
