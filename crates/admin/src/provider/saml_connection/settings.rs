//! Settings of a SAML connection as a caller gives them.

use vestibule_core::sets::{SamlBinding, Unsolicited};
use vestibule_saml::{certificate::Certificate, metadata::IdpMetadata};
use vestibule_store::providers::saml_connections::{AttributeNames, SamlConnection};

/// Settings to be saved. `None` changes nothing.
#[derive(Debug, Default)]
pub struct SamlSettings {
    /// Name of the connection, for people. A connection of this name is changed; otherwise one is created.
    pub name: String,
    /// What is known of the provider.
    pub provider: Option<SamlProvider>,
    /// Where `provider` was read; an empty text: it was entered by hand.
    pub metadata_url: Option<String>,
    /// Whether a new certificate in the metadata is trusted at once.
    pub trusts_metadata: Option<bool>,
    /// Our entity ID for this connection; an empty text: the URL of our metadata.
    pub entity_id: Option<String>,
    /// Whether requests to the provider are signed. They are where the provider insists on it.
    pub signs_requests: Option<bool>,
    /// Whether people may sign in through it.
    pub enabled: Option<bool>,
    /// Whether unknown people are created.
    pub jit: Option<bool>,
    /// What happens with responses that answer no request.
    pub unsolicited: Option<Unsolicited>,
    /// Whether to make it the workspace's default.
    pub make_default: bool,
    /// The attributes that are read.
    pub attributes: Option<AttributeNames>,
    /// `iss` of the provider's Universal Logout tokens, the URL of the Okta org; an empty text: none.
    pub okta_org: Option<String>,
    /// `sub` of the provider's Universal Logout tokens, Okta's id of the app; an empty text: none.
    pub app_instance_id: Option<String>,
}

impl SamlSettings {
    /// Settings that change nothing of this connection.
    pub fn of(connection: &SamlConnection) -> Self {
        Self { name: connection.name.clone(), ..Self::default() }
    }
}

/// An identity provider, from its metadata or entered by hand.
#[derive(Debug, Clone)]
pub struct SamlProvider {
    /// Entity ID, verbatim.
    pub issuer: String,
    /// Where AuthnRequests go.
    pub sso_url: String,
    /// How they go there.
    pub sso_binding: SamlBinding,
    /// Where LogoutRequests go; empty: nowhere.
    pub slo_url: String,
    /// Whether it insists on signed requests.
    pub wants_signed_requests: bool,
    /// All certificates that are trusted from now on.
    pub certificates: Vec<Certificate>,
}

impl SamlProvider {
    /// The provider of a metadata document. HTTP-Redirect is used where it is offered.
    ///
    /// # Errors
    /// One sentence when the document has no usable address.
    pub fn of_metadata(metadata: IdpMetadata) -> Result<Self, String> {
        use vestibule_saml::metadata::Binding;
        let at = |binding: Binding| metadata.sso.iter().find(|endpoint| endpoint.binding == binding);
        let (endpoint, sso_binding) = match (at(Binding::Redirect), at(Binding::Post)) {
            (Some(endpoint), _) => (endpoint, SamlBinding::Redirect),
            (None, Some(endpoint)) => (endpoint, SamlBinding::Post),
            (None, None) => {
                return Err(
                    "the metadata names no SingleSignOnService for HTTP-Redirect or HTTP-POST".to_owned()
                );
            }
        };
        let slo = metadata.slo.iter().find(|endpoint| endpoint.binding == Binding::Post);
        Ok(Self {
            sso_url: endpoint.url.clone(),
            sso_binding,
            slo_url: slo.map(|endpoint| endpoint.url.clone()).unwrap_or_default(),
            issuer: metadata.entity_id,
            wants_signed_requests: metadata.wants_signed_requests,
            certificates: metadata.certificates,
        })
    }
}
