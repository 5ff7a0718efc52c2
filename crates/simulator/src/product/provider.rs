//! What the product asks its provider: metadata, keys, tokens, and who the person is at this moment. Tokens are verified here.

use serde_json::Value;

use super::{Product, ProductClient, Session};
use crate::support::{
    clock,
    jwt::{member, read_unverified, verifies},
};

/// Why the provider's answer is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the product is not registered with its provider yet")]
    NotConnected,
    #[error("the provider did not answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
    #[error("the provider answered {0}")]
    Status(u16),
    #[error("the {0} is not acceptable: {1}")]
    Token(&'static str, &'static str),
}

impl Product {
    pub(super) fn client(&self) -> Result<ProductClient, Refusal> {
        self.memory().client.clone().ok_or(Refusal::NotConnected)
    }

    /// The provider's metadata (OpenID Connect Discovery §4). Read each time: the demo has no load.
    pub(super) async fn metadata(&self) -> Result<Value, Refusal> {
        let url = format!("{}/.well-known/openid-configuration", self.client()?.issuer);
        self.json(self.http().get(url)).await
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, Refusal> {
        let answer = request.send().await?;
        if !answer.status().is_success() {
            return Err(Refusal::Status(answer.status().as_u16()));
        }
        Ok(answer.json().await?)
    }

    /// Exchanges a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5) and verifies the ID token.
    pub(super) async fn exchange(&self, code: &str, verifier: &str, nonce: &str) -> Result<Session, Refusal> {
        let (client, metadata) = (self.client()?, self.metadata().await?);
        let redirect_uri = self.redirect_uri();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", verifier),
        ];
        let request = self
            .http()
            .post(text(&metadata, "token_endpoint"))
            .basic_auth(&client.client_id, Some(&client.client_secret))
            .form(&form);
        let tokens = self.json(request).await?;
        let id_token = text(&tokens, "id_token");
        let claims = self.verified("ID token", &id_token, &metadata).await?;
        // OpenID Connect Core §3.1.3.7, 9 and 11.
        if member(&claims, "exp").as_i64().is_none_or(|expires| expires <= clock::seconds()) {
            return Err(Refusal::Token("ID token", "it has expired"));
        }
        if text(&claims, "nonce") != nonce {
            return Err(Refusal::Token("ID token", "it is for another sign-in"));
        }
        let name = match text(&claims, "name") {
            name if name.is_empty() => text(&claims, "email"),
            name => name,
        };
        Ok(Session {
            sub: text(&claims, "sub"),
            sid: text(&claims, "sid"),
            name,
            id_token,
            access_token: text(&tokens, "access_token"),
            ended: Vec::new(),
        })
    }

    /// The claims of a token that the provider signed for this product: signature, issuer and audience.
    pub(super) async fn verified(
        &self,
        what: &'static str,
        token: &str,
        metadata: &Value,
    ) -> Result<Value, Refusal> {
        let client = self.client()?;
        let Some((header, claims)) = read_unverified(token) else {
            return Err(Refusal::Token(what, "it is no JWT"));
        };
        let set = self.json(self.http().get(text(metadata, "jwks_uri"))).await?;
        let keys = member(&set, "keys").as_array().cloned().unwrap_or_default();
        let key = keys.iter().find(|key| member(key, "kid") == member(&header, "kid"));
        if !key.is_some_and(|key| verifies(token, key)) {
            return Err(Refusal::Token(what, "no published key made its signature"));
        }
        if text(&claims, "iss") != client.issuer {
            return Err(Refusal::Token(what, "another issuer made it"));
        }
        let audience = member(&claims, "aud");
        let is_ours = |one: &Value| one.as_str() == Some(client.client_id.as_str());
        if !is_ours(audience)
            && !audience.as_array().is_some_and(|all| all.len() == 1 && all.iter().all(is_ours))
        {
            return Err(Refusal::Token(what, "it is for another app"));
        }
        Ok(claims)
    }

    /// The roles of the person at this moment, from the UserInfo endpoint (OpenID Connect Core §5.3); none if the access has ended.
    pub(super) async fn roles(&self, access_token: &str) -> Result<Option<Vec<String>>, Refusal> {
        let url = text(&self.metadata().await?, "userinfo_endpoint");
        match self.json(self.http().get(url).bearer_auth(access_token)).await {
            Ok(person) => {
                let roles = member(&person, "roles").as_array().cloned().unwrap_or_default();
                Ok(Some(roles.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
            }
            Err(Refusal::Status(401)) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

/// A member as text; empty if it is none.
pub(super) fn text(value: &Value, name: &str) -> String {
    member(value, name).as_str().unwrap_or_default().to_owned()
}
