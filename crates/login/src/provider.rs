//! Client of the identity provider: builds authorization URLs, exchanges codes, verifies ID tokens and reads userinfo. Caches only
//! public data (metadata, keys), never data about a person. Checks everything that the provider sends before it leaves this module.

mod cache;
mod claims;
mod exchange;
mod metadata;
mod proof;
mod types;
mod userinfo;

use std::{sync::Arc, time::Duration};

use openidconnect::{
    AuthUrl, AuthenticationFlow, ClientId, CsrfToken, IssuerUrl, LoginHint, Nonce, PkceCodeChallenge,
    RedirectUrl, Scope,
    core::{CoreAuthPrompt, CoreClient, CoreResponseType},
};
use secrecy::SecretString;
use url::Url;
use vestibule_core::time::SECOND;
use vestibule_jose::KeySet;
use vestibule_web::State;

pub use cache::Providers;
pub(crate) use exchange::verifier_context;
pub(crate) use types::Verification;
pub use types::{AuthorizationRequest, AuthorizationUrl, CodeResponse, ProviderError};

use crate::id_token::{self, Expected, Report, Tenant};

/// Longest login hint that is passed on, in bytes: the longest email address (RFC 5321 §4.5.3.1.3).
const LONGEST_HINT: usize = 320;

/// Time limit of all requests to the provider in one callback together, because a person waits.
const TIME_LIMIT: Duration = Duration::from_secs(12);

impl Providers {
    /// Builds the authorization URL: code flow with state, nonce and PKCE S256.
    pub async fn authorization_url(
        &self,
        state: &State,
        parameters: AuthorizationRequest<'_>,
    ) -> Result<AuthorizationUrl, ProviderError> {
        let unreachable = |error: url::ParseError| ProviderError::Unreachable(error.to_string());
        let metadata = self.metadata(state, &parameters.connection.issuer).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = CoreClient::new(
            ClientId::new(parameters.connection.client_id.clone()),
            IssuerUrl::new(parameters.connection.issuer.clone()).map_err(unreachable)?,
            openidconnect::JsonWebKeySet::default(),
        )
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
        .set_redirect_uri(RedirectUrl::new(exchange::redirect_uri(state)).map_err(unreachable)?);
        let (csrf, nonce) = (parameters.state, parameters.nonce);
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(csrf),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge);
        // Apps of Okta's catalog may not request the scope `groups`, and don't need it (okta-facts §5.1).
        if !parameters.connection.groups_claim.is_empty()
            && metadata.scopes.iter().any(|scope| scope == "groups")
        {
            request = request.add_scope(Scope::new("groups".to_owned()));
        }
        if let Some(hint) = parameters.login_hint.filter(|hint| hint.len() <= LONGEST_HINT) {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if parameters.fresh {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        // With max_age the provider must send auth_time (OpenID Connect Core §3.1.2.1).
        if let Some(max_age) = parameters.max_age.and_then(|max_age| u64::try_from(max_age).ok()) {
            request = request.set_max_age(Duration::from_secs(max_age));
        }
        let (url, _, _) = request.url();
        Ok(AuthorizationUrl { url, verifier: SecretString::from(verifier.into_secret()) })
    }

    /// Whether an authorization response with this `iss` is accepted (RFC 9207 §2.4): it must be the issuer, and may be missing only if
    /// the provider's metadata does not announce it.
    pub async fn accepts_iss(
        &self,
        state: &State,
        issuer: &str,
        iss: Option<&str>,
    ) -> Result<bool, ProviderError> {
        match iss {
            Some(iss) => Ok(iss == issuer),
            None => Ok(!self.metadata(state, issuer).await?.sends_iss),
        }
    }

    /// Logout endpoint of the provider, if it has one on the origin of its issuer (OpenID Connect RP-Initiated Logout §2.1).
    pub async fn end_session_endpoint(
        &self,
        state: &State,
        issuer: &str,
    ) -> Result<Option<Url>, ProviderError> {
        let endpoint = self.metadata(state, issuer).await?.end_session_endpoint.clone();
        // The URL contains the ID token, so it goes only to the origin that issued it.
        Ok(endpoint.filter(|url| Url::parse(issuer).is_ok_and(|issuer| issuer.origin() == url.origin())))
    }

    /// Exchanges the code and verifies the ID token by every check of [`id_token`], then requests userinfo if a claim is missing.
    ///
    /// # Errors
    /// [`ProviderError`] if there is no ID token to verify. A failed check is part of the result.
    pub(crate) async fn verify(
        &self,
        state: &State,
        response: &CodeResponse<'_>,
    ) -> Result<Verification, ProviderError> {
        let late = |_| ProviderError::Unreachable("the provider took too long".to_owned());
        tokio::time::timeout(TIME_LIMIT, self.exchange_and_verify(state, response)).await.map_err(late)?
    }

    async fn exchange_and_verify(
        &self,
        state: &State,
        response: &CodeResponse<'_>,
    ) -> Result<Verification, ProviderError> {
        let issuer = &response.connection.issuer;
        let metadata = self.metadata(state, issuer).await?;
        let prover = if response.connection.dpop { Some(proof::Prover::new()?) } else { None };
        let tokens = exchange::exchange(self, state, &metadata, response, prover.as_ref()).await?;
        let expected = Arc::new(Expected {
            issuer: issuer.clone(),
            client_id: response.connection.client_id.clone(),
            tenant: Tenant::of(response.connection.rules(), response.domains),
            nonce: response.login.nonce.clone(),
            access_token: tokens.access_token.clone(),
            code: response.code.to_owned(),
            started_at: response.login.created_at / SECOND,
            max_age: response.login.max_age,
            now: state.now() / SECOND,
        });
        let keys = self.keys(state, issuer, &metadata).await?;
        let mut report = verify_token(state, &tokens.id_token, &keys, &expected).await?;
        if report.lacks_key() {
            let renewed = self.renewed_keys(state, issuer, &metadata, &keys).await;
            if renewed != keys {
                report = verify_token(state, &tokens.id_token, &renewed, &expected).await?;
            }
        }
        let mut userinfo = None;
        let outcome = match (report.claims(), report.failure()) {
            (Some(verified), _) => {
                let needed = claims::needs_userinfo(verified, response.connection);
                match userinfo::fetch(state, &metadata, &tokens, prover.as_ref(), verified, needed).await {
                    Ok(object) => {
                        userinfo = object;
                        Ok(claims::read(verified, userinfo.as_ref(), response.connection, &tokens.id_token))
                    }
                    Err(error) => Err(error),
                }
            }
            (None, Some(("auth_time", why))) if response.login.max_age.is_some() => {
                Err(ProviderError::Stale(why.to_owned()))
            }
            (None, Some((check, why))) => Err(ProviderError::CheckFailed { check, reason: why.to_owned() }),
            (None, None) => Err(ProviderError::CheckFailed {
                check: "id_token",
                reason: "nothing was checked".to_owned(),
            }),
        };
        Ok(Verification { report, userinfo, outcome })
    }
}

/// Verifies an ID token off the async threads, because checking a signature takes time.
async fn verify_token(
    state: &State,
    id_token: &str,
    keys: &Arc<KeySet>,
    expected: &Arc<Expected>,
) -> Result<Report, ProviderError> {
    let signer = format!("{}\n{}", expected.issuer, expected.client_id);
    let (id_token, keys, expected) = (id_token.to_owned(), keys.clone(), expected.clone());
    let check = move || id_token::verify_token(&id_token, &keys, &expected);
    let report = state.verifying(&signer, check, |report| report.signature).await;
    report.map_err(|busy| ProviderError::Unreachable(busy.to_string()))
}
