//! The page `/integrations/okta/oidc/{connection}`: its state, what to enter at the provider, its email domains, and its settings.

use actix_web::web;
use askama::Template;
use vestibule_admin::provider::connection::Which;
use vestibule_core::{
    ids::ConnectionId,
    providers::Provider,
    sets::{OktaAppKind, ProviderKind},
};
use vestibule_store::providers::connections::Connection;
use vestibule_web::pages::isolate;

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::Form,
        visitor::Visitor,
    },
    provider::{
        connection_page::{Connected, id_of, missing},
        oidc::{change::read, form::OidcForm, save::save},
        okta::form::SettingsFields,
        paste::Paste,
    },
};

#[derive(Template)]
#[template(path = "oidc.html")]
struct OidcPage<'a> {
    csrf: &'a str,
    may_change: bool,
    /// The page that lists the connections.
    back: &'static str,
    connection: Connection,
    domains: Vec<String>,
    paste: Paste,
    provider: &'static Provider,
    initiate: String,
    action: String,
    form: OidcForm,
    /// Whether something was just saved.
    saved: bool,
    /// Why the action of a button was refused; empty: it was not.
    problem: String,
}

/// `GET /integrations/okta/oidc/{connection}`
pub async fn get(reader: Reader, path: web::Path<String>) -> PageResult {
    let saved = reader.query_is("saved=1");
    show(&reader, id_of::<Connection>(&reader, &path)?, Shown { saved, ..Shown::default() }).await
}

/// `POST /integrations/okta/oidc/{connection}`: saves the settings.
pub async fn post(form: Form<Administrator, SettingsFields>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, mut fields } = form;
    let id = id_of::<Connection>(&administrator, &path)?;
    // This form has no field for `enabled`; a button of the page switches the connection.
    let (workspace_id, wanted) = (administrator.workspace_id(), id.clone());
    let (before, _) =
        administrator.read_on(missing::<Connection>, move |conn| read(conn, &workspace_id, &wanted)).await?;
    fields.enabled = before.enabled;
    match save(&administrator, Which::Id(id.clone()), &fields).await? {
        Ok(_) => Ok(administrator.redirect(&format!("{}/{id}?saved=1", Connection::PATH))),
        Err(problem) => {
            let form = Some(OidcForm::typed(&fields, false, problem));
            show(&administrator, id, Shown { form, ..Shown::default() }).await
        }
    }
}

/// What the page shows besides the stored settings.
#[derive(Default)]
pub(super) struct Shown {
    /// The form as typed; `None`: as stored.
    pub form: Option<OidcForm>,
    /// Whether something was just saved.
    pub saved: bool,
    /// Why the action of a button was refused; empty: it was not.
    pub problem: String,
}

/// Renders the page.
pub(super) async fn show(visitor: &Visitor, id: ConnectionId, shown: Shown) -> PageResult {
    let (workspace_id, wanted) = (visitor.workspace_id(), id.clone());
    let (connection, domains) =
        visitor.read_on(missing::<Connection>, move |conn| read(conn, &workspace_id, &wanted)).await?;
    let paste = Paste::of(visitor.state(), &connection.workspace_id, OktaAppKind::Own);
    let title = format!("{} · OpenID Connect connection", isolate(&connection.name));
    let content = OidcPage {
        csrf: visitor.csrf(),
        back: visitor.provider().the_page(),
        provider: connection.provider.facts(),
        may_change: visitor.may_change(),
        domains,
        initiate: format!("{}&connection={id}", paste.initiate_login_uri()),
        paste,
        action: format!("{}/{id}", Connection::PATH),
        form: shown.form.unwrap_or_else(|| OidcForm::stored(&connection)),
        saved: shown.saved,
        problem: shown.problem,
        connection,
    };
    let has_problem = !content.form.problem.is_empty() || !content.problem.is_empty();
    visitor.form_page(&title, has_problem, &content)
}
