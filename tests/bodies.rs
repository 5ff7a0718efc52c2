//! Tests of request bodies on the wire: how much is read before the caller is authenticated, and how slowly a body may arrive.

mod slow;
mod unproven;

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::House;

/// The longest wait for a response. No test measures it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A TCP connection on which a test writes raw bytes.
struct Wire(TcpStream);

impl Wire {
    async fn open(house: &House) -> Self {
        Self(TcpStream::connect(house.api.trim_start_matches("http://")).await.unwrap())
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends the head of a request; `lines` are its header lines except `Host`.
    async fn request(&mut self, method: &str, path: &str, lines: &[String]) {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: test\r\n{lines}\r\n")).await;
    }

    /// The status of the next response.
    async fn status(&mut self) -> u16 {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte().await.expect("the connection was closed without an answer"));
        }
        let head = String::from_utf8(head).unwrap();
        head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Waits until the server closes the connection.
    async fn closed(&mut self) {
        while self.byte().await.is_some() {}
    }

    async fn byte(&mut self) -> Option<u8> {
        let read = tokio::time::timeout(PATIENCE, self.0.read_u8()).await;
        read.expect("the server neither answered nor closed the connection").ok()
    }
}
