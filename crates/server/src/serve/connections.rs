//! Connections: how many one client's network may have, and how long one may be idle. actix-web limits the time of the first head
//! of a connection only; the idle limit ends a connection that sends a later head byte by byte.

use std::{
    any::Any,
    cell::Cell,
    collections::HashMap,
    net::IpAddr,
    os::fd::{AsFd, OwnedFd},
    rc::{Rc, Weak},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    dev::Extensions,
    rt::{net::TcpStream, spawn},
};
use rustix::{
    net::{Shutdown, shutdown},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use tokio::time::{Instant, sleep_until};
use vestibule_web::{State, http::limits::network};

/// Descriptors that are kept for the database, outbound requests and files.
const RESERVED: u64 = 256;

/// The open connections of this process.
pub(crate) struct Connections {
    state: State,
    /// The most of one network; 0: any number.
    most: usize,
    /// How long a connection may be idle.
    idle: Duration,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One of them; actix-web keeps it as long as the connection.
pub(crate) struct Open {
    connections: Arc<Connections>,
    network: Option<IpAddr>,
    requests: Rc<Requests>,
}

/// What a connection is doing.
struct Requests {
    running: Cell<usize>,
    /// When the last one was answered, or the connection was made.
    since: Cell<Instant>,
    /// A second descriptor of the connection, to shut it down by: the first is actix-web's.
    socket: Option<OwnedFd>,
}

/// A request that is being answered.
pub(crate) struct Busy(Rc<Requests>);

impl Connections {
    pub(crate) fn new(state: &State) -> Arc<Self> {
        let config = state.config();
        // Behind a proxy that names its clients every connection is the proxy's.
        let counts = config.rate_limits.enabled && config.rate_limits.client_ip_header.is_empty();
        let most = if counts { config.rate_limits.connections_per_address } else { 0 };
        let idle = Duration::from_secs(config.server.keep_alive_seconds + config.server.head_seconds);
        Arc::new(Self { state: state.clone(), most, idle, open: Mutex::default() })
    }

    /// Counts a new connection. One too many of its network is shut down at once, before anything is read from it.
    pub(crate) fn accept(self: &Arc<Self>, io: &dyn Any, data: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<TcpStream>() else { return };
        let network = stream.peer_addr().ok().and_then(|peer| self.counted_network(peer.ip()));
        let too_many = network.is_some_and(|network| self.count(network) > self.most);
        let socket = if too_many { None } else { stream.as_fd().try_clone_to_owned().ok() };
        let requests = Rc::new(Requests { running: Cell::new(0), since: Cell::new(Instant::now()), socket });
        if too_many {
            self.tell(network);
            close(stream);
        } else {
            spawn(close_when_idle(Rc::downgrade(&requests), self.idle));
        }
        data.insert(Open { connections: Arc::clone(self), network, requests });
    }

    /// The network that a peer's connection counts for, if it counts.
    fn counted_network(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let trusted = &self.state.config().rate_limits.trusted_proxies;
        (self.most > 0 && !trusted.contains(&peer)).then(|| network(peer))
    }

    /// One more of a network; answers how many there are now.
    fn count(&self, network: IpAddr) -> usize {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        *count += 1;
        *count
    }

    fn tell(&self, network: Option<IpAddr>) {
        self.state.metrics().refused("connections", "too_many");
        if self.state.limits().may_record_refusal_of_network(network, "connections") {
            let network = network.map(|network| network.to_string()).unwrap_or_default();
            tracing::warn!(network, most = self.most, "connections.refused");
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&network);
            }
        }
    }
}

impl Open {
    /// Marks the connection as busy until the value is dropped.
    pub(crate) fn busy(&self) -> Busy {
        self.requests.running.set(self.requests.running.get() + 1);
        Busy(Rc::clone(&self.requests))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
        self.0.since.set(Instant::now());
    }
}

/// Shuts a connection down that had no request for so long.
async fn close_when_idle(requests: Weak<Requests>, most: Duration) {
    let mut due = Instant::now() + most;
    loop {
        sleep_until(due).await;
        let Some(requests) = requests.upgrade() else { return };
        let Some(socket) = &requests.socket else { return };
        let now = Instant::now();
        due = if requests.running.get() > 0 { now + most } else { requests.since.get() + most };
        if due <= now {
            return close(socket);
        }
    }
}

/// The next read finds the end of the connection.
fn close(socket: impl AsFd) {
    if let Err(error) = shutdown(socket, Shutdown::Both) {
        tracing::debug!(%error, "connections.not_closed");
    }
}

/// Raises the limit of open descriptors to what the system allows this process.
pub(crate) fn raise_descriptor_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => tracing::info!(before = current, now = maximum, "descriptors.limit"),
        Err(error) => tracing::warn!(%error, "descriptors.limit_not_raised"),
    }
}

/// How many connections each of so many workers takes at most, at two descriptors a connection: beyond, new ones wait, and the process
/// still has descriptors for its database. 25,000 is actix-web's own number.
pub(crate) fn most_of_a_worker(workers: usize) -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let free = usize::try_from(limit.saturating_sub(RESERVED) / 2).unwrap_or(usize::MAX);
    (free / workers.max(1)).clamp(16, 25_000)
}
