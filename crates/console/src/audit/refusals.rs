//! Refused requests, grouped by person and cause: "Update Ken Lamarr, refused: unknown attribute, 10 times". Reads the newest refused
//! requests that the inspector stores, and the names of the people and groups in them, in three statements.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;
use vestibule_core::{
    ids::{GroupId, UserId, WorkspaceId},
    sets::Door,
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    people::{
        groups,
        users::{self, UserSummary},
    },
    trail::requests::{self, Request, RequestFilter},
};

use crate::{audit::requests::door_in_words, layout::moment::Moment};

/// How many refused requests are read.
const READ: usize = 200;

/// Requests that were refused for the same cause, about the same person or group.
pub(crate) struct Refusals {
    /// What was tried: `Update`.
    pub verb: &'static str,
    /// The name of the person or group; empty if the request names none.
    pub whom: String,
    /// The address of their page, or of a search for them.
    pub link: Option<String>,
    /// The cause, as a sentence.
    pub cause: String,
    pub times: usize,
    pub since: Moment,
    pub last: Moment,
    /// Id of the newest request.
    pub newest: String,
}

/// The person or group of a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    User(UserId),
    Group(GroupId),
    /// A name that the request has, of somebody who may be here.
    Named(String),
    Nobody,
}

impl Subject {
    fn of(request: &Request, understood: &Map<String, Value>) -> Self {
        let text = |of: Option<&Value>| of.and_then(Value::as_str).map(str::to_owned);
        if request.door != Door::Scim {
            return text(understood.get("typed_email")).map_or(Self::Nobody, Self::Named);
        }
        let path = request.path.split('?').next().unwrap_or_default();
        let mut segments = path.split('/').skip(5);
        let document = understood.get("document");
        let named = |name: &str| text(document.and_then(|document| document.get(name)));
        match (segments.next(), segments.next()) {
            (Some("Users"), Some(id)) => match UserId::parse(id) {
                Some(id) => Self::User(id),
                None => Self::Nobody,
            },
            (Some("Groups"), Some(id)) => match GroupId::parse(id) {
                Some(id) => Self::Group(id),
                None => Self::Nobody,
            },
            (Some("Users"), None) => named("userName").map_or(Self::Nobody, Self::Named),
            (Some("Groups"), None) => named("displayName").map_or(Self::Nobody, Self::Named),
            _ => Self::Nobody,
        }
    }
}

/// What was tried, in words.
fn verb(request: &Request) -> &'static str {
    let path = request.path.split('?').next().unwrap_or_default();
    match (request.door, request.method.as_str()) {
        (Door::Scim, "POST") if path.ends_with("/.search") => "Search",
        (Door::Scim, "POST") if path.ends_with("/Bulk") => "Several changes",
        (Door::Scim, "POST") => "Create",
        (Door::Scim, "PUT" | "PATCH") => "Update",
        (Door::Scim, "DELETE") => "Delete",
        (Door::Scim, _) => "Look up",
        (door, _) => door_in_words(door),
    }
}

/// The cause, as a sentence: the detail, or the code if there is none.
fn cause(request: &Request) -> String {
    match request.detail.as_str() {
        "" => request.reason.replace('_', " "),
        detail => detail.to_owned(),
    }
}

struct Group {
    times: usize,
    since: Micros,
    last: Micros,
    newest: String,
}

/// Reads the groups of a workspace, the one with the newest request first.
pub(crate) fn read(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<Vec<Refusals>, Error> {
    let wanted = RequestFilter { refused: Some(true), ..RequestFilter::default() };
    let refused = requests::list(conn, workspace_id, &wanted, READ)?;
    let mut groups: BTreeMap<(Subject, &'static str, String), Group> = BTreeMap::new();
    // The newest comes first.
    for request in refused {
        let subject = Subject::of(&request, &request.understood()?);
        let group = groups.entry((subject, verb(&request), cause(&request))).or_insert_with(|| Group {
            times: 0,
            since: request.at,
            last: request.at,
            newest: request.request_id,
        });
        group.times += 1;
        group.since = request.at;
    }
    let names = Names::read(conn, workspace_id, groups.keys().map(|(subject, ..)| subject))?;
    let mut sorted: Vec<_> = groups.into_iter().collect();
    sorted.sort_by_key(|(_, group)| std::cmp::Reverse(group.last));
    let one = |((subject, verb, cause), group): ((Subject, &'static str, String), Group)| {
        let (whom, link) = names.of(&subject);
        Refusals {
            verb,
            whom,
            link,
            cause,
            times: group.times,
            since: Moment::of(group.since, now),
            last: Moment::of(group.last, now),
            newest: group.newest,
        }
    };
    Ok(sorted.into_iter().map(one).collect())
}

/// The names of the people and groups, read once.
struct Names {
    people: Vec<UserSummary>,
    groups: Vec<(GroupId, String)>,
}

impl Names {
    fn read<'a>(
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        subjects: impl Iterator<Item = &'a Subject>,
    ) -> Result<Self, Error> {
        let (mut user_ids, mut group_ids) = (Vec::new(), Vec::new());
        for subject in subjects {
            match subject {
                Subject::User(id) => user_ids.push(id.clone()),
                Subject::Group(id) => group_ids.push(id.clone()),
                Subject::Named(_) | Subject::Nobody => {}
            }
        }
        user_ids.dedup();
        group_ids.dedup();
        let people = users::summaries(conn, workspace_id, &user_ids)?;
        Ok(Self { people, groups: groups::names(conn, workspace_id, &group_ids)? })
    }

    /// The name, and where it leads.
    fn of(&self, subject: &Subject) -> (String, Option<String>) {
        match subject {
            Subject::User(id) => match self.people.iter().find(|one| one.user_id == *id) {
                Some(one) => (one.greeting().to_owned(), Some(format!("/people/{id}"))),
                None => ("somebody who is not here".to_owned(), None),
            },
            Subject::Group(id) => match self.groups.iter().find(|(group_id, _)| group_id == id) {
                Some((_, name)) => (name.clone(), Some(format!("/groups/{id}"))),
                None => ("a group that is not here".to_owned(), None),
            },
            Subject::Named(name) => {
                let mut query = Serializer::new(String::new());
                query.append_pair("find", name);
                (name.clone(), Some(format!("/search?{}", query.finish())))
            }
            Subject::Nobody => (String::new(), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vestibule_store::db::json::Json;

    use super::*;

    fn request(door: Door, method: &str, rest: &str) -> Request {
        let workspace_id = WorkspaceId::new(1);
        Request {
            path: format!("/api/scim/v2/{workspace_id}/{rest}"),
            workspace_id,
            at: 1,
            request_id: "r".to_owned(),
            proven: true,
            door,
            method: method.to_owned(),
            status: 400,
            micros: 1,
            reason: "not_found".to_owned(),
            detail: String::new(),
            advice: String::new(),
            understood: Json::from_text("{}".to_owned()),
            changed: Json::from_text("[]".to_owned()),
        }
    }

    #[test]
    fn a_request_says_whom_it_is_about() {
        let id = UserId::new(5);
        let of = |request: &Request, understood: Value| Subject::of(request, understood.as_object().unwrap());
        let document = json!({ "document": { "userName": "ada", "displayName": "Engineers" } });
        assert_eq!(
            of(&request(Door::Scim, "PATCH", &format!("Users/{id}?x=y")), json!({})),
            Subject::User(id)
        );
        let named = |name: &str| Subject::Named(name.to_owned());
        assert_eq!(of(&request(Door::Scim, "POST", "Users"), document.clone()), named("ada"));
        assert_eq!(of(&request(Door::Scim, "POST", "Groups?x"), document.clone()), named("Engineers"));
        assert_eq!(of(&request(Door::Scim, "POST", "Bulk"), document.clone()), Subject::Nobody);
        assert_eq!(of(&request(Door::Scim, "PATCH", "Users/x"), json!({})), Subject::Nobody);
        assert_eq!(
            of(&request(Door::Scim, "POST", "Users"), json!({ "document": "(cut)" })),
            Subject::Nobody
        );
        assert_eq!(of(&request(Door::SignIn, "GET", ""), json!({ "typed_email": "a@b" })), named("a@b"));
        assert_eq!(of(&request(Door::SignIn, "GET", ""), document), Subject::Nobody);
    }

    #[test]
    fn it_says_what_was_tried_and_why_not() {
        assert_eq!(verb(&request(Door::Scim, "PATCH", "Users/x")), "Update");
        assert_eq!(verb(&request(Door::Scim, "POST", "Users/.search")), "Search");
        assert_eq!(verb(&request(Door::SignIn, "GET", "")), "Sign-in");
        assert_eq!(cause(&request(Door::Scim, "GET", "Users/x")), "not found");
    }
}
