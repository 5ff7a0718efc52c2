//! Cross App Access: the assertion (ID-JAG) with which Okta lets an AI client act for a person at a resource app
//! (draft-ietf-oauth-identity-assertion-authz-grant-03 §4.4). A `Forgery` makes it invalid.

use josekit::JoseError;
use serde_json::{Value, json};

use crate::{directory::Person, logout::Forgery, okta::Okta, support::random};

/// Content of an assertion, apart from the person.
#[derive(Debug, Clone, Default)]
pub struct CrossApp {
    /// Issuer of the resource app: the audience.
    pub audience: String,
    /// Id of the AI client at the resource app.
    pub client_id: String,
    /// Scopes, separated by spaces; empty: none are named.
    pub scope: String,
    /// Resource; empty: none is named.
    pub resource: String,
    /// Audience/tenant ID; empty: none.
    pub tenant: String,
    /// Okta's id of the agent; empty: none.
    pub agent: String,
}

impl Okta {
    /// An assertion about a person, as Okta signs it. It is valid for five minutes.
    ///
    /// # Errors
    /// When a key can't be generated or the assertion can't be signed.
    pub fn id_jag(&self, to: &CrossApp, person: &Person, forgery: &Forgery) -> Result<String, JoseError> {
        let mut claims = json!({
            "iss": self.issuer(), "sub": person.id, "aud": to.audience, "client_id": to.client_id,
            "email": person.login, "iat": self.now(), "exp": self.now() + 300,
            "jti": format!("IDAAG.{}", random::word(24)),
        });
        let agent = json!({ "sub": to.agent, "sub_profile": "ai_agent" });
        for (name, value, is_set) in [
            ("scope", json!(to.scope), !to.scope.is_empty()),
            ("resource", json!(to.resource), !to.resource.is_empty()),
            ("aud_tenant", json!(to.tenant), !to.tenant.is_empty()),
            ("act", agent, !to.agent.is_empty()),
        ] {
            if let (true, Value::Object(members)) = (is_set, &mut claims) {
                members.insert(name.to_owned(), value);
            }
        }
        self.signed("oauth-id-jag+jwt", &claims, forgery)
    }
}
