//! The page of the set-up steps.

use actix_web::http::StatusCode;
use vestibule_core::sets::OktaAppKind;
use vestibule_store::workspaces::Workspace;
use vestibule_web::pages::{self, Frame, Refused};

use crate::{
    layout::{
        error::{PageError, PageResult},
        request::PageRequest,
    },
    provider::okta::{form::SettingsForm, view::OktaPage},
};

/// Renders the steps; `stored` fills the form from the saved settings.
pub(super) async fn show(
    request: &PageRequest,
    workspace: &Workspace,
    form: SettingsForm,
    stored: bool,
) -> PageResult {
    let status = if form.problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = SettingsForm { by_link: true, ..form };
    let content = OktaPage::read(request, workspace, form, stored).await?;
    let frame = Frame { workspace: Some(&workspace.name), ..Frame::default() };
    Ok(pages::render(request.state(), status, "Connect Okta", &frame, &content))
}

/// The kind of app that the address names.
pub(super) fn app_kind_in_query(request: &PageRequest) -> OktaAppKind {
    let query = request.query().unwrap_or_default();
    query.text("app_kind").parse().unwrap_or_default()
}

/// Refuses a link, or a browser, that has no right to a set-up.
pub(super) fn gone(request: &PageRequest) -> PageError {
    request.refuse(
        Refused::new(
            StatusCode::NOT_FOUND,
            "This set-up link is no longer valid",
            "It was used, expired after three days, or belongs to another region. The browser that used it could continue for two hours.",
        )
        .advise("Ask the person who sent it for a new one.")
        .refer(request.id()),
    )
}
