//! Client authentication: a secret in Basic (RFC 6749 §2.3.1) or in the body, a signed assertion (RFC 7523 §2.2), or the client id alone
//! for public clients. A request may use one method (RFC 6749 §2.3). Okta does not document which one its SCIM client uses, so that
//! client may send the same secret in both places.

use std::sync::Arc;

use actix_web::HttpRequest;
use vestibule_core::{
    ids::ClientId,
    sets::{ClientAuth, ClientKind},
    time::{Micros, SECOND},
};
use vestibule_jose::Jws;
use vestibule_store::{
    Conn,
    access::{last_used, secrets},
    oauth::{
        client_secrets,
        clients::{self, Client, Jwks},
    },
    safeguards::assertions,
};
use vestibule_web::{
    State,
    http::{
        bearer::{self, Credential},
        input::Parameters,
    },
};

use super::{assertion, keys::ClientKeys};
use crate::error::OAuthError;

/// RFC 7523 §2.2
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// RFC 6749 §2.3: a client must not use more than one method in each request.
const ONE_METHOD: OAuthError = OAuthError::Request(
    "use one method of client authentication: the Authorization header, client_secret, or client_assertion",
);

/// Client credentials of a request, not verified yet.
pub(crate) struct Credentials {
    client_id: ClientId,
    method: Method,
}

enum Method {
    /// Digest of a secret, and whether it is in both header and body.
    Secret(String, bool),
    /// A signed JWT.
    Assertion(Box<Assertion>),
    /// The client id alone.
    None,
}

/// Signed JWT of a client.
struct Assertion {
    /// The parsed token, or why it can't be parsed.
    jws: Result<Arc<Jws>, String>,
    verified: Option<Verified>,
}

/// Result of [`Credentials::verify_assertion`].
struct Verified {
    /// Keys of the client, or their URL, that the signature was verified with.
    jwks: Jwks,
    claims: assertion::Claims,
}

impl Credentials {
    /// Reads the credentials from header and form.
    ///
    /// # Errors
    /// [`OAuthError::Client`] if there are none, `invalid_request` if there is more than one method.
    pub(crate) fn read(req: &HttpRequest, form: &Parameters) -> Result<Self, OAuthError> {
        let basic = match bearer::credential(req) {
            // User name and password are form-encoded in Basic (RFC 6749 §2.3.1).
            Credential::Basic { user, password } => Some((decode(&user), decode(&password))),
            Credential::None => None,
            Credential::Token(_) | Credential::Dpop(_) | Credential::Unreadable => {
                return Err(OAuthError::Client);
            }
        };
        let body =
            form.get("client_secret").map(|secret| (form.text("client_id").to_owned(), secret.to_owned()));
        let (client_id, method) = match (basic, body, form.get("client_assertion")) {
            (None, None, Some(jwt)) if form.get("client_assertion_type") == Some(ASSERTION_TYPE) => {
                // The client id in the form is optional (RFC 7521 §4.2), because the assertion contains it.
                let jws = assertion::read(jwt).map(Arc::new);
                let subject = jws.as_ref().ok().and_then(|jws| assertion::subject(jws));
                let client_id = form.get("client_id").or(subject).ok_or(OAuthError::Client)?.to_owned();
                (client_id, Method::Assertion(Box::new(Assertion { jws, verified: None })))
            }
            (None, None, Some(_)) => return Err(OAuthError::Client),
            (_, _, Some(_)) => return Err(ONE_METHOD),
            (Some(basic), Some(body), None) if basic != body => return Err(ONE_METHOD),
            (Some((client_id, secret)), body, None) => {
                (client_id, Method::Secret(secrets::digest(&secret), body.is_some()))
            }
            (None, Some((client_id, secret)), None) => {
                (client_id, Method::Secret(secrets::digest(&secret), false))
            }
            (None, None, None) => (form.get("client_id").ok_or(OAuthError::Client)?.to_owned(), Method::None),
        };
        if form.get("client_id").is_some_and(|named| named != client_id) {
            return Err(OAuthError::Client);
        }
        Ok(Self { client_id: ClientId::sent(client_id), method })
    }

    /// Authenticates a client by its secret, without writing. For endpoints that only read.
    pub(crate) fn authenticate_by_secret(&self, conn: &mut Conn) -> Result<Client, OAuthError> {
        match &self.method {
            Method::Secret(digest, twice) => Ok(self.by_secret(conn, digest, *twice)?.0),
            Method::Assertion(..) | Method::None => Err(OAuthError::Client),
        }
    }

    /// Authenticates a client by its secret, or finds the public client of an id, without writing.
    pub(crate) fn identify(&self, conn: &mut Conn) -> Result<Client, OAuthError> {
        match &self.method {
            Method::None => {
                clients::find(conn, &self.client_id)?.filter(Client::is_public).ok_or(OAuthError::Client)
            }
            Method::Secret(..) | Method::Assertion(..) => self.authenticate_by_secret(conn),
        }
    }

    /// Finds the client of a secret, and when the secret was last used. Only SCIM clients may send it in two places; for others that is an
    /// error, whether the secret is right or not.
    fn by_secret(
        &self,
        conn: &mut Conn,
        digest: &str,
        twice: bool,
    ) -> Result<(Client, Option<Micros>), OAuthError> {
        if twice && clients::find(conn, &self.client_id)?.is_none_or(|client| client.kind != ClientKind::Scim)
        {
            return Err(ONE_METHOD);
        }
        client_secrets::find_client(conn, &self.client_id, digest)?.ok_or(OAuthError::Client)
    }

    /// Whether the method is an assertion, which is used up and so needs a write.
    pub(crate) fn is_assertion(&self) -> bool {
        matches!(self.method, Method::Assertion(..))
    }

    /// Verifies a signed assertion. Must run before the transaction of [`Credentials::authenticate`], because fetching keys and checking a
    /// signature take time. Does nothing for other methods.
    pub(crate) async fn verify_assertion(
        &mut self,
        state: &State,
        keys: &ClientKeys,
        audiences: &[String],
    ) -> Result<(), OAuthError> {
        let Method::Assertion(presented) = &mut self.method else { return Ok(()) };
        let client_id = self.client_id.clone();
        let found = state.indexed_read(move |conn| clients::find(conn, &client_id)).await?;
        let client = found
            .filter(|client| client.auth_method == ClientAuth::PrivateKeyJwt)
            .ok_or(OAuthError::Client)?;
        let jws = presented.jws.as_ref().map_err(|why| OAuthError::Malformed(why.clone()))?;
        let claims = assertion::check(jws, &client.client_id, audiences, state.now() / SECOND)
            .map_err(OAuthError::Assertion)?;
        keys.verify(state, &client, jws).await?;
        presented.verified = Some(Verified { jwks: client.jwks, claims });
        Ok(())
    }

    /// Authenticates the client by the method it is registered with. A public client proves nothing, so its codes and tokens must be bound
    /// to it otherwise. [`Credentials::verify_assertion`] must have run before.
    pub(crate) fn authenticate(&self, conn: &mut Conn, now: Micros) -> Result<Client, OAuthError> {
        if let Method::Secret(digest, twice) = &self.method {
            let (client, used) = self.by_secret(conn, digest, *twice)?;
            if last_used::is_due(used, now) {
                client_secrets::note_use(conn, &client, digest, now)?;
            }
            return Ok(client);
        }
        let client = clients::find(conn, &self.client_id)?.ok_or(OAuthError::Client)?;
        match &self.method {
            Method::Assertion(presented) if client.auth_method == ClientAuth::PrivateKeyJwt => {
                let verified = presented.verified.as_ref().ok_or(OAuthError::Client)?;
                // The keys of the client may have been changed since the signature was verified.
                if verified.jwks != client.jwks {
                    return Err(OAuthError::Assertion("the client's keys were changed just now; try again"));
                }
                let assertion::Claims { id, expires } = &verified.claims;
                // RFC 7523 §3: the jti is remembered until the assertion has expired, clock difference included.
                let until = (expires + assertion::SKEW) * SECOND;
                if !assertions::accept(conn, &client.workspace_id, &client.client_id, id, until)? {
                    return Err(OAuthError::Assertion("its jti was used before"));
                }
            }
            Method::None if client.is_public() => {}
            Method::Secret(..) | Method::Assertion(..) | Method::None => return Err(OAuthError::Client),
        }
        Ok(client)
    }

    /// Name of the method for the request inspector.
    pub(crate) fn method_name(&self) -> &'static str {
        match self.method {
            Method::Secret(..) => "a secret",
            Method::Assertion(..) => "a signed assertion",
            Method::None => "its client_id alone",
        }
    }

    /// Client id, not verified yet.
    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }
}

/// Decodes a form-encoded value.
fn decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('=', "%3D").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
