//! `POST /people/{id}/free-external-id`: removes the `externalId` of a deactivated person, so that another person can have it.

use actix_web::web;
use vestibule_admin::provider::identities;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    people::person::{
        nobody::{nobody, user_id_of},
        page,
    },
};

/// Frees the `externalId`.
pub async fn free_external_id(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, user_id) = (administrator.workspace_id(), user_id_of(&administrator, &path)?);
    let (actor, freed) = (administrator.actor(), user_id.clone());
    let outcome = administrator
        .change_on(nobody, move |conn| identities::free_external_id(conn, &actor, &workspace_id, &freed))
        .await?;
    match outcome {
        Ok(_) => Ok(administrator.redirect(&format!("/people/{user_id}?freed=1"))),
        Err(problem) => page::show(&administrator, &user_id, problem).await,
    }
}
