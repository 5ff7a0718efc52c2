//! `/webhooks`: where systems of the workspace are told of events: what there is, and making one. Those of the deployment are the
//! operator's and never stand here. A secret is shown once, on the page that answers its making.

pub mod webhook;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{
    self as admin, refusal,
    webhooks::{Environment, WebhookChange},
};
use vestibule_core::sets::EventKind;
use vestibule_store::{
    Conn, Error,
    outbox::{
        deliveries::{self, DEAD, WAITING},
        webhooks::{self, DEFAULT_KINDS, EVERY_KIND, Webhook},
    },
};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::{
    audit::sentences,
    layout::auth::{self, Visitor},
};

/// How many webhooks the page shows.
const SHOWN: usize = 50;
/// How much of an address, or of a list of kinds, a line shows.
const CLIPPED: usize = 200;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage<'a> {
    csrf: &'a str,
    may_change: bool,
    deleted: bool,
    made: Option<(String, String)>,
    form: Form,
    rows: Vec<Row>,
    more: usize,
    every: Vec<(&'static str, &'static str)>,
}

/// The form of a new webhook as last typed.
#[derive(Default)]
struct Form {
    url: String,
    kinds: String,
    problem: String,
}

/// A webhook as listed.
struct Row {
    id: String,
    url: String,
    kinds: String,
    enabled: bool,
    waiting: i64,
    dead: i64,
}

/// Which events one is told, in words.
pub(crate) fn kinds_in_words(kinds: &str) -> String {
    match kinds {
        DEFAULT_KINDS => "who is here, and what each may do".to_owned(),
        kinds if kinds.split(' ').any(|kind| kind == EVERY_KIND) => "everything".to_owned(),
        kinds => clip(&kinds.replace(' ', ", ")),
    }
}

/// As much of a text as a line of a list shows.
fn clip(text: &str) -> String {
    if text.chars().count() <= CLIPPED {
        return text.to_owned();
    }
    text.chars().take(CLIPPED).chain([' ', '…']).collect()
}

/// A sentence about the first that is no kind of event: it would wait for ever.
pub(crate) fn unknown(kinds: &[String]) -> Option<String> {
    let known = |kind: &&String| *kind != EVERY_KIND && kind.parse::<EventKind>().is_err();
    let odd = kinds.iter().find(known)?;
    let shown: String = odd.chars().take(60).collect();
    Some(format!("{shown} is no kind of event; all of them stand below the form"))
}

/// The kinds of a form's text: words, however they are separated.
pub(crate) fn kinds_of(text: &str) -> Vec<String> {
    text.split(|letter: char| letter.is_whitespace() || letter == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What the checks and secrets of webhooks depend on.
pub(crate) fn environment(state: &State) -> Environment<'_> {
    let allow_insecure = state.config().okta.allow_insecure_issuers;
    Environment { sealer: state.sealer(), allow_insecure }
}

fn rows(conn: &mut Conn, workspace_id: &str) -> Result<(Vec<Row>, usize), Error> {
    let mut list = webhooks::list(conn, workspace_id)?;
    let more = list.len().saturating_sub(SHOWN);
    list.truncate(SHOWN);
    let ids: Vec<String> = list.iter().map(|webhook| webhook.webhook_id.clone()).collect();
    let counts = deliveries::tally(conn, workspace_id, &ids)?;
    let row = |webhook: Webhook| {
        let count = |state: &str| {
            let found = counts.iter().find(|(id, counted, _)| *id == webhook.webhook_id && counted == state);
            found.map_or(0, |(_, _, count)| *count)
        };
        Row {
            waiting: count(WAITING),
            dead: count(DEAD),
            kinds: kinds_in_words(&webhook.kinds),
            enabled: webhook.enabled,
            url: clip(&webhook.url),
            id: webhook.webhook_id,
        }
    };
    Ok((list.into_iter().map(row).collect(), more))
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match auth::reader(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, None, Form::default()).await,
        Err(answer) => answer,
    }
}

/// `POST /webhooks`: makes one and shows its secret once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    match make(&req, &state, &visitor, &form).await {
        Ok(Ok(made)) => show(&req, &state, &visitor, Some(made), Form::default()).await,
        Ok(Err(problem)) => {
            let form =
                Form { url: form.text("url").to_owned(), kinds: form.text("kinds").to_owned(), problem };
            show(&req, &state, &visitor, None, form).await
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// Its address and its secret, or what stands against it.
async fn make(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    form: &Parameters,
) -> Result<Result<(String, String), String>, Error> {
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(req, state.now()));
    let url = form.get("url").map(|url| url.trim().to_owned());
    let kinds = kinds_of(form.text("kinds"));
    if let Some(problem) = unknown(&kinds) {
        return Ok(Err(problem));
    }
    let change = WebhookChange { url, kinds: Some(kinds), enabled: None };
    let state_of_job = state.clone();
    let made = state.write(move |conn| {
        admin::webhooks::create(conn, &actor, environment(&state_of_job), &workspace_id, &change)
    });
    refusal::sentence(made.await.map(|(webhook, secret)| (webhook.url, secret)))
}

async fn show(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    made: Option<(String, String)>,
    form: Form,
) -> HttpResponse {
    let workspace_id = visitor.workspace.workspace_id.clone();
    let (rows, more) = match state.read(move |conn| rows(conn, &workspace_id)).await {
        Ok(read) => read,
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let status = if form.problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let content = WebhooksPage {
        csrf: &visitor.signed_in.csrf,
        may_change: visitor.may_change(),
        deleted: req.query_string() == "deleted=1",
        made,
        form,
        rows,
        more,
        every: sentences::all(),
    };
    pages::render(state, status, "Webhooks", &visitor.around(), &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_in_words_and_read_however_they_are_separated() {
        assert_eq!(kinds_in_words("*"), "everything");
        assert_eq!(kinds_in_words("user_created user_deleted"), "user_created, user_deleted");
        assert!(kinds_in_words(DEFAULT_KINDS).contains("who is here"));
        assert!(kinds_in_words(&"user_created ".repeat(50)).ends_with('…'));
        assert_eq!(kinds_of(" user_created,user_deleted\r\n *"), ["user_created", "user_deleted", "*"]);
        assert!(kinds_of(" , ").is_empty());
    }
}
