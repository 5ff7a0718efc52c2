//! `POST /webhooks/{id}`: pauses or resumes a webhook, changes its kinds, ends its old secret, sends a test, or sends again all
//! deliveries that were given up.

use actix_web::web;
use vestibule_admin::{
    Refusal,
    outbox::{
        deliveries,
        webhooks::{self, WebhookChange},
    },
};
use vestibule_core::sets::DeliveryState;
use vestibule_store::outbox::deliveries::DeliveryFilter;
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
        request::id_of,
    },
    webhooks::{
        kinds::{kinds_of, problem_with},
        webhook::{change::change_and_show, read::deliveries_of, test},
    },
};

/// The buttons of the page.
pub enum WebhookEdit {
    /// Stop its deliveries.
    Pause,
    /// Start its deliveries again.
    Resume,
    /// Change the kinds of its events.
    Kinds(Vec<String>),
    /// End the old of two secrets.
    EndSecret,
    /// Send a test.
    Test,
    /// Try everything that waits at once.
    Now,
    /// Send the deliveries again that were given up.
    Replay,
    /// None of these.
    Unknown,
}

impl Fields for WebhookEdit {
    fn read(form: &Parameters) -> Self {
        match form.text("do") {
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "kinds" => Self::Kinds(kinds_of(form.text("kinds"))),
            "end-secret" => Self::EndSecret,
            "test" => Self::Test,
            "now" => Self::Now,
            "replay" => Self::Replay,
            _ => Self::Unknown,
        }
    }
}

/// Runs the action of the pressed button.
pub async fn post(form: Form<Administrator, WebhookEdit>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields: edit } = form;
    if matches!(edit, WebhookEdit::Test) {
        return test::send(&administrator, &id_of(&path)).await;
    }
    change_and_show(&administrator, &id_of(&path), move |conn, actor, environment, webhook| {
        let change = |enabled, kinds| WebhookChange { url: None, kinds, enabled };
        match edit {
            WebhookEdit::Pause => {
                webhooks::change(conn, actor, environment, webhook, &change(Some(false), None)).map(drop)
            }
            WebhookEdit::Resume => {
                webhooks::change(conn, actor, environment, webhook, &change(Some(true), None)).map(drop)
            }
            WebhookEdit::Kinds(kinds) => {
                if let Some(problem) = problem_with(&kinds) {
                    return Err(Refusal::Conflict(problem));
                }
                webhooks::change(conn, actor, environment, webhook, &change(None, Some(kinds))).map(drop)
            }
            WebhookEdit::EndSecret => webhooks::end_secret(conn, actor, webhook),
            WebhookEdit::Test => Ok(webhooks::send_test(conn, actor, &webhook)?),
            WebhookEdit::Now => Ok(webhooks::retry_now(conn, actor, &webhook).map(drop)?),
            WebhookEdit::Replay => {
                let which = DeliveryFilter { state: Some(DeliveryState::Dead), ..deliveries_of(&webhook) };
                Ok(deliveries::replay(conn, actor, &which).map(drop)?)
            }
            WebhookEdit::Unknown => Err(Refusal::Conflict("the form doesn't say what to do".to_owned())),
        }
    })
    .await
}
