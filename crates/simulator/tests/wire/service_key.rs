//! The key with which a service signs its requests, generated when the test runs.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Time,
    hash::{MessageDigest, hash},
    pkey::{PKey, Private},
    rsa::Rsa,
    sign::Signer,
    x509::X509,
};

use crate::saml::deflated;

const ALGORITHM: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

pub struct ServiceKey {
    pub key: PKey<Private>,
    /// PEM.
    pub certificate: String,
}

impl ServiceKey {
    pub fn generate() -> Self {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        let certificate = String::from_utf8(builder.build().to_pem().unwrap()).unwrap();
        Self { key, certificate }
    }

    fn sign(&self, message: &str) -> String {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).unwrap();
        signer.update(message.as_bytes()).unwrap();
        STANDARD.encode(signer.sign_to_vec().unwrap())
    }

    /// The query of a message by the Redirect binding; `name` is `SAMLRequest` or `SAMLResponse`.
    pub fn query(&self, name: &str, xml: &str, relay_state: &str) -> String {
        let encoded =
            |value: &str| -> String { url::form_urlencoded::byte_serialize(value.as_bytes()).collect() };
        let message = encoded(&deflated(xml));
        let signed =
            format!("{name}={message}&RelayState={}&SigAlg={}", encoded(relay_state), encoded(ALGORITHM));
        format!("{signed}&Signature={}", encoded(&self.sign(&signed)))
    }

    /// A message with an enveloped signature after its Issuer. It must be in canonical form, with the `ID` `_r1`.
    pub fn enveloped(&self, canonical: &str) -> String {
        let digest = STANDARD.encode(hash(MessageDigest::sha256(), canonical.as_bytes()).unwrap());
        let c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let info = |declared: &str| {
            format!(
                "<ds:SignedInfo{declared}><ds:CanonicalizationMethod Algorithm=\"{c14n}\"></ds:CanonicalizationMethod>\
                 <ds:SignatureMethod Algorithm=\"{ALGORITHM}\"></ds:SignatureMethod><ds:Reference URI=\"#_r1\"><ds:Transforms>\
                 <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
                 <ds:Transform Algorithm=\"{c14n}\"></ds:Transform></ds:Transforms>\
                 <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
                 <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
            )
        };
        let dsig = " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
        let signature = format!(
            "<ds:Signature{dsig}>{}<ds:SignatureValue>{}</ds:SignatureValue></ds:Signature>",
            info(""),
            self.sign(&info(dsig))
        );
        canonical.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
    }
}
