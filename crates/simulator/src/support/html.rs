//! The layout of the org's pages, and escaping. Every text on a page goes through `escape`.

use actix_web::{HttpResponse, HttpResponseBuilder, http::StatusCode};

/// The one stylesheet, served at `/style.css`.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Escapes a text for an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole page; `body` is HTML.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    with_policy(status, title, body, policy)
}

/// As `page`, but scripts of the org itself run on it, and a page of the org may frame it.
pub(crate) fn page_with_script(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'self'";
    with_policy(status, title, body, policy)
}

/// As `page`, with frames of the org that lead to apps.
pub(crate) fn page_with_frames(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    let policy = "default-src 'none'; style-src 'self'; frame-src *; base-uri 'none'; frame-ancestors 'none'";
    with_policy(status, title, body, policy)
}

fn with_policy(status: StatusCode, title: &str, body: &str, policy: &'static str) -> HttpResponse {
    let footer = "A pretend Okta org, for demos and tests. Nothing typed here leaves this machine.";
    document(status, (title, ""), (body, footer), policy)
}

/// A whole page of a pretend server. `head` and `body` are HTML.
pub(crate) fn document(
    status: StatusCode,
    (title, head): (&str, &str),
    (body, footer): (&str, &str),
    policy: &'static str,
) -> HttpResponse {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/style.css\">{head}</head>\n\
         <body><main>\n{body}\n</main><footer>{footer}</footer></body></html>\n"
    );
    guarded(HttpResponse::build(status), policy).content_type("text/html; charset=utf-8").body(html)
}

/// A page with one heading and one sentence.
pub(crate) fn note(status: StatusCode, title: &str, sentence: &str) -> HttpResponse {
    page(status, title, &format!("<h1>{}</h1><p>{}</p>", escape(title), escape(sentence)))
}

/// Sets security headers: no cache, and the content security policy. `form-action` is open, because sign-in leads to the app.
fn guarded(mut response: HttpResponseBuilder, policy: &'static str) -> HttpResponseBuilder {
    response
        .insert_header(("Content-Security-Policy", policy))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .insert_header(("X-Content-Type-Options", "nosniff"));
    response
}
