//! The only place where the simulator builds an HTTP client: without redirects and without a proxy, because the org and its browser
//! are on loopback. Idle connections are closed, because a client is shared between the runtime of a test and the thread of the
//! server, and a connection ends with the runtime that opened it.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

/// Okta gives a SCIM service 60 s for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client without cookies: the browser keeps its own.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator's one client construction; it must reach loopback"
)]
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder().redirect(Policy::none()).no_proxy().timeout(TIMEOUT).pool_max_idle_per_host(0).build()
}
