//! The binding Redirect (Bindings §3.4.4.1): the signature covers the parameters as they were sent, in the order of the specification,
//! not in their order in the query.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::bufread::DeflateDecoder;
use percent_encoding::percent_decode_str;

use crate::{certificate::Certificate, limits, names, signature};

/// The parameters of a signed query, not decoded.
#[derive(Debug)]
pub(super) struct Query<'a> {
    message: &'a str,
    relay_state: Option<&'a str>,
    algorithm: &'a str,
    signature: &'a str,
    parameter: &'static str,
}

impl<'a> Query<'a> {
    /// Finds the parameters. Refuses a repeated parameter, also in another encoding, and a second message.
    pub fn read(query: &'a str, parameter: &'static str) -> Result<Self, String> {
        if query.len() > limits::ENCODED {
            return Err(format!("the query is longer than {} KiB", limits::ENCODED / 1024));
        }
        let mut found = Query { message: "", relay_state: None, algorithm: "", signature: "", parameter };
        let mut seen: Vec<String> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (raw, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(raw)?;
            match raw {
                _ if raw == parameter => found.message = value,
                "RelayState" => found.relay_state = Some(value),
                "SigAlg" => found.algorithm = value,
                "Signature" => found.signature = value,
                _ if ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature"]
                    .contains(&&*name) =>
                {
                    return Err(format!("the query has the parameter {name} where it does not belong"));
                }
                "SAMLEncoding" if decode(value)? != names::DEFLATE => {
                    return Err("the query has an encoding other than DEFLATE".to_owned());
                }
                _ => {}
            }
            if seen.contains(&name) {
                return Err("the query has a parameter twice".to_owned());
            }
            // A limit, because the search for repeated parameters is quadratic. No provider sends so many.
            if seen.len() == limits::ATTRIBUTES {
                return Err("the query has too many parameters".to_owned());
            }
            seen.push(name);
        }
        if found.message.is_empty() {
            return Err(format!("the query has no {parameter}"));
        }
        Ok(found)
    }

    /// `RelayState`, decoded.
    pub fn relay_state(&self) -> Result<Option<String>, String> {
        self.relay_state.map(decode).transpose()
    }

    /// The inflated message, at most 256 KiB.
    pub fn document(&self) -> Result<Vec<u8>, String> {
        let bytes =
            STANDARD.decode(decode(self.message)?).map_err(|_| "the message is not base64".to_owned())?;
        let mut decoder = DeflateDecoder::new(&*bytes);
        let mut document = Vec::new();
        let limit = u64::try_from(limits::DOCUMENT + 1).unwrap_or(u64::MAX);
        let read = decoder.by_ref().take(limit).read_to_end(&mut document);
        read.map_err(|_| "the message is not deflated".to_owned())?;
        if document.len() > limits::DOCUMENT {
            return Err(format!("the message is longer than {} KiB", limits::DOCUMENT / 1024));
        }
        if !decoder.into_inner().is_empty() {
            return Err("the message has bytes after its end".to_owned());
        }
        Ok(document)
    }

    /// Checks that a configured key has signed the parameters.
    pub fn check_signature(&self, certificates: &[Certificate]) -> Result<(), String> {
        if self.signature.is_empty() || self.algorithm.is_empty() {
            return Err("the query is not signed".to_owned());
        }
        let mut signed = format!("{}={}", self.parameter, self.message);
        if let Some(relay_state) = self.relay_state {
            signed.push_str(&format!("&RelayState={relay_state}"));
        }
        signed.push_str(&format!("&SigAlg={}", self.algorithm));
        let signature =
            STANDARD.decode(decode(self.signature)?).map_err(|_| "the signature is not base64".to_owned())?;
        signature::check_bytes(&decode(self.algorithm)?, certificates, signed.as_bytes(), &signature)
    }
}

/// Decodes a value of `application/x-www-form-urlencoded`.
fn decode(value: &str) -> Result<String, String> {
    let spaced = value.replace('+', " ");
    let decoded =
        percent_decode_str(&spaced).decode_utf8().map_err(|_| "the query is not UTF-8".to_owned())?;
    Ok(decoded.into_owned())
}
