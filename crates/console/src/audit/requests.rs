//! `/requests`: the request inspector's list, the newest first, by door and outcome. Administrators only; what it shows was redacted
//! before it was stored.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use url::form_urlencoded::Serializer;
use vestibule_core::time::{self, Micros};
use vestibule_store::trail::requests::{self, Request, Wanted};
use vestibule_web::{State, http::request, observe::inspect, pages};

use crate::layout::auth;

/// How many stand on a page.
const COUNT: usize = 50;

/// The doors, as URLs and as people name them.
pub(crate) const DOORS: [(&str, &str); 6] = [
    ("scim", "SCIM"),
    ("sign_in", "Sign-in"),
    ("oauth", "OAuth"),
    ("universal_logout", "Universal Logout"),
    ("signals", "Shared signals"),
    ("backchannel_logout", "Back-channel logout"),
];

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    on: bool,
    doors: [(&'static str, &'static str); 6],
    door: String,
    outcome: String,
    asked: String,
    rows: Vec<Row>,
    /// The address of the older ones.
    older: Option<String>,
    /// Whether this is not the first page.
    later: bool,
}

struct Row {
    id: String,
    exact: String,
    told: String,
    door: &'static str,
    method: String,
    path: String,
    status: i64,
    refused: bool,
    reason: String,
    took: String,
    proven: bool,
}

/// Shows the list.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (visitor, query) = match auth::reader_s_query(&req, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let door = DOORS.iter().find(|(door, _)| *door == query.text("door")).map(|(door, _)| (*door).to_owned());
    let outcome = query.text("outcome");
    let wanted = Wanted {
        door: door.clone(),
        refused: ["ok", "refused"].contains(&outcome).then_some(outcome == "refused"),
        text: query.text("q").trim().chars().take(100).collect(),
        before: query.get("before").and_then(inspect::place),
    };
    let (asked, later) = (wanted.text.clone(), wanted.before.is_some());
    // Who looks sees what this node has answered until now.
    let written = inspect::write_down(&state).await;
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let listed = match written {
        Ok(_) => state.read(move |conn| requests::list(conn, &workspace_id, &wanted, COUNT + 1)).await,
        Err(error) => Err(error),
    };
    let mut listed = match listed {
        Ok(listed) => listed,
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    let more = listed.len() > COUNT;
    listed.truncate(COUNT);
    let door = door.unwrap_or_default();
    let outcome = if ["ok", "refused"].contains(&outcome) { outcome.to_owned() } else { String::new() };
    let older = listed.last().filter(|_| more).map(|last| {
        let mut address = Serializer::new(String::new());
        let before = inspect::place_text(&last.place());
        let pairs = [("door", &door), ("outcome", &outcome), ("q", &asked), ("before", &before)];
        address.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("/requests?{}", address.finish())
    });
    let content = RequestsPage {
        on: state.inspector().is_on(),
        doors: DOORS,
        rows: listed.into_iter().map(|request| row(request, now)).collect(),
        door,
        outcome,
        asked,
        older,
        later,
    };
    pages::render(&state, StatusCode::OK, "Requests", &visitor.around(), &content)
}

fn row(request: Request, now: Micros) -> Row {
    // All of SCIM stands below the workspace's own base URL: the page of the request tells it whole.
    let base = format!("/api/scim/v2/{}", request.workspace_id);
    let path =
        request.path.strip_prefix(&base).map_or_else(|| request.path.clone(), |rest| format!("…{rest}"));
    Row {
        exact: time::rfc3339(request.at),
        told: time::relative(request.at, now),
        door: door_in_words(&request.door),
        took: took(&request),
        refused: request.is_refused(),
        id: request.request_id,
        method: request.method,
        path,
        status: request.status,
        reason: request.reason.replace('_', " "),
        proven: request.proven,
    }
}

/// As people name the door.
pub(crate) fn door_in_words(door: &str) -> &'static str {
    DOORS.iter().find(|(name, _)| *name == door).map_or("Other", |(_, words)| words)
}

/// How long it took, as people say it.
pub(crate) fn took(request: &Request) -> String {
    match request.micros {
        ..10_000 => format!("{:.1} ms", inspect::milliseconds(request)),
        _ => format!("{:.0} ms", inspect::milliseconds(request)),
    }
}
