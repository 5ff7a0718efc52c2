//! The one place that speaks `openidconnect`: discovery, the authorization URL, the code exchange, the ID token's checks.
//! Its generics never leave this file. Provider metadata (public keys among it) is cached; nothing about a person is.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use openidconnect::{
    AccessTokenHash, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, IssuerUrl, LoginHint, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl, Scope, SignatureVerificationError,
    TokenResponse,
    core::{
        CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreIdTokenClaims, CoreResponseType,
        CoreTokenResponse, CoreUserInfoClaims,
    },
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use vestibule_store::{Micros, SECOND};
use vestibule_web::State;

/// Key sets rotate about four times a year (okta-facts §5.5); an unknown key is asked for again at once, this often at most.
const REFETCH_AFTER: Micros = 30 * SECOND;

/// How far the provider's clock may be ahead of ours, in seconds.
const CLOCK_SKEW: i64 = 300;

/// What the provider said of a person, verified.
#[derive(Debug, Clone)]
pub struct Claims {
    /// The provider's name for them.
    pub subject: String,
    /// Their login there.
    pub preferred_username: Option<String>,
    /// Their e-mail address. `email_verified` is not trusted (okta-facts §5.1).
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// When they last authenticated, to the second.
    pub auth_time: Option<Micros>,
    /// The ID token itself, which the provider wants to see when this person signs out there.
    pub id_token: SecretString,
}

/// Why the provider's answer is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It did not answer, or not as an OpenID provider.
    #[error("{0}")]
    Unreachable(String),
    /// It refused our code or our credentials.
    #[error("the token endpoint refused: {0}")]
    Exchange(String),
    /// Its ID token fails a check; the text says which.
    #[error("the ID token is refused: {0}")]
    IdToken(String),
}

/// A trip about to begin.
pub struct Departure {
    /// Where the browser goes.
    pub url: Url,
    /// What the callback must prove to know.
    pub verifier: SecretString,
}

/// What the trip needs to know.
pub struct Trip<'a> {
    /// The connection's issuer.
    pub issuer: &'a str,
    /// Our client id there.
    pub client_id: &'a str,
    /// `state`.
    pub state: String,
    /// `nonce`.
    pub nonce: String,
    /// Who is expected.
    pub login_hint: Option<&'a str>,
    /// Whether they must authenticate anew.
    pub fresh: bool,
}

struct Known {
    metadata: ProviderMetadataWithLogout,
    fetched_at: Micros,
}

/// The providers met so far.
#[derive(Clone)]
pub struct Providers(Cache<String, Arc<Known>>);

impl Default for Providers {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(3600)).build())
    }
}

impl Providers {
    /// The URL that sends a browser to the provider: code flow with state, nonce and PKCE S256.
    ///
    /// # Errors
    /// [`ProviderError::Unreachable`].
    pub async fn depart(&self, state: &State, trip: Trip<'_>) -> Result<Departure, ProviderError> {
        let known = self.known(state, trip.issuer).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = CoreClient::from_provider_metadata(
            known.metadata.clone(),
            ClientId::new(trip.client_id.to_owned()),
            None,
        )
        .set_redirect_uri(redirect_uri(state)?);
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
        if let Some(hint) = trip.login_hint {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if trip.fresh {
            // max_age obliges the provider to tell auth_time (OpenID Connect Core §3.1.2.1).
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (url, _, _) = request.url();
        Ok(Departure { url, verifier: SecretString::from(verifier.secret().clone()) })
    }

    /// Exchanges the code and checks the ID token: signature by the issuer's published keys, alg RS256 or ES256, iss, aud,
    /// exp, nonce, at_hash when present (OpenID Connect Core §3.1.3.7); and the userinfo answer's `sub` (§5.3.2).
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn arrive(&self, state: &State, arrival: Arrival<'_>) -> Result<Claims, ProviderError> {
        let known = self.known(state, arrival.issuer).await?;
        let tokens = exchange(state, &known.metadata, &arrival).await?;
        let now = state.now();
        let claims = match verify(&known.metadata, &tokens, &arrival, now) {
            Err(Unverified::UnknownKey) => {
                let fresh = self.refetch(state, arrival.issuer, &known).await?;
                verify(&fresh.metadata, &tokens, &arrival, now)
            }
            other => other,
        }
        .map_err(|error| ProviderError::IdToken(error.to_string()))?;
        let mut person = of_id_token(&claims, &tokens);
        if person.email.is_none() || person.preferred_username.is_none() {
            of_userinfo(state, &known.metadata, &tokens, &arrival, &mut person).await?;
        }
        checked(person)
    }

    /// Where a browser goes to sign out of the provider too, if the provider has such a place on its own origin (OpenID
    /// Connect RP-Initiated Logout §2.1).
    ///
    /// # Errors
    /// [`ProviderError::Unreachable`].
    pub async fn end_session(&self, state: &State, issuer: &str) -> Result<Option<Url>, ProviderError> {
        let known = self.known(state, issuer).await?;
        let endpoint = known.metadata.additional_metadata().end_session_endpoint.as_ref();
        // The ID token goes along in the address, so only to who issued it.
        Ok(endpoint
            .map(|endpoint| endpoint.url().clone())
            .filter(|url| Url::parse(issuer).is_ok_and(|issuer| issuer.origin() == url.origin())))
    }

    async fn known(&self, state: &State, issuer: &str) -> Result<Arc<Known>, ProviderError> {
        match self.0.get(issuer) {
            Some(known) => Ok(known),
            None => self.fetch(state, issuer).await,
        }
    }

    async fn refetch(
        &self,
        state: &State,
        issuer: &str,
        old: &Arc<Known>,
    ) -> Result<Arc<Known>, ProviderError> {
        if state.now() - old.fetched_at < REFETCH_AFTER {
            return Ok(old.clone());
        }
        self.fetch(state, issuer).await
    }

    async fn fetch(&self, state: &State, issuer: &str) -> Result<Arc<Known>, ProviderError> {
        let url = IssuerUrl::new(issuer.to_owned())
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?;
        let http = |request| state.outbound().send(request);
        let metadata = ProviderMetadataWithLogout::discover_async(url, &http)
            .await
            .map_err(|error| ProviderError::Unreachable(explain(&error)))?;
        let known = Arc::new(Known { metadata, fetched_at: state.now() });
        self.0.insert(issuer.to_owned(), known.clone());
        Ok(known)
    }
}

/// What came back, and what it must match.
pub struct Arrival<'a> {
    /// The connection's issuer.
    pub issuer: &'a str,
    /// Our client id there.
    pub client_id: &'a str,
    /// Our secret there.
    pub client_secret: SecretString,
    /// The code.
    pub code: &'a str,
    /// The PKCE verifier of the trip.
    pub verifier: SecretString,
    /// The nonce of the trip.
    pub nonce: &'a str,
}

async fn exchange(
    state: &State,
    metadata: &ProviderMetadataWithLogout,
    arrival: &Arrival<'_>,
) -> Result<CoreTokenResponse, ProviderError> {
    let client = client(metadata, arrival).set_redirect_uri(redirect_uri(state)?);
    let http = |request| state.outbound().send(request);
    client
        .exchange_code(AuthorizationCode::new(arrival.code.to_owned()))
        .map_err(|error| ProviderError::Unreachable(error.to_string()))?
        .set_pkce_verifier(PkceCodeVerifier::new(arrival.verifier.expose_secret().to_owned()))
        .request_async(&http)
        .await
        .map_err(|error| match &error {
            openidconnect::RequestTokenError::ServerResponse(refusal) => {
                ProviderError::Exchange(refusal.to_string())
            }
            openidconnect::RequestTokenError::Request(error) => ProviderError::Unreachable(error.to_string()),
            // The body may hold tokens, so it is never told.
            openidconnect::RequestTokenError::Parse(..) => {
                ProviderError::Unreachable("its answer is no token response".to_owned())
            }
            openidconnect::RequestTokenError::Other(text) => ProviderError::Exchange(text.clone()),
        })
}

#[derive(Debug, thiserror::Error)]
enum Unverified {
    #[error("no published key fits its signature")]
    UnknownKey,
    #[error("{0}")]
    Check(String),
}

fn verify(
    metadata: &ProviderMetadataWithLogout,
    tokens: &CoreTokenResponse,
    arrival: &Arrival<'_>,
    now: Micros,
) -> Result<CoreIdTokenClaims, Unverified> {
    let check = |error: String| Unverified::Check(error);
    let client = client(metadata, arrival);
    let id_token = tokens.id_token().ok_or_else(|| check("there is none".to_owned()))?;
    let verifier = client.id_token_verifier().set_allowed_algs([
        openidconnect::core::CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        openidconnect::core::CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    ]);
    let claims =
        id_token.claims(&verifier, &Nonce::new(arrival.nonce.to_owned())).map_err(|error| match error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Unverified::UnknownKey
            }
            other => check(explain(&other)),
        })?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|error| check(error.to_string()))?;
        let key = id_token.signing_key(&verifier).map_err(|error| check(error.to_string()))?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| check(error.to_string()))?;
        if actual != *expected {
            return Err(check("at_hash does not belong to the access token".to_owned()));
        }
    }
    // The crate asks the system for the time and lets `iat` be; what counts is the service's clock (§3.1.3.7, 9 and 10).
    let now = now / SECOND;
    if claims.expiration().timestamp() <= now {
        return Err(check("it has expired".to_owned()));
    }
    if claims.issue_time().timestamp() > now + CLOCK_SKEW {
        return Err(check("it was issued in the future".to_owned()));
    }
    Ok(claims.clone())
}

/// Claims as they may be stored: `sub` of at most 255 characters (OpenID Connect Core §2), names of a sensible length,
/// and no NUL anywhere, which no database of ours takes.
fn checked(mut person: Claims) -> Result<Claims, ProviderError> {
    if person.subject.is_empty() || person.subject.len() > 255 || person.subject.contains('\0') {
        return Err(ProviderError::IdToken("sub must have 1 to 255 characters".to_owned()));
    }
    let Claims { preferred_username, email, name, given_name, family_name, .. } = &mut person;
    for text in [preferred_username, email, name, given_name, family_name] {
        *text = text.take().filter(|text| text.chars().count() <= 256 && !text.contains('\0'));
    }
    Ok(person)
}

fn of_id_token(claims: &CoreIdTokenClaims, tokens: &CoreTokenResponse) -> Claims {
    let first = |name: Option<&openidconnect::LocalizedClaim<openidconnect::EndUserName>>| {
        name.and_then(|name| name.get(None)).map(|name| name.to_string())
    };
    Claims {
        subject: claims.subject().to_string(),
        preferred_username: claims.preferred_username().map(|name| name.to_string()),
        email: claims.email().map(|email| email.to_string()),
        name: first(claims.name()),
        given_name: claims.given_name().and_then(|name| name.get(None)).map(|name| name.to_string()),
        family_name: claims.family_name().and_then(|name| name.get(None)).map(|name| name.to_string()),
        auth_time: claims.auth_time().map(|at| at.timestamp() * SECOND),
        id_token: tokens.id_token().map(ToString::to_string).unwrap_or_default().into(),
    }
}

/// Okta's org server keeps profile claims for userinfo (okta-facts §5.5). A provider without it is fine.
async fn of_userinfo(
    state: &State,
    metadata: &ProviderMetadataWithLogout,
    tokens: &CoreTokenResponse,
    arrival: &Arrival<'_>,
    person: &mut Claims,
) -> Result<(), ProviderError> {
    let subject = openidconnect::SubjectIdentifier::new(person.subject.clone());
    let client = client(metadata, arrival);
    let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else { return Ok(()) };
    let http = |request| state.outbound().send(request);
    let info: CoreUserInfoClaims = request.request_async(&http).await.map_err(|error| match error {
        openidconnect::UserInfoError::ClaimsVerification(error) => {
            ProviderError::IdToken(format!("userinfo: {error}"))
        }
        other => ProviderError::Unreachable(explain(&other)),
    })?;
    person.email = person.email.take().or_else(|| info.email().map(|email| email.to_string()));
    person.preferred_username =
        person.preferred_username.take().or_else(|| info.preferred_username().map(|name| name.to_string()));
    let text = |name: Option<String>, told: Option<String>| name.or(told);
    person.name =
        text(person.name.take(), info.name().and_then(|name| name.get(None)).map(|name| name.to_string()));
    person.given_name = text(
        person.given_name.take(),
        info.given_name().and_then(|name| name.get(None)).map(|name| name.to_string()),
    );
    person.family_name = text(
        person.family_name.take(),
        info.family_name().and_then(|name| name.get(None)).map(|name| name.to_string()),
    );
    Ok(())
}

type Client = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

/// Basic is every provider's default (OpenID Connect Core §9); the body only when Basic is not offered.
fn client(metadata: &ProviderMetadataWithLogout, arrival: &Arrival<'_>) -> Client {
    let secret = ClientSecret::new(arrival.client_secret.expose_secret().to_owned());
    let client = CoreClient::from_provider_metadata(
        metadata.clone(),
        ClientId::new(arrival.client_id.to_owned()),
        Some(secret),
    );
    let basic = metadata
        .token_endpoint_auth_methods_supported()
        .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
    client.set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody })
}

fn redirect_uri(state: &State) -> Result<RedirectUrl, ProviderError> {
    RedirectUrl::new(state.api_url("/api/okta/oidc/callback"))
        .map_err(|error| ProviderError::Unreachable(error.to_string()))
}

/// An error with its causes, for the log and the page: none of openidconnect's carries a token.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
