//! The static files of the pages.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_web::{State, pages::OWN};

/// `GET /assets/vestibule.css`
pub async fn style(req: HttpRequest) -> HttpResponse {
    OWN.style.answer(&req)
}

/// `GET /assets/vestibule.js`
pub async fn script(req: HttpRequest) -> HttpResponse {
    OWN.script.answer(&req)
}

/// `GET /assets/vestibule.svg`
pub async fn icon(req: HttpRequest) -> HttpResponse {
    OWN.icon.answer(&req)
}

/// `GET /assets/icons.svg`: the icons of the navigation.
pub async fn icons(req: HttpRequest) -> HttpResponse {
    OWN.icons.answer(&req)
}

/// `GET /assets/brand.css`: the colors of the brand.
pub async fn brand(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    state.brand().style.answer(&req)
}

/// `GET /assets/logo`
pub async fn logo(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    state.brand().logo.answer(&req)
}
