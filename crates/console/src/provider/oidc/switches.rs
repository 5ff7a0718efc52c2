//! `POST /integrations/okta/oidc/{connection}/switch`: the buttons of a connection's page: on, off, default.

use actix_web::web;
use vestibule_admin::{
    Refusal,
    provider::connection::{self, Settings},
};
use vestibule_store::providers::connections::Connection;
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
    provider::{
        connection_page::{Connected, change, id_of},
        oidc::connection::{Shown, show},
    },
};

/// The buttons.
pub enum Switch {
    /// Let people sign in through the connection.
    On,
    /// Let nobody sign in through the connection.
    Off,
    /// Use the connection for sign-ins that name none.
    Default,
    /// None of these.
    Unknown,
}

impl Fields for Switch {
    fn read(form: &Parameters) -> Self {
        match form.text("do") {
            "on" => Self::On,
            "off" => Self::Off,
            "default" => Self::Default,
            _ => Self::Unknown,
        }
    }
}

/// Does what the button says.
pub async fn post(form: Form<Administrator, Switch>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields: switch } = form;
    let id = id_of::<Connection>(&administrator, &path)?;
    let state = administrator.state().clone();
    let outcome = change(&administrator, id.clone(), move |conn, actor, connection: &Connection| {
        let mut settings = Settings::of(connection);
        match switch {
            Switch::On => settings.enabled = Some(true),
            Switch::Off => settings.enabled = Some(false),
            Switch::Default => settings.make_default = true,
            Switch::Unknown => {
                return Err(Refusal::Conflict("the form doesn't say what to do".to_owned()));
            }
        }
        connection::save(conn, actor, state.sealer(), &connection.workspace_id, settings)?;
        Ok(())
    });
    match outcome.await? {
        Ok(()) => Ok(administrator.redirect(&format!("{}/{id}?saved=1", Connection::PATH))),
        Err(problem) => show(&administrator, id, Shown { problem, ..Shown::default() }).await,
    }
}
