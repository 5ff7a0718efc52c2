//! Tokens of Okta's Shared Signals and of an OpenID provider's Back-Channel Logout (facts §6.3). A `Forgery` makes them invalid.

use josekit::JoseError;
use serde_json::{Map, Value, json};

use crate::{
    directory::{App, Person},
    logout::{Forgery, lay_over},
    okta::Okta,
    support::{
        jwt::{self, Seal},
        keys::SigningKey,
        random,
    },
};

/// Event of shared signals: the sessions of a person were revoked.
pub const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
/// Event of shared signals: a credential of a person changed.
pub const CREDENTIAL_CHANGE: &str = "https://schemas.openid.net/secevent/caep/event-type/credential-change";

impl Okta {
    /// A security event token about a person, with the subject inside the event, as in Okta's samples.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn security_event(
        &self,
        audience: &str,
        event: &str,
        person: &Person,
        forgery: &Forgery,
    ) -> Result<String, JoseError> {
        let subject = json!({ "format": "iss_sub", "iss": self.issuer(), "sub": person.id });
        let told = json!({ "event_timestamp": self.now() * 1000, "subject": subject });
        let claims = json!({
            "iss": self.issuer(), "jti": random::word(24), "iat": self.now(), "aud": audience, "events": { event: told },
        });
        self.signed("secevent+jwt", &claims, forgery)
    }

    /// A logout token about a person for an app.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn logout_token(&self, app: &App, person: &Person, forgery: &Forgery) -> Result<String, JoseError> {
        let claims = json!({
            "iss": self.issuer(), "aud": app.client_id, "iat": self.now(), "exp": self.now() + 120,
            "jti": random::word(24), "sub": person.id, "sid": random::word(24),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        self.signed("logout+jwt", &claims, forgery)
    }

    pub(crate) fn signed(&self, typ: &str, claims: &Value, forgery: &Forgery) -> Result<String, JoseError> {
        let stranger = if forgery.foreign_key { Some(SigningKey::generate()?) } else { None };
        let key = self.org().keys.current();
        let seal = match (forgery.alg.as_deref(), &stranger) {
            (Some("none"), _) => Seal::Nothing,
            (Some("HS256"), _) => Seal::Hmac("a secret that is as long as a hash has bytes"),
            (_, Some(stranger)) => Seal::Rsa(stranger),
            _ => Seal::Rsa(&key),
        };
        let mut header = Map::new();
        header.insert("typ".to_owned(), json!(typ));
        header.insert("alg".to_owned(), json!(seal.alg()));
        header.insert("kid".to_owned(), json!(key.kid));
        let mut claims = claims.as_object().cloned().unwrap_or_default();
        lay_over(&mut header, &forgery.header);
        lay_over(&mut claims, &forgery.claims);
        jwt::compact_with(&header, &claims, ("", &forgery.before_claims), &seal)
    }
}
