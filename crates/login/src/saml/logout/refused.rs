//! Refusals of logout messages: at most one event a minute for each check, because anybody can send such a message; and a sighting for the
//! doctor.

use actix_web::HttpRequest;
use vestibule_core::sets::EventKind;
use vestibule_saml::logout::Refused;
use vestibule_store::{
    Error,
    providers::{saml_certificates, saml_connections::SamlConnection},
    trail::events::{self, Target, kinds::SignalRefused},
};
use vestibule_web::{State, http::request, observe::sightings::SightingKind};

use super::super::sentences;
use crate::refusal::Refusal;

/// Actor of the events of logout messages.
pub(super) const ACTOR: &str = "okta:saml-logout";

/// Records the refusal of a message that failed a check.
pub(super) async fn record(
    req: &HttpRequest,
    state: &State,
    connection: &SamlConnection,
    refused: Refused,
) -> Result<Refusal, Refusal> {
    let Refused { check, why, .. } = refused;
    let reason = match check {
        "signature" => format!("{why}; {}", about_certificates(state, connection).await?),
        _ => why,
    };
    see(state, connection, check, &reason);
    if state.limits().may_record(&connection.workspace_id, EventKind::SignalRefused.as_str(), check) {
        let (workspace_id, now) = (connection.workspace_id.clone(), state.now());
        let (cause, detail) = (request::cause(req, ACTOR), reason.clone());
        let recorded = state.write(move |conn| {
            let data = SignalRefused { reason: check, detail: Some(&detail), jti: None };
            events::record(conn, &workspace_id, &cause, Target::Workspace, &data, now).map(drop)
        });
        recorded.await?;
    }
    Ok(Refusal::SamlLogout { check, reason })
}

/// Notes for the doctor why a logout did not succeed.
pub(super) fn see(state: &State, connection: &SamlConnection, check: &str, reason: &str) {
    let detail = format!("{check}: {reason}");
    state.sightings().note_of(connection.key(), SightingKind::SamlLogoutRefused, &detail, state.now());
}

async fn about_certificates(state: &State, connection: &SamlConnection) -> Result<String, Error> {
    let connection = connection.clone();
    state
        .read(move |conn| {
            let certificates = saml_certificates::list(conn, &connection)?;
            Ok(sentences::about_certificates(&connection, &certificates))
        })
        .await
}
