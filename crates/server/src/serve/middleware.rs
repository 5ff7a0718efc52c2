//! Middleware of every request: rate limit of the address, prefetches, CORS, metrics, the inspector, the request's id.

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
use vestibule_core::sets::Door;
use vestibule_web::{
    State,
    http::{
        limits::RetryAfter,
        request::{self, Arrived},
    },
    observe::inspect::{self, Answered, Note},
    pages::{Refused, Theme},
};

use crate::serve::{
    cross_origin, prefetch, read_only,
    routes::{Found, Route, Surface},
    unknown,
};

/// `Retry-After` of a 503, in seconds.
const RETRY_SECONDS: u64 = 5;

/// Applies the rate limit to a request, counts it, and returns its id in `X-Request-Id`.
pub(crate) async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    // Decoded as the router sees it, so that both find the same route.
    let Found { surface, route } = Found::of(req.match_info().as_str());
    let door = surface.door();
    let is_cross_origin = route.is_some_and(|route| route.is_cross_origin);
    let id = req.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let state = req.app_data::<web::Data<State>>().cloned();
    if let Some(state) = &state {
        req.extensions_mut().insert(Arrived(state.now()));
        if state.inspector().is_on() && door.is_some() {
            req.extensions_mut().insert(Note::begin());
        }
    }
    let limited = state.as_ref().filter(|_| surface.is_limited_by_address());
    let over = limited.and_then(|state| state.limits().address(req.request()).err());
    let mut response = match over {
        Some(RetryAfter(seconds)) => {
            tracing::warn!(door = surface.label(), "rate_limit.refused");
            let json_wanted = match route {
                Some(route) => route.surface == Surface::OAuth,
                None => unknown::is_api(req.path()),
            };
            let page = state.as_ref().filter(|_| !json_wanted).map(|state| page(state, seconds, &id));
            let mut answer = page.unwrap_or_else(|| {
                let description = format!("try again in {seconds} s");
                HttpResponse::TooManyRequests()
                    .json(json!({ "error": "too_many_requests", "error_description": description }))
            });
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            req.into_response(answer)
        }
        None => {
            match early_answer(&req, route).or_else(|| read_only_answer(&req, state.as_ref(), route, &id)) {
                Some(answer) => req.into_response(answer),
                None => {
                    let theme = themed(state.as_ref(), surface, &req);
                    theme.during(next.call(req)).await?.map_into_boxed_body()
                }
            }
        }
    };
    if is_cross_origin {
        cross_origin::let_read(response.headers_mut());
    }
    // RFC 9110 §15.6.4. A handler may have set a better value.
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
        // A page that does not exist counts as `other`.
        let is_page = surface != Surface::Pages || route.is_some();
        let counted = if is_page { surface } else { Surface::Other };
        state.metrics().answered(counted.label(), response.status().as_u16(), took.as_secs_f64());
        if let Some(door) = door {
            note(&state, door, &id, took, &response);
        }
    }
    Ok(response)
}

/// The theme of the pages that the request may be answered with.
fn themed(state: Option<&web::Data<State>>, surface: Surface, req: &ServiceRequest) -> Theme {
    let with_pages = matches!(surface, Surface::Pages | Surface::SignIn | Surface::OAuth);
    state.filter(|_| with_pages).map_or(Theme::System, |state| Theme::of(state, req.request()))
}

/// The response to a request that does not reach its handler: a CORS preflight or a refused prefetch.
fn early_answer(req: &ServiceRequest, route: Option<&Route>) -> Option<HttpResponse> {
    let route = route?;
    if route.is_cross_origin
        && let Some(answer) = cross_origin::preflight(req.method())
    {
        return Some(answer);
    }
    if route.is_used_once { prefetch::refuse(req.headers()) } else { None }
}

/// The refusal of a change in read-only mode.
fn read_only_answer(
    req: &ServiceRequest,
    state: Option<&web::Data<State>>,
    route: Option<&Route>,
    id: &str,
) -> Option<HttpResponse> {
    let (state, route) = (state?, route?);
    let refused = state.is_read_only() && route.is_refused_in_read_only(req.method());
    refused.then(|| read_only::answer(state, route.surface, id))
}

/// Passes the notes of the handlers to the request inspector.
fn note(state: &State, door: Door, id: &str, took: Duration, response: &ServiceResponse<BoxBody>) {
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

/// The page of a 429.
fn page(state: &State, seconds: u64, request_id: &str) -> HttpResponse {
    let happened = "Your address sent more requests in a short time than this service accepts.";
    Refused::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", happened)
        .advise(format!("Try again in {seconds} s."))
        .refer(request_id)
        .page(state)
}
