//! A TCP proxy that can stop forwarding bytes: the kernel acknowledges them, but no response comes, as from a process that got SIGSTOP.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// The switch that decides whether bytes are forwarded.
#[derive(Clone, Default)]
pub struct Proxy {
    stopped: Arc<(Mutex<bool>, Condvar)>,
}

impl Proxy {
    /// Listens on a free port for a server at `upstream`. Returns the proxy and its port.
    pub fn start(upstream: String) -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Self::default();
        let shared = proxy.clone();
        thread::spawn(move || {
            for near in listener.incoming() {
                let (near, far) = (near.unwrap(), TcpStream::connect(&upstream).unwrap());
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to, proxy) =
                        (from.try_clone().unwrap(), to.try_clone().unwrap(), shared.clone());
                    thread::spawn(move || proxy.pass(from, to));
                }
            }
        });
        (proxy, port)
    }

    /// Stops or continues forwarding.
    pub fn stop(&self, stopped: bool) {
        *self.stopped.0.lock().unwrap() = stopped;
        self.stopped.1.notify_all();
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let stopped = self.stopped.0.lock().unwrap();
            drop(self.stopped.1.wait_while(stopped, |stopped| *stopped).unwrap());
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    }
}
