//! The ways in which the org can be told to go wrong, once, at the next sign-in: a relying party has to refuse
//! nearly all of them, and only a provider that really does it can show that.

/// One thing wrong with the next token response (or, where it says so, with the next sign-in).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mischief {
    /// `nonce` of somebody else's request.
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
    /// A good signature under a `kid` that isn't published.
    UnknownKid,
    /// The right `kid`, but a stranger's signature.
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
    /// `aud` is a list that holds this app alone.
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
    /// A stranger's signature, and their key in the header.
    ForeignJwk,
    /// A stranger's signature, and the address of their keys in the header.
    ForeignJku,
    /// A stranger's signature under the `kid` of a key that is published for encryption: the stranger's.
    EncryptionKey,
    /// `alg` stands twice in the header.
    TwiceInHeader,
    /// `sub` stands twice in the payload.
    TwiceInPayload,
    /// `token_type` that nobody asked for.
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
