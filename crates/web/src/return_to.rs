//! Where a browser may be sent after sign-in: to our own two origins and nowhere else (OpenID Connect Core §4,
//! `target_link_uri`; open redirects are how codes are stolen, RFC 9700 §4.11).

use url::Url;

use crate::config::Region;

/// The absolute URL to go to, if `text` is a path of ours or a URL of one of our origins.
pub fn safe(region: &Region, text: &str) -> Option<String> {
    if text.chars().any(|letter| letter.is_control() || letter == '\\') {
        return None;
    }
    let url = if text.starts_with('/') && !text.starts_with("//") {
        Url::parse(&region.api_url).ok()?.join(text).ok()?
    } else {
        Url::parse(text).ok()?
    };
    let origin = url.origin().ascii_serialization();
    let ours = origin == region.api_url || origin == region.app_url;
    (ours && url.username().is_empty() && url.password().is_none()).then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_origins_are_gone_to() {
        let region = Region {
            name: "us".to_owned(),
            api_url: "https://api.example.com".to_owned(),
            app_url: "https://app.example.com".to_owned(),
            others: std::collections::BTreeMap::new(),
        };
        assert_eq!(safe(&region, "/account?x=1").as_deref(), Some("https://api.example.com/account?x=1"));
        assert_eq!(safe(&region, "https://app.example.com/a").as_deref(), Some("https://app.example.com/a"));
        for text in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "https://api.example.com.evil.example/",
            "https://api.example.com@evil.example/",
            "https://user@api.example.com/",
            "http://api.example.com/",
            "javascript:alert(1)",
            "",
            "account",
        ] {
            assert_eq!(safe(&region, text), None, "{text}");
        }
    }
}
