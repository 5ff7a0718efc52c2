//! Every reason to refuse a sign-in, and its page: what happened, what to do, a reference. Text from the provider is only displayed,
//! and cut short.

mod provider;
mod saml;

use actix_web::{HttpResponse, http::StatusCode};
use vestibule_web::{
    State,
    crypto::{seal::SealError, signing::SigningError},
    observe::inspect::Note,
    pages::{self, Refused},
};

use provider::plain_code;

use crate::{person::Reason, provider::ProviderError};

/// Why a sign-in is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    Malformed(String),
    UnknownWorkspace(String),
    NotConnected(String),
    SwitchedOff(String),
    /// Another workspace has proven the issuer and client id. Contains the name of this workspace, which may be empty.
    Taken(String),
    OtherIssuer {
        workspace: String,
        issuer: String,
    },
    OtherBrowser,
    NoTester,
    Spent,
    Changed,
    NotCarriedOver,
    Mixed,
    Raced,
    /// Too many signatures are being checked.
    Busy,
    /// A SAML response failed a check.
    Saml {
        check: &'static str,
        reason: String,
    },
    /// A SAML logout message failed a check.
    SamlLogout {
        check: &'static str,
        reason: String,
    },
    /// A SAML response answers no request, and the connection refuses those.
    Unsolicited,
    /// The SAML provider answers our requests as if there were none.
    SamlLoop,
    Provider {
        error: String,
        description: String,
    },
    Answer(ProviderError),
    Person {
        reason: Reason,
        event: String,
    },
    Internal(String),
}

impl From<vestibule_store::Error> for Refusal {
    fn from(error: vestibule_store::Error) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<SealError> for Refusal {
    fn from(error: SealError) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<SigningError> for Refusal {
    fn from(error: SigningError) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Refusal::Answer(error)
    }
}

/// Longest text from the provider that is displayed, in characters.
const LONGEST_TEXT: usize = 300;

impl Refusal {
    /// Refusal for an error response of the provider.
    pub(crate) fn of_provider(error: &str, description: &str) -> Self {
        let short = |text: &str, most: usize| -> String {
            text.chars().filter(|letter| !letter.is_control()).take(most).collect()
        };
        Refusal::Provider { error: short(error, 60), description: short(description, LONGEST_TEXT) }
    }

    /// Whether an event is still to be recorded: not if one was recorded, and not if the database failed.
    pub(crate) fn needs_event(&self) -> bool {
        !matches!(self, Refusal::Person { .. } | Refusal::Internal(_))
    }

    /// Name in logs, metrics and events.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed",
            Refusal::UnknownWorkspace(_) => "unknown_workspace",
            Refusal::NotConnected(_) => "not_connected",
            Refusal::SwitchedOff(_) => "switched_off",
            Refusal::Taken(_) => "app_taken",
            Refusal::OtherIssuer { .. } => "other_issuer",
            Refusal::OtherBrowser => "other_browser",
            Refusal::NoTester => "no_tester",
            Refusal::Spent => "spent",
            Refusal::Changed => "connection_changed",
            Refusal::NotCarriedOver => "not_carried_over",
            Refusal::Mixed => "mixed_up",
            Refusal::Raced => "raced",
            Refusal::Busy => "busy",
            Refusal::Saml { .. } => "saml_response",
            Refusal::SamlLogout { .. } => "saml_logout",
            Refusal::Unsolicited => "unsolicited",
            Refusal::SamlLoop => "saml_loop",
            Refusal::Provider { error, .. } => provider::name(error),
            Refusal::Answer(ProviderError::NotCalled(_)) => "provider_not_called",
            Refusal::Answer(ProviderError::Unreachable(_)) => "provider_unreachable",
            Refusal::Answer(ProviderError::Exchange(refusal)) if refusal.is_about_the_code() => {
                "code_refused"
            }
            Refusal::Answer(ProviderError::Exchange(_)) => "exchange_refused",
            Refusal::Answer(ProviderError::CheckFailed { .. }) => "id_token",
            Refusal::Answer(ProviderError::Stale(_)) => "not_fresh",
            Refusal::Answer(ProviderError::Internal(_)) => "internal",
            Refusal::Person { reason, .. } => reason.name(),
            Refusal::Internal(_) => "internal",
        }
    }

    /// Detail for logs and events. Never a secret. Of an error response of the provider only the code, because a description may name
    /// people.
    pub(crate) fn detail(&self) -> String {
        let detail = match self {
            Refusal::Malformed(what) => what.clone(),
            Refusal::Saml { check, reason } | Refusal::SamlLogout { check, reason } => {
                format!("{check}: {reason}")
            }
            Refusal::Answer(ProviderError::Exchange(refusal)) => plain_code(&refusal.code),
            Refusal::Answer(error) => error.to_string(),
            Refusal::Provider { error, .. } => plain_code(error),
            Refusal::Person { reason, .. } => reason.detail().to_owned(),
            _ => String::new(),
        };
        detail.chars().filter(|letter| !letter.is_control()).take(LONGEST_TEXT).collect()
    }

    /// Logs the reason once and renders the page.
    pub(crate) fn page(&self, state: &State, reference: &str) -> HttpResponse {
        if let Refusal::Internal(error) = self {
            return pages::failed(state, reference, error);
        }
        tracing::warn!(reason = self.name(), detail = self.detail(), reference, "login.refused");
        state.metrics().refused("sign_in", self.name());
        let reference = match self {
            Refusal::Person { event, .. } => event,
            _ => reference,
        };
        self.text().refer(reference).page(state)
    }

    /// Shows the refusal in the request inspector: the reason of the event, and the advice of the page.
    pub(crate) fn inspect(&self, note: &Note) {
        if !note.is_on() {
            return;
        }
        if let Refusal::Internal(_) = self {
            return note.refused(self.name(), "the server could not finish; try again");
        }
        let (page, detail) = (self.text(), self.detail());
        // A provider may write anything into a description, so only its code is shown.
        let happened = match self {
            Refusal::Provider { .. } | Refusal::Answer(ProviderError::Exchange(_)) => String::new(),
            _ => page.explanation,
        };
        let sentences = [page.title, happened, detail];
        let texts: Vec<&str> = sentences.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        note.refused(self.name(), texts.join(". "));
        note.advised(page.advice);
    }

    /// Text of the page.
    pub(crate) fn text(&self) -> Refused {
        let again = "Start again from your app, or from the dashboard of your identity provider.";
        match self {
            Refusal::Malformed(what) => {
                Refused::new(StatusCode::BAD_REQUEST, "This sign-in link is not complete", format!("Vestibule can't read it: {what}."))
                    .advise(again)
                    .advise("If it came from Okta, compare Initiate login URI in Okta with the one on the workspace's Okta page.")
            }
            Refusal::UnknownWorkspace(words) => Refused::new(StatusCode::NOT_FOUND, "This workspace is not here", words.clone())
                .advise("In Okta, the tenant setting team_id must be the workspace id, and every URL must be of the workspace's region."),
            Refusal::NotConnected(name) => Refused::new(
                StatusCode::NOT_FOUND,
                "Okta is not connected yet",
                format!("The workspace {} has no Okta settings, so nobody can sign in to it through Okta.", pages::isolate(name)),
            )
            .advise("Ask an administrator of the workspace to finish the Okta set-up."),
            Refusal::SwitchedOff(name) => Refused::new(
                StatusCode::FORBIDDEN,
                "Sign-in through Okta is switched off",
                format!("An administrator of {} has switched off Enable Okta sign-in.", pages::isolate(name)),
            )
            .advise("Ask an administrator of the workspace."),
            Refusal::Taken(name) => Refused::new(
                StatusCode::CONFLICT,
                "This Okta app belongs to another workspace",
                format!(
                    "{} has the issuer and Client ID of an app that another workspace here has proven to be its own, so nobody signs in through it here.",
                    if name.is_empty() { "This workspace" } else { name }
                ),
            )
            .advise("Ask an administrator of the workspace to give it an app of its own in Okta, and to save that app's Client ID and Client secret."),
            Refusal::OtherIssuer { workspace, issuer } => Refused::new(
                StatusCode::BAD_REQUEST,
                "This comes from another Okta",
                format!("{workspace} signs in with {issuer}, and the link came from a different issuer."),
            )
            .advise("Check in Okta that the tenant setting team_id is this workspace's, and in the workspace that the Okta domain is the one Okta shows as Issuer."),
            Refusal::OtherBrowser => Refused::new(
                StatusCode::BAD_REQUEST,
                "This sign-in began elsewhere",
                "The answer of your identity provider reached a browser that did not begin this sign-in, or cookies are blocked.",
            )
            .advise(again)
            .advise("Allow cookies for this site."),
            Refusal::NoTester => Refused::new(
                StatusCode::FORBIDDEN,
                "This test is for administrators",
                "A test sign-in is begun on the workspace's Okta page by an administrator who is signed in.",
            )
            .advise("Go back to the Okta page, reload it and press Test sign-in again."),
            Refusal::Spent => Refused::new(
                StatusCode::BAD_REQUEST,
                "This sign-in is over",
                "It was used already, or took longer than ten minutes.",
            )
            .advise(again),
            Refusal::Changed => Refused::new(
                StatusCode::BAD_REQUEST,
                "This sign-in is over",
                "The workspace's Okta settings changed meanwhile, or sign-in was switched off.",
            )
            .advise(again),
            Refusal::NotCarriedOver => Refused::new(
                StatusCode::BAD_REQUEST,
                "The last step of this sign-in did not work",
                "It was taken already, took longer than a minute, began in another browser, or you have been signed out meanwhile.",
            )
            .advise(again)
            .advise("Allow cookies for this site."),
            Refusal::Mixed => Refused::new(
                StatusCode::BAD_REQUEST,
                "The answer came from another issuer",
                "The sign-in was begun with one identity provider and answered by another, so it was stopped.",
            )
            .advise(again),
            Refusal::Raced => Refused::new(
                StatusCode::CONFLICT,
                "Somebody was quicker",
                "You were being signed in twice at the same moment, and the other one came first.",
            )
            .advise("Start again; this time it will work."),
            Refusal::Busy => Refused::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many people are signing in",
                "Vestibule is checking as many sign-ins as it can at once.",
            )
            .advise("Try again in a minute."),
            Refusal::Saml { check, reason } => saml::failed(check, reason),
            Refusal::SamlLogout { check, reason } => saml::logout(check, reason),
            Refusal::Unsolicited => saml::unsolicited(),
            Refusal::SamlLoop => saml::endless(),
            Refusal::Provider { error, description } => provider::error(error, description),
            Refusal::Answer(error) => provider::answer(error),
            Refusal::Person { reason, .. } => person(*reason),
            Refusal::Internal(error) => Refused::new(StatusCode::SERVICE_UNAVAILABLE, "This did not work", error.clone()),
        }
    }
}

fn person(reason: Reason) -> Refused {
    let refuse = |title: &str, happened: &str| Refused::new(StatusCode::FORBIDDEN, title, happened);
    match reason {
        Reason::NotProvisioned => refuse(
            "You are not provisioned here yet",
            "Okta knows you and let you through, but nobody has created you in this workspace.",
        )
        .advise("Ask your Okta administrator to provision you: in Okta, assign you to the app with provisioning on.")
        .advise("Or an administrator of the workspace can turn on Just-in-time provisioning."),
        Reason::DomainNotVerified => refuse(
            "Your e-mail domain is not verified here",
            "People are recognised by name only under domains that the workspace has proved to be its own, and yours is not among them.",
        )
        .advise("Ask an administrator of the workspace to have your e-mail domain verified.")
        .advise("Or have Okta provision you, so that you are recognised by your Okta user id."),
        Reason::Conflict => refuse(
            "Your name belongs to somebody else here",
            "The user of your name in this workspace is linked to another Okta user, several users share your address, or your e-mail address alone says who you are and that is not enough; Vestibule never joins people by itself.",
        )
        .advise("Ask an administrator of the workspace to settle which Okta user this is."),
        Reason::Unlinked => refuse(
            "An administrator has to let you in",
            "Your Okta user was linked to a user of this workspace, and an administrator has undone that.",
        )
        .advise("Ask an administrator of the workspace to settle who you are here: the Okta page of the workspace lists you."),
        Reason::SharedUid | Reason::OtherSpelling => refuse(
            "An administrator has to let you in",
            "Your identity provider says who you are in a way that does not settle which user of this workspace that is.",
        )
        .advise("Ask an administrator of the workspace to settle who you are here: the Okta page of the workspace lists you."),
        Reason::IssuerChanged => refuse(
            "An owner has to let you in",
            "This workspace has changed its identity provider, and you have a role in its console; such people are not recognised by name at another provider.",
        )
        .advise("Ask an owner of the workspace to say who you are: the Okta page of the workspace lists you.")
        .advise("Where no owner can sign in, the operator can link you with vestibule identity link."),
        Reason::Deactivated => refuse("You are deactivated here", "Your access to this workspace has ended.")
            .advise("If that is a mistake, ask your Okta administrator to assign you to the app again."),
        Reason::NotFresh => refuse(
            "You have to sign in to Okta again",
            "All your access was ended, and Okta has not asked you to authenticate since.",
        )
        .advise("Sign out of Okta, then start again."),
    }
}
