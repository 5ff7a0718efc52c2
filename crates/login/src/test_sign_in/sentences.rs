//! Sentences of the report of a test sign-in: what each check means, and which field in Okta or here to change.

use vestibule_core::sets::ProviderKind;

use crate::{provider::ProviderError, refusal::Refusal};

/// Sentence that is true if the check passes.
pub(super) fn title(check: &str) -> &'static str {
    match check {
        "form" => "The ID token can be read",
        "members" => "No member is repeated",
        "typ" => "It is an ID token and no other kind",
        "alg" => "It is signed with RS256 or ES256",
        "crit" => "No unsupported extensions",
        "signature" => "A key that the issuer publishes has signed it",
        "iss" => "It comes from the connection's issuer",
        "aud" => "It is for this app alone",
        "azp" => "It was given to this app",
        "sub" => "It names a person",
        "tid" => "It is of the tenant in the issuer",
        "hd" => "The account is of a domain of this workspace",
        "exp" => "It has not expired",
        "iat" => "It was issued just now",
        "nbf" => "It is valid already",
        "nonce" => "It is the answer to this very sign-in",
        "at_hash" => "The access token belongs to it",
        "c_hash" => "The code belongs to it",
        "auth_time" => "The person authenticated recently enough",
        "session_expiry" => "A session may begin",
        _ => "A further check",
    }
}

/// What to change if a check fails.
pub(super) fn advice(kind: ProviderKind, check: &str) -> Option<&'static str> {
    match check {
        "iss" | "aud" | "azp" | "alg" | "signature" | "auth_time" if kind != ProviderKind::Okta => None,
        "iss" => Some(
            "In Okta, the app's Sign On tab: Issuer must be the Okta URL whose domain is saved here, or save here the one that Okta shows.",
        ),
        "aud" | "azp" => Some(
            "Paste the Client ID from the app's General tab in Okta again. A custom authorization server must not add audiences to ID tokens.",
        ),
        "alg" => Some("In Okta, the app's ID token must be signed with RS256."),
        "signature" => Some(
            "Compare the Okta domain here with the app's Issuer in Okta: the keys are those of the saved domain.",
        ),
        "exp" | "iat" | "nbf" => Some(
            "Compare the clocks: the provider's and this server's must not differ by more than a minute.",
        ),
        "tid" => Some(
            "Save the issuer with the id of the tenant whose people sign in, as Entra's overview page shows it.",
        ),
        "hd" => Some(
            "Only accounts of an organization whose domain this workspace has verified can sign in, and no consumer accounts: verify the domain under Settings.",
        ),
        "auth_time" => Some(
            "The workspace limits how long ago people may have authenticated; in Okta, an Authentication policy of the app can require them to authenticate again.",
        ),
        _ => None,
    }
}

/// What to change if Okta refuses the token request.
pub(super) fn advice_for(kind: ProviderKind, error: &ProviderError) -> Option<&'static str> {
    if kind != ProviderKind::Okta {
        return None;
    }
    match error {
        ProviderError::Exchange(refusal) if refusal.code == "invalid_client" => Some(
            "In Okta, the app's General tab, Client Credentials: Client authentication must be the method chosen here, with this Client ID and Client secret, or with the key set at /.well-known/jwks.json.",
        ),
        // Okta says it in the code, or only in the description.
        ProviderError::Exchange(refusal)
            if refusal.code == "invalid_dpop_proof" || refusal.description.contains("DPoP") =>
        {
            Some(
                "In Okta, the app's General tab, Require Demonstrating Proof of Possession (DPoP) header in token requests must be as chosen here.",
            )
        }
        ProviderError::Exchange(refusal) if refusal.is_about_the_code() => Some(
            "Okta accepted the Client ID and its secret or key, but not the code: test again, and if it keeps happening, Sign-in redirect URIs in Okta must have the one on this workspace's Okta page, letter by letter.",
        ),
        ProviderError::CheckFailed { check: "token_type", .. } => Some(
            "In Okta, the app's General tab, Require Demonstrating Proof of Possession (DPoP) header in token requests must be as chosen here.",
        ),
        _ => None,
    }
}

/// Step at which a test ended before an ID token was checked.
pub(super) fn step(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Provider { .. } => "The provider accepts the person",
        Refusal::Mixed => "The answer comes from the issuer that was asked",
        Refusal::Answer(ProviderError::Exchange(_)) => "The provider accepts our code and our credentials",
        Refusal::Answer(ProviderError::NotCalled(_)) => {
            "The provider is at an address that this service calls"
        }
        Refusal::Answer(_) => "The provider answers as an OpenID provider",
        _ => "The answer is complete",
    }
}

/// How the person was matched to a user.
pub(super) fn recognised(how: &str) -> &'static str {
    match how {
        "identity" => "as who they have signed in before",
        "external_id" => "because SCIM provisioned that user under the same id",
        "uid" => "because the UID attribute names that user",
        _ => "because the name is under a verified domain",
    }
}
