//! `POST /auth/sign-out`: ends this browser's session, and with `okta` in the form redirects to Okta to end the session there
//! (OpenID Connect RP-Initiated Logout 1.0). A session that began at a SAML connection with a sign-out URL is signed out there in any case
//! (SAML Profiles §4.4). The session here is ended whatever the provider answers.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, time::Duration},
    http::StatusCode,
    web,
};
use secrecy::ExposeSecret;
use url::Url;
use vestibule_store::{
    Error,
    access::{saml_logouts, secrets, sessions},
    providers::connections,
    trail::events::{self, kinds::SignedOut},
};
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        redirect, request, saml_logout,
        session::{self, SignedIn, host_cookie},
    },
    pages::{self, Refused},
};

use crate::provider::Providers;

/// Ends the session and redirects to the sign-in page, or to Okta.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    providers: web::Data<Providers>,
) -> HttpResponse {
    let form = match Parameters::of_form(&req, payload).await {
        Ok(form) => form,
        Err(error) => {
            return Refused::new(error.status(), "This form can't be read", error.to_string()).page(&state);
        }
    };
    let signed_in = match session::find(&state, &req).await {
        Ok(signed_in) => signed_in,
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    let Some(signed_in) = signed_in else {
        return signed_out(&state, &state.app_url("/auth?signed_out=1"), None);
    };
    if !signed_in.sent(form.text("csrf")) {
        return Refused::new(
            StatusCode::FORBIDDEN,
            "You are still signed in",
            "The form was not one of this session's pages.",
        )
        .advise("Go back, reload the page and sign out again.")
        .page(&state);
    }
    let at_okta = form.get("okta").is_some();
    let Ended { id_token, at_saml } = match end(&req, &state, signed_in.clone(), at_okta).await {
        Ok(ended) => ended,
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    if let Some((url, cookie)) = at_saml {
        let page = saml_logout::page(&state, &url);
        return with_cookies(&req, &state, page, &cookie);
    }
    if !at_okta {
        return signed_out(&state, &state.app_url("/auth?signed_out=1"), None);
    }
    match okta_logout(&state, &providers, &signed_in, &id_token).await {
        Ok((url, cookie)) => signed_out(&state, url.as_str(), Some(cookie)),
        Err(reason) => {
            tracing::warn!(reason, "sign_out.provider_not_reached");
            signed_out(&state, &state.app_url("/auth?signed_out=here"), None)
        }
    }
}

/// What is left to do after the end of the session.
struct Ended {
    /// The session's sealed ID token; empty: there was none.
    id_token: String,
    /// The URL at which the sign-out continues at a SAML provider, and the cookie that recognises the return from it.
    at_saml: Option<(Url, Cookie<'static>)>,
}

/// Ends the session and records the event.
async fn end(req: &HttpRequest, state: &State, signed_in: SignedIn, at_okta: bool) -> Result<Ended, Error> {
    let (cause, now) = (request::cause(req, signed_in.actor()), state.now());
    let presented = session::presented(state, req);
    let return_state = secrets::nonce()?;
    let return_to = state.app_url(&format!("/auth?state={return_state}"));
    let workspace_id = signed_in.user.workspace_id.clone();
    let ended = state.write_access(move |conn| {
        let (user, session) = (&signed_in.user, &signed_in.session);
        let id_token = sessions::id_token(conn, session)?;
        let request_id = saml_logouts::begin(conn, session, &return_to, now)?;
        if let Some(presented) = &presented {
            sessions::end(conn, presented, now)?;
        }
        let okta = at_okta || request_id.is_some();
        let data = SignedOut { session: &session.session_id, okta, client: None };
        events::record(conn, &user.workspace_id, &cause, user.target(), &data, now)?;
        Ok::<_, Error>((id_token, request_id))
    });
    let (id_token, request_id) = ended.await?;
    let at_saml = request_id.and_then(|id| saml_logout::url(state, &workspace_id, &id));
    let at_saml = at_saml.map(|url| (url, signed_out_cookie(state, return_state)));
    Ok(Ended { id_token, at_saml })
}

/// The cookie that recognises the return from the provider.
fn signed_out_cookie(state: &State, return_state: String) -> Cookie<'static> {
    host_cookie(state, "signed_out", return_state, Duration::minutes(10))
}

/// Adds the removal of the session's cookie, and the cookie of the return.
fn with_cookies(
    req: &HttpRequest,
    state: &State,
    mut page: HttpResponse,
    cookie: &Cookie<'static>,
) -> HttpResponse {
    let added = page.add_cookie(&session::removal(state)).and_then(|()| page.add_cookie(cookie));
    match added {
        Ok(()) => page,
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}

/// URL at Okta that ends the session there, and the cookie that recognises the return from it.
///
/// # Errors
/// Why the person can't be redirected to Okta, for the log.
async fn okta_logout(
    state: &State,
    providers: &Providers,
    signed_in: &SignedIn,
    id_token: &str,
) -> Result<(Url, Cookie<'static>), String> {
    let workspace_id = signed_in.user.workspace_id.clone();
    if id_token.is_empty() {
        return Err("the session has no ID token".to_owned());
    }
    let id_token = state
        .sealer()
        .open(&session::id_token_context(&workspace_id), id_token)
        .map_err(|error| error.to_string())?;
    let issuer = signed_in.session.issuer.clone();
    let connection = state.read(move |conn| connections::find_of_issuer(conn, &workspace_id, &issuer)).await;
    let connection = connection.map_err(|error| error.to_string())?;
    let connection = connection.ok_or("the workspace has no connection of this provider any more")?;
    let endpoint =
        providers.end_session_endpoint(state, &connection.issuer).await.map_err(|error| error.to_string())?;
    let mut url = endpoint.ok_or("the provider has no end_session_endpoint of its own origin")?;
    let return_state = secrets::nonce().map_err(|error| error.to_string())?;
    url.query_pairs_mut()
        .append_pair("id_token_hint", id_token.expose_secret())
        .append_pair("post_logout_redirect_uri", &state.app_url("/auth"))
        .append_pair("client_id", &connection.client_id)
        .append_pair("state", &return_state);
    Ok((url, signed_out_cookie(state, return_state)))
}

/// Redirect that removes the session's cookie.
fn signed_out(state: &State, to: &str, cookie: Option<Cookie<'static>>) -> HttpResponse {
    let mut response = redirect::see_other(to);
    response.cookie(session::removal(state));
    if let Some(cookie) = cookie {
        response.cookie(cookie);
    }
    response.finish()
}
