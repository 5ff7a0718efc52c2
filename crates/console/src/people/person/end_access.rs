//! `/people/{id}/end-access`: ends all access of a person. A page asks first, and names the person and what ends (design rule 2).

use actix_web::web;
use askama::Template;
use vestibule_admin::people;
use vestibule_core::providers::Provider;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    people::person::{
        nobody::{nobody, user_id_of},
        read::Person,
    },
};

#[derive(Template)]
#[template(path = "end_access.html")]
struct EndAccessPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    person: Person,
    workspace: &'a str,
}

/// `GET /people/{id}/end-access`
pub async fn ask(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let content = EndAccessPage {
        provider: administrator.provider(),
        csrf: administrator.csrf(),
        person: Person::find(&administrator, &user_id_of(&administrator, &path)?).await?,
        workspace: &administrator.workspace().name,
    };
    administrator.page("End all access", &content)
}

/// `POST /people/{id}/end-access`
pub async fn end_access(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, user_id) = (administrator.workspace_id(), user_id_of(&administrator, &path)?);
    let (actor, ended) = (administrator.actor(), user_id.clone());
    administrator
        .write_on(nobody, move |conn| people::end_access(conn, &actor, &workspace_id, &ended))
        .await?;
    Ok(administrator.redirect(&format!("/people/{user_id}?ended=1")))
}
