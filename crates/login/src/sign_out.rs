//! `POST /auth/sign-out`: ends this browser's session here, and with `okta` in the form leads on to Okta to end the one there
//! (OpenID Connect RP-Initiated Logout 1.0). What is ended here stays ended, whatever Okta answers.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, time::Duration},
    http::{StatusCode, header},
    web,
};
use secrecy::ExposeSecret;
use url::Url;
use vestibule_store::{
    Error,
    access::{secrets, sessions},
    providers::connections,
    trail::events::{self, kinds::SignedOut},
};
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        request,
        session::{self, SignedIn, host_cookie},
    },
    pages::{self, Refused},
};

use crate::provider::Providers;

/// Ends the session and says so on the sign-in page.
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
    let Some(signed_in) = signed_in else { return gone(&state, &state.app_url("/auth?signed_out=1"), None) };
    if !signed_in.sent(form.text("csrf")) {
        return Refused::new(
            StatusCode::FORBIDDEN,
            "You are still signed in",
            "The form was not one of this session's pages.",
        )
        .advise("Go back, reload the page and sign out again.")
        .page(&state);
    }
    let too = form.get("okta").is_some();
    let hint = match end(&req, &state, signed_in.clone(), too).await {
        Ok(hint) => hint,
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    if !too {
        return gone(&state, &state.app_url("/auth?signed_out=1"), None);
    }
    match away(&state, &providers, &signed_in, &hint).await {
        Ok((url, remembered)) => gone(&state, url.as_str(), Some(remembered)),
        Err(reason) => {
            tracing::warn!(reason, "sign_out.okta_not_told");
            gone(&state, &state.app_url("/auth?signed_out=here"), None)
        }
    }
}

/// Ends the session and tells the trail; its ID token, sealed.
async fn end(req: &HttpRequest, state: &State, signed_in: SignedIn, too: bool) -> Result<String, Error> {
    let (cause, now) = (request::cause(req, signed_in.actor()), state.now());
    let presented = session::presented(state, req);
    let ended = state.write_access(move |conn| {
        let (user, session) = (&signed_in.user, &signed_in.session);
        let hint = sessions::id_token(conn, session)?;
        if let Some(presented) = &presented {
            sessions::end(conn, presented, now)?;
        }
        let data = SignedOut { session: &session.session_id, okta: too, client: None };
        events::record(conn, &user.workspace_id, &cause, user.target(), &data, now)?;
        Ok::<_, Error>(hint)
    });
    ended.await
}

/// The address at Okta that ends the session there, and the cookie that recognises the way back from it. Else why not.
async fn away(
    state: &State,
    providers: &Providers,
    signed_in: &SignedIn,
    hint: &str,
) -> Result<(Url, Cookie<'static>), String> {
    let workspace_id = signed_in.user.workspace_id.clone();
    if hint.is_empty() {
        return Err("the session has no ID token".to_owned());
    }
    let hint = state
        .sealer()
        .open(&session::id_token_context(&workspace_id), hint)
        .map_err(|error| error.to_string())?;
    let connection = state.read(move |conn| connections::find(conn, &workspace_id)).await;
    let connection = connection.map_err(|error| error.to_string())?;
    let connection = connection
        .filter(|connection| connection.issuer == signed_in.session.issuer)
        .ok_or("the workspace has another provider now")?;
    let endpoint =
        providers.end_session_endpoint(state, &connection.issuer).await.map_err(|error| error.to_string())?;
    let mut url = endpoint.ok_or("the provider has no end_session_endpoint of its own origin")?;
    let back = secrets::nonce().map_err(|error| error.to_string())?;
    url.query_pairs_mut()
        .append_pair("id_token_hint", hint.expose_secret())
        .append_pair("post_logout_redirect_uri", &state.app_url("/auth"))
        .append_pair("client_id", &connection.client_id)
        .append_pair("state", &back);
    Ok((url, host_cookie(state, "signed_out", back, Duration::minutes(10))))
}

fn gone(state: &State, to: &str, remembered: Option<Cookie<'static>>) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .cookie(session::removal(state));
    if let Some(remembered) = remembered {
        answer.cookie(remembered);
    }
    answer.finish()
}
