//! Faults that the org makes on request, once, at the next sign-in. A relying party has to refuse nearly all of them, and a test needs a
//! provider that really makes them.

/// One fault of the next token response, or of the next sign-in where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mischief {
    /// `nonce` of another request.
    WrongNonce,
    /// No `nonce` although one was sent.
    NoNonce,
    /// `aud` of another app.
    WrongAudience,
    /// `aud` holds this app and another one.
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
    /// The org session suffices even under `prompt=login` and `max_age`, with its old `auth_time`.
    StaleAuthTime,
    /// No `auth_time`.
    NoAuthTime,
    /// No `sub`.
    NoSubject,
    /// `typ: at+jwt`, an access token's.
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
    /// An extension that must be understood.
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
    /// The token endpoint answers with a megabyte.
    HugeAnswer,
    /// Userinfo answers with a JWT.
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
    /// 500 and a page of HTML.
    ServerError,
}
