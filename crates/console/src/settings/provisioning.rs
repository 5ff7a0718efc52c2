//! `POST /settings/provisioning`: what Okta's pushes may do in the workspace: the safety brake, members who are not here yet, and
//! Basic authentication.

pub(super) mod form;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    settings::{
        page::{SettingsForm, show},
        provisioning::form::Terms,
    },
};

/// Saves the terms.
pub async fn post(form: Form<Administrator, Terms>) -> PageResult {
    let Form { visitor: administrator, fields: typed } = form;
    let outcome = match typed.change() {
        Ok(change) => administrator.change_workspace(change).await?,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => Ok(administrator.redirect("/settings?saved=1#provisioning")),
        Err(terms_problem) => {
            let form = SettingsForm { terms: Some(typed), terms_problem, ..SettingsForm::default() };
            show(&administrator, form).await
        }
    }
}
