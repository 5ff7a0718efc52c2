//! `POST /integrations/okta/app-kind`: which kind of app the workspace has in Okta. The kind decides the syntax of the values to paste.

use vestibule_admin::workspaces::WorkspaceChange;
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
    provider::okta::form::app_kind,
};

/// The kind of app; `None`: not one that exists.
pub struct AppKind(Option<&'static str>);

impl Fields for AppKind {
    fn read(form: &Parameters) -> Self {
        Self(app_kind(form.text("app_kind")))
    }
}

/// Saves the kind.
pub async fn post(form: Form<Administrator, AppKind>) -> PageResult {
    let Form { visitor: administrator, fields: AppKind(kind) } = form;
    let Some(kind) = kind else { return Ok(administrator.redirect("/integrations/okta")) };
    let change = WorkspaceChange { okta_app: Some(kind), ..WorkspaceChange::default() };
    // The kind exists, so nothing is refused.
    let _ = administrator.change_workspace(change).await?;
    Ok(administrator.redirect("/integrations/okta"))
}
