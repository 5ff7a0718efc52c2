//! The elements of Okta's messages in Okta's form (saml-facts §1.1): attributes in alphabetical order, namespaces declared again on the
//! children, `xs` only if there are attributes. Also the HTML form with which a browser posts a message.

use actix_web::{HttpResponse, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::xml::{Element, ns};
use crate::support::{
    html::{self, escape},
    random,
};

const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
/// Top-level status of success (SAML Core §3.2.2.2).
pub(super) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// Top-level status of an error on the provider's side.
pub(super) const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";

/// The facts in an assertion and its response.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) response_id: String,
    pub(super) assertion_id: String,
    pub(super) issuer: String,
    pub(super) destination: String,
    pub(super) recipient: String,
    pub(super) audience: String,
    pub(super) in_response_to: Option<String>,
    /// Milliseconds since 1970, like the next two fields.
    pub(super) issued: i64,
    pub(super) not_before: i64,
    pub(super) not_on_or_after: i64,
    pub(super) name_id_format: &'static str,
    pub(super) name_id: String,
    pub(super) session_index: String,
    pub(super) attributes: Vec<Attribute>,
}

/// An attribute with at least one value.
#[derive(Clone)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) format: &'static str,
    pub(super) values: Vec<String>,
}

/// A new ID in Okta's form: `id` and decimal digits.
pub(super) fn new_id() -> String {
    format!("id{}", random::digits(26))
}

/// An instant with milliseconds and `Z`.
pub(super) fn instant(milliseconds: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The unsigned assertion.
pub(super) fn assertion(facts: &Facts) -> Element {
    let issued = instant(facts.issued);
    let not_on_or_after = instant(facts.not_on_or_after);
    let data = saml2("SubjectConfirmationData")
        .with_some("InResponseTo", facts.in_response_to.as_deref())
        .with("NotOnOrAfter", &not_on_or_after)
        .with("Recipient", &facts.recipient);
    let subject = saml2("Subject")
        .declared()
        .child(saml2("NameID").with("Format", facts.name_id_format).text(&facts.name_id))
        .child(saml2("SubjectConfirmation").with("Method", BEARER).child(data));
    let conditions = saml2("Conditions")
        .with("NotBefore", &instant(facts.not_before))
        .with("NotOnOrAfter", &not_on_or_after)
        .declared()
        .child(saml2("AudienceRestriction").child(saml2("Audience").text(&facts.audience)));
    // Okta writes the time of issue, not the time of sign-in, and always the same class.
    let context = saml2("AuthnContext").child(saml2("AuthnContextClassRef").text(PASSWORD));
    let statement = saml2("AuthnStatement")
        .with("AuthnInstant", &issued)
        .with("SessionIndex", &facts.session_index)
        .declared()
        .child(context);
    let mut assertion = saml2("Assertion")
        .with("ID", &facts.assertion_id)
        .with("IssueInstant", &issued)
        .with("Version", "2.0")
        .declared();
    if !facts.attributes.is_empty() {
        assertion = assertion.with("xmlns:xs", ns::XS);
    }
    assertion = assertion.child(issuer(&facts.issuer)).child(subject).child(conditions).child(statement);
    if facts.attributes.is_empty() { assertion } else { assertion.child(attributes(&facts.attributes)) }
}

fn attributes(attributes: &[Attribute]) -> Element {
    let value = |value: &String| {
        saml2("AttributeValue")
            .with("xmlns:xs", ns::XS)
            .with("xmlns:xsi", ns::XSI)
            .with("xsi:type", "xs:string")
            .text(value)
    };
    attributes.iter().fold(saml2("AttributeStatement").declared(), |statement, attribute| {
        let element = saml2("Attribute").with("Name", &attribute.name).with("NameFormat", attribute.format);
        statement.child(attribute.values.iter().map(value).fold(element, Element::child))
    })
}

/// The unsigned response around an assertion in plain text or encrypted; an error has no assertion. `declares_xs`: the response has
/// attributes in plain text.
pub(super) fn response(facts: &Facts, status: &str, body: Option<Element>, declares_xs: bool) -> Element {
    let mut response = saml2p("Response")
        .with("Destination", &facts.destination)
        .with("ID", &facts.response_id)
        .with_some("InResponseTo", facts.in_response_to.as_deref())
        .with("IssueInstant", &instant(facts.issued))
        .with("Version", "2.0")
        .declared();
    if declares_xs {
        response = response.with("xmlns:xs", ns::XS);
    }
    let status = saml2p("Status").declared().child(saml2p("StatusCode").with("Value", status));
    let response = response.child(issuer(&facts.issuer)).child(status);
    match body {
        Some(body) => response.child(body),
        None => response,
    }
}

/// The `Issuer` of a message.
pub(super) fn issuer(value: &str) -> Element {
    saml2("Issuer").with("Format", ENTITY).declared().text(value)
}

pub(super) fn saml2(local: &str) -> Element {
    Element::new(ns::ASSERTION, &format!("saml2:{local}"))
}

pub(super) fn saml2p(local: &str) -> Element {
    Element::new(ns::PROTOCOL, &format!("saml2p:{local}"))
}

/// A message as a document, in base64.
pub(super) fn encoded(message: &Element) -> String {
    STANDARD.encode(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", message.wire()))
}

/// A page whose form posts a message at once; without script a person presses its button. `field` is `SAMLResponse` or `SAMLRequest`,
/// `value` is in base64. The form has RelayState even if it is empty, as at Okta.
pub(super) fn form(target: &str, field: &str, value: &str, relay_state: &str) -> HttpResponse {
    let body = format!(
        "<form id=\"appForm\" action=\"{}\" method=\"POST\"><input name=\"{field}\" type=\"hidden\" value=\"{}\">\
         <input name=\"RelayState\" type=\"hidden\" value=\"{}\"><button class=\"primary\" type=\"submit\">Continue</button>\
         </form><script src=\"/saml.js\"></script>",
        escape(target),
        escape(value),
        escape(relay_state),
    );
    html::page_with_script(StatusCode::OK, "Signing in", &body)
}

/// `/saml.js`: submits the form of such a page.
pub(super) async fn script() -> HttpResponse {
    let script = "document.getElementById('appForm').submit();\n";
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_milliseconds() {
        assert_eq!(instant(1_458_674_577_054), "2016-03-22T19:22:57.054Z");
        assert_eq!(instant(0), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn an_id_is_a_name() {
        let id = new_id();
        assert_eq!(id.len(), 28);
        assert!(id.strip_prefix("id").unwrap().bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(id, new_id());
    }
}
