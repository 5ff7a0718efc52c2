//! Checks of an authorization request, as a list of name, citation and function. Pure. Client and redirect URI are verified before, so
//! every failure is an error redirect to the client (RFC 6749 §4.1.2.1).

use vestibule_core::sets::{ClientKind, DpopMode};
use vestibule_store::oauth::clients::Client;
use vestibule_web::http::{input::Parameters, resource::is_resource};

use crate::client::{offer::Offer, scope};

/// Error for the client (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientError {
    pub error: &'static str,
    pub description: String,
}

/// A request whose parameters are not checked yet.
pub(crate) struct RawRequest<'a> {
    pub client: &'a Client,
    pub parameters: &'a Parameters,
    /// The offer for a request that names no resource.
    pub offer: &'a Offer,
}

/// A request whose parameters passed every check.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizeRequest {
    pub client: Client,
    /// As the client wrote it, because the token request must repeat it.
    pub redirect_uri: String,
    pub state: String,
    /// Scope to grant; empty if the request names a resource, until [`AuthorizeRequest::offered`] sets it.
    pub scope: String,
    /// The `scope` parameter.
    pub requested_scope: Option<String>,
    pub response_mode: ResponseMode,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    /// RFC 8707; empty if the request names none.
    pub resource: String,
    /// Values of `prompt`.
    pub prompt: Vec<String>,
    /// How long ago the person may have authenticated, in seconds. `None`: any time, and it need not be known.
    pub max_age: Option<i64>,
    /// Thumbprint of the key that the token request must prove (RFC 9449 §10), if the client may bind tokens.
    pub dpop_jkt: Option<String>,
}

impl AuthorizeRequest {
    /// Whether `prompt` contains this value (OpenID Connect Core §3.1.2.1).
    pub(crate) fn prompts(&self, word: &str) -> bool {
        self.prompt.iter().any(|prompt| prompt == word)
    }

    /// The request with the scope that is granted under this offer of the person's workspace.
    ///
    /// # Errors
    /// `invalid_scope`.
    pub(crate) fn offered(self, offer: &Offer) -> Result<Self, ClientError> {
        let scope = scope::granted(&self.client, self.requested_scope.as_deref(), offer)
            .or_else(|description| fail("invalid_scope", description))?;
        let offered = Self { scope, ..self };
        check_nonce(&offered)?;
        Ok(offered)
    }

    /// Whether the person must authenticate again. Choosing an account requires it, too.
    pub(crate) fn requires_authentication(&self) -> bool {
        self.prompts("login") || self.prompts("select_account")
    }
}

/// How the answer is sent to the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

type Check = fn(&RawRequest<'_>) -> Result<(), ClientError>;

/// Name, citation and function of each check, in order. The first failure goes to the client.
const CHECKS: [(&str, &str, Check); 10] = [
    ("request object", "OpenID Connect Core §6 and §7.2.1", request_object),
    ("response_type", "RFC 6749 §3.1.1; RFC 9700 §2.1.2", response_type),
    (
        "response_mode",
        "OAuth 2.0 Multiple Response Type Encoding Practices §2.1; Form Post Response Mode §2",
        |raw| mode(raw).map(drop),
    ),
    ("scope", "RFC 6749 §3.3", scope),
    ("code challenge", "RFC 7636 §4.3; RFC 9700 §2.1.1", code_challenge),
    ("resource", "RFC 8707 §2", resource),
    ("prompt", "OpenID Connect Core §3.1.2.1", prompt),
    ("max_age", "OpenID Connect Core §3.1.2.1", |raw| seconds(raw).map(drop)),
    ("dpop_jkt", "RFC 9449 §10", dpop_jkt),
    ("lengths", "limit of this server", lengths),
];

/// Runs every check and reads the parameters.
pub(crate) fn validate(raw: &RawRequest<'_>, redirect_uri: &str) -> Result<AuthorizeRequest, ClientError> {
    for (check, specification, function) in CHECKS {
        function(raw).inspect_err(|_| tracing::debug!(check, specification, "oauth.check_failed"))?;
    }
    let text = |name: &str| raw.parameters.get(name).map(str::to_owned);
    let request = AuthorizeRequest {
        client: raw.client.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: raw.parameters.text("state").to_owned(),
        scope: granted(raw)?,
        requested_scope: text("scope"),
        response_mode: mode(raw)?,
        code_challenge: text("code_challenge"),
        nonce: text("nonce"),
        resource: text("resource").unwrap_or_default(),
        prompt: words(raw).map(str::to_owned).collect(),
        max_age: seconds(raw)?.or(default_max_age(raw.client)),
        dpop_jkt: text("dpop_jkt").filter(|_| raw.client.dpop != DpopMode::Off),
    };
    // The scope of a request with a resource is decided by `offered`.
    if request.resource.is_empty() {
        check_nonce(&request)?;
    }
    Ok(request)
}

/// A nonce may replace PKCE only if an ID token returns the nonce (RFC 9700 §2.1.1), so the granted scope must contain `openid`.
fn check_nonce(request: &AuthorizeRequest) -> Result<(), ClientError> {
    let by_nonce = request.client.kind == ClientKind::App && request.code_challenge.is_none();
    match by_nonce && !scope::contains(&request.scope, "openid") {
        true => fail("invalid_request", NONCE_OR_CHALLENGE),
        false => Ok(()),
    }
}

const NONCE_OR_CHALLENGE: &str =
    "send a code_challenge (PKCE, RFC 7636), or a nonce with the scope openid (RFC 9700 §2.1.1)";

fn fail<T>(error: &'static str, description: impl Into<String>) -> Result<T, ClientError> {
    Err(ClientError { error, description: description.into() })
}

/// Refuses request objects and `registration`, which are not supported and must not be ignored.
fn request_object(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if raw.parameters.get(name).is_some() {
            return fail(error, format!("{name} is not supported: send plain parameters"));
        }
    }
    Ok(())
}

/// Only the authorization code flow.
fn response_type(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    match raw.parameters.get("response_type") {
        Some("code") => Ok(()),
        Some(_) => fail("unsupported_response_type", "response_type must be code"),
        None => fail("invalid_request", "response_type is missing; it must be code"),
    }
}

/// Only apps may use `form_post`. The pages for other clients have a link to cancel, and a link can answer only in the query.
pub(super) fn mode(raw: &RawRequest<'_>) -> Result<ResponseMode, ClientError> {
    match (raw.parameters.get("response_mode"), raw.client.kind) {
        (None | Some("query"), _) => Ok(ResponseMode::Query),
        (Some("form_post"), ClientKind::App) => Ok(ResponseMode::FormPost),
        (Some(_), ClientKind::App) => fail("invalid_request", "response_mode must be query or form_post"),
        (Some(_), _) => fail("invalid_request", "response_mode must be query"),
    }
}

fn scope(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    granted(raw).map(|_| ())
}

fn granted(raw: &RawRequest<'_>) -> Result<String, ClientError> {
    if raw.parameters.get("resource").is_some() {
        return Ok(String::new());
    }
    scope::granted(raw.client, raw.parameters.get("scope"), raw.offer)
        .or_else(|description| fail("invalid_scope", description))
}

/// PKCE with S256 is required (RFC 9700 §2.1.1), except for Okta's SCIM client, which may not support it, and for a confidential app that
/// sends a `nonce` with an OpenID request. A challenge without a method means `plain` (RFC 7636 §4.3), which is refused; so is a method
/// without a challenge.
fn code_challenge(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    let (challenge, method) =
        (raw.parameters.get("code_challenge"), raw.parameters.get("code_challenge_method"));
    if challenge.is_none() && method.is_none() {
        return match raw.client.kind {
            ClientKind::Scim => Ok(()),
            ClientKind::App if raw.client.requires_pkce => {
                fail("invalid_request", "code_challenge is missing: this client must use PKCE (RFC 7636)")
            }
            ClientKind::App if !raw.client.is_public() => match raw.parameters.get("nonce") {
                Some(nonce) if !nonce.is_empty() => Ok(()),
                _ => fail("invalid_request", NONCE_OR_CHALLENGE),
            },
            _ => fail("invalid_request", "code_challenge is missing: PKCE is required (RFC 7636)"),
        };
    }
    if method != Some("S256") {
        return fail("invalid_request", "code_challenge_method must be S256");
    }
    let base64url =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match challenge {
        Some(challenge) if challenge.len() == 43 && base64url(challenge) => Ok(()),
        _ => fail("invalid_request", "code_challenge must have 43 characters of base64url"),
    }
}

fn resource(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    match raw.parameters.get("resource") {
        Some(resource) if !is_resource(resource) => {
            fail("invalid_target", "resource must be an absolute URI without a fragment")
        }
        _ => Ok(()),
    }
}

fn prompt(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    let supported = ["none", "login", "consent", "select_account"];
    if words(raw).any(|word| !supported.contains(&word)) {
        return fail("invalid_request", "prompt must be none, login, consent or select_account");
    }
    if words(raw).any(|word| word == "none") && words(raw).count() > 1 {
        return fail("invalid_request", "prompt none must be the only value");
    }
    Ok(())
}

fn words<'a>(raw: &RawRequest<'a>) -> impl Iterator<Item = &'a str> {
    raw.parameters.text("prompt").split(' ').filter(|word| !word.is_empty())
}

/// Age for a request without `max_age`, as the client's metadata demands (OpenID Connect Registration §2). `require_auth_time` alone is an age
/// without a limit: the provider must then say when the person authenticated.
fn default_max_age(client: &Client) -> Option<i64> {
    client.default_max_age.or(client.requires_auth_time.then_some(i64::from(i32::MAX)))
}

fn seconds(raw: &RawRequest<'_>) -> Result<Option<i64>, ClientError> {
    match raw.parameters.get("max_age").map(str::parse::<u32>) {
        None => Ok(None),
        Some(Ok(seconds)) => Ok(Some(i64::from(seconds))),
        Some(Err(_)) => fail("invalid_request", "max_age must be a number of seconds"),
    }
}

/// A thumbprint is a SHA-256 digest in base64url.
fn dpop_jkt(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    let is_digest = |text: &str| {
        text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    match raw.parameters.get("dpop_jkt") {
        Some(text) if !is_digest(text) => {
            fail("invalid_request", "dpop_jkt must be the SHA-256 thumbprint of a key (RFC 7638)")
        }
        _ => Ok(()),
    }
}

/// Limits what is stored or sent back.
fn lengths(raw: &RawRequest<'_>) -> Result<(), ClientError> {
    for (name, longest) in [("nonce", 512), ("state", 4096)] {
        if raw.parameters.text(name).len() > longest {
            return fail("invalid_request", format!("{name} is longer than {longest} bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use vestibule_core::sets::ClientAuth;

    use super::*;
    use crate::client::scope::tests::client;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn answer(kind: &str, query: &str) -> Result<AuthorizeRequest, ClientError> {
        let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
        let (parameters, client) = (Parameters::of_query(&request).unwrap(), client(kind, ""));
        let offer = Offer::configured("mcp");
        let raw = RawRequest { client: &client, parameters: &parameters, offer: &offer };
        validate(&raw, "https://a.example/cb")
    }

    #[test]
    fn each_invalid_parameter_has_its_error() {
        let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        let long = format!("state={}", "x".repeat(4097));
        for (kind, more, error) in [
            ("app", "", "invalid_request"),
            ("app", "code_challenge_method=S256", "invalid_request"),
            ("app", &format!("code_challenge={CHALLENGE}"), "invalid_request"),
            ("app", &format!("code_challenge={CHALLENGE}&code_challenge_method=plain"), "invalid_request"),
            ("scim", &format!("code_challenge={CHALLENGE}"), "invalid_request"),
            ("mcp", "", "invalid_request"),
            ("app", &format!("{pkce}&request=x"), "request_not_supported"),
            ("app", &format!("{pkce}&request_uri=x"), "request_uri_not_supported"),
            ("app", &format!("{pkce}&registration=x"), "registration_not_supported"),
            ("app", &format!("{pkce}&response_mode=fragment"), "invalid_request"),
            ("app", &format!("{pkce}&scope=groups+admin"), "invalid_scope"),
            ("mcp", &format!("{pkce}&scope=openid"), "invalid_scope"),
            ("mcp", &format!("{pkce}&resource=mcp.example"), "invalid_target"),
            ("mcp", &format!("{pkce}&resource=https://mcp.example/%23x"), "invalid_target"),
            ("mcp", &format!("{pkce}&resource=/mcp"), "invalid_target"),
            ("app", &format!("{pkce}&prompt=none+login"), "invalid_request"),
            ("app", &format!("{pkce}&prompt=create"), "invalid_request"),
            ("app", &format!("{pkce}&max_age=-1"), "invalid_request"),
            ("app", &format!("{pkce}&max_age=x"), "invalid_request"),
            ("app", &format!("{pkce}&{long}"), "invalid_request"),
        ] {
            let refused = answer(kind, &format!("response_type=code&{more}")).unwrap_err();
            assert_eq!(refused.error, error, "{kind} {more}");
        }
        let refused = |query: &str| answer("scim", query).unwrap_err().error;
        assert_eq!(refused("x=y"), "invalid_request");
        for response_type in ["token", "code%20id_token", "id_token", "none"] {
            assert_eq!(refused(&format!("response_type={response_type}")), "unsupported_response_type");
        }
    }

    #[test]
    fn a_valid_request_is_read() {
        let query = format!(
            "response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256&scope=openid+groups+email&nonce=n\
             &resource=https://mcp.example/a&prompt=login+consent&max_age=60&state=s"
        );
        let request = answer("app", &query).unwrap().offered(&Offer::configured("mcp")).unwrap();
        assert_eq!((request.scope.as_str(), request.nonce.as_deref()), ("openid email", Some("n")));
        assert_eq!((request.resource.as_str(), request.max_age), ("https://mcp.example/a", Some(60)));
        assert!(request.prompts("login") && request.prompts("consent") && !request.prompts("none"));
        assert!(answer("scim", "response_type=code").is_ok());
    }

    #[test]
    fn a_confidential_app_may_send_a_nonce_in_place_of_a_challenge() {
        let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        let check = |client: &Client, query: &str| {
            let request = TestRequest::with_uri(&format!("/?response_type=code&{query}")).to_http_request();
            let (parameters, offer) = (Parameters::of_query(&request).unwrap(), Offer::configured("mcp"));
            let raw = RawRequest { client, parameters: &parameters, offer: &offer };
            validate(&raw, "https://a.example/cb").is_ok()
        };
        let app = client("app", "");
        let strict = Client { requires_pkce: true, ..app.clone() };
        let public = Client { auth_method: ClientAuth::None, ..app.clone() };
        for (client, query, is_accepted) in [
            (&app, "nonce=n&scope=openid", true),
            (&app, "nonce=n", true),
            (&app, "nonce=n&scope=email", false),
            (&client("app", "email"), "nonce=n&scope=openid+email", false),
            (&client("app", "email"), "nonce=n", false),
            (&app, "nonce=&scope=openid", false),
            (&app, "scope=openid", false),
            (&app, "nonce=n&scope=openid&code_challenge_method=S256", false),
            (&app, "nonce=n&scope=openid&code_challenge=short&code_challenge_method=S256", false),
            (&strict, "nonce=n&scope=openid", false),
            (&strict, pkce.as_str(), true),
            (&public, "nonce=n&scope=openid", false),
            (&public, pkce.as_str(), true),
            (&client("mcp", ""), "nonce=n&scope=mcp", false),
        ] {
            assert_eq!(check(client, query), is_accepted, "{:?} {query}", client.auth_method);
        }
    }

    #[test]
    fn only_an_app_gets_its_answer_posted() {
        let with = |kind: &str, mode: &str| {
            answer(
                kind,
                &format!(
                    "response_type=code&nonce=n&response_mode={mode}&code_challenge={CHALLENGE}&code_challenge_method=S256"
                ),
            )
        };
        assert_eq!(with("app", "form_post").unwrap().response_mode, ResponseMode::FormPost);
        assert_eq!(with("app", "query").unwrap().response_mode, ResponseMode::Query);
        for (kind, mode) in
            [("app", "fragment"), ("mcp", "form_post"), ("scim", "form_post"), ("app", "web_message")]
        {
            assert_eq!(with(kind, mode).unwrap_err().error, "invalid_request", "{kind} {mode}");
        }
    }
}
