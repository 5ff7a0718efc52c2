//! Reads a provider's discovery document when an administrator saves settings, to compare it with what was typed and to display it.
//! Sign-in fetches its own copy (`login::provider`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_core::{
    sets::{ProviderAuth, ProviderKind},
    time::Micros,
};
use vestibule_store::{Error, providers::connections::Connection};

use crate::State;

/// The used members of a discovery document (OpenID Connect Discovery §3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// Authorization endpoint, for browsers.
    pub authorization_endpoint: String,
    /// Token endpoint.
    pub token_endpoint: String,
    /// URL of the key set.
    pub jwks_uri: String,
    /// UserInfo endpoint.
    pub userinfo_endpoint: Option<String>,
    /// Logout endpoint.
    pub end_session_endpoint: Option<String>,
    /// Methods of client authentication; Basic when the document names none.
    pub auth_methods: Vec<String>,
    /// Signature algorithms of DPoP proofs (RFC 9449 §5.1).
    pub dpop_algorithms: Vec<String>,
    /// Whether authorization responses carry `iss` (RFC 9207 §3).
    pub sends_iss: bool,
    /// Time at which it was fetched.
    pub at: Micros,
}

/// Fetches the discovery document of an issuer (OpenID Connect Discovery §4). The error is a sentence for the person who typed the
/// issuer.
pub async fn discover(state: &State, issuer: &str) -> Result<Discovered, String> {
    // This deployment is an issuer too, and must not be its own provider.
    if state.config().region.is_own(issuer) {
        return Err(format!(
            "{issuer} is not an OpenID provider that Vestibule can reach: it is Vestibule itself"
        ));
    }
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document =
        state.outbound().get_json(&url).await.map_err(|error| {
            format!("{issuer} is not an OpenID provider that Vestibule can reach: {error}")
        })?;
    // §4.3: exactly the same, or another issuer could be impersonated.
    match document.get("issuer").and_then(Value::as_str) {
        Some(named) if named == issuer => {}
        Some(named) => {
            return Err(format!(
                "this provider calls itself {named}; type exactly that{}",
                match ProviderKind::recognise(issuer) {
                    ProviderKind::Okta => " (in Okta: the app's Issuer setting)",
                    _ => "",
                }
            ));
        }
        None => return Err(format!("{issuer} answered without saying its issuer")),
    }
    read(&document, state.now()).map_err(|missing| format!("{issuer} answered without its {missing}"))
}

fn read(document: &Value, now: Micros) -> Result<Discovered, &'static str> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| -> Option<Vec<String>> {
        let values = document.get(name)?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    Ok(Discovered {
        authorization_endpoint: text("authorization_endpoint").ok_or("authorization_endpoint")?,
        token_endpoint: text("token_endpoint").ok_or("token_endpoint")?,
        jwks_uri: text("jwks_uri").ok_or("jwks_uri")?,
        userinfo_endpoint: text("userinfo_endpoint"),
        end_session_endpoint: text("end_session_endpoint"),
        auth_methods: list("token_endpoint_auth_methods_supported")
            .unwrap_or_else(|| vec!["client_secret_basic".to_owned()]),
        dpop_algorithms: list("dpop_signing_alg_values_supported").unwrap_or_default(),
        sends_iss: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        at: now,
    })
}

impl Discovered {
    /// The document that was stored when the connection was last saved from a page.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn of(connection: &Connection) -> Result<Option<Self>, Error> {
        let Some(document) = connection.discovered()? else { return Ok(None) };
        serde_json::from_value(document)
            .map(Some)
            .map_err(|error| Error::corrupt("connections.discovered", &[&connection.workspace_id], error))
    }

    /// Checks settings against the document. The error is a sentence.
    pub fn allows(&self, auth_method: ProviderAuth, dpop: bool) -> Result<(), String> {
        if auth_method != ProviderAuth::Auto
            && !self.auth_methods.iter().any(|method| method == auth_method.as_str())
        {
            let offered = self.auth_methods.join(", ");
            return Err(format!(
                "this provider does not offer the client authentication {auth_method}; it offers {offered}"
            ));
        }
        if dpop && !self.dpop_algorithms.iter().any(|algorithm| algorithm == "ES256") {
            return Err("this provider does not offer DPoP with ES256".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_and_held_against_settings() {
        let document = json!({
            "authorization_endpoint": "https://a", "token_endpoint": "https://t", "jwks_uri": "https://k",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "dpop_signing_alg_values_supported": ["RS256", "ES256"],
        });
        let found = read(&document, 0).unwrap();
        assert!(
            found.allows(ProviderAuth::Auto, true).is_ok()
                && found.allows(ProviderAuth::PrivateKeyJwt, false).is_ok()
        );
        assert!(
            found
                .allows(ProviderAuth::SecretBasic, false)
                .unwrap_err()
                .contains("client_secret_post, private_key_jwt")
        );
        assert!(Discovered::default().allows(ProviderAuth::Auto, true).unwrap_err().contains("DPoP"));
        for missing in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let mut document = document.clone();
            document.as_object_mut().unwrap().remove(missing);
            assert_eq!(read(&document, 0), Err(missing));
        }
    }
}
