//! Checks where a browser may be redirected after sign-in: to the two origins of the deployment and those that the workspace allows,
//! nowhere else (OpenID Connect Core §4, `target_link_uri`; an open redirect leaks codes, RFC 9700 §4.11).

use url::Url;

use crate::config::{Region, is_loopback};

/// The absolute URL to redirect to, if `text` is a path of this deployment, or a URL of one of its origins or of `others`.
pub fn safe(region: &Region, others: &[String], text: &str) -> Option<String> {
    if text.chars().any(|letter| letter.is_control() || letter.is_whitespace() || letter == '\\') {
        return None;
    }
    let url = if text.starts_with('/') && !text.starts_with("//") {
        Url::parse(&region.api_url).ok()?.join(text).ok()?
    } else {
        spelled_out(text)?
    };
    let origin = url.origin().ascii_serialization();
    let known = origin == region.api_url || origin == region.app_url || others.contains(&origin);
    (known && url.username().is_empty() && url.password().is_none()).then(|| url.to_string())
}

/// A URL whose scheme and host are written literally. What only some parsers accept is refused: a full-width dot, a percent-encoded
/// letter, a missing slash.
fn spelled_out(text: &str) -> Option<Url> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    if authority.is_empty() || !authority.bytes().all(plain) {
        return None;
    }
    // The origin of `blob:https://…` is that of the URL inside.
    Url::parse(text).ok().filter(|url| ["https", "http"].contains(&url.scheme()))
}

/// Checks an origin that a workspace wants to allow. It must be written exactly as browsers write it: https, or http on loopback
/// where insecure addresses are allowed. The error is a sentence for the person who typed it.
pub fn check_origin(text: &str, allow_insecure: bool) -> Result<String, String> {
    let wrong = || {
        format!(
            "{text} is no origin: a scheme and a host, without a path or a slash at its end, such as https://app.example.com"
        )
    };
    let url = spelled_out(text).ok_or_else(wrong)?;
    let development = allow_insecure && url.scheme() == "http" && is_loopback(&url);
    if url.scheme() != "https" && !development {
        return Err(format!("{text} must begin with https://"));
    }
    if text.len() > 255 || url.origin().ascii_serialization() != text {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region() -> Region {
        Region {
            name: "us".to_owned(),
            api_url: "https://api.example.com".to_owned(),
            app_url: "https://app.example.com".to_owned(),
            others: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn our_own_origins_and_the_allowed_ones_are_gone_to() {
        let others = ["https://product.example.org:8443".to_owned()];
        for (text, goes_to) in [
            ("/account?x=1", "https://api.example.com/account?x=1"),
            ("/https://evil.example", "https://api.example.com/https://evil.example"),
            ("https://app.example.com", "https://app.example.com/"),
            ("https://app.example.com/a#b", "https://app.example.com/a#b"),
            ("https://app.example.com:443/a", "https://app.example.com/a"),
            ("HTTPS://API.Example.com/a", "https://api.example.com/a"),
            (
                "https://app.example.com/é?to=//evil.example",
                "https://app.example.com/%C3%A9?to=//evil.example",
            ),
            ("https://product.example.org:8443/x", "https://product.example.org:8443/x"),
        ] {
            assert_eq!(safe(&region(), &others, text).as_deref(), Some(goes_to), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_gone_to() {
        let others = ["https://product.example.org:8443".to_owned()];
        for text in [
            "",
            "account",
            "//evil.example",
            "///evil.example",
            "//api.example.com",
            "/\\evil.example",
            "\\\\evil.example",
            "https:\\\\api.example.com\\@evil.example",
            "https://evil.example/",
            "https://evil.example/https://api.example.com",
            "https://evil.example?https://api.example.com/",
            "https://api.example.com.evil.example/",
            "https://api.example.comevil.example/",
            "https://evil-api.example.com/",
            "https://example.com/",
            "https://api.example.com./",
            "https://api.example.com@evil.example/",
            "https://evil.example@api.example.com/",
            "https://api.example.com:pass@app.example.com/",
            "https://@api.example.com/",
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com:/\t",
            "https://api\u{3002}example.com/",
            "https://api\u{ff0e}example.com/",
            "https://api.example\u{2024}com/",
            "https://\u{430}pi.example.com/",
            "https://api%2eexample.com/",
            "https://%61pi.example.com/",
            "https:api.example.com/",
            "https:/api.example.com/",
            "https:///api.example.com/",
            " https://api.example.com/",
            "https://api.example.com/ ",
            "https://api.exa\tmple.com/",
            "https://api.example.com/\r\nSet-Cookie: a=b",
            "/\t/evil.example",
            "/\u{0}",
            "javascript:alert(1)",
            "javascript://api.example.com/%0aalert(1)",
            "data:text/html,x",
            "blob:https://api.example.com/x",
            "ftp://api.example.com/",
            "https://product.example.org/",
            "http://product.example.org:8443/",
            "https://x.product.example.org:8443/",
        ] {
            assert_eq!(safe(&region(), &others, text), None, "{text:?}");
        }
    }

    #[test]
    fn an_allowed_origin_is_exactly_one() {
        assert!(check_origin("https://app.example.com", false).is_ok());
        assert!(check_origin("https://app.example.com:8443", false).is_ok());
        assert!(check_origin("http://127.0.0.1:3000", true).is_ok());
        assert!(check_origin("http://localhost:3000", true).is_ok());
        for origin in [
            "",
            "app.example.com",
            "*",
            "https://*.example.com",
            "https://app.example.com/",
            "https://app.example.com/a",
            "https://app.example.com?a",
            "https://app.example.com:443",
            "https://App.example.com",
            "https://user@app.example.com",
            "https://app\u{3002}example.com",
            "http://app.example.com",
            "javascript:alert(1)",
            "null",
        ] {
            assert!(check_origin(origin, true).is_err(), "{origin}");
        }
        assert!(check_origin("http://127.0.0.1:3000", false).is_err());
    }
}
