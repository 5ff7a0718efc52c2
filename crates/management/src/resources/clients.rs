//! `/clients` and `/workspaces/{workspace}/clients`: OAuth clients, those all workspaces share and those of one. A secret is
//! shown once; two live at a time, so that one can be put in place while the other still works.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin,
    clients::{ClientChange, NewClient},
};
use vestibule_core::{
    sets::{ClientAuth, ClientKind},
    time::rfc3339,
};
use vestibule_store::{
    Conn,
    oauth::{
        client_secrets,
        clients::{self, Client},
    },
};
use vestibule_web::State;

use crate::http::{
    answer::Answer,
    endpoint::{self, Desk},
    input::present,
    problem::Problem,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    kind: ClientKind,
    name: String,
    #[serde(default)]
    redirect_uris: Vec<String>,
    jwt_access_tokens: Option<i64>,
    id_token_alg: Option<String>,
    backchannel_logout_uri: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default, deserialize_with = "present")]
    jwt_access_tokens: Option<Option<i64>>,
    id_token_alg: Option<String>,
    backchannel_logout_uri: Option<String>,
    scopes: Option<Vec<String>>,
}

/// `GET …/clients`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let owner = desk.owner(conn)?;
        let paging = desk.paging(&[])?;
        let mut items = Vec::new();
        for client in clients::list(conn, &owner)? {
            items.push((format!("{:020} {}", client.created_at, client.client_id), shown(conn, &client)?));
        }
        paging.cut(desk, items)
    })
    .await
}

/// `POST …/clients`: answers the secret, once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let owner = desk.owner(conn)?;
        let new: New = desk.body()?;
        let new = NewClient {
            kind: new.kind,
            name: &new.name,
            redirect_uris: &new.redirect_uris,
            post_logout_redirect_uris: &[],
            auth_method: ClientAuth::Secret,
            jwks: "",
            scopes: &new.scopes,
            jwt_seconds: new.jwt_access_tokens,
            id_token_alg: new.id_token_alg.as_deref(),
            backchannel_logout_uri: new.backchannel_logout_uri.as_deref(),
        };
        let (client, secret) =
            admin::clients::create(conn, &desk.actor, &owner, &new, desk.allow_insecure())?;
        let mut made = shown(conn, &client)?;
        if let Some(members) = made.as_object_mut() {
            members.insert("client_secret".to_owned(), secret.into());
        }
        Answer::created(made)
    })
    .await
}

/// `GET …/clients/{client}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        desk.query(&[])?;
        let client = named(conn, desk)?;
        Answer::ok(shown(conn, &client)?)
    })
    .await
}

/// `PATCH …/clients/{client}`: what is not named stays; `jwt_access_tokens: null` makes its access tokens opaque.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let client = named(conn, desk)?;
        let change: Change = desk.body()?;
        let change = ClientChange {
            jwt_seconds: change.jwt_access_tokens,
            id_token_alg: change.id_token_alg.as_deref(),
            backchannel_logout_uri: change.backchannel_logout_uri.as_deref(),
            scopes: change.scopes.as_deref(),
        };
        let after = admin::clients::change(conn, &desk.actor, client, change, desk.allow_insecure())?;
        Answer::ok(shown(conn, &after)?)
    })
    .await
}

/// `DELETE …/clients/{client}`: with its secrets; what it was given ends at once.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let client = named(conn, desk)?;
        admin::clients::delete(conn, &desk.actor, &client)?;
        Answer::nothing()
    })
    .await
}

/// `POST …/clients/{client}/secrets`: one beside the one that may be there, shown once.
pub async fn add_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        desk.no_body()?;
        let client = named(conn, desk)?;
        let (secret_id, secret) = admin::clients::add_secret(conn, &desk.actor, &client)?;
        Answer::created(json!({ "id": secret_id, "client_secret": secret, "created_at": rfc3339(desk.now) }))
    })
    .await
}

/// `DELETE …/clients/{client}/secrets/{secret}`
pub async fn end_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let client = named(conn, desk)?;
        if !admin::clients::end_secret(conn, &desk.actor, &client, &desk.id("secret")?)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

fn named(conn: &mut Conn, desk: &Desk<'_>) -> Result<Client, Problem> {
    let owner = desk.owner(conn)?;
    let text = desk.segment("client");
    // Others would not be a database's text.
    let found =
        if text.bytes().all(|byte| byte.is_ascii_graphic()) { clients::find(conn, text)? } else { None };
    found.filter(|client| client.workspace_id == owner).ok_or(Problem::NotFound)
}

fn shown(conn: &mut Conn, client: &Client) -> Result<Value, Problem> {
    let secret = |secret: client_secrets::ClientSecret| {
        json!({
            "id": secret.secret_id,
            "created_at": rfc3339(secret.created_at),
            "last_used_at": secret.last_used_at.map(rfc3339),
        })
    };
    let secrets: Vec<_> = client_secrets::list(conn, client)?.into_iter().map(secret).collect();
    Ok(json!({
        "client_id": client.client_id,
        "kind": client.kind,
        "name": client.name,
        "redirect_uris": client.redirect_uris(),
        "scopes": client.scope.split_whitespace().collect::<Vec<_>>(),
        "jwt_access_tokens": client.jwt_seconds,
        "id_token_alg": client.id_token_alg,
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "secrets": secrets,
        "created_at": rfc3339(client.created_at),
    }))
}
