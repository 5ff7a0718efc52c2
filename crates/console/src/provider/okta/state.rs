//! `GET /integrations/okta/state`: what changes while the Okta page is open, for its script: numbers, the last request, the sync. A
//! small answer that is asked for every few seconds by a page that is looked at: no connection is held open for it.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::json;
use vestibule_store::{
    Error,
    people::{groups, users},
    providers::{setup_progress, sightings},
};
use vestibule_web::{State, http::request, observe::sightings::Sight, pages};

use crate::{account::sessions::Moment, layout::auth, provider::sync};

/// Tells it.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let (workspace_id, now) = (visitor.workspace.workspace_id, state.now());
    let told = state.read(move |conn| {
        let seen = sightings::list(conn, &workspace_id)?;
        let last = seen.iter().find(|seen| seen.kind == Sight::ScimAnswered.name());
        let last = last.map_or_else(|| "never".to_owned(), |seen| Moment::of(seen.last_at, now).told);
        let sync = sync::told(&setup_progress::find(conn, &workspace_id)?, now);
        Ok::<_, Error>(json!({
            "people": users::count(conn, &workspace_id)?, "groups": groups::count(conn, &workspace_id)?,
            "last_request": last, "sync": sync.sentence, "syncing": sync.running,
        }))
    });
    match told.await {
        Ok(told) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(told),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
