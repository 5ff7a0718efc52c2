//! Signed-in browsers as pages list them, and ending one's own: `/account/sessions/…`. What ends here is a row; what all of
//! a person's access hangs on is the epoch, which an administrator or Okta raises.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::time::{self, Micros};
use vestibule_store::access::sessions::{Session, Which};
use vestibule_web::{
    State,
    http::{request, session, user_agent},
    pages,
};

use crate::layout::{
    auth::{self, Visitor},
    short_list::Shown,
};

/// A session as a page shows it.
pub(crate) struct Row {
    pub id: String,
    pub here: bool,
    pub browser: String,
    pub started: Moment,
    pub seen: Moment,
    pub ends: Moment,
}

impl Row {
    /// When it began, was last in use, and ends, in the order of the columns.
    pub(crate) fn moments(&self) -> [(&'static str, &Moment); 3] {
        [("Signed in", &self.started), ("Last seen", &self.seen), ("Runs out", &self.ends)]
    }
}

/// A moment as people tell it, and exactly.
pub(crate) struct Moment {
    pub told: String,
    pub exact: String,
}

impl Moment {
    pub(crate) fn of(at: Micros, now: Micros) -> Self {
        Self { told: time::relative(at, now), exact: time::rfc3339(at) }
    }

    /// The day, in UTC.
    pub(crate) fn day(&self) -> &str {
        self.exact.get(..10).unwrap_or_default()
    }
}

/// The rows of a person's sessions; `here` is the id of the one that looks at them, which comes first.
pub(crate) fn rows(mut sessions: Vec<Session>, here: &str, now: Micros) -> Shown<Row> {
    sessions.sort_by_key(|session| session.session_id != here);
    let row = |session: Session| Row {
        here: session.session_id == here,
        browser: user_agent::words(&session.user_agent),
        started: Moment::of(session.created_at, now),
        // It is looking just now, whatever was written down.
        seen: Moment::of(if session.session_id == here { now } else { session.seen_at }, now),
        ends: Moment::of(session.expires_at, now),
        id: session.session_id,
    };
    Shown::of(sessions, row)
}

/// `POST /account/sessions/{id}/end`: one of my own.
pub async fn end_one(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    end_mine(&req, payload, &state, Mine::One(path.into_inner())).await
}

/// `POST /account/sessions/end-others`: all but this one.
pub async fn end_others(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    end_mine(&req, payload, &state, Mine::Others).await
}

/// `POST /account/sessions/end-all`: sign out everywhere.
pub async fn end_all(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    end_mine(&req, payload, &state, Mine::All).await
}

enum Mine {
    One(String),
    Others,
    All,
}

async fn end_mine(req: &HttpRequest, payload: web::Payload, state: &State, mine: Mine) -> HttpResponse {
    let visitor = match auth::visitor(req, state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    if let Err(answer) = auth::form(req, payload, state, &visitor).await {
        return answer;
    }
    let actor = visitor.person(req, state.now());
    let Visitor { signed_in, .. } = visitor;
    let (user, here) = (signed_in.user, signed_in.session.session_id);
    let own = here.clone();
    let ended = state.write(move |conn| {
        let which = match &mine {
            Mine::One(id) => Which::One(id),
            Mine::Others => Which::AllBut(&own),
            Mine::All => Which::All,
        };
        admin::sessions::end(conn, &actor, &user, which)
    });
    match ended.await {
        Ok(ended) if ended.contains(&here) => {
            let mut answer = auth::redirect(state.app_url("/auth?signed_out=1"));
            match answer.add_cookie(&session::removal(state)) {
                Ok(()) => answer,
                Err(error) => pages::failed(state, &request::id(req), &error),
            }
        }
        Ok(_) => auth::redirect(state.app_url("/account")),
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}
