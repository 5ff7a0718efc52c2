//! `/account`: who I am here, my roles and where they come from, my signed-in browsers, my API tokens. A token's text is
//! shown once.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde_json::json;
use url::Url;
use vestibule_store::{
    Error, SECOND, events,
    roles::{self, Effective},
    secret::Kind,
    sessions,
    tokens::{self, NewToken, Token},
};
use vestibule_web::{
    State,
    page::{self, Around, FormTargets},
    request, time,
};

use crate::{
    door::{self, Visitor},
    sessions::{Row, rows},
};

/// The longest an API token may live, in days.
const LONGEST_DAYS: i64 = 365;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    visitor: &'a Visitor,
    effective: Effective,
    sessions: Vec<Row>,
    /// How long a browser may be unused, in words.
    idle: Option<String>,
    /// Whether signing out of Okta too can be offered.
    okta_too: bool,
    tokens: Vec<TokenRow>,
    issued: Option<(&'a str, &'a str)>,
    form: Form,
}

/// The form of a new token as last typed, and what is wrong with a field of it.
struct Form {
    name: String,
    days: String,
    problem: Option<(&'static str, &'static str)>,
}

impl Default for Form {
    fn default() -> Self {
        Self { name: String::new(), days: "90".to_owned(), problem: None }
    }
}

impl Form {
    /// What is wrong with this field, if anything.
    fn problem(&self, field: &str) -> Option<&'static str> {
        self.problem.filter(|(named, _)| *named == field).map(|(_, problem)| problem)
    }
}

struct TokenRow {
    id: String,
    name: String,
    created: String,
    created_exact: String,
    expires: String,
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match door::visitor(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, None, Form::default()).await,
        Err(answer) => answer,
    }
}

/// `POST /account/tokens`: makes an API token and shows it once.
pub async fn create_token(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match visitor_and_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let again = |field, problem| Form {
        name: form.text("name").to_owned(),
        days: form.text("days").to_owned(),
        problem: Some((field, problem)),
    };
    let name = form.text("name").trim().to_owned();
    if name.is_empty() || name.chars().count() > 80 {
        let typed = again("name", "Give the token a name of 1 to 80 characters.");
        return show(&req, &state, &visitor, None, typed).await;
    }
    let Ok(days @ 1..=LONGEST_DAYS) = form.text("days").trim().parse::<i64>() else {
        let typed = again("days", "Days must be a number from 1 to 365.");
        return show(&req, &state, &visitor, None, typed).await;
    };
    let (user, epoch) = (visitor.signed_in.user.clone(), visitor.signed_in.session.epoch);
    let (cause, now, named) = (request::cause(&req, user.target()), state.now(), name.clone());
    let issued = state.write(move |conn| {
        let new = NewToken {
            workspace_id: &user.workspace_id,
            kind: Kind::Api,
            name: &named,
            grant_id: None,
            // The session's epoch, not the user's: what races with a revocation is born dead.
            user: Some((&user.user_id, epoch)),
            scope: "api",
            expires_at: Some(now + days * 86_400 * SECOND),
        };
        let (token, plain) = tokens::issue(conn, &new, now)?;
        let data = json!({ "token": token.token_id, "name": token.name, "days": days });
        events::record(conn, &user.workspace_id, "api_token_created", &cause, &user.target(), &data, now)?;
        Ok::<_, Error>(plain)
    });
    match issued.await {
        Ok(plain) => show(&req, &state, &visitor, Some((&name, &plain)), Form::default()).await,
        Err(error) => page::failed(&state, &request::id(&req), &error),
    }
}

/// `POST /account/tokens/{id}/revoke`: ends one API token.
pub async fn revoke_token(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match visitor_and_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (user, token_id, now) = (visitor.signed_in.user, path.into_inner(), state.now());
    let cause = request::cause(&req, user.target());
    let revoked = state.write(move |conn| {
        // Only one's own: the list is the check.
        if tokens::list_api(conn, &user, now)?.iter().any(|token| token.token_id == token_id) {
            tokens::revoke(conn, &user.workspace_id, &token_id)?;
            let data = json!({ "token": token_id });
            events::record(
                conn,
                &user.workspace_id,
                "api_token_revoked",
                &cause,
                &user.target(),
                &data,
                now,
            )?;
        }
        Ok::<_, Error>(())
    });
    match revoked.await {
        Ok(()) => door::redirect(state.app_url("/account")),
        Err(error) => page::failed(&state, &request::id(&req), &error),
    }
}

async fn visitor_and_form(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<(Visitor, vestibule_web::input::Parameters), HttpResponse> {
    let visitor = door::visitor(req, state).await?;
    let form = door::form(req, payload, state, &visitor).await?;
    Ok((visitor, form))
}

async fn show(
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
            sessions::list_live(conn, &user, now)?,
            tokens::list_api(conn, &user, now)?,
        ))
    });
    let (effective, sessions, tokens) = match read.await {
        Ok(read) => read,
        Err(error) => return page::failed(state, &request::id(req), &error),
    };
    let tokens = tokens.into_iter().map(|token| row(token, now)).collect();
    let status = if form.problem.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let session = &visitor.signed_in.session;
    let sessions = rows(sessions, &session.session_id, now);
    // Signing out of Okta too leads there, and the browser checks that against the policy of this page.
    let okta = Url::parse(&session.issuer).ok().map(|issuer| issuer.origin().ascii_serialization());
    let okta_too = okta.is_some();
    let form_targets = okta.as_deref().map_or(FormTargets::Own, FormTargets::And);
    let idle = session.idle.map(time::span);
    let content = AccountPage { visitor, effective, sessions, idle, okta_too, tokens, issued, form };
    let around = Around { form_targets, ..visitor.around() };
    page::render(state, status, "Your account", &around, &content)
}

fn row(token: Token, now: i64) -> TokenRow {
    TokenRow {
        id: token.token_id,
        name: token.name,
        created: time::relative(token.created_at, now),
        created_exact: time::rfc3339(token.created_at),
        expires: token.expires_at.map_or_else(|| "never".to_owned(), |at| time::relative(at, now)),
    }
}
