//! Who calls: a secret in Basic (RFC 6749 §2.3.1), in the body, a signed assertion (RFC 7523 §2.2), or, for a public client,
//! its name alone. One method in a request (RFC 6749 §2.3); only of Okta's SCIM client it is not documented which it uses, so there
//! the same secret may be in both places.

pub(crate) mod assertion;
pub(crate) mod keys;

use std::sync::Arc;

use actix_web::HttpRequest;
use vestibule_store::{
    Conn, Micros, SECOND, assertions, client_secrets, clients,
    clients::{Client, PRIVATE_KEY_JWT},
    last_used, secret,
};
use vestibule_web::{
    State,
    bearer::{self, Credential},
    input::Parameters,
};

use crate::{client_auth::keys::ClientKeys, error::OAuthError};

/// RFC 7523 §2.2
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// RFC 6749 §2.3: a client must not use more than one method in each request.
const ONE_METHOD: OAuthError = OAuthError::Request(
    "use one method of client authentication: the Authorization header, client_secret, or client_assertion",
);

/// The credentials a request presents.
pub(crate) struct Presented {
    client_id: String,
    proof: Proof,
}

enum Proof {
    /// The digest of a secret, and whether it stood in header and body both.
    Secret(String, bool),
    /// A signed JWT, and what its client publishes at its `jwks_uri`, once that is fetched: address and key set.
    Assertion(String, Option<(String, Arc<String>)>),
    /// Only the name.
    Nothing,
}

impl Presented {
    /// Reads them from header and form.
    ///
    /// # Errors
    /// [`OAuthError::Client`] when there are none; `invalid_request` for more than one method.
    pub(crate) fn read(req: &HttpRequest, form: &Parameters) -> Result<Self, OAuthError> {
        let basic = match bearer::credential(req) {
            // Both halves are form-encoded inside Basic (RFC 6749 §2.3.1).
            Credential::Basic { user, password } => Some((decode(&user), decode(&password))),
            Credential::None => None,
            Credential::Token(_) | Credential::Unreadable => return Err(OAuthError::Client),
        };
        let body =
            form.get("client_secret").map(|secret| (form.text("client_id").to_owned(), secret.to_owned()));
        let (client_id, proof) = match (basic, body, form.get("client_assertion")) {
            (None, None, Some(jwt)) if form.get("client_assertion_type") == Some(ASSERTION_TYPE) => {
                // The name in the form is optional (RFC 7521 §4.2): the assertion has it, and is believed once it is verified.
                let named = form.get("client_id").map(str::to_owned).or_else(|| assertion::subject(jwt));
                (named.ok_or(OAuthError::Client)?, Proof::Assertion(jwt.to_owned(), None))
            }
            (None, None, Some(_)) => return Err(OAuthError::Client),
            (_, _, Some(_)) => return Err(ONE_METHOD),
            (Some(basic), Some(body), None) if basic != body => return Err(ONE_METHOD),
            (Some((client_id, secret)), body, None) => {
                (client_id, Proof::Secret(secret::digest(&secret), body.is_some()))
            }
            (None, Some((client_id, secret)), None) => {
                (client_id, Proof::Secret(secret::digest(&secret), false))
            }
            (None, None, None) => {
                (form.get("client_id").ok_or(OAuthError::Client)?.to_owned(), Proof::Nothing)
            }
        };
        if form.get("client_id").is_some_and(|named| named != client_id) {
            return Err(OAuthError::Client);
        }
        Ok(Self { client_id, proof })
    }

    /// The client, if the secret is its own: for endpoints that only look.
    ///
    /// # Errors
    /// [`OAuthError::Client`].
    pub(crate) fn authenticate(&self, conn: &mut Conn) -> Result<Client, OAuthError> {
        match &self.proof {
            Proof::Secret(digest, twice) => Ok(self.by_secret(conn, digest, *twice)?.0),
            Proof::Assertion(..) | Proof::Nothing => Err(OAuthError::Client),
        }
    }

    /// The client of a secret, and when that was last used. Only SCIM clients may send it in two places: others are told about that
    /// and nothing about the secret.
    fn by_secret(
        &self,
        conn: &mut Conn,
        digest: &str,
        twice: bool,
    ) -> Result<(Client, Option<Micros>), OAuthError> {
        if twice && clients::find(conn, &self.client_id)?.is_none_or(|client| client.kind != "scim") {
            return Err(ONE_METHOD);
        }
        client_secrets::find_client(conn, &self.client_id, digest)?.ok_or(OAuthError::Client)
    }

    /// Whether it is proven by something that may be used once, so that more than a look is needed.
    pub(crate) fn is_assertion(&self) -> bool {
        matches!(self.proof, Proof::Assertion(..))
    }

    /// Fetches the keys of a client that publishes them at an address: before the transaction that proves it, and only for an
    /// assertion that fits in all but its signature. Without them [`Presented::prove`] refuses.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn fetch_keys(
        &mut self,
        state: &State,
        keys: &ClientKeys,
        audiences: &[String],
    ) -> Result<(), OAuthError> {
        let Proof::Assertion(jwt, fetched) = &mut self.proof else { return Ok(()) };
        let client_id = self.client_id.clone();
        let found = state.read(move |conn| clients::find(conn, &client_id)).await?;
        let Some(client) = found.filter(|client| client.auth_method == PRIVATE_KEY_JWT) else {
            return Ok(());
        };
        let Some(uri) = client.jwks_uri() else { return Ok(()) };
        let Ok(unproven) = assertion::read(jwt, &client.client_id, audiences, state.now() / SECOND) else {
            return Ok(());
        };
        match keys.get(state, uri, &unproven).await {
            Ok(set) => *fetched = Some((uri.to_owned(), set)),
            Err(error) => tracing::warn!(client = client.client_id, error, "oauth.client_keys_not_fetched"),
        }
        Ok(())
    }

    /// The client, proven in the way it is registered with. A public client has nothing to prove it by: what it presents
    /// must be bound otherwise. `audiences` are what an assertion may be meant for.
    ///
    /// # Errors
    /// [`OAuthError::Client`].
    pub(crate) fn prove(
        &self,
        conn: &mut Conn,
        audiences: &[String],
        now: Micros,
    ) -> Result<Client, OAuthError> {
        if let Proof::Secret(digest, twice) = &self.proof {
            let (client, used) = self.by_secret(conn, digest, *twice)?;
            if last_used::is_due(used, now) {
                client_secrets::note_use(conn, &client, digest, now)?;
            }
            return Ok(client);
        }
        let client = clients::find(conn, &self.client_id)?.ok_or(OAuthError::Client)?;
        match &self.proof {
            Proof::Assertion(jwt, fetched) if client.auth_method == PRIVATE_KEY_JWT => {
                let jwks = match (client.jwks_uri(), fetched) {
                    (None, _) => client.jwks.as_str(),
                    (Some(uri), Some((from, set))) if uri == from => set,
                    (Some(_), _) => return Err(OAuthError::Assertion("the client's jwks_uri gives no keys")),
                };
                let read = assertion::read(jwt, &client.client_id, audiences, now / SECOND);
                let accepted = read.and_then(|unproven| unproven.prove(jwks).map(|()| unproven));
                let accepted = accepted.map_err(OAuthError::Assertion)?;
                let (workspace_id, until) = (&client.workspace_id, accepted.expires * SECOND);
                // RFC 7523 §3: once, until it has expired by every clock.
                if !assertions::accept(
                    conn,
                    workspace_id,
                    &client.client_id,
                    &accepted.id,
                    until + assertion::SKEW * SECOND,
                )? {
                    return Err(OAuthError::Assertion("its jti was used before"));
                }
            }
            Proof::Nothing if client.is_public() => {}
            Proof::Secret(..) | Proof::Assertion(..) | Proof::Nothing => return Err(OAuthError::Client),
        }
        Ok(client)
    }

    /// How the client proves itself, in words.
    pub(crate) fn how(&self) -> &'static str {
        match self.proof {
            Proof::Secret(..) => "a secret",
            Proof::Assertion(..) => "a signed assertion",
            Proof::Nothing => "its name alone",
        }
    }

    /// The name, not proven yet.
    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }
}

fn decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('=', "%3D").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
