//! `/webhooks` and `/workspaces/{workspace}/webhooks`: where the operator's systems are told of events, of every workspace or of
//! one. A secret is shown once; two sign while one takes the other's place.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use vestibule_admin::{webhooks as acts, webhooks::Settings};
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
            list.iter().map(|webhook| (webhook.webhook_id.clone(), acts::shown(webhook))).collect(),
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
        let settings = Settings { url: Some(new.url), kinds: Some(new.kinds), enabled: None };
        let (webhook, secret) = acts::create(conn, &at(desk), &owner, &settings)?;
        let mut made = acts::shown(&webhook);
        if let Some(members) = made.as_object_mut() {
            members.insert("secret".to_owned(), secret.into());
        }
        Answer::created(made)
    })
    .await
}

/// `GET …/webhooks/{webhook}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        Answer::ok(acts::shown(&webhook))
    })
    .await
}

/// `PATCH …/webhooks/{webhook}`: what is not named stays.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        let change: Change = desk.body()?;
        let settings = Settings { url: change.url, kinds: change.kinds, enabled: change.enabled };
        Answer::ok(acts::shown(&acts::change(conn, &at(desk), webhook, &settings)?))
    })
    .await
}

/// `DELETE …/webhooks/{webhook}`: with what still waits for it.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        acts::delete(conn, &at(desk), &webhook)?;
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
        Answer::created(json!({ "secret": acts::rotate_secret(conn, &at(desk), webhook)? }))
    })
    .await
}

/// `DELETE …/webhooks/{webhook}/secrets`: ends the former of two.
pub async fn end_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let webhook = named(conn, desk)?;
        acts::end_secret(conn, &at(desk), webhook)?;
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
        webhooks::tell_test(conn, &webhook, desk.now)?;
        Answer::nothing()
    })
    .await
}

fn at<'a>(desk: &'a Desk<'_>) -> acts::Desk<'a> {
    let allow_insecure = desk.state().config().okta.allow_insecure_issuers;
    acts::Desk { sealer: desk.state().sealer(), allow_insecure, cause: &desk.cause, now: desk.now }
}

fn named(conn: &mut Conn, desk: &Desk<'_>) -> Result<Webhook, Problem> {
    let owner = desk.owner(conn)?;
    let found = webhooks::find(conn, &desk.id("webhook")?)?;
    found.filter(|webhook| webhook.workspace_id == owner).ok_or(Problem::NotFound)
}
