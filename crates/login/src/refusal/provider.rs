//! Text of the page for refusals that the identity provider causes: its error responses (OpenID Connect Core §3.1.2.6, RFC 6749
//! §4.1.2.1, okta-facts §5.6), and responses that are not accepted. Names of fields in Okta are spelled as Okta does.

use actix_web::http::StatusCode;
use vestibule_web::pages::Refused;

use crate::provider::ProviderError;

const AGAIN: &str = "Start again from your app or from your Okta dashboard.";

/// Name of an error response in logs, metrics and events: one of a fixed list, because a provider may send any text.
pub(super) fn name(error: &str) -> &'static str {
    let names = [
        "access_denied",
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
        "invalid_scope",
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "server_error",
        "temporarily_unavailable",
    ];
    names.into_iter().find(|name| *name == error).unwrap_or("provider_error")
}

/// Text for an error response.
pub(super) fn error(error: &str, description: &str) -> Refused {
    let says = match description {
        "" => format!("Okta says: {error}"),
        description => format!("Okta says: {description} ({error})"),
    };
    match name(error) {
        "access_denied" => Refused::new(StatusCode::FORBIDDEN, "Okta did not let you in", says)
            .advise("Ask your Okta administrator to assign you to this app in Okta: the app's Assignments tab.")
            .advise("If you are assigned, an Authentication policy of the app may have turned you away."),
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            Refused::new(StatusCode::FORBIDDEN, "Okta wants to ask you something first", says)
                .advise("Sign in to Okta, then start again from your Okta dashboard.")
                .advise("If Okta asks for consent, an administrator can switch off Require consent in the app.")
        }
        "invalid_scope" => {
            Refused::new(StatusCode::BAD_GATEWAY, "Okta does not allow what Vestibule asks for", says).advise(
                "An administrator should allow the scopes openid, profile and email to the app in Okta, and groups if a groups claim is set here.",
            )
        }
        "invalid_request" | "unauthorized_client" | "unsupported_response_type" => {
            Refused::new(StatusCode::BAD_GATEWAY, "The app in Okta is not set up for this", says)
                .advise("In Okta, under General Settings, Grant type must have Authorization Code.")
                .advise("In Okta, Sign-in redirect URIs must have the one on the workspace's Okta page, letter by letter.")
        }
        "server_error" | "temporarily_unavailable" => {
            Refused::new(StatusCode::BAD_GATEWAY, "Okta is having trouble", says)
                .advise("Try again in a few minutes.")
                .advise("If it stays so, look at status.okta.com, or give your administrator the reference below.")
        }
        _ => Refused::new(StatusCode::BAD_GATEWAY, "Okta could not sign you in", says)
            .advise(AGAIN)
            .advise("If it stays so, give your administrator the reference below."),
    }
}

/// Text for a response that is not accepted.
pub(super) fn answer(error: &ProviderError) -> Refused {
    match error {
        ProviderError::NotCalled(_) => Refused::new(
            StatusCode::BAD_GATEWAY,
            "Vestibule does not call this Okta",
            "Identity providers are called over https and at public addresses only, and the workspace's is not such a one.",
        )
        .advise("An administrator should compare the Okta domain with the Issuer that Okta shows."),
        ProviderError::Unreachable(_) => Refused::new(
            StatusCode::BAD_GATEWAY,
            "Okta did not answer",
            "Vestibule could not reach the workspace's Okta, or it did not answer as an OpenID provider.",
        )
        .advise("Try again in a minute.")
        .advise("If it stays so, an administrator should compare the Okta domain with the Issuer that Okta shows."),
        ProviderError::Exchange(refusal) if refusal.is_about_the_code() => Refused::new(
            StatusCode::BAD_GATEWAY,
            "Okta refused the sign-in code",
            "Okta knows Vestibule, and did not take the code of this sign-in: it had expired, was used already, or was given for another redirect URI.",
        )
        .advise(AGAIN)
        .advise("If it stays so, an administrator should compare Sign-in redirect URIs in Okta with the one on the workspace's Okta page, letter by letter."),
        ProviderError::Exchange(refusal) if refusal.code == "invalid_client" => Refused::new(
            StatusCode::BAD_GATEWAY,
            "Okta refused Vestibule",
            "Okta did not accept the Client ID and Client secret that are saved here, or wants another client authentication.",
        )
        .advise(AGAIN)
        .advise("If it stays so, an administrator should paste Client ID and Client secret from Okta again."),
        ProviderError::Exchange(refusal) => Refused::new(
            StatusCode::BAD_GATEWAY,
            "Okta refused Vestibule",
            format!("Okta did not exchange the code of this sign-in for tokens ({}).", plain_code(&refusal.code)),
        )
        .advise(AGAIN)
        .advise("If it stays so, an administrator should open the workspace's Okta page, which says what to change in Okta."),
        ProviderError::CheckFailed { .. } => Refused::new(
            StatusCode::BAD_GATEWAY,
            "Okta's answer could not be trusted",
            format!("Okta's answer failed a check, so you were not signed in. The check: {error}."),
        )
        .advise(AGAIN)
        .advise("If it stays so, give your administrator the reference below."),
        ProviderError::Stale(_) => Refused::new(
            StatusCode::FORBIDDEN,
            "You have to sign in to Okta again",
            "Okta answered with a sign-in that is older than was asked for, or did not say when it took place.",
        )
        .advise("Sign out of Okta, then start again."),
        ProviderError::Internal(_) => Refused::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This did not work",
            "Vestibule could not use the secret or the key that it keeps for Okta.",
        )
        .advise("An administrator should paste the Client secret from Okta again.")
        .advise("If it stays so, give the operator the reference below."),
    }
}

/// Error code if it is spelled like a registered one; otherwise a fixed text, because a provider may send anything.
pub(super) fn plain_code(code: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    if code.len() <= 60 && code.chars().all(plain) {
        code.to_owned()
    } else {
        "unreadable error code".to_owned()
    }
}
