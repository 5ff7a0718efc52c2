//! `/requests`: the list of the request inspector, newest first, filtered by door and outcome. Everything it shows was redacted before
//! it was stored.

use askama::Template;
use url::form_urlencoded::Serializer;
use vestibule_core::{providers::Provider, sets::Door, time::Micros};
use vestibule_store::trail::requests::{self, Request, RequestFilter};
use vestibule_web::{http::input::Parameters, observe::inspect};

use crate::{
    audit::refusals::{self, Refusals},
    layout::{access::Reader, error::PageResult, moment::Moment},
};

/// How many requests a page has.
const COUNT: usize = 50;
/// How many groups of refused requests a page has.
const REFUSALS: usize = 20;

/// The doors, in the order of the form.
const DOORS: [Door; 6] =
    [Door::Scim, Door::SignIn, Door::OAuth, Door::UniversalLogout, Door::Signals, Door::BackchannelLogout];

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    provider: &'static Provider,
    /// Whether the inspector is on.
    on: bool,
    /// Value and name of each door.
    doors: [(&'static str, &'static str); 6],
    /// Value of the chosen door; empty: all.
    door: &'static str,
    outcome: String,
    search: String,
    /// The refused requests by person and cause, on the first page without a filter.
    refusals: Vec<Refusals>,
    rows: Vec<RequestRow>,
    /// The address of older requests.
    older: Option<String>,
    /// Whether this is not the first page.
    later: bool,
}

/// A row of the list.
pub(crate) struct RequestRow {
    pub id: String,
    pub at: Moment,
    door: &'static str,
    pub method: String,
    pub path: String,
    status: i64,
    refused: bool,
    pub reason: String,
    duration: String,
    /// Whether the sender has proven that it belongs to the workspace.
    proven: bool,
}

/// The filter of the page; empty texts filter nothing.
struct Filter {
    door: Option<Door>,
    outcome: String,
    search: String,
    before: Option<requests::Place>,
}

impl Filter {
    fn of(query: &Parameters) -> Self {
        Self {
            door: query.text("door").parse().ok(),
            outcome: Some(query.text("outcome"))
                .filter(|text| ["ok", "refused"].contains(text))
                .unwrap_or_default()
                .to_owned(),
            search: query.text("q").trim().chars().take(100).collect(),
            before: query.get("before").and_then(inspect::place),
        }
    }

    /// The door as the address names it; empty: all.
    fn door(&self) -> &'static str {
        self.door.map_or("", Door::as_str)
    }

    /// Whether everything is listed, from the newest on.
    fn is_none(&self) -> bool {
        self.door.is_none() && self.outcome.is_empty() && self.search.is_empty() && self.before.is_none()
    }

    /// The filter for the store.
    fn wanted(&self) -> RequestFilter {
        RequestFilter {
            door: self.door,
            refused: Some(self.outcome == "refused").filter(|_| !self.outcome.is_empty()),
            text: self.search.clone(),
            before: self.before.clone(),
        }
    }

    /// The address of the requests before this one.
    fn link(&self, last: &Request) -> String {
        let before = inspect::place_text(&last.place());
        let pairs =
            [("door", self.door()), ("outcome", &self.outcome), ("q", &self.search), ("before", &before)];
        let mut address = Serializer::new(String::new());
        address.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("/requests?{}", address.finish())
    }
}

/// Shows the list.
pub async fn get(reader: Reader) -> PageResult {
    let filter = Filter::of(&reader.query()?);
    let (workspace_id, wanted, now) = (reader.workspace_id(), filter.wanted(), reader.state().now());
    reader.store_inspected().await?;
    let is_first = filter.is_none();
    let (mut list, mut refusals) = reader
        .read(move |conn| {
            let list = requests::list(conn, &workspace_id, &wanted, COUNT + 1)?;
            let refusals = if is_first { refusals::read(conn, &workspace_id, now)? } else { Vec::new() };
            Ok((list, refusals))
        })
        .await?;
    refusals.truncate(REFUSALS);
    let more = list.len() > COUNT;
    list.truncate(COUNT);
    let content = RequestsPage {
        provider: reader.provider(),
        on: reader.state().inspector().is_on(),
        doors: DOORS.map(|door| (door.as_str(), door_in_words(door))),
        older: list.last().filter(|_| more).map(|last| filter.link(last)),
        refusals,
        rows: list.into_iter().map(|request| RequestRow::of(request, now)).collect(),
        later: filter.before.is_some(),
        door: filter.door(),
        outcome: filter.outcome,
        search: filter.search,
    };
    reader.page("Requests", &content)
}

impl RequestRow {
    pub(crate) fn of(request: Request, now: Micros) -> Self {
        // SCIM's paths begin with the workspace's base URL; the page of the request shows the whole path.
        let base = format!("/api/scim/v2/{}", request.workspace_id);
        let path =
            request.path.strip_prefix(&base).map_or_else(|| request.path.clone(), |rest| format!("…{rest}"));
        Self {
            at: Moment::of(request.at, now),
            door: door_in_words(request.door),
            duration: duration_in_words(&request),
            refused: request.is_refused(),
            id: request.request_id,
            method: request.method,
            path,
            status: request.status,
            reason: request.reason.replace('_', " "),
            proven: request.proven,
        }
    }
}

/// The door's name on pages.
pub(super) fn door_in_words(door: Door) -> &'static str {
    match door {
        Door::Scim => "SCIM",
        Door::SignIn => "Sign-in",
        Door::OAuth => "OAuth",
        Door::UniversalLogout => "Universal Logout",
        Door::Signals => "Shared signals",
        Door::BackchannelLogout => "Back-channel logout",
    }
}

/// How long the request took.
pub(super) fn duration_in_words(request: &Request) -> String {
    match request.micros {
        ..10_000 => format!("{:.1} ms", inspect::milliseconds(request)),
        _ => format!("{:.0} ms", inspect::milliseconds(request)),
    }
}
