//! The code, exchanged for tokens: who we are at the token endpoint, PKCE, and the kind of token that must come back.
//! The answer holds tokens, so it is never told, whatever is wrong with it.

use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken,
    StandardTokenIntrospectionResponse, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenType},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_core::time::SECOND;
use vestibule_store::{
    access::{logins::Login, secrets},
    providers::connections::Connection,
};
use vestibule_web::{
    State,
    crypto::{
        seal::client_secret_context,
        signing::{self, Algorithm},
    },
    outbound::client::OutboundError,
};

use super::{
    cache::Providers,
    metadata::Metadata,
    proof::Prover,
    types::{Arrival, ProviderError, TokenRefusal},
};

/// RFC 7523 §2.2
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds an assertion lives: the time of one request.
const ASSERTION_LIFE: i64 = 60;
/// Longest text of an error answer that is used, in characters.
const LONGEST_TEXT: usize = 300;

/// What the code was exchanged for. No `Debug`: these are secrets.
pub(super) struct Tokens {
    pub access_token: String,
    pub id_token: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

type Answer = StandardTokenResponse<IdToken, BasicTokenType>;
type Refusal = RequestTokenError<OutboundError, BasicErrorResponse>;
type Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    StandardTokenIntrospectionResponse<IdToken, BasicTokenType>,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// How we show who we are.
enum Credentials {
    Basic,
    Body,
    Assertion,
}

pub(super) async fn exchange(
    providers: &Providers,
    state: &State,
    metadata: &Metadata,
    arrival: &Arrival<'_>,
    prover: Option<&Prover>,
) -> Result<Tokens, ProviderError> {
    let client = client(state, metadata, arrival)?;
    let answer = match credentials(&arrival.connection.auth_method, metadata) {
        kind @ (Credentials::Basic | Credentials::Body) => {
            let by =
                if matches!(kind, Credentials::Basic) { AuthType::BasicAuth } else { AuthType::RequestBody };
            let secret = client_secret(state, arrival.connection)?;
            let client = client
                .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
                .set_auth_type(by);
            request(state, &client, arrival, prover, None).await?
        }
        Credentials::Assertion => asserted(providers, state, metadata, &client, arrival, prover).await?,
    };
    let answer = answer.map_err(|error| told(&error))?;
    tokens(&answer, prover.is_some())
}

/// The audience is the issuer, as one string (IPSIE SL1; RFC 7523bis). Okta still wants its token endpoint there, and says
/// `invalid_client` otherwise: such a provider is met halfway once and remembered. An assertion for the token endpoint is
/// sent to that endpoint only, so nobody else can use it.
async fn asserted(
    providers: &Providers,
    state: &State,
    metadata: &Metadata,
    client: &Client,
    arrival: &Arrival<'_>,
    prover: Option<&Prover>,
) -> Result<Result<Answer, Refusal>, ProviderError> {
    let issuer = &arrival.connection.issuer;
    let endpoint_first = providers.wants_endpoint(issuer);
    let mut answer = None;
    for endpoint in [endpoint_first, !endpoint_first] {
        let audience = if endpoint { metadata.token_endpoint.as_str() } else { issuer };
        let assertion = assertion(state, &arrival.connection.client_id, audience).await?;
        let given = request(state, client, arrival, prover, Some(assertion)).await?;
        if !is_unknown_client(&given) {
            providers.remember_endpoint(issuer, endpoint);
            return Ok(given);
        }
        answer.get_or_insert(given);
    }
    answer.ok_or_else(|| ProviderError::Internal("no assertion was sent".to_owned()))
}

async fn request(
    state: &State,
    client: &Client,
    arrival: &Arrival<'_>,
    prover: Option<&Prover>,
    assertion: Option<String>,
) -> Result<Result<Answer, Refusal>, ProviderError> {
    let verifier = verifier(state, arrival.login)?;
    let mut request = client
        .exchange_code(AuthorizationCode::new(arrival.code.to_owned()))
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

fn client(state: &State, metadata: &Metadata, arrival: &Arrival<'_>) -> Result<Client, ProviderError> {
    let redirect_uri =
        RedirectUrl::new(redirect_uri(state)).map_err(|error| ProviderError::Internal(error.to_string()))?;
    Ok(oauth2::Client::new(ClientId::new(arrival.connection.client_id.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(redirect_uri))
}

/// Basic is every provider's default (OpenID Connect Core §9); by itself the body is used only where Basic is not offered.
fn credentials(method: &str, metadata: &Metadata) -> Credentials {
    let offers = |method: &str| {
        metadata.auth_methods.as_ref().is_none_or(|methods| methods.iter().any(|one| one == method))
    };
    match method {
        "private_key_jwt" => Credentials::Assertion,
        "client_secret_post" => Credentials::Body,
        "client_secret_basic" => Credentials::Basic,
        _ if offers("client_secret_basic") => Credentials::Basic,
        _ => Credentials::Body,
    }
}

/// RFC 7523 §3; OpenID Connect Core §9, `private_key_jwt`.
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
    put("exp", (now + ASSERTION_LIFE).into());
    // Every provider takes RS256 (OpenID Connect Core §9).
    let signed = signing::sign(state, Algorithm::Rs256, "JWT", &claims).await;
    signed.map_err(|error| ProviderError::Internal(error.to_string()))
}

fn is_unknown_client(answer: &Result<Answer, Refusal>) -> bool {
    matches!(answer, Err(RequestTokenError::ServerResponse(refusal)) if *refusal.error() == BasicErrorResponseType::InvalidClient)
}

fn told(error: &Refusal) -> ProviderError {
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

/// RFC 9449 §5: a token that is bound says `DPoP`; one that says anything else is not the kind that was asked for.
fn tokens(answer: &Answer, bound: bool) -> Result<Tokens, ProviderError> {
    let kind = match answer.token_type() {
        BasicTokenType::Bearer => "bearer",
        BasicTokenType::Mac => "mac",
        BasicTokenType::Extension(kind) => kind,
    };
    let wanted = if bound { "dpop" } else { "bearer" };
    if !kind.eq_ignore_ascii_case(wanted) {
        let kind: String = kind.chars().take(20).collect();
        let reason = format!("it is {kind}, and {wanted} was asked for");
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

/// The connection's secret, opened for one request.
fn client_secret(state: &State, connection: &Connection) -> Result<SecretString, ProviderError> {
    let context = client_secret_context(&connection.workspace_id);
    Ok(state.sealer().open(&context, &connection.client_secret)?)
}

/// The trip's verifier, opened for one request.
fn verifier(state: &State, login: &Login) -> Result<SecretString, ProviderError> {
    Ok(state.sealer().open(&verifier_context(&login.workspace_id), &login.verifier)?)
}

/// What the seal of a login's PKCE verifier is bound to.
pub(crate) fn verifier_context(workspace_id: &str) -> String {
    format!("{workspace_id} login verifier")
}
