//! The page `/account`. A new token's text is on the page that answers its creation and nowhere else.

use actix_web::http::StatusCode;
use askama::Template;
use url::Url;
use vestibule_core::{providers::Provider, time};
use vestibule_store::{
    access::{
        sessions,
        tokens::{self, exchanged},
    },
    oauth::grants,
    rights::roles::{self, Effective},
};
use vestibule_web::pages::{self, FormTargets, Frame};

use crate::{
    account::{
        api_tokens::{form, row::TokenRow},
        apps::AppRow,
        sessions::{SessionRow, session_rows},
    },
    layout::{
        access::SignedInPerson, error::PageResult, short_list::ShortList, token_form::TokenForm,
        visitor::Visitor,
    },
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    provider: &'static Provider,
    visitor: &'a Visitor,
    effective: Effective,
    sessions: ShortList<SessionRow>,
    /// How long a browser may be unused, in words.
    idle: Option<String>,
    /// Whether to offer to sign out of Okta too.
    okta_too: bool,
    apps: ShortList<AppRow>,
    tokens: ShortList<TokenRow>,
    /// The name and the text of a token just issued.
    issued: Option<(&'a str, &'a str)>,
    form: TokenForm,
}

/// `GET /account`
pub async fn get(person: SignedInPerson) -> PageResult {
    show(&person, None, form::empty(person.state())).await
}

/// Renders the page, with a token just issued or a form to correct.
pub(super) async fn show(person: &Visitor, issued: Option<(&str, &str)>, form: TokenForm) -> PageResult {
    let (user, now) = (person.signed_in.user.clone(), person.state().now());
    let (effective, sessions, apps, tokens) = person
        .read(move |conn| {
            Ok((
                roles::effective(conn, &user.workspace_id, &user.user_id)?,
                sessions::list_live(conn, &user, now)?,
                AppRow::all(
                    grants::list_of_user(conn, &user)?,
                    exchanged::list_of_user(conn, &user, now)?,
                    now,
                ),
                tokens::list_api(conn, &user, now)?,
            ))
        })
        .await?;
    let session = &person.signed_in.session;
    // The form that also signs out of Okta redirects to Okta, and the browser checks that against the policy of this page.
    let okta = Url::parse(&session.issuer).ok();
    let status = if form.has_problem() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let content = AccountPage {
        provider: person.provider(),
        visitor: person,
        effective,
        sessions: session_rows(sessions, &session.session_id, now),
        idle: session.idle.map(time::span),
        okta_too: okta.is_some(),
        apps,
        tokens: ShortList::of(tokens, |token| TokenRow::of(token, now)),
        issued,
        form,
    };
    let form_targets = okta.as_ref().map_or(FormTargets::Own, FormTargets::And);
    let frame = Frame { form_targets, ..person.frame() };
    Ok(pages::render(person.state(), status, "Your account", &frame, &content))
}
