//! Reads certificates in the many forms in which people paste them.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{pkey::PKey, rsa::Rsa};

use super::{Certificate, CertificateError};
use crate::limits;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// Reads one or more certificates: PEM blocks with any text around them, also on one line; or bare base64 with or without line
/// breaks, several after one another or with blank lines between them. A repeated certificate counts once. Of a chain, the
/// certificates that issued another one of the text are left out, because they sign certificates and not messages.
///
/// # Errors
/// [`CertificateError`], whose text is a sentence for the person who pasted.
pub fn parse_pasted(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    if text.len() > limits::PASTED {
        return Err(CertificateError::TooMany);
    }
    // Text copied out of a JSON document may still have its escapes.
    let text = text.replace("\\r", "\r").replace("\\n", "\n").replace('\u{feff}', "");
    let text = text.trim();
    if text.is_empty() {
        return Err(CertificateError::Empty);
    }
    let found = if text.contains(BEGIN) { blocks(text)? } else { bare(text)? };
    signers(found)
}

/// Each certificate once, without those that issued another of them; at most 20.
pub(crate) fn signers(found: Vec<Certificate>) -> Result<Vec<Certificate>, CertificateError> {
    if found.len() > limits::CERTIFICATES {
        return Err(CertificateError::TooMany);
    }
    let mut once: Vec<Certificate> = Vec::with_capacity(found.len());
    for certificate in found {
        if !once.contains(&certificate) {
            once.push(certificate);
        }
    }
    Ok(once.iter().filter(|issuer| !once.iter().any(|other| issuer.has_issued(other))).cloned().collect())
}

/// PEM (RFC 7468), leniently: text around blocks and any white space in them.
fn blocks(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let mut found = Vec::new();
    let parts: Vec<&str> = text.split(BEGIN).skip(1).collect();
    if parts.iter().any(|part| part.split(DASHES).next().is_some_and(|label| label.contains("PRIVATE KEY"))) {
        return Err(CertificateError::PrivateKey);
    }
    for part in parts {
        let (label, body) = part.split_once(DASHES).ok_or(CertificateError::CutOff)?;
        match label.trim() {
            "CERTIFICATE" | "X509 CERTIFICATE" => {}
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(CertificateError::PublicKey),
            _ => return Err(CertificateError::OtherBlock),
        }
        let (body, _) = body.split_once("-----END").ok_or(CertificateError::CutOff)?;
        found.push(Certificate::from_der(&decode(body)?)?);
        if found.len() > limits::CERTIFICATES {
            return Err(CertificateError::TooMany);
        }
    }
    Ok(found)
}

/// Base64 without BEGIN and END lines: first as one text, so that blank lines inside don't matter, then paragraph by paragraph.
fn bare(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    if text.starts_with('<') {
        return Err(CertificateError::Xml);
    }
    let whole = decode(text).and_then(|der| sequence(&der));
    if whole.is_ok() {
        return whole;
    }
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        match paragraphs.last_mut() {
            Some(last) if !line.trim().is_empty() => last.push_str(line),
            Some(last) if last.is_empty() => {}
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    if paragraphs.len() < 2 {
        return whole;
    }
    let mut found = Vec::new();
    for paragraph in paragraphs {
        // Reports the error of the whole text: blank lines inside one certificate are more common than two certificates.
        found.extend(decode(&paragraph).and_then(|der| sequence(&der)).or(whole.clone())?);
    }
    Ok(found)
}

/// The bytes of base64 with white space anywhere. Padding may be in the middle, where one certificate ends.
fn decode(text: &str) -> Result<Vec<u8>, CertificateError> {
    let dense: String = text.split_whitespace().collect();
    let mut bytes = Vec::with_capacity(dense.len());
    let mut left = dense.as_str();
    while !left.is_empty() {
        let data = left.trim_start_matches(|c| c != '=');
        let padding = data.len() - data.trim_start_matches('=').len();
        let (chunk, rest) = left.split_at(left.len() - data.len() + padding);
        bytes.extend(STANDARD.decode(chunk).map_err(|_| CertificateError::NotBase64)?);
        left = rest;
    }
    if bytes.is_empty() { Err(CertificateError::NotBase64) } else { Ok(bytes) }
}

/// Certificates after one another, each a DER SEQUENCE (X.690 §8.1.3).
fn sequence(mut der: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (one, rest) =
            der_length(der).and_then(|length| der.split_at_checked(length)).ok_or_else(|| what_else(der))?;
        found.push(Certificate::from_der(one).map_err(|error| match error {
            CertificateError::NotX509 => what_else(one),
            error => error,
        })?);
        if found.len() > limits::CERTIFICATES {
            return Err(CertificateError::TooMany);
        }
        der = rest;
    }
    Ok(found)
}

/// Length of the SEQUENCE at the beginning, with its header.
fn der_length(der: &[u8]) -> Option<usize> {
    match *der {
        [0x30, length @ 0..=0x7f, ..] => Some(2 + usize::from(length)),
        [0x30, 0x81, length, ..] => Some(3 + usize::from(length)),
        [0x30, 0x82, high, low, ..] => Some(4 + usize::from(u16::from_be_bytes([high, low]))),
        [0x30, 0x83, high, middle, low, ..] => {
            usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok().map(|n| 5 + n)
        }
        _ => None,
    }
}

/// The error for bytes that are no certificate, by what they are instead.
fn what_else(der: &[u8]) -> CertificateError {
    if PKey::private_key_from_der(der).is_ok() {
        CertificateError::PrivateKey
    } else if PKey::public_key_from_der(der).is_ok() || Rsa::public_key_from_der_pkcs1(der).is_ok() {
        CertificateError::PublicKey
    } else {
        CertificateError::NotX509
    }
}
