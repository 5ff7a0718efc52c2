//! The protocol of systemd: reports that the service is ready, alive and stopping (sd_notify(3)), and takes the socket that systemd
//! has bound (sd_listen_fds(3)). Does nothing where the environment names neither.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    os::unix::net::UnixDatagram,
    time::Duration,
};

use anyhow::{Context, bail};
use listenfd::ListenFd;
use tokio::{net::TcpStream, time::timeout};

/// Pause between two attempts to reach the service while it starts.
const STARTING: Duration = Duration::from_millis(50);

/// The longest time for an answer of the service to itself.
const ANSWER: Duration = Duration::from_secs(3);

/// The socket on which systemd receives reports, and its watchdog.
pub(crate) struct ServiceManager {
    socket: String,
    /// systemd ends the service when it has no report for this long. `None`: no watchdog.
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// The service manager that the environment names.
    pub(crate) fn of_environment() -> Option<Self> {
        let read = |name: &str| std::env::var(name).ok();
        Self::of(read, std::process::id())
    }

    fn of(read: impl Fn(&str) -> Option<String>, process: u32) -> Option<Self> {
        let socket = read("NOTIFY_SOCKET").filter(|path| path.starts_with(['/', '@']))?;
        let microseconds = read("WATCHDOG_USEC").and_then(|text| text.parse().ok()).filter(|most| *most > 0);
        // WATCHDOG_PID names the process that the watchdog watches.
        let is_watched = read("WATCHDOG_PID").is_none_or(|pid| pid == process.to_string());
        let watchdog = microseconds.filter(|_| is_watched).map(Duration::from_micros);
        Some(Self { socket, watchdog })
    }

    /// Sends one report. A report that does not arrive changes nothing about the service.
    pub(crate) fn report(&self, state: &str) {
        if let Err(error) = self.send(state) {
            tracing::warn!(%error, state, "service_manager.not_reached");
        }
    }

    fn send(&self, state: &str) -> std::io::Result<usize> {
        let sender = UnixDatagram::unbound()?;
        // A receiver that does not read must not stop the service.
        sender.set_nonblocking(true)?;
        match self.socket.strip_prefix('@') {
            #[cfg(target_os = "linux")]
            Some(name) => {
                use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};
                sender.send_to_addr(state.as_bytes(), &SocketAddr::from_abstract_name(name)?)
            }
            _ => sender.send_to(state.as_bytes(), &self.socket),
        }
    }

    /// Reports `READY=1` once the service answers `/healthz`, and `WATCHDOG=1` as long as it does.
    pub(crate) async fn follow(&self, address: SocketAddr) {
        while !answers(address).await {
            tokio::time::sleep(STARTING).await;
        }
        self.report("READY=1");
        let Some(most) = self.watchdog else { return };
        // sd_watchdog_enabled(3) recommends half of the time; a third leaves room for one answer that is late.
        let mut reports = tokio::time::interval(most / 3);
        loop {
            reports.tick().await;
            if answers(address).await {
                self.report("WATCHDOG=1");
            } else {
                tracing::error!("server.does_not_answer");
            }
        }
    }
}

/// The TCP listener that systemd has bound. `None`: it passed none.
///
/// # Errors
/// One sentence for the operator: several sockets, or one that is not TCP.
pub(crate) fn passed_listener() -> anyhow::Result<Option<TcpListener>> {
    let mut passed = ListenFd::from_env();
    match passed.len() {
        0 => Ok(None),
        1 => passed.take_tcp_listener(0).context("systemd passed a socket that is no TCP listener"),
        many => {
            bail!("systemd passed {many} sockets, and the service listens on one: write one ListenStream=")
        }
    }
}

/// The address at which this machine reaches a listener: loopback for a wildcard address.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

/// Whether the service answers `/healthz` with 200. Not `/readyz`: a restart does not repair a database.
async fn answers(address: SocketAddr) -> bool {
    matches!(timeout(ANSWER, ask(reachable(address))).await, Ok(Ok(true)))
}

async fn ask(address: SocketAddr) -> std::io::Result<bool> {
    const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const WANTED: &[u8] = b"HTTP/1.1 200 ";
    let stream = TcpStream::connect(address).await?;
    let mut left = REQUEST;
    while !left.is_empty() {
        stream.writable().await?;
        match stream.try_write(left) {
            Ok(written) => left = left.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    let (mut answer, mut part) = (Vec::new(), [0; 64]);
    while answer.len() < WANTED.len() {
        stream.readable().await?;
        match stream.try_read(&mut part) {
            Ok(0) => return Ok(false),
            Ok(read) => answer.extend_from_slice(part.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(answer.starts_with(WANTED))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<ServiceManager> {
        let read = |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        ServiceManager::of(read, 7)
    }

    #[test]
    fn without_a_socket_there_is_no_service_manager() {
        assert!(of(&[]).is_none());
        assert!(of(&[("NOTIFY_SOCKET", ""), ("WATCHDOG_USEC", "1000")]).is_none());
        assert!(of(&[("NOTIFY_SOCKET", "vsock:2:1234")]).is_none(), "an address family of virtual machines");
    }

    #[test]
    fn the_watchdog_is_the_one_of_this_process() {
        let watchdog = |variables: &[(&str, &str)]| {
            let socket = [("NOTIFY_SOCKET", "/run/systemd/notify")];
            of(&[&socket, variables].concat()).unwrap().watchdog
        };
        let second = Some(Duration::from_secs(1));
        assert_eq!(watchdog(&[]), None);
        assert_eq!(watchdog(&[("WATCHDOG_USEC", "1000000")]), second);
        assert_eq!(watchdog(&[("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "7")]), second);
        assert_eq!(watchdog(&[("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "8")]), None);
        for nonsense in ["", "0", "-1", "soon"] {
            assert_eq!(watchdog(&[("WATCHDOG_USEC", nonsense)]), None);
        }
    }

    #[test]
    fn a_wildcard_address_is_reached_on_loopback() {
        for (listen, reached) in
            [("0.0.0.0:8080", "127.0.0.1:8080"), ("[::]:8080", "[::1]:8080"), ("10.1.2.3:80", "10.1.2.3:80")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), reached.parse().unwrap());
        }
    }

    #[actix_web::test]
    async fn only_an_answer_of_200_is_one() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("HTTP/1.1 20", false),
            ("", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            });
            let alive = answers(address).await;
            server.join().unwrap();
            assert_eq!(alive, expected, "{answer:?}");
        }
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(!answers(closed).await);
    }
}
