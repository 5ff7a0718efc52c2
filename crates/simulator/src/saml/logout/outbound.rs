//! Logout that the org starts: `/login/signout` ends the browser's org session and opens a frame for each participating app, whose form
//! posts a `LogoutRequest`. The app sends its response to `/app/{name}/{exk}/slo/saml/callback`.

use std::io::Write;

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::Cookie,
    http::{StatusCode, header::LOCATION},
    web,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use url::form_urlencoded;

use super::{AppPath, Fields, falsify, method, refuse, signed};
use crate::{
    directory::App,
    okta::Okta,
    saml::{
        message::{self, saml2, saml2p},
        misbehavior::{Ready, SamlMisbehavior},
        request::Received,
        settings::LogoutBinding,
        state::{SamlLogout, SamlState},
        xml::{Element, Node, ns},
    },
    sign_in,
    support::html::{self, escape},
};

impl Okta {
    /// The logouts that the org requested from the app, oldest first.
    pub fn saml_logouts(&self, app: &App) -> Vec<SamlLogout> {
        self.org().saml(app).map(|saml| saml.logouts.clone()).unwrap_or_default()
    }
}

/// `/login/signout`.
pub(in super::super) async fn sign_out(okta: web::Data<Okta>, http: HttpRequest) -> HttpResponse {
    let mut org = okta.org();
    let mut frames = String::new();
    if let Some(session) = sign_in::session(&okta, &org, &http) {
        org.sessions.remove(&session.id);
        for state in &mut org.apps {
            let Some(saml) = &mut state.saml else { continue };
            let of_browser = saml.sessions.extract_if(.., |found| found.org_session == session.id);
            let ended: Vec<_> = of_browser.collect();
            let asks =
                saml.settings.single_logout.as_ref().is_some_and(|one| one.logout_request_url.is_some());
            for session in ended.into_iter().filter(|_| asks) {
                let logout = SamlLogout {
                    id: message::new_id(),
                    name_id: session.name_id,
                    session_index: session.session_index,
                    status: None,
                };
                frames.push_str(&format!(
                    "<iframe src=\"/login/signout/{}/{}\" title=\"Signing out of {}\"></iframe>",
                    escape(&saml.external_key),
                    escape(&logout.id),
                    escape(&state.app.settings.label)
                ));
                saml.logouts.push(logout);
            }
        }
    }
    let body = format!("<h1>Signed out</h1><p>You are signed out of {}.</p>{frames}", escape(okta.name()));
    let mut page = html::page_with_frames(StatusCode::OK, "Signed out", &body);
    let mut gone = Cookie::build(sign_in::cookie_name(&okta), "").path("/").finish();
    gone.make_removal();
    // A fixed name: this can't fail.
    let _ = page.add_cookie(&gone);
    page
}

/// `/login/signout/{exk}/{id}`: the form that posts the request.
pub(in super::super) async fn frame(okta: web::Data<Okta>, path: AppPath) -> HttpResponse {
    let mut org = okta.org();
    let ready = org.saml_misbehavior.take_if(|ready| ready.is_of_message());
    let now = org.now_milliseconds();
    let found = org.by_external_key(&path.0).and_then(|(_, saml)| {
        let logout = saml.logouts.iter().find(|logout| logout.id == path.1 && logout.status.is_none())?;
        let settings = saml.settings.single_logout.as_ref()?;
        Some((saml, logout, settings.logout_request_url.as_ref()?, settings))
    });
    let Some((saml, logout, target, settings)) = found else { return refuse("There is no such logout.") };
    let name_id = saml2("NameID").with("Format", saml.settings.name_id_format.uri()).declared();
    let mut request = saml2p("LogoutRequest")
        .with("Destination", target)
        .with("ID", &logout.id)
        .with("IssueInstant", &message::instant(now))
        .with("Version", "2.0")
        .declared()
        .child(message::issuer(&saml.issuer()))
        .child(name_id.text(&logout.name_id));
    if settings.session_index_required {
        request = request.child(saml2p("SessionIndex").text(&logout.session_index));
    }
    falsify(&mut request, ready.as_ref());
    if settings.binding == LogoutBinding::Redirect {
        return match redirect(target, &request, saml, ready.as_ref()) {
            Some(url) => HttpResponse::Found().insert_header((LOCATION, url)).finish(),
            None => HttpResponse::InternalServerError().finish(),
        };
    }
    if signed(&mut request, saml, ready.as_ref()).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    if let Some(SamlMisbehavior::TamperedNameId(name)) = ready.as_ref().map(|ready| &ready.misbehavior) {
        replace_name_id(&mut request, name);
    }
    message::form(target, "SAMLRequest", &message::encoded(&request), "")
}

/// The URL of a request by the Redirect binding (SAML Bindings §3.4.4.1); none when something can't be computed.
fn redirect(target: &str, request: &Element, saml: &SamlState, ready: Option<&Ready>) -> Option<String> {
    let mut deflater = DeflateEncoder::new(Vec::new(), Compression::default());
    deflater.write_all(request.wire().as_bytes()).ok()?;
    let message = STANDARD.encode(deflater.finish().ok()?);
    let method = method(saml, ready);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("SAMLRequest", &message);
    if ready.map(|ready| &ready.misbehavior) != Some(&SamlMisbehavior::Unsigned) {
        query.append_pair("SigAlg", method.signature.uri());
    }
    let mut query = query.finish();
    if query.contains("&SigAlg=") {
        let value = STANDARD.encode(method.key.sign(method.signature, query.as_bytes()).ok()?);
        query.push_str("&Signature=");
        query.extend(form_urlencoded::byte_serialize(value.as_bytes()));
    }
    let separator = if target.contains('?') { '&' } else { '?' };
    Some(format!("{target}{separator}{query}"))
}

fn replace_name_id(request: &mut Element, name: &str) {
    for node in &mut request.children {
        if let Node::Element(child) = node
            && child.is(ns::ASSERTION, "NameID")
        {
            child.children = vec![Node::Text(name.to_owned())];
        }
    }
}

pub(in super::super) async fn callback_get(
    okta: web::Data<Okta>,
    http: HttpRequest,
    path: AppPath,
) -> HttpResponse {
    answered(&okta, &path, Received::from_query(http.query_string(), "SAMLResponse"))
}

pub(in super::super) async fn callback_post(
    okta: web::Data<Okta>,
    path: AppPath,
    form: web::Form<Fields>,
) -> HttpResponse {
    answered(&okta, &path, Received::from_form(&form, "SAMLResponse"))
}

/// Stores an app's response, which must be signed and match a request.
fn answered(
    okta: &Okta,
    path: &(String, String),
    received: Result<Option<Received>, &'static str>,
) -> HttpResponse {
    match take_in(okta, path, received) {
        Ok(()) => html::note(StatusCode::OK, "Signed out", "The app answered."),
        Err(sentence) => refuse(sentence),
    }
}

fn take_in(
    okta: &Okta,
    path: &(String, String),
    received: Result<Option<Received>, &'static str>,
) -> Result<(), &'static str> {
    let mut org = okta.org();
    let (state, saml) = org
        .by_external_key(&path.1)
        .filter(|(state, _)| state.app.settings.name == path.0)
        .ok_or("There is no such app.")?;
    let received = received?.ok_or("There is no SAMLResponse.")?;
    let root = &received.root;
    if !root.is(ns::PROTOCOL, "LogoutResponse") || root.attribute("Version") != Some("2.0") {
        return Err("The SAMLResponse is no LogoutResponse of SAML 2.0.");
    }
    received.verify(saml, "SAMLResponse").map_err(|_| super::INVALID_SIGNATURE)?;
    let sp_issuer = saml.settings.single_logout.as_ref().map(|logout| logout.sp_issuer.clone());
    if received.issuer() != sp_issuer {
        return Err("The Issuer of the LogoutResponse is not the SP Issuer of the app.");
    }
    let url = format!("{}/app/{}/{}/slo/saml/callback", okta.issuer(), path.0, path.1);
    if root.attribute("Destination").is_some_and(|destination| destination != url) {
        return Err("The Destination of the LogoutResponse is another URL.");
    }
    let status = root
        .find(ns::PROTOCOL, "Status")
        .and_then(|status| status.find(ns::PROTOCOL, "StatusCode"))
        .and_then(|code| code.attribute("Value"))
        .ok_or("The LogoutResponse has no status.")?
        .to_owned();
    let request = root.attribute("InResponseTo").unwrap_or_default().to_owned();
    let app = state.app.clone();
    let saml = org.saml_mut(&app).ok_or("There is no such app.")?;
    let open = saml.logouts.iter_mut().find(|logout| logout.id == request && logout.status.is_none());
    open.ok_or("The InResponseTo of the LogoutResponse fits no request.")?.status = Some(status);
    Ok(())
}
