//! The org's sign-in page. Each sign-in makes a new org session with a new `auth_time`, also when the browser had one.

use actix_web::{
    HttpResponse,
    cookie::{Cookie, SameSite},
    http::StatusCode,
    web,
};
use serde::Deserialize;

use super::{authorize, issued::OrgSession, request::AuthorizeRequest};
use crate::{
    html::{self, escape},
    okta::Okta,
    org::Org,
    random,
};

#[derive(Deserialize)]
pub(super) struct SignIn {
    transaction: String,
    identifier: String,
    password: String,
}

pub(super) async fn post(okta: web::Data<Okta>, form: web::Form<SignIn>) -> HttpResponse {
    let mut org = okta.org();
    let Some(request) = org.pending.get(&form.transaction).cloned() else {
        return html::note(
            StatusCode::BAD_REQUEST,
            "Your sign-in has ended",
            "This page was used already, or the org was started anew. Go back to the app and sign in again.",
        );
    };
    let known = org.people.iter().find(|person| person.login.eq_ignore_ascii_case(form.identifier.trim()));
    let Some(person) = known.filter(|person| person.active && person.password == form.password) else {
        return self::form(&okta, &org, &form.transaction, &request, Some(&form.identifier));
    };
    let session = OrgSession { person: person.id.clone(), auth_time: org.now() };
    org.pending.remove(&form.transaction);
    let id = random::word(32);
    org.sessions.insert(id.clone(), session.clone());
    let mut answer = authorize::hand_over(&mut org, request, session);
    let cookie =
        Cookie::build(authorize::cookie_name(&okta), id).path("/").http_only(true).same_site(SameSite::Lax);
    // The name and the id are letters and digits: this can't fail.
    let _ = answer.add_cookie(&cookie.finish());
    answer
}

/// The page; `tried` is the login that was just refused.
pub(super) fn form(
    okta: &Okta,
    org: &Org,
    transaction: &str,
    request: &AuthorizeRequest,
    tried: Option<&str>,
) -> HttpResponse {
    let app = org.app(&request.client_id).map_or("the app", |state| state.app.settings.label.as_str());
    let refused = match tried {
        Some(_) => {
            "<p class=\"bad\" role=\"alert\">Unable to sign in: the username or password is not right.</p>"
        }
        None => "",
    };
    let identifier = tried.or(request.login_hint.as_deref()).unwrap_or_default();
    let people = org.people.iter().filter(|person| person.active);
    let choices: String =
        people.map(|person| format!("<option value=\"{}\"></option>", escape(&person.login))).collect();
    let body = format!(
        "<div class=\"narrow card\"><h1>Sign in to {org_name}</h1><p class=\"quiet\">to continue to {app}</p>{refused}\
         <form method=\"post\" action=\"/signin\"><input type=\"hidden\" name=\"transaction\" value=\"{transaction}\">\
         <label>Username<input name=\"identifier\" list=\"people\" value=\"{identifier}\" autocomplete=\"username\" \
         required autofocus></label><datalist id=\"people\">{choices}</datalist>\
         <label>Password<input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\
         <button class=\"primary\" type=\"submit\">Sign in</button></form></div>",
        org_name = escape(okta.name()),
        app = escape(app),
        transaction = escape(transaction),
        identifier = escape(identifier),
    );
    let status = if tried.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    html::page(status, &format!("{} - Sign in", okta.name()), &body)
}
