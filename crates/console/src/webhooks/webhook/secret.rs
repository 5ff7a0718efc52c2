//! `POST /webhooks/{id}/secrets`: issues a second secret and shows it once. Both sign until the old one is ended.

use actix_web::web;
use vestibule_admin::outbox::webhooks;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form, request::id_of},
    webhooks::webhook::{change::change, page::show},
};

/// Issues the secret.
pub async fn add_secret(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let (administrator, id) = (form.visitor, id_of(&path));
    match change(&administrator, &id, webhooks::add_secret).await? {
        Ok(secret) => show(&administrator, &id, Some(secret), String::new()).await,
        Err(problem) => show(&administrator, &id, None, problem).await,
    }
}
