//! `/clients` and `/workspaces/{workspace}/clients`: OAuth clients of the deployment and of one workspace. A secret is
//! returned once; two are valid at a time, so that one can be replaced while the other still works.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    self as admin,
    access::clients::{ClientChange, NewClient},
};
use vestibule_core::{ids::ClientId, sets::ClientAuth, time::rfc3339};
use vestibule_store::{
    Conn,
    oauth::{
        client_secrets,
        clients::{self, Client},
    },
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
        access::clients::{NewSecret, NewlyMadeClient},
    },
};

/// `GET …/clients`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let owner = caller.owner(conn)?;
        let paging = caller.paging(&[])?;
        let mut items = Vec::new();
        for client in clients::list(conn, &owner)? {
            items.push((
                format!("{:020} {}", client.created_at, client.client_id),
                with_secrets(conn, &client)?,
            ));
        }
        paging.respond(caller, items)
    })
    .await
}

/// `POST …/clients`: returns the secret, once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let owner = caller.owner(conn)?;
        let new: types::access::clients::NewClient = caller.body()?;
        let new = NewClient {
            kind: new.kind,
            name: &new.name,
            redirect_uris: &new.redirect_uris,
            post_logout_redirect_uris: &new.post_logout_redirect_uris,
            auth_method: ClientAuth::Secret,
            jwks: "",
            scopes: &new.scopes,
            jwt_seconds: new.jwt_access_tokens,
            id_token_alg: new.id_token_alg.as_deref(),
            backchannel_logout_uri: new.backchannel_logout_uri.as_deref(),
            requires_pkce: new.requires_pkce,
            default_max_age: new.default_max_age,
            requires_auth_time: new.requires_auth_time,
        };
        let (client, secret) =
            admin::access::clients::create(conn, &caller.actor, &owner, &new, caller.allow_insecure())?;
        let client_secret = secret.ok_or_else(|| Problem::Internal("the client has no secret".to_owned()))?;
        Answer::created(NewlyMadeClient { client: with_secrets(conn, &client)?, client_secret })
    })
    .await
}

/// `GET …/clients/{client}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let client = named(conn, caller)?;
        Answer::ok(with_secrets(conn, &client)?)
    })
    .await
}

/// `PATCH …/clients/{client}`: an absent member changes nothing; `jwt_access_tokens: null` makes its access tokens opaque.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let client = named(conn, caller)?;
        let change: types::access::clients::ClientChange = caller.body()?;
        let change = ClientChange {
            name: change.name.as_deref(),
            redirect_uris: change.redirect_uris.as_deref(),
            post_logout_redirect_uris: change.post_logout_redirect_uris.as_deref(),
            jwks: None,
            jwt_seconds: change.jwt_access_tokens,
            id_token_alg: change.id_token_alg.as_deref(),
            backchannel_logout_uri: change.backchannel_logout_uri.as_deref(),
            scopes: change.scopes.as_deref(),
            cross_app: change.cross_app,
            requires_pkce: change.requires_pkce,
            token_exchange: change.token_exchange,
            serves: change.serves.as_deref(),
            dpop: change.dpop,
            default_max_age: change.default_max_age,
            requires_auth_time: change.requires_auth_time,
        };
        let after =
            admin::access::clients::change(conn, &caller.actor, client, change, caller.allow_insecure())?;
        Answer::ok(with_secrets(conn, &after)?)
    })
    .await
}

/// `DELETE …/clients/{client}`: with its secrets and grants.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let client = named(conn, caller)?;
        admin::access::clients::delete(conn, &caller.actor, &client)?;
        Answer::nothing()
    })
    .await
}

/// `POST …/clients/{client}/secrets`: issues a secret; the existing one stays valid.
pub async fn add_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let client = named(conn, caller)?;
        let (secret_id, secret) = admin::access::clients::add_secret(conn, &caller.actor, &client)?;
        Answer::created(NewSecret { id: secret_id, client_secret: secret, created_at: rfc3339(caller.now) })
    })
    .await
}

/// `DELETE …/clients/{client}/secrets/{secret}`
pub async fn end_secret(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let client = named(conn, caller)?;
        if !admin::access::clients::end_secret(conn, &caller.actor, &client, &caller.id("secret")?)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

fn named(conn: &mut Conn, caller: &Caller<'_>) -> Result<Client, Problem> {
    let owner = caller.owner(conn)?;
    let text = caller.segment("client");
    // PostgreSQL refuses a text with NUL.
    let found = if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        clients::find(conn, &ClientId::sent(text))?
    } else {
        None
    };
    found.filter(|client| client.workspace_id == owner).ok_or(Problem::NotFound)
}

fn with_secrets(conn: &mut Conn, client: &Client) -> Result<types::access::clients::Client, Problem> {
    Ok(types::access::clients::Client::new(client, client_secrets::list(conn, client)?)?)
}
