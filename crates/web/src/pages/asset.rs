//! Static files: their content, also compressed, and a hash of it that their addresses carry, so that browsers can store them for a year.

use std::{io::Write, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
    web::Bytes,
};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::brand::Logo;

/// How long a browser stores the file of an address that carries the hash of its content.
const A_YEAR: &str = "public, max-age=31536000, immutable";
/// How long it stores the file of an address without it, or with that of another version.
const FIVE_MINUTES: &str = "public, max-age=300";
/// The policy of a picture that is opened by itself: its scripts don't run, and it loads nothing.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// A static file.
#[derive(Debug)]
pub struct Asset {
    content_type: &'static str,
    /// The name for a download; only of files that are not ours.
    file_name: Option<&'static str>,
    bytes: Bytes,
    /// Compressed (RFC 1952), where that is shorter.
    gzip: Option<Bytes>,
    hash: String,
}

impl Asset {
    /// A file of ours.
    pub fn new(content_type: &'static str, bytes: Vec<u8>) -> Self {
        let mut hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        hash.truncate(12);
        let gzip = compress(&bytes).filter(|gzip| gzip.len() < bytes.len()).map(Bytes::from);
        Self { content_type, file_name: None, bytes: bytes.into(), gzip, hash }
    }

    /// A picture of the operator, which must not be trusted: it may have scripts.
    pub fn picture(logo: Logo) -> Self {
        Self { file_name: Some(logo.file_name), ..Self::new(logo.content_type, logo.bytes) }
    }

    /// The first letters of the hash of its content.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Its content.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Answers a request for it.
    pub fn answer(&self, req: &HttpRequest) -> HttpResponse {
        let is_this = req.match_info().get("hash") == Some(self.hash.as_str());
        let tag = format!("\"{}\"", self.hash);
        let stored = req.headers().get(header::IF_NONE_MATCH).is_some_and(|stored| stored == tag.as_str());
        let mut response = if stored { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::CACHE_CONTROL, if is_this { A_YEAR } else { FIVE_MINUTES }))
            .insert_header((header::ETAG, tag))
            .insert_header((header::VARY, "accept-encoding"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .content_type(self.content_type);
        if self.content_type == "image/svg+xml" {
            response.insert_header((header::CONTENT_SECURITY_POLICY, PICTURE_POLICY));
        }
        if let Some(name) = self.file_name {
            let disposition = format!("attachment; filename=\"{name}\"");
            response.insert_header((header::CONTENT_DISPOSITION, disposition));
        }
        match &self.gzip {
            _ if stored => response.finish(),
            Some(gzip) if accepts_gzip(req.headers()) => {
                response.insert_header((header::CONTENT_ENCODING, "gzip")).body(gzip.clone())
            }
            _ => response.body(self.bytes.clone()),
        }
    }
}

fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Whether the client takes gzip (RFC 9110 §12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map(str::parse::<f32>);
        is_gzip && weight.is_none_or(|weight| weight.is_ok_and(|weight| weight > 0.0))
    })
}

/// The files that are compiled in.
#[derive(Debug)]
pub struct OwnAssets {
    /// The stylesheet.
    pub style: Asset,
    /// The script.
    pub script: Asset,
    /// Our icon.
    pub icon: Asset,
    /// The icons of the navigation.
    pub icons: Asset,
}

/// The files that are compiled in, compressed at their first use.
pub static OWN: LazyLock<OwnAssets> = LazyLock::new(|| OwnAssets {
    style: Asset::new("text/css; charset=utf-8", super::STYLE.as_bytes().to_vec()),
    script: Asset::new("text/javascript; charset=utf-8", super::SCRIPT.as_bytes().to_vec()),
    icon: Asset::new("image/svg+xml", super::ICON.as_bytes().to_vec()),
    icons: Asset::new("image/svg+xml", super::ICONS.as_bytes().to_vec()),
});

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (value, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("gzip;q=x", false),
            ("deflate, br", false),
            ("", false),
        ] {
            let req =
                TestRequest::default().insert_header((header::ACCEPT_ENCODING, value)).to_http_request();
            assert_eq!(accepts_gzip(req.headers()), takes, "{value}");
        }
    }

    #[test]
    fn the_hash_is_of_the_content() {
        let (one, two) = (Asset::new("text/css", b"a".to_vec()), Asset::new("text/css", b"b".to_vec()));
        assert_ne!(one.hash(), two.hash());
        assert_eq!(one.hash().len(), 12);
    }
}
