//! Single logout (saml-facts §1.4, SAML Core §3.7). Started by the service: its signed request ends the org session, and the response is
//! posted to the Single Logout URL. Started by the org: signing out of it posts a request to each participating app, in a frame.

mod outbound;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::StatusCode, web};

pub(super) use outbound::{callback_get, callback_post, frame, sign_out};

use super::{
    message::{self, RESPONDER, SUCCESS, saml2p},
    misbehavior::{Ready, SamlMisbehavior},
    request::Received,
    signature::{Method, sign},
    state::{SamlSession, SamlState},
    xml::{Element, Node, ns},
};
use crate::{
    okta::Okta,
    org::Org,
    sign_in,
    support::{html, random},
};

/// Error for an invalid signature, as in Okta's log.
const INVALID_SIGNATURE: &str = "app.auth.slo.saml.invalid_signature";

type Fields = Vec<(String, String)>;
type AppPath = web::Path<(String, String)>;

/// A logout request of a service.
struct LogoutRequest {
    id: String,
    name_id: String,
    session_indexes: Vec<String>,
    relay_state: Option<String>,
}

pub(super) async fn get(okta: web::Data<Okta>, http: HttpRequest, path: AppPath) -> HttpResponse {
    answer(&okta, &http, &path, Received::from_query(http.query_string(), "SAMLRequest"))
}

pub(super) async fn post(
    okta: web::Data<Okta>,
    http: HttpRequest,
    path: AppPath,
    form: web::Form<Fields>,
) -> HttpResponse {
    answer(&okta, &http, &path, Received::from_form(&form, "SAMLRequest"))
}

fn answer(
    okta: &Okta,
    http: &HttpRequest,
    path: &(String, String),
    received: Result<Option<Received>, &'static str>,
) -> HttpResponse {
    let mut org = okta.org();
    let url = format!("{}/app/{}/{}/slo/saml", okta.issuer(), path.0, path.1);
    let now = org.now_milliseconds();
    let (app, request) = match read(&org, path, &url, received) {
        Ok(found) => found,
        Err(sentence) => return refuse(sentence),
    };
    let ready = org.saml_misbehavior.take_if(|ready| ready.is_of_message());
    let ended = end(&mut org, &app, &request);
    let Some(saml) = org.app(&app).and_then(|state| state.saml.as_ref()) else {
        return refuse("There is no such app.");
    };
    let target = saml.settings.single_logout.as_ref().map(|logout| logout.url.clone()).unwrap_or_default();
    // Okta's response for an unknown session is not documented.
    let status = if ended { SUCCESS } else { RESPONDER };
    let mut response = saml2p("LogoutResponse")
        .with("Destination", &target)
        .with("ID", &message::new_id())
        .with("InResponseTo", &request.id)
        .with("IssueInstant", &message::instant(now))
        .with("Version", "2.0")
        .declared()
        .child(message::issuer(&saml.issuer()))
        .child(saml2p("Status").declared().child(saml2p("StatusCode").with("Value", status)));
    falsify(&mut response, ready.as_ref());
    if signed(&mut response, saml, ready.as_ref()).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    let relay_state = request.relay_state.unwrap_or_default();
    let mut page = message::form(&target, "SAMLResponse", &message::encoded(&response), &relay_state);
    if ended && sign_in::session(okta, &org, http).is_none() {
        let mut gone = Cookie::build(sign_in::cookie_name(okta), "").path("/").finish();
        gone.make_removal();
        // A fixed name: this can't fail.
        let _ = page.add_cookie(&gone);
    }
    page
}

/// The id of the app instance, and the request. Errors with the first fault.
fn read(
    org: &Org,
    path: &(String, String),
    url: &str,
    received: Result<Option<Received>, &'static str>,
) -> Result<(String, LogoutRequest), &'static str> {
    let (state, saml) = org
        .by_external_key(&path.1)
        .filter(|(state, _)| state.app.settings.name == path.0)
        .ok_or("There is no such app.")?;
    let logout = saml.settings.single_logout.as_ref().ok_or("The app does not allow single logout.")?;
    let received = received?.ok_or("There is no SAMLRequest.")?;
    let root = &received.root;
    if !root.is(ns::PROTOCOL, "LogoutRequest") || root.attribute("Version") != Some("2.0") {
        return Err("The SAMLRequest is no LogoutRequest of SAML 2.0.");
    }
    received.verify(saml, "SAMLRequest").map_err(|_| INVALID_SIGNATURE)?;
    if received.issuer().as_deref() != Some(logout.sp_issuer.as_str()) {
        return Err("The Issuer of the LogoutRequest is not the SP Issuer of the app.");
    }
    if root.attribute("Destination").is_some_and(|destination| destination != url) {
        return Err("The Destination of the LogoutRequest is another URL.");
    }
    if let Some(end) = root.attribute("NotOnOrAfter") {
        let end: jiff::Timestamp = end.parse().map_err(|_| "The NotOnOrAfter is no instant.")?;
        if end.as_second() <= org.now() {
            return Err("The LogoutRequest has expired.");
        }
    }
    let name_id = root.find(ns::ASSERTION, "NameID").ok_or("The LogoutRequest has no NameID.")?;
    let indexes = root.elements().filter(|child| child.is(ns::PROTOCOL, "SessionIndex"));
    let request = LogoutRequest {
        id: root
            .attribute("ID")
            .filter(|id| !id.is_empty())
            .ok_or("The LogoutRequest has no ID.")?
            .to_owned(),
        name_id: name_id.content(),
        session_indexes: indexes.map(Element::content).collect(),
        relay_state: received.relay_state.clone(),
    };
    Ok((state.app.client_id.clone(), request))
}

/// Ends the org sessions from which the named sessions of the app come. Returns whether there was one.
fn end(org: &mut Org, app: &str, request: &LogoutRequest) -> bool {
    let Some(saml) = org.app_mut(app).and_then(|state| state.saml.as_mut()) else { return false };
    let named = |session: &SamlSession| {
        let index = &session.session_index;
        session.name_id == request.name_id
            && (request.session_indexes.is_empty() || request.session_indexes.contains(index))
    };
    let (ended, kept): (Vec<_>, Vec<_>) = saml.sessions.drain(..).partition(named);
    saml.sessions = kept;
    for session in &ended {
        org.sessions.remove(&session.org_session);
    }
    !ended.is_empty()
}

fn refuse(sentence: &str) -> HttpResponse {
    html::note(StatusCode::BAD_REQUEST, "400 Bad Request", sentence)
}

/// Changes a logout message before it is signed.
fn falsify(message: &mut Element, ready: Option<&Ready>) {
    let mut set =
        |name: &str, value: &str| match message.attributes.iter_mut().find(|(found, _)| found == name) {
            Some(attribute) => value.clone_into(&mut attribute.1),
            None => message.attributes.push((name.to_owned(), value.to_owned())),
        };
    match ready.map(|ready| &ready.misbehavior) {
        Some(SamlMisbehavior::WrongDestination) => set("Destination", "https://elsewhere.example/saml/slo"),
        Some(SamlMisbehavior::OtherInResponseTo) => set("InResponseTo", &format!("_{}", random::digits(32))),
        Some(SamlMisbehavior::Expired) => set("NotOnOrAfter", "2000-01-01T00:00:00.000Z"),
        Some(SamlMisbehavior::WrongIssuer) => {
            let issuer = format!("http://www.okta.com/{}", random::okta_id("exk"));
            message.children.splice(0..1, [Node::Element(message::issuer(&issuer))]);
        }
        Some(SamlMisbehavior::ErrorStatus) => {
            let status = saml2p("Status").declared().child(saml2p("StatusCode").with("Value", RESPONDER));
            message.children.pop();
            message.children.push(Node::Element(status));
        }
        _ => {}
    }
}

/// Signs a logout message with the app's key, or as the fault requires.
fn signed(
    message: &mut Element,
    saml: &SamlState,
    ready: Option<&Ready>,
) -> Result<(), openssl::error::ErrorStack> {
    match ready.map(|ready| &ready.misbehavior) {
        Some(SamlMisbehavior::Unsigned) => Ok(()),
        _ => sign(message, method(saml, ready)),
    }
}

/// The app's key and algorithms, or those of the fault.
fn method<'a>(saml: &'a SamlState, ready: Option<&'a Ready>) -> Method<'a> {
    let method = Method {
        key: ready.and_then(|ready| ready.stranger.as_ref()).unwrap_or(&saml.active),
        signature: saml.settings.signature_algorithm,
        digest: saml.settings.digest_algorithm,
    };
    match ready.map(|ready| &ready.misbehavior) {
        Some(SamlMisbehavior::Sha1) => method.with_sha1(),
        _ => method,
    }
}
