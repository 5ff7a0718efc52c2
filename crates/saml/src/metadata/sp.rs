//! Our own metadata.

use crate::{certificate::Certificate, escape::xml, names};

/// Content of our metadata.
#[derive(Debug, Clone, Copy)]
pub struct SpMetadata<'a> {
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Our URL for responses.
    pub acs_url: &'a str,
    /// Our URL for logout messages, if single logout is on.
    pub slo_url: Option<&'a str>,
    /// Whether our requests are signed.
    pub requests_signed: bool,
    /// Certificates of the keys that we sign with.
    pub signing: &'a [Certificate],
    /// Certificates of the keys that assertions may be encrypted to.
    pub encryption: &'a [Certificate],
}

/// Our `EntityDescriptor` (Metadata §2.4.4), without XML declaration.
pub fn render_sp(metadata: &SpMetadata<'_>) -> String {
    let mut out = format!(
        "<md:EntityDescriptor xmlns:md=\"{}\" xmlns:ds=\"{}\" entityID=\"{}\">\
         <md:SPSSODescriptor protocolSupportEnumeration=\"{}\" AuthnRequestsSigned=\"{}\" WantAssertionsSigned=\"true\">",
        names::METADATA,
        names::DSIG,
        xml(metadata.entity_id),
        names::PROTOCOL,
        metadata.requests_signed,
    );
    for certificate in metadata.signing {
        key(&mut out, "signing", certificate, "");
    }
    for certificate in metadata.encryption {
        let methods = [names::RSA_OAEP, names::AES256_GCM, names::AES128_GCM];
        let methods = methods.map(|method| format!("<md:EncryptionMethod Algorithm=\"{method}\"/>")).concat();
        key(&mut out, "encryption", certificate, &methods);
    }
    if let Some(url) = metadata.slo_url {
        for binding in [names::REDIRECT, names::POST] {
            out.push_str(&format!(
                "<md:SingleLogoutService Binding=\"{binding}\" Location=\"{}\"/>",
                xml(url)
            ));
        }
    }
    for format in [names::UNSPECIFIED, names::EMAIL, names::PERSISTENT] {
        out.push_str(&format!("<md:NameIDFormat>{format}</md:NameIDFormat>"));
    }
    out.push_str(&format!(
        "<md:AssertionConsumerService Binding=\"{}\" Location=\"{}\" index=\"0\" isDefault=\"true\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>",
        names::POST,
        xml(metadata.acs_url),
    ));
    out
}

fn key(out: &mut String, purpose: &str, certificate: &Certificate, methods: &str) {
    out.push_str(&format!(
        "<md:KeyDescriptor use=\"{purpose}\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>",
        certificate.base64(),
    ));
}
