//! Signed-in browsers as pages list them, and `/account/sessions/…`, which ends sessions of the signed-in person. Ending a session deletes
//! its row. It does not raise the epoch of the person, as ending all access does.

use actix_web::web;
use vestibule_admin as admin;
use vestibule_core::{ids::SessionId, time::Micros};
use vestibule_store::access::sessions::{Session, SessionFilter};
use vestibule_web::http::{session, user_agent};

use crate::layout::{
    access::SignedInPerson, error::PageResult, form::Form, moment::Moment, short_list::ShortList,
};

/// A row of the list of signed-in browsers.
pub(crate) struct SessionRow {
    pub id: String,
    /// Whether it is the session of this browser.
    pub here: bool,
    pub browser: String,
    pub started: Moment,
    pub seen: Moment,
    pub ends: Moment,
}

impl SessionRow {
    /// Start, last use and end, in the order of the columns, with their labels.
    pub(crate) fn moments(&self) -> [(&'static str, &Moment); 3] {
        [("Signed in", &self.started), ("Last seen", &self.seen), ("Expires", &self.ends)]
    }
}

/// Lists sessions; that of this browser, with the id `here`, comes first.
pub(crate) fn session_rows(
    mut sessions: Vec<Session>,
    here: &SessionId,
    now: Micros,
) -> ShortList<SessionRow> {
    sessions.sort_by_key(|session| session.session_id != *here);
    let row = |session: Session| SessionRow {
        here: session.session_id == *here,
        browser: user_agent::words(&session.user_agent),
        started: Moment::of(session.created_at, now),
        // This browser is in use now; its stored time is older.
        seen: Moment::of(if session.session_id == *here { now } else { session.seen_at }, now),
        ends: Moment::of(session.expires_at, now),
        id: session.session_id.into_string(),
    };
    ShortList::of(sessions, row)
}

/// `POST /account/sessions/{id}/end`: ends one session.
pub async fn end_one(form: Form<SignedInPerson, ()>, path: web::Path<String>) -> PageResult {
    let Some(id) = SessionId::parse(&path) else { return Ok(form.visitor.redirect("/account")) };
    end(&form.visitor, Ended::One(id)).await
}

/// `POST /account/sessions/end-others`: ends all sessions but this one.
pub async fn end_others(form: Form<SignedInPerson, ()>) -> PageResult {
    end(&form.visitor, Ended::Others).await
}

/// `POST /account/sessions/end-all`: ends all sessions.
pub async fn end_all(form: Form<SignedInPerson, ()>) -> PageResult {
    end(&form.visitor, Ended::All).await
}

/// Which sessions of the person to end.
enum Ended {
    One(SessionId),
    Others,
    All,
}

async fn end(person: &SignedInPerson, ended: Ended) -> PageResult {
    let (user, actor) = (person.signed_in.user.clone(), person.actor());
    let here = person.signed_in.session.session_id.clone();
    let ids = person
        .write(move |conn| {
            let which = match &ended {
                Ended::One(id) => SessionFilter::One(id),
                Ended::Others => SessionFilter::AllBut(&here),
                Ended::All => SessionFilter::All,
            };
            admin::access::sessions::end(conn, &actor, &user, which)
        })
        .await?;
    if ids.contains(&person.signed_in.session.session_id) {
        return person.redirect_with("/auth?signed_out=1", &session::removal(person.state()));
    }
    Ok(person.redirect("/account"))
}
