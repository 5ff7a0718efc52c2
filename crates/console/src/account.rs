//! `/account`: who I am here, my roles and where they come from, my signed-in browsers, the apps that act for me, my API tokens. A token's text is
//! shown once.

pub mod api_tokens;
pub mod apps;
pub mod sessions;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use url::Url;
use vestibule_core::time;
use vestibule_store::{
    Error,
    access::{sessions as session_rows, tokens},
    oauth::grants,
    rights::roles::{self, Effective},
};
use vestibule_web::{
    State,
    http::request,
    pages::{self, Around, FormTargets},
};

use crate::{
    account::{
        api_tokens::Form,
        sessions::{Row, rows},
    },
    layout::{
        auth::{self, Visitor},
        short_list::Shown,
    },
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    visitor: &'a Visitor,
    effective: Effective,
    sessions: Shown<Row>,
    /// How long a browser may be unused, in words.
    idle: Option<String>,
    /// Whether signing out of Okta too can be offered.
    okta_too: bool,
    apps: Shown<apps::Row>,
    tokens: Shown<api_tokens::Row>,
    issued: Option<(&'a str, &'a str)>,
    form: Form,
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match auth::visitor(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, None, Form::fresh(&state)).await,
        Err(answer) => answer,
    }
}

/// The page, with a token just made or a form to be filled in again.
pub(crate) async fn show(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    issued: Option<(&str, &str)>,
    form: Form,
) -> HttpResponse {
    let (user, now) = (visitor.signed_in.user.clone(), state.now());
    let read = state.read(move |conn| {
        let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
        Ok::<_, Error>((
            effective,
            session_rows::list_live(conn, &user, now)?,
            grants::list_of_user(conn, &user)?,
            tokens::list_api(conn, &user, now)?,
        ))
    });
    let (effective, sessions, apps, tokens) = match read.await {
        Ok(read) => read,
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let apps = Shown::of(apps, |app| apps::Row::of(app, now));
    let tokens = Shown::of(tokens, |token| api_tokens::Row::of(token, now));
    let status = if form.is_well() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let session = &visitor.signed_in.session;
    let sessions = rows(sessions, &session.session_id, now);
    // Signing out of Okta too leads there, and the browser checks that against the policy of this page.
    let okta = Url::parse(&session.issuer).ok();
    let okta_too = okta.is_some();
    let form_targets = okta.as_ref().map_or(FormTargets::Own, FormTargets::And);
    let idle = session.idle.map(time::span);
    let content = AccountPage { visitor, effective, sessions, idle, okta_too, apps, tokens, issued, form };
    let around = Around { form_targets, ..visitor.around() };
    pages::render(state, status, "Your account", &around, &content)
}
