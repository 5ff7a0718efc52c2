//! Who calls: a secret in Basic (RFC 6749 §2.3.1), in the body, a signed assertion (RFC 7523 §2.2), or, for a public client,
//! its name alone. One method in a request (RFC 6749 §2.3); only of Okta's SCIM client it is not documented which it uses, so there
//! the same secret may be in both places.

use std::sync::Arc;

use actix_web::HttpRequest;
use vestibule_core::{
    sets::{ClientAuth, ClientKind},
    time::{Micros, SECOND},
};
use vestibule_jose::Jws;
use vestibule_store::{
    Conn,
    access::{last_used, secrets},
    oauth::{
        client_secrets,
        clients::{self, Client},
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

/// The credentials a request presents.
pub(crate) struct Presented {
    client_id: String,
    proof: Proof,
}

enum Proof {
    /// The digest of a secret, and whether it stood in header and body both.
    Secret(String, bool),
    /// A signed JWT.
    Assertion(Box<Assertion>),
    /// Only the name.
    Nothing,
}

/// A client's signed JWT.
struct Assertion {
    /// The token, or why it is none.
    jws: Result<Arc<Jws>, String>,
    proven: Option<Proven>,
}

/// What [`Presented::prove_assertion`] found.
struct Proven {
    /// The client's keys, or their address, as they were when they proved it.
    jwks: String,
    claims: assertion::Claims,
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
                let jws = assertion::read(jwt).map(Arc::new);
                let subject = jws.as_ref().ok().and_then(|jws| assertion::subject(jws));
                let named = form.get("client_id").or(subject).ok_or(OAuthError::Client)?.to_owned();
                (named, Proof::Assertion(Box::new(Assertion { jws, proven: None })))
            }
            (None, None, Some(_)) => return Err(OAuthError::Client),
            (_, _, Some(_)) => return Err(ONE_METHOD),
            (Some(basic), Some(body), None) if basic != body => return Err(ONE_METHOD),
            (Some((client_id, secret)), body, None) => {
                (client_id, Proof::Secret(secrets::digest(&secret), body.is_some()))
            }
            (None, Some((client_id, secret)), None) => {
                (client_id, Proof::Secret(secrets::digest(&secret), false))
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
        if twice && clients::find(conn, &self.client_id)?.is_none_or(|client| client.kind != ClientKind::Scim)
        {
            return Err(ONE_METHOD);
        }
        client_secrets::find_client(conn, &self.client_id, digest)?.ok_or(OAuthError::Client)
    }

    /// Whether it is proven by something that may be used once, so that more than a look is needed.
    pub(crate) fn is_assertion(&self) -> bool {
        matches!(self.proof, Proof::Assertion(..))
    }

    /// Checks a signed assertion: before the transaction of [`Presented::prove`], because keys may have to be fetched, and a
    /// signature takes time. Does nothing for other credentials.
    ///
    /// # Errors
    /// [`OAuthError::Client`], [`OAuthError::Assertion`], [`OAuthError::Busy`].
    pub(crate) async fn prove_assertion(
        &mut self,
        state: &State,
        keys: &ClientKeys,
        audiences: &[String],
    ) -> Result<(), OAuthError> {
        let Proof::Assertion(presented) = &mut self.proof else { return Ok(()) };
        let client_id = self.client_id.clone();
        let found = state.glance(move |conn| clients::find(conn, &client_id)).await?;
        let client = found
            .filter(|client| client.auth_method == ClientAuth::PrivateKeyJwt)
            .ok_or(OAuthError::Client)?;
        let jws = presented.jws.as_ref().map_err(|why| OAuthError::Malformed(why.clone()))?;
        let claims = assertion::check(jws, &client.client_id, audiences, state.now() / SECOND)
            .map_err(OAuthError::Assertion)?;
        keys.prove(state, &client, jws).await?;
        presented.proven = Some(Proven { jwks: client.jwks, claims });
        Ok(())
    }

    /// The client, proven in the way it is registered with. A public client has nothing to prove it by: what it presents
    /// must be bound otherwise. An assertion must have been checked before ([`Presented::prove_assertion`]).
    ///
    /// # Errors
    /// [`OAuthError::Client`], [`OAuthError::Assertion`].
    pub(crate) fn prove(&self, conn: &mut Conn, now: Micros) -> Result<Client, OAuthError> {
        if let Proof::Secret(digest, twice) = &self.proof {
            let (client, used) = self.by_secret(conn, digest, *twice)?;
            if last_used::is_due(used, now) {
                client_secrets::note_use(conn, &client, digest, now)?;
            }
            return Ok(client);
        }
        let client = clients::find(conn, &self.client_id)?.ok_or(OAuthError::Client)?;
        match &self.proof {
            Proof::Assertion(presented) if client.auth_method == ClientAuth::PrivateKeyJwt => {
                let proven = presented.proven.as_ref().ok_or(OAuthError::Client)?;
                // The client may have been given other keys since they were looked at.
                if proven.jwks != client.jwks {
                    return Err(OAuthError::Assertion("the client's keys were changed just now; try again"));
                }
                let assertion::Claims { id, expires } = &proven.claims;
                // RFC 7523 §3: once, until it has expired by every clock.
                let until = (expires + assertion::SKEW) * SECOND;
                if !assertions::accept(conn, &client.workspace_id, &client.client_id, id, until)? {
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
