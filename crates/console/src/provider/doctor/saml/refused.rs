//! Findings about refused sign-ins of a SAML connection, by the check that failed or the reason, each with the field of the provider.

use vestibule_core::providers::Provider;

use super::{
    super::history::Refused, Bad, Finding, Note, Saml, Warn, advanced, certificates, finding, here, settings,
};

/// The finding of refusals with this check or reason. `None`: they need no change of settings, or a later sign-in has succeeded.
pub(super) fn judge(saml: &Saml, why: &str, refused: &Refused) -> Option<Finding> {
    let times = match refused.times {
        1 => "once".to_owned(),
        many => format!("{many} times"),
    };
    let told = |id, weight, saw: &str, means: &str| {
        finding(id, weight, &format!("{saw} ({times} in the last week)."), means).refused(refused)
    };
    let detail = refused.detail.as_str();
    let response =
        |id, weight, means: &str| told(id, weight, &format!("a response was refused: {detail}"), means);
    let at = saml.at();
    let copy = |place: &str| at.place(&format!("{place}: copy it"));
    if let Some(found) = of_person(at, why, &told) {
        return Some(found);
    }
    if saml.history.has_signed_in_since(refused.at) {
        return None;
    }
    Some(match why {
        "signature" | "decrypted_signature" => {
            let found = response(
                "saml_signature",
                Bad,
                "The provider signs with a certificate that is not trusted here, such as after its renewal; or the response came from another provider.",
            );
            match saml.certificates.iter().find(|certificate| certificate.trusted_at.is_none()) {
                Some(waiting) => found.put(here("trust the certificate that waits, if the provider shows the same SHA-256 fingerprint"), &waiting.fingerprint),
                None => found.go(certificates::copy(at)),
            }
        }
        "digest" => response(
            "saml_changed",
            Warn,
            "The response was changed after it was signed, on its way through the browser.",
        )
        .go("Try again without programs that change what a browser sends"),
        "signed" | "signature_place" => each(
            at,
            response(
                "saml_unsigned",
                Bad,
                "A response is accepted only if the key of a trusted certificate signed it.",
            ),
            at.saml.signs,
        ),
        "algorithms" => each(
            at,
            response("saml_algorithms", Bad, "SHA-1 is insecure and not accepted."),
            at.saml.algorithms,
        ),
        "decryption" | "decrypted_form" => each(
            at,
            response("saml_encryption", Bad, "The assertion can't be decrypted here."),
            &[at.saml.unencrypted],
        ),
        "audience" => {
            response("saml_audience", Bad, "The assertion was issued for another service provider.")
                .put(settings(at, at.saml.entity_id), &saml.entity_id)
        }
        // A confirmation has an end, too.
        "confirmation" if detail.contains(" ended at ") => clock(response("saml_clock", Bad, CLOCK)),
        "conditions" | "issue_instant" | "authn_statement" | "session_end" => {
            clock(response("saml_clock", Bad, CLOCK))
        }
        "destination" | "confirmation" => {
            let found = response(
                "saml_acs",
                Bad,
                "The response was issued for another address than this workspace's.",
            )
            .put(settings(at, at.saml.acs_url), &saml.acs_url);
            if at.saml.acs_also.is_empty() { found } else { found.go(settings(at, at.saml.acs_also)) }
        }
        "issuer" => {
            response("saml_issuer", Bad, "The response names another issuer than the one saved here.")
                .put(here("Issuer, now"), &saml.connection.issuer)
                .go(copy(at.saml.issuer))
        }
        "name_id" => response(
            "saml_name_id",
            Bad,
            "The NameID identifies nobody: it is empty, or another one at each sign-in.",
        )
        .put(settings(at, at.saml.name_id_format), at.saml.format)
        .put(settings(at, at.saml.name_id.0), at.saml.name_id.1),
        "status" => response("saml_status", Warn, "The provider refused the sign-in.")
            .go(at.place(at.saml.admit))
            .go(at.place(&format!("{}: the reason", at.saml.log))),
        "in_response_to" => {
            response("saml_request", Bad, "The response does not answer the request that was sent.")
                .put(here("Single Sign-On URL, now"), &saml.connection.sso_url)
                .go(copy(at.saml.sso_url))
        }
        "unsolicited" => told(
            "saml_unsolicited",
            Note,
            "a sign-in was started at the provider and not here",
            if at.is_okta() {
                "Okta's dashboard and its App Embed Link do that. This connection refuses it."
            } else {
                "The provider's dashboard does that. This connection refuses it."
            },
        )
        .go(here("Unsolicited responses: let them start a sign-in of this workspace's own"))
        .go(format!("If the person began here, {} must be saved here", at.place(at.saml.sso_url))),
        "other_browser" | "spent" | "connection_changed" | "raced" | "busy" | "switched_off"
        | "malformed" => return None,
        _ => response(
            "saml_response",
            Note,
            "No known provider sends such a response; anybody can post such a form.",
        )
        .go("Requests: open the newest refused sign-in"),
    })
}

const CLOCK: &str =
    "The provider's clock and the clock here differ by more than a minute, or the person took too long.";

fn clock(found: Finding) -> Finding {
    found.go("Ask the operator to compare the server's clock with the provider's: both times are above")
}

/// Adds settings of signatures and encryption.
fn each(at: &Provider, found: Finding, settings: &[(&'static str, &'static str)]) -> Finding {
    settings.iter().fold(found, |found, (label, value)| found.put(advanced(at, label), *value))
}

/// Findings about refused people whose response passed all checks. A later sign-in of somebody else does not end these findings.
fn of_person(
    at: &Provider,
    reason: &str,
    told: &impl Fn(&'static str, super::Weight, &str, &str) -> Finding,
) -> Option<Finding> {
    Some(match reason {
        "not_provisioned" => told(
            "not_provisioned",
            Bad,
            "a person authenticated at the provider and is not provisioned here",
            "No user with this name was provisioned, and just-in-time provisioning is off.",
        )
        .go(at.place(&format!("{}; if they are assigned, {}", at.scim.admit, at.scim.creates)))
        .go(here("Just-in-time provisioning")),
        "domain_not_verified" => told(
            "domain_not_verified",
            Bad,
            "a person authenticated at the provider under a domain that is not verified here",
            "A user name or email address is used only under a domain that you have verified.",
        )
        .go("Settings, Email domains: add the domain and its TXT record"),
        "shared_uid" => told(
            "saml_shared_uid",
            Bad,
            "a person signed in with a UID that several users have",
            "The UID matches a person who signs in to one user of SCIM, so each user must have a value of their own.",
        )
        .go(at.place(&format!("{}: the attribute that the UID is compared with must differ from person to person", at.scim.mappings))),
        "other_spelling" => told(
            "saml_spelling",
            Warn,
            "a person's NameID differs in letter case from the one that the user is linked to",
            "A NameID is compared letter by letter, because a provider can have two people whose names differ only in letter case.",
        )
        .go(settings(at, &format!("{}: choose a value whose letter case does not change", at.saml.name_id.0)))
        .go("The page of sign-in conflicts here: link the new spelling, if it is the same person"),
        "not_fresh" => told(
            "saml_force_authn",
            Warn,
            "the provider did not authenticate a person again although ForceAuthn was requested",
            "After an end of access, and where a maximum age of the authentication is set, the person has to authenticate again.",
        )
        .go(match at.saml.force_authn {
            "" => at.place("let it authenticate the person again where a request has ForceAuthn"),
            place => advanced(at, place),
        }),
        _ => return None,
    })
}
