//! The safety brake on `/integrations/okta`: what was held, told loudly, and the administrator's word on it.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, Actor, Refusal, refusal};
use vestibule_core::time::{self, Micros};
use vestibule_store::{Conn, Error, safeguards::brakes};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::layout::auth;

/// What the page says of the brake; empty texts: nothing.
#[derive(Default)]
pub(crate) struct Held {
    /// Since when the last owner's end is held.
    pub owner: String,
    /// How many requests were held since the last word.
    pub requests: i64,
    /// When the last of them was.
    pub last: String,
    /// Whether all that takes access is held.
    pub on: bool,
    /// Till when pushes are let through, and for how many people more.
    pub released: String,
    pub people: Option<i64>,
}

impl Held {
    pub(crate) fn of(conn: &mut Conn, workspace_id: &str, now: Micros) -> Result<Self, Error> {
        let brake = brakes::find(conn, workspace_id)?;
        let told = |at: Option<Micros>| at.map(|at| time::relative(at, now)).unwrap_or_default();
        let released = brake.is_released(now);
        Ok(Self {
            owner: told(brake.owner_held_at),
            requests: brake.held,
            last: told(brake.held_at),
            on: brake.is_on(now),
            released: told(brake.released_until.filter(|_| released)),
            people: brake.released_people.filter(|_| released),
        })
    }
}

/// Lets what was held through, or keeps it.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let answered = state.write(move |conn| answer(conn, &actor, &workspace_id, &form)).await;
    match refusal::sentence(answered) {
        // A number that is refused lets nobody through.
        Ok(_) => auth::redirect(state.app_url("/integrations/okta")),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

fn answer(conn: &mut Conn, actor: &Actor, workspace_id: &str, form: &Parameters) -> Result<(), Refusal> {
    let people = form.text("people").trim().parse().ok();
    match (form.text("do"), people) {
        ("hour", _) => admin::brake::release(conn, actor, workspace_id, None),
        ("people", Some(people)) => admin::brake::release(conn, actor, workspace_id, Some(people)),
        ("keep", _) => Ok(admin::brake::keep(conn, actor, workspace_id)?),
        _ => Ok(()),
    }
}
