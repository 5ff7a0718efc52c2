//! `POST /integrations/okta/app-kind`: which kind of app the workspace has in Okta. The kind decides the syntax of the values to paste.

use vestibule_admin::workspaces::WorkspaceChange;
use vestibule_core::sets::OktaAppKind;
use vestibule_web::http::input::Parameters;

use crate::layout::{
    access::Administrator,
    error::PageResult,
    form::{Fields, Form},
};

/// The kind of app; unknown: not one that exists.
pub struct AppKind(OktaAppKind);

impl Fields for AppKind {
    fn read(form: &Parameters) -> Self {
        Self(form.text("app_kind").parse().unwrap_or_default())
    }
}

/// Saves the kind.
pub async fn post(form: Form<Administrator, AppKind>) -> PageResult {
    let Form { visitor: administrator, fields: AppKind(kind) } = form;
    if kind == OktaAppKind::Unknown {
        return Ok(administrator.redirect("/integrations/okta"));
    }
    let change = WorkspaceChange { okta_app: Some(kind), ..WorkspaceChange::default() };
    // The kind exists, so nothing is refused.
    let _ = administrator.change_workspace(change).await?;
    Ok(administrator.redirect("/integrations/okta"))
}
