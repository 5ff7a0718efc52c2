//! Issues provisioning tokens: a new one, or a second one with the name and scopes of an existing token.

use actix_web::web;
use vestibule_admin::{
    Refusal,
    access::provisioning_tokens::{self, NewProvisioningToken},
};
use vestibule_store::access::tokens::Token;
use vestibule_web::pages::isolate;

use crate::{
    credentials::tokens::{
        ended::missing,
        form,
        page::{Answer, IssuedSecret, show},
    },
    layout::{access::Administrator, error::PageResult, form::Form, request::id_of, token_form::TokenFields},
};

/// The limit of a token that no owner issued.
const NOT_OWNERS: &str =
    "It can't add or remove the role Owner, because you are not an owner: an owner can create one that can.";

fn limit(token: &Token) -> &'static str {
    if token.may_give_owner || !token.may("scim.write") { "" } else { NOT_OWNERS }
}

/// `POST /tokens`: issues a provisioning token and shows it once.
pub async fn create(form: Form<Administrator, TokenFields>) -> PageResult {
    let Form { visitor: administrator, fields } = form;
    let wanted = match form::check(fields) {
        Ok(wanted) => wanted,
        Err(form) => return show(&administrator, Answer::Form(form)).await,
    };
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let issued = administrator.state().write(move |conn| {
        let new =
            NewProvisioningToken { name: &wanted.name, scopes: &wanted.scopes, days: Some(wanted.days) };
        provisioning_tokens::create(conn, &actor, &workspace_id, new)
    });
    // The form was checked before, so a refusal here is an internal error.
    let (token, secret) = issued.await.map_err(|error: Refusal| administrator.failed(&error))?;
    let issued = IssuedSecret {
        title: format!("Provisioning token “{}”", isolate(&token.name)),
        secret,
        advice: "Paste it in Okta, or give it to whoever sets up provisioning. Copy it now: it is not shown again.",
        limit: limit(&token),
    };
    show(&administrator, Answer::Issued(issued)).await
}

/// `POST /tokens/{id}/rotate`: issues a second token like this one and shows it once; the first works until it is revoked.
pub async fn rotate(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let rotated = administrator
        .write(move |conn| provisioning_tokens::rotate(conn, &actor, &workspace_id, &id_of(&path)))
        .await?;
    let (token, secret) = rotated.ok_or_else(|| missing(&administrator))?;
    let issued = IssuedSecret {
        title: format!("A second token “{}”", isolate(&token.name)),
        secret,
        advice: "Copy it now: it is not shown again. Replace the old one with it; the old one works until you revoke it below.",
        limit: limit(&token),
    };
    show(&administrator, Answer::Issued(issued)).await
}
