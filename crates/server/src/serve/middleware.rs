//! Around every request: which door it came by, the address's bucket, the count, the request's id in the answer.

use std::time::{Duration, Instant};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use serde_json::json;
use tracing_actix_web::RequestId;
use vestibule_store::trail::requests::DOORS;
use vestibule_web::{
    State,
    http::{
        limits::RetryAfter,
        request::{self, Arrived},
    },
    observe::inspect::{self, Answered, Note},
    pages::Refused,
};

use crate::serve::{cross_origin, prefetch};

/// After how many seconds a request that could not be served may be sent again.
const RETRY_SECONDS: u64 = 5;

/// Limits, counts, and names the request.
pub(crate) async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let door = door(req.path());
    let id = req.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let state = req.app_data::<web::Data<State>>().cloned();
    if let Some(state) = &state {
        req.extensions_mut().insert(Arrived(state.now()));
        if state.inspector().is_on() && DOORS.contains(&door) {
            req.extensions_mut().insert(Note::begin());
        }
    }
    // SCIM has a bucket a workspace, taken once the workspace is proven; checks are as frequent as the app's requests;
    // a Universal Logout and what the operator's machines ask are never turned away for coming with many others: only
    // failed ones cost their address.
    let limited = matches!(door, "sign_in" | "oauth" | PAGES);
    let over =
        state.as_ref().filter(|_| limited).and_then(|state| state.limits().address(req.request()).err());
    let mut response = match over {
        Some(RetryAfter(seconds)) => {
            tracing::warn!(door, "rate_limit.refused");
            let answer = state.as_ref().filter(|_| door != "oauth").map(|state| page(state, seconds, &id));
            let told = json!({ "error": "too_many_requests", "error_description": format!("come again in {seconds} s") });
            let mut answer = answer.unwrap_or_else(|| HttpResponse::TooManyRequests().json(told));
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            req.into_response(answer)
        }
        None => match cross_origin::preflight(req.method(), req.path())
            .or_else(|| prefetch::refuse(req.path(), req.headers()))
        {
            Some(answer) => req.into_response(answer),
            None => next.call(req).await?.map_into_boxed_body(),
        },
    };
    if cross_origin::is_open(response.request().path()) {
        cross_origin::let_read(response.headers_mut());
    }
    // RFC 9110 §15.6.4. Whoever knows better has said so.
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        let headers = response.headers_mut();
        if !headers.contains_key(header::RETRY_AFTER) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    if let Some(state) = state {
        let took = started.elapsed();
        // An address that is no route counts as `other`. It is asked for its pattern only here: that allocates.
        let is_page = door != PAGES || response.request().match_pattern().is_some();
        let door = if is_page { door } else { OTHER };
        state.metrics().answered(door, response.status().as_u16(), took.as_secs_f64());
        if DOORS.contains(&door) {
            note(&state, door, &id, took, &response);
        }
    }
    Ok(response)
}

/// Puts what handlers noted where it waits to be written down.
fn note(state: &State, door: &'static str, id: &str, took: Duration, response: &ServiceResponse<BoxBody>) {
    let req = response.request();
    let answered = Answered {
        door,
        method: req.method().as_str(),
        path: req.path(),
        query: req.query_string(),
        at: request::accepted_at(req).unwrap_or_else(|| state.now()),
        request_id: id,
        status: response.status().as_u16(),
        micros: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
    };
    if !state.inspector().take(&inspect::of(req), &answered) {
        state.metrics().not_inspected();
    }
}

/// People get a page.
fn page(state: &State, seconds: u64, request_id: &str) -> HttpResponse {
    let happened = "More requests came from your address in a short time than Vestibule takes.";
    Refused::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", happened)
        .advise(format!("Try again in {seconds} s."))
        .refer(request_id)
        .page(state)
}

/// The door of people's pages, and of every address that is none of [`DOORS_OF_MACHINES`]: a page that joins the route table is limited
/// by the client's address and counted as a page without being named here.
const PAGES: &str = "pages";

/// The door of what nobody has to be kept from: probes, static files, public metadata.
const OTHER: &str = "other";

/// The doors of addresses that are no pages, by prefix; the first that fits.
const DOORS_OF_MACHINES: [(&str, &str); 15] = [
    ("/api/scim/", "scim"),
    ("/api/v1", "management"),
    ("/api/okta/oidc/backchannel-logout", "backchannel_logout"),
    ("/api/okta/signals", "signals"),
    ("/api/okta/oidc/", "sign_in"),
    ("/api/okta/scim/", "oauth"),
    ("/api/okta/universal-logout", "universal_logout"),
    ("/api/check", "check"),
    ("/api/events", "feed"),
    ("/oauth/introspect", "check"),
    ("/oauth/", "oauth"),
    ("/.well-known/", OTHER),
    ("/assets/", OTHER),
    ("/healthz", OTHER),
    ("/readyz", OTHER),
];

fn door(path: &str) -> &'static str {
    DOORS_OF_MACHINES.iter().find(|(prefix, _)| path.starts_with(prefix)).map_or(PAGES, |(_, door)| door)
}
