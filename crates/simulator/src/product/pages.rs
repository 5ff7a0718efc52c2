//! The pages of the product. The first page asks the provider on each request, and loads itself again every three seconds, so that the
//! end of access shows without a click.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use super::{Product, Session};
use crate::support::html::{STYLE, document, escape};

pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

/// Who is signed in, with which roles at this moment; or how the access ended.
pub(super) async fn home(req: HttpRequest, product: Data<Product>) -> HttpResponse {
    let id = product.of_browser(&req).unwrap_or_default();
    let session = product.memory().sessions.get(&id).cloned();
    let Some(session) = session else { return welcome() };
    if !session.ended.is_empty() {
        return ended(&session);
    }
    match product.roles(&session.access_token).await {
        Ok(Some(roles)) => signed_in(&session, &roles),
        Ok(None) => {
            let told = "The access token is refused: the UserInfo endpoint answers 401.";
            let mut memory = product.memory();
            let Some(session) = memory.sessions.get_mut(&id) else { return welcome() };
            session.ended.push(told.to_owned());
            ended(session)
        }
        Err(refusal) => page(
            StatusCode::BAD_GATEWAY,
            true,
            &format!("<h1>The product can't reach its provider</h1><p>{}.</p>", escape(&refusal.to_string())),
        ),
    }
}

fn welcome() -> HttpResponse {
    page(
        StatusCode::OK,
        false,
        "<h1>Your product</h1>\
         <p>This is a small app of its own. Its people sign in through Vestibule, with OpenID Connect.</p>\
         <p><a href=\"/login\">Sign in</a></p>",
    )
}

fn signed_in(session: &Session, roles: &[String]) -> HttpResponse {
    let roles = if roles.is_empty() { "none".to_owned() } else { roles.join(", ") };
    let body = format!(
        "<h1>Your product</h1>\
         <div class=\"card\"><p class=\"good\" role=\"status\">Signed in as <strong>{}</strong></p>\
         <p>Roles at this moment: <strong>{}</strong></p></div>\
         <p>This page asks Vestibule every three seconds. Leave it open. In another window, change the person's roles, deactivate \
         the person in the pretend Okta, or choose Universal Logout there.</p>\
         <form method=\"post\" action=\"/sign-out\"><button>Sign out</button></form>",
        escape(&session.name),
        escape(&roles)
    );
    page(StatusCode::OK, true, &body)
}

fn ended(session: &Session) -> HttpResponse {
    let told: String = session.ended.iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
    let body = format!(
        "<h1>Your access has ended</h1>\
         <p class=\"bad\" role=\"alert\">{} can't use this product any more.</p>\
         <p>How the product learned it:</p><ul>{told}</ul>\
         <p><a href=\"/login\">Sign in again</a></p>",
        escape(&session.name)
    );
    page(StatusCode::UNAUTHORIZED, false, &body)
}

/// A sign-in that failed.
pub(super) fn refused(product: &Product, reason: &str) -> HttpResponse {
    let body = format!(
        "<h1>You are not signed in</h1><p class=\"bad\" role=\"alert\">{}.</p><p><a href=\"{}/login\">Try again</a></p>",
        escape(reason.trim_end_matches('.')),
        escape(product.url())
    );
    page(StatusCode::BAD_REQUEST, false, &body)
}

fn page(status: StatusCode, loads_again: bool, body: &str) -> HttpResponse {
    let head = if loads_again { "<meta http-equiv=\"refresh\" content=\"3\">" } else { "" };
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    document(status, ("Your product", head), (body, "A pretend product, for the demo."), policy)
}
