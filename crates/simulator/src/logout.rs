//! Universal Logout as Okta sends it (facts §1.3): a signed JWT that names the app instance, and a body that names the person. Only the
//! status of the response counts. A `Forgery` makes requests invalid.

use josekit::JoseError;
use reqwest::header;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    directory::{App, Person},
    okta::Okta,
    saml::SamlState,
    support::{
        exchange::{Exchange, Failure, short},
        jwt::{self, Seal},
        keys::SigningKey,
        random,
    },
};

mod forgery;

pub use forgery::Forgery;
pub(crate) use forgery::lay_over;

/// Seconds before and after now in which the JWT is valid.
const LEEWAY: i64 = 300;

/// How the person is named (RFC 9493).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubjectFormat {
    /// `email`: the default of an integration.
    #[default]
    Email,
    /// `iss_sub` with the Okta user id.
    IssSub,
    /// `iss_sub` with the service's id of the person; documents disagree on which one Okta sends.
    IssSubInApp,
    /// `iss_sub` with the NameID of a SAML app; which one Okta sends is not known (saml-facts §1.4).
    IssSubNameId,
}

impl Okta {
    /// Sets the app's Universal Logout endpoint.
    pub fn enable_universal_logout(&self, app: &App, endpoint: &str) {
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.logout_endpoint = Some(endpoint.to_owned());
        }
    }

    /// Asks one app to sign the person out. A response other than 2xx is a failure.
    pub async fn universal_logout(
        &self,
        app: &App,
        person: &Person,
        format: SubjectFormat,
    ) -> Result<Vec<Exchange>, Failure> {
        let exchange = self.forge_universal_logout(app, person, format, &Forgery::default()).await?;
        if (200..300).contains(&exchange.status) {
            return Ok(vec![exchange]);
        }
        let sentence = format!("Could not sign {} out: the app answered {}.", person.login, exchange.status);
        Err(Failure { sentence, exchanges: vec![exchange] })
    }

    /// "Clear user sessions": ends the person's org sessions and asks every assigned app. Continues after a refusal, and
    /// reports the first one.
    pub async fn clear_user_sessions(
        &self,
        person: &Person,
        format: SubjectFormat,
    ) -> Result<Vec<Exchange>, Failure> {
        self.end_org_sessions(person);
        let apps: Vec<App> = {
            let org = self.org();
            let told = org.apps.iter().filter(|state| state.logout_endpoint.is_some());
            told.filter(|state| state.assigned.contains(&person.id)).map(|state| state.app.clone()).collect()
        };
        let mut exchanges = Vec::new();
        let mut refusal = None;
        for app in apps {
            match self.universal_logout(&app, person, format).await {
                Ok(said) => exchanges.extend(said),
                Err(failure) => {
                    exchanges.extend(failure.exchanges);
                    refusal = refusal.or(Some(failure.sentence));
                }
            }
        }
        match refusal {
            None => Ok(exchanges),
            Some(sentence) => Err(Failure { sentence, exchanges }),
        }
    }

    /// Sends the request with some parts replaced. Any status is a result; a missing response is a failure.
    pub async fn forge_universal_logout(
        &self,
        app: &App,
        person: &Person,
        format: SubjectFormat,
        forgery: &Forgery,
    ) -> Result<Exchange, Failure> {
        let endpoint = self
            .org()
            .app(&app.client_id)
            .and_then(|state| state.logout_endpoint.clone())
            .ok_or_else(|| Failure::early(format!("{} has no Universal Logout.", app.settings.label)))?;
        let jwt =
            self.logout_jwt(app, &endpoint, forgery).map_err(|error| Failure::early(error.to_string()))?;
        let body = forgery.body.clone().unwrap_or_else(|| self.subject(app, person, format).to_string());
        let authorization = forgery.authorization.clone().unwrap_or_else(|| format!("Bearer {jwt}"));
        let content_type = forgery.content_type.as_deref().unwrap_or("application/json");
        let request =
            self.http().post(&endpoint).header(header::CONTENT_TYPE, content_type).body(body.clone());
        let request = if authorization.is_empty() {
            request
        } else {
            request.header(header::AUTHORIZATION, authorization)
        };
        let answer = request.send().await;
        let (status, received) = match answer {
            Ok(response) => {
                let status = response.status().as_u16();
                (status, response.text().await.unwrap_or_default())
            }
            Err(error) => (0, error.to_string()),
        };
        let exchange = Exchange {
            at: self.now(),
            method: "POST".to_owned(),
            url: endpoint,
            sent: format!("sign out {}", person.login),
            sent_body: serde_json::from_str(&body).ok(),
            status,
            body: serde_json::from_str(&received).ok(),
            received: short(&received, 160),
        };
        self.org().record(exchange.clone());
        if status == 0 {
            let sentence = format!("The app gave no answer: {}.", exchange.received);
            return Err(Failure { sentence, exchanges: vec![exchange] });
        }
        Ok(exchange)
    }

    fn logout_jwt(&self, app: &App, endpoint: &str, forgery: &Forgery) -> Result<String, JoseError> {
        let stranger = if forgery.foreign_key { Some(SigningKey::generate()?) } else { None };
        let (now, key, saml) = {
            let org = self.org();
            let saml = org.app(&app.client_id).and_then(|state| state.saml.as_ref());
            (org.now(), org.keys.current(), saml.map(SamlState::key))
        };
        // The request of a SAML app is signed with the key of its assertions (saml-facts §1.4).
        let seal = match (forgery.alg.as_deref(), &stranger, &saml) {
            (Some("none"), ..) => Seal::Nothing,
            (Some("HS256"), ..) => Seal::Hmac(&app.client_secret),
            (_, Some(stranger), _) => Seal::Rsa(stranger),
            (_, None, Some(saml)) => Seal::Saml(saml),
            (_, None, None) => Seal::Rsa(&key),
        };
        let mut header = Map::new();
        header.insert("typ".to_owned(), json!("global-token-revocation+jwt"));
        header.insert("alg".to_owned(), json!(seal.alg()));
        // Okta documents no `kid` here (facts §1.3), so there is none unless a test asks for it.
        if forgery.with_kid {
            header.insert("kid".to_owned(), json!(key.kid));
        }
        let mut claims = Map::new();
        claims.insert("jti".to_owned(), json!(random::word(43)));
        claims.insert("iss".to_owned(), json!(self.issuer()));
        claims.insert("sub".to_owned(), json!(app.client_id));
        claims.insert("aud".to_owned(), json!(audience(endpoint)));
        claims.insert("exp".to_owned(), json!(now.saturating_add(LEEWAY)));
        claims.insert("nbf".to_owned(), json!(now.saturating_sub(LEEWAY)));
        claims.insert("iat".to_owned(), json!(now));
        lay_over(&mut header, &forgery.header);
        lay_over(&mut claims, &forgery.claims);
        jwt::compact_with(&header, &claims, ("", &forgery.before_claims), &seal)
    }

    fn subject(&self, app: &App, person: &Person, format: SubjectFormat) -> Value {
        let iss_sub = |sub: &str| json!({ "format": "iss_sub", "iss": self.issuer(), "sub": sub });
        let sub_id = match format {
            SubjectFormat::Email => json!({ "format": "email", "email": person.email }),
            SubjectFormat::IssSub => iss_sub(&person.id),
            SubjectFormat::IssSubInApp => iss_sub(&self.scim_id(app, person).unwrap_or_default()),
            SubjectFormat::IssSubNameId => iss_sub(&self.saml_name_id(app, person).unwrap_or_default()),
        };
        json!({ "sub_id": sub_id })
    }
}

/// The endpoint without query and fragment.
fn audience(endpoint: &str) -> String {
    let Ok(mut url) = Url::parse(endpoint) else { return endpoint.to_owned() };
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}
