//! Proofs of possession at the token endpoint (RFC 9449 §5): whether the tokens of a request are bound to a key of the client.

use actix_web::HttpRequest;
use vestibule_core::{sets::DpopMode, time::SECOND};
use vestibule_store::{Conn, Error, oauth::clients::Client};
use vestibule_web::{
    State,
    crypto::dpop::{self, Expected, Proof},
};

use crate::error::OAuthError;

/// The proof of a token request, checked but not used up: whether it counts depends on the client.
pub(super) struct Presented(Result<Option<Proof>, &'static str>);

impl Presented {
    /// Reads and checks the proof. Must run before the transaction, because a signature is verified.
    ///
    /// # Errors
    /// [`OAuthError::Busy`].
    pub(super) async fn of(
        req: &HttpRequest,
        state: &State,
        client_id: &str,
        path: &str,
    ) -> Result<Self, OAuthError> {
        let text = match dpop::of_request(req) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(Self(Ok(None))),
            Err(why) => return Ok(Self(Err(why))),
        };
        let expected = Expected {
            method: req.method().as_str().to_owned(),
            url: state.api_url(path),
            access_token: None,
            now: state.now() / SECOND,
        };
        let check = move || dpop::check(&text, &expected, None).map(Some);
        let checked = state.in_turn(client_id, check).await.map_err(|_| OAuthError::Busy)?;
        Ok(Self(checked))
    }

    /// Uses the proof up, as the client's switch says. Returns the thumbprint of the key that tokens are bound to, if they are.
    pub(super) fn accept(
        &self,
        conn: &mut Conn,
        client: &Client,
    ) -> Result<Result<Option<String>, OAuthError>, Error> {
        match (client.dpop, &self.0) {
            (DpopMode::Off, _) | (DpopMode::Optional, Ok(None)) => Ok(Ok(None)),
            (DpopMode::Required, Ok(None)) => {
                Ok(Err(OAuthError::Proof("this client must send one in the header DPoP")))
            }
            (DpopMode::Optional | DpopMode::Required, Err(why)) => Ok(Err(OAuthError::Proof(why))),
            (DpopMode::Optional | DpopMode::Required, Ok(Some(proof))) => {
                match proof.accept(conn, &client.workspace_id)? {
                    true => Ok(Ok(Some(proof.jkt.clone()))),
                    false => Ok(Err(OAuthError::Proof("its jti was used before"))),
                }
            }
        }
    }
}
