//! The SAML parts of the set-up: what to enter at the provider, and the form of the first connection.

use askama::Template;
use vestibule_admin::{
    Actor,
    provider::saml_connection::addresses::{self, Addresses},
};
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    providers::Provider,
    sets::ProviderKind,
};
use vestibule_store::{Conn, Error, providers::saml_connections::SamlConnection};
use vestibule_web::{State, http::input::Parameters};

use crate::{
    layout::form::Fields,
    provider::saml::{
        change::read,
        fields::SamlFields,
        form::SamlForm,
        save::{Before, save_as},
    },
};

/// The form, to be rendered within a step.
#[derive(Template)]
#[template(path = "setup_saml.html")]
struct FormPart<'a> {
    csrf: &'a str,
    action: String,
    provider: &'static Provider,
    form: &'a SamlForm,
}

impl FormPart<'_> {
    fn is_known(&self) -> bool {
        self.provider.kind != ProviderKind::Any
    }

    fn is_step(&self) -> bool {
        true
    }

    fn has_okta_fields(&self) -> bool {
        self.provider.is_okta()
    }
}

/// What to enter at the provider, to be rendered within a step.
#[derive(Template)]
#[template(path = "setup_saml_addresses.html")]
struct AddressesPart {
    provider: &'static Provider,
    ours: Addresses,
    initiate: String,
}

impl AddressesPart {
    fn is_known(&self) -> bool {
        self.provider.kind != ProviderKind::Any
    }
}

/// The form as typed, or as the first connection is stored.
pub(crate) struct Form(SamlForm);

/// Reads the form of the connection; empty: there is none yet.
pub(crate) fn form(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    id: Option<&ConnectionId>,
) -> Result<Form, Error> {
    let Some(id) = id else { return Ok(Form(SamlForm::empty())) };
    let before = read(conn, workspace_id, id)?;
    Ok(Form(SamlForm::stored(&before.connection, &before.names)))
}

impl Form {
    /// Whether the form says what is wrong.
    pub(crate) fn has_problem(&self) -> bool {
        self.0.problem.is_some()
    }

    /// Renders the form.
    pub(crate) fn render(
        &self,
        csrf: &str,
        action: String,
        provider: &'static Provider,
    ) -> Result<String, askama::Error> {
        FormPart { csrf, action, provider, form: &self.0 }.render()
    }
}

/// Renders what to enter at the provider.
pub(crate) fn addresses(
    state: &State,
    workspace_id: &WorkspaceId,
    provider: &'static Provider,
) -> Result<String, askama::Error> {
    let ours = addresses::of_workspace(&state.config().region.api_url, workspace_id);
    let initiate = state.api_url(&format!("/api/okta/saml/login?team_id={workspace_id}"));
    AddressesPart { provider, ours, initiate }.render()
}

/// Saves the first connection, or creates it with sign-in off. The inner error is the form to correct.
pub(crate) async fn save(
    state: &State,
    workspace_id: &WorkspaceId,
    actor: Actor,
    id: Option<ConnectionId>,
    sent: &Parameters,
) -> Result<Result<SamlConnection, Form>, Error> {
    let fields = SamlFields { enabled: false, ..SamlFields::read(sent) };
    let before: Option<Before> = match id {
        Some(id) => {
            let workspace_id = workspace_id.clone();
            Some(state.read(move |conn| read(conn, &workspace_id, &id)).await?)
        }
        None => None,
    };
    let saved = save_as(state, workspace_id.clone(), actor, before.as_ref(), &fields).await?;
    Ok(saved.map_err(|problem| Form(SamlForm::typed(fields, before.is_none(), problem))))
}
