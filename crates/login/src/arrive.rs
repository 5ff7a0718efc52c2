//! `GET /auth/arrive?ticket=`: the last step of a sign-in when people work on another host than the one Okta redirects to.
//! The same session gets a cookie on this host too, so that signing out ends both.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use secrecy::ExposeSecret;
use vestibule_store::{
    arrivals,
    secret::{self, Kind},
};
use vestibule_web::{State, input::Parameters, request, session};

use crate::refusal::Refusal;

/// Sets the cookie on the app host and goes on.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match arrive(&req, &state).await {
        Ok(response) => response,
        Err(refusal) => refusal.page(&state, &request::id(&req)),
    }
}

async fn arrive(req: &HttpRequest, state: &State) -> Result<HttpResponse, Refusal> {
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let ticket = secret::parse(query.text("ticket"))
        .filter(|ticket| ticket.kind == Kind::Arrival)
        .ok_or(Refusal::Spent)?;
    let (workspace_id, now) = (ticket.workspace_id.clone(), state.now());
    let taken = state.write(move |conn| arrivals::take(conn, &ticket, now)).await?;
    let (sealed, return_to) = taken.ok_or(Refusal::Spent)?;
    let cookie = state.sealer().open(&context(&workspace_id), &sealed)?.expose_secret().to_owned();
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, return_to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .cookie(session::cookie(state, cookie))
        .finish())
}

/// Where to go with a fresh session: straight on, or by way of the app host with a ticket when that is another host.
pub(crate) async fn onward(
    state: &State,
    workspace_id: &str,
    cookie: &str,
    return_to: String,
) -> Result<String, Refusal> {
    let region = &state.config().region;
    if region.api_url == region.app_url || !return_to.starts_with(&region.app_url) {
        return Ok(return_to);
    }
    let sealed = state.sealer().seal(&context(workspace_id), cookie)?;
    let (workspace_id, now) = (workspace_id.to_owned(), state.now());
    let ticket =
        state.write(move |conn| arrivals::issue(conn, &workspace_id, &sealed, &return_to, now)).await?;
    Ok(state.app_url(&format!("/auth/arrive?ticket={ticket}")))
}

fn context(workspace_id: &str) -> String {
    format!("{workspace_id} arrival")
}
