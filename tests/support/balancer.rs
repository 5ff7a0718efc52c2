//! A load balancer that gives each request to the next node, so that no node can rely on what it remembers of the request before.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::Process;

/// The nodes behind the balancer, as `host:port`.
#[derive(Clone, Default)]
pub struct Balancer {
    nodes: Arc<Mutex<Vec<String>>>,
    next: Arc<AtomicUsize>,
}

impl Balancer {
    /// Listens on a free port. Returns the balancer and its port. The first request must come after the first node.
    pub fn start() -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let balancer = Self::default();
        let shared = balancer.clone();
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || shared.forward(near));
            }
        });
        (balancer, port)
    }

    /// Adds a node.
    pub fn add(&self, node: &Process) {
        self.nodes.lock().unwrap().push(node.api.trim_start_matches("http://").to_owned());
    }

    /// Forwards one request, and closes the connection after the response.
    fn forward(&self, mut near: TcpStream) -> Option<()> {
        let mut begun = Vec::new();
        let mut buffer = [0; 8192];
        let line = loop {
            if let Some(end) = begun.windows(2).position(|two| two == b"\r\n") {
                break end + 2;
            }
            match near.read(&mut buffer) {
                Ok(read @ 1..) => begun.extend_from_slice(&buffer[..read]),
                _ => return None,
            }
        };
        let node = {
            let nodes = self.nodes.lock().unwrap();
            nodes[self.next.fetch_add(1, Ordering::SeqCst) % nodes.len()].clone()
        };
        let mut far = TcpStream::connect(node).ok()?;
        // The node closes the connection after its response, and the client opens another one for its next request (RFC 9112 §9.6).
        far.write_all(&begun[..line]).ok()?;
        far.write_all(b"Connection: close\r\n").ok()?;
        far.write_all(&begun[line..]).ok()?;
        let (client, server) = (near.try_clone().ok()?, far.try_clone().ok()?);
        thread::spawn(move || pass(client, server));
        pass(far, near);
        Some(())
    }
}

/// Copies bytes until one side ends, and then ends both.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 8192];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
