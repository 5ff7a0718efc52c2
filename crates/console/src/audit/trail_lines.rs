//! Lines of the governance trail as the page of a person lists them, and the names of actors in words. Names of people are read once
//! for all lines.

use vestibule_core::{
    ids::{UserId, WorkspaceId},
    providers::Provider,
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    people::users::{self, UserSummary},
    trail::events::Event,
};

use crate::{audit::rights_words, layout::moment::Moment};

/// A line of the list.
pub(crate) struct Line {
    pub at: Moment,
    pub what: String,
    /// More than the kind says.
    pub detail: Option<String>,
    /// The line that caused it.
    pub cause: Option<i64>,
    pub who: Party,
}

impl Line {
    /// The address of the line that caused it.
    pub(crate) fn cause_link(&self) -> Option<String> {
        self.cause.map(|seq| format!("/activity?before={}", seq.saturating_add(1)))
    }
}

/// The actor or the target of an event.
pub(crate) struct Party {
    pub words: String,
    /// The id of the person, if they are in the workspace.
    pub person: Option<UserId>,
}

/// Makes lines of events.
pub(crate) fn lines(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    events: Vec<Event>,
    (provider, now): (&Provider, Micros),
) -> Result<Vec<Line>, Error> {
    let actors: Vec<&str> = events.iter().map(|event| event.actor.as_str()).collect();
    let parties = parties(conn, workspace_id, &actors, provider)?;
    let line = |(event, who): (Event, Party)| Line {
        at: Moment::of(event.at, now),
        what: what(&event.kind),
        detail: rights_words::of_person(&event, provider),
        cause: rights_words::cause(&event),
        who,
    };
    Ok(events.into_iter().zip(parties).map(line).collect())
}

/// A kind of event as words: `roles_changed` → "Roles changed"
pub(crate) fn what(kind: &str) -> String {
    let spaced = kind.replace('_', " ").replace("mcp", "MCP").replace("api", "API");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Names these actors, in the same order.
pub(crate) fn parties(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    named: &[&str],
    provider: &Provider,
) -> Result<Vec<Party>, Error> {
    let user_ids = named.iter().filter_map(|party| party.strip_prefix("user:"));
    let mut ids: Vec<UserId> = user_ids.map(UserId::from_stored).collect();
    ids.sort();
    ids.dedup();
    let people = users::summaries(conn, workspace_id, &ids)?;
    Ok(named.iter().map(|named| party(named, &people, provider)).collect())
}

/// Names one actor or target.
pub(crate) fn party(named: &str, people: &[UserSummary], provider: &Provider) -> Party {
    let by = |how: &str| format!("{}, {how}", provider.label);
    let person = named
        .strip_prefix("user:")
        .and_then(|id| people.iter().find(|summary| summary.user_id.as_str() == id));
    let words = match (person, named) {
        (Some(summary), _) => summary.greeting().to_owned(),
        (None, "okta:scim") => by("by SCIM"),
        (None, "okta:universal-logout") => by("by Universal Logout"),
        (None, "okta:oidc") => by("at sign-in"),
        (None, "okta:saml") => "The identity provider, at sign-in by SAML".to_owned(),
        (None, "okta:oauth") => by("by OAuth"),
        (None, "okta:signals") => by("by a shared signal"),
        (None, "okta:backchannel-logout") => by("by back-channel logout"),
        (None, "okta:saml-logout") => "The identity provider, by SAML single logout".to_owned(),
        (None, "workspace") => "the workspace".to_owned(),
        (None, "connection") => "the settings of a connection".to_owned(),
        (None, "cli") => "the operator".to_owned(),
        (None, "setup_link") => "a set-up link".to_owned(),
        (None, named) if named.starts_with("user:") => "somebody deleted since".to_owned(),
        (None, named) if named.starts_with("operator:") => "the operator".to_owned(),
        (None, named) => named.to_owned(),
    };
    Party { words, person: person.map(|summary| summary.user_id.clone()) }
}

#[cfg(test)]
mod tests {
    use vestibule_core::sets::ProviderKind;

    use super::*;

    #[test]
    fn kinds_and_actors_have_words() {
        let okta = ProviderKind::Okta.facts();
        assert_eq!(what("roles_changed"), "Roles changed");
        assert_eq!(what("api_token_created"), "API token created");
        assert_eq!(what(""), "");
        assert_eq!(party("user:1", &[], okta).words, "somebody deleted since");
        assert_eq!(party("okta:scim", &[], okta).words, "Okta, by SCIM");
        assert_eq!(party("okta:oidc", &[], okta).words, "Okta, at sign-in");
    }
}
