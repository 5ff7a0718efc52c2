//! The page `/webhooks/{id}`: the webhook, how many deliveries wait or were given up, and the newest deliveries.

use actix_web::web;
use askama::Template;
use vestibule_core::sets::DeliveryState;
use vestibule_store::outbox::webhooks::{DEFAULT_KINDS, Webhook};
use vestibule_web::observe::writers::counts::write_down;

use crate::{
    layout::{
        access::Reader,
        chart::Bars,
        error::{PageError, PageResult},
        request::id_of,
        visitor::Visitor,
    },
    webhooks::{
        condition::Condition,
        kinds::kinds_in_words,
        webhook::{
            attempts::AttemptRow,
            read::{DeliveryRow, Found},
        },
    },
};

#[derive(Template)]
#[template(path = "webhook.html")]
struct WebhookPage<'a> {
    csrf: &'a str,
    may_change: bool,
    webhook: Webhook,
    kinds: String,
    /// The content of the field of kinds; empty: the default kinds.
    typed_kinds: String,
    /// A secret just issued.
    new_secret: Option<String>,
    problem: String,
    saved: bool,
    only_dead: bool,
    waiting: i64,
    dead: i64,
    rows: Vec<DeliveryRow>,
    condition: Condition,
    attempts: Vec<AttemptRow>,
    chart: Bars,
    /// Whether a test was just sent, and its answer if there is one.
    test: Option<Option<AttemptRow>>,
}

/// `GET /webhooks/{id}`
pub async fn get(reader: Reader, path: web::Path<String>) -> PageResult {
    show(&reader, &path, None, String::new()).await
}

/// Renders the page, with a secret just issued or the problem of a form.
pub(super) async fn show(
    visitor: &Visitor,
    id: &str,
    new_secret: Option<String>,
    problem: String,
) -> PageResult {
    let query = visitor.query().unwrap_or_default();
    let only_dead = query.text("state") == DeliveryState::Dead.as_str();
    let (workspace_id, id, now) = (visitor.workspace_id(), id_of(id), visitor.state().now());
    let test = query.get("test").map(id_of);
    // What this node delivered just now counts.
    write_down(visitor.state()).await.map_err(|error| visitor.failed(&error))?;
    let found = visitor
        .read(move |conn| Found::read(conn, &workspace_id, &id, (only_dead, test.as_deref()), now))
        .await?;
    let Found { webhook, waiting, dead, rows, condition, attempts, chart, test } =
        found.ok_or_else(|| missing(visitor))?;
    let content = WebhookPage {
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        kinds: kinds_in_words(&webhook.kinds),
        typed_kinds: if webhook.kinds == DEFAULT_KINDS { String::new() } else { webhook.kinds.clone() },
        webhook,
        new_secret,
        saved: query.get("saved").is_some() && problem.is_empty(),
        problem,
        only_dead,
        waiting,
        dead,
        rows,
        condition,
        attempts,
        chart,
        test,
    };
    visitor.form_page("Webhook", !content.problem.is_empty(), &content)
}

pub(super) fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("This webhook is not here", "Look for it on the page Webhooks.")
}
