//! `/oauth2/v1/authorize`: redirects back at once when the browser has an org session, otherwise responds with the sign-in page. With a
//! session, `auth_time` is the time of the original sign-in.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::LOCATION},
    web,
};

use super::{
    issued::{CODE_LIFETIME, Code, OrgSession},
    misbehavior::Misbehavior,
    request::{AuthorizeRequest, Refusal},
};
use crate::{
    okta::Okta,
    org::Org,
    sign_in,
    support::{html, random},
    waiting::Waiting,
};

type Given = HashMap<String, String>;

pub(super) async fn get(okta: web::Data<Okta>, http: HttpRequest, given: web::Query<Given>) -> HttpResponse {
    answer(&okta, &http, given.into_inner())
}

pub(super) async fn post(okta: web::Data<Okta>, http: HttpRequest, given: web::Form<Given>) -> HttpResponse {
    answer(&okta, &http, given.into_inner())
}

fn answer(okta: &Okta, http: &HttpRequest, given: Given) -> HttpResponse {
    let mut org = okta.org();
    let issuer = org.names_issuer.then(|| okta.issuer().to_owned());
    let app = given.get("client_id").and_then(|id| org.openid_app(id)).map(|state| &state.app);
    let request = match AuthorizeRequest::read(app, given, issuer) {
        Err(sentence) => return html::note(StatusCode::BAD_REQUEST, "400 Bad Request", sentence),
        Ok((request, Err(Refusal(error, description)))) => return refuse(&request, error, description),
        Ok((request, Ok(()))) => request,
    };
    let session = sign_in::session(okta, &org, http);
    match (session.filter(|session| suffices(&org, &request, session)), request.prompt.as_deref()) {
        (Some(session), _) => hand_over(&mut org, request, session),
        (None, Some("none")) => refuse(
            &request,
            "login_required",
            "The client specified not to prompt, but the user is not logged in.",
        ),
        (None, _) => sign_in::ask(okta, &mut org, Waiting::OpenId(request)),
    }
}

/// Redirects the browser to the app, with a code, or with Okta's error for a person who is not assigned.
pub(crate) fn hand_over(org: &mut Org, mut request: AuthorizeRequest, session: OrgSession) -> HttpResponse {
    if !org.app(&request.client_id).is_some_and(|state| state.assigned.contains(&session.person)) {
        return refuse(&request, "access_denied", "User is not assigned to the client application.");
    }
    let code = random::word(43);
    let mut answer = vec![("code", code.as_str())];
    match org.misbehavior_of(&[
        Misbehavior::AnswerOfAnother,
        Misbehavior::CodeAndError,
        Misbehavior::NoAnswerIssuer,
    ]) {
        Some(Misbehavior::AnswerOfAnother) => {
            request.issuer = Some("https://elsewhere.okta.example".to_owned());
        }
        Some(Misbehavior::NoAnswerIssuer) => request.issuer = None,
        Some(_) => answer.push(("error", "server_error")),
        None => {}
    }
    let target = request.back(&answer);
    let expires = org.now().saturating_add(CODE_LIFETIME);
    let client_id = request.client_id.clone();
    let OrgSession { person, auth_time, .. } = session;
    org.codes.insert(code, Code { client_id, person, auth_time, expires, request });
    see(&target)
}

pub(super) fn see(target: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, target))
        .insert_header(("Cache-Control", "no-store"))
        .finish()
}

fn suffices(org: &Org, request: &AuthorizeRequest, session: &OrgSession) -> bool {
    let ignores_request = org.misbehavior == Some(Misbehavior::StaleAuthTime);
    let fresh = request.max_age.is_none_or(|age| org.now().saturating_sub(session.auth_time) <= age);
    ignores_request || (request.prompt.as_deref() != Some("login") && fresh)
}

fn refuse(request: &AuthorizeRequest, error: &str, description: &str) -> HttpResponse {
    see(&request.back(&[("error", error), ("error_description", description)]))
}
