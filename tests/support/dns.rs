//! A small DNS server for TXT records: RFC 1035 over UDP, one question per message.

use std::{
    collections::HashMap,
    net::{SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
};

/// The texts of each name, in their parts; `None`: a query for the name gets a server failure.
type Zone = HashMap<String, Option<Vec<Vec<String>>>>;

/// A running server. Names without records do not exist.
#[derive(Clone)]
pub struct Dns {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
}

impl Dns {
    /// Starts a server on a free port.
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let dns = Self { address: socket.local_addr().unwrap(), zone: Arc::default() };
        let zone = dns.zone.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 1500];
            loop {
                // A closed client or a foreign packet does not end the server.
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let answer = answer(&buffer[..length], &zone.lock().unwrap());
                answer.map(|answer| socket.send_to(&answer, from));
            }
        });
        dns
    }

    /// Sets the TXT records of a name.
    pub fn set(&self, name: &str, texts: &[&[&str]]) {
        let texts = texts.iter().map(|parts| parts.iter().map(|part| (*part).to_owned()).collect()).collect();
        self.zone.lock().unwrap().insert(name.to_lowercase(), Some(texts));
    }

    /// Removes a name.
    pub fn remove(&self, name: &str) {
        self.zone.lock().unwrap().remove(&name.to_lowercase());
    }

    /// Answers queries for a name with SERVFAIL.
    pub fn fail(&self, name: &str) {
        self.zone.lock().unwrap().insert(name.to_lowercase(), None);
    }
}

fn answer(query: &[u8], zone: &Zone) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    while *query.get(at)? != 0 {
        let length = usize::from(query[at]);
        labels.push(String::from_utf8(query.get(at + 1..=at + length)?.to_vec()).ok()?.to_lowercase());
        at += length + 1;
    }
    let question = query.get(12..at + 5)?;
    let is_txt = question[question.len() - 4..] == [0, 16, 0, 1];
    let found = zone.get(&labels.join("."));
    let texts = found.filter(|_| is_txt).cloned().flatten().unwrap_or_default();
    // A response, recursion available; server failure, or name error when there is no such name (RFC 1035 §4.1.1).
    let code = match found {
        Some(Some(_)) => 0,
        Some(None) => 2,
        None => 3,
    };
    let flags = [0x81, 0x80 | code];
    let mut message =
        [&query[..2], &flags, &[0, 1, 0, u8::try_from(texts.len()).ok()?, 0, 0, 0, 0], question].concat();
    for parts in texts {
        let data: Vec<u8> = parts
            .iter()
            .flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part.as_bytes()].concat())
            .collect();
        message.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        message.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        message.extend(data);
    }
    Some(message)
}
