//! Last step of a sign-in when the app host is not the API host that Okta redirects to: the app host gets a cookie of the same
//! session, so that signing out ends both. Three redirects; no secret in them is valid elsewhere.
//!
//! 1. `GET /auth/arrive?return_to=` (app host) sets a random cookie and redirects with its digest.
//! 2. `GET /api/okta/oidc/arrive?challenge=` (API host) issues a ticket for the session that this browser has there.
//! 3. `GET /auth/arrive?ticket=` (app host) accepts the ticket once, from the browser with the cookie of step 1. A link with the
//!    ticket of another person signs nobody in.

use actix_web::{HttpRequest, HttpResponse, cookie::time::Duration, web};
use secrecy::ExposeSecret;
use url::Url;
use vestibule_core::{ids::WorkspaceId, time::SECOND};
use vestibule_store::access::{
    secrets::{self, Kind},
    sessions,
    tickets::{self, Arrival},
};
use vestibule_web::{
    State,
    crypto::seal::columns::arrival_context,
    http::{
        browser,
        input::Parameters,
        redirect, request, return_to,
        session::{self, cookie_name, host_cookie},
    },
};

use crate::refusal::Refusal;

/// Handles steps 1 and 3, on the app host.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let answer = async {
        let query = Parameters::of_query(&req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        match query.get("ticket") {
            Some(ticket) => take_ticket(&req, &state, ticket).await,
            None => request_ticket(&req, &state, &query),
        }
    };
    answer.await.unwrap_or_else(|refusal| refusal.page(&state, &request::id(&req)))
}

/// Handles step 2, on the API host.
pub async fn ticket(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let answer = async {
        let query = Parameters::of_query(&req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        issue_ticket(&req, &state, &query).await
    };
    answer.await.unwrap_or_else(|refusal| refusal.page(&state, &request::id(&req)))
}

/// URL to redirect to after sign-in: `return_to`, or step 1 when `return_to` is on an app host of its own.
pub(crate) fn url_after_sign_in(state: &State, return_to: String) -> Result<String, Refusal> {
    if state.config().region.api_url == state.config().region.app_url || !is_on_app_host(state, &return_to) {
        return Ok(return_to);
    }
    url_with(&state.app_url("/auth/arrive"), &[("return_to", &return_to)])
}

fn request_ticket(req: &HttpRequest, state: &State, query: &Parameters) -> Result<HttpResponse, Refusal> {
    let return_to = return_to(state, query)?;
    let value = browser::value_or_new(state, req, "arrival")?;
    let pairs = [("challenge", secrets::digest(&value)), ("return_to", return_to)];
    let pairs = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
    let url = url_with(&state.api_url("/api/okta/oidc/arrive"), &pairs)?;
    let lifetime = Duration::seconds(tickets::LIFETIME / SECOND);
    Ok(redirect::see_other(&url).cookie(host_cookie(state, "arrival", value, lifetime)).finish())
}

async fn issue_ticket(req: &HttpRequest, state: &State, query: &Parameters) -> Result<HttpResponse, Refusal> {
    let return_to = return_to(state, query)?;
    let challenge = query.text("challenge").to_owned();
    let is_base64url = challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if challenge.len() != 43 || !is_base64url {
        return Err(Refusal::Malformed("its challenge is missing or not ours".to_owned()));
    }
    // Without a session here the answer is an error page: a redirect back to sign-in could loop.
    let signed_in = session::find(state, req).await?.ok_or(Refusal::NotCarriedOver)?;
    let cookie = req.cookie(&cookie_name(state, "session")).ok_or(Refusal::NotCarriedOver)?;
    let (workspace_id, now) = (signed_in.user.workspace_id, state.now());
    let arrival = Arrival {
        browser_digest: challenge,
        cookie: state.sealer().seal(&context(&workspace_id), cookie.value())?,
        return_to,
    };
    let ticket = state.write_access(move |conn| tickets::issue(conn, &workspace_id, &arrival, now)).await?;
    let url = url_with(&state.app_url("/auth/arrive"), &[("ticket", &ticket)])?;
    Ok(redirect::see_other(&url).finish())
}

async fn take_ticket(req: &HttpRequest, state: &State, ticket: &str) -> Result<HttpResponse, Refusal> {
    let ticket = secrets::parse(ticket)
        .filter(|ticket| ticket.kind == Kind::Arrival)
        .ok_or(Refusal::NotCarriedOver)?;
    let (workspace_id, now) = (ticket.workspace_id.clone(), state.now());
    let taken = state.write_access(move |conn| tickets::take(conn, &ticket, now)).await?;
    let arrival = taken.ok_or(Refusal::NotCarriedOver)?;
    let browser = req.cookie(&cookie_name(state, "arrival")).map(|cookie| secrets::digest(cookie.value()));
    if browser.as_ref() != Some(&arrival.browser_digest) {
        // Another tab of this browser may have finished first: its session stays, and the session of this ticket is not carried over.
        return match session::find(state, req).await? {
            Some(_) => Ok(redirect::see_other(&arrival.return_to).finish()),
            None => Err(Refusal::NotCarriedOver),
        };
    }
    let cookie = state.sealer().open(&context(&workspace_id), &arrival.cookie)?.expose_secret().to_owned();
    let presented = secrets::parse(&cookie).ok_or(Refusal::NotCarriedOver)?;
    // The session may have ended since the ticket was issued.
    let live = state.read(move |conn| sessions::find_live(conn, &presented, now)).await?;
    let (session, _) = live.ok_or(Refusal::NotCarriedOver)?;
    Ok(redirect::see_other(&arrival.return_to)
        .cookie(session::cookie(state, cookie, session.expires_at, now))
        .cookie(host_cookie(state, "arrival", String::new(), Duration::ZERO))
        .finish())
}

/// `return_to`, which must be on the app host.
fn return_to(state: &State, query: &Parameters) -> Result<String, Refusal> {
    return_to::safe(&state.config().region, &[], query.text("return_to"))
        .filter(|url| is_on_app_host(state, url))
        .ok_or_else(|| Refusal::Malformed("return_to is missing or leads to another site".to_owned()))
}

fn is_on_app_host(state: &State, url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.origin().ascii_serialization() == state.config().region.app_url)
}

fn url_with(base: &str, pairs: &[(&str, &str)]) -> Result<String, Refusal> {
    let url = Url::parse_with_params(base, pairs).map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(url.into())
}

/// Sealing context of a ticket's cookie.
fn context(workspace_id: &WorkspaceId) -> String {
    arrival_context(workspace_id.as_str())
}
