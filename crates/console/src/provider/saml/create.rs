//! `/integrations/okta/saml/new`: what to enter at the provider, then the form of a new connection.

use askama::Template;
use vestibule_admin::provider::saml_connection::addresses::{self, Addresses};
use vestibule_core::{
    providers::{PROVIDERS, Provider},
    sets::ProviderKind,
};
use vestibule_store::providers::saml_connections::SamlConnection;

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::Form,
        visitor::Visitor,
    },
    provider::{
        connection_page::Connected,
        saml::{fields::SamlFields, form::SamlForm, save::save},
    },
};

#[derive(Template)]
#[template(path = "saml_new.html")]
struct NewPage<'a> {
    csrf: &'a str,
    may_change: bool,
    /// The page that lists the connections.
    back: &'static str,
    provider: &'static Provider,
    /// The kinds of providers whose labels the page can have.
    kinds: Vec<&'static Provider>,
    ours: Addresses,
    initiate: String,
    action: String,
    form: SamlForm,
}

impl NewPage<'_> {
    /// Whether the provider has labels of its own.
    fn is_known(&self) -> bool {
        self.provider.kind != ProviderKind::Any
    }

    /// Whether the form is a step of the set-up.
    fn is_step(&self) -> bool {
        false
    }

    /// Whether the form has the fields of Okta's Universal Logout.
    fn has_okta_fields(&self) -> bool {
        self.provider.is_okta()
    }
}

/// `GET /integrations/okta/saml/new?provider=`: the labels are those of the chosen kind of provider, or of the workspace's.
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, SamlForm::empty())
}

/// `POST /integrations/okta/saml/new`: creates the connection.
pub async fn post(form: Form<Administrator, SamlFields>) -> PageResult {
    let Form { visitor: administrator, fields } = form;
    match save(&administrator, None, &fields).await? {
        Ok(saved) => {
            Ok(administrator.redirect(&format!("{}/{}?saved=1", SamlConnection::PATH, saved.connection_id)))
        }
        Err(problem) => show(&administrator, SamlForm::typed(fields, true, problem)),
    }
}

fn show(visitor: &Visitor, form: SamlForm) -> PageResult {
    let workspace_id = &visitor.workspace().workspace_id;
    let chosen: Result<ProviderKind, _> = visitor.query().unwrap_or_default().text("provider").parse();
    let provider = chosen.map_or_else(|_| visitor.provider(), ProviderKind::facts);
    let content = NewPage {
        csrf: visitor.csrf(),
        back: visitor.provider().the_page(),
        provider,
        kinds: PROVIDERS.iter().filter(|other| other.kind != provider.kind).collect(),
        may_change: visitor.may_change(),
        ours: addresses::of_workspace(&visitor.state().config().region.api_url, workspace_id),
        initiate: visitor.state().api_url(&format!("/api/okta/saml/login?team_id={workspace_id}")),
        action: format!("/integrations/okta/saml/new?provider={}", provider.kind),
        form,
    };
    visitor.form_page("New SAML connection", content.form.problem.is_some(), &content)
}
