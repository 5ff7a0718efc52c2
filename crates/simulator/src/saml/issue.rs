//! Issues a response for a person: the facts from the org's state, the signatures and the faults. The assertion is signed before it is
//! encrypted, and the response last.

mod wrap;

use openssl::error::ErrorStack;

use super::{
    encryption::encrypted,
    message::{self, Attribute, Facts, RESPONDER, SUCCESS},
    misbehavior::{Ready, SamlMisbehavior},
    request::SsoRequest,
    settings::NameIdFormat,
    signature::{Method, sign},
    state::SamlState,
    xml::Element,
};
use crate::{directory::Person, support::random};

/// Milliseconds before and after the time of issue in which an assertion is valid.
const LIFETIME: i64 = 300_000;
const HOUR: i64 = 3_600_000;

/// A response and the data that the org stores about it.
pub(super) struct Issued {
    pub(super) response: Element,
    pub(super) name_id: String,
    pub(super) session_index: String,
}

/// The response to a request. `groups`: names of the person's groups; `now`: milliseconds since 1970.
pub(super) fn issue(
    saml: &SamlState,
    request: &SsoRequest,
    person: &Person,
    groups: &[String],
    now: i64,
    ready: Option<&Ready>,
) -> Result<Issued, ErrorStack> {
    let settings = &saml.settings;
    let misbehavior = ready.map(|ready| &ready.misbehavior);
    let mut facts = facts(saml, request, person, groups, now);
    if let Some(misbehavior) = misbehavior {
        falsify(&mut facts, misbehavior);
    }
    let key = ready.and_then(|ready| ready.stranger.as_ref()).unwrap_or(&saml.active);
    let mut method =
        Method { key, signature: settings.signature_algorithm, digest: settings.digest_algorithm };
    if misbehavior == Some(&SamlMisbehavior::Sha1) {
        method = method.with_sha1();
    }
    let (response_signed, assertion_signed) = match misbehavior {
        Some(SamlMisbehavior::Unsigned) => (false, false),
        Some(SamlMisbehavior::OnlyResponseSigned) => (true, false),
        Some(
            SamlMisbehavior::OnlyAssertionSigned
            | SamlMisbehavior::WrappedBefore(_)
            | SamlMisbehavior::WrappedAround(_)
            | SamlMisbehavior::WrappedInExtensions(_)
            | SamlMisbehavior::WrappedInObject(_),
        ) => (false, true),
        Some(SamlMisbehavior::ErrorStatus) => (true, false),
        _ => (settings.response_signed, settings.assertion_signed),
    };
    let mut response = if misbehavior == Some(&SamlMisbehavior::ErrorStatus) {
        message::response(&facts, RESPONDER, None, false)
    } else {
        let mut assertion = message::assertion(&facts);
        if assertion_signed {
            sign(&mut assertion, method)?;
        }
        let body = match &settings.assertion_encryption {
            Some(encryption) => encrypted(&assertion, encryption)?,
            None => assertion,
        };
        let declares_xs = settings.assertion_encryption.is_none() && !facts.attributes.is_empty();
        message::response(&facts, SUCCESS, Some(body), declares_xs)
    };
    if response_signed {
        sign(&mut response, method)?;
    }
    if let Some(misbehavior) = misbehavior {
        wrap::after_signing(&mut response, &facts, misbehavior);
    }
    let Facts { name_id, session_index, .. } = facts;
    Ok(Issued { response, name_id, session_index })
}

/// An unsigned response with this status and no assertion.
pub(super) fn refusal(saml: &SamlState, request: &SsoRequest, now: i64, status: &str) -> Element {
    let nobody = Person::default();
    message::response(&facts(saml, request, &nobody, &[], now), status, None, false)
}

fn facts(saml: &SamlState, request: &SsoRequest, person: &Person, groups: &[String], now: i64) -> Facts {
    let settings = &saml.settings;
    let own = |url: &Option<String>| url.clone().unwrap_or_else(|| request.acs_url.clone());
    // Without a request the SessionIndex is the org's own (saml-facts §1.1).
    let session_index =
        request.in_response_to.clone().unwrap_or_else(|| format!("id{now}.{}", random::digits(9)));
    Facts {
        response_id: message::new_id(),
        assertion_id: message::new_id(),
        issuer: saml.issuer(),
        destination: own(&settings.destination_url),
        recipient: own(&settings.recipient_url),
        audience: settings.audience.clone(),
        in_response_to: request.in_response_to.clone(),
        issued: now,
        not_before: now.saturating_sub(LIFETIME),
        not_on_or_after: now.saturating_add(LIFETIME),
        name_id_format: settings.name_id_format.uri(),
        name_id: settings.application_username.of(person),
        session_index,
        attributes: attributes(saml, person, groups),
    }
}

fn attributes(saml: &SamlState, person: &Person, groups: &[String]) -> Vec<Attribute> {
    let plain = saml.settings.attributes.iter().map(|statement| Attribute {
        name: statement.name.clone(),
        format: statement.format.uri(),
        values: vec![statement.value.of(person)].into_iter().filter(|value| !value.is_empty()).collect(),
    });
    let of_groups = saml.settings.group_attributes.iter().map(|statement| Attribute {
        name: statement.name.clone(),
        format: statement.format.uri(),
        values: groups.iter().filter(|group| statement.filter.matches(group)).cloned().collect(),
    });
    plain.chain(of_groups).filter(|attribute| !attribute.values.is_empty()).collect()
}

/// Changes the facts before they are signed.
fn falsify(facts: &mut Facts, misbehavior: &SamlMisbehavior) {
    let elsewhere = || "https://elsewhere.example/saml/acs".to_owned();
    match misbehavior {
        SamlMisbehavior::WrongAudience => "https://elsewhere.example/saml".clone_into(&mut facts.audience),
        SamlMisbehavior::WrongRecipient => facts.recipient = elsewhere(),
        SamlMisbehavior::WrongDestination => facts.destination = elsewhere(),
        SamlMisbehavior::WrongIssuer => {
            facts.issuer = format!("http://www.okta.com/{}", random::okta_id("exk"));
        }
        SamlMisbehavior::Expired => move_time(facts, -HOUR),
        SamlMisbehavior::FromTheFuture => move_time(facts, HOUR),
        SamlMisbehavior::OtherInResponseTo => facts.in_response_to = Some(format!("_{}", random::digits(32))),
        SamlMisbehavior::NoInResponseTo => facts.in_response_to = None,
        SamlMisbehavior::TransientNameId => {
            facts.name_id_format = NameIdFormat::Transient.uri();
            facts.name_id = format!("_{}", random::word(32));
        }
        SamlMisbehavior::NameIdInUpperCase => facts.name_id = facts.name_id.to_uppercase(),
        _ => {}
    }
}

fn move_time(facts: &mut Facts, by: i64) {
    for instant in [&mut facts.issued, &mut facts.not_before, &mut facts.not_on_or_after] {
        *instant = instant.saturating_add(by);
    }
}
