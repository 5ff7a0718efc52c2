//! The handle of a running org, and the administrator's actions that send no request. Actions that send requests are further methods of
//! the handle, in `scim` and `logout`; `serve` starts the org.

mod people;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use actix_web::dev::ServerHandle;

use crate::{
    oidc::misbehavior::Misbehavior,
    org::Org,
    support::{
        exchange::Exchange,
        http,
        keys::{KeySet, SigningKey},
        random,
    },
};

/// Settings of an org.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name at the top of its pages.
    pub name: String,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The longest wait for a `Retry-After`. Okta waits minutes; a demo should not.
    pub longest_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: "Acme".to_owned(), port: 0, longest_wait: Duration::from_secs(2) }
    }
}

/// A running pretend org. Clones are handles of the same org.
#[derive(Clone)]
pub struct Okta {
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    options: Options,
    http: reqwest::Client,
    server: OnceLock<ServerHandle>,
    org: Mutex<Org>,
    refreshing: tokio::sync::Mutex<()>,
}

impl Okta {
    /// A handle of a new org whose server is not started yet. Fails if no key can be generated or TLS can't be set up.
    pub(crate) fn new(options: Options, port: u16) -> io::Result<Self> {
        let org = Org {
            clock_shift: 0,
            csrf: random::word(32),
            idp: random::okta_id("00o"),
            keys: KeySet::new(SigningKey::generate().map_err(io::Error::other)?),
            people: Vec::new(),
            groups: Vec::new(),
            apps: Vec::new(),
            sessions: HashMap::new(),
            pending: HashMap::new(),
            codes: HashMap::new(),
            access: HashMap::new(),
            misbehavior: None,
            saml_misbehavior: None,
            names_issuer: false,
            asked: BTreeMap::new(),
            dpop_nonce: random::word(32),
            proofs: BTreeSet::new(),
            oauth_states: HashMap::new(),
            exchanges: VecDeque::new(),
            notice: None,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                issuer: format!("http://127.0.0.1:{port}"),
                options,
                http: http::client().map_err(io::Error::other)?,
                server: OnceLock::new(),
                org: Mutex::new(org),
                refreshing: tokio::sync::Mutex::new(()),
            }),
        })
    }

    /// Stores the server, so that [`Okta::stop`] can stop it.
    pub(crate) fn set_server(&self, server: ServerHandle) {
        // The server is started once, so the cell is empty.
        let _ = self.shared.server.set(server);
    }

    /// Stops the server. Running requests get one more second.
    pub async fn stop(&self) {
        if let Some(server) = self.shared.server.get() {
            server.stop(true).await;
        }
    }

    /// The org's URL and issuer, `http://127.0.0.1:PORT`, no trailing slash.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The org's name.
    pub fn name(&self) -> &str {
        &self.shared.options.name
    }

    /// The org's time, seconds since 1970.
    pub fn now(&self) -> i64 {
        self.org().now()
    }

    /// Moves the org's clock, for tests whose service has another time.
    pub fn move_clock(&self, seconds: i64) {
        let mut org = self.org();
        org.clock_shift = org.clock_shift.saturating_add(seconds);
    }

    /// Signs with a new key from now on; the previous key stays published. Returns the new `kid`.
    pub fn rotate_keys(&self) -> io::Result<String> {
        let next = SigningKey::generate().map_err(io::Error::other)?;
        let kid = next.kid.clone();
        self.org().keys.rotate(next);
        Ok(kid)
    }

    /// Publishes the current key only.
    pub fn forget_old_keys(&self) {
        self.org().keys.forget_old();
    }

    /// Adds `iss` to each authorization response and announces it in the metadata (RFC 9207).
    pub fn name_issuer_in_answers(&self) {
        self.org().names_issuer = true;
    }

    /// Number of requests to a path of the authorization server, such as `/oauth2/v1/token`, or of a SAML app's metadata.
    pub fn asked(&self, path: &str) -> u32 {
        self.org().asked.get(path).copied().unwrap_or_default()
    }

    /// The last requests the org sent, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.org().exchanges.iter().cloned().collect()
    }

    /// Makes the org commit this fault once, at the next request that it applies to.
    pub fn tamper(&self, misbehavior: Misbehavior) {
        self.org().misbehavior = Some(misbehavior);
    }

    /// Publishes these keys in addition to the org's keys.
    pub fn publish_keys(&self, keys: Vec<serde_json::Value>) {
        let mut org = self.org();
        for key in keys {
            org.keys.publish(key);
        }
    }

    pub(crate) fn org(&self) -> MutexGuard<'_, Org> {
        self.shared.org.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    pub(crate) fn longest_wait(&self) -> Duration {
        self.shared.options.longest_wait
    }

    /// Locked while a refresh token is used, so that two requests don't use it at once.
    pub(crate) fn refreshing(&self) -> &tokio::sync::Mutex<()> {
        &self.shared.refreshing
    }
}
