//! Resources, clients and webhooks, of a workspace or of the deployment.

use vestibule_core::{ids::WorkspaceId, sets::ClientAuth};
use vestibule_store::{
    Conn,
    oauth::{
        client_secrets,
        clients::{self, Client},
        resources,
    },
    outbox::webhooks,
};
use vestibule_transfer::configuration::{Kind, Scope, Secret, Thing, Value};
use vestibule_web::crypto::seal::{self, Sealer};

use super::{sealed, text};
use crate::cli::commands::Sentence;

/// The things. Clients that registered or describe themselves are none of the configuration.
pub(super) fn things(
    conn: &mut Conn,
    sealer: &Sealer,
    workspace_id: &WorkspaceId,
) -> Result<Vec<Thing>, Sentence> {
    let mut things = Vec::new();
    let mut all = resources::list(conn, workspace_id)?;
    all.retain(|resource| resource.workspace_id == *workspace_id);
    for one in all {
        let scopes = one.scopes()?.into_iter().map(|scope| Scope { scope: scope.scope, text: scope.text });
        let values = [
            ("uri", text(&one.uri)),
            ("name", text(&one.name)),
            ("scopes", Value::Scopes(scopes.collect())),
            ("roles", Value::texts(one.roles.as_slice().to_vec())),
        ];
        things.push(Thing::stored(Kind::Resource, values));
    }
    let of_operator = |client: &Client| client.metadata.is_empty() && !client.describes_itself();
    for one in clients::list(conn, workspace_id)?.into_iter().filter(of_operator) {
        things.push(client(conn, &one)?);
    }
    for one in webhooks::list(conn, workspace_id)? {
        let context = seal::webhook_secret_context(workspace_id, &one.webhook_id);
        let values = [
            ("id", text(&one.webhook_id)),
            ("url", text(&one.url)),
            ("secret", sealed(sealer, &context, &one.secret)),
            ("kinds", Value::texts(one.kinds.split_whitespace())),
            ("enabled", Value::Switch(one.enabled)),
        ];
        things.push(Thing::stored(Kind::Webhook, values));
    }
    Ok(things)
}

fn client(conn: &mut Conn, one: &Client) -> Result<Thing, Sentence> {
    let number = |number: Option<i64>, word: &'static str| number.map_or(Value::Word(word), Value::Number);
    let mut thing = Thing::stored(
        Kind::Client,
        [
            ("id", text(&one.client_id)),
            ("name", text(&one.name)),
            ("kind", text(one.kind)),
            ("auth_method", text(one.auth_method)),
            ("jwks", text(one.jwks.as_str())),
            ("redirect_uris", Value::texts(one.redirect_uris())),
            ("post_logout_redirect_uris", Value::texts(one.post_logout_redirect_uris())),
            ("backchannel_logout_uri", text(&one.backchannel_logout_uri)),
            ("scopes", Value::texts(one.scope.split_whitespace())),
            ("jwt_access_tokens", number(one.jwt_seconds, "off")),
            ("id_token_alg", text(one.id_token_alg)),
            ("require_pkce", Value::Switch(one.requires_pkce)),
            ("default_max_age", number(one.default_max_age, "none")),
            ("require_auth_time", Value::Switch(one.requires_auth_time)),
            ("cross_app", Value::Switch(one.cross_app)),
            ("token_exchange", Value::Switch(one.token_exchange)),
            ("serves", Value::texts(one.serves.as_slice().to_vec())),
            ("dpop", text(one.dpop)),
        ],
    );
    if one.auth_method == ClientAuth::Secret {
        let digests = client_secrets::digests(conn, one)?;
        thing.values.insert("client_secret", Value::Secret(Secret { reference: None, digests }));
    }
    Ok(thing)
}
