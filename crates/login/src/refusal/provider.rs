//! Text of the page for refusals that the identity provider causes: its error responses (OpenID Connect Core §3.1.2.6, RFC 6749
//! §4.1.2.1, okta-facts §5.6), and responses that are not accepted. Names of fields in Okta are spelled as Okta does.

use actix_web::http::StatusCode;
use vestibule_core::{providers::Provider, sets::ProviderKind};
use vestibule_web::pages::Refused;

use crate::provider::ProviderError;

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
pub(super) fn error(provider: &Provider, error: &str, description: &str) -> Refused {
    let (at, label, is_okta) = (provider.name, provider.label, provider.kind == ProviderKind::Okta);
    let says = match description {
        "" => format!("{label} says: {error}"),
        description => format!("{label} says: {description} ({error})"),
    };
    match name(error) {
        "access_denied" => {
            let refused = Refused::new(StatusCode::FORBIDDEN, format!("{label} did not let you in"), says);
            if is_okta {
                refused
                    .advise("Ask your Okta administrator to assign you to this app in Okta: the app's Assignments tab.")
                    .advise("If you are assigned, an Authentication policy of the app may have refused you.")
            } else {
                refused.advise(format!(
                    "Ask your administrator of {at} to let you use this app. {}.",
                    provider.assign
                ))
            }
        }
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            let title = format!("{label} wants to ask you something first");
            let refused = Refused::new(StatusCode::FORBIDDEN, title, says);
            if is_okta {
                refused.advise("Sign in to Okta, then start again from your Okta dashboard.").advise(
                    "If Okta asks for consent, an administrator can switch off Require consent in the app.",
                )
            } else {
                refused.advise(format!("Sign in to {at}, then start again."))
            }
        }
        "invalid_scope" => {
            let title = format!("{label} does not allow what this service asks for");
            Refused::new(StatusCode::BAD_GATEWAY, title, says).advise(format!(
                "An administrator should allow the scopes openid, profile and email to the app in {at}, and groups if a groups claim is set here."
            ))
        }
        "invalid_request" | "unauthorized_client" | "unsupported_response_type" => {
            let refused = Refused::new(
                StatusCode::BAD_GATEWAY,
                format!("The app in {at} is not set up for this"),
                says,
            );
            if is_okta {
                refused
                    .advise("In Okta, under General Settings, Grant type must have Authorization Code.")
                    .advise("In Okta, Sign-in redirect URIs must have the one on the workspace's Okta page, letter by letter.")
            } else {
                refused.advise(format!(
                    "An administrator should compare {} in {at} with the one on the connection's page, letter by letter.",
                    provider.redirect_uri
                ))
            }
        }
        "server_error" | "temporarily_unavailable" => {
            let refused = Refused::new(StatusCode::BAD_GATEWAY, format!("{label} is having trouble"), says)
                .advise("Try again in a few minutes.");
            refused.advise(match is_okta {
                true => {
                    "If it keeps happening, look at status.okta.com, or give your administrator the reference below."
                }
                false => "If it keeps happening, give your administrator the reference below.",
            })
        }
        _ => Refused::new(StatusCode::BAD_GATEWAY, format!("{label} could not sign you in"), says)
            .advise(again(provider))
            .advise("If it keeps happening, give your administrator the reference below."),
    }
}

/// Advice to start again.
fn again(provider: &Provider) -> String {
    format!("Start again from your app or from your dashboard of {}.", provider.name)
}

/// Advice to compare the issuer.
fn compare_issuer(provider: &Provider) -> String {
    match provider.kind {
        ProviderKind::Okta => {
            "An administrator should compare the Okta domain with the Issuer that Okta shows.".to_owned()
        }
        _ => format!("An administrator should compare the issuer saved here with that of {}.", provider.name),
    }
}

/// Text for a response that is not accepted.
pub(super) fn answer(provider: &Provider, error: &ProviderError) -> Refused {
    let (at, label) = (provider.name, provider.label);
    let bad = |title: String, happened: String| Refused::new(StatusCode::BAD_GATEWAY, title, happened);
    match error {
        ProviderError::NotCalled(_) => bad(
            match provider.kind {
                ProviderKind::Okta => "This service does not call this Okta".to_owned(),
                _ => "This service does not call this identity provider".to_owned(),
            },
            "Identity providers are called only over https and at public addresses, and the address of this one is not allowed.".to_owned(),
        )
        .advise(compare_issuer(provider)),
        ProviderError::Unreachable(_) => bad(
            format!("{label} did not answer"),
            match provider.kind {
                ProviderKind::Okta => "This service could not reach the workspace's Okta, or it did not answer as an OpenID provider.".to_owned(),
                _ => format!("This service could not reach {at}, or it did not answer as an OpenID provider."),
            },
        )
        .advise("Try again in a minute.")
        .advise(format!("If it keeps happening: {}", compare_issuer(provider))),
        ProviderError::Exchange(refusal) if refusal.is_about_the_code() => bad(
            format!("{label} refused the sign-in code"),
            format!("{label} did not accept the code of this sign-in: it had expired, was used already, or was issued for another redirect URI."),
        )
        .advise(again(provider))
        .advise(format!("If it keeps happening, an administrator should compare {} in {at} with the one on the workspace's page of this connection, letter by letter.", provider.redirect_uri)),
        ProviderError::Exchange(refusal) if refusal.code == "invalid_client" => bad(
            format!("{label} refused this service"),
            format!("{label} did not accept the Client ID and Client secret that are saved here, or requires another client authentication."),
        )
        .advise(again(provider))
        .advise(format!("If it keeps happening, an administrator should paste {} and {} from {at} again.", provider.client_id, provider.client_secret)),
        ProviderError::Exchange(refusal) => bad(
            format!("{label} refused this service"),
            format!("{label} did not exchange the code of this sign-in for tokens ({}).", plain_code(&refusal.code)),
        )
        .advise(again(provider))
        .advise(format!("If it keeps happening, an administrator should open the workspace's page of this connection and compare it with the app in {at}.")),
        ProviderError::CheckFailed { .. } => bad(
            match provider.kind {
                ProviderKind::Okta => "Okta's answer could not be trusted".to_owned(),
                _ => format!("The answer of {at} could not be trusted"),
            },
            match provider.kind {
                ProviderKind::Okta => format!("Okta's answer failed a check, so you were not signed in. The check: {error}."),
                _ => format!("The answer of {at} failed a check, so you were not signed in. The check: {error}."),
            },
        )
        .advise(again(provider))
        .advise("If it keeps happening, give your administrator the reference below."),
        ProviderError::Stale(_) => Refused::new(
            StatusCode::FORBIDDEN,
            format!("You have to sign in to {at} again"),
            format!("{label} answered with a sign-in that is older than requested, or that has no time."),
        )
        .advise(format!("Sign out of {at}, then start again.")),
        ProviderError::Internal(_) => Refused::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This did not work",
            format!("This service could not use the secret or the key that it stores for {at}."),
        )
        .advise(format!("An administrator should paste the Client secret from {at} again."))
        .advise("If it keeps happening, give the operator the reference below."),
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
