//! Every way a sign-in is refused, and the page that says so: what happened, what to do, a reference.

use actix_web::{HttpResponse, http::StatusCode};
use vestibule_web::{State, page, page::Refused, seal::SealError};

use crate::{person::Reason, provider::ProviderError};

/// Why a sign-in does not go on.
#[derive(Debug)]
pub(crate) enum Refusal {
    Malformed(String),
    UnknownWorkspace(String),
    NotConnected(String),
    SwitchedOff(String),
    OtherIssuer { workspace: String, issuer: String },
    OtherBrowser,
    Spent,
    NotCarriedOver,
    Mixed,
    Raced,
    Provider { error: String, description: String },
    Answer(ProviderError),
    Person { reason: Reason, event: String },
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

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Refusal::Answer(error)
    }
}

impl Refusal {
    /// As logs and metrics name it.
    fn name(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed",
            Refusal::UnknownWorkspace(_) => "unknown_workspace",
            Refusal::NotConnected(_) => "not_connected",
            Refusal::SwitchedOff(_) => "switched_off",
            Refusal::OtherIssuer { .. } => "other_issuer",
            Refusal::OtherBrowser => "other_browser",
            Refusal::Spent => "spent",
            Refusal::NotCarriedOver => "not_carried_over",
            Refusal::Mixed => "mixed_up",
            Refusal::Raced => "raced",
            Refusal::Provider { .. } => "provider_error",
            Refusal::Answer(ProviderError::Unreachable(_)) => "provider_unreachable",
            Refusal::Answer(ProviderError::Exchange(_)) => "exchange_refused",
            Refusal::Answer(ProviderError::IdToken(_)) => "id_token",
            Refusal::Person { reason, .. } => reason.name(),
            Refusal::Internal(_) => "internal",
        }
    }

    /// Logs the true reason once and shows the page.
    pub(crate) fn page(&self, state: &State, request_id: &str) -> HttpResponse {
        if let Refusal::Internal(error) = self {
            return page::failed(state, request_id, error);
        }
        let detail = match self {
            Refusal::Answer(error) => error.to_string(),
            Refusal::Provider { error, .. } => error.chars().take(60).collect(),
            _ => String::new(),
        };
        tracing::warn!(reason = self.name(), detail, "login.refused");
        state.metrics().refused("sign_in", self.name());
        let reference = match self {
            Refusal::Person { event, .. } => event.clone(),
            _ => request_id.to_owned(),
        };
        self.words().refer(reference).page(state)
    }

    fn words(&self) -> Refused {
        let again = "Start again from your app or from your Okta dashboard.";
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
                format!("The workspace {name} has no Okta settings, so nobody can sign in to it through Okta."),
            )
            .advise("Ask an administrator of the workspace to finish the Okta set-up."),
            Refusal::SwitchedOff(name) => Refused::new(
                StatusCode::FORBIDDEN,
                "Sign-in through Okta is switched off",
                format!("An administrator of {name} has switched off Enable Okta sign-in."),
            )
            .advise("Ask an administrator of the workspace."),
            Refusal::OtherIssuer { workspace, issuer } => Refused::new(
                StatusCode::BAD_REQUEST,
                "This comes from another Okta",
                format!("{workspace} signs in with {issuer}, and the link came from a different issuer."),
            )
            .advise("Check in Okta that the tenant setting team_id is this workspace's, and in the workspace that the Okta domain is the one Okta shows as Issuer."),
            Refusal::OtherBrowser => Refused::new(
                StatusCode::BAD_REQUEST,
                "This sign-in began elsewhere",
                "The answer from Okta reached a browser that did not begin this sign-in, or cookies are blocked.",
            )
            .advise(again)
            .advise("Allow cookies for this site."),
            Refusal::Spent => Refused::new(
                StatusCode::BAD_REQUEST,
                "This sign-in is over",
                "It was used already, took longer than ten minutes, or the Okta settings changed meanwhile.",
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
            Refusal::Provider { error, description } if error == "access_denied" => Refused::new(
                StatusCode::FORBIDDEN,
                "Okta did not let you in",
                if description.is_empty() { "Okta says: access denied.".to_owned() } else { format!("Okta says: {description}") },
            )
            .advise("Ask your Okta administrator to assign you to this app in Okta."),
            Refusal::Provider { error, description } => {
                Refused::new(StatusCode::BAD_GATEWAY, "Okta could not sign you in", format!("Okta says: {error}. {description}"))
                    .advise(again)
                    .advise("If it stays so, give your administrator the reference below.")
            }
            Refusal::Answer(ProviderError::Unreachable(_)) => Refused::new(
                StatusCode::BAD_GATEWAY,
                "Okta did not answer",
                "Vestibule could not reach the workspace's Okta, or it did not answer as an OpenID provider.",
            )
            .advise("Try again in a minute.")
            .advise("If it stays so, an administrator should compare the Okta domain with the Issuer that Okta shows."),
            Refusal::Answer(ProviderError::Exchange(_)) => Refused::new(
                StatusCode::BAD_GATEWAY,
                "Okta refused Vestibule",
                "Okta did not accept the Client ID and Client secret that are saved here, or the code had expired.",
            )
            .advise(again)
            .advise("If it stays so, an administrator should paste Client ID and Client secret from Okta again."),
            Refusal::Answer(ProviderError::IdToken(_)) => Refused::new(
                StatusCode::BAD_GATEWAY,
                "Okta's answer could not be trusted",
                "The ID token failed a check, so you were not signed in. The log has the exact check beside the reference.",
            )
            .advise(again),
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
            "The user of your name in this workspace is linked to another Okta user, or several users share your address; Vestibule never joins people by itself.",
        )
        .advise("Ask an administrator of the workspace to settle which Okta user this is."),
        Reason::Deactivated => refuse("You are deactivated here", "Your access to this workspace has ended.")
            .advise("If that is a mistake, ask your Okta administrator to assign you to the app again."),
        Reason::NotFresh => refuse(
            "You have to sign in to Okta again",
            "All your access was ended, and Okta has not asked you to authenticate since.",
        )
        .advise("Sign out of Okta, then start again."),
    }
}
