//! The stylesheet, the script and the icon, compiled in; a browser may keep them for an hour.

use actix_web::{HttpResponse, http::header};
use vestibule_web::pages;

/// `GET /assets/vestibule.css`
pub async fn style() -> HttpResponse {
    serve("text/css; charset=utf-8", pages::STYLE)
}

/// `GET /assets/vestibule.js`
pub async fn script() -> HttpResponse {
    serve("text/javascript; charset=utf-8", pages::SCRIPT)
}

/// `GET /assets/vestibule.svg`
pub async fn icon() -> HttpResponse {
    serve("image/svg+xml", pages::ICON)
}

fn serve(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type(content_type)
        .body(body)
}
