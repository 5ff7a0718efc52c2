//! Starts an org, and runs HTTP servers on loopback, each in a thread with its own runtime.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::mpsc,
    thread,
};

use actix_web::{
    App as HttpApp, HttpServer,
    dev::{Server, ServerHandle},
    rt::System,
    web,
};

use crate::{
    admin, oidc,
    okta::{Okta, Options},
    saml, scim, sign_in,
};

impl Okta {
    /// Starts an org on loopback, from any runtime. The org accepts requests when this returns. Fails if the port is taken, or
    /// if the thread or a key can't be created.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let okta = Self::new(options, listener.local_addr()?.port())?;
        okta.set_server(serve(okta.clone(), listener)?);
        Ok(okta)
    }
}

fn serve(okta: Okta, listener: TcpListener) -> io::Result<ServerHandle> {
    in_thread("okta", move || {
        let app = move || {
            HttpApp::new()
                .app_data(web::Data::new(okta.clone()))
                .wrap_fn(oidc::count)
                .configure(sign_in::routes)
                .configure(oidc::routes)
                .configure(saml::routes)
                .configure(scim::routes)
                .configure(admin::routes)
        };
        let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(1);
        Ok(server.listen(listener)?.run())
    })
}

/// Runs a server in a thread of this name with its own runtime. The server accepts requests when this returns.
pub(crate) fn in_thread(
    name: &'static str,
    start: impl FnOnce() -> io::Result<Server> + Send + 'static,
) -> io::Result<ServerHandle> {
    let (started, handle) = mpsc::channel();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        System::new().block_on(async move {
            match start() {
                Ok(server) => {
                    // Without a receiver the caller has failed, and the server ends with its thread.
                    let _ = started.send(Ok(server.handle()));
                    if let Err(error) = server.await {
                        tracing::error!(%error, name, "a pretend server stopped");
                    }
                }
                Err(error) => drop(started.send(Err(error))),
            }
        });
    })?;
    handle.recv().map_err(io::Error::other)?
}
