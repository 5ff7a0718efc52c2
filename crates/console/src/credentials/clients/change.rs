//! `POST /tokens/clients/{client}`: changes one switch of a client of the workspace.

use actix_web::web;
use vestibule_admin::{
    Refusal,
    access::clients::{self, ClientChange},
};
use vestibule_core::sets::DpopMode;
use vestibule_store::Error;
use vestibule_web::http::input::Parameters;

use crate::{
    credentials::clients::page::{find, missing, show},
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
};

/// The switch and its new state; `None`: none of the page's.
pub struct Switch(Option<ClientChange<'static>>);

impl Fields for Switch {
    fn read(form: &Parameters) -> Self {
        let nothing = ClientChange::default();
        let on = match form.text("to") {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        Self(match (form.text("switch"), on) {
            ("cross_app", Some(_)) => Some(ClientChange { cross_app: on, ..nothing }),
            ("token_exchange", Some(_)) => Some(ClientChange { token_exchange: on, ..nothing }),
            ("requires_pkce", Some(_)) => Some(ClientChange { requires_pkce: on, ..nothing }),
            ("dpop", _) => {
                let mode = form.text("to").parse::<DpopMode>().ok();
                mode.map(|mode| ClientChange { dpop: Some(mode), ..nothing })
            }
            _ => None,
        })
    }
}

/// Changes the switch.
pub async fn post(form: Form<Administrator, Switch>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields: Switch(change) } = form;
    let (workspace_id, actor, id) = (administrator.workspace_id(), administrator.actor(), path.into_inner());
    let allow_insecure = administrator.state().config().okta.allow_insecure_issuers;
    let client_id = id.clone();
    let outcome = administrator
        .change_on(missing, move |conn| {
            let client = find(conn, &workspace_id, &client_id)?.ok_or(Error::NotFound)?;
            let change = change.ok_or_else(|| {
                Refusal::Conflict("the form names no switch of a client, or no state of it".to_owned())
            })?;
            clients::change(conn, &actor, client, change, allow_insecure).map(drop)
        })
        .await?;
    match outcome {
        Ok(()) => Ok(administrator.redirect(&format!("/tokens/clients/{id}?saved=1"))),
        Err(problem) => show(&administrator, id, problem).await,
    }
}
