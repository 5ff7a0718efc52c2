//! The only place where the simulator builds an HTTP client: without redirects and without a proxy, because the org and its browser
//! are on loopback. Idle connections are closed, because a client is shared between the runtime of a test and the thread of the
//! server, and a connection ends with the runtime that opened it.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, cookie::CookieStore, redirect::Policy};

/// Okta gives a SCIM service 60 s for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client for server to server requests, or for a browser when it is given a cookie jar.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator's one client construction; it must reach loopback"
)]
pub(crate) fn client(jar: Option<Arc<dyn CookieStore>>) -> reqwest::Result<Client> {
    let builder =
        Client::builder().redirect(Policy::none()).no_proxy().timeout(TIMEOUT).pool_max_idle_per_host(0);
    match jar {
        Some(jar) => builder.cookie_provider(Arc::new(Shared(jar))),
        None => builder,
    }
    .build()
}

/// A sized type, as `cookie_provider` requires.
struct Shared(Arc<dyn CookieStore>);

impl CookieStore for Shared {
    fn set_cookies(
        &self,
        headers: &mut dyn Iterator<Item = &reqwest::header::HeaderValue>,
        url: &reqwest::Url,
    ) {
        self.0.set_cookies(headers, url);
    }

    fn cookies(&self, url: &reqwest::Url) -> Option<reqwest::header::HeaderValue> {
        self.0.cookies(url)
    }
}
