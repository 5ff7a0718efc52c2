//! `GET|POST /oauth/logout` (OpenID Connect RP-Initiated Logout 1.0): an app signs its user out. With an ID token of the browser's session
//! the sign-out happens at once, otherwise a page asks the person. Ends the session and the tokens that apps received in it. A session that
//! began at a SAML connection with a sign-out URL is signed out there too, before the browser goes on. Never redirects to a URL that is not
//! registered.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
};
use askama::Template;
use serde_json::{Map, Value, json};
use url::Url;
use vestibule_core::ids::{ClientId, SessionId, UserId, WorkspaceId};
use vestibule_store::{
    Error,
    access::{saml_logouts, sessions},
    oauth::clients::{self, Client},
    people::users,
    trail::events::{self, kinds::SignedOut},
};
use vestibule_web::{
    State,
    crypto::signing,
    http::{
        input::{BodyError, Parameters},
        redirect, request, saml_logout,
        session::{self, SignedIn},
    },
    pages::{self, FormTargets, Frame, Refused},
};

/// Parameters that the form passes on.
const PARAMETERS: [&str; 5] =
    ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint"];

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage<'a> {
    client: &'a str,
    person: &'a str,
    fields: Vec<(&'static str, String)>,
}

enum Refusal {
    Page(Box<Refused>),
    Internal(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let refused = Refused::new(error.status(), "This request can't be read", error.to_string());
        Refusal::Page(Box::new(refused))
    }
}

/// Signs out, or renders the page that asks.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let response = async { sign_out(&req, &state, &Parameters::of_query(&req)?).await };
    response.await.unwrap_or_else(|refusal| refuse(&req, &state, refusal))
}

/// Handles the same request by POST, and the form of the page.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let response = async { sign_out(&req, &state, &Parameters::of_form(&req, payload).await?).await };
    response.await.unwrap_or_else(|refusal| refuse(&req, &state, refusal))
}

async fn sign_out(
    req: &HttpRequest,
    state: &State,
    parameters: &Parameters,
) -> Result<HttpResponse, Refusal> {
    let hint = hint(state, parameters).await?;
    let client = client(state, parameters, hint.as_ref()).await?;
    let target = target(state, parameters, client.as_ref())?;
    let signed_in = session::find(state, req).await?;
    let hinted = |name: &str| hint.as_ref().and_then(|hint| hint.get(name)).and_then(Value::as_str);
    let is_hinted = |signed_in: &SignedIn| hinted("sid") == Some(signed_in.session.session_id.as_str());
    let Some(signed_in) = signed_in else {
        // Browsers send no session cookie with another site's form; the ID token names the session.
        if let (Some(workspace), Some(user), Some(sid)) = (hinted("team_id"), hinted("sub"), hinted("sid")) {
            let session =
                (WorkspaceId::from_stored(workspace), UserId::from_stored(user), SessionId::from_stored(sid));
            let at_saml = end(req, state, session, (client.as_ref(), &target)).await?;
            return signed_out(req, state, &target, at_saml);
        }
        return signed_out(req, state, &target, None);
    };
    if !is_hinted(&signed_in) && !signed_in.sent(parameters.text("csrf")) {
        return confirm_page(state, parameters, client.as_ref(), &signed_in, &target);
    }
    let SignedIn { user, session, .. } = &signed_in;
    let named = (user.workspace_id.clone(), user.user_id.clone(), session.session_id.clone());
    let at_saml = end(req, state, named, (client.as_ref(), &target)).await?;
    signed_out(req, state, &target, at_saml)
}

/// Claims of `id_token_hint`: an ID token of this server, which may have expired (§2).
async fn hint(state: &State, parameters: &Parameters) -> Result<Option<Map<String, Value>>, Refusal> {
    let Some(compact) = parameters.get("id_token_hint") else { return Ok(None) };
    let claims = signing::read(state, "JWT", compact).await;
    let claims = claims.map_err(|error| Refusal::Internal(error.to_string()))?;
    let ours = |claims: &Map<String, Value>| claims.get("iss") == Some(&json!(state.config().region.api_url));
    Ok(claims.filter(ours))
}

/// The app: the audience of the ID token, otherwise `client_id`, which proves nothing.
async fn client(
    state: &State,
    parameters: &Parameters,
    hint: Option<&Map<String, Value>>,
) -> Result<Option<Client>, Refusal> {
    let audience = hint.and_then(|hint| hint.get("aud")).and_then(Value::as_str);
    let named = parameters.get("client_id");
    if let (Some(audience), Some(named)) = (audience, named)
        && audience != named
    {
        return Err(invalid("Its client_id is not the one its id_token_hint is for."));
    }
    let Some(client_id) = audience.or(named).map(ClientId::sent) else { return Ok(None) };
    Ok(state.read(move |conn| clients::find(conn, &client_id)).await?)
}

/// Where to redirect afterwards: a registered URL of the app, compared exactly (§3), otherwise the sign-in page.
fn target(state: &State, parameters: &Parameters, client: Option<&Client>) -> Result<String, Refusal> {
    let Some(wanted) = parameters.get("post_logout_redirect_uri") else {
        return Ok(state.app_url("/auth?signed_out=1"));
    };
    let registered = client.map(Client::post_logout_redirect_uris).unwrap_or_default();
    if !registered.iter().any(|uri| uri == wanted) {
        return Err(invalid(
            "Its post_logout_redirect_uri is not registered for the app, so nobody is sent there.",
        ));
    }
    let mut url = Url::parse(wanted).map_err(|error| Refusal::Internal(error.to_string()))?;
    if let Some(given) = parameters.get("state") {
        url.query_pairs_mut().append_pair("state", given);
    }
    Ok(url.into())
}

fn invalid(what: &str) -> Refusal {
    let refused = Refused::new(StatusCode::BAD_REQUEST, "The app's request is invalid", what)
        .advise("You are still signed in. Sign out on your account page.")
        .advise(
            "The operator registers addresses with: vestibule client create --post-logout-redirect-uri …",
        );
    Refusal::Page(Box::new(refused))
}

/// Ends the session and records the event. Returns the URL at which the sign-out continues at a SAML provider before the target.
async fn end(
    req: &HttpRequest,
    state: &State,
    (workspace_id, user_id, session_id): (WorkspaceId, UserId, SessionId),
    (client, target): (Option<&Client>, &str),
) -> Result<Option<Url>, Refusal> {
    let (now, by) = (state.now(), client.map(|client| client.client_id.clone()));
    let cause = request::cause(req, format!("user:{user_id}"));
    let (workspace, return_to) = (workspace_id.clone(), target.to_owned());
    let ended = state.write(move |conn| {
        let Some(user) = users::find(conn, &workspace_id, &user_id)? else { return Ok(None) };
        let Some(session) = sessions::end_one(conn, &user, &session_id, now)? else { return Ok(None) };
        let request_id = saml_logouts::begin(conn, &session, &return_to, now)?;
        let okta = request_id.is_some();
        let data = SignedOut { session: &session_id, okta, client: by.as_deref() };
        events::record(conn, &workspace_id, &cause, user.target(), &data, now)?;
        Ok::<_, Error>(request_id)
    });
    Ok(ended.await?.and_then(|request_id| saml_logout::url(state, &workspace, &request_id)))
}

fn confirm_page(
    state: &State,
    parameters: &Parameters,
    client: Option<&Client>,
    signed_in: &SignedIn,
    target: &str,
) -> Result<HttpResponse, Refusal> {
    let mut fields: Vec<_> =
        PARAMETERS.into_iter().filter_map(|name| Some((name, parameters.get(name)?.to_owned()))).collect();
    fields.push(("csrf", signed_in.csrf.clone()));
    let content = LogoutPage {
        client: client.map(|client| client.name.as_str()).unwrap_or_default(),
        person: signed_in.user.greeting(),
        fields,
    };
    let target = Url::parse(target).map_err(|error| Refusal::Internal(error.to_string()))?;
    let frame = Frame { form_targets: FormTargets::And(&target), ..Frame::default() };
    Ok(pages::render(state, StatusCode::OK, "Sign out?", &frame, &content))
}

/// Removes the session's cookie and sends the browser to the SAML provider, if the sign-out continues there, otherwise to the target.
fn signed_out(
    req: &HttpRequest,
    state: &State,
    target: &str,
    at_saml: Option<Url>,
) -> Result<HttpResponse, Refusal> {
    let Some(url) = at_saml else {
        return Ok(redirect::see_other(target).cookie(session::removal(state)).finish());
    };
    if req.method() != Method::POST {
        return Ok(redirect::see_other(url.as_str()).cookie(session::removal(state)).finish());
    }
    let mut page = saml_logout::page(state, &url);
    page.add_cookie(&session::removal(state)).map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(page)
}

fn refuse(req: &HttpRequest, state: &State, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Page(refused) => {
            tracing::warn!(reason = refused.explanation, "oauth.sign_out_refused");
            state.metrics().refused("oauth", "logout");
            refused.refer(request::id(req)).page(state)
        }
        Refusal::Internal(error) => pages::failed(state, &request::id(req), &error),
    }
}
