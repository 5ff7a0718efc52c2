//! The handle of a running org: starting and stopping it, and the moves of its administrator that stay inside the
//! org. What goes out on the wire is in `scim` and `logout`, as further methods of the same handle.

mod people;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    thread,
    time::Duration,
};

use actix_web::{App as HttpApp, HttpServer, dev::ServerHandle, rt::System, web};

use crate::{
    admin,
    exchange::Exchange,
    http,
    keys::{KeySet, SigningKey},
    oidc,
    org::Org,
    random, scim,
};

/// How an org is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// What people read at the top of its pages.
    pub name: String,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The longest a `Retry-After` is honoured. Okta waits minutes; a demo should not.
    pub longest_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: "Acme".to_owned(), port: 0, longest_wait: Duration::from_secs(2) }
    }
}

/// A running pretend org. Clones are handles of the same one.
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
    /// Starts an org on loopback, in a thread of its own, whatever runtime the caller is in. It answers once this
    /// returns. Errors: the port is taken, no thread, no key.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
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
            mischief: None,
            names_issuer: false,
            asked: BTreeMap::new(),
            dpop_nonce: random::word(32),
            proofs: BTreeSet::new(),
            oauth_states: HashMap::new(),
            exchanges: VecDeque::new(),
            notice: None,
        };
        let okta = Self {
            shared: Arc::new(Shared {
                issuer: format!("http://127.0.0.1:{}", listener.local_addr()?.port()),
                options,
                http: http::client(None).map_err(io::Error::other)?,
                server: OnceLock::new(),
                org: Mutex::new(org),
                refreshing: tokio::sync::Mutex::new(()),
            }),
        };
        let handle = okta.serve(listener)?;
        // A fresh cell: this can't fail.
        let _ = okta.shared.server.set(handle);
        Ok(okta)
    }

    fn serve(&self, listener: TcpListener) -> io::Result<ServerHandle> {
        let (started, handle) = mpsc::channel();
        let okta = self.clone();
        thread::Builder::new().name("okta".to_owned()).spawn(move || {
            System::new().block_on(async move {
                let app = move || {
                    HttpApp::new()
                        .app_data(web::Data::new(okta.clone()))
                        .wrap_fn(oidc::count)
                        .configure(oidc::routes)
                        .configure(scim::routes)
                        .configure(admin::routes)
                };
                match HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(1).listen(listener) {
                    Ok(server) => {
                        let server = server.run();
                        // Nobody listening means that `start` gave up: the server then ends with its thread.
                        let _ = started.send(Ok(server.handle()));
                        if let Err(error) = server.await {
                            tracing::error!(%error, "the pretend org stopped");
                        }
                    }
                    Err(error) => drop(started.send(Err(error))),
                }
            });
        })?;
        handle.recv().map_err(io::Error::other)?
    }

    /// Stops answering. Requests in flight get a second.
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

    /// Moves the org's clock, for tests whose service lives at another time.
    pub fn move_clock(&self, seconds: i64) {
        let mut org = self.org();
        org.clock_shift = org.clock_shift.saturating_add(seconds);
    }

    /// A new key signs from now on; the one before stays published. Returns the new `kid`.
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

    /// Says in each authorization response who it is from, and in its metadata that it does (RFC 9207).
    pub fn name_issuer_in_answers(&self) {
        self.org().names_issuer = true;
    }

    /// How often this path of the authorization server was asked for, such as `/oauth2/v1/token`.
    pub fn asked(&self, path: &str) -> u32 {
        self.org().asked.get(path).copied().unwrap_or_default()
    }

    /// The last requests the org sent, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.org().exchanges.iter().cloned().collect()
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

    /// Held while a refresh token is spent, so that two requests don't spend the same one.
    pub(crate) fn refreshing(&self) -> &tokio::sync::Mutex<()> {
        &self.shared.refreshing
    }
}
