//! The binding Redirect (Bindings §3.4): the query has the deflated message and a signature over the query as it is sent.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{RequestError, Signer};
use crate::names;

/// All characters except the unreserved ones of RFC 3986 §2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Parameters of the binding, which the destination must not have already.
const OURS: [&str; 5] = ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature"];

/// URL that sends a request to the provider as `SAMLRequest`. The destination may have a query. With a signer the URL is signed with
/// RSA-SHA256 over `SAMLRequest=…&RelayState=…&SigAlg=…` (Bindings §3.4.4.1).
///
/// # Errors
/// [`RequestError::Destination`] and [`RequestError::Signing`].
pub fn redirect_url(
    destination: &str,
    xml: &str,
    relay_state: Option<&str>,
    signer: Option<&Signer>,
) -> Result<String, RequestError> {
    build(destination, "SAMLRequest", xml, relay_state, signer)
}

/// URL that sends a response to the provider as `SAMLResponse`, like [`redirect_url`]. Only for responses to logout requests.
///
/// # Errors
/// [`RequestError::Destination`] and [`RequestError::Signing`].
pub fn redirect_response_url(
    destination: &str,
    xml: &str,
    relay_state: Option<&str>,
    signer: Option<&Signer>,
) -> Result<String, RequestError> {
    build(destination, "SAMLResponse", xml, relay_state, signer)
}

fn build(
    destination: &str,
    parameter: &str,
    xml: &str,
    relay_state: Option<&str>,
    signer: Option<&Signer>,
) -> Result<String, RequestError> {
    let url = Url::parse(destination).map_err(|_| RequestError::Destination)?;
    let is_taken = url.query_pairs().any(|(name, _)| OURS.contains(&name.as_ref()));
    if !matches!(url.scheme(), "https" | "http") || url.fragment().is_some() || is_taken {
        return Err(RequestError::Destination);
    }
    let mut query = format!("{parameter}={}", encode(&STANDARD.encode(deflate(xml)?)));
    if let Some(relay_state) = relay_state {
        query.push_str("&RelayState=");
        query.push_str(&encode(relay_state));
    }
    if let Some(signer) = signer {
        query.push_str("&SigAlg=");
        query.push_str(&encode(names::RSA_SHA256));
        let signature = signer.sign(query.as_bytes())?;
        query.push_str("&Signature=");
        query.push_str(&encode(&STANDARD.encode(signature)));
    }
    let joint = match url.query() {
        None => "?",
        Some("") => "",
        Some(query) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    Ok(format!("{url}{joint}{query}"))
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// DEFLATE without a header (Bindings §3.4.4.1).
fn deflate(xml: &str) -> Result<Vec<u8>, RequestError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).and_then(|()| encoder.finish()).map_err(|_| RequestError::Signing)
}
