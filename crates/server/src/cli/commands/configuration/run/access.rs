//! Steps of resources, clients and webhooks, of a workspace or of the deployment.

use vestibule_admin::{
    access::{
        clients::{self, ClientChange, NewClient, declared},
        resources::{self, NewResource, ResourceChange},
    },
    outbox::webhooks::{self, Environment, WebhookChange},
};
use vestibule_core::{
    ids::{ClientId, WorkspaceId},
    sets::{ClientAuth, ClientKind, DpopMode},
};
use vestibule_store::{
    Error, Tx,
    oauth::{
        clients as stored_clients,
        resources::{self as stored_resources, ResourceScope},
    },
    outbox::webhooks as stored_webhooks,
};
use vestibule_transfer::configuration::{Action, Scope, Step, Thing};

use super::failure::Failure;
use crate::cli::commands::configuration::Context;

/// Registers, changes or deletes a resource.
pub(super) fn resource(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<(), Failure> {
    let thing = &step.thing;
    let uri = thing.text("uri").unwrap_or_default();
    if step.action != Action::Create {
        let all = stored_resources::list(conn, id)?;
        let found = all.into_iter().find(|one| one.workspace_id == *id && one.uri == uri);
        let found = found.ok_or(Error::NotFound)?;
        if step.action == Action::Delete {
            resources::delete(conn, &context.actor, id, &found.resource_id)?;
            return Ok(());
        }
        let given = step.given();
        let change = ResourceChange {
            name: given.text("name"),
            scopes: given.scopes("scopes").map(scopes_of),
            roles: given.texts("roles"),
        };
        resources::change(conn, &context.actor, found, change)?;
        return Ok(());
    }
    let new = NewResource {
        uri,
        name: thing.text("name").unwrap_or_default(),
        scopes: scopes_of(thing.scopes("scopes").unwrap_or_default()),
        roles: thing.texts("roles").unwrap_or_default(),
    };
    resources::create(conn, &context.actor, id, new, &context.config.region.api_url)?;
    Ok(())
}

fn scopes_of(scopes: &[Scope]) -> Vec<ResourceScope> {
    scopes.iter().map(|one| ResourceScope { scope: one.scope.clone(), text: one.text.clone() }).collect()
}

/// Registers, changes or deletes a client.
pub(super) fn client(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<Option<String>, Failure> {
    let (given, actor) = (step.given(), &context.actor);
    if step.action == Action::Create {
        return create_client(conn, context, id, &given);
    }
    let client_id = step.stored.as_ref().and_then(Thing::id).map(ClientId::from_stored);
    let found = stored_clients::find(conn, &client_id.ok_or(Error::NotFound)?)?;
    let found = found.filter(|client| client.workspace_id == *id).ok_or(Error::NotFound)?;
    if step.action == Action::Delete {
        clients::delete(conn, actor, &found)?;
        return Ok(None);
    }
    if let Some(secret) = context.secrets.of(&given) {
        declared::add_secret(conn, actor, &found, secret)?;
    }
    let change = change_of(&given)?;
    if change != ClientChange::default() {
        clients::change(conn, actor, found, change, context.allow_insecure())?;
    }
    Ok(None)
}

fn create_client(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    given: &Thing,
) -> Result<Option<String>, Failure> {
    let texts = |key: &str| given.texts(key).unwrap_or_default();
    let kind = given.text("kind").unwrap_or_default().parse::<ClientKind>();
    let auth_method = given.text("auth_method").unwrap_or(ClientAuth::Secret.as_str()).parse::<ClientAuth>();
    let new = NewClient {
        kind: kind.map_err(|_| Failure::Key("kind", "is no kind of client".to_owned()))?,
        name: given.text("name").unwrap_or_default(),
        redirect_uris: texts("redirect_uris"),
        post_logout_redirect_uris: texts("post_logout_redirect_uris"),
        auth_method: auth_method.map_err(|_| Failure::Key("auth_method", "is unknown".to_owned()))?,
        jwks: given.text("jwks").unwrap_or_default(),
        scopes: texts("scopes"),
        jwt_seconds: given.number("jwt_access_tokens").flatten(),
        id_token_alg: given.text("id_token_alg"),
        backchannel_logout_uri: given.text("backchannel_logout_uri").filter(|uri| !uri.is_empty()),
        requires_pkce: given.switch("require_pkce").unwrap_or_default(),
        default_max_age: given.number("default_max_age").flatten(),
        requires_auth_time: given.switch("require_auth_time").unwrap_or_default(),
    };
    let client_id = given.id().map(ClientId::from_stored);
    let declared_parts = (client_id.as_ref(), context.secrets.of(given));
    let insecure = context.allow_insecure();
    let client = declared::create(conn, &context.actor, id, declared_parts, &new, insecure)?;
    let new_id = client_id.is_none().then(|| client.client_id.to_string());
    // What a new client has otherwise anyway is no change.
    let change = ClientChange {
        cross_app: given.switch("cross_app").filter(|on| *on),
        token_exchange: given.switch("token_exchange").filter(|on| *on),
        serves: given.texts("serves").filter(|serves| !serves.is_empty()),
        dpop: dpop(given)?.filter(|mode| *mode != DpopMode::Off),
        ..ClientChange::default()
    };
    if change != ClientChange::default() {
        clients::change(conn, &context.actor, client, change, insecure)?;
    }
    Ok(new_id)
}

fn dpop(given: &Thing) -> Result<Option<DpopMode>, Failure> {
    let parsed = given.text("dpop").map(str::parse::<DpopMode>).transpose();
    parsed.map_err(|_| Failure::Key("dpop", "is no mode".to_owned()))
}

fn change_of(given: &Thing) -> Result<ClientChange<'_>, Failure> {
    Ok(ClientChange {
        name: given.text("name"),
        redirect_uris: given.texts("redirect_uris"),
        post_logout_redirect_uris: given.texts("post_logout_redirect_uris"),
        jwks: given.text("jwks"),
        jwt_seconds: given.number("jwt_access_tokens"),
        id_token_alg: given.text("id_token_alg"),
        backchannel_logout_uri: given.text("backchannel_logout_uri"),
        scopes: given.texts("scopes"),
        cross_app: given.switch("cross_app"),
        requires_pkce: given.switch("require_pkce"),
        token_exchange: given.switch("token_exchange"),
        serves: given.texts("serves"),
        dpop: dpop(given)?,
        default_max_age: given.number("default_max_age"),
        requires_auth_time: given.switch("require_auth_time"),
    })
}

/// Creates, changes or deletes a webhook.
pub(super) fn webhook(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<Option<String>, Failure> {
    let (given, actor) = (step.given(), &context.actor);
    let environment = Environment { sealer: context.sealer, allow_insecure: context.allow_insecure() };
    let change = WebhookChange {
        url: given.text("url").map(str::to_owned),
        kinds: given.texts("kinds").map(<[String]>::to_vec),
        enabled: given.switch("enabled"),
    };
    let secret = context.secrets.of(&given);
    if step.action == Action::Create {
        let Some(secret) = secret else { return Err(Failure::Key("secret", "is missing".to_owned())) };
        let parts = (given.id(), secret);
        let made = webhooks::create_declared(conn, actor, environment, id, parts, &change)?;
        return Ok(given.id().is_none().then_some(made.webhook_id));
    }
    let webhook_id = step.stored.as_ref().and_then(Thing::id).ok_or(Error::NotFound)?;
    let found = stored_webhooks::find(conn, webhook_id)?;
    let found = found.filter(|webhook| webhook.workspace_id == *id).ok_or(Error::NotFound)?;
    match (step.action, secret) {
        (Action::Delete, _) => drop(webhooks::delete(conn, actor, &found)?),
        (_, Some(secret)) => webhooks::change_declared(conn, actor, environment, found, secret, &change)?,
        (_, None) => drop(webhooks::change(conn, actor, environment, found, &change)?),
    }
    Ok(None)
}
