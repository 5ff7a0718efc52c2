//! Which redirect URIs may be registered, and whether one that is asked for is registered. Pure; texts are compared, not what
//! a parser makes of them (RFC 9700 §2.1).

use url::Url;
use vestibule_store::clients::Client;
use vestibule_web::config::is_loopback;

/// Hosts of this machine, as a native app listens on them (RFC 8252 §7.3); `localhost` because MCP clients use it.
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// Whether the client may be answered here: exactly; a native client's own machine by any port (RFC 8252 §7.3).
pub(crate) fn fits(client: &Client, asked: &str) -> bool {
    let registered = client.redirect_uris();
    let same = |uri: &String| uri == asked || (client.kind == "mcp" && same_but_for_port(uri, asked));
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

/// Whether a client that describes or registers itself may be answered here: https, a loopback address, or a scheme of its
/// own with a dot in it (RFC 8252 §7.1); absolute and without a fragment (RFC 6749 §3.1.2).
pub fn may_be_registered(uri: &str) -> bool {
    let odd = |letter: char| letter.is_control() || letter.is_whitespace() || letter == '\\' || letter == '#';
    let Ok(url) = Url::parse(uri) else { return false };
    if uri.len() > 2000 || uri.chars().any(odd) || !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    match url.scheme() {
        "https" => url.host_str().is_some_and(|host| !host.contains('*')),
        "http" => is_loopback(&url),
        own => own.contains('.'),
    }
}

/// What a page's policy must let a form's answer go to.
pub(crate) fn policy_source(url: &Url) -> String {
    match url.host() {
        // The policy's grammar knows no IPv6 address (CSP 3 §2.3.1).
        Some(url::Host::Ipv6(_)) => format!("{}:", url.scheme()),
        Some(_) if ["https", "http"].contains(&url.scheme()) => url.origin().ascii_serialization(),
        _ => format!("{}:", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::tests::client;

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
            client.redirect_uris = format!("[\"{registered}\"]");
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
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("myapp:/cb", false),
            ("/cb", false),
            ("", false),
        ] {
            assert_eq!(may_be_registered(uri), may, "{uri}");
        }
    }
}
