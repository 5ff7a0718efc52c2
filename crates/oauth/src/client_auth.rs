//! Who calls the token endpoint: Basic (RFC 6749 §2.3.1), the body, or both alike — which of them Okta uses is not
//! documented, so both at once are no error as long as they name the same client.

use actix_web::HttpRequest;
use vestibule_store::{Conn, client_secrets, clients, clients::Client, secret};
use vestibule_web::{
    bearer::{self, Credential},
    input::Parameters,
};

use crate::error::OAuthError;

/// The credentials a request presents.
pub(crate) struct Presented {
    client_id: String,
    secret_digest: String,
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
        let (client_id, secret) = match (basic, body) {
            (Some(basic), Some(body)) if basic != body => return Err(OAuthError::Client),
            (Some(pair), _) | (None, Some(pair)) => pair,
            (None, None) => return Err(OAuthError::Client),
        };
        if form.get("client_id").is_some_and(|named| named != client_id) {
            return Err(OAuthError::Client);
        }
        Ok(Self { client_id, secret_digest: secret::digest(&secret) })
    }

    /// The client, if the secret is its own.
    ///
    /// # Errors
    /// [`OAuthError::Client`].
    pub(crate) fn authenticate(&self, conn: &mut Conn) -> Result<Client, OAuthError> {
        let client = clients::find(conn, &self.client_id)?.ok_or(OAuthError::Client)?;
        match client_secrets::find_use(conn, &client, &self.secret_digest)? {
            Some(_) => Ok(client),
            None => Err(OAuthError::Client),
        }
    }
}

fn decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('=', "%3D").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
