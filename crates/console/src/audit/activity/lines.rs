//! Lines of the trail as `/activity` shows them: the names are read once for all lines.

use vestibule_core::{
    ids::{GroupId, UserId, WorkspaceId},
    providers::Provider,
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    people::{
        groups,
        users::{self, UserSummary},
    },
    trail::{events::Event, requests},
};

use crate::{
    audit::{
        activity::values::{SIZE, Values, clip},
        rights_words,
        sentences::sentence,
        trail_lines,
    },
    layout::moment::Moment,
};

/// A line of the list.
pub(super) struct Line {
    pub seq: i64,
    pub at: Moment,
    pub who: Party,
    pub whom: Party,
    pub what: String,
    /// Name, before, after.
    pub changes: Vec<(String, String, String)>,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Whether values are only in the export.
    pub more: bool,
    /// The line that caused this one.
    pub cause: Option<i64>,
    /// The id of the request, if it is stored.
    pub request: Option<String>,
}

/// The actor or the target of an event.
pub(crate) struct Party {
    pub words: String,
    /// The path of their page.
    pub link: Option<String>,
}

/// Makes lines of events.
pub(super) fn of(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    events: Vec<Event>,
    (provider, now): (&Provider, Micros),
) -> Result<Vec<Line>, Error> {
    let ids_of = |kind: &str| {
        let parties = events.iter().flat_map(|event| [&event.actor, &event.target]);
        let mut ids: Vec<String> =
            parties.filter_map(|party| party.strip_prefix(kind)).map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let mut user_ids: Vec<UserId> = ids_of("user:").into_iter().map(UserId::from_stored).collect();
    user_ids.extend(events.iter().flat_map(rights_words::named_people));
    user_ids.sort();
    user_ids.dedup();
    let people = users::summaries(conn, workspace_id, &user_ids)?;
    let group_ids: Vec<GroupId> = ids_of("group:").into_iter().map(GroupId::from_stored).collect();
    let groups = groups::names(conn, workspace_id, &group_ids)?;
    let request_ids: Vec<String> = events.iter().map(|event| event.request_id.clone()).collect();
    let stored = requests::kept(conn, workspace_id, &request_ids)?;
    let mut left = SIZE;
    Ok(events
        .into_iter()
        .map(|event| {
            let values = Values::of(rights_words::readable(&event, &people, provider), &mut left);
            Line {
                seq: event.seq,
                at: Moment::of(event.at, now),
                who: party(&event.actor, (&people, &groups), provider),
                whom: party(&event.target, (&people, &groups), provider),
                what: sentence(&event.kind),
                changes: values.changes,
                facts: values.facts,
                more: values.more,
                cause: rights_words::cause(&event),
                request: Some(event.request_id).filter(|id| stored.contains(id)),
            }
        })
        .collect())
}

fn party(
    named: &str,
    (people, groups): (&[UserSummary], &[(GroupId, String)]),
    provider: &Provider,
) -> Party {
    let linked = |words: &str, link: String| Party { words: words.to_owned(), link: Some(link) };
    match named.split_once(':') {
        Some(("group", id)) => match groups.iter().find(|(group, _)| group.as_str() == id) {
            Some((_, name)) => linked(&format!("the group {}", clip(name)), format!("/groups/{id}")),
            None => Party { words: "a group deleted since".to_owned(), link: None },
        },
        Some(("webhook", id)) => linked("a webhook", format!("/webhooks/{id}")),
        Some(("grant", _)) => linked("a connection", "/tokens".to_owned()),
        Some(("client", _)) => Party { words: "an app".to_owned(), link: None },
        _ => {
            let party = trail_lines::party(named, people, provider);
            let link = party.person.map(|id| format!("/people/{id}"));
            Party { words: clip(&party.words), link }
        }
    }
}
