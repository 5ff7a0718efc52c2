//! Saves the Okta settings, for an administrator or for somebody with a set-up link.

use vestibule_admin::{
    Actor,
    people::end_access::{self, EndAccess},
    provider::connection::{self, Settings, SettingsError, Which, address},
};
use vestibule_core::sets::ProviderKind;
use vestibule_store::{Error, Tx, providers::connections::Connection, workspaces::Workspace};
use vestibule_web::{State, outbound::discovery::discover};

use crate::{layout::request::PageRequest, provider::okta::form::SettingsFields};

/// Who saves the settings.
pub(crate) struct Author {
    pub actor: Actor,
    /// The user whose access does not end when everybody's does; empty: nobody.
    pub spared: String,
}

impl Author {
    /// Somebody with a set-up link, which the operator made.
    pub(crate) fn by_link(request: &PageRequest) -> Self {
        let actor = Actor::operator(request.cause("setup_link"), request.state().now());
        Self { actor, spared: String::new() }
    }
}

/// Checks the fields against the provider's discovery document, then saves them in one transaction, in which `before` runs first. Returns
/// what `before` did, and the connection.
pub(crate) async fn save<T: Send + 'static>(
    state: &State,
    workspace: &Workspace,
    fields: &SettingsFields,
    which: Which,
    Author { actor, spared }: Author,
    before: impl FnOnce(&mut Tx<'_>) -> Result<T, SettingsError> + Send + 'static,
) -> Result<(T, Connection), SettingsError> {
    let allow_insecure = state.config().okta.allow_insecure_issuers;
    let issuer = address::of_typed(&fields.domain, allow_insecure);
    let issuer = issuer.map_err(|sentence| {
        // A text without a slash is taken for an Okta domain.
        let is_okta = !fields.is_other_form || fields.provider == Some(ProviderKind::Okta);
        SettingsError::Field(match is_okta || fields.domain.contains('/') {
            true => sentence,
            false => format!(
                "the issuer must be a URL such as {}",
                fields.provider.unwrap_or_default().facts().issuer
            ),
        })
    })?;
    let name = fields.name.clone();
    let discovered = discover(state, &issuer).await.map_err(SettingsError::Field)?;
    let settings = Settings {
        issuer,
        auth_method: fields.auth_method.clone(),
        dpop: fields.auth_method.as_ref().map(|_| fields.dpop),
        groups_claim: fields.groups_claim.clone(),
        cross_app: None,
        discovered: Some(discovered),
        client_id: fields.client_id.clone(),
        client_secret: fields.client_secret.clone(),
        enabled: Some(fields.enabled),
        jit: Some(fields.jit),
        end_access: if fields.end_access { EndAccess::IfReplaced(spared) } else { EndAccess::No },
        which,
        name,
        provider: fields.provider,
        // Whoever uses the Okta page connects an Okta, whatever its domain.
        assumed: if fields.is_other_form { ProviderKind::Any } else { ProviderKind::Okta },
        make_default: false,
        stays_ordinary: false,
    };
    let (state_of_job, workspace_id) = (state.clone(), workspace.workspace_id.clone());
    let saved = state
        .write(move |conn| {
            let result = before(conn)?;
            let saved = connection::save(conn, &actor, state_of_job.sealer(), &workspace_id, settings)?;
            Ok((result, saved))
        })
        .await;
    end_access::resume_soon(state);
    saved.map_err(|error| match error {
        SettingsError::Store(Error::NotFound) => {
            SettingsError::Field("this connection was deleted meanwhile; open the page again".to_owned())
        }
        other => other,
    })
}
