//! `/activity`: the governance trail, the newest lines first: when, who, whom, what happened in plain words, and what it was
//! before. By what the address asks for; exported as JSON lines, and verified. It shows the trail and never writes it.

mod export;
mod lines;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use lines::Line;
use url::form_urlencoded::Serializer;
use vestibule_core::{sets::EventKind, time::Micros};
use vestibule_store::{
    Conn, Error,
    people::users,
    trail::events::{self, Wanted},
};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    observe::inspect,
    pages,
};

use crate::{
    audit::sentences,
    layout::auth::{self, Visitor},
};

pub use export::{export, verify};

/// How many lines stand on a page.
const COUNT: usize = 50;

/// Actors that are nobody's account, as the form offers them.
const ACTORS: [&str; 5] = ["okta:scim", "okta:universal-logout", "okta:signals", "setup_link", "cli"];

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage<'a> {
    csrf: &'a str,
    asked: Asked,
    kinds: Vec<(&'static str, &'static str)>,
    actors: [&'static str; 5],
    lines: Vec<Line>,
    older: Option<String>,
    /// The last line looked at, and where to look further.
    further: Option<(i64, String)>,
    /// What somebody asked for who is not here.
    nobody: Option<String>,
    verdict: Option<export::Verdict>,
}

/// What the address asks for, as typed.
#[derive(Default)]
pub(crate) struct Asked {
    pub kind: String,
    pub who: String,
    pub person: String,
    pub request: String,
    pub before: Option<i64>,
}

impl Asked {
    fn of(query: &Parameters) -> Self {
        let text = |name: &str| query.text(name).trim().chars().take(256).collect::<String>();
        let kind = text("kind");
        Self {
            kind: if kind.parse::<EventKind>().is_ok() { kind } else { String::new() },
            who: text("who"),
            person: text("person"),
            request: text("request"),
            before: query.get("before").and_then(|before| before.parse().ok()),
        }
    }

    /// Whether it asks for less than all.
    pub(crate) fn is_narrow(&self) -> bool {
        [&self.kind, &self.who, &self.person, &self.request].iter().any(|text| !text.is_empty())
    }

    /// The address of what stands before this line.
    fn link(&self, before: i64) -> String {
        let before = before.to_string();
        let pairs = [
            ("kind", &self.kind),
            ("who", &self.who),
            ("person", &self.person),
            ("request", &self.request),
            ("before", &before),
        ];
        let mut address = Serializer::new(String::new());
        address.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("/activity?{}", address.finish())
    }
}

/// A user name or an id, as the trail names people; `None`: nobody of it.
fn person(conn: &mut Conn, workspace_id: &str, text: &str) -> Result<Option<String>, Error> {
    let text = text.strip_prefix("user:").unwrap_or(text);
    let id = auth::id_of(text);
    if !id.is_empty() {
        // Also of somebody who was deleted since.
        return Ok(Some(format!("user:{id}")));
    }
    Ok(users::find_by_user_name(conn, workspace_id, text)?.map(|user| user.target().to_string()))
}

/// What is looked for; or the name of somebody who is not here.
fn wanted(conn: &mut Conn, workspace_id: &str, asked: &Asked) -> Result<Result<Wanted, String>, Error> {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut wanted = Wanted {
        kind: some(&asked.kind),
        request_id: some(&asked.request),
        before: asked.before,
        ..Wanted::default()
    };
    if !asked.who.is_empty() {
        let known = ACTORS.contains(&asked.who.as_str()) || asked.who.starts_with("operator:");
        wanted.actor = if known { some(&asked.who) } else { person(conn, workspace_id, &asked.who)? };
        if wanted.actor.is_none() {
            return Ok(Err(asked.who.clone()));
        }
    }
    if !asked.person.is_empty() {
        wanted.target = person(conn, workspace_id, &asked.person)?;
        if wanted.target.is_none() {
            return Ok(Err(asked.person.clone()));
        }
    }
    Ok(Ok(wanted))
}

/// What a look found.
#[derive(Default)]
struct Found {
    lines: Vec<Line>,
    older: Option<i64>,
    down_to: Option<i64>,
    nobody: Option<String>,
}

fn find(conn: &mut Conn, workspace_id: &str, asked: &Asked, now: Micros) -> Result<Found, Error> {
    let wanted = match wanted(conn, workspace_id, asked)? {
        Ok(wanted) => wanted,
        Err(nobody) => return Ok(Found { nobody: Some(nobody), ..Found::default() }),
    };
    let most = i64::try_from(COUNT + 1).unwrap_or(i64::MAX);
    let mut seen = events::look(conn, workspace_id, &wanted, most)?;
    let more = seen.events.len() > COUNT;
    seen.events.truncate(COUNT);
    Ok(Found {
        older: seen.events.last().filter(|_| more).map(|last| last.seq),
        down_to: seen.down_to,
        lines: lines::of(conn, workspace_id, seen.events, now)?,
        nobody: None,
    })
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    match Parameters::of_query(&req) {
        Ok(query) => show(&req, &state, &visitor, Asked::of(&query), None).await,
        Err(error) => auth::unreadable(&state, &error),
    }
}

async fn show(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    asked: Asked,
    verdict: Option<export::Verdict>,
) -> HttpResponse {
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    // Lines link to the requests that are kept: also to what this node answered until now.
    let read = match inspect::write_down(state).await {
        Ok(_) => {
            state
                .read(move |conn| {
                    let found = find(conn, &workspace_id, &asked, now)?;
                    Ok::<_, Error>((found, asked))
                })
                .await
        }
        Err(error) => Err(error),
    };
    let (found, asked) = match read {
        Ok(read) => read,
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let content = ActivityPage {
        csrf: &visitor.signed_in.csrf,
        older: found.older.map(|before| asked.link(before)),
        further: found.down_to.map(|line| (line, asked.link(line))),
        asked,
        kinds: sentences::all(),
        actors: ACTORS,
        lines: found.lines,
        nobody: found.nobody,
        verdict,
    };
    pages::render(state, StatusCode::OK, "Activity", &visitor.around(), &content)
}
