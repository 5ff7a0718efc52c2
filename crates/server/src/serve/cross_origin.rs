//! What scripts of other sites may call: the doors of OAuth that look at no cookie (Fetch §3.3). Any origin, and never with the
//! browser's credentials: what such a script may do, it may do by the token it holds.

use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};

const OPEN: [&str; 7] = [
    "/oauth/token",
    "/oauth/userinfo",
    "/oauth/revoke",
    "/oauth/register",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
];

/// Whether a path is one of these.
pub(crate) fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// The answer to a browser that asks beforehand, if that is what it does.
pub(crate) fn preflight(method: &Method, path: &str) -> Option<HttpResponse> {
    (method == Method::OPTIONS && is_open(path)).then(|| {
        HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
            // The last one is sent by MCP clients with everything.
            .insert_header((
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, mcp-protocol-version",
            ))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "3600"))
            .finish()
    })
}

/// Lets any origin read an answer.
pub(crate) fn let_read(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("www-authenticate"));
}
