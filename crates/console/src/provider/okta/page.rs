//! The page `/integrations/okta`, and saving its settings.

use vestibule_admin::provider::connection::SettingsError;

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::Form,
        visitor::Visitor,
    },
    provider::okta::{
        form::{SettingsFields, SettingsForm},
        save::{Author, save},
        view::OktaPage,
    },
};

const PATH: &str = "/integrations/okta";

/// `GET /integrations/okta`
pub async fn get(reader: Reader) -> PageResult {
    let form = SettingsForm {
        read_only: !reader.may_change(),
        saved: reader.query_is("saved=1"),
        ..SettingsForm::default()
    };
    show(&reader, form, true).await
}

/// `POST /integrations/okta`: saves the settings.
pub async fn post(form: Form<Administrator, SettingsFields>) -> PageResult {
    let Form { visitor: administrator, fields } = form;
    let author = Author {
        actor: administrator.actor(),
        // The author keeps their access, and can then say who the others are.
        spared: administrator.signed_in.user.user_id.to_string(),
        uses_link: false,
    };
    let saved =
        save(administrator.state(), administrator.workspace(), &fields, fields.which(), author, |_| Ok(()));
    match saved.await {
        Ok(_) => Ok(administrator.redirect("/integrations/okta?saved=1")),
        Err(SettingsError::Field(problem)) => {
            show(&administrator, SettingsForm::typed(&fields, problem), false).await
        }
        Err(SettingsError::Store(error)) => Err(administrator.failed(&error)),
    }
}

/// Renders the page; `stored` fills the form from the saved settings.
async fn show(visitor: &Visitor, form: SettingsForm, stored: bool) -> PageResult {
    let form = SettingsForm { action: PATH.to_owned(), csrf: visitor.csrf().to_owned(), ..form };
    let content = OktaPage::read(visitor, visitor.workspace(), form, stored).await?;
    visitor.form_page("Okta", !content.form.problem.is_empty(), &content)
}
