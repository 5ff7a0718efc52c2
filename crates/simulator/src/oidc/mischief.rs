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
    /// No `id_token` in the response.
    NoIdToken,
    /// 500 and a page of HTML.
    ServerError,
}

impl crate::Okta {
    /// Makes the org go wrong once.
    pub fn tamper(&self, mischief: Mischief) {
        self.org().mischief = Some(mischief);
    }
}
