//! "Sync now" on the Okta page: the button, and the state of a sync in words. The work is [`vestibule_admin::sync`].

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::sync;
use vestibule_core::time::{self, Micros, SECOND};
use vestibule_store::providers::setup_progress::SetUp;
use vestibule_web::{State, http::request, pages};

use crate::layout::auth;

/// How a sync stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub sentence: String,
    pub running: bool,
}

/// In a sentence. Pure.
pub(crate) fn told(set_up: &SetUp, now: Micros) -> Told {
    let SetUp { people, done, with_roles, groups, .. } = set_up;
    let sentence = match (set_up.started_at, set_up.finished_at) {
        (None, _) => "Never.".to_owned(),
        (Some(_), None) => format!("{done} of {people} people told to the app."),
        (Some(started), Some(finished)) => {
            #[expect(clippy::cast_precision_loss, reason = "seconds to look at")]
            let seconds = (finished - started) as f64 / SECOND as f64;
            format!(
                "{done} {} and {groups} {}, {}; it took {seconds:.1} s. {with_roles} of them hold a role by Okta.",
                if *done == 1 { "person" } else { "people" },
                if *groups == 1 { "group" } else { "groups" },
                time::relative(finished, now)
            )
        }
    };
    Told { sentence, running: set_up.started_at.is_some() && set_up.finished_at.is_none() }
}

/// `POST /integrations/okta/sync`
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    match state.write(move |conn| sync::begin(conn, &actor, &workspace_id)).await {
        Ok(begun) => {
            if let Some(set_up) = begun {
                actix_web::rt::spawn(sync::run(state.get_ref().clone(), set_up));
            }
            auth::redirect(state.app_url("/integrations/okta#sync"))
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_is_told_in_a_sentence() {
        let mut set_up = SetUp::default();
        assert_eq!(told(&set_up, 0), Told { sentence: "Never.".to_owned(), running: false });
        (set_up.started_at, set_up.seen_at, set_up.people, set_up.done) = (Some(0), Some(0), 300, 100);
        assert_eq!(
            told(&set_up, 0),
            Told { sentence: "100 of 300 people told to the app.".to_owned(), running: true }
        );
        (set_up.finished_at, set_up.done, set_up.groups, set_up.with_roles) = (Some(1_500_000), 1, 2, 1);
        let told = told(&set_up, 1_500_000);
        assert!(told.sentence.starts_with("1 person and 2 groups, "), "{}", told.sentence);
        assert!(told.sentence.ends_with("it took 1.5 s. 1 of them hold a role by Okta.") && !told.running);
    }
}
