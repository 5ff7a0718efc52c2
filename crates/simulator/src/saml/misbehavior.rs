//! Faults that the org makes on request, once, in its next SAML message. A service has to refuse nearly all of them, and a test needs a
//! provider that really makes them.

use std::sync::Arc;

use super::keys::SamlKey;

/// One fault of the next response. `WrongDestination`, `WrongIssuer`, `Expired`, `OtherInResponseTo`, `Unsigned`, `Sha1`, `ForeignKey`,
/// `ErrorStatus` (of a response) and `TamperedNameId` (of a request) also apply to a message of single logout. A fault of metadata applies
/// to its next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SamlMisbehavior {
    /// Audience of another service.
    WrongAudience,
    /// Recipient of another service.
    WrongRecipient,
    /// Destination of another service.
    WrongDestination,
    /// Issuer of another org, in the response and the assertion.
    WrongIssuer,
    /// Issued an hour ago.
    Expired,
    /// Issued an hour from now.
    FromTheFuture,
    /// InResponseTo of another request.
    OtherInResponseTo,
    /// No InResponseTo although there was a request.
    NoInResponseTo,
    /// No signature.
    Unsigned,
    /// Only the response is signed, which a service has to accept.
    OnlyResponseSigned,
    /// Only the assertion is signed, which a service has to accept.
    OnlyAssertionSigned,
    /// RSA with SHA-1 and digests by SHA-1.
    Sha1,
    /// Signed by a key that the org never published, with its certificate in KeyInfo.
    ForeignKey,
    /// NameID of the format transient, with a random value.
    TransientNameId,
    /// The NameID in upper case.
    NameIdInUpperCase,
    /// Status `Responder`, signed, without an assertion.
    ErrorStatus,
    /// Another NameID, written after signing.
    TamperedNameId(String),
    /// The first value of the first attribute, written after signing. Without attributes nothing changes.
    TamperedAttribute(String),
    /// A comment in the NameID, before its `@`. The signatures stay valid, because comments are not signed.
    CommentInNameId,
    /// Signature wrapping: an unsigned assertion for this NameID is before the signed one, in a response without a signature.
    WrappedBefore(String),
    /// Signature wrapping: the signed assertion is inside an unsigned one for this NameID.
    WrappedAround(String),
    /// Signature wrapping: the signed assertion is in the Extensions of the response, and an unsigned one for this NameID in its place.
    WrappedInExtensions(String),
    /// Signature wrapping: an unsigned assertion for this NameID has the signature, with the signed assertion in its Object.
    WrappedInObject(String),
    /// The metadata names another issuer.
    MetadataOfAnother,
    /// The metadata redirects.
    MetadataRedirect,
    /// The metadata is a megabyte.
    HugeMetadata,
    /// Accepts the org session although the service asked for a new sign-in.
    IgnoredForceAuthn,
}

/// A fault, and the key that it needs.
pub(crate) struct Ready {
    pub(super) misbehavior: SamlMisbehavior,
    pub(super) stranger: Option<Arc<SamlKey>>,
}

impl Ready {
    pub(super) fn is_of_metadata(&self) -> bool {
        matches!(
            self.misbehavior,
            SamlMisbehavior::MetadataOfAnother
                | SamlMisbehavior::MetadataRedirect
                | SamlMisbehavior::HugeMetadata
        )
    }

    /// Whether the fault is one of a SAML message.
    pub(super) fn is_of_message(&self) -> bool {
        !self.is_of_metadata()
    }
}
