//! Notes of OAuth requests for the request inspector: client, parameters, and what was issued. Only the parameters listed here are shown
//! with their values, others with their names, so that codes, secrets, tokens and verifiers never appear.

use serde_json::{Value, json};
use vestibule_core::ids::WorkspaceId;
use vestibule_store::oauth::clients::Client;
use vestibule_web::{
    http::input::Parameters,
    observe::inspect::{Note, redact::clip},
};

use crate::{
    client::auth::Credentials,
    token::exchange::{Issued, Outcome},
};

/// Parameters without secrets.
const VISIBLE: [&str; 14] = [
    "grant_type",
    "response_type",
    "response_mode",
    "client_id",
    "scope",
    "resource",
    "audience",
    "subject_token_type",
    "actor_token_type",
    "requested_token_type",
    "dpop_jkt",
    "code_challenge_method",
    "prompt",
    "max_age",
];

/// Shows the parameters.
pub(crate) fn form(note: &Note, form: &Parameters) {
    note.understood("parameters", || {
        let parameters = form.names().map(|name| {
            let value = if VISIBLE.contains(&name) { clip(form.text(name)) } else { "…".to_owned() };
            (clip(name), Value::String(value))
        });
        Value::Object(parameters.collect())
    });
}

/// Shows which client the request claims to be from.
pub(crate) fn caller(note: &Note, caller: &Credentials) {
    note.understood(
        "caller",
        || json!({ "client_id": clip(caller.client_id()), "proves_itself_by": caller.method_name() }),
    );
}

/// Shows the authenticated client, and assigns the request to its workspace if it has one.
pub(crate) fn client(note: &Note, client: &Client) {
    note.understood("client", || json!({ "name": client.name, "kind": client.kind }));
    match (client.is_deployment_wide(), client.is_public()) {
        (true, _) => {}
        (false, true) => note.claims(&client.workspace_id),
        (false, false) => note.proves(&client.workspace_id),
    }
}

/// Shows the client that a browser comes from, which proves nothing yet.
pub(crate) fn claimed_client(note: &Note, client: &Client) {
    note.understood("client", || json!({ "name": client.name, "kind": client.kind }));
    if !client.is_deployment_wide() {
        note.claims(&client.workspace_id);
    }
}

/// Shows what was issued, and assigns the request to the workspace.
pub(crate) fn issued(note: &Note, workspace_id: &WorkspaceId, outcome: Outcome) -> Outcome {
    if let Ok(Ok(issued)) = &outcome {
        let Issued { access_seconds, scope, refresh, identity, .. } = issued;
        note.proves(workspace_id);
        note.changed(|| {
            json!({ "given": {
                "scope": scope, "access_token_lives_seconds": access_seconds,
                "refresh_token": refresh.is_some(), "id_token": identity.is_some(),
            } })
        });
    }
    outcome
}
