//! What each check of a SAML response means: a title that is true if it passes, and what to change if it fails. The refusal page and the
//! report of a test sign-in use the same sentences, with the labels of the provider. Nothing here quotes a response.

use vestibule_core::{providers::Provider, time::rfc3339};
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

/// What an administrator changes where a check fails, in the labels of the provider. `None`: there is no such check.
pub(crate) fn advice(provider: &Provider, check: &str) -> Option<String> {
    let (name, saml) = (provider.name, provider.saml);
    let advanced = |settings: &[(&str, &str)]| {
        let labels: Vec<_> = settings.iter().map(|(label, _)| *label).collect();
        let text = match settings.first() {
            Some((_, first)) if settings.iter().all(|(_, value)| value == first) => {
                format!("{} must be {first}", labels.join(" and "))
            }
            _ => {
                let each = settings.iter().map(|(label, value)| format!("{label} must be {value}"));
                each.collect::<Vec<_>>().join(", ")
            }
        };
        provider.clause(&format!("{}{text}", saml.advanced))
    };
    Some(match check {
        "form" | "encoding" => {
            "The request is no response as a browser posts it. Try again without programs between browser and server that change forms.".to_owned()
        }
        "markup" | "well_formed" | "root" | "one_assertion" | "order" | "ids" | "signature_form"
        | "reference" | "transforms" | "version" | "decrypted_form" => {
            "No known SAML provider sends such a response. It may have been changed on its way; if it keeps happening, the administrator of the provider must correct how it writes or signs responses.".to_owned()
        }
        "status" => format!(
            "The provider refused the sign-in, and its own log says why{}. The person must be allowed to use the app{}.",
            provider.clause(saml.log),
            provider.clause(saml.admit)
        ),
        "signature" | "decrypted_signature" => format!(
            "The provider signs with a certificate that is not trusted here, such as after its renewal. Save the current certificate{}, or trust the one that waits.",
            provider.clause(saml.certificates)
        ),
        "digest" => {
            "The response was changed after it was signed, on its way through the browser. Try again without programs between browser and server that change forms.".to_owned()
        }
        "signed" | "signature_place" => {
            format!("The provider must sign the assertion or the response{}.", advanced(saml.signs))
        }
        "algorithms" => format!("The provider must sign with SHA-256 or better{}.", advanced(saml.algorithms)),
        "decryption" => format!(
            "The provider encrypts with a certificate that is not ours, or with an algorithm that we refuse. It must use the certificate of our metadata, with AES-GCM and RSA-OAEP, or not encrypt{}.",
            advanced(&[saml.unencrypted])
        ),
        "issuer" => format!(
            "The issuer saved here must be the provider's, letter by letter{}.",
            provider.clause(saml.issuer)
        ),
        "audience" => format!(
            "{} in {name} must be the entity ID of this connection, letter by letter.",
            saml.entity_id
        ),
        "destination" | "confirmation" => format!(
            "{} in {name} must be the ACS URL of this workspace, letter by letter{}.",
            saml.acs_url,
            if saml.acs_also.is_empty() { String::new() } else { format!(", and {}", saml.acs_also) }
        ),
        "in_response_to" => format!(
            "The response must answer the request that was sent. The sign-on URL saved here must be the one of the app{}{}.",
            provider.clause(saml.sso_url),
            not_embed_link(provider)
        ),
        "conditions" | "issue_instant" | "authn_statement" | "session_end" => {
            "Compare the clocks: the provider's and this server's must not differ by more than a minute.".to_owned()
        }
        "name_id" => format!(
            "{} in {name} must be {}, and {} must have a value for this person.",
            saml.name_id_format, saml.formats, saml.name_id.0
        ),
        "attributes" => format!("Each attribute must have a name{}.", provider.clause(saml.attributes)),
        _ => return None,
    })
}

/// A clause against an address that looks like the sign-on URL; empty where the provider has none.
pub(crate) fn not_embed_link(provider: &Provider) -> String {
    match provider.saml.not_sso_url {
        "" => String::new(),
        link => format!("; in {} not its {link}", provider.name),
    }
}

/// How to have a person authenticated again, where the provider did not do so.
pub(crate) fn force_authn(provider: &Provider) -> String {
    match provider.saml.force_authn {
        "" => {
            format!("{} must authenticate the person again where a request has ForceAuthn.", provider.label)
        }
        place => format!("In {}: {}{place}.", provider.name, provider.saml.advanced),
    }
}

/// What an administrator changes where a check of a logout message fails. `None`: the fault is in the message itself.
pub(crate) fn logout_advice(provider: &Provider, check: &str) -> Option<String> {
    Some(match check {
        "signature" => {
            "The provider must sign its logout messages, with the key of a certificate that is trusted here, and with SHA-256 or better.".to_owned()
        }
        "destination" => format!(
            "The provider must send logout messages to the Single Logout URL of this workspace, letter by letter{}.",
            provider.clause(if provider.saml.slo.is_empty() { provider.saml.slo_url } else { provider.saml.slo })
        ),
        "issuer" => "The issuer saved here must be the provider's, letter by letter.".to_owned(),
        "instants" => {
            "Compare the clocks: the provider's and this server's must not differ by more than a minute.".to_owned()
        }
        "name_id" => "The provider must name the person by a NameID that is not encrypted.".to_owned(),
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
    use vestibule_core::providers::PROVIDERS;
    use vestibule_saml::response::checks;

    use super::*;

    #[test]
    fn each_check_has_a_title_of_its_own_and_advice() {
        let mut titles = std::collections::BTreeSet::new();
        for (name, _) in checks() {
            let title = title(name).unwrap_or_else(|| panic!("{name} has no title"));
            assert!(titles.insert(title), "{title} is repeated");
            for provider in &PROVIDERS {
                let advice = advice(provider, name).unwrap_or_else(|| panic!("{name} has no advice"));
                assert!(advice.ends_with('.') && !advice.contains(".."), "{advice}");
                assert!(provider.is_okta() || !advice.contains("Okta"), "{}: {advice}", provider.name);
            }
        }
        assert_eq!(titles.len(), checks().count());
        assert_eq!((title("other"), advice(&PROVIDERS[0], "other")), (None, None));
    }
}
