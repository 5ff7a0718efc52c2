//! Refuses prefetches: browsers fetch a URL before anybody follows the link. On a route whose GET consumes a ticket or begins or ends a
//! session, a prefetch gets an error, which browsers discard (RFC 9110 §9.2.1: a safe method must do no harm). The real visit works.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderMap},
};

/// Headers that mark a prefetch: Fetch's `Sec-Purpose`; before it `Purpose` (Chromium, Safari), `X-Purpose` (Safari's previews) and
/// `X-Moz` (Firefox).
const HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// The response to a prefetch of a route that must not be prefetched; `None` for other requests.
pub(crate) fn refuse(headers: &HeaderMap) -> Option<HttpResponse> {
    is_prefetch(headers).then(|| {
        HttpResponse::ServiceUnavailable()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body("This page is not fetched ahead. Open it.")
    })
}

/// Whether a header is `prefetch` (with any parameters, such as `prefetch;prerender`), `prerender` or `preview`.
fn is_prefetch(headers: &HeaderMap) -> bool {
    let values = HEADERS.into_iter().flat_map(|name| headers.get_all(name));
    values.filter_map(|value| value.to_str().ok()).any(|value| {
        value.split([',', ';']).map(str::trim).any(|word| {
            ["prefetch", "prerender", "preview"].iter().any(|ahead| word.eq_ignore_ascii_case(ahead))
        })
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_a_prefetch_is_refused() {
        for (pairs, refused) in [
            (&[("sec-purpose", "prefetch")][..], true),
            (&[("sec-purpose", "prefetch;prerender")], true),
            (&[("sec-purpose", "prefetch; anonymous-client-ip")], true),
            (&[("purpose", "PREFETCH")], true),
            (&[("x-moz", "prefetch")], true),
            (&[("x-purpose", "preview")], true),
            (&[("purpose", "other"), ("x-moz", "prefetch")], true),
            (&[], false),
            (&[("purpose", "prefetched")], false),
            (&[("sec-fetch-dest", "prefetch")], false),
        ] {
            assert_eq!(refuse(&headers(pairs)).is_some(), refused, "{pairs:?}");
        }
    }
}
