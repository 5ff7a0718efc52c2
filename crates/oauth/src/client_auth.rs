//! Who calls: a secret in Basic (RFC 6749 §2.3.1), in the body, a signed assertion (RFC 7523 §2.2), or, for a public client,
//! its name alone. One way at a time; only of Okta's SCIM client it is not documented which it uses, so there the same secret
//! may stand in both places.

pub(crate) mod assertion;

use actix_web::HttpRequest;
use vestibule_store::{
    Conn, Micros, SECOND, assertions, client_secrets, clients,
    clients::{Client, PRIVATE_KEY_JWT},
    last_used, secret,
};
use vestibule_web::{
    bearer::{self, Credential},
    input::Parameters,
};

use crate::error::OAuthError;

/// RFC 7523 §2.2
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The credentials a request presents.
pub(crate) struct Presented {
    client_id: String,
    proof: Proof,
}

enum Proof {
    /// The digest of a secret, and whether it stood in header and body both.
    Secret(String, bool),
    /// A signed JWT.
    Assertion(String),
    /// Only the name.
    Nothing,
}

impl Presented {
    /// Reads them from header and form.
    ///
    /// # Errors
    /// [`OAuthError::Client`] when there are none, or two that differ.
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
                (named.ok_or(OAuthError::Client)?, Proof::Assertion(jwt.to_owned()))
            }
            (_, _, Some(_)) => return Err(OAuthError::Client),
            (Some(basic), Some(body), None) if basic != body => return Err(OAuthError::Client),
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
        let client = clients::find(conn, &self.client_id)?.ok_or(OAuthError::Client)?;
        match &self.proof {
            Proof::Secret(digest, _) if client_secrets::find_use(conn, &client, digest)?.is_some() => {
                Ok(client)
            }
            _ => Err(OAuthError::Client),
        }
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
        let client = clients::find(conn, &self.client_id)?.ok_or(OAuthError::Client)?;
        match &self.proof {
            Proof::Secret(_, true) if client.kind != "scim" => return Err(OAuthError::Client),
            Proof::Secret(digest, _) => {
                let used = client_secrets::find_use(conn, &client, digest)?.ok_or(OAuthError::Client)?;
                if last_used::is_due(used, now) {
                    client_secrets::note_use(conn, &client, digest, now)?;
                }
            }
            Proof::Assertion(jwt) if client.auth_method == PRIVATE_KEY_JWT => {
                let judged = assertion::judge(jwt, &client.client_id, &client.jwks, audiences, now / SECOND);
                let accepted = judged.map_err(OAuthError::Assertion)?;
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
            Proof::Assertion(_) | Proof::Nothing => return Err(OAuthError::Client),
        }
        Ok(client)
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
