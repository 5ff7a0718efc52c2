//! `/integrations/okta/oidc/{connection}/delete`: deletes an OpenID Connect connection. A page asks first.

use actix_web::web;
use vestibule_store::providers::connections::Connection;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    provider::{
        connection_page,
        oidc::connection::{Shown, show},
    },
};

/// `GET /integrations/okta/oidc/{connection}/delete`
pub async fn ask(administrator: Administrator, path: web::Path<String>) -> PageResult {
    connection_page::ask_deletion::<Connection>(&administrator, &path).await
}

/// `POST /integrations/okta/oidc/{connection}/delete`
pub async fn delete(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    match connection_page::delete::<Connection>(&administrator, &path).await? {
        Ok(deleted) => Ok(deleted),
        Err((id, problem)) => show(&administrator, id, Shown { problem, ..Shown::default() }).await,
    }
}
