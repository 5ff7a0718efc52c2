//! What each check of a SAML response means: a title that is true if it passes, and what to change if it fails. The refusal page and the
//! report of a test sign-in use the same sentences. Labels are those of Okta; other providers have similar ones. Nothing here quotes a
//! response.

use vestibule_core::time::rfc3339;
use vestibule_store::providers::{saml_certificates::SamlCertificate, saml_connections::SamlConnection};

/// Sentence that is true if the check passes. `None`: there is no such check.
pub(crate) fn title(check: &str) -> Option<&'static str> {
    Some(match check {
        "form" => "The response can be read",
        "encoding" => "It is UTF-8 text",
        "markup" => "It has no DTD, comment or processing instruction",
        "well_formed" => "It is well-formed XML of limited size",
        "root" => "It is a SAML 2.0 response",
        "status" => "The provider reports success",
        "one_assertion" => "It has one assertion",
        "order" => "Its elements are in the order of the schema",
        "ids" => "No ID is repeated",
        "signature_place" => "Each signature is inside the element that it signs",
        "signature_form" => "Each signature has the parts that it must have, and no others",
        "reference" => "Each signature refers to the element that contains it",
        "transforms" => "Each signature uses exclusive canonicalization",
        "algorithms" => "It is signed with SHA-256 or better",
        "signature" => "The key of a trusted certificate has signed it",
        "digest" => "Nothing was changed after it was signed",
        "decryption" => "The encrypted assertion can be decrypted",
        "decrypted_form" => "The decrypted assertion is one assertion",
        "decrypted_signature" => "The key of a trusted certificate has signed the decrypted assertion",
        "signed" => "A signature covers the assertion",
        "destination" => "It was sent to this address (Destination)",
        "issuer" => "It comes from the connection's issuer",
        "version" => "The assertion is of SAML 2.0",
        "name_id" => "It names a person (NameID)",
        "confirmation" => "It may be presented here and now (Recipient)",
        "in_response_to" => "Response and confirmation answer the same request",
        "conditions" => "It is valid now",
        "audience" => "It is for this service provider (Audience)",
        "issue_instant" => "It was issued just now",
        "authn_statement" => "The person has authenticated, and not in the future",
        "session_end" => "The provider's session has not ended",
        "attributes" => "Each attribute has a name",
        _ => return None,
    })
}

/// What an administrator changes where a check fails. `None`: there is no such check.
pub(crate) fn advice(check: &str) -> Option<&'static str> {
    Some(match check {
        "form" | "encoding" => {
            "The request is no response as a browser posts it. Try again without programs between browser and server that change forms."
        }
        "markup" | "well_formed" | "root" | "one_assertion" | "order" | "ids" | "signature_form"
        | "reference" | "transforms" | "version" | "decrypted_form" => {
            "No known SAML provider sends such a response. It may have been changed on its way; if it keeps happening, the administrator of the provider must correct how it writes or signs responses."
        }
        "status" => {
            "The provider refused the sign-in, and its own log says why (in Okta: Reports, System Log). In Okta the person must be assigned to the app: Assignments."
        }
        "signature" | "decrypted_signature" => {
            "The provider signs with a certificate that is not trusted here, such as after its renewal. Save the current certificate (in Okta: the app's Sign On tab, SAML Signing Certificates), or trust the one that waits."
        }
        "digest" => {
            "The response was changed after it was signed, on its way through the browser. Try again without programs between browser and server that change forms."
        }
        "signed" | "signature_place" => {
            "The provider must sign the assertion or the response (in Okta: SAML Settings, Show Advanced Settings, Response and Assertion Signature must be Signed)."
        }
        "algorithms" => {
            "The provider must sign with SHA-256 or better (in Okta: SAML Settings, Show Advanced Settings, Signature Algorithm must be RSA-SHA256 and Digest Algorithm SHA256)."
        }
        "decryption" => {
            "The provider encrypts with a certificate that is not ours, or with an algorithm that we refuse (in Okta: SAML Settings, Show Advanced Settings, Encryption Certificate must be the one of our metadata, with AES-GCM and RSA-OAEP; or Assertion Encryption must be Unencrypted)."
        }
        "issuer" => {
            "The issuer saved here must be the provider's, letter by letter (in Okta: the app's Sign On tab, Issuer)."
        }
        "audience" => {
            "Audience URI (SP Entity ID) in Okta must be the entity ID of this connection, letter by letter."
        }
        "destination" | "confirmation" => {
            "Single sign-on URL in Okta must be the ACS URL of this workspace, letter by letter, and Use this for Recipient URL and Destination URL must be ticked."
        }
        "in_response_to" => {
            "The response must answer the request that was sent. The sign-on URL saved here must be the app's Identity Provider Single Sign-On URL; in Okta not its App Embed Link."
        }
        "conditions" | "issue_instant" | "authn_statement" | "session_end" => {
            "Compare the clocks: the provider's and this server's must not differ by more than a minute."
        }
        "name_id" => {
            "Name ID format in Okta must be Unspecified, EmailAddress or Persistent, and Application username must have a value for this person."
        }
        "attributes" => {
            "In Okta, each row of Attribute Statements and Group Attribute Statements must have a name."
        }
        _ => return None,
    })
}

/// What an administrator changes where a check of a logout message fails. `None`: the fault is in the message itself.
pub(crate) fn logout_advice(check: &str) -> Option<&'static str> {
    Some(match check {
        "signature" => {
            "The provider must sign its logout messages, with the key of a certificate that is trusted here, and with SHA-256 or better."
        }
        "destination" => {
            "The provider must send logout messages to the Single Logout URL of this workspace, letter by letter (in Okta: SAML Settings, Show Advanced Settings, Enable Single Logout)."
        }
        "issuer" => "The issuer saved here must be the provider's, letter by letter.",
        "instants" => {
            "Compare the clocks: the provider's and this server's must not differ by more than a minute."
        }
        "name_id" => "The provider must name the person by a NameID that is not encrypted.",
        _ => return None,
    })
}

/// A clause about the provider's certificates, for a response that none of the trusted ones has signed.
pub(crate) fn about_certificates(connection: &SamlConnection, certificates: &[SamlCertificate]) -> String {
    let waiting = certificates.iter().filter(|one| one.trusted_at.is_none());
    if let Some(newest) = waiting.max_by_key(|one| one.created_at) {
        let at = rfc3339(newest.created_at);
        return format!(
            "a newer certificate of the provider, read from its metadata on {at}, waits to be trusted"
        );
    }
    match connection.metadata_read_at {
        Some(at) if !connection.metadata_url.is_empty() => {
            format!("the provider's metadata was last read on {}", rfc3339(at))
        }
        _ => "no metadata URL is saved, so a renewed certificate has to be saved by hand".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use vestibule_saml::response::checks;

    use super::*;

    #[test]
    fn each_check_has_a_title_of_its_own_and_advice() {
        let mut titles = std::collections::BTreeSet::new();
        for (name, _) in checks() {
            let title = title(name).unwrap_or_else(|| panic!("{name} has no title"));
            assert!(titles.insert(title), "{title} is repeated");
            assert!(advice(name).is_some_and(|advice| advice.ends_with('.')), "{name} has no advice");
        }
        assert_eq!(titles.len(), checks().count());
        assert_eq!((title("other"), advice("other")), (None, None));
    }
}
