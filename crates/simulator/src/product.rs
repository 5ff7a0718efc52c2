//! A pretend product of the vendor, for `vestibule demo`: a small web app whose people sign in through the service with OpenID Connect.
//! Its page shows who is signed in and with which roles, and what happens to it when access ends. It knows only the wire. Never use it
//! for real people: all state is in memory of one process.

mod ends;
mod pages;
mod provider;
mod sign_in;

use std::{
    collections::{HashMap, HashSet},
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    web::{self, Data},
};

use crate::{serve::in_thread, support::http};

/// The product's registration with its provider.
#[derive(Clone, Debug)]
pub struct ProductClient {
    /// The provider's issuer, without a trailing slash.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
}

/// A running product. Clones are handles of the same product.
#[derive(Clone)]
pub struct Product {
    shared: Arc<Shared>,
}

struct Shared {
    base: String,
    http: reqwest::Client,
    server: Mutex<Option<ServerHandle>>,
    memory: Mutex<Memory>,
}

/// Everything the product remembers.
#[derive(Default)]
struct Memory {
    client: Option<ProductClient>,
    /// Sign-ins that have begun, by the browser's cookie.
    logins: HashMap<String, Login>,
    /// Signed-in browsers, by the cookie.
    sessions: HashMap<String, Session>,
    /// Ids of the logout tokens that were accepted, because each counts once.
    logout_tokens: HashSet<String>,
}

/// A sign-in that has begun.
struct Login {
    state: String,
    nonce: String,
    verifier: String,
}

/// A signed-in browser.
#[derive(Clone)]
struct Session {
    sub: String,
    sid: String,
    name: String,
    id_token: String,
    access_token: String,
    /// What the product learned about the end of access, in order.
    ended: Vec<String>,
}

impl Product {
    /// Starts the product on loopback, from any runtime; port 0 takes a free one. Fails if the port is taken or the thread can't be
    /// created. Nobody can sign in before [`Product::connect`].
    pub fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let product = Self {
            shared: Arc::new(Shared {
                base: format!("http://127.0.0.1:{}", listener.local_addr()?.port()),
                http: http::client().map_err(io::Error::other)?,
                server: Mutex::default(),
                memory: Mutex::default(),
            }),
        };
        let handle = serve(product.clone(), listener)?;
        *lock(&product.shared.server) = Some(handle);
        Ok(product)
    }

    /// The address of the product, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.shared.base
    }

    /// Where the provider sends the browser with a code.
    pub fn redirect_uri(&self) -> String {
        format!("{}/callback", self.url())
    }

    /// Where the provider sends logout tokens.
    pub fn backchannel_logout_uri(&self) -> String {
        format!("{}/backchannel-logout", self.url())
    }

    /// Where the provider sends the browser after a sign-out.
    pub fn post_logout_redirect_uri(&self) -> String {
        format!("{}/", self.url())
    }

    /// Gives the product its registration.
    pub fn connect(&self, client: ProductClient) {
        self.memory().client = Some(client);
    }

    /// Stops the server. Running requests get one more second.
    pub async fn stop(&self) {
        let server = lock(&self.shared.server).take();
        if let Some(server) = server {
            server.stop(true).await;
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.shared.memory)
    }

    fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    /// The name of the cookie, with the port: a browser may use several products on loopback, and cookies ignore ports.
    fn cookie_name(&self) -> String {
        format!("product_{}", self.url().rsplit(':').next().unwrap_or_default())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(product: Product, listener: TcpListener) -> io::Result<ServerHandle> {
    in_thread("product", move || {
        let app = move || {
            App::new()
                .app_data(Data::new(product.clone()))
                .route("/", web::get().to(pages::home))
                .route("/style.css", web::get().to(pages::style))
                .route("/login", web::get().to(sign_in::login))
                .route("/callback", web::get().to(sign_in::callback))
                .route("/sign-out", web::post().to(sign_in::sign_out))
                .route("/backchannel-logout", web::post().to(ends::receive))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(1);
        Ok(server.listen(listener)?.run())
    })
}
