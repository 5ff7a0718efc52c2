//! A logout message as the browser brought it, and its verification.

use actix_web::{HttpRequest, web};
use vestibule_jose::SignatureError;
use vestibule_saml::{
    certificate::Certificate,
    logout::{self, Expected, Kind, LogoutRequest, LogoutResponse, Received, Refused},
};
use vestibule_store::providers::saml_connections::SamlConnection;
use vestibule_web::{State, http::input::Parameters};

use super::super::addresses;
use crate::refusal::Refusal;

/// Largest form, in bytes. A logout message has no attributes, so it is small.
const LONGEST_FORM: usize = 128 * 1024;
/// Longest `RelayState` that is sent back, in bytes. Bindings §3.4.3 allows 80; some providers send more.
const LONGEST_RELAY_STATE: usize = 1024;

/// A logout message, unverified.
#[derive(Clone)]
pub(super) struct Incoming {
    /// Request or response.
    pub kind: Kind,
    wire: Wire,
    /// `RelayState` of the form. `None` for a query, whose `RelayState` is part of the signed text.
    pub relay_state: Option<String>,
}

/// The message as the binding transports it.
#[derive(Clone)]
enum Wire {
    /// Value of the form's field.
    Post(String),
    /// The query as it was sent.
    Redirect(String),
}

/// A message that a trusted key has signed.
pub(super) enum Verified {
    Request(LogoutRequest),
    Response(LogoutResponse),
}

impl Incoming {
    /// Reads the query of a message by HTTP-Redirect (Bindings §3.4.4).
    pub fn of_query(req: &HttpRequest) -> Result<Self, Refusal> {
        let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        let kind = kind(&query)?;
        check_relay_state(&query)?;
        Ok(Self { kind, wire: Wire::Redirect(req.query_string().to_owned()), relay_state: None })
    }

    /// Reads the form of a message by HTTP-POST (Bindings §3.5.4).
    pub async fn of_form(req: &HttpRequest, payload: web::Payload) -> Result<Self, Refusal> {
        let form = Parameters::of_form_within(req, payload, LONGEST_FORM).await;
        let form = form.map_err(|error| Refusal::Malformed(error.to_string()))?;
        let kind = kind(&form)?;
        check_relay_state(&form)?;
        let wire = Wire::Post(form.text(kind.parameter()).to_owned());
        Ok(Self { kind, wire, relay_state: form.get("RelayState").map(str::to_owned) })
    }

    fn received(&self) -> Received<'_> {
        match &self.wire {
            Wire::Post(value) => Received::Post(value),
            Wire::Redirect(query) => Received::Redirect(query),
        }
    }

    /// The Issuer that the message claims. Parsing costs as much as verifying, so it waits in the same queues.
    pub async fn claimed_issuer(&self, state: &State, signer: &str) -> Result<Option<String>, Refusal> {
        let message = self.clone();
        let claimed = move || logout::claimed_issuer(message.received(), message.kind);
        state.in_turn(signer, claimed).await.map_err(|_| Refusal::Busy)
    }

    /// Verifies the message with the certificates of a connection.
    pub async fn verify(
        &self,
        state: &State,
        connection: &SamlConnection,
        certificates: Vec<Certificate>,
    ) -> Result<Result<Verified, Refused>, Refusal> {
        let url = addresses::of(&state.config().region.api_url, connection).slo_url;
        let (message, issuer, now) = (self.clone(), connection.issuer.clone(), state.now());
        let tried = certificates.len();
        let check = move || {
            let expected = Expected { url: &url, idp_issuer: &issuer, certificates: &certificates, now };
            match message.kind {
                Kind::Request => logout::verify_request(message.received(), &expected).map(Verified::Request),
                Kind::Response => {
                    logout::verify_response(message.received(), &expected).map(Verified::Response)
                }
            }
        };
        let outcome = move |verified: &Result<Verified, Refused>| match verified {
            Ok(_) => Ok(tried),
            Err(_) => Err(SignatureError::NoKey),
        };
        let signer = format!("saml {}", connection.connection_id);
        state.verifying(&signer, check, outcome).await.map_err(|_| Refusal::Busy)
    }
}

/// Kind of the message; exactly one of the two parameters must be present.
fn kind(parameters: &Parameters) -> Result<Kind, Refusal> {
    let has = |kind: Kind| parameters.get(kind.parameter()).is_some();
    match (has(Kind::Request), has(Kind::Response)) {
        (true, false) => Ok(Kind::Request),
        (false, true) => Ok(Kind::Response),
        _ => Err(Refusal::Malformed("it must have SAMLRequest or SAMLResponse, and not both".to_owned())),
    }
}

fn check_relay_state(parameters: &Parameters) -> Result<(), Refusal> {
    match parameters.get("RelayState") {
        Some(text) if text.len() > LONGEST_RELAY_STATE => {
            Err(Refusal::Malformed(format!("its RelayState is longer than {LONGEST_RELAY_STATE} bytes")))
        }
        _ => Ok(()),
    }
}
