//! The workspace's sign-in by SAML: a SAML app in Okta, and the SAML connection that reads its metadata. The UID attribute matches the
//! person who signs in with the user whom SCIM provisioned.

use anyhow::{Context, anyhow};
use vestibule_admin::{
    Actor, Refusal,
    provider::saml_connection::{self, SamlSettings, addresses, source::Source},
};
use vestibule_core::sets::UidField;
use vestibule_simulator::{
    App, AppSettings, ApplicationUsername, AttributeStatement, Expression, NameIdFormat, Okta,
    SamlSettings as OktaSettings, SingleLogout,
};
use vestibule_store::{
    providers::saml_connections::{AttributeNames, SamlConnection},
    workspaces::Workspace,
};
use vestibule_web::{State, crypto::saml_keys};

/// The app in Okta, and the connection in the workspace.
pub struct Saml {
    /// The app.
    pub app: App,
    /// The connection.
    pub connection: SamlConnection,
}

impl Saml {
    /// URL that begins a sign-in by SAML.
    pub(crate) fn login_url(&self, state: &State) -> String {
        let SamlConnection { workspace_id, connection_id, .. } = &self.connection;
        state.api_url(&format!("/api/okta/saml/login?team_id={workspace_id}&connection={connection_id}"))
    }
}

/// Creates app and connection as an administrator would: enters our URLs in Okta, and saves Okta's metadata URL here.
pub(crate) async fn connect(state: &State, okta: &Okta, workspace: &Workspace) -> anyhow::Result<Saml> {
    let ours = addresses::of_workspace(&state.config().region.api_url, &workspace.workspace_id);
    let mut settings = OktaSettings::new(&ours.acs_url, &ours.entity_id);
    // A NameID that matches no user, so that only the UID attribute can match.
    settings.name_id_format = NameIdFormat::Persistent;
    settings.application_username = ApplicationUsername::Custom(Expression::Id);
    settings.attributes = vec![
        AttributeStatement::new("UID", Expression::Id),
        AttributeStatement::new("email", Expression::Email),
    ];
    let keys = saml_keys::all(state).await?;
    let own = keys.iter().find(|own| own.is_current).context("no SAML key signs now")?;
    let own = own.signer.certificate().base64();
    settings.signature_certificate =
        Some(format!("-----BEGIN CERTIFICATE-----\n{own}\n-----END CERTIFICATE-----\n"));
    let mut logout = SingleLogout::new(&ours.slo_url, &ours.entity_id);
    logout.logout_request_url = Some(ours.slo_url);
    settings.single_logout = Some(logout);
    let labels = AppSettings {
        label: "Vestibule SAML".to_owned(),
        name: "vestibule_saml_1".to_owned(),
        ..AppSettings::default()
    };
    let app = okta.create_saml_app(labels, settings)?;
    let metadata_url = okta.saml_instructions(&app).context("the app has no SAML settings")?.metadata_url;
    let refused = |refusal: Refusal| anyhow!("the SAML connection is refused: {refusal}");
    let provider = Source::MetadataUrl(metadata_url.clone()).read(state).await.map_err(refused)?;
    let settings = SamlSettings {
        name: "Okta by SAML".to_owned(),
        provider: Some(provider),
        metadata_url: Some(metadata_url),
        jit: Some(true),
        attributes: Some(AttributeNames {
            uid: Some("UID".to_owned()),
            uid_is: Some(UidField::ExternalId),
            ..AttributeNames::default()
        }),
        ..SamlSettings::default()
    };
    let (workspace_id, now) = (workspace.workspace_id.clone(), state.now());
    let connection = state
        .write(move |conn| saml_connection::create(conn, &Actor::cli(now), &workspace_id, settings, true))
        .await
        .map_err(refused)?;
    Ok(Saml { app, connection })
}
