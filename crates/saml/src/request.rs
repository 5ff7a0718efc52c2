//! Messages that we send: requests to sign in and to sign out, by the bindings Redirect and POST.

mod authn;
mod logout;
mod redirect;
mod signer;

pub use authn::{AuthnRequest, new_id};
use base64::{Engine, engine::general_purpose::STANDARD};
pub use logout::{LogoutRequest, LogoutResponse, LogoutStatus};
pub use redirect::{redirect_response_url, redirect_url};
pub use signer::Signer;

/// Why a message can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The destination is no absolute https or http URL, or has a fragment or one of our parameters.
    #[error("the provider's URL is no https or http URL that a message can be added to")]
    Destination,
    /// The private key is no PEM, does not belong to the certificate, or can't be generated or written.
    #[error("the private key can't be read, or the certificate is not its own")]
    Key,
    /// OpenSSL could not sign, or the message does not have the form of our messages.
    #[error("the message can't be signed")]
    Signing,
}

/// Value of the form field `SAMLRequest` or `SAMLResponse`, signed or not (Bindings §3.5.4).
pub fn post_value(xml: &str) -> String {
    STANDARD.encode(xml)
}

#[cfg(test)]
mod tests;
