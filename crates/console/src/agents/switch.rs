//! `POST /integrations/agents`: switches whether one connection lets AI clients act for people of the workspace.

use vestibule_admin::{
    Refusal,
    provider::connection::{self, Settings},
};
use vestibule_core::ids::ConnectionId;
use vestibule_store::providers::connections;
use vestibule_web::http::input::Parameters;

use crate::{
    agents::page::show,
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
};

/// The switch of a connection.
pub struct Switch {
    connection: Option<ConnectionId>,
    on: bool,
}

impl Fields for Switch {
    fn read(form: &Parameters) -> Self {
        Self { connection: ConnectionId::parse(form.text("connection")), on: form.text("on") == "1" }
    }
}

/// Switches the connection's Cross App Access.
pub async fn post(form: Form<Administrator, Switch>) -> PageResult {
    let Form { visitor: administrator, fields: Switch { connection, on } } = form;
    let (workspace_id, actor, state) =
        (administrator.workspace_id(), administrator.actor(), administrator.state().clone());
    let outcome = administrator
        .change(move |conn| {
            let found = match &connection {
                Some(id) => connections::find(conn, &workspace_id, id)?,
                None => None,
            };
            let found = found.ok_or_else(|| {
                Refusal::Conflict("this workspace has no such OpenID Connect connection".to_owned())
            })?;
            let settings = Settings { cross_app: Some(on), ..Settings::of(&found) };
            connection::save(conn, &actor, state.sealer(), &workspace_id, settings)?;
            Ok(())
        })
        .await?;
    match outcome {
        Ok(()) => Ok(administrator.redirect("/integrations/agents?saved=1")),
        Err(problem) => show(&administrator, problem).await,
    }
}
