//! What the request inspector is told of OAuth: which client, which grant, which scopes. Of parameters only those that are listed
//! here are shown, and of the others the names: codes, secrets, tokens and verifiers are never among the first.

use serde_json::{Value, json};
use vestibule_store::oauth::clients::Client;
use vestibule_web::{
    http::input::Parameters,
    observe::inspect::{Note, redact::clip},
};

use crate::{
    client::auth::Presented,
    token::exchange::{Given, Outcome},
};

/// What opens nothing, whoever reads it.
const SHOWN: [&str; 9] = [
    "grant_type",
    "response_type",
    "response_mode",
    "client_id",
    "scope",
    "resource",
    "code_challenge_method",
    "prompt",
    "max_age",
];

/// The parameters as sent.
pub(crate) fn form(note: &Note, form: &Parameters) {
    note.understood("parameters", || {
        let told = form.names().map(|name| {
            let value = if SHOWN.contains(&name) { clip(form.text(name)) } else { "…".to_owned() };
            (clip(name), Value::String(value))
        });
        Value::Object(told.collect())
    });
}

/// Who says to call.
pub(crate) fn caller(note: &Note, caller: &Presented) {
    note.understood(
        "caller",
        || json!({ "client_id": clip(caller.client_id()), "proves_itself_by": caller.how() }),
    );
}

/// Which client it is: one of a workspace's own that has proven itself speaks for that workspace.
pub(crate) fn client(note: &Note, client: &Client) {
    note.understood("client", || json!({ "name": client.name, "kind": client.kind }));
    match (client.is_deployment_wide(), client.is_public()) {
        (true, _) => {}
        (false, true) => note.claims(&client.workspace_id),
        (false, false) => note.proves(&client.workspace_id),
    }
}

/// Which client somebody's browser comes from: that proves nothing yet.
pub(crate) fn from(note: &Note, client: &Client) {
    note.understood("client", || json!({ "name": client.name, "kind": client.kind }));
    if !client.is_deployment_wide() {
        note.claims(&client.workspace_id);
    }
}

/// What was given, if it was: then the request is that workspace's.
pub(crate) fn given(note: &Note, workspace_id: &str, outcome: Outcome) -> Outcome {
    if let Ok(Ok(given)) = &outcome {
        let Given { access_seconds, scope, refresh, identity, .. } = given;
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
