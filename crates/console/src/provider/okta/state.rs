//! `GET /integrations/okta/state`: what changes while the Okta page is open, as JSON for its script: counts, the last request, the sync.
//! The script asks every few seconds while the page is visible, so no connection stays open for it.

use actix_web::{HttpResponse, http::header};
use serde_json::json;
use vestibule_store::{
    people::{groups, users},
    providers::{setup_progress, sightings},
};
use vestibule_web::observe::sightings::SightingKind;

use crate::{
    layout::{access::Reader, error::PageResult, moment::Moment},
    provider::sync_status::SyncStatus,
};

/// Answers with the state.
pub async fn get(reader: Reader) -> PageResult {
    let (workspace_id, now) = (reader.workspace_id(), reader.state().now());
    let provider = reader.provider();
    let state = reader
        .read(move |conn| {
            let seen = sightings::list(conn, &workspace_id)?;
            let last = seen.iter().find(|seen| seen.kind == SightingKind::ScimAnswered.name());
            let last = last.map_or_else(|| "never".to_owned(), |seen| Moment::of(seen.last_at, now).relative);
            let sync = SyncStatus::of(&setup_progress::find(conn, &workspace_id)?, provider, now);
            Ok(json!({
                "people": users::count(conn, &workspace_id)?, "groups": groups::count(conn, &workspace_id)?,
                "last_request": last, "sync": sync.sentence, "syncing": sync.running,
            }))
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(state))
}
