//! `/requests/{id}`: one request: what was understood, what changed, why it was refused and what to do, how long it took, and what
//! it wrote into the trail. Administrators only; another workspace's request is not there.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde_json::{Map, Value};
use vestibule_core::{ids, time};
use vestibule_store::{
    Conn, Error,
    trail::{
        events::{self, Event},
        requests::{self, Request},
    },
};
use vestibule_web::{
    State,
    http::request,
    observe::inspect,
    pages::{self, Refused},
};

use crate::{
    audit::requests::{door_in_words, took},
    layout::auth,
};

#[derive(Template)]
#[template(path = "request.html")]
struct RequestPage {
    request: Request,
    door: &'static str,
    exact: String,
    told: String,
    took: String,
    advice: Vec<String>,
    understood: Vec<Fact>,
    changes: Vec<Change>,
    events: Vec<Event>,
}

/// Something with a name: a line, or several.
struct Fact {
    name: String,
    text: String,
    long: bool,
}

/// What changed of one thing.
struct Change {
    what: String,
    /// Name, before, after.
    attributes: Vec<(String, String, String)>,
    others: Vec<Fact>,
}

/// Shows one request.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let wanted = ids::parse(req.match_info().get("id").unwrap_or_default());
    let look = move |conn: &mut Conn| {
        let found = match &wanted {
            Some(request_id) => requests::find(conn, &workspace_id, request_id)?,
            None => None,
        };
        let Some(found) = found else { return Ok(None) };
        let events = events::of_request(conn, &workspace_id, &found.request_id, (found.at, found.micros))?;
        Ok::<_, Error>(Some((found, events)))
    };
    let read = match inspect::write_down(&state).await {
        Ok(_) => state.read(look).await,
        Err(error) => Err(error),
    };
    match read {
        Ok(Some((found, events))) => {
            let content = RequestPage {
                door: door_in_words(&found.door),
                exact: time::rfc3339(found.at),
                told: time::relative(found.at, now),
                took: took(&found),
                advice: found.advice.lines().map(str::to_owned).collect(),
                understood: facts(&parsed(&found.understood)),
                changes: changes(&found.changed),
                request: found,
                events,
            };
            pages::render(&state, StatusCode::OK, "Request", &visitor.around(), &content)
        }
        Ok(None) => {
            let days = state.config().inspector.keep_days;
            let happened = format!(
                "No request of this id is kept for this workspace. Requests are kept for {days} days, and only the newest of them."
            );
            Refused::new(StatusCode::NOT_FOUND, "This request is not here", happened)
                .advise("Look for it in the list of requests: /requests.")
                .refer(request::id(&req))
                .page(&state)
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

fn parsed(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

fn facts(members: &Map<String, Value>) -> Vec<Fact> {
    members.iter().map(|(name, value)| fact(name, value)).collect()
}

fn fact(name: &str, value: &Value) -> Fact {
    let text = words(value);
    Fact { name: name.replace('_', " "), long: text.contains('\n'), text }
}

/// A value as people read it: texts as they are, what has parts as JSON over several lines.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn changes(text: &str) -> Vec<Change> {
    let changes: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    changes.iter().map(change).collect()
}

fn change(change: &Value) -> Change {
    let Some(members) = change.as_object() else {
        return Change { what: words(change), attributes: Vec::new(), others: Vec::new() };
    };
    let mut told = Change { what: String::new(), attributes: Vec::new(), others: Vec::new() };
    for (name, value) in members {
        match (name.as_str(), value) {
            ("changed" | "created" | "deleted", Value::String(what)) => told.what = format!("{name} {what}"),
            ("attributes", Value::Object(attributes)) => {
                for (name, value) in attributes {
                    match (value.get("before"), value.get("after")) {
                        (Some(before), Some(after)) => {
                            told.attributes.push((name.clone(), words(before), words(after)));
                        }
                        _ => told.others.push(fact(name, value)),
                    }
                }
            }
            _ => told.others.push(fact(name, value)),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_attribute_by_attribute() {
        let told = changes(
            r#"[{"changed":"Users/1","attributes":{"active":{"before":true,"after":false},"members":{"added":2}}},"(cut)",{"given":{"scope":"x"}}]"#,
        );
        assert_eq!(told[0].what, "changed Users/1");
        assert_eq!(told[0].attributes, [("active".to_owned(), "yes".to_owned(), "no".to_owned())]);
        assert!(told[0].others[0].long);
        assert_eq!(told[1].what, "(cut)");
        assert_eq!(told[2].others[0].name, "given");
        assert!(changes("nonsense").is_empty());
    }
}
