//! `/app/{name}/{exk}/sso/saml` and the App Embed Link: from a service's request or the person's click, over the org's sign-in page, to the
//! page that posts the response to the service.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{
    issue::{self, Issued},
    message::{self, RESPONDER},
    misbehavior::SamlMisbehavior,
    request::{Received, SsoRequest},
    signature::{Method, sign},
    state::SamlSession,
};
use crate::{oidc::issued::OrgSession, okta::Okta, org::Org, sign_in, support::html, waiting::Waiting};

type Fields = Vec<(String, String)>;

/// The Redirect binding, or no request at all: then Okta starts the sign-in.
pub(super) async fn get(
    okta: web::Data<Okta>,
    http: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let relay_state = web::Query::<Fields>::from_query(http.query_string())
        .ok()
        .and_then(|pairs| pairs.into_inner().into_iter().find(|(name, _)| name == "RelayState"))
        .map(|(_, value)| value);
    let received = Received::from_query(http.query_string(), "SAMLRequest");
    match request(&okta, &path, received, relay_state) {
        Ok(request) => answer(&okta, &http, request),
        Err(sentence) => refuse(sentence),
    }
}

/// The POST binding. A POST from another site doesn't send the org's cookie, so the browser is redirected first.
pub(super) async fn post(
    okta: web::Data<Okta>,
    path: web::Path<(String, String)>,
    form: web::Form<Fields>,
) -> HttpResponse {
    let relay_state = form.iter().find(|(name, _)| name == "RelayState").map(|(_, value)| value.clone());
    match request(&okta, &path, Received::from_form(&form, "SAMLRequest"), relay_state) {
        Ok(request) => sign_in::later(&mut okta.org(), Waiting::Saml(request)),
        Err(sentence) => refuse(sentence),
    }
}

/// The App Embed Link: a sign-in that Okta starts. A SAMLRequest and a RelayState are lost (OpenCTI-Platform/opencti#4987).
pub(super) async fn embedded(
    okta: web::Data<Okta>,
    http: HttpRequest,
    path: web::Path<(String, String, String)>,
) -> HttpResponse {
    let request = {
        let org = okta.org();
        org.app(&path.1)
            .filter(|state| state.app.settings.name == path.0)
            .and_then(|state| Some(SsoRequest::unsolicited(&path.1, state.saml.as_ref()?, None)))
    };
    match request {
        Some(request) => answer(&okta, &http, request),
        None => html::note(StatusCode::NOT_FOUND, "Not here", "There is no such app."),
    }
}

fn request(
    okta: &Okta,
    path: &(String, String),
    received: Result<Option<Received>, &'static str>,
    relay_state: Option<String>,
) -> Result<SsoRequest, &'static str> {
    let org = okta.org();
    let (state, saml) = org
        .by_external_key(&path.1)
        .filter(|(state, _)| state.app.settings.name == path.0)
        .ok_or("There is no such app.")?;
    let url = format!("{}/app/{}/{}/sso/saml", okta.issuer(), path.0, path.1);
    match received? {
        Some(received) => SsoRequest::read(&state.app.client_id, saml, &url, received),
        None => Ok(SsoRequest::unsolicited(&state.app.client_id, saml, relay_state)),
    }
}

fn refuse(sentence: &str) -> HttpResponse {
    html::note(StatusCode::BAD_REQUEST, "400 Bad Request", sentence)
}

/// Responds to a request whose browser may have a session of the org.
pub(crate) fn answer(okta: &Okta, http: &HttpRequest, request: SsoRequest) -> HttpResponse {
    if request.acs_url.contains('_') {
        // Okta's form refuses such a URL (saml-facts §1.3).
        return refuse("The Single sign-on URL can't contain underscores (_).");
    }
    let mut org = okta.org();
    let ignored = org
        .saml_misbehavior
        .as_ref()
        .is_some_and(|ready| ready.misbehavior == SamlMisbehavior::IgnoredForceAuthn);
    let session = sign_in::session(okta, &org, http).filter(|_| !request.force_authn || ignored);
    match session {
        Some(session) => hand_over(&mut org, &request, &session),
        None if request.is_passive => no_passive(&org, &request),
        None => sign_in::ask(okta, &mut org, Waiting::Saml(request)),
    }
}

/// The page that posts the response to the service, or Okta's refusal of a person who isn't assigned.
pub(crate) fn hand_over(org: &mut Org, request: &SsoRequest, session: &OrgSession) -> HttpResponse {
    let ready = org.saml_misbehavior.take_if(|ready| ready.is_of_message());
    let now = org.now_milliseconds();
    let groups = org.group_names(&session.person);
    let found = org.app(&request.app).and_then(|state| Some((state, state.saml.as_ref()?)));
    let (Some((state, saml)), Some(person)) = (found, org.person(&session.person)) else {
        return refuse("There is no such app.");
    };
    if !state.assigned.contains(&session.person) {
        let sentence = "You do not have access: User is not assigned to this application.";
        return html::note(StatusCode::FORBIDDEN, "403 Access Forbidden", sentence);
    }
    let Ok(issued) = issue::issue(saml, request, person, &groups, now, ready.as_ref()) else {
        return HttpResponse::InternalServerError().finish();
    };
    let Issued { response, name_id, session_index } = issued;
    if let Some(saml) = org.app_mut(&request.app).and_then(|state| state.saml.as_mut()) {
        saml.sessions.push(SamlSession { org_session: session.id.clone(), name_id, session_index });
    }
    post_to_service(request, &message::encoded(&response))
}

/// The response to a passive request that would need a page (SAML Core §3.4.1).
fn no_passive(org: &Org, request: &SsoRequest) -> HttpResponse {
    let Some(saml) = org.app(&request.app).and_then(|state| state.saml.as_ref()) else {
        return refuse("There is no such app.");
    };
    let mut response = issue::refusal(saml, request, org.now_milliseconds(), RESPONDER);
    let method = Method {
        key: &saml.active,
        signature: saml.settings.signature_algorithm,
        digest: saml.settings.digest_algorithm,
    };
    match sign(&mut response, method) {
        Ok(()) => post_to_service(request, &message::encoded(&response)),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn post_to_service(request: &SsoRequest, response: &str) -> HttpResponse {
    let relay_state = request.relay_state.as_deref().unwrap_or_default();
    message::form(&request.acs_url, "SAMLResponse", response, relay_state)
}
