//! The identity provider, as sign-in needs it: the way there, and what it says of who comes back. What is cached is public
//! (metadata, keys); nothing about a person is. Every word of the provider is checked before it leaves this module.

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
pub(crate) use types::Examined;
pub use types::{Arrival, Claims, Departure, ProviderError, Trip};

use crate::id_token::{self, Expected, Report};

/// Longer hints are nobody's e-mail address (RFC 5321 §4.5.3.1.3).
const LONGEST_HINT: usize = 320;

/// How long the provider may take in all between a person's return and our answer.
const LONGEST_TRIP: Duration = Duration::from_secs(12);

impl Providers {
    /// The URL that sends a browser to the provider: code flow with state, nonce and PKCE S256.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn depart(&self, state: &State, trip: Trip<'_>) -> Result<Departure, ProviderError> {
        let unreachable = |error: url::ParseError| ProviderError::Unreachable(error.to_string());
        let metadata = self.metadata(state, &trip.connection.issuer).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = CoreClient::new(
            ClientId::new(trip.connection.client_id.clone()),
            IssuerUrl::new(trip.connection.issuer.clone()).map_err(unreachable)?,
            openidconnect::JsonWebKeySet::default(),
        )
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
        .set_redirect_uri(RedirectUrl::new(exchange::redirect_uri(state)).map_err(unreachable)?);
        let (csrf, nonce) = (trip.state, trip.nonce);
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(csrf),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge);
        // An app of Okta's catalog may not ask for it, and needs it nowhere (okta-facts §5.1).
        if !trip.connection.groups_claim.is_empty() && metadata.scopes.iter().any(|scope| scope == "groups") {
            request = request.add_scope(Scope::new("groups".to_owned()));
        }
        if let Some(hint) = trip.login_hint.filter(|hint| hint.len() <= LONGEST_HINT) {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if trip.fresh {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        // max_age obliges the provider to tell auth_time (OpenID Connect Core §3.1.2.1).
        if let Some(max_age) = trip.max_age.and_then(|max_age| u64::try_from(max_age).ok()) {
            request = request.set_max_age(Duration::from_secs(max_age));
        }
        let (url, _, _) = request.url();
        Ok(Departure { url, verifier: SecretString::from(verifier.into_secret()) })
    }

    /// Whether an answer with this `iss` may be the provider's (RFC 9207 §2.4): the one that was asked, when there is one;
    /// and there is one when the provider says that it always sends it.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn may_answer(
        &self,
        state: &State,
        issuer: &str,
        iss: Option<&str>,
    ) -> Result<bool, ProviderError> {
        match iss {
            Some(iss) => Ok(iss == issuer),
            None => Ok(!self.metadata(state, issuer).await?.answers_name_issuer),
        }
    }

    /// Where a browser goes to sign out of the provider too, if the provider has such a place on its own origin (OpenID
    /// Connect RP-Initiated Logout §2.1).
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn end_session_endpoint(
        &self,
        state: &State,
        issuer: &str,
    ) -> Result<Option<Url>, ProviderError> {
        let endpoint = self.metadata(state, issuer).await?.end_session_endpoint.clone();
        // The ID token goes along in the address, so only to who issued it.
        Ok(endpoint.filter(|url| Url::parse(issuer).is_ok_and(|issuer| issuer.origin() == url.origin())))
    }

    /// Exchanges the code and judges what comes: every check of [`id_token`], then userinfo where it is needed. Somebody
    /// waits for it, so all calls together take no longer than one may.
    ///
    /// # Errors
    /// [`ProviderError`]: when there is nothing to judge.
    pub(crate) async fn examine(
        &self,
        state: &State,
        arrival: &Arrival<'_>,
    ) -> Result<Examined, ProviderError> {
        let late = |_| ProviderError::Unreachable("the provider took too long".to_owned());
        tokio::time::timeout(LONGEST_TRIP, self.exchange_and_judge(state, arrival)).await.map_err(late)?
    }

    async fn exchange_and_judge(
        &self,
        state: &State,
        arrival: &Arrival<'_>,
    ) -> Result<Examined, ProviderError> {
        let issuer = &arrival.connection.issuer;
        let metadata = self.metadata(state, issuer).await?;
        let prover = if arrival.connection.dpop { Some(proof::Prover::new()?) } else { None };
        let tokens = exchange::exchange(self, state, &metadata, arrival, prover.as_ref()).await?;
        let expected = Arc::new(Expected {
            issuer: issuer.clone(),
            client_id: arrival.connection.client_id.clone(),
            nonce: arrival.login.nonce.clone(),
            access_token: tokens.access_token.clone(),
            code: arrival.code.to_owned(),
            asked_at: arrival.login.created_at / SECOND,
            max_age: arrival.login.max_age,
            now: state.now() / SECOND,
        });
        let keys = self.keys(state, issuer, &metadata).await?;
        let mut report = judge(state, &tokens.id_token, &keys, &expected).await?;
        if report.lacks_key() {
            let renewed = self.keys_anew(state, issuer, &metadata, &keys).await;
            if renewed != keys {
                report = judge(state, &tokens.id_token, &renewed, &expected).await?;
            }
        }
        let mut userinfo = None;
        let outcome = match (report.claims(), report.failure()) {
            (Some(said), _) => {
                let asked = claims::needs_userinfo(said, arrival.connection);
                match userinfo::ask(state, &metadata, &tokens, prover.as_ref(), said, asked).await {
                    Ok(more) => {
                        userinfo = more;
                        Ok(claims::claims(said, userinfo.as_ref(), arrival.connection, &tokens.id_token))
                    }
                    Err(error) => Err(error),
                }
            }
            (None, Some(("auth_time", why))) if arrival.login.max_age.is_some() => {
                Err(ProviderError::Stale(why.to_owned()))
            }
            (None, Some((check, why))) => Err(ProviderError::CheckFailed { check, reason: why.to_owned() }),
            (None, None) => Err(ProviderError::CheckFailed {
                check: "id_token",
                reason: "nothing was checked".to_owned(),
            }),
        };
        Ok(Examined { report, userinfo, outcome })
    }
}

/// Judges an ID token, off the async threads: its signature is checked.
async fn judge(
    state: &State,
    id_token: &str,
    keys: &Arc<KeySet>,
    expected: &Arc<Expected>,
) -> Result<Report, ProviderError> {
    let signer = format!("{}\n{}", expected.issuer, expected.client_id);
    let (id_token, keys, expected) = (id_token.to_owned(), keys.clone(), expected.clone());
    let check = move || id_token::judge(&id_token, &keys, &expected);
    let judged = state.verifying(&signer, check, |report| report.signature).await;
    judged.map_err(|busy| ProviderError::Unreachable(busy.to_string()))
}
