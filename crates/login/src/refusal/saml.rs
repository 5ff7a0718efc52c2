//! Text of the page for refusals of SAML responses: the check that failed, for an administrator, with the field to look at; whom to ask,
//! for everybody else.

use actix_web::http::StatusCode;
use vestibule_web::pages::Refused;

const AGAIN: &str = "Start again from your app.";
const ASK: &str = "If it stays so, give your administrator the reference below.";

/// Text for a response that failed a check.
pub(super) fn failed(check: &str, reason: &str) -> Refused {
    let page = Refused::new(
        StatusCode::FORBIDDEN,
        "The answer of your identity provider was not accepted",
        format!("Your organisation's sign-in answered, but the answer failed a check, so you were not signed in. The check: {check}: {reason}."),
    )
    .advise(AGAIN)
    .advise(ASK);
    match advice(check) {
        Some(advice) => page.advise(format!("For administrators: {advice}")),
        None => page,
    }
}

/// What an administrator changes where a check fails. Labels are those of Okta; other providers have similar ones.
fn advice(check: &str) -> Option<&'static str> {
    Some(match check {
        "signature" | "digest" | "decrypted_signature" => {
            "the provider signs with a certificate that is not saved here, such as after its renewal. Save the current certificate (in Okta: the app's Sign On tab, SAML Signing Certificates)."
        }
        "signed" | "signature_place" => {
            "the provider must sign the assertion or the response (in Okta: SAML Settings, Response and Assertion Signature)."
        }
        "algorithms" => {
            "the provider must sign with SHA-256 or better (in Okta: SAML Settings, Signature Algorithm and Digest Algorithm)."
        }
        "issuer" => {
            "the issuer saved here must be the provider's, letter by letter (in Okta: the app's Sign On tab, Issuer)."
        }
        "audience" => {
            "Audience URI (SP Entity ID) in Okta must be the entity ID of this workspace, letter by letter."
        }
        "destination" | "confirmation" => {
            "Single sign-on URL in Okta must be the ACS URL of this workspace, letter by letter, and Use this for Recipient URL and Destination URL must be checked."
        }
        "conditions" | "issue_instant" | "authn_statement" => {
            "compare the clocks: the provider's and this server's must not differ by more than a minute."
        }
        "name_id" => {
            "Name ID format in Okta must be Unspecified, EmailAddress or Persistent, with a value for this person."
        }
        "status" => "the provider refused the sign-in; its own log says why.",
        _ => return None,
    })
}

/// Text for a response that answers no request, where those are refused.
pub(super) fn unsolicited() -> Refused {
    Refused::new(
        StatusCode::FORBIDDEN,
        "Start from the app",
        "This sign-in began at your identity provider, and this workspace accepts only sign-ins that begin here.",
    )
    .advise("Open the app's own address and sign in there.")
    .advise("An administrator can allow it: Unsolicited responses, in the settings of the SAML connection.")
}

/// Text for a provider that answers as if no request came.
pub(super) fn endless() -> Refused {
    Refused::new(
        StatusCode::BAD_GATEWAY,
        "Your identity provider does not read our request",
        "It was asked to sign you in, and answered as if nobody had asked, twice in half a minute.",
    )
    .advise("For administrators: the sign-in URL saved here must be the app's Single Sign-On URL; in Okta not its App Embed Link.")
    .advise(ASK)
}
