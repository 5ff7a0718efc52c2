//! `/tokens/{id}/rotation`: the rotation of a provisioning token in three steps: make a new one, put it in the provider's place of the old
//! one, and end the old one when the new one was seen. `POST /tokens/{id}/rotate` makes the new one.

use actix_web::web;
use askama::Template;
use vestibule_admin::access::provisioning_tokens;
use vestibule_core::{providers::Provider, sets::TokenKind};
use vestibule_store::{Error, access::tokens};
use vestibule_web::observe::writers::token_uses;

use crate::{
    credentials::tokens::{
        create::limit,
        ended::missing,
        rows::{TokenRow, is_live},
    },
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::Form,
        moment::Moment,
        request::id_of,
        visitor::Visitor,
    },
};

#[derive(Template)]
#[template(path = "token_rotation.html")]
struct RotationPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    old: TokenRow,
    /// The newest token that is to replace it.
    new: Option<TokenRow>,
    /// When the new one was first known to be used.
    seen: Option<Moment>,
    /// The new one, if it was made by this request, and what it can't do.
    issued: Option<(String, &'static str)>,
}

/// `GET /tokens/{id}/rotation`
pub async fn get_rotation(reader: Reader, path: web::Path<String>) -> PageResult {
    show(&reader, &path, None).await
}

/// `POST /tokens/{id}/rotate`: issues a second token like this one and shows it once; the first works until it is revoked.
pub async fn rotate(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let token_id = id_of(&path);
    let rotated = administrator
        .write(move |conn| provisioning_tokens::rotate(conn, &actor, &workspace_id, &token_id))
        .await?;
    let (token, secret) = rotated.ok_or_else(|| missing(&administrator))?;
    show(&administrator, &path, Some((secret, limit(&token)))).await
}

async fn show(visitor: &Visitor, token_id: &str, issued: Option<(String, &'static str)>) -> PageResult {
    let (workspace_id, token_id, now) = (visitor.workspace_id(), id_of(token_id), visitor.state().now());
    // Uses are collected and written every minute; whoever waits for one does not wait for that.
    if let Err(error) = token_uses::write_down(visitor.state()).await {
        tracing::warn!(%error, "uses.not_written");
    }
    let (old, new) = visitor
        .read_on(missing, move |conn| {
            let kind = TokenKind::Provisioning;
            let old = tokens::find_of_workspace(conn, &workspace_id, kind, &token_id)?;
            let old = old.ok_or(Error::NotFound)?;
            let mut all = tokens::list_of_workspace(conn, &workspace_id, kind)?;
            all.retain(|token| token.replaces.as_ref() == Some(&old.token_id) && is_live(token, now));
            Ok((old, all.into_iter().next()))
        })
        .await?;
    let content = RotationPage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        seen: new.as_ref().and_then(|new| new.last_used_at).map(|at| Moment::of(at, now)),
        old: TokenRow::of(old, now),
        new: new.map(|new| TokenRow::of(new, now)),
        issued,
    };
    visitor.page("Rotate a provisioning token", &content)
}
