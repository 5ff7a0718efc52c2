//! `/requests/{id}`: one request of the inspector: what was understood, what changed, why it was refused and what to do, how long it
//! took, its lines in the trail, and whether it can be sent again. A request of another workspace is not found.

mod facts;
pub mod replay;
mod replays;

use actix_web::http::StatusCode;
use askama::Template;
use facts::{Change, Fact, changes, facts};
use vestibule_core::ids;
use vestibule_store::trail::{
    events::{self, Event},
    requests::{self, Request},
};
use vestibule_web::{observe::inspect::IN_OKTA, pages::Refused};

use replays::{Again, Replays};

use crate::{
    audit::requests::{door_in_words, duration_in_words},
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        moment::Moment,
        visitor::Visitor,
    },
};

#[derive(Template)]
#[template(path = "request.html")]
struct RequestPage {
    request: Request,
    door: &'static str,
    at: Moment,
    duration: String,
    advice: Vec<String>,
    understood: Vec<Fact>,
    changes: Vec<Change>,
    events: Vec<Event>,
    again: Again,
    replays: Replays,
    may_change: bool,
}

/// Shows the request.
pub async fn get(reader: Reader) -> PageResult {
    let (workspace_id, now) = (reader.workspace_id(), reader.state().now());
    let provider = reader.provider();
    let wanted = ids::parse(reader.http().match_info().get("id").unwrap_or_default());
    reader.store_inspected().await?;
    let found = reader
        .read(move |conn| {
            let Some(request_id) = wanted else { return Ok(None) };
            let Some(found) = requests::find(conn, &workspace_id, &request_id)? else { return Ok(None) };
            let duration = (found.at, found.micros);
            let events = events::of_request(conn, &workspace_id, &found.request_id, duration)?;
            let (understood, changed) = (found.understood()?, found.changed()?);
            let again = Again::of(&found)?;
            let replays = match again {
                Again::Offered => Replays::read(conn, &workspace_id, &found.request_id, (provider, now))?,
                Again::Nothing | Again::Impossible(_) => Replays::default(),
            };
            Ok(Some((found, understood, changed, events, again, replays)))
        })
        .await?;
    let (request, understood, changed, events, again, replays) = found.ok_or_else(|| missing(&reader))?;
    let content = RequestPage {
        door: door_in_words(request.door),
        at: Moment::of(request.at, now),
        duration: duration_in_words(&request),
        advice: request
            .advice
            .lines()
            .filter(|line| reader.has_okta() || !line.starts_with(IN_OKTA))
            .map(str::to_owned)
            .collect(),
        understood: facts(&understood),
        changes: changes(&changed),
        may_change: reader.may_change(),
        request,
        events,
        again,
        replays,
    };
    reader.page("Request", &content)
}

/// No request with this id is stored for the workspace.
fn missing(visitor: &Visitor) -> PageError {
    let days = visitor.state().config().inspector.keep_days;
    let explanation = format!(
        "No request with this id is stored for this workspace. Requests are stored for {days} days, and only the newest of them."
    );
    visitor.refuse(
        Refused::new(StatusCode::NOT_FOUND, "This request is not here", explanation)
            .advise("Look for it in the list of requests: /requests.")
            .refer(visitor.id()),
    )
}
