//! Exchanges the code for tokens: client authentication, PKCE, and the check of the token type. The response contains tokens, so it
//! never appears in logs or errors.

use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken,
    StandardTokenIntrospectionResponse, StandardTokenResponse, TokenResponse as _, TokenUrl,
    basic::{BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenType},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_core::{ids::WorkspaceId, sets::ProviderAuth, time::SECOND};
use vestibule_store::{
    access::{logins::Login, secrets},
    providers::connections::Connection,
};
use vestibule_web::{
    State,
    crypto::{
        seal::{client_secret_context, columns},
        signing::{self, Algorithm},
    },
    outbound::client::OutboundError,
};

use super::{
    cache::Providers,
    metadata::Metadata,
    proof::Prover,
    types::{CodeResponse, ProviderError, TokenRefusal},
};

/// RFC 7523 §2.2
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Lifetime of an assertion, in seconds: the time of one request.
const ASSERTION_LIFETIME: i64 = 60;
/// Longest text of an error answer that is used, in characters.
const LONGEST_TEXT: usize = 300;

/// Tokens of the response. No `Debug`, because they are secrets.
pub(super) struct Tokens {
    pub access_token: String,
    pub id_token: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

type TokenResponse = StandardTokenResponse<IdToken, BasicTokenType>;
type TokenError = RequestTokenError<OutboundError, BasicErrorResponse>;
type Client = oauth2::Client<
    BasicErrorResponse,
    TokenResponse,
    StandardTokenIntrospectionResponse<IdToken, BasicTokenType>,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Method of client authentication.
enum ClientAuthentication {
    Basic,
    Body,
    Assertion,
}

pub(super) async fn exchange(
    providers: &Providers,
    state: &State,
    metadata: &Metadata,
    response: &CodeResponse<'_>,
    prover: Option<&Prover>,
) -> Result<Tokens, ProviderError> {
    let client = client(state, metadata, response)?;
    let answer = match authentication_method(response.connection.auth_method, metadata) {
        kind @ (ClientAuthentication::Basic | ClientAuthentication::Body) => {
            let by = if matches!(kind, ClientAuthentication::Basic) {
                AuthType::BasicAuth
            } else {
                AuthType::RequestBody
            };
            let secret = client_secret(state, response.connection)?;
            let client = client
                .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
                .set_auth_type(by);
            request(state, &client, response, prover, None).await?
        }
        ClientAuthentication::Assertion => {
            exchange_with_assertion(providers, state, metadata, &client, response, prover).await?
        }
    };
    let answer = answer.map_err(|error| provider_error(&error))?;
    tokens(&answer, prover.is_some())
}

/// Exchanges the code with a signed assertion.
///
/// The audience is the issuer, as one string (IPSIE SL1; RFC 7523bis). Okta demands its token endpoint there and answers `invalid_client`
/// otherwise, so the other audience is tried once, and the one that works is remembered. An assertion for the token endpoint is sent to
/// that endpoint only, so nobody else can use it.
async fn exchange_with_assertion(
    providers: &Providers,
    state: &State,
    metadata: &Metadata,
    client: &Client,
    response: &CodeResponse<'_>,
    prover: Option<&Prover>,
) -> Result<Result<TokenResponse, TokenError>, ProviderError> {
    let issuer = &response.connection.issuer;
    let endpoint_first = providers.wants_endpoint_audience(issuer);
    let mut first_answer = None;
    for endpoint in [endpoint_first, !endpoint_first] {
        let audience = if endpoint { metadata.token_endpoint.as_str() } else { issuer };
        let assertion = assertion(state, &response.connection.client_id, audience).await?;
        let answer = request(state, client, response, prover, Some(assertion)).await?;
        if !is_unknown_client(&answer) {
            providers.set_endpoint_audience(issuer, endpoint);
            return Ok(answer);
        }
        first_answer.get_or_insert(answer);
    }
    first_answer.ok_or_else(|| ProviderError::Internal("no assertion was sent".to_owned()))
}

async fn request(
    state: &State,
    client: &Client,
    response: &CodeResponse<'_>,
    prover: Option<&Prover>,
    assertion: Option<String>,
) -> Result<Result<TokenResponse, TokenError>, ProviderError> {
    let verifier = verifier(state, response.login)?;
    let mut request = client
        .exchange_code(AuthorizationCode::new(response.code.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose_secret().to_owned()));
    if let Some(assertion) = assertion {
        request = request
            .add_extra_param("client_assertion_type", ASSERTION_TYPE)
            .add_extra_param("client_assertion", assertion);
    }
    let http = |request| async move {
        match prover {
            Some(prover) => prover.send(state, request, None).await,
            None => state.outbound().send(request).await,
        }
    };
    Ok(request.request_async(&http).await)
}

fn client(state: &State, metadata: &Metadata, response: &CodeResponse<'_>) -> Result<Client, ProviderError> {
    let redirect_uri =
        RedirectUrl::new(redirect_uri(state)).map_err(|error| ProviderError::Internal(error.to_string()))?;
    Ok(oauth2::Client::new(ClientId::new(response.connection.client_id.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(redirect_uri))
}

/// Basic is the default of every provider (OpenID Connect Core §9). Without a configured method, the body is used only if the provider
/// does not offer Basic.
fn authentication_method(method: ProviderAuth, metadata: &Metadata) -> ClientAuthentication {
    let offers = |method: &str| {
        metadata.auth_methods.as_ref().is_none_or(|methods| methods.iter().any(|one| one == method))
    };
    match method {
        ProviderAuth::PrivateKeyJwt => ClientAuthentication::Assertion,
        ProviderAuth::SecretPost => ClientAuthentication::Body,
        ProviderAuth::SecretBasic => ClientAuthentication::Basic,
        ProviderAuth::Auto if offers("client_secret_basic") => ClientAuthentication::Basic,
        ProviderAuth::Auto => ClientAuthentication::Body,
    }
}

/// Signs an assertion (RFC 7523 §3; OpenID Connect Core §9, `private_key_jwt`).
async fn assertion(state: &State, client_id: &str, audience: &str) -> Result<String, ProviderError> {
    let now = state.now() / SECOND;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("iss", client_id.into());
    put("sub", client_id.into());
    put("aud", audience.into());
    let jti = secrets::nonce().map_err(|error| ProviderError::Internal(error.to_string()))?;
    put("jti", jti.into());
    put("iat", now.into());
    put("exp", (now + ASSERTION_LIFETIME).into());
    // Every provider accepts RS256 (OpenID Connect Core §9).
    let signed = signing::sign(state, Algorithm::Rs256, "JWT", &claims).await;
    signed.map_err(|error| ProviderError::Internal(error.to_string()))
}

fn is_unknown_client(answer: &Result<TokenResponse, TokenError>) -> bool {
    matches!(answer, Err(RequestTokenError::ServerResponse(refusal)) if *refusal.error() == BasicErrorResponseType::InvalidClient)
}

fn provider_error(error: &TokenError) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(refusal) => {
            let short = |text: String| -> String {
                text.chars().filter(|letter| !letter.is_control()).take(LONGEST_TEXT).collect()
            };
            let uri = refusal.error_uri().map(|uri| format!("(see {uri})"));
            let texts: Vec<String> = refusal.error_description().cloned().into_iter().chain(uri).collect();
            ProviderError::Exchange(TokenRefusal {
                code: short(refusal.error().to_string()),
                description: short(texts.join(" ")),
            })
        }
        RequestTokenError::Request(OutboundError::Refused(place, why)) => {
            ProviderError::NotCalled(format!("{place} is not called: {why}"))
        }
        RequestTokenError::Request(error) => ProviderError::Unreachable(error.to_string()),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            ProviderError::Unreachable("the token endpoint's answer is no token response".to_owned())
        }
    }
}

/// Reads the tokens. The token type must be `DPoP` for a request with a proof (RFC 9449 §5), otherwise `Bearer`.
fn tokens(answer: &TokenResponse, bound: bool) -> Result<Tokens, ProviderError> {
    let kind = match answer.token_type() {
        BasicTokenType::Bearer => "bearer",
        BasicTokenType::Mac => "mac",
        BasicTokenType::Extension(kind) => kind,
    };
    let wanted = if bound { "dpop" } else { "bearer" };
    if !kind.eq_ignore_ascii_case(wanted) {
        let kind: String = kind.chars().take(20).collect();
        let reason = format!("it is {kind}, and {wanted} was requested");
        return Err(ProviderError::CheckFailed { check: "token_type", reason });
    }
    let id_token = answer.extra_fields().id_token.clone();
    let id_token = id_token.ok_or_else(|| ProviderError::CheckFailed {
        check: "id_token",
        reason: "there is none".to_owned(),
    })?;
    Ok(Tokens { access_token: answer.access_token().secret().clone(), id_token })
}

pub(super) fn redirect_uri(state: &State) -> String {
    state.api_url("/api/okta/oidc/callback")
}

/// Decrypts the client secret of the connection.
fn client_secret(state: &State, connection: &Connection) -> Result<SecretString, ProviderError> {
    let context = client_secret_context(&connection.workspace_id, &connection.connection_id);
    Ok(state.sealer().open(&context, &connection.client_secret)?)
}

/// Decrypts the PKCE verifier of the login.
fn verifier(state: &State, login: &Login) -> Result<SecretString, ProviderError> {
    Ok(state.sealer().open(&verifier_context(&login.workspace_id), &login.verifier)?)
}

/// Sealing context of a login's PKCE verifier.
pub(crate) fn verifier_context(workspace_id: &WorkspaceId) -> String {
    columns::verifier_context(workspace_id.as_str())
}
