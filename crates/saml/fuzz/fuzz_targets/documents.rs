//! Input: any bytes, most often XML.
//! Properties: no reader panics; bytes without a valid signature are never accepted; a message that our signer has signed never fails
//! a signature check of our verifier.
#![no_main]

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use vestibule_saml::{
    certificate::{Certificate, parse_pasted},
    logout::{self, Received, verify_request, verify_response},
    metadata,
    request::Signer,
    response::{Expected, verify},
};

const NOW: i64 = 1_700_000_000;

static SIGNER: LazyLock<(Signer, Vec<Certificate>)> = LazyLock::new(|| {
    let signer = Signer::generate("fuzz", NOW).expect("a key");
    let certificates = vec![signer.certificate().clone()];
    (signer, certificates)
});

fuzz_target!(|data: &[u8]| {
    let (signer, certificates) = &*SIGNER;
    let now = NOW * 1_000_000;
    let (acs_url, entity_id, idp_issuer) = ("https://sp/acs", "urn:sp", "urn:idp");
    let expected = Expected { acs_url, entity_id, idp_issuer, certificates, decryption_keys: &[], now };
    assert!(verify(&STANDARD.encode(data), &expected).assertion().is_none());
    let _ = metadata::parse(data);
    let logout = logout::Expected { url: "https://sp/slo", idp_issuer, certificates, now };
    assert!(verify_request(Received::Post(&STANDARD.encode(data)), &logout).is_err());
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = verify(text, &expected);
    let _ = parse_pasted(text);
    assert!(verify_request(Received::Redirect(text), &logout).is_err());
    assert!(verify_response(Received::Redirect(text), &logout).is_err());
    let Ok(signed) = signer.sign_xml(text) else { return };
    let report = verify(&STANDARD.encode(&signed), &expected);
    if let Some((name @ ("signature_form" | "reference" | "transforms" | "algorithms" | "signature" | "digest"), why)) = report.failure() {
        panic!("{name}: {why}: {signed}");
    }
});
