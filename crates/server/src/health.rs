//! Probes and metrics.

use actix_web::{HttpResponse, web};
use serde_json::json;
use vestibule_core::{ids::DEPLOYMENT, time::SECOND};
use vestibule_store::{outbox::deliveries, workspaces};
use vestibule_web::State;

/// `GET /healthz`: the process runs.
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// `GET /readyz`: requests can be served.
pub(crate) async fn ready(state: web::Data<State>) -> HttpResponse {
    let region = state.config().region.name.clone();
    match state.read(move |conn| workspaces::find(conn, &DEPLOYMENT, &region)).await {
        Ok(_) => HttpResponse::Ok().json(json!({ "status": "ready", "region": state.config().region.name })),
        Err(error) => {
            tracing::error!(%error, "server.not_ready");
            HttpResponse::ServiceUnavailable()
                .json(json!({ "status": "not ready", "reason": "the database does not answer" }))
        }
    }
}

/// `GET /metrics`, on its own listener.
pub(crate) async fn metrics(state: web::Data<State>) -> HttpResponse {
    // Without the database the other metrics are still useful.
    if let Ok((waiting, since)) = state.read(deliveries::oldest).await {
        state.metrics().outbox(waiting, since.map_or(0, |since| (state.now() - since) / SECOND));
    }
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(state.metrics().text())
}
