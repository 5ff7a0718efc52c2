//! `/account/tokens`: issues and revokes API tokens of the signed-in person.

pub(crate) mod form;
pub(crate) mod row;

use actix_web::web;
use vestibule_admin::{self as admin, Refusal, access::api_tokens::NewApiToken};

use crate::{
    account::page,
    layout::{access::SignedInPerson, error::PageResult, form::Form, token_form::TokenFields},
};

/// `POST /account/tokens`: issues an API token and shows it once.
pub async fn create(form: Form<SignedInPerson, TokenFields>) -> PageResult {
    let Form { visitor: person, fields } = form;
    let wanted = match form::check(fields, person.state()) {
        Ok(wanted) => wanted,
        Err(form) => return page::show(&person, None, form).await,
    };
    // The session's epoch, not the user's: a token that races with a revocation must be dead from the start.
    let (user, epoch) = (person.signed_in.user.clone(), person.signed_in.session.epoch);
    let (actor, name) = (person.actor(), wanted.name.clone());
    let default_scope = person.state().config().tokens.api_scopes.clone();
    let issued = person.state().write(move |conn| {
        let new = NewApiToken {
            name: &wanted.name,
            scopes: &wanted.scopes,
            default_scope: &default_scope,
            days: wanted.days,
        };
        admin::access::api_tokens::create(conn, &actor, (&user, epoch), new)
    });
    // The form was checked before, so a refusal here is an internal error.
    let (_, plain) = issued.await.map_err(|error: Refusal| person.failed(&error))?;
    page::show(&person, Some((&name, &plain)), form::empty(person.state())).await
}

/// `POST /account/tokens/{id}/revoke`: revokes one API token.
pub async fn revoke(form: Form<SignedInPerson, ()>, path: web::Path<String>) -> PageResult {
    let person = form.visitor;
    let (user, actor) = (person.signed_in.user.clone(), person.actor());
    person.write(move |conn| admin::access::api_tokens::revoke(conn, &actor, &user, &path)).await?;
    Ok(person.redirect("/account"))
}
