//! The error of a page handler: a page that refuses, or a redirect. It never shows the cause of a failure of ours.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use vestibule_web::{
    State,
    pages::{self, Refused},
};

use crate::layout::visitor::Visitor;

/// What a page handler returns.
pub type PageResult = Result<HttpResponse, PageError>;

/// Why a page is not shown.
pub enum PageError {
    /// The browser must go to this URL first, such as the sign-in page.
    Redirect(String),
    /// A page that says what was refused and what to do.
    Refused(Box<Refused>, State),
    /// The same for a signed-in person, who keeps the navigation.
    RefusedTo(Box<Refused>, Box<Visitor>),
    /// The application has no state: it was put together wrongly.
    NoState,
}

impl fmt::Debug for PageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::Redirect(url) => write!(formatter, "redirected to {url}"),
            PageError::Refused(page, _) | PageError::RefusedTo(page, _) => formatter.write_str(&page.title),
            PageError::NoState => formatter.write_str("the application has no state"),
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            PageError::Redirect(_) => StatusCode::SEE_OTHER,
            PageError::Refused(page, _) | PageError::RefusedTo(page, _) => page.status,
            PageError::NoState => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            PageError::Redirect(url) => redirect(url),
            PageError::Refused(page, state) => page.page(state),
            PageError::RefusedTo(page, visitor) => {
                pages::render(visitor.state(), page.status, &page.title, &visitor.frame(), &**page)
            }
            PageError::NoState => HttpResponse::InternalServerError().finish(),
        }
    }
}

/// Answers with 303 See Other (RFC 9110 §15.4.4).
pub(crate) fn redirect(url: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}
