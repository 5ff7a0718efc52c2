//! Resource indicators (RFC 8707). Pure.

use url::Url;

/// Whether a text is a resource indicator: an absolute URI without a fragment (RFC 8707 §2).
pub fn is_resource(text: &str) -> bool {
    let plain = text.len() <= 2000 && text.chars().all(|letter| letter.is_ascii_graphic() && letter != '#');
    plain && Url::parse(text).is_ok_and(|url| url.has_host())
}
