//! `POST /integrations/okta/saml/{connection}/switch`: the buttons of a SAML connection's page: on, off, default, trust a certificate, read
//! the metadata now.

use actix_web::web;
use vestibule_admin::{
    Actor, Refusal,
    provider::saml_connection::{metadata::MetadataRead, provider_metadata, switches},
};
use vestibule_core::ids::ConnectionId;
use vestibule_store::{Tx, providers::saml_connections::SamlConnection};
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
    provider::{
        connection_page::{Connected, change, find, id_of, missing},
        saml::connection::{Shown, show},
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
    /// Trust the certificate with this fingerprint.
    Trust(String),
    /// Read the provider's metadata.
    ReadMetadata,
    /// None of these.
    Unknown,
}

impl Fields for Switch {
    fn read(form: &Parameters) -> Self {
        match form.text("do") {
            "on" => Self::On,
            "off" => Self::Off,
            "default" => Self::Default,
            "read" => Self::ReadMetadata,
            "trust" => Self::Trust(form.text("fingerprint").to_owned()),
            _ => Self::Unknown,
        }
    }
}

/// Does what the button says.
pub async fn post(form: Form<Administrator, Switch>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields: switch } = form;
    let id = id_of::<SamlConnection>(&administrator, &path)?;
    let outcome = match switch {
        Switch::ReadMetadata => return read_metadata(&administrator, id).await,
        switch => {
            let allow_insecure = administrator.state().config().okta.allow_insecure_issuers;
            let job = move |conn: &mut Tx<'_>, actor: &Actor, connection: &SamlConnection| match switch {
                Switch::On => switches::enable(conn, actor, connection, true, allow_insecure),
                Switch::Off => switches::enable(conn, actor, connection, false, allow_insecure),
                Switch::Default => switches::make_default(conn, actor, connection, allow_insecure),
                Switch::Trust(fingerprint) => {
                    let key = (&connection.workspace_id, &connection.connection_id);
                    switches::trust(conn, actor, key, &fingerprint)
                }
                Switch::ReadMetadata | Switch::Unknown => {
                    Err(Refusal::Conflict("the form doesn't say what to do".to_owned()))
                }
            };
            change(&administrator, id.clone(), job).await?
        }
    };
    match outcome {
        Ok(()) => Ok(administrator.redirect(&format!("{}/{id}?saved=1", SamlConnection::PATH))),
        Err(problem) => show(&administrator, id, Shown { problem, ..Shown::default() }).await,
    }
}

async fn read_metadata(administrator: &Administrator, id: ConnectionId) -> PageResult {
    let (workspace_id, wanted) = (administrator.workspace_id(), id.clone());
    let connection: SamlConnection = administrator
        .read_on(missing::<SamlConnection>, move |conn| find(conn, &workspace_id, &wanted))
        .await?;
    let read = provider_metadata::read(administrator.state(), &connection, administrator.cause()).await;
    let told = match read {
        Ok(None) => "recent",
        Ok(Some(read)) if read == MetadataRead::default() => "same",
        Ok(Some(read)) if !read.waiting.is_empty() => "waiting",
        Ok(Some(_)) => "new",
        Err(problem) => return show(administrator, id, Shown { problem, ..Shown::default() }).await,
    };
    Ok(administrator.redirect(&format!("{}/{id}?metadata={told}", SamlConnection::PATH)))
}
