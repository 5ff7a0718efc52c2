//! `/webhooks` and `/workspaces/{workspace}/webhooks`: addresses that are called with events, of every workspace or of
//! one. A secret is returned once; two sign while one is replaced.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    self as admin,
    outbox::webhooks::{Environment, WebhookChange},
};
use vestibule_store::{
    Conn,
    outbox::webhooks::{self, Webhook},
};
use vestibule_web::State;

use crate::{
    http::{
        answer::Answer,
        endpoint::{self, Caller},
        problem::Problem,
    },
    types::{
        self,
        webhooks::{NewWebhook, NewWebhookSecret, NewlyMadeWebhook},
    },
};

/// `GET …/webhooks`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let owner = caller.owner(conn)?;
        let paging = caller.paging(&[])?;
        let list = webhooks::list(conn, &owner)?;
        paging.respond(
            caller,
            list.iter()
                .map(|webhook| (webhook.webhook_id.clone(), types::webhooks::Webhook::from(webhook)))
                .collect(),
        )
    })
    .await
}

/// `POST …/webhooks`: returns the secret, once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let owner = caller.owner(conn)?;
        let new: NewWebhook = caller.body()?;
        let change = WebhookChange { url: Some(new.url), kinds: Some(new.kinds), enabled: None };
        let (webhook, secret) =
            admin::outbox::webhooks::create(conn, &caller.actor, environment(caller), &owner, &change)?;
        Answer::created(NewlyMadeWebhook { webhook: (&webhook).into(), secret })
    })
    .await
}

/// `GET …/webhooks/{webhook}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let webhook = named(conn, caller)?;
        Answer::ok(types::webhooks::Webhook::from(&webhook))
    })
    .await
}

/// `PATCH …/webhooks/{webhook}`: an absent member changes nothing.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let webhook = named(conn, caller)?;
        let change: types::webhooks::WebhookChange = caller.body()?;
        let change = WebhookChange { url: change.url, kinds: change.kinds, enabled: change.enabled };
        let after =
            admin::outbox::webhooks::change(conn, &caller.actor, environment(caller), webhook, &change)?;
        Answer::ok(types::webhooks::Webhook::from(&after))
    })
    .await
}

/// `DELETE …/webhooks/{webhook}`: with the deliveries that wait for it.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let webhook = named(conn, caller)?;
        admin::outbox::webhooks::delete(conn, &caller.actor, &webhook)?;
        Answer::nothing()
    })
    .await
}

/// `POST …/webhooks/{webhook}/secrets`: issues a secret; the former one still signs.
pub async fn add_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let webhook = named(conn, caller)?;
        let secret = admin::outbox::webhooks::add_secret(conn, &caller.actor, environment(caller), webhook)?;
        Answer::created(NewWebhookSecret { secret })
    })
    .await
}

/// `DELETE …/webhooks/{webhook}/secrets`: ends the former of two.
pub async fn end_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let webhook = named(conn, caller)?;
        admin::outbox::webhooks::end_secret(conn, &caller.actor, webhook)?;
        Answer::nothing()
    })
    .await
}

/// `POST …/webhooks/{webhook}/test`: sends a test message; the list of deliveries has its outcome.
pub async fn test(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let webhook = named(conn, caller)?;
        admin::outbox::webhooks::send_test(conn, &caller.actor, &webhook)?;
        Answer::nothing()
    })
    .await
}

fn environment<'a>(caller: &'a Caller<'_>) -> Environment<'a> {
    Environment { sealer: caller.state().sealer(), allow_insecure: caller.allow_insecure() }
}

fn named(conn: &mut Conn, caller: &Caller<'_>) -> Result<Webhook, Problem> {
    let owner = caller.owner(conn)?;
    let found = webhooks::find(conn, &caller.id("webhook")?)?;
    found.filter(|webhook| webhook.workspace_id == owner).ok_or(Problem::NotFound)
}
