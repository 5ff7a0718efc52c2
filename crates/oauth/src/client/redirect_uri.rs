//! Which redirect URIs clients may register, and whether a requested one is registered. Pure. Compares the text, not the parsed URL
//! (RFC 9700 §2.1).

use serde_json::Value;
use url::Url;
use vestibule_core::sets::ClientKind;
use vestibule_store::oauth::clients::Client;
use vestibule_web::config::is_loopback;

/// Longest redirect URI, in bytes.
const LONGEST: usize = 2000;

/// Loopback origins that native apps listen on (RFC 8252 §7.3). `localhost` is among them because MCP clients use it.
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// Whether a redirect URI is registered for the client: exactly, or for loopback URIs of MCP clients with any port (RFC 8252 §7.3).
pub(crate) fn is_registered(client: &Client, requested: &str) -> bool {
    let registered = client.redirect_uris();
    let same = |uri: &String| {
        uri == requested || (client.kind == ClientKind::Mcp && same_but_for_port(uri, requested))
    };
    registered.iter().any(same)
}

fn same_but_for_port(registered: &str, requested: &str) -> bool {
    match (without_port(registered), without_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// Splits a loopback URI into its origin without port, and the rest.
fn without_port(uri: &str) -> Option<(&'static str, &str)> {
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

/// Whether a client that describes or registers itself may register this redirect URI.
pub fn may_be_registered(uri: &str) -> bool {
    check(uri).is_ok()
}

/// Checks a redirect URI of a client that describes or registers itself: https, a loopback address, or a private-use scheme with a dot
/// (RFC 8252 §7.1); absolute and without a fragment (RFC 6749 §3.1.2).
fn check(uri: &str) -> Result<(), &'static str> {
    let is_forbidden = |letter: char| letter.is_control() || letter.is_whitespace() || letter == '\\';
    let url = Url::parse(uri).map_err(|_| "it is not an absolute URI")?;
    if uri.len() > LONGEST {
        return Err("it is longer than 2000 bytes");
    }
    if uri.chars().any(is_forbidden) {
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
        scheme if scheme.contains('.') => Ok(()),
        _ => Err("an app's own scheme must have a dot in it, such as com.example.app (RFC 8252 section 7.1)"),
    }
}

/// Whether a host can be a DNS name or an address. The URL standard allows more characters.
fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte))
}

/// Redirect URIs of a registration, divided into accepted and refused ones.
#[derive(Debug, Default)]
pub(crate) struct CheckedUris {
    /// Accepted URIs, without duplicates.
    pub accepted: Vec<String>,
    /// Refused values as sent, each with the reason.
    pub refused: Vec<(Value, &'static str)>,
}

impl CheckedUris {
    /// Checks each URI. The server may register fewer than requested, and says which (RFC 7591 §3.2.1).
    pub(crate) fn of(uris: &[Value]) -> Self {
        let mut checked = CheckedUris::default();
        for value in uris {
            match value.as_str().ok_or("it is not a string").and_then(|uri| check(uri).map(|()| uri)) {
                Ok(uri) if checked.accepted.iter().any(|accepted| accepted == uri) => {}
                Ok(uri) => checked.accepted.push(uri.to_owned()),
                Err(why) => checked.refused.push((value.clone(), why)),
            }
        }
        checked
    }

    /// Refused URIs with their reasons, for an error description: ASCII on one line (RFC 7591 §3.2.2).
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
    fn uris_match_exactly_and_loopback_uris_of_native_clients_with_any_port() {
        for (kind, registered, requested, expected) in [
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
            assert_eq!(is_registered(&client, requested), expected, "{kind} {registered} {requested}");
        }
    }

    #[test]
    fn only_these_uris_may_be_registered() {
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
    fn refused_uris_have_reasons() {
        let checked = CheckedUris::of(&[
            Value::from("https://a.example/cb"),
            Value::from("myapp:/cb"),
            Value::from(7),
            Value::from("https://a.example/cb"),
            Value::from("\u{fc}\n"),
        ]);
        assert_eq!(checked.accepted, ["https://a.example/cb"]);
        assert_eq!(checked.refused.len(), 3);
        let reasons = checked.reasons();
        assert!(reasons.starts_with("myapp:/cb: an app's own scheme must have a dot in it"), "{reasons}");
        assert!(reasons.contains("; 7: it is not a string; ") && reasons.is_ascii(), "{reasons}");
    }
}
