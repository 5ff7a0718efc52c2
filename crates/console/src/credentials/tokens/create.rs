//! `POST /tokens`: issues a provisioning token.

use vestibule_admin::{
    Refusal,
    access::provisioning_tokens::{self, NewProvisioningToken},
};
use vestibule_store::access::tokens::Token;
use vestibule_web::pages::isolate;

use crate::{
    credentials::tokens::{
        form,
        page::{Answer, IssuedSecret, show},
    },
    layout::{access::Administrator, error::PageResult, form::Form, token_form::TokenFields},
};

/// The limit of a token that no owner issued.
const NOT_OWNERS: &str =
    "It can't add or remove the role Owner, because you are not an owner: an owner can create one that can.";

/// What a token can't do because no owner issued it; empty: there is no such limit.
pub(super) fn limit(token: &Token) -> &'static str {
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
        advice: format!(
            "Paste it in {}, or give it to whoever sets up provisioning. Copy it now: it is not shown again.",
            administrator.provider().name
        ),
        limit: limit(&token),
    };
    show(&administrator, Answer::Issued(issued)).await
}
