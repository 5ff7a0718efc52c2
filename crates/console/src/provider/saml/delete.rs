//! `/integrations/okta/saml/{connection}/delete`: deletes a SAML connection with its certificates. A page asks first.

use actix_web::web;
use vestibule_store::providers::saml_connections::SamlConnection;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    provider::{
        connection_page,
        saml::connection::{Shown, show},
    },
};

/// `GET /integrations/okta/saml/{connection}/delete`
pub async fn ask(administrator: Administrator, path: web::Path<String>) -> PageResult {
    connection_page::ask_deletion::<SamlConnection>(&administrator, &path).await
}

/// `POST /integrations/okta/saml/{connection}/delete`
pub async fn delete(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    match connection_page::delete::<SamlConnection>(&administrator, &path).await? {
        Ok(deleted) => Ok(deleted),
        Err((id, problem)) => show(&administrator, id, Shown { problem, ..Shown::default() }).await,
    }
}
