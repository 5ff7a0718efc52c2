//! `POST /integrations/okta/check`: the doctor asks Okta itself, and tells what it answered. Changes nothing; a form all the same, so
//! that no link can make us ask.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_web::{State, http::request, pages};

use crate::{
    account::sessions::Moment,
    layout::auth,
    provider::doctor::{self, Check, Finding, Weight},
};

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    connected: bool,
    checks: Vec<Check>,
    findings: Vec<Finding>,
    now: i64,
}

impl CheckPage {
    fn moment(&self, at: &i64) -> Moment {
        Moment::of(*at, self.now)
    }
}

/// Asks, and shows.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    match doctor::examine(&state, &visitor.workspace, true).await {
        Ok((facts, checks, findings)) => {
            let content =
                CheckPage { connected: facts.connection.is_some(), checks, findings, now: state.now() };
            pages::render(&state, StatusCode::OK, "Live checks", &visitor.around(), &content)
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
