//! The only HTTP client of the service. It calls https URLs at public addresses, checked when the name is resolved for the connection
//! (so DNS rebinding does not help), without redirects, proxies or cookies, with limits on the size and time of answers.
//! `okta.allow_insecure_issuers`, for development, allows http and private addresses, nothing else.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use crate::{json, outbound::public_addresses::is_public};

/// The largest body that is read, in bytes. Discovery documents and key sets have a few KiB.
const MAX_ANSWER: usize = 512 * 1024;

/// The longest time from connecting to the last byte of the answer.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The URL must not be called.
    #[error("{0} is not called: {1}")]
    Refused(String, &'static str),
    /// No answer in time, connection refused, TLS failure.
    #[error("{0} did not answer: {1}")]
    Failed(String, String),
    /// The answer is a redirect, an error or too large.
    #[error("{0} answered with {1}")]
    Answer(String, String),
}

const NOT_PUBLIC: &str = "its address is not public";

/// A name without an address that may be called.
#[derive(Debug, thiserror::Error)]
#[error("it has no public address")]
struct NoPublicAddress;

/// An answer.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Status code.
    pub status: http::StatusCode,
    /// Target of a redirect.
    pub location: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}

/// HTTP client for identity providers, apps and webhooks.
pub struct Outbound {
    client: Client,
    allow_insecure: bool,
}

impl Outbound {
    /// Builds the client. Fails when TLS cannot be set up.
    pub fn new(allow_insecure: bool) -> Result<Self, OutboundError> {
        #[expect(clippy::disallowed_methods, reason = "the one client of the house")]
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(LONGEST_WAIT)
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(std::sync::Arc::new(Resolver { allow_insecure }))
            .user_agent(concat!("Vestibule/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| OutboundError::Failed("HTTP client".to_owned(), error.to_string()))?;
        Ok(Self { client, allow_insecure })
    }

    /// Sends a request and reads the whole answer. The time limit is for the whole answer, so a slow sender gains nothing. An HTTP error
    /// status is an answer, not an error; a redirect is an error.
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        self.send_within(request, LONGEST_WAIT).await
    }

    /// As [`Outbound::send`], with a shorter time limit.
    pub async fn send_within(
        &self,
        request: http::Request<Vec<u8>>,
        wait: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        let (place, answer) = self.execute(request, wait).await?;
        // The target of a redirect is not checked, and the request may contain a secret (RFC 9700 §4.12).
        if answer.status().is_redirection() {
            let what = format!("a redirect ({}), which is not followed", answer.status().as_u16());
            return Err(OutboundError::Answer(place, what));
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = http::Response::new(body(answer, place).await?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    /// As [`Outbound::send`], but returns a redirect as an answer. It is never followed.
    pub async fn look(&self, request: http::Request<Vec<u8>>) -> Result<Seen, OutboundError> {
        let (place, answer) = self.execute(request, LONGEST_WAIT).await?;
        let location = answer.headers().get(http::header::LOCATION).and_then(|place| place.to_str().ok());
        let location = location.filter(|_| answer.status().is_redirection()).map(str::to_owned);
        Ok(Seen { status: answer.status(), location, body: body(answer, place).await? })
    }

    async fn execute(
        &self,
        request: http::Request<Vec<u8>>,
        wait: Duration,
    ) -> Result<(String, reqwest::Response), OutboundError> {
        let mut request = reqwest::Request::try_from(request)
            .map_err(|error| OutboundError::Failed("a request".to_owned(), error.to_string()))?;
        *request.timeout_mut() = Some(wait);
        self.check(request.url())?;
        let place = place(request.url());
        let answer = self.client.execute(request).await.map_err(|error| failure(place.clone(), &error))?;
        Ok((place, answer))
    }

    /// Gets a JSON document without repeated members. Any status but 200 is an error.
    pub async fn get_json(&self, url: &str) -> Result<serde_json::Value, OutboundError> {
        self.get_json_within(url, LONGEST_WAIT).await
    }

    /// As [`Outbound::get_json`], with a shorter time limit.
    pub async fn get_json_within(
        &self,
        url: &str,
        wait: Duration,
    ) -> Result<serde_json::Value, OutboundError> {
        let request = http::Request::get(url)
            .header(http::header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|_| OutboundError::Refused(url.to_owned(), "it is no URL"))?;
        let answer = self.send_within(request, wait).await?;
        if answer.status() != http::StatusCode::OK {
            return Err(OutboundError::Answer(url.to_owned(), answer.status().to_string()));
        }
        json::strict(answer.body()).map_err(|_| OutboundError::Answer(url.to_owned(), "no JSON".to_owned()))
    }

    /// Checks that a URL may be called. Names are checked again when they are resolved.
    fn check(&self, url: &Url) -> Result<(), OutboundError> {
        let refuse = |why| Err(OutboundError::Refused(place(url), why));
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it contains credentials");
        }
        if self.allow_insecure {
            return if ["https", "http"].contains(&url.scheme()) {
                Ok(())
            } else {
                refuse("it is not https")
            };
        }
        if url.scheme() != "https" {
            return refuse("it is not https");
        }
        // An IP address in the URL is not resolved, so it is checked here.
        if is_public_at_sight(url) { Ok(()) } else { refuse(NOT_PUBLIC) }
    }
}

/// Reads the whole body, or fails.
async fn body(mut answer: reqwest::Response, place: String) -> Result<Vec<u8>, OutboundError> {
    if answer.content_length().is_some_and(|length| length > MAX_ANSWER as u64) {
        return Err(OutboundError::Answer(place, format!("more than {MAX_ANSWER} bytes")));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failure(place.clone(), &error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(OutboundError::Answer(place, format!("more than {MAX_ANSWER} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether the text of the URL names no private address. What a name resolves to is checked at connection time.
pub fn is_public_at_sight(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
        Some(url::Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
        // RFC 6761 §6.3
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !(name == "localhost" || name.ends_with(".localhost"))
        }
        None => false,
    }
}

/// Resolves names for a connection and drops private addresses.
struct Resolver {
    allow_insecure: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_insecure = self.allow_insecure;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|at| allow_insecure || is_public(at.ip())).collect();
            if allowed.is_empty() {
                return Err(NoPublicAddress.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Scheme and host, for messages. Contains no secret.
fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The innermost error without the URL, whose query may contain secrets.
fn failure(place: String, error: &reqwest::Error) -> OutboundError {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if inner.is::<NoPublicAddress>() {
        return OutboundError::Refused(place, NOT_PUBLIC);
    }
    let reason = if error.is_timeout() { "no answer in time".to_owned() } else { inner.to_string() };
    OutboundError::Failed(place, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_without_credentials_is_called() {
        let strict = Outbound::new(false).unwrap();
        for (url, called) in [
            ("https://acme.okta.com/x", true),
            ("http://acme.okta.com/x", false),
            ("https://user:pass@acme.okta.com/", false),
            ("https://127.0.0.1/", false),
            ("https://[::1]/", false),
            ("https://[::ffff:127.0.0.1]/", false),
            ("https://[64:ff9b::7f00:1]/", false),
            ("https://2130706433/", false),
            ("https://0x7f.1/", false),
            ("https://127.0.0.1./", false),
            ("https://0/", false),
            ("ftp://acme.okta.com/", false),
        ] {
            assert_eq!(strict.check(&url.parse().unwrap()).is_ok(), called, "{url}");
        }
        assert!(Outbound::new(true).unwrap().check(&"http://127.0.0.1:9/".parse().unwrap()).is_ok());
    }

    /// Listens on loopback and answers every connection with these pieces, a while apart.
    fn answering(pieces: Vec<Vec<u8>>, apart: Duration) -> String {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                for piece in &pieces {
                    if stream.write_all(piece).is_err() {
                        break;
                    }
                    std::thread::sleep(apart);
                }
            }
        });
        format!("http://{address}/")
    }

    async fn outcome(head: &str, body: Vec<Vec<u8>>, apart: Duration) -> String {
        let head = format!("HTTP/1.1 {head}\r\n\r\n").into_bytes();
        let url = answering(std::iter::once(head).chain(body).collect(), apart);
        let open = Outbound::new(true).unwrap();
        let error = open.get_json_within(&url, Duration::from_millis(700)).await.unwrap_err().to_string();
        error.split_once(' ').unwrap().1.to_owned()
    }

    #[actix_web::test]
    async fn answers_that_are_slow_huge_elsewhere_or_packed_are_refused() {
        let (at_once, json) = (Duration::ZERO, "content-type: application/json");
        let redirect = format!("302 Found\r\nlocation: https://a.example/\r\ncontent-length: 0\r\n{json}");
        assert_eq!(
            outcome(&redirect, vec![], at_once).await,
            "answered with a redirect (302), which is not followed"
        );
        let huge = format!("200 OK\r\ncontent-length: 99999999\r\n{json}");
        assert_eq!(outcome(&huge, vec![], at_once).await, "answered with more than 524288 bytes");
        let endless = vec![[b"10000\r\n".as_slice(), &[b' '; 65536], b"\r\n"].concat(); 20];
        let chunked = format!("200 OK\r\ntransfer-encoding: chunked\r\n{json}");
        assert_eq!(outcome(&chunked, endless, at_once).await, "answered with more than 524288 bytes");
        let slow = format!("200 OK\r\ncontent-length: 100\r\n{json}");
        let drops = vec![b" ".to_vec(); 50];
        let late = outcome(&slow, drops, Duration::from_millis(50)).await;
        assert_eq!(late, "did not answer: no answer in time");
        // A compressed answer is not decompressed, so a small answer stays small.
        let packed = format!("200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n{json}");
        assert_eq!(outcome(&packed, vec![vec![0x1f, 0x8b, 8, 0]], at_once).await, "answered with no JSON");
        let failed = format!("500 Oops\r\ncontent-length: 2\r\n{json}");
        assert!(outcome(&failed, vec![b"{}".to_vec()], at_once).await.starts_with("answered with 500"));
    }

    #[actix_web::test]
    async fn a_name_that_leads_to_this_machine_is_refused_in_words() {
        let strict = Outbound::new(false).unwrap();
        let error = strict.get_json("https://localhost:1/").await.unwrap_err();
        assert_eq!(error.to_string(), "https://localhost:1 is not called: its address is not public");
    }
}
