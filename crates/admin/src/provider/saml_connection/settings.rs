//! Settings of a SAML connection as a caller gives them.

use url::Url;
use vestibule_core::{
    ids::ConnectionId,
    sets::{SamlBinding, Unsolicited},
};
use vestibule_saml::{
    certificate::Certificate,
    metadata::{Binding, IdpMetadata},
};
use vestibule_store::providers::saml_connections::{AttributeNames, SamlConnection};

/// Settings to be saved. `None` changes nothing.
#[derive(Debug, Default)]
pub struct SamlSettings {
    /// Name of the connection, for people. A connection of this name is changed; otherwise one is created.
    pub name: String,
    /// Id of a connection that is created; made when `None`.
    pub new_id: Option<ConnectionId>,
    /// What is known of the provider.
    pub provider: Option<SamlProvider>,
    /// Where `provider` was read; an empty text: it was entered by hand.
    pub metadata_url: Option<String>,
    /// Whether a new certificate in the metadata is trusted at once.
    pub trusts_metadata: Option<bool>,
    /// Where LogoutRequests go; empty: the provider is not asked to follow a sign-out here. `None`: where the metadata says, if `provider`
    /// comes from metadata.
    pub slo_url: Option<String>,
    /// Our entity ID for this connection; an empty text: the URL of our metadata.
    pub entity_id: Option<String>,
    /// Whether requests to the provider are signed. `None`: they are if the provider requires it, or were already.
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
    /// Where logout messages go; `None`: the values that were entered by hand do not say it.
    pub slo: Option<SignOutAddress>,
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
        Ok(Self {
            sso_url: endpoint.url.clone(),
            sso_binding,
            slo: Some(SignOutAddress::of_metadata(&metadata)),
            issuer: metadata.entity_id,
            wants_signed_requests: metadata.wants_signed_requests,
            certificates: metadata.certificates,
        })
    }
}

/// Where a provider takes logout messages. The default: nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignOutAddress {
    /// Where LogoutRequests go; empty: nowhere.
    pub url: String,
    /// How messages go there; `None`: there is no address.
    pub binding: Option<SamlBinding>,
    /// Where answers to the provider's requests go; empty: to `url`.
    pub response_url: String,
}

impl SignOutAddress {
    /// An address that was entered by hand: by HTTP-Redirect, as the sign-in URL.
    pub fn by_hand(url: &str) -> Self {
        let url = url.trim();
        match url {
            "" => Self::default(),
            _ => Self {
                url: url.to_owned(),
                binding: Some(SamlBinding::Redirect),
                response_url: callback_of_okta(url).unwrap_or_default(),
            },
        }
    }

    /// The address in metadata. HTTP-Redirect is used where it is offered: it works in a frame, too, in which providers sign out.
    fn of_metadata(metadata: &IdpMetadata) -> Self {
        let at = |binding: Binding| metadata.slo.iter().find(|endpoint| endpoint.binding == binding);
        let (endpoint, binding) = match (at(Binding::Redirect), at(Binding::Post)) {
            (Some(endpoint), _) => (endpoint, SamlBinding::Redirect),
            (None, Some(endpoint)) => (endpoint, SamlBinding::Post),
            (None, None) => return Self::default(),
        };
        let response_url = endpoint.response_url.clone().or_else(|| callback_of_okta(&endpoint.url));
        Self {
            url: endpoint.url.clone(),
            binding: Some(binding),
            response_url: response_url.unwrap_or_default(),
        }
    }
}

/// Okta takes answers at an address of their own, which its metadata does not name (saml-facts §1.4): `…/slo/saml/callback` beside
/// `/app/{name}/{key}/slo/saml`. `None`: the address is not of that form.
fn callback_of_okta(url: &str) -> Option<String> {
    let mut parsed = Url::parse(url).ok()?;
    let path: Vec<&str> = parsed.path_segments()?.collect();
    let ["app", _, _, "slo", "saml"] = *path else { return None };
    parsed.set_path(&format!("{}/callback", parsed.path()));
    Some(parsed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn okta_takes_answers_at_an_address_of_their_own() {
        let address = SignOutAddress::by_hand(" https://acme.okta.com/app/acme_app_1/exk1/slo/saml ");
        assert_eq!(address.url, "https://acme.okta.com/app/acme_app_1/exk1/slo/saml");
        assert_eq!(address.response_url, "https://acme.okta.com/app/acme_app_1/exk1/slo/saml/callback");
        for other in ["https://login.example/saml/slo", "https://acme.okta.com/app/a/b/sso/saml", "no URL"] {
            let address = SignOutAddress::by_hand(other);
            assert_eq!((address.url.as_str(), address.response_url.as_str()), (other, ""));
        }
        assert_eq!(SignOutAddress::by_hand("  "), SignOutAddress::default());
    }
}
