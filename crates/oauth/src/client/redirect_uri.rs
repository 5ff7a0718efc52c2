//! Which redirect URIs may be registered, and whether one that is asked for is registered. Pure; texts are compared, not what
//! a parser makes of them (RFC 9700 §2.1).

use serde_json::Value;
use url::Url;
use vestibule_core::sets::ClientKind;
use vestibule_store::oauth::clients::Client;
use vestibule_web::config::is_loopback;

/// The longest redirect URI, in bytes.
const LONGEST: usize = 2000;

/// Hosts of this machine, as a native app listens on them (RFC 8252 §7.3); `localhost` because MCP clients use it.
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// Whether the client may be answered here: exactly; a native client's own machine by any port (RFC 8252 §7.3).
pub(crate) fn fits(client: &Client, asked: &str) -> bool {
    let registered = client.redirect_uris();
    let same =
        |uri: &String| uri == asked || (client.kind == ClientKind::Mcp && same_but_for_port(uri, asked));
    registered.iter().any(same)
}

fn same_but_for_port(registered: &str, asked: &str) -> bool {
    match (portless(registered), portless(asked)) {
        (Some(registered), Some(asked)) => registered == asked,
        _ => false,
    }
}

/// (origin without port, what follows it), of a loopback URI.
fn portless(uri: &str) -> Option<(&'static str, &str)> {
    LOOPBACK.into_iter().find_map(|origin| {
        let rest = uri.strip_prefix(origin)?;
        let rest = match rest.strip_prefix(':') {
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (port, rest) = rest.split_at_checked(digits)?;
                port.parse::<u16>().ok().filter(|port| *port > 0)?;
                rest
            }
            None => rest,
        };
        (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((origin, rest))
    })
}

/// Whether a client that describes or registers itself may be answered here.
pub fn may_be_registered(uri: &str) -> bool {
    check(uri).is_ok()
}

/// Checks a redirect URI of a client that describes or registers itself: https, a loopback address, or a scheme of its own with a dot
/// in it (RFC 8252 §7.1); absolute and without a fragment (RFC 6749 §3.1.2).
///
/// # Errors
/// Why it can't be registered, as the end of a sentence about it.
fn check(uri: &str) -> Result<(), &'static str> {
    let odd = |letter: char| letter.is_control() || letter.is_whitespace() || letter == '\\';
    let url = Url::parse(uri).map_err(|_| "it is not an absolute URI")?;
    if uri.len() > LONGEST {
        return Err("it is longer than 2000 bytes");
    }
    if uri.chars().any(odd) {
        return Err("it has a space, a control character or a backslash in it");
    }
    if uri.contains('#') {
        return Err("it has a fragment (RFC 6749 section 3.1.2)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a user name or password in it");
    }
    match url.scheme() {
        "https" if url.host_str().is_some_and(is_host) => Ok(()),
        "https" => Err("its host is not a host name"),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err("http is for loopback addresses only: use https"),
        own if own.contains('.') => Ok(()),
        _ => Err("an app's own scheme must have a dot in it, such as com.example.app (RFC 8252 section 7.1)"),
    }
}

/// Whether a host is one that DNS or an address can have; others, which the URL standard allows, are no app's.
fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte))
}

/// The redirect URIs of a registration, sorted.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Those that are registered, each once.
    pub taken: Vec<String>,
    /// Those that are refused, as they were sent, each with the reason.
    pub refused: Vec<(Value, &'static str)>,
}

impl Sorted {
    /// Sorts them (RFC 7591 §3.2.1: the server may register less than was asked for, and says what it registered).
    pub(crate) fn of(uris: &[Value]) -> Self {
        let mut sorted = Sorted::default();
        for value in uris {
            match value.as_str().ok_or("it is not a text").and_then(|uri| check(uri).map(|()| uri)) {
                Ok(uri) if sorted.taken.iter().any(|taken| taken == uri) => {}
                Ok(uri) => sorted.taken.push(uri.to_owned()),
                Err(why) => sorted.refused.push((value.clone(), why)),
            }
        }
        sorted
    }

    /// The refused ones with their reasons, for an error description: ASCII on one line (RFC 7591 §3.2.2).
    pub(crate) fn reasons(&self) -> String {
        let reason = |(value, why): &(Value, &str)| {
            let uri = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let uri: String = uri.chars().take(80).flat_map(char::escape_default).collect();
            format!("{uri}: {why}")
        };
        self.refused.iter().map(reason).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use vestibule_store::db::json::JsonList;

    use super::*;
    use crate::client::scope::tests::client;

    #[test]
    fn exactly_and_a_native_client_by_any_port() {
        for (kind, registered, asked, fits_is) in [
            ("app", "https://a.example/cb", "https://a.example/cb", true),
            ("app", "https://a.example/cb", "https://a.example/cb/", false),
            ("app", "https://a.example/cb", "https://a.example/cb?x", false),
            ("app", "https://a.example/cb", "https://A.example/cb", false),
            ("app", "https://a.example/cb", "https://a.example:443/cb", false),
            ("app", "https://a.example", "https://a.example/", false),
            ("app", "http://127.0.0.1/cb", "http://127.0.0.1:9/cb", false),
            ("mcp", "http://127.0.0.1/cb", "http://127.0.0.1:9/cb", true),
            ("mcp", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", true),
            ("mcp", "http://localhost:1/cb", "http://localhost/cb", true),
            ("mcp", "http://[::1]/cb", "http://[::1]:9/cb", true),
            ("mcp", "http://127.0.0.1/cb", "http://localhost:9/cb", false),
            ("mcp", "http://127.0.0.1/cb", "http://127.0.0.1:9/cb/../x", false),
            ("mcp", "http://127.0.0.1/cb", "http://127.0.0.1:9@evil.example/cb", false),
            ("mcp", "http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false),
            ("mcp", "http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false),
            ("mcp", "http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
            ("mcp", "http://127.0.0.1/cb", "https://127.0.0.1:9/cb", false),
            ("mcp", "http://localhost", "http://localhostile.example", false),
            ("mcp", "https://a.example:1/cb", "https://a.example:2/cb", false),
        ] {
            let mut client = client(kind, "");
            client.redirect_uris = JsonList::from(&[registered.to_owned()][..]);
            assert_eq!(fits(&client, asked), fits_is, "{kind} {registered} {asked}");
        }
    }

    #[test]
    fn what_may_be_registered() {
        for (uri, may) in [
            ("https://a.example/cb", true),
            ("https://a.example:8443/cb?x=1", true),
            ("http://127.0.0.1/cb", true),
            ("http://localhost:3000/cb", true),
            ("http://[::1]/cb", true),
            ("com.example.app:/cb", true),
            ("http://a.example/cb", false),
            ("https://a.example/cb#x", false),
            ("https://u@a.example/cb", false),
            ("https://a.example/c b", false),
            ("https://a.example;sandbox/cb", false),
            ("https://a.example,b/cb", false),
            ("https://*.a.example/cb", false),
            ("https://[2001:db8::1]/cb", true),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("myapp:/cb", false),
            ("/cb", false),
            ("", false),
        ] {
            assert_eq!(may_be_registered(uri), may, "{uri}");
        }
    }

    #[test]
    fn a_registration_is_sorted_with_reasons() {
        let sorted = Sorted::of(&[
            Value::from("https://a.example/cb"),
            Value::from("myapp:/cb"),
            Value::from(7),
            Value::from("https://a.example/cb"),
            Value::from("\u{fc}\n"),
        ]);
        assert_eq!(sorted.taken, ["https://a.example/cb"]);
        assert_eq!(sorted.refused.len(), 3);
        let reasons = sorted.reasons();
        assert!(reasons.starts_with("myapp:/cb: an app's own scheme must have a dot in it"), "{reasons}");
        assert!(reasons.contains("; 7: it is not a text; ") && reasons.is_ascii(), "{reasons}");
    }
}
