//! The sealed client secret of a connection.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::ProviderAuth,
};
use vestibule_store::providers::connections::Connection;
use vestibule_web::crypto::seal::{Sealer, client_secret_context};

use super::settings::SettingsError;

/// The sealed client secret to be stored: the new one, or the stored one where it may stay.
pub(super) fn sealed(
    sealer: &Sealer,
    (workspace_id, connection_id): (&WorkspaceId, &ConnectionId),
    new: Option<&SecretString>,
    before: Option<&Connection>,
    (issuer, auth_method, enabled): (&str, ProviderAuth, bool),
) -> Result<String, SettingsError> {
    let field = |sentence: &str| SettingsError::Field(sentence.to_owned());
    let needs_none = auth_method == ProviderAuth::PrivateKeyJwt;
    match (new, before) {
        (Some(secret), _) => sealer
            .seal(&client_secret_context(workspace_id, connection_id), secret.expose_secret().trim())
            .map_err(|error| SettingsError::Field(error.to_string())),
        // The secret belongs to the issuer that gave it and must not be sent to another one.
        (None, Some(before)) if before.issuer != issuer => match needs_none {
            true => Ok(String::new()),
            false => Err(field("Client secret must be entered again, because the issuer is another one")),
        },
        (None, Some(before)) if needs_none || !before.client_secret.is_empty() => {
            Ok(before.client_secret.clone())
        }
        (None, None) if needs_none => Ok(String::new()),
        // A connection that is off signs nobody in. It can't be switched on without a secret.
        (None, _) if !enabled => Ok(String::new()),
        (None, _) => Err(field("Client secret is missing")),
    }
}
