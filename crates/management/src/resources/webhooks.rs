//! `/webhooks` and `/workspaces/{workspace}/webhooks`: where the operator's systems are told of events, of every workspace or of
//! one. A secret is shown once; two sign while one takes the other's place.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use vestibule_admin::{
    self as admin,
    webhooks::{Environment, WebhookChange},
};
use vestibule_store::{
    Conn,
    outbox::webhooks::{self, Webhook},
};
use vestibule_web::State;

use crate::http::{
    answer::Answer,
    endpoint::{self, Desk},
    problem::Problem,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    url: String,
    #[serde(default)]
    kinds: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    url: Option<String>,
    kinds: Option<Vec<String>>,
    enabled: Option<bool>,
}

/// `GET …/webhooks`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let owner = desk.owner(conn)?;
        let paging = desk.paging(&[])?;
        let list = webhooks::list(conn, &owner)?;
        paging.cut(
            desk,
            list.iter()
                .map(|webhook| (webhook.webhook_id.clone(), admin::webhooks::describe(webhook)))
                .collect(),
        )
    })
    .await
}

/// `POST …/webhooks`: answers the secret, once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let owner = desk.owner(conn)?;
        let new: New = desk.body()?;
        let change = WebhookChange { url: Some(new.url), kinds: Some(new.kinds), enabled: None };
        let (webhook, secret) =
            admin::webhooks::create(conn, &desk.actor, environment(desk), &owner, &change)?;
        Answer::created(admin::webhooks::describe_created(&webhook, secret))
    })
    .await
}

/// `GET …/webhooks/{webhook}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        Answer::ok(admin::webhooks::describe(&webhook))
    })
    .await
}

/// `PATCH …/webhooks/{webhook}`: what is not named stays.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        let change: Change = desk.body()?;
        let change = WebhookChange { url: change.url, kinds: change.kinds, enabled: change.enabled };
        let after = admin::webhooks::change(conn, &desk.actor, environment(desk), webhook, &change)?;
        Answer::ok(admin::webhooks::describe(&after))
    })
    .await
}

/// `DELETE …/webhooks/{webhook}`: with what still waits for it.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        admin::webhooks::delete(conn, &desk.actor, &webhook)?;
        Answer::nothing()
    })
    .await
}

/// `POST …/webhooks/{webhook}/secrets`: one beside the one there is, shown once.
pub async fn add_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        desk.no_body()?;
        let webhook = named(conn, desk)?;
        let secret = admin::webhooks::add_secret(conn, &desk.actor, environment(desk), webhook)?;
        Answer::created(json!({ "secret": secret }))
    })
    .await
}

/// `DELETE …/webhooks/{webhook}/secrets`: ends the former of two.
pub async fn end_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        admin::webhooks::end_secret(conn, &desk.actor, webhook)?;
        Answer::nothing()
    })
    .await
}

/// `POST …/webhooks/{webhook}/test`: sends a test; the deliveries show what became of it.
pub async fn test(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        desk.no_body()?;
        let webhook = named(conn, desk)?;
        admin::webhooks::send_test(conn, &desk.actor, &webhook)?;
        Answer::nothing()
    })
    .await
}

fn environment<'a>(desk: &'a Desk<'_>) -> Environment<'a> {
    Environment { sealer: desk.state().sealer(), allow_insecure: desk.allow_insecure() }
}

fn named(conn: &mut Conn, desk: &Desk<'_>) -> Result<Webhook, Problem> {
    let owner = desk.owner(conn)?;
    let found = webhooks::find(conn, &desk.id("webhook")?)?;
    found.filter(|webhook| webhook.workspace_id == owner).ok_or(Problem::NotFound)
}
