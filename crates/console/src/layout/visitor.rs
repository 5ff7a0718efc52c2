//! A signed-in person who asks for a page: their session and workspace, read together; pages in the frame of that workspace, and
//! changes in it.

use std::ops::Deref;

use actix_web::{HttpRequest, http::StatusCode};
use askama::Template;
use url::Url;
use vestibule_admin::{Refusal, refusal};
use vestibule_core::{
    ids::WorkspaceId,
    providers::{self, Provider},
    sets::ProviderKind,
};
use vestibule_store::{
    Conn, Error, Tx, observation, people::users::User, providers::kinds, trail::events::Cause,
    workspaces::Workspace,
};
use vestibule_web::{
    http::session::{self, SignedIn},
    pages::{self, Frame, Refused},
};

use crate::layout::{
    error::{PageError, PageResult},
    request::PageRequest,
};

/// A signed-in person and their request.
#[derive(Clone)]
pub struct Visitor {
    request: PageRequest,
    /// The session, the user, their workspace and roles.
    pub(crate) signed_in: SignedIn,
    /// The kinds of the workspace's identity providers, which decide the words of its pages.
    kinds: Vec<ProviderKind>,
    /// Whether SCIM requests change a plan instead of the workspace.
    is_observed: bool,
}

impl Deref for Visitor {
    type Target = PageRequest;

    fn deref(&self) -> &PageRequest {
        &self.request
    }
}

impl Visitor {
    /// Finds the signed-in person. Redirects everybody else to sign-in, which returns here.
    pub(crate) async fn find(req: &HttpRequest) -> Result<Self, PageError> {
        let request = PageRequest::new(req)?;
        let more = |conn: &mut Conn, user: &User| {
            let kinds = kinds::of_workspace(conn, &user.workspace_id)?;
            Ok((kinds, observation::is_observed(conn, &user.workspace_id)?))
        };
        match session::find_with(request.state(), req, more).await {
            Ok(Some((signed_in, (kinds, is_observed)))) => {
                Ok(Self { request, signed_in, kinds, is_observed })
            }
            Ok(None) => Err(sign_in_first(&request)),
            Err(error) => Err(request.failed(&error)),
        }
    }

    pub(crate) fn workspace(&self) -> &Workspace {
        &self.signed_in.workspace
    }

    /// The workspace's identity provider, for words.
    pub(crate) fn provider(&self) -> &'static Provider {
        providers::of_connections(&self.kinds)
    }

    /// Whether pages explain Okta's settings: a connection is Okta's, or there is none yet.
    pub(crate) fn has_okta(&self) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&ProviderKind::Okta)
    }

    /// A copy of the workspace's id, for a job.
    pub(crate) fn workspace_id(&self) -> WorkspaceId {
        self.workspace().workspace_id.clone()
    }

    /// The token that forms of this session carry.
    pub(crate) fn csrf(&self) -> &str {
        &self.signed_in.csrf
    }

    /// Whether the person may change the workspace. An auditor sees everything an administrator sees, without a form or button.
    pub(crate) fn may_change(&self) -> bool {
        self.signed_in.is_administrator()
    }

    pub(crate) fn is_owner(&self) -> bool {
        self.signed_in.is_owner()
    }

    /// The cause of what the person changes.
    pub(crate) fn cause(&self) -> Cause {
        self.request.cause(self.signed_in.actor())
    }

    /// The frame of the page.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame {
            workspace: Some(&self.workspace().name),
            signed_in: true,
            person: self.signed_in.user.greeting(),
            reader: self.signed_in.is_reader(),
            observed: self.is_observed && self.signed_in.is_reader(),
            provider: Some(self.provider()),
            path: self.path(),
            csrf: self.csrf(),
            ..Frame::default()
        }
    }

    /// Renders a page.
    pub(crate) fn page(&self, title: &str, content: &impl Template) -> PageResult {
        Ok(pages::render(self.state(), StatusCode::OK, title, &self.frame(), content))
    }

    /// Renders a page with a form: 422 where the page says what is wrong with what was sent (RFC 9110 §15.5.21).
    pub(crate) fn form_page(&self, title: &str, has_problem: bool, content: &impl Template) -> PageResult {
        let status = if has_problem { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        Ok(pages::render(self.state(), status, title, &self.frame(), content))
    }

    /// Refuses with this page, in the frame of the workspace.
    pub(crate) fn refuse(&self, page: Refused) -> PageError {
        PageError::RefusedTo(Box::new(page), Box::new(self.clone()))
    }

    /// Logs a failure of ours and refuses with the page for it.
    pub(crate) fn failed(&self, error: &dyn std::fmt::Display) -> PageError {
        self.refuse(pages::failure(&self.id(), error))
    }

    /// Refuses a page about something that is not in this workspace. What another workspace has gets the same answer.
    pub(crate) fn missing(&self, title: &str, advice: &str) -> PageError {
        self.refuse(
            Refused::new(StatusCode::NOT_FOUND, title, "It was deleted, or belongs to another workspace.")
                .advise(advice)
                .refer(self.id()),
        )
    }

    /// Runs one read. Refuses with the page of `missing` if the job finds nothing ([`Error::NotFound`]).
    pub(crate) async fn read_on<T: Send + 'static>(
        &self,
        missing: fn(&Visitor) -> PageError,
        job: impl FnOnce(&mut Conn) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        self.state().read(job).await.map_err(|error| self.failed_on(missing, &error))
    }

    /// Runs a search of the workspace.
    pub(crate) async fn search<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        let found = self.state().search(&self.workspace().workspace_id, job).await;
        found.map_err(|error| self.failed(&error))
    }

    /// Runs one write. Refuses with the page of `missing` if the job finds nothing ([`Error::NotFound`]).
    pub(crate) async fn write_on<T: Send + 'static>(
        &self,
        missing: fn(&Visitor) -> PageError,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        self.state().write(job).await.map_err(|error| self.failed_on(missing, &error))
    }

    /// Runs one change, which the rules may refuse: the inner error is the sentence for the form's page.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Result<T, String>, PageError> {
        refusal::sentence(self.state().write(job).await).map_err(|error| self.failed(&error))
    }

    /// Runs one change, as [`Visitor::change`]. Refuses with the page of `missing` if the job finds nothing ([`Error::NotFound`]).
    pub(crate) async fn change_on<T: Send + 'static>(
        &self,
        missing: fn(&Visitor) -> PageError,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Result<T, String>, PageError> {
        refusal::sentence(self.state().write(job).await).map_err(|error| self.failed_on(missing, &error))
    }

    fn failed_on(&self, missing: fn(&Visitor) -> PageError, error: &Error) -> PageError {
        match error {
            Error::NotFound => missing(self),
            error => self.failed(error),
        }
    }
}

fn sign_in_first(request: &PageRequest) -> PageError {
    // The return from sign-in is a GET, so a form without a session leads back to the page that has the form.
    let back = request.state().app_url(&page_with_form(request.path()));
    let sign_in = request.state().app_url("/auth");
    match Url::parse_with_params(&sign_in, [("target_link_uri", back)]) {
        Ok(url) => PageError::Redirect(url.into()),
        Err(error) => request.failed(&error),
    }
}

/// The path of the page that has the form of this path.
fn page_with_form(path: &str) -> String {
    let mut segments = path.split('/').skip(1);
    match (segments.next(), segments.next()) {
        (Some("people"), Some(user_id)) => format!("/people/{user_id}"),
        (Some("integrations"), _) if path.contains("/okta/saml/") || path.contains("/okta/oidc/") => {
            path.split('/').take(5).collect::<Vec<_>>().join("/")
        }
        (Some("integrations"), _) if path.ends_with("/brake") || path.ends_with("/domains") => {
            "/integrations/okta".to_owned()
        }
        (Some("tokens"), Some("clients")) if path.split('/').count() == 4 => path.to_owned(),
        (Some("roles"), Some(role_id)) => format!("/roles/{role_id}"),
        (Some("entitlements"), _) => "/roles".to_owned(),
        (Some("plan"), _) => "/plan".to_owned(),
        (Some("webhooks"), Some(webhook_id)) => format!("/webhooks/{webhook_id}"),
        (Some(page @ ("account" | "settings" | "tokens" | "activity")), Some(_)) => format!("/{page}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::page_with_form;

    #[test]
    fn a_form_without_a_session_leads_back_to_its_page() {
        for (path, page) in [
            ("/people/1/sessions/2/end", "/people/1"),
            ("/integrations/okta/brake", "/integrations/okta"),
            ("/integrations/okta/conflicts", "/integrations/okta/conflicts"),
            ("/integrations/okta/saml/1/switch", "/integrations/okta/saml/1"),
            ("/integrations/okta/saml/new", "/integrations/okta/saml/new"),
            ("/integrations/okta/oidc/1/switch", "/integrations/okta/oidc/1"),
            ("/integrations/okta/connections/1/domains", "/integrations/okta"),
            ("/roles/admin/ceiling", "/roles/admin"),
            ("/entitlements/1/delete", "/roles"),
            ("/webhooks/1/secrets", "/webhooks/1"),
            ("/account/tokens", "/account"),
            ("/tokens/clients/1", "/tokens/clients/1"),
            ("/tokens/clients/1/secrets", "/tokens"),
            ("/settings/domains", "/settings"),
            ("/plan/apply", "/plan"),
            ("/people", "/people"),
        ] {
            assert_eq!(page_with_form(path), page, "{path}");
        }
    }
}
