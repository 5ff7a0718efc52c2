//! The last step of a sign-in when people work on another host than the one Okta redirects to. The same session gets a
//! cookie on this host too, so that signing out ends both. In three hops, none with a secret that opens anything elsewhere:
//!
//! `GET /auth/arrive?return_to=` (app host) gives the browser a random cookie and asks with its digest; `GET
//! /api/okta/oidc/arrive?challenge=` (API host) makes a ticket for the session of this browser there; `GET
//! /auth/arrive?ticket=` takes it, once, in the browser that asked. A link with somebody else's ticket signs nobody in.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, time::Duration},
    http::header,
    web,
};
use secrecy::ExposeSecret;
use url::Url;
use vestibule_core::time::SECOND;
use vestibule_store::access::{
    secrets::{self, Kind},
    sessions,
    tickets::{self, Arrival},
};
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        request, return_to,
        session::{self, cookie_name, host_cookie},
    },
};

use crate::refusal::Refusal;

/// The first and the last hop, on the app host.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let answer = async {
        let query = Parameters::of_query(&req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        match query.get("ticket") {
            Some(ticket) => land(&req, &state, ticket).await,
            None => ask(&req, &state, &query),
        }
    };
    answer.await.unwrap_or_else(|refusal| refusal.page(&state, &request::id(&req)))
}

/// The hop between, on the API host.
pub async fn ticket(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let answer = async {
        let query = Parameters::of_query(&req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        issue(&req, &state, &query).await
    };
    answer.await.unwrap_or_else(|refusal| refusal.page(&state, &request::id(&req)))
}

/// Where to go with a fresh session: straight on, or by way of the app host when that is another host.
pub(crate) fn onward(state: &State, return_to: String) -> Result<String, Refusal> {
    if state.config().region.api_url == state.config().region.app_url || !is_of_the_app(state, &return_to) {
        return Ok(return_to);
    }
    address(&state.app_url("/auth/arrive"), &[("return_to", &return_to)])
}

fn ask(req: &HttpRequest, state: &State, query: &Parameters) -> Result<HttpResponse, Refusal> {
    let return_to = place(state, query)?;
    // One value serves the arrivals of several tabs.
    let present = req.cookie(&cookie_name(state, "arrival")).map(|cookie| cookie.value().to_owned());
    let value = match present.filter(|value| value.len() == 43) {
        Some(value) => value,
        None => secrets::nonce()?,
    };
    let pairs = [("challenge", secrets::digest(&value)), ("return_to", return_to)];
    let pairs = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
    let on = address(&state.api_url("/api/okta/oidc/arrive"), &pairs)?;
    let lifetime = Duration::seconds(tickets::LIFETIME / SECOND);
    Ok(go(&on, &[host_cookie(state, "arrival", value, lifetime)]))
}

async fn issue(req: &HttpRequest, state: &State, query: &Parameters) -> Result<HttpResponse, Refusal> {
    let return_to = place(state, query)?;
    let challenge = query.text("challenge").to_owned();
    let shaped = challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if challenge.len() != 43 || !shaped {
        return Err(Refusal::Malformed("its challenge is missing or not ours".to_owned()));
    }
    // Whoever is not signed in here is told so, and not sent round in a circle.
    let signed_in = session::find(state, req).await?.ok_or(Refusal::NotCarriedOver)?;
    let cookie = req.cookie(&cookie_name(state, "session")).ok_or(Refusal::NotCarriedOver)?;
    let (workspace_id, now) = (signed_in.user.workspace_id, state.now());
    let arrival = Arrival {
        browser_digest: challenge,
        cookie: state.sealer().seal(&context(&workspace_id), cookie.value())?,
        return_to,
    };
    let ticket = state.write_access(move |conn| tickets::issue(conn, &workspace_id, &arrival, now)).await?;
    Ok(go(&address(&state.app_url("/auth/arrive"), &[("ticket", &ticket)])?, &[]))
}

async fn land(req: &HttpRequest, state: &State, ticket: &str) -> Result<HttpResponse, Refusal> {
    let ticket = secrets::parse(ticket)
        .filter(|ticket| ticket.kind == Kind::Arrival)
        .ok_or(Refusal::NotCarriedOver)?;
    let (workspace_id, now) = (ticket.workspace_id.clone(), state.now());
    let taken = state.write_access(move |conn| tickets::take(conn, &ticket, now)).await?;
    let arrival = taken.ok_or(Refusal::NotCarriedOver)?;
    let browser = req.cookie(&cookie_name(state, "arrival")).map(|cookie| secrets::digest(cookie.value()));
    if browser.as_ref() != Some(&arrival.browser_digest) {
        // Two tabs at once: the other one has arrived. They keep the session they have, whoever made this ticket.
        return match session::find(state, req).await? {
            Some(_) => Ok(go(&arrival.return_to, &[])),
            None => Err(Refusal::NotCarriedOver),
        };
    }
    let cookie = state.sealer().open(&context(&workspace_id), &arrival.cookie)?.expose_secret().to_owned();
    let presented = secrets::parse(&cookie).ok_or(Refusal::NotCarriedOver)?;
    // What has ended since is not carried over: the browser would only be sent to sign in again.
    let live = state.read(move |conn| sessions::find_live(conn, &presented, now)).await?;
    let (session, _) = live.ok_or(Refusal::NotCarriedOver)?;
    let used_up = host_cookie(state, "arrival", String::new(), Duration::ZERO);
    Ok(go(&arrival.return_to, &[session::cookie(state, cookie, session.expires_at, now), used_up]))
}

/// The page of the app host to go on to.
fn place(state: &State, query: &Parameters) -> Result<String, Refusal> {
    return_to::safe(&state.config().region, &[], query.text("return_to"))
        .filter(|place| is_of_the_app(state, place))
        .ok_or_else(|| Refusal::Malformed("return_to is missing or leads to another site".to_owned()))
}

fn is_of_the_app(state: &State, place: &str) -> bool {
    Url::parse(place).is_ok_and(|url| url.origin().ascii_serialization() == state.config().region.app_url)
}

fn address(base: &str, pairs: &[(&str, &str)]) -> Result<String, Refusal> {
    let url = Url::parse_with_params(base, pairs).map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(url.into())
}

fn go(to: &str, cookies: &[Cookie<'static>]) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    for cookie in cookies {
        answer.cookie(cookie.clone());
    }
    answer.finish()
}

fn context(workspace_id: &str) -> String {
    format!("{workspace_id} arrival")
}
