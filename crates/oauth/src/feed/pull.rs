//! Pull feed: the events about a workspace's people after a cursor, in order and without gaps. A request may wait for the next event. The
//! cursor is the number of the last line of the trail that was read.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header, rt::time, web};
use serde_json::{Value, json};
use vestibule_store::{Conn, trail::events};
use vestibule_web::{State, http::input::Parameters};

use super::{FeedRequest, Streams, event_json, refuse};
use crate::error::OAuthError;

/// How often a waiting request reads the trail.
const POLL: Duration = Duration::from_millis(500);

/// Longest wait, in seconds.
const LONGEST: u64 = 30;

/// Lines of the trail that one read returns.
const LINES: i64 = 500;

/// `GET /api/events`
pub async fn get(req: HttpRequest, state: web::Data<State>, streams: web::Data<Streams>) -> HttpResponse {
    match answer(&req, &state, &streams).await {
        Ok(page) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(page),
        Err(refusal) => refuse(&req, &state, &refusal),
    }
}

async fn answer(req: &HttpRequest, state: &State, streams: &Streams) -> Result<Value, OAuthError> {
    let query = Parameters::of_query(req)?;
    let number = |name: &str| query.get(name).map(str::parse::<u64>).transpose();
    let wait = number("wait").map_err(|_| OAuthError::Request("wait must be a whole number of seconds"))?;
    let after = number("cursor").map_err(|_| OAuthError::Request("cursor is invalid"))?;
    let after = i64::try_from(after.unwrap_or(0)).map_err(|_| OAuthError::Request("cursor is invalid"))?;
    let request = Arc::new(FeedRequest::read(req, &query, state)?);
    let polls = wait.unwrap_or(0).min(LONGEST) * 1000 / 500;
    let mut page = read(state, &request, after).await?;
    for _ in 0..polls {
        if page.1 > after || streams.is_closed() {
            break;
        }
        time::sleep(POLL).await;
        page = read(state, &request, after).await?;
    }
    let (events, cursor, more) = page;
    Ok(json!({ "events": events, "cursor": cursor.to_string(), "more": more }))
}

/// Reads the events about people among the next lines, the number of the last line, and whether there are more.
async fn read(
    state: &State,
    request: &Arc<FeedRequest>,
    after: i64,
) -> Result<(Vec<Value>, i64, bool), OAuthError> {
    let request = request.clone();
    state
        .indexed_read(move |conn: &mut Conn| {
            let subscription = request.authorize(conn)?;
            // Lines of different workspaces have no common order, so the client must name one workspace.
            let workspace_id = subscription.workspace_id.ok_or(OAuthError::Request("team_id is missing"))?;
            let lines = events::list(conn, &workspace_id, after, LINES)?;
            let last = lines.last().map_or(after, |event| event.seq);
            let of_people = lines.iter().filter(|event| event.target.starts_with("user:"));
            Ok((
                of_people.map(event_json).collect(),
                last,
                lines.len() >= usize::try_from(LINES).unwrap_or(0),
            ))
        })
        .await
}
