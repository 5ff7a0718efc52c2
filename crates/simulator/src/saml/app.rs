//! A SAML app: its state in the org, and the administrator's actions on it that send no request. It is an `App` like an OpenID Connect app,
//! so that assignment, provisioning and Universal Logout are the same; its client id is the id of the app instance.

use std::{io, sync::Arc};

use super::{
    keys::SamlKey,
    misbehavior::{Ready, SamlMisbehavior},
    settings::SamlSettings,
    state::SamlState,
};
use crate::{
    directory::{App, AppSettings, Person},
    okta::Okta,
    org::{AppState, Org},
    support::random,
};

/// Okta's page "View SAML setup instructions", and the URLs beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlInstructions {
    /// Identity Provider Single Sign-On URL.
    pub single_sign_on_url: String,
    /// Identity Provider Issuer.
    pub issuer: String,
    /// X.509 Certificate of the key that signs, as PEM.
    pub certificate: String,
    /// Identity Provider Single Logout URL.
    pub single_logout_url: String,
    /// Metadata URL.
    pub metadata_url: String,
    /// App Embed Link. A service that uses it in place of the Single Sign-On URL loses RelayState.
    pub app_embed_link: String,
}

/// A row of "SAML Signing Certificates".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlCertificate {
    /// Id of the key, for [`Okta::activate_saml_certificate`].
    pub id: String,
    /// PEM.
    pub certificate: String,
    /// SHA-256 of the certificate, 64 lower hexadecimal digits.
    pub fingerprint: String,
    /// Whether its key signs.
    pub active: bool,
}

impl Okta {
    /// A new SAML app with its own key. `redirect_uris` and the other fields of OpenID Connect in `settings` have no effect.
    ///
    /// # Errors
    /// No key can be made.
    pub fn create_saml_app(&self, settings: AppSettings, saml: SamlSettings) -> io::Result<App> {
        let key = Arc::new(self.new_saml_key()?);
        let app = self.create_app(settings);
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.saml = Some(SamlState {
                external_key: random::okta_id("exk"),
                settings: saml,
                keys: vec![Arc::clone(&key)],
                active: key,
                sessions: Vec::new(),
                logouts: Vec::new(),
            });
        }
        Ok(app)
    }

    /// The app's SAML settings; none for another app.
    pub fn saml_settings(&self, app: &App) -> Option<SamlSettings> {
        self.org().saml(app).map(|saml| saml.settings.clone())
    }

    /// The NameID that the person has in the app's assertions; none for another app.
    pub fn saml_name_id(&self, app: &App, person: &Person) -> Option<String> {
        self.org().saml(app).map(|saml| saml.settings.application_username.of(person))
    }

    /// Replaces the app's SAML settings.
    pub fn update_saml(&self, app: &App, settings: SamlSettings) {
        if let Some(saml) = self.org().saml_mut(app) {
            saml.settings = settings;
        }
    }

    /// The values that an administrator copies into the service; none for another app.
    pub fn saml_instructions(&self, app: &App) -> Option<SamlInstructions> {
        let org = self.org();
        let state = org.app(&app.client_id)?;
        let saml = state.saml.as_ref()?;
        let base = format!("{}/app/{}/{}", self.issuer(), state.app.settings.name, saml.external_key);
        Some(SamlInstructions {
            single_sign_on_url: format!("{base}/sso/saml"),
            issuer: saml.issuer(),
            certificate: saml.active.pem().ok()?,
            single_logout_url: format!("{base}/slo/saml"),
            metadata_url: format!("{}/app/{}/sso/saml/metadata", self.issuer(), saml.external_key),
            app_embed_link: format!(
                "{}/home/{}/{}/aln1",
                self.issuer(),
                state.app.settings.name,
                app.client_id
            ),
        })
    }

    /// "SAML Signing Certificates", oldest first.
    pub fn saml_certificates(&self, app: &App) -> Vec<SamlCertificate> {
        let org = self.org();
        let Some(saml) = org.saml(app) else { return Vec::new() };
        let row = |key: &Arc<SamlKey>| {
            Some(SamlCertificate {
                id: key.id.clone(),
                certificate: key.pem().ok()?,
                fingerprint: key.fingerprint().ok()?,
                active: Arc::ptr_eq(key, &saml.active),
            })
        };
        saml.keys.iter().filter_map(row).collect()
    }

    /// "Generate new certificate": adds an inactive certificate. Returns its id.
    ///
    /// # Errors
    /// No key can be made, or the app is no SAML app.
    pub fn generate_saml_certificate(&self, app: &App) -> io::Result<String> {
        let key = self.new_saml_key()?;
        let id = key.id.clone();
        let mut org = self.org();
        let saml = org.saml_mut(app).ok_or_else(|| io::Error::other("The app is no SAML app."))?;
        saml.keys.push(Arc::new(key));
        Ok(id)
    }

    /// "Activate": signs with the key of this certificate from now on. Returns whether it exists.
    pub fn activate_saml_certificate(&self, app: &App, id: &str) -> bool {
        let mut org = self.org();
        let Some(saml) = org.saml_mut(app) else { return false };
        let Some(key) = saml.keys.iter().find(|key| key.id == id) else { return false };
        saml.active = Arc::clone(key);
        true
    }

    /// Makes the org commit this fault once, in its next SAML message or metadata.
    ///
    /// # Errors
    /// No key can be made.
    pub fn tamper_saml(&self, misbehavior: SamlMisbehavior) -> io::Result<()> {
        let stranger = match misbehavior {
            SamlMisbehavior::ForeignKey => Some(Arc::new(self.new_saml_key()?)),
            _ => None,
        };
        self.org().saml_misbehavior = Some(Ready { misbehavior, stranger });
        Ok(())
    }

    /// A new key, whose certificate names this org and is valid from now on.
    pub(super) fn new_saml_key(&self) -> io::Result<SamlKey> {
        let letters =
            |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        let subdomain: String = self.name().chars().map(letters).collect();
        SamlKey::generate(&subdomain, self.now()).map_err(io::Error::other)
    }
}

impl Org {
    pub(super) fn saml(&self, app: &App) -> Option<&SamlState> {
        self.app(&app.client_id)?.saml.as_ref()
    }

    pub(super) fn saml_mut(&mut self, app: &App) -> Option<&mut SamlState> {
        self.app_mut(&app.client_id)?.saml.as_mut()
    }

    /// The app with this external key, and its SAML state.
    pub(super) fn by_external_key(&self, key: &str) -> Option<(&AppState, &SamlState)> {
        self.apps.iter().find_map(|state| {
            let saml = state.saml.as_ref().filter(|saml| saml.external_key == key)?;
            Some((state, saml))
        })
    }
}
