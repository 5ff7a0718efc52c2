//! `POST /settings/sign-in`: how long sessions of this workspace last, how recent a sign-in at Okta must be, and where people
//! may be sent after sign-in.

pub(super) mod form;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    settings::{
        page::{SettingsForm, show},
        policies::form::Policies,
    },
};

/// Saves the policies.
pub async fn post(form: Form<Administrator, Policies>) -> PageResult {
    let Form { visitor: administrator, fields: typed } = form;
    let outcome = match typed.change() {
        Ok(change) => administrator.change_workspace(change).await?,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => Ok(administrator.redirect("/settings?saved=1#sign-in")),
        Err(sign_in_problem) => {
            let form = SettingsForm { policies: Some(typed), sign_in_problem, ..SettingsForm::default() };
            show(&administrator, form).await
        }
    }
}
