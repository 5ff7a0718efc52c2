//! `/webhooks/{id}`: one webhook of the workspace: what it was told and what became of it, changing it, a second secret, a test,
//! telling again what was given up, and deleting it, which asks first. One of the deployment or of another workspace is not there.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{
    self as admin, Actor, Refusal, refusal,
    webhooks::{Environment, WebhookChange},
};
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    outbox::{
        deliveries::{self, DEAD, Delivery, WAITING, Which},
        webhooks::{self, DEFAULT_KINDS, Webhook},
    },
    trail::events,
};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::{
    account::sessions::Moment,
    audit::sentences::sentence,
    layout::{
        auth::{self, Visitor},
        confirm::Confirm,
    },
    webhooks::{environment, kinds_in_words, kinds_of, unknown},
};

/// How many deliveries the page shows.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "webhook.html")]
struct WebhookPage<'a> {
    csrf: &'a str,
    may_change: bool,
    webhook: Webhook,
    kinds: String,
    /// What the field of kinds holds; empty: the usual ones.
    typed: String,
    made: Option<String>,
    problem: String,
    saved: bool,
    only_dead: bool,
    waiting: i64,
    dead: i64,
    rows: Vec<Row>,
}

/// A delivery as listed.
struct Row {
    id: String,
    what: String,
    state: String,
    attempts: i64,
    made: Moment,
    next: Option<Moment>,
    outcome: String,
}

impl Row {
    fn of(delivery: Delivery, kinds: &[(i64, String)], now: Micros) -> Self {
        let kind = kinds.iter().find(|(seq, _)| *seq == delivery.seq);
        let what = match (delivery.seq, kind) {
            (0, _) => "A test".to_owned(),
            (seq, Some((_, kind))) => format!("{} (line {seq})", sentence(kind)),
            (seq, None) => format!("Line {seq}, which is no longer kept"),
        };
        Self {
            what,
            made: Moment::of(delivery.created_at, now),
            next: (delivery.state == WAITING).then(|| Moment::of(delivery.due_at, now)),
            attempts: delivery.attempts,
            outcome: delivery.outcome.chars().take(300).collect(),
            state: delivery.state,
            id: delivery.delivery_id,
        }
    }
}

/// Shows it.
pub async fn get(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match auth::reader(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, &path, None, String::new()).await,
        Err(answer) => answer,
    }
}

/// `POST /webhooks/{id}`: pauses or resumes it, changes its kinds, ends the old secret, sends a test, or tells all again that was
/// given up.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let id = auth::id_of(&path);
    carry_out(&req, payload, &state, &id, move |conn, actor, environment, webhook, form| {
        let change = |enabled, kinds| WebhookChange { url: None, kinds, enabled };
        match form.text("do") {
            "pause" | "resume" => {
                let change = change(Some(form.text("do") == "resume"), None);
                admin::webhooks::change(conn, actor, environment, webhook, &change).map(drop)
            }
            "kinds" => {
                let kinds = kinds_of(form.text("kinds"));
                if let Some(problem) = unknown(&kinds) {
                    return Err(Refusal::Conflict(problem));
                }
                let change = change(None, Some(kinds));
                admin::webhooks::change(conn, actor, environment, webhook, &change).map(drop)
            }
            "end-secret" => admin::webhooks::end_secret(conn, actor, webhook),
            "test" => Ok(admin::webhooks::send_test(conn, actor, &webhook)?),
            "replay" => {
                let which = Which { state: Some(DEAD), ..of(&webhook) };
                Ok(admin::deliveries::replay(conn, actor, &which).map(drop)?)
            }
            _ => Err(Refusal::Conflict("the form doesn't say what to do".to_owned())),
        }
    })
    .await
}

/// `POST /webhooks/{id}/deliveries/{delivery}/replay`: tells one again.
pub async fn replay(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> HttpResponse {
    let (id, delivery_id) = (auth::id_of(&path.0), auth::id_of(&path.1));
    carry_out(&req, payload, &state, &id, move |conn, actor, _, webhook, _| {
        let which = Which { delivery_id: Some(&delivery_id), ..of(&webhook) };
        match admin::deliveries::replay(conn, actor, &which)? {
            0 => Err(Refusal::Conflict("it still waits to be delivered, or is no longer kept".to_owned())),
            _ => Ok(()),
        }
    })
    .await
}

/// `POST /webhooks/{id}/secrets`: a second one, shown once; both sign until the old one is ended.
pub async fn add_secret(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let id = auth::id_of(&path);
    let job = |conn: &mut Conn, actor: &Actor, environment: Environment<'_>, webhook, _: &Parameters| {
        admin::webhooks::add_secret(conn, actor, environment, webhook)
    };
    match act(&req, payload, &state, &id, job).await {
        Ok((visitor, Ok(secret))) => show(&req, &state, &visitor, &id, Some(secret), String::new()).await,
        Ok((visitor, Err(problem))) => show(&req, &state, &visitor, &id, None, problem).await,
        Err(answer) => answer,
    }
}

/// `GET /webhooks/{id}/delete`: asks first.
pub async fn ask_delete(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::administrator(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let (workspace_id, id) = (visitor.workspace.workspace_id.clone(), auth::id_of(&path));
    let found = state.read(move |conn| {
        let Some(webhook) = own(conn, &workspace_id, &id)? else { return Ok(None) };
        let counts = deliveries::tally(conn, &workspace_id, std::slice::from_ref(&webhook.webhook_id))?;
        Ok::<_, Error>(Some((webhook, count(&counts, WAITING))))
    });
    let (webhook, waiting) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return gone(&req, &state),
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    let waits = match waiting {
        0 => "Nothing waits to be told there.".to_owned(),
        1 => "One message that waits for it is never sent.".to_owned(),
        many => format!("{many} messages that wait for it are never sent."),
    };
    let confirm = Confirm {
        csrf: &visitor.signed_in.csrf,
        title: "Delete this webhook?".to_owned(),
        lines: vec![
            webhook.url,
            format!(
                "It is told nothing more, and its secrets go with it. {waits} To stop it for a while, pause it instead."
            ),
            "It can't be undone.".to_owned(),
        ],
        action: format!("/webhooks/{}/delete", webhook.webhook_id),
        button: "Delete this webhook",
        back: format!("/webhooks/{}", webhook.webhook_id),
    };
    confirm.page(&state, &visitor)
}

/// `POST /webhooks/{id}/delete`: deletes it with what waits for it.
pub async fn delete(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let id = auth::id_of(&path);
    let job = |conn: &mut Conn, actor: &Actor, _: Environment<'_>, webhook: Webhook, _: &Parameters| {
        admin::webhooks::delete(conn, actor, &webhook)
    };
    match act(&req, payload, &state, &id, job).await {
        Ok((_, Ok(_))) => auth::redirect(state.app_url("/webhooks?deleted=1")),
        Ok((visitor, Err(problem))) => show(&req, &state, &visitor, &id, None, problem).await,
        Err(answer) => answer,
    }
}

/// Does it and shows the page again, with what stands against it if something does.
async fn carry_out(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    id: &str,
    job: impl FnOnce(&mut Conn, &Actor, Environment<'_>, Webhook, &Parameters) -> Result<(), Refusal>
    + Send
    + 'static,
) -> HttpResponse {
    match act(req, payload, state, id, job).await {
        Ok((_, Ok(()))) => auth::redirect(state.app_url(&format!("/webhooks/{id}?saved=1"))),
        Ok((visitor, Err(problem))) => show(req, state, &visitor, id, None, problem).await,
        Err(answer) => answer,
    }
}

/// An administrator's form, carried out in one transaction on a webhook of theirs: what came of it, or a sentence.
async fn act<T: Send + 'static>(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    id: &str,
    job: impl FnOnce(&mut Conn, &Actor, Environment<'_>, Webhook, &Parameters) -> Result<T, Refusal>
    + Send
    + 'static,
) -> Result<(Visitor, Result<T, String>), HttpResponse> {
    let (visitor, form) = auth::administrator_s_form(req, payload, state).await?;
    let (workspace_id, id) = (visitor.workspace.workspace_id.clone(), id.to_owned());
    let (actor, state_of_job) = (visitor.actor(req, state.now()), state.clone());
    let done = state.write(move |conn| {
        let webhook = own(conn, &workspace_id, &id)?.ok_or(Error::NotFound)?;
        job(conn, &actor, environment(&state_of_job), webhook, &form)
    });
    match refusal::sentence(done.await) {
        Ok(done) => Ok((visitor, done)),
        Err(Error::NotFound) => Err(gone(req, state)),
        Err(error) => Err(pages::failed(state, &request::id(req), &error)),
    }
}

/// A webhook of this workspace itself.
fn own(conn: &mut Conn, workspace_id: &str, id: &str) -> Result<Option<Webhook>, Error> {
    Ok(webhooks::find(conn, id)?.filter(|webhook| webhook.workspace_id == workspace_id))
}

/// What was told to it.
fn of(webhook: &Webhook) -> Which<'_> {
    let (workspace_id, target_id) = (Some(webhook.workspace_id.as_str()), Some(webhook.webhook_id.as_str()));
    Which { workspace_id, target_id, ..Which::default() }
}

fn count(counts: &[(String, String, i64)], wanted: &str) -> i64 {
    counts.iter().find(|(_, state, _)| state == wanted).map_or(0, |(_, _, count)| *count)
}

fn gone(req: &HttpRequest, state: &State) -> HttpResponse {
    auth::nothing_here(req, state, "This webhook is not here", "Look for it on the page Webhooks.")
}

/// What the page shows besides the webhook: how many wait and were given up, and the newest deliveries with what they tell.
type Told = (Vec<(String, String, i64)>, Vec<Delivery>, Vec<(i64, String)>);

fn told(conn: &mut Conn, webhook: &Webhook, only_dead: bool) -> Result<Told, Error> {
    let (workspace_id, id) = (&webhook.workspace_id, &webhook.webhook_id);
    let counts = deliveries::tally(conn, workspace_id, std::slice::from_ref(id))?;
    let list = if only_dead {
        let most = i64::try_from(SHOWN).unwrap_or(i64::MAX);
        deliveries::list(conn, &Which { state: Some(DEAD), ..of(webhook) }, most)?
    } else {
        deliveries::newest(conn, workspace_id, id, SHOWN)?
    };
    let seqs: Vec<i64> = list.iter().map(|delivery| delivery.seq).filter(|seq| *seq > 0).collect();
    let kinds = events::kinds(conn, workspace_id, &seqs)?;
    Ok((counts, list, kinds))
}

async fn show(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    id: &str,
    made: Option<String>,
    problem: String,
) -> HttpResponse {
    let query = Parameters::of_query(req).unwrap_or_default();
    let only_dead = query.text("state") == DEAD;
    let (workspace_id, id, now) = (visitor.workspace.workspace_id.clone(), auth::id_of(id), state.now());
    let read = state.read(move |conn| {
        let Some(webhook) = own(conn, &workspace_id, &id)? else { return Ok(None) };
        let told = told(conn, &webhook, only_dead)?;
        Ok::<_, Error>(Some((webhook, told)))
    });
    let (webhook, (counts, list, kinds)) = match read.await {
        Ok(Some(read)) => read,
        Ok(None) => return gone(req, state),
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let typed = if webhook.kinds == DEFAULT_KINDS { String::new() } else { webhook.kinds.clone() };
    let content = WebhookPage {
        csrf: &visitor.signed_in.csrf,
        may_change: visitor.may_change(),
        kinds: kinds_in_words(&webhook.kinds),
        typed,
        webhook,
        made,
        saved: query.get("saved").is_some() && problem.is_empty(),
        problem,
        only_dead,
        waiting: count(&counts, WAITING),
        dead: count(&counts, DEAD),
        rows: list.into_iter().map(|delivery| Row::of(delivery, &kinds, now)).collect(),
    };
    pages::render(state, status, "Webhook", &visitor.around(), &content)
}
