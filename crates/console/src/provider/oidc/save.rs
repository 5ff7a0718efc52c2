//! Saves the form of an OpenID Connect connection.

use vestibule_admin::provider::connection::{SettingsError, Which};
use vestibule_store::{Error, providers::connections::Connection};

use crate::{
    layout::{access::Administrator, error::PageError},
    provider::{
        connection_page::missing,
        okta::{
            form::SettingsFields,
            save::{Author, save as save_settings},
        },
    },
};

/// Saves the form; the inner error is the sentence for its page.
pub(super) async fn save(
    administrator: &Administrator,
    which: Which,
    fields: &SettingsFields,
) -> Result<Result<Connection, String>, PageError> {
    let author = Author {
        actor: administrator.actor(),
        // The author keeps their access, and can then say who the others are.
        spared: administrator.signed_in.user.user_id.to_string(),
    };
    let saved =
        save_settings(administrator.state(), administrator.workspace(), fields, which, author, |_| Ok(()));
    match saved.await {
        Ok(((), connection)) => Ok(Ok(connection)),
        Err(SettingsError::Field(problem)) => Ok(Err(problem)),
        Err(SettingsError::Store(Error::NotFound)) => Err(missing::<Connection>(administrator)),
        Err(SettingsError::Store(error)) => Err(administrator.failed(&error)),
    }
}
