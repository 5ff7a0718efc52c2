//! The org's administration page, at `/`: people, actions, and the exchanged requests. Works without script. Its forms have a CSRF token,
//! and it must respond only to requests with its own host name, because it displays passwords.

mod act;
mod saml;
mod view;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::LOCATION},
    web,
};

use crate::{okta::Okta, support::html};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/act", web::post().to(act::post))
        .route("/authenticate/{client_id}", web::get().to(authenticate))
        .route("/style.css", web::get().to(style));
}

async fn home(okta: web::Data<Okta>, http: HttpRequest) -> HttpResponse {
    if !is_own_name(&http) {
        return html::note(StatusCode::MISDIRECTED_REQUEST, "Not here", "This org answers on loopback only.");
    }
    view::home(&okta)
}

/// Redirects to the service, with a new state.
async fn authenticate(okta: web::Data<Okta>, client_id: web::Path<String>) -> HttpResponse {
    let app = okta.apps().into_iter().find(|app| app.client_id == *client_id);
    match app.and_then(|app| okta.authenticate_url(&app)) {
        Some(url) => HttpResponse::SeeOther().insert_header((LOCATION, url)).finish(),
        None => html::note(StatusCode::NOT_FOUND, "Not here", "This app has no OAuth settings."),
    }
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(html::STYLE)
}

/// Whether the request names this host. A foreign name that resolves to loopback must not read the page.
fn is_own_name(http: &HttpRequest) -> bool {
    let info = http.connection_info();
    let host = info.host();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost")
}
