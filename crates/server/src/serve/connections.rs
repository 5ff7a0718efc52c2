//! Limits on connections: the number per client network, and the idle time. actix-web limits only the time of a connection's first
//! head; the idle limit closes a connection that sends a later head byte by byte.

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

/// File descriptors that are reserved for the database, outbound requests and files.
const RESERVED: u64 = 256;

/// The open connections of this process.
pub(crate) struct Connections {
    state: State,
    /// The most connections of one network; 0: no limit.
    most: usize,
    /// How long a connection may be idle.
    idle: Duration,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// An open connection. actix-web drops it with the connection.
pub(crate) struct Open {
    connections: Arc<Connections>,
    network: Option<IpAddr>,
    requests: Rc<Requests>,
}

/// The requests of a connection.
struct Requests {
    running: Cell<usize>,
    /// When the last request was answered, or else the connection was accepted.
    since: Cell<Instant>,
    /// A second descriptor of the connection, to shut it down. actix-web owns the first.
    socket: Option<OwnedFd>,
}

/// A request that is being answered.
pub(crate) struct Busy(Rc<Requests>);

impl Connections {
    pub(crate) fn new(state: &State) -> Arc<Self> {
        let config = state.config();
        // With a client address header every connection comes from the proxy, so connections are not counted.
        let counts = config.rate_limits.enabled && config.rate_limits.client_ip_header.is_empty();
        let most = if counts { config.rate_limits.connections_per_address } else { 0 };
        let idle = Duration::from_secs(config.server.keep_alive_seconds + config.server.head_seconds);
        Arc::new(Self { state: state.clone(), most, idle, open: Mutex::default() })
    }

    /// Counts a new connection. Shuts it down at once, before reading from it, if its network has too many.
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

    /// The network that a peer's connection is counted for. None if connections are not limited, or for a trusted proxy.
    fn counted_network(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let trusted = &self.state.config().rate_limits.trusted_proxies;
        (self.most > 0 && !trusted.contains(&peer)).then(|| network(peer))
    }

    /// Adds a connection of a network. Returns the new count.
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

/// Shuts a connection down after it had no request for this long.
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

/// Shuts a connection down, so that actix-web's next read finds its end.
fn close(socket: impl AsFd) {
    if let Err(error) = shutdown(socket, Shutdown::Both) {
        tracing::debug!(%error, "connections.not_closed");
    }
}

/// Raises the limit of open file descriptors to the most that the system allows this process.
pub(crate) fn raise_descriptor_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => tracing::info!(before = current, now = maximum, "descriptors.limit"),
        Err(error) => tracing::warn!(%error, "descriptors.limit_not_raised"),
    }
}

/// The most connections of each worker, with two file descriptors per connection. Further connections wait, so that the process still
/// has descriptors for its database. 25,000 is actix-web's default.
pub(crate) fn most_of_a_worker(workers: usize) -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let free = usize::try_from(limit.saturating_sub(RESERVED) / 2).unwrap_or(usize::MAX);
    (free / workers.max(1)).clamp(16, 25_000)
}
