//! Browsers fetch addresses ahead, before anybody follows the link. What such a request would use up, begin or end is answered
//! with an error that browsers throw away (RFC 9110 §9.2.1: a safe method must not be harmful); the real visit comes later.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderMap},
};

/// The pages whose GET takes a ticket or a code, or begins or ends a sign-in.
const USED_ONCE: [&str; 8] = [
    "/api/okta/oidc/login",
    "/api/okta/oidc/callback",
    "/api/okta/oidc/arrive",
    "/api/okta/oidc/test",
    "/api/okta/scim/oauth/authorize",
    "/oauth/authorize",
    "/oauth/logout",
    "/auth/arrive",
];

/// Set-up links: the secret is in the path.
const SETUP_LINK: &str = "/setup/";

/// How browsers say it: Fetch's `Sec-Purpose`; before it `Purpose` (Chromium, Safari), `X-Purpose` (Safari's previews) and
/// `X-Moz` (Firefox).
const HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// The answer to a request that only fetches ahead what a visit would use up.
pub(crate) fn refuse(path: &str, headers: &HeaderMap) -> Option<HttpResponse> {
    let uses_up = USED_ONCE.contains(&path) || path.starts_with(SETUP_LINK);
    (uses_up && is_ahead(headers)).then(|| {
        HttpResponse::ServiceUnavailable()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body("This page is not fetched ahead. Open it.")
    })
}

/// Whether a value is `prefetch` (with whatever parameters: `prefetch;prerender`), `prerender` or `preview`.
fn is_ahead(headers: &HeaderMap) -> bool {
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
    fn only_what_fetches_ahead_is_refused_and_only_where_it_uses_something_up() {
        let callback = "/api/okta/oidc/callback";
        for (path, pairs, refused) in [
            (callback, &[("sec-purpose", "prefetch")][..], true),
            (callback, &[("sec-purpose", "prefetch;prerender")], true),
            (callback, &[("sec-purpose", "prefetch; anonymous-client-ip")], true),
            (callback, &[("purpose", "PREFETCH")], true),
            (callback, &[("x-moz", "prefetch")], true),
            (callback, &[("x-purpose", "preview")], true),
            (callback, &[("purpose", "other"), ("x-moz", "prefetch")], true),
            (callback, &[], false),
            (callback, &[("purpose", "prefetched")], false),
            (callback, &[("sec-fetch-dest", "prefetch")], false),
            ("/setup/vsetup_x", &[("purpose", "prefetch")], true),
            ("/setup", &[("purpose", "prefetch")], false),
            ("/account", &[("purpose", "prefetch")], false),
            ("/api/okta/oidc/callback/x", &[("purpose", "prefetch")], false),
        ] {
            let answer = refuse(path, &headers(pairs));
            assert_eq!(answer.is_some(), refused, "{path} {pairs:?}");
        }
    }
}
