//! Every reason to refuse a sign-in, and its page: what happened, what to do, a reference. Text from the provider is only displayed,
//! and cut short.

mod person;
mod provider;
mod saml;
#[cfg(test)]
mod tests;

use actix_web::{HttpResponse, http::StatusCode};
use vestibule_core::{
    providers::{Provider, of_connections},
    sets::ProviderKind,
};
use vestibule_store::{providers::kinds, workspaces::Workspace};
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
    /// The operator has suspended the workspace of this name.
    Suspended(String),
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
    /// A refusal at a connection of this kind of provider; its page uses the terms of that provider.
    Of(ProviderKind, Box<Refusal>),
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

    /// Refusal where the workspace has no connection that the request could use.
    ///
    /// # Errors
    /// [`Refusal::Internal`] when the database can't say which others it has.
    pub(crate) async fn not_connected(state: &State, workspace: Workspace) -> Result<Self, Refusal> {
        let workspace_id = workspace.workspace_id.clone();
        let kinds = state.read(move |conn| kinds::of_workspace(conn, &workspace_id)).await?;
        Ok(Refusal::NotConnected(workspace.name).of(of_connections(&kinds).kind))
    }

    /// Adds the kind of provider, unless the refusal has one.
    pub(crate) fn of(self, kind: ProviderKind) -> Self {
        match self {
            Refusal::Of(..) => self,
            other => Refusal::Of(kind, Box::new(other)),
        }
    }

    /// Adds the kind of provider, if it is known.
    pub(crate) fn of_kind(self, kind: Option<ProviderKind>) -> Self {
        match kind {
            Some(kind) => self.of(kind),
            None => self,
        }
    }

    /// The refusal without the kind of provider.
    pub(crate) fn bare(&self) -> &Refusal {
        match self {
            Refusal::Of(_, inner) => inner,
            other => other,
        }
    }

    /// Whether an event is still to be recorded: not if one was recorded, and not if the database failed.
    pub(crate) fn needs_event(&self) -> bool {
        !matches!(self.bare(), Refusal::Person { .. } | Refusal::Internal(_))
    }

    /// Name in logs, metrics and events.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed",
            Refusal::UnknownWorkspace(_) => "unknown_workspace",
            Refusal::NotConnected(_) => "not_connected",
            Refusal::SwitchedOff(_) => "switched_off",
            Refusal::Suspended(_) => "suspended",
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
            Refusal::Of(_, inner) => inner.name(),
        }
    }

    /// Detail for logs and events. Never a secret. Of an error response of the provider only the code, because a description may name
    /// people.
    pub(crate) fn detail(&self) -> String {
        let detail = match self.bare() {
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
        if let Refusal::Internal(error) = self.bare() {
            return pages::failed(state, reference, error);
        }
        tracing::warn!(reason = self.name(), detail = self.detail(), reference, "login.refused");
        state.metrics().refused("sign_in", self.name());
        let reference = match self.bare() {
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
        if let Refusal::Internal(_) = self.bare() {
            return note.refused(self.name(), "the server could not finish; try again");
        }
        let (page, detail) = (self.text(), self.detail());
        // A provider may write anything into a description, so only its code is shown.
        let happened = match self.bare() {
            Refusal::Provider { .. } | Refusal::Answer(ProviderError::Exchange(_)) => String::new(),
            _ => page.explanation,
        };
        let sentences = [page.title, happened, detail];
        let texts: Vec<&str> = sentences.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        note.refused(self.name(), texts.join(". "));
        note.advised(page.advice);
    }

    /// Text of the page in the terms of a kind of provider.
    pub(crate) fn text_of(&self, kind: ProviderKind) -> Refused {
        self.bare().words(kind.facts())
    }

    /// Text of the page. Without a kind of provider it uses the terms of any.
    pub(crate) fn text(&self) -> Refused {
        match self {
            Refusal::Of(kind, inner) => inner.words(kind.facts()),
            other => other.words(ProviderKind::Any.facts()),
        }
    }

    fn words(&self, provider: &Provider) -> Refused {
        let name = provider.name;
        let again = "Start again from your app, or from the dashboard of your identity provider.";
        match self {
            Refusal::Malformed(what) => {
                Refused::new(StatusCode::BAD_REQUEST, "This sign-in link is not complete", format!("This service can't read it: {what}."))
                    .advise(again)
                    .advise(match provider.kind {
                        ProviderKind::Okta => "If it came from Okta, compare Initiate login URI in Okta with the one on the workspace's Okta page.".to_owned(),
                        _ => format!("If it came from {name}, compare the address there with the one on the connection's page here."),
                    })
            }
            Refusal::UnknownWorkspace(words) => Refused::new(StatusCode::NOT_FOUND, "This workspace is not here", words.clone())
                .advise("In an app of Okta's catalog, the tenant setting team_id must be the workspace id, and every URL must be of the workspace's region."),
            Refusal::NotConnected(workspace) if !provider.is_okta() => Refused::new(
                StatusCode::NOT_FOUND,
                "Nobody can sign in like this",
                format!("The workspace {} has no connection that this sign-in could use.", pages::isolate(workspace)),
            )
            .advise("Ask an administrator of the workspace how to sign in."),
            Refusal::NotConnected(workspace) => Refused::new(
                StatusCode::NOT_FOUND,
                "Okta is not connected yet",
                format!("The workspace {} has no Okta settings, so nobody can sign in to it through Okta.", pages::isolate(workspace)),
            )
            .advise("Ask an administrator of the workspace to finish the Okta set-up."),
            Refusal::Suspended(workspace) => Refused::new(
                StatusCode::FORBIDDEN,
                "This workspace is suspended",
                format!("The operator of this service has suspended {}, so nobody can sign in to it.", pages::isolate(workspace)),
            )
            .advise("Ask the operator of the service."),
            Refusal::SwitchedOff(workspace) => Refused::new(
                StatusCode::FORBIDDEN,
                format!("Sign-in through {name} is switched off"),
                match provider.kind {
                    ProviderKind::Okta => format!("An administrator of {} has switched off Enable Okta sign-in.", pages::isolate(workspace)),
                    _ => format!("An administrator of {} has switched this connection off.", pages::isolate(workspace)),
                },
            )
            .advise("Ask an administrator of the workspace."),
            Refusal::Taken(workspace) => Refused::new(
                StatusCode::CONFLICT,
                match provider.kind {
                    ProviderKind::Okta => "This Okta app belongs to another workspace",
                    _ => "This app belongs to another workspace",
                },
                format!(
                    "{} has the issuer and Client ID of an app that another workspace here has proved to own, so nobody can sign in through it here.",
                    if workspace.is_empty() { "This workspace" } else { workspace }
                ),
            )
            .advise(format!("Ask an administrator of the workspace to give it an app of its own in {name}, and to save that app's {} and {}.", provider.client_id, provider.client_secret)),
            Refusal::OtherIssuer { workspace, issuer } => Refused::new(
                StatusCode::BAD_REQUEST,
                match provider.kind {
                    ProviderKind::Okta => "This comes from another Okta",
                    _ => "This comes from another identity provider",
                },
                format!("{workspace} signs in with {issuer}, and the link came from a different issuer."),
            )
            .advise(match provider.kind {
                ProviderKind::Okta => "Check in Okta that the tenant setting team_id is this workspace's, and in the workspace that the Okta domain is the one Okta shows as Issuer.".to_owned(),
                _ => format!("Check that the address in {name} is this workspace's, and in the workspace that the issuer is that of {name}."),
            }),
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
                "A signed-in administrator starts a test sign-in on the page of the workspace's connection.",
            )
            .advise("Go back to that page, reload it and press Test sign-in again."),
            Refusal::Spent => Refused::new(
                StatusCode::BAD_REQUEST,
                "This sign-in is over",
                "It was used already, or took longer than ten minutes.",
            )
            .advise(again),
            Refusal::Changed => Refused::new(
                StatusCode::BAD_REQUEST,
                "This sign-in is over",
                match provider.kind {
                    ProviderKind::Okta => "The workspace's Okta settings changed meanwhile, or sign-in was switched off.",
                    _ => "The workspace's settings of this provider changed meanwhile, or sign-in was switched off.",
                },
            )
            .advise(again),
            Refusal::NotCarriedOver => Refused::new(
                StatusCode::BAD_REQUEST,
                "The last step of this sign-in did not work",
                "It was used already, took longer than a minute, began in another browser, or you have been signed out meanwhile.",
            )
            .advise(again)
            .advise("Allow cookies for this site."),
            Refusal::Mixed => Refused::new(
                StatusCode::BAD_REQUEST,
                "The answer came from another issuer",
                "The sign-in began at one identity provider and was answered by another, so it was stopped.",
            )
            .advise(again),
            Refusal::Raced => Refused::new(
                StatusCode::CONFLICT,
                "You were signed in twice at once",
                "Two sign-ins ran at the same moment, and the other one finished first.",
            )
            .advise("Start again; this time it will work."),
            Refusal::Busy => Refused::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many people are signing in",
                "This service is checking as many sign-ins as it can at once.",
            )
            .advise("Try again in a minute."),
            Refusal::Saml { check, reason } => saml::failed(provider, check, reason),
            Refusal::SamlLogout { check, reason } => saml::logout(provider, check, reason),
            Refusal::Unsolicited => saml::unsolicited(provider),
            Refusal::SamlLoop => saml::endless(provider),
            Refusal::Provider { error, description } => provider::error(provider, error, description),
            Refusal::Answer(error) => provider::answer(provider, error),
            Refusal::Person { reason, .. } => person::text(provider, *reason),
            Refusal::Internal(error) => Refused::new(StatusCode::SERVICE_UNAVAILABLE, "This did not work", error.clone()),
            Refusal::Of(kind, inner) => inner.words(kind.facts()),
        }
    }
}
