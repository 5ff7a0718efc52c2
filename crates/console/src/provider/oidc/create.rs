//! `/integrations/okta/oidc/new`: what to enter at the provider, then the form of a new connection.

use askama::Template;
use vestibule_admin::provider::connection::Which;
use vestibule_core::{
    providers::Provider,
    sets::{OktaAppKind, ProviderKind},
};
use vestibule_store::providers::connections::Connection;

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::Form,
        visitor::Visitor,
    },
    provider::{
        connection_page::Connected,
        oidc::{form::OidcForm, save::save},
        okta::form::SettingsFields,
        paste::Paste,
    },
};

#[derive(Template)]
#[template(path = "oidc_new.html")]
struct NewPage<'a> {
    csrf: &'a str,
    may_change: bool,
    /// The page that lists the connections.
    back: &'static str,
    paste: Paste,
    provider: &'static Provider,
    initiate: String,
    action: &'static str,
    form: OidcForm,
}

/// `GET /integrations/okta/oidc/new`
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, OidcForm::empty())
}

/// `POST /integrations/okta/oidc/new`: creates the connection.
pub async fn post(form: Form<Administrator, SettingsFields>) -> PageResult {
    let Form { visitor: administrator, fields } = form;
    match save(&administrator, Which::New, &fields).await? {
        Ok(saved) => {
            Ok(administrator.redirect(&format!("{}/{}?saved=1", Connection::PATH, saved.connection_id)))
        }
        Err(problem) => show(&administrator, OidcForm::typed(&fields, true, problem)),
    }
}

fn show(visitor: &Visitor, form: OidcForm) -> PageResult {
    let paste = Paste::of(visitor.state(), &visitor.workspace().workspace_id, OktaAppKind::Own);
    let content = NewPage {
        csrf: visitor.csrf(),
        back: visitor.provider().the_page(),
        provider: form.provider.unwrap_or_default().facts(),
        may_change: visitor.may_change(),
        initiate: paste.initiate_login_uri(),
        paste,
        action: "/integrations/okta/oidc/new",
        form,
    };
    let has_problem = !content.form.problem.is_empty();
    visitor.form_page("New OpenID Connect connection", has_problem, &content)
}
