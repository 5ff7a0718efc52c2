//! CORS for the routes that scripts of any origin may call: OAuth routes that read no cookie (Fetch §3.3). Must never allow
//! credentials of the browser, so that such a script may do only what its token allows.

use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};

/// The response to a CORS preflight; `None` for other requests.
pub(crate) fn preflight(method: &Method) -> Option<HttpResponse> {
    (method == Method::OPTIONS).then(|| {
        HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
            // MCP clients send the last of these headers with every request.
            .insert_header((
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, mcp-protocol-version",
            ))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "3600"))
            .finish()
    })
}

/// Lets any origin read the response.
pub(crate) fn let_read(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("www-authenticate"));
}
