//! Faults that the org makes on request, once, at the next sign-in. A relying party has to refuse nearly all of them, and a test needs a
//! provider that really makes them.

/// One fault of the next token response, or of another response if the variant names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehavior {
    /// `nonce` of another request.
    WrongNonce,
    /// No `nonce` although one was sent.
    NoNonce,
    /// `aud` of another app.
    WrongAudience,
    /// `aud` has this app and another one.
    ManyAudiences,
    /// `iss` of another org.
    WrongIssuer,
    /// `exp` an hour ago.
    Expired,
    /// `iat` an hour from now.
    FromTheFuture,
    /// `alg: none`, no signature.
    AlgNone,
    /// HS256 with the client secret.
    Hs256,
    /// A valid signature with an unpublished `kid`.
    UnknownKid,
    /// The right `kid`, but the signature of another key.
    ForeignKey,
    /// `at_hash` of another access token.
    BadAtHash,
    /// Userinfo names another person than the ID token.
    WrongUserinfoSub,
    /// Accepts the org session with its old `auth_time`, even with `prompt=login` or `max_age`.
    StaleAuthTime,
    /// No `auth_time`.
    NoAuthTime,
    /// No `sub`.
    NoSubject,
    /// `typ: at+jwt`, which is for access tokens.
    TypAccessToken,
    /// `aud` is a list with only this app.
    AudienceList,
    /// No `exp`.
    NoExpiry,
    /// No `iat`.
    NoIssuedAt,
    /// `nbf` an hour from now.
    NotYetValid,
    /// `azp` of another app.
    ForeignAzp,
    /// `c_hash` of another code.
    BadCHash,
    /// `session_expiry` an hour ago.
    SessionOver,
    /// `crit` in the header, with an unknown extension (RFC 7515 §4.1.11).
    Critical,
    /// The signature of another key, with that key in the header.
    ForeignJwk,
    /// The signature of another key, with the URL of its key set in the header.
    ForeignJku,
    /// The signature of another key that is published for encryption, with its `kid`.
    EncryptionKey,
    /// `alg` is repeated in the header.
    TwiceInHeader,
    /// `sub` is repeated in the payload.
    TwiceInPayload,
    /// An unexpected `token_type`.
    WrongTokenType,
    /// The token endpoint redirects.
    TokenRedirect,
    /// The token endpoint responds with a megabyte.
    HugeAnswer,
    /// Userinfo responds with a JWT.
    UserinfoJwt,
    /// Userinfo redirects.
    UserinfoRedirect,
    /// The discovery document names another issuer.
    DiscoveryOfAnother,
    /// The discovery document redirects.
    DiscoveryRedirect,
    /// The authorization response names another issuer (RFC 9207).
    AnswerOfAnother,
    /// The authorization response names no issuer although the metadata promises it.
    NoAnswerIssuer,
    /// The authorization response has a code and an error.
    CodeAndError,
    /// No `id_token` in the response.
    NoIdToken,
    /// Status 500 with a page of HTML.
    ServerError,
}
