//! `POST /people/{id}/roles`: sets the roles that a person has by hand. Roles from Okta, from groups and by default are not changed here.
//! Only an owner assigns or removes the role Owner, and the last owner keeps it.

use actix_web::web;
use vestibule_admin::rights::assignments;
use vestibule_core::ids::RoleId;
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
    people::person::{
        nobody::{nobody, user_id_of},
        page,
    },
};

/// The ids of the ticked roles.
pub struct TickedRoles(Vec<RoleId>);

impl Fields for TickedRoles {
    fn read(form: &Parameters) -> Self {
        Self(form.names_below("role.").into_iter().map(RoleId::sent).collect())
    }
}

/// Sets the roles.
pub async fn set_roles(form: Form<Administrator, TickedRoles>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields: TickedRoles(wanted) } = form;
    let (workspace_id, user_id) = (administrator.workspace_id(), user_id_of(&administrator, &path)?);
    let (actor, changed) = (administrator.actor(), user_id.clone());
    let outcome = administrator
        .change_on(nobody, move |conn| {
            assignments::replace_manual_roles(conn, &actor, (&workspace_id, &changed), &wanted)
        })
        .await?;
    match outcome {
        Ok(()) => Ok(administrator.redirect(&format!("/people/{user_id}?saved=1"))),
        Err(problem) => page::show(&administrator, &user_id, problem).await,
    }
}
