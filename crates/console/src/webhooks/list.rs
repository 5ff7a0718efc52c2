//! `/webhooks`: the list, and `POST /webhooks`, which creates one. Its secret is on the page that answers and nowhere else.

use askama::Template;
use vestibule_admin::{self as admin, outbox::webhooks::WebhookChange};
use vestibule_core::{ids::WorkspaceId, sets::DeliveryState, time::Micros};
use vestibule_store::{
    Conn, Error,
    outbox::{
        attempts, deliveries,
        webhooks::{self, Webhook},
    },
    trail::counts,
};
use vestibule_web::{http::input::Parameters, observe::writers::counts::write_down};

use crate::{
    audit::sentences,
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::{Fields, Form},
        visitor::Visitor,
    },
    webhooks::{
        condition::Condition,
        environment,
        kinds::{clip, kinds_in_words, kinds_of, problem_with},
    },
};

/// How many webhooks the page shows.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage<'a> {
    csrf: &'a str,
    may_change: bool,
    deleted: bool,
    /// The address and the secret of a webhook just created.
    created: Option<(String, String)>,
    form: WebhookForm,
    rows: Vec<WebhookRow>,
    more: usize,
    every: Vec<(&'static str, &'static str)>,
}

/// A row of the list.
struct WebhookRow {
    id: String,
    url: String,
    kinds: String,
    condition: Condition,
    /// How many deliveries wait.
    waiting: i64,
    /// How many deliveries were given up.
    dead: i64,
}

/// The form of a new webhook as last typed, and what is wrong with it.
#[derive(Default)]
struct WebhookForm {
    url: String,
    kinds: String,
    problem: String,
}

/// `GET /webhooks`
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, None, WebhookForm::default()).await
}

/// The form of a new webhook as sent.
pub struct NewWebhook {
    url: Option<String>,
    kinds: String,
}

impl Fields for NewWebhook {
    fn read(form: &Parameters) -> Self {
        Self { url: form.get("url").map(str::to_owned), kinds: form.text("kinds").to_owned() }
    }
}

/// `POST /webhooks`: creates a webhook and shows its secret once.
pub async fn create(form: Form<Administrator, NewWebhook>) -> PageResult {
    let Form { visitor: administrator, fields: NewWebhook { url, kinds: typed_kinds } } = form;
    let kinds = kinds_of(&typed_kinds);
    let outcome = match problem_with(&kinds) {
        Some(problem) => Err(problem),
        None => {
            let url = url.as_deref().map(|url| url.trim().to_owned());
            let change = WebhookChange { url, kinds: Some(kinds), enabled: None };
            let (workspace_id, actor, state) =
                (administrator.workspace_id(), administrator.actor(), administrator.state().clone());
            administrator
                .change(move |conn| {
                    admin::outbox::webhooks::create(conn, &actor, environment(&state), &workspace_id, &change)
                })
                .await?
        }
    };
    match outcome {
        Ok((webhook, secret)) => {
            show(&administrator, Some((webhook.url, secret)), WebhookForm::default()).await
        }
        Err(problem) => {
            let form = WebhookForm { url: url.unwrap_or_default(), kinds: typed_kinds, problem };
            show(&administrator, None, form).await
        }
    }
}

async fn show(visitor: &Visitor, created: Option<(String, String)>, form: WebhookForm) -> PageResult {
    let (workspace_id, now) = (visitor.workspace_id(), visitor.state().now());
    // What this node delivered just now counts.
    write_down(visitor.state()).await.map_err(|error| visitor.failed(&error))?;
    let (rows, more) = visitor.read(move |conn| rows(conn, &workspace_id, now)).await?;
    let content = WebhooksPage {
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        deleted: visitor.query_is("deleted=1"),
        created,
        form,
        rows,
        more,
        every: sentences::all(),
    };
    visitor.form_page("Webhooks", !content.form.problem.is_empty(), &content)
}

/// The first webhooks, and how many more there are.
fn rows(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<(Vec<WebhookRow>, usize), Error> {
    let mut list = webhooks::list(conn, workspace_id)?;
    let more = list.len().saturating_sub(MOST);
    list.truncate(MOST);
    let ids: Vec<String> = list.iter().map(|webhook| webhook.webhook_id.clone()).collect();
    let tally = deliveries::tally(conn, workspace_id, &ids)?;
    let (failing, delivered) = (attempts::failing(conn, &ids)?, counts::delivered_to(conn, workspace_id)?);
    let row = |webhook: Webhook| {
        let count = |state: DeliveryState| {
            let found = tally.iter().find(|(id, counted, _)| *id == webhook.webhook_id && *counted == state);
            found.map_or(0, |(_, _, count)| *count)
        };
        WebhookRow {
            waiting: count(DeliveryState::Waiting),
            dead: count(DeliveryState::Dead),
            kinds: kinds_in_words(&webhook.kinds),
            condition: Condition::of(
                webhook.enabled,
                failing.iter().find(|one| one.target_id == webhook.webhook_id),
                delivered.contains(&webhook.webhook_id),
                now,
            ),
            url: clip(&webhook.url),
            id: webhook.webhook_id,
        }
    };
    Ok((list.into_iter().map(row).collect(), more))
}
