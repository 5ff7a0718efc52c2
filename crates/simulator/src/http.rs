//! The only place where the simulator makes an HTTP client. No redirects are followed and no proxy is asked: the
//! pretend org and its browser live on loopback. Idle connections are not kept, because a client is shared between
//! the runtime of a test and the thread of the server, and a kept connection would die with the first of them.

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

/// `cookie_provider` wants a sized type.
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
