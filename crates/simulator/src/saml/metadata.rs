//! `/app/{exk}/sso/saml/metadata`: the unsigned metadata that Okta publishes for an app. It must never contain a private key.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
    web,
};

use super::{
    misbehavior::SamlMisbehavior,
    settings::NameIdFormat,
    signature::ds,
    state::SamlState,
    xml::{Element, ns},
};
use crate::{
    okta::Okta,
    support::{html, random},
};

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

pub(super) async fn get(okta: web::Data<Okta>, key: web::Path<String>) -> HttpResponse {
    let mut org = okta.org();
    let misbehavior =
        org.saml_misbehavior.take_if(|ready| ready.is_of_metadata()).map(|ready| ready.misbehavior);
    if misbehavior == Some(SamlMisbehavior::MetadataRedirect) {
        return HttpResponse::Found().insert_header((LOCATION, okta.issuer())).finish();
    }
    let found = org.by_external_key(&key);
    let xml = found.and_then(|(state, saml)| {
        let issuer = match misbehavior {
            Some(SamlMisbehavior::MetadataOfAnother) => {
                format!("http://www.okta.com/{}", random::okta_id("exk"))
            }
            _ => saml.issuer(),
        };
        document(okta.issuer(), &state.app.settings.name, saml, &issuer)
    });
    match xml {
        Some(xml) if misbehavior == Some(SamlMisbehavior::HugeMetadata) => {
            HttpResponse::Ok().content_type("application/xml").body(xml + &" ".repeat(1 << 20))
        }
        Some(xml) => HttpResponse::Ok().content_type("application/xml").body(xml),
        None => html::note(StatusCode::NOT_FOUND, "Not here", "There is no SAML app with this key."),
    }
}

/// None when a certificate can't be written.
fn document(org: &str, name: &str, saml: &SamlState, issuer: &str) -> Option<String> {
    let base = format!("{org}/app/{name}/{}", saml.external_key);
    let settings = &saml.settings;
    let mut descriptor = md("IDPSSODescriptor")
        .with("WantAuthnRequestsSigned", if settings.signed_requests { "true" } else { "false" })
        .with("protocolSupportEnumeration", ns::PROTOCOL);
    // The active certificate, and the newest one if it is not active yet. It is not verified that Okta's metadata lists both during a
    // rotation (saml-facts §1.2).
    let newest = saml.keys.last().filter(|newest| newest.id != saml.active.id);
    for key in std::iter::once(&saml.active).chain(newest) {
        let certificate = ds("X509Certificate").text(&key.base64_lines().ok()?);
        let info = ds("KeyInfo").declared().child(ds("X509Data").child(certificate));
        descriptor = descriptor.child(md("KeyDescriptor").with("use", "signing").child(info));
    }
    if settings.single_logout.is_some() {
        for binding in [POST, REDIRECT] {
            descriptor =
                descriptor.child(endpoint("SingleLogoutService", binding, &format!("{base}/slo/saml")));
        }
    }
    for format in [NameIdFormat::Unspecified, NameIdFormat::EmailAddress] {
        descriptor = descriptor.child(md("NameIDFormat").text(format.uri()));
    }
    for binding in [POST, REDIRECT] {
        descriptor = descriptor.child(endpoint("SingleSignOnService", binding, &format!("{base}/sso/saml")));
    }
    let root = md("EntityDescriptor").declared().with("entityID", issuer).child(descriptor);
    Some(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", root.wire()))
}

fn endpoint(name: &str, binding: &str, url: &str) -> Element {
    md(name).with("Binding", binding).with("Location", url)
}

fn md(local: &str) -> Element {
    Element::new(ns::METADATA, &format!("md:{local}"))
}
