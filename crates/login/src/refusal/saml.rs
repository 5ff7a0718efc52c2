//! Text of the page for refusals of SAML responses: the check that failed, for an administrator, with the field to look at; whom to ask,
//! for everybody else.

use actix_web::http::StatusCode;
use vestibule_core::providers::Provider;
use vestibule_web::pages::Refused;

use crate::saml::sentences;

const AGAIN: &str = "Start again from your app.";
const ASK: &str = "If it keeps happening, give your administrator the reference below.";

/// Text for a response that failed a check.
pub(super) fn failed(provider: &Provider, check: &str, reason: &str) -> Refused {
    let page = Refused::new(
        StatusCode::FORBIDDEN,
        "The answer of your identity provider was not accepted",
        format!("Your organization's sign-in answered, but the answer failed a check, so you were not signed in. The check: {check}: {reason}."),
    )
    .advise(AGAIN)
    .advise(ASK);
    match sentences::advice(provider, check) {
        Some(advice) => page.advise(format!("For administrators: {advice}")),
        None => page,
    }
}

/// Text for a logout message that failed a check.
pub(super) fn logout(provider: &Provider, check: &str, reason: &str) -> Refused {
    let page = Refused::new(
        StatusCode::FORBIDDEN,
        "The sign-out of your identity provider was not accepted",
        format!("Your organization's sign-in sent a sign-out message that failed a check, so nothing was ended. The check: {check}: {reason}."),
    )
    .advise("Open the app and sign out there.")
    .advise(ASK);
    match sentences::logout_advice(provider, check) {
        Some(advice) => page.advise(format!("For administrators: {advice}")),
        None => page,
    }
}

/// Text for a response that answers no request, where those are refused.
pub(super) fn unsolicited(provider: &Provider) -> Refused {
    Refused::new(
        StatusCode::FORBIDDEN,
        "Start from the app",
        "This sign-in began at your identity provider, and this workspace accepts only sign-ins that begin here.",
    )
    .advise("Open the app's own address and sign in there.")
    .advise("An administrator can allow it: Unsolicited responses, in the settings of the SAML connection.")
    .advise(format!(
        "For administrators: if the sign-in did begin here, the sign-in URL saved here must be the app's Single Sign-On URL{}.",
        sentences::not_embed_link(provider)
    ))
}

/// Text for a provider that answers as if no request came.
pub(super) fn endless(provider: &Provider) -> Refused {
    Refused::new(
        StatusCode::BAD_GATEWAY,
        "Your identity provider does not read our request",
        "It answered a sign-in request as if there had been none, twice in half a minute.",
    )
    .advise(format!(
        "For administrators: the sign-in URL saved here must be the app's Single Sign-On URL{}.",
        sentences::not_embed_link(provider)
    ))
    .advise(ASK)
}
