//! `/tokens/{id}/revoke`: revokes a provisioning token. A page asks first.

use actix_web::web;
use vestibule_admin::access::provisioning_tokens;
use vestibule_core::sets::TokenKind;
use vestibule_store::access::tokens;
use vestibule_web::pages::isolate;

use crate::{
    credentials::tokens::{
        ended::{ended, missing},
        rows::TokenRow,
    },
    layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form, request::id_of},
};

/// `GET /tokens/{id}/revoke`
pub async fn ask_revoke(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let (workspace_id, now) = (administrator.workspace_id(), administrator.state().now());
    let token = administrator
        .read(move |conn| {
            tokens::find_of_workspace(conn, &workspace_id, TokenKind::Provisioning, &id_of(&path))
        })
        .await?;
    let token = TokenRow::of(token.ok_or_else(|| missing(&administrator))?, now);
    let used = match token.used.as_str() {
        "never" => "It was never used.".to_owned(),
        used => format!("It was last used {used}."),
    };
    let name = administrator.provider().name;
    let confirm = Confirm {
        title: format!("Revoke the token “{}”?", isolate(&token.name)),
        lines: vec![
            format!("Created {}. It may {}. {used}", token.created.relative, token.may),
            format!(
                "It is refused from the next request on. If {name} uses it, {name} can create, change or deactivate nobody until it has \
                 another token. People stay as they are."
            ),
            "It can't be undone.".to_owned(),
        ],
        action: format!("/tokens/{}/revoke", token.id),
        button: "Revoke this token",
        back: "/tokens".to_owned(),
    };
    confirm.page(&administrator)
}

/// `POST /tokens/{id}/revoke`
pub async fn revoke(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let revoked = administrator
        .write(move |conn| provisioning_tokens::revoke(conn, &actor, &workspace_id, &id_of(&path)))
        .await?;
    ended(&administrator, revoked)
}
