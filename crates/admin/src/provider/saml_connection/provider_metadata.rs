//! Reads the metadata of SAML providers again: once a day, when an administrator asks, and when a response is signed with an unknown key,
//! so that nobody has to enter a new certificate. Reads that of a connection at most once a minute, whatever the cause.

use actix_web::web;
use vestibule_core::time::{Micros, SECOND};
use vestibule_saml::metadata;
use vestibule_store::{
    Error,
    providers::saml_connections::{self, SamlConnection},
    trail::events::Cause,
};
use vestibule_web::{State, observe::sightings::SightingKind, outbound::saml_metadata};

use super::metadata::{MetadataRead, take_over};
use crate::{actor::Actor, refusal::Refusal};

/// Age from which metadata is read again.
const LIFETIME: Micros = 24 * 3600 * SECOND;
/// Shortest time between two reads of a connection's metadata.
const RETRY_AFTER: Micros = 60 * SECOND;
/// Most connections that are read in one run.
const BATCH: i64 = 20;

/// Reads the metadata of a connection and takes over its certificates. `None`: it has no metadata URL, or was read a moment ago.
///
/// # Errors
/// A sentence for the administrator.
pub async fn read(
    state: &State,
    connection: &SamlConnection,
    cause: Cause,
) -> Result<Option<MetadataRead>, String> {
    let now = state.now();
    let read_at = connection.metadata_read_at.unwrap_or_default();
    if connection.metadata_url.is_empty() || read_at + RETRY_AFTER > now {
        return Ok(None);
    }
    let claimed = connection.clone();
    let is_ours = state.write(move |conn| saml_connections::begin_reading(conn, &claimed, now)).await;
    if !is_ours.map_err(failed)? {
        return Ok(None);
    }
    let taken = fetch(state, connection, cause, now).await;
    if let Err(sentence) = &taken {
        state.sightings().note_of(connection.key(), SightingKind::SamlMetadataUnread, sentence, now);
    }
    taken
}

/// Fetches the metadata and takes over its certificates.
async fn fetch(
    state: &State,
    connection: &SamlConnection,
    cause: Cause,
    now: Micros,
) -> Result<Option<MetadataRead>, String> {
    let xml = saml_metadata::fetch(state.outbound(), &connection.metadata_url).await?;
    let parsed = web::block(move || metadata::parse(&xml)).await;
    let parsed = parsed.map_err(|_| "the metadata could not be read".to_owned())?;
    let parsed = parsed.map_err(|error| error.to_string())?;
    let connection = connection.clone();
    let taken = state.write(move |conn| {
        // The settings may have changed meanwhile.
        let current = saml_connections::find(conn, &connection.workspace_id, &connection.connection_id)?;
        let current = current.filter(|current| current.metadata_url == connection.metadata_url);
        let Some(current) = current else { return Ok(None) };
        take_over(conn, &Actor::operator(cause, now), &current, &parsed).map(Some)
    });
    taken.await.map_err(|refusal| match refusal {
        Refusal::Store(error) => failed(error),
        other => other.to_string(),
    })
}

fn failed(error: Error) -> String {
    tracing::error!(%error, "saml_metadata.not_saved");
    "the metadata could not be saved".to_owned()
}

/// Reads the metadata that is due, of some connections. Called once a minute.
pub async fn read_due(state: &State) -> Result<(), Error> {
    let (region, before) = (state.config().region.name.clone(), state.now() - LIFETIME);
    let due = state.read(move |conn| saml_connections::list_unread(conn, &region, before, BATCH)).await?;
    for connection in due {
        let cause = Cause::new("vestibule", "metadata");
        if let Err(sentence) = read(state, &connection, cause).await {
            tracing::warn!(workspace = %connection.workspace_id, connection = %connection.connection_id, sentence, "saml_metadata.not_read");
        }
    }
    Ok(())
}
