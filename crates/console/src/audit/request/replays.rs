//! Whether a stored request can be sent again, and when it was.

use vestibule_admin::trail::replay::Sent;
use vestibule_core::{ids::WorkspaceId, providers::Provider, sets::EventKind, time::Micros};
use vestibule_store::{
    Conn, Error,
    trail::{
        events::{self, EventFilter},
        requests::Request,
    },
};

use crate::{
    audit::trail_lines::{self, Party},
    layout::moment::Moment,
};

/// How many replays of the workspace are searched for those of one request.
const SEARCHED: i64 = 100;

/// Whether the page offers to send the request again.
pub(super) enum Again {
    /// The page says nothing of it: nothing was refused, or there is nothing to send.
    Nothing,
    /// It can't be sent again: why.
    Impossible(&'static str),
    /// It can.
    Offered,
}

impl Again {
    pub(super) fn of(request: &Request) -> Result<Self, Error> {
        if !request.is_refused() || request.method == "GET" {
            return Ok(Self::Nothing);
        }
        Ok(match Sent::of(request)? {
            Ok(_) => Self::Offered,
            Err(why) => Self::Impossible(why),
        })
    }
}

/// When, and by whom.
#[derive(Default)]
pub(super) struct Replays(pub Vec<(Moment, Party)>);

impl Replays {
    /// The replays of a request, newest first.
    pub(super) fn read(
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        request_id: &str,
        (provider, now): (&Provider, Micros),
    ) -> Result<Self, Error> {
        let kind = EventKind::ScimRequestReplayed.as_str().to_owned();
        let wanted = EventFilter { kind: Some(kind), ..EventFilter::default() };
        let mut found = events::search(conn, workspace_id, &wanted, SEARCHED)?.events;
        found.retain(|event| event.data_or_text().get("replayed").is_some_and(|id| id == request_id));
        let actors: Vec<&str> = found.iter().map(|event| event.actor.as_str()).collect();
        let parties = trail_lines::parties(conn, workspace_id, &actors, provider)?;
        let times = found.iter().map(|event| Moment::of(event.at, now));
        Ok(Self(times.zip(parties).collect()))
    }
}
