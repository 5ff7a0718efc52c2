//! `/integrations/okta/saml/new`: what to enter at the provider, then the form of a new connection.

use askama::Template;
use vestibule_admin::provider::saml_connection::addresses::{self, Addresses};

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::Form,
        visitor::Visitor,
    },
    provider::saml::{change::PATH, fields::SamlFields, form::SamlForm, save::save},
};

#[derive(Template)]
#[template(path = "saml_new.html")]
struct NewPage<'a> {
    csrf: &'a str,
    may_change: bool,
    ours: Addresses,
    initiate: String,
    action: &'static str,
    form: SamlForm,
}

/// `GET /integrations/okta/saml/new`
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, SamlForm::empty())
}

/// `POST /integrations/okta/saml/new`: creates the connection.
pub async fn post(form: Form<Administrator, SamlFields>) -> PageResult {
    let Form { visitor: administrator, fields } = form;
    match save(&administrator, None, &fields).await? {
        Ok(saved) => Ok(administrator.redirect(&format!("{PATH}/{}?saved=1", saved.connection_id))),
        Err(problem) => show(&administrator, SamlForm::typed(fields, true, problem)),
    }
}

fn show(visitor: &Visitor, form: SamlForm) -> PageResult {
    let workspace_id = &visitor.workspace().workspace_id;
    let content = NewPage {
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        ours: addresses::of_workspace(&visitor.state().config().region.api_url, workspace_id),
        initiate: visitor.state().api_url(&format!("/api/okta/saml/login?team_id={workspace_id}")),
        action: "/integrations/okta/saml/new",
        form,
    };
    visitor.form_page("New SAML connection", content.form.problem.is_some(), &content)
}
