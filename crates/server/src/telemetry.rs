//! Logs: one root span per request, with its id, the route's pattern and the workspace. Must never log the path or query as sent:
//! they may contain codes, states and set-up links.

use std::sync::OnceLock;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;
use vestibule_web::config::Log;

/// Replaces the filter of the running log.
type SetFilter = Box<dyn Fn(EnvFilter) -> anyhow::Result<()> + Send + Sync>;

/// Set once logging has started.
static SET_FILTER: OnceLock<SetFilter> = OnceLock::new();

/// The filter of `log.level`.
///
/// # Errors
/// When `log.level` can't be read.
pub(crate) fn filter(log: &Log) -> anyhow::Result<EnvFilter> {
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|error| anyhow::anyhow!("log.level must be a level or tracing directives: {error}"))?;
    // actix logs an error for a request line that is too long. Anybody can cause it, and the response is 400, so it is not logged.
    Ok(match "actix_http::h1=off".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    })
}

/// Starts logging to standard error. A second call changes nothing.
///
/// # Errors
/// When `log.level` can't be read.
pub fn init(log: &Log) -> anyhow::Result<()> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(log)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    let (started, set_filter): (_, SetFilter) = if log.format == "json" {
        let builder = builder.json().flatten_event(true).with_current_span(true).with_span_list(false);
        let builder = builder.with_filter_reloading();
        let handle = builder.reload_handle();
        (builder.try_init(), Box::new(move |filter| Ok(handle.reload(filter)?)))
    } else {
        let builder = builder.compact().with_filter_reloading();
        let handle = builder.reload_handle();
        (builder.try_init(), Box::new(move |filter| Ok(handle.reload(filter)?)))
    };
    if started.is_ok() {
        // Nobody else sets it: logging starts once.
        let _ = SET_FILTER.set(set_filter);
    } else {
        tracing::debug!("logging was started before");
    }
    Ok(())
}

/// Replaces the filter of the running log. Does nothing where logging was not started here.
///
/// # Errors
/// When the log is gone.
pub(crate) fn set_filter(filter: EnvFilter) -> anyhow::Result<()> {
    SET_FILTER.get().map_or(Ok(()), |set| set(filter))
}

/// The root span of a request.
pub struct Span;

impl RootSpanBuilder for Span {
    fn on_request_start(request: &ServiceRequest) -> tracing::Span {
        use actix_web::HttpMessage;
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
        tracing::info_span!(
            "request",
            request_id = %id,
            method = %request.method(),
            route,
            workspace = tracing::field::Empty,
            status = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: tracing::Span, outcome: &Result<ServiceResponse<B>, Error>) {
        match outcome {
            Ok(response) => {
                if let Some(team_id) = response.request().match_info().get("team_id") {
                    // Only a valid id is logged, never another text of a caller.
                    span.record("workspace", vestibule_core::ids::parse(team_id).unwrap_or_default());
                }
                span.record("status", response.status().as_u16());
            }
            Err(error) => {
                span.record("status", error.as_response_error().status_code().as_u16());
            }
        }
        span.in_scope(|| tracing::info!("request.answered"));
    }
}
