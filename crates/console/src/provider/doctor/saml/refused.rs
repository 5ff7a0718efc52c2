//! Findings about refused sign-ins of a SAML connection, by the check that failed or the reason, each with the field in Okta.

use super::{super::facts::Refused, Bad, Finding, Note, Saml, Warn, advanced, finding, here, settings};

/// The finding of refusals with this check or reason. `None`: they need no change of settings, or a later sign-in has succeeded.
pub(super) fn judge(saml: &Saml, why: &str, refused: &Refused) -> Option<Finding> {
    let times = match refused.times {
        1 => "once".to_owned(),
        many => format!("{many} times"),
    };
    let told = |id, weight, saw: &str, means: &str| {
        finding(id, weight, &format!("{saw} ({times} in the last week)."), means).at(refused.at)
    };
    let detail = refused.detail.as_str();
    let response =
        |id, weight, means: &str| told(id, weight, &format!("a response was refused: {detail}"), means);
    if let Some(found) = of_person(why, &told) {
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
                None => found
                    .go("Okta: Sign On › SAML Signing Certificates: copy the Metadata URL, or download the active certificate, and save it here"),
            }
        }
        "digest" => response("saml_changed", Warn, "The response was changed after it was signed, on its way through the browser.")
            .go("Try again without programs that change what a browser sends"),
        "signed" | "signature_place" => response("saml_unsigned", Bad, "A response is accepted only if the key of a trusted certificate signed it.")
            .put(advanced("Response"), "Signed")
            .put(advanced("Assertion Signature"), "Signed"),
        "algorithms" => response("saml_algorithms", Bad, "SHA-1 is insecure and not accepted.")
            .put(advanced("Signature Algorithm"), "RSA-SHA256")
            .put(advanced("Digest Algorithm"), "SHA256"),
        "decryption" | "decrypted_form" => {
            response("saml_encryption", Bad, "The assertion can't be decrypted here.").put(advanced("Assertion Encryption"), "Unencrypted")
        }
        "audience" => response("saml_audience", Bad, "The assertion was issued for another service provider.")
            .put(settings("Audience URI (SP Entity ID)"), &saml.entity_id),
        // A confirmation has an end, too.
        "confirmation" if detail.contains(" ended at ") => clock(response("saml_clock", Bad, CLOCK)),
        "conditions" | "issue_instant" | "authn_statement" | "session_end" => clock(response("saml_clock", Bad, CLOCK)),
        "destination" | "confirmation" => response("saml_acs", Bad, "The response was issued for another address than this workspace's.")
            .put(settings("Single sign-on URL"), &saml.acs_url)
            .go(settings("Use this for Recipient URL and Destination URL: tick it")),
        "issuer" => response("saml_issuer", Bad, "The response names another issuer than the one saved here.")
            .put(here("Issuer, now"), &saml.connection.issuer)
            .go("Okta: Sign On › View SAML setup instructions › Identity Provider Issuer: copy it"),
        "name_id" => response("saml_name_id", Bad, "The NameID identifies nobody: it is empty, or another one at each sign-in.")
            .put(settings("Name ID format"), "EmailAddress")
            .put(settings("Application username"), "Email"),
        "status" => response("saml_status", Warn, "The provider refused the sign-in.")
            .go("Okta: Assignments: assign the person or their group")
            .go("Okta: Reports › System Log: the reason"),
        "in_response_to" => response("saml_request", Bad, "The response does not answer the request that was sent.")
            .put(here("Single Sign-On URL, now"), &saml.connection.sso_url)
            .go("Okta: Sign On › View SAML setup instructions › Identity Provider Single Sign-On URL: copy it"),
        "unsolicited" => told(
            "saml_unsolicited",
            Note,
            "a sign-in was started at the provider and not here",
            "Okta's dashboard and its App Embed Link do that. This connection refuses it.",
        )
        .go(here("Unsolicited responses: let them start a sign-in of this workspace's own"))
        .go("If the person began here, Okta: Sign On › View SAML setup instructions › Identity Provider Single Sign-On URL must be saved here"),
        "other_browser" | "spent" | "connection_changed" | "raced" | "busy" | "switched_off" | "malformed" => return None,
        _ => response("saml_response", Note, "No known provider sends such a response; anybody can post such a form.")
            .go("Requests: open the newest refused sign-in"),
    })
}

const CLOCK: &str =
    "The provider's clock and the clock here differ by more than a minute, or the person took too long.";

fn clock(found: Finding) -> Finding {
    found.go("Ask the operator to compare the server's clock with the provider's: both times are above")
}

/// Findings about refused people whose response passed all checks. A later sign-in of somebody else does not end these findings.
fn of_person(
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
        .go("Okta: Assignments: assign the person or their group; if they are assigned, Provisioning › To App › Create Users must be ticked")
        .go(here("Just-in-time provisioning")),
        "domain_not_verified" => told(
            "domain_not_verified",
            Bad,
            "a person authenticated at the provider under a domain that is not verified here",
            "A user name or e-mail address is used only under a domain that you have verified.",
        )
        .go("Settings, E-mail domains: add the domain and its TXT record"),
        "shared_uid" => told(
            "saml_shared_uid",
            Bad,
            "a person signed in with a UID that several users have",
            "The UID matches a person who signs in to one user of SCIM, so each user must have a value of their own.",
        )
        .go("Okta: Provisioning › To App › Attribute Mappings: the attribute that the UID is compared with must differ from person to person"),
        "other_spelling" => told(
            "saml_spelling",
            Warn,
            "a person's NameID differs in letter case from the one that the user is linked to",
            "A NameID is compared letter by letter, because a provider can have two people whose names differ only in letter case.",
        )
        .go(settings("Application username: choose a value whose letter case does not change"))
        .go("The page of sign-in conflicts here: link the new spelling, if it is the same person"),
        "not_fresh" => told(
            "saml_force_authn",
            Warn,
            "the provider did not authenticate a person again although ForceAuthn was requested",
            "After an end of access, and where a maximum age of the authentication is set, the person has to authenticate again.",
        )
        .put(advanced("Honor Force Authentication"), "Yes")
        .go("App of the catalog, Okta: Sign On › Disable Force Authentication: untick it"),
        _ => return None,
    })
}
