//! The org's sign-in page and its sessions, which all apps share. Each sign-in creates a new org session with a new `auth_time`, even if
//! the browser had a session.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION},
    },
    web,
};
use serde::Deserialize;

use crate::{
    oidc::{self, issued::OrgSession},
    okta::Okta,
    org::Org,
    saml,
    support::{
        html::{self, escape},
        random,
    },
    waiting::Waiting,
};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/signin", web::post().to(post))
        .route("/signin/continue/{transaction}", web::get().to(resume));
}

#[derive(Deserialize)]
struct SignIn {
    transaction: String,
    identifier: String,
    password: String,
}

/// The browser's session of the org.
pub(crate) fn session(okta: &Okta, org: &Org, http: &HttpRequest) -> Option<OrgSession> {
    org.sessions.get(http.cookie(&cookie_name(okta))?.value()).cloned()
}

/// The cookie's name, with the port: a browser may use several orgs on loopback, and cookies ignore ports.
pub(crate) fn cookie_name(okta: &Okta) -> String {
    format!("okta_{}", okta.issuer().rsplit(':').next().unwrap_or_default())
}

/// The sign-in page for a request, which is stored until the person has signed in.
pub(crate) fn ask(okta: &Okta, org: &mut Org, request: Waiting) -> HttpResponse {
    let transaction = random::word(32);
    let page = form(okta, org, &transaction, &request, None);
    org.pending.insert(transaction, request);
    page
}

/// Stores a request and redirects to a URL where it continues, with the org's cookie.
pub(crate) fn later(org: &mut Org, request: Waiting) -> HttpResponse {
    let transaction = random::word(32);
    let url = format!("/signin/continue/{transaction}");
    org.pending.insert(transaction, request);
    HttpResponse::SeeOther()
        .insert_header((LOCATION, url))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

async fn resume(okta: web::Data<Okta>, http: HttpRequest, transaction: web::Path<String>) -> HttpResponse {
    let waiting = okta.org().pending.remove(transaction.as_str());
    match waiting {
        Some(Waiting::Saml(request)) => saml::answer(&okta, &http, request),
        Some(Waiting::OpenId(request)) => ask(&okta, &mut okta.org(), Waiting::OpenId(request)),
        None => ended(),
    }
}

fn ended() -> HttpResponse {
    html::note(
        StatusCode::BAD_REQUEST,
        "Your sign-in has ended",
        "This page was used already, or the org was started anew. Go back to the app and sign in again.",
    )
}

async fn post(okta: web::Data<Okta>, form: web::Form<SignIn>) -> HttpResponse {
    let mut org = okta.org();
    let Some(request) = org.pending.get(&form.transaction).cloned() else { return ended() };
    let known = org.people.iter().find(|person| person.login.eq_ignore_ascii_case(form.identifier.trim()));
    let Some(person) = known.filter(|person| person.active && person.password == form.password) else {
        return self::form(&okta, &org, &form.transaction, &request, Some(&form.identifier));
    };
    let id = random::word(32);
    let session = OrgSession { id: id.clone(), person: person.id.clone(), auth_time: org.now() };
    org.pending.remove(&form.transaction);
    org.sessions.insert(id.clone(), session.clone());
    let mut answer = match request {
        Waiting::OpenId(request) => oidc::hand_over(&mut org, request, session),
        Waiting::Saml(request) => saml::hand_over(&mut org, &request, &session),
    };
    let cookie = Cookie::build(cookie_name(&okta), id).path("/").http_only(true).same_site(SameSite::Lax);
    // The name and the id are letters and digits: this can't fail.
    let _ = answer.add_cookie(&cookie.finish());
    answer
}

/// The page; `tried` is the login that was just refused.
fn form(okta: &Okta, org: &Org, transaction: &str, request: &Waiting, tried: Option<&str>) -> HttpResponse {
    let app = org.app(request.app()).map_or("the app", |state| state.app.settings.label.as_str());
    let refused = match tried {
        Some(_) => {
            "<p class=\"bad\" role=\"alert\">Unable to sign in: the username or password is not right.</p>"
        }
        None => "",
    };
    let identifier = tried.or(request.login_hint()).unwrap_or_default();
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
