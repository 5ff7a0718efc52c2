//! What an authorize request says, as an ordered list of named checks. Pure: client and redirect URI are known to belong
//! together by now, so whatever does not fit goes back to the client (RFC 6749 §4.1.2.1).

use url::Url;
use vestibule_core::sets::ClientKind;
use vestibule_store::oauth::clients::Client;
use vestibule_web::http::input::Parameters;

use crate::client::scope;

/// What goes back to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub error: &'static str,
    pub description: String,
}

/// A request under examination.
pub(crate) struct Call<'a> {
    pub client: &'a Client,
    pub parameters: &'a Parameters,
    /// What MCP clients may ask for here.
    pub mcp_scopes: &'a str,
}

/// What the client asks.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub client: Client,
    /// As the client wrote it: the exchange must repeat it.
    pub redirect_uri: String,
    pub state: String,
    pub scope: String,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    /// RFC 8707; empty: whatever the app serves.
    pub resource: String,
    /// `prompt`, its words.
    pub prompt: Vec<String>,
    pub max_age: Option<i64>,
}

impl Asked {
    /// Whether `prompt` holds this word (OpenID Connect Core §3.1.2.1).
    pub(crate) fn prompts(&self, word: &str) -> bool {
        self.prompt.iter().any(|prompt| prompt == word)
    }

    /// Whether the person must authenticate anew, however lately they did. Choosing an account is that, too.
    pub(crate) fn wants_anew(&self) -> bool {
        self.prompts("login") || self.prompts("select_account")
    }
}

type Check = fn(&Call<'_>) -> Result<(), Fault>;

/// In this order; the first that refuses is what the client is told.
const CHECKS: [(&str, Check); 9] = [
    ("request object", request_object),
    ("response_type", response_type),
    ("response_mode", response_mode),
    ("scope", scope),
    ("code challenge", code_challenge),
    ("resource", resource),
    ("prompt", prompt),
    ("max_age", max_age),
    ("lengths", lengths),
];

/// Reads the request, once each check has passed.
///
/// # Errors
/// What the first check that refuses says.
pub(crate) fn read(call: &Call<'_>, redirect_uri: &str) -> Result<Asked, Fault> {
    for (name, check) in CHECKS {
        check(call).inspect_err(|_| tracing::debug!(check = name, "oauth.check_failed"))?;
    }
    let given = |name: &str| call.parameters.get(name).map(str::to_owned);
    Ok(Asked {
        client: call.client.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: call.parameters.text("state").to_owned(),
        scope: granted(call)?,
        code_challenge: given("code_challenge"),
        nonce: given("nonce"),
        resource: given("resource").unwrap_or_default(),
        prompt: words(call).map(str::to_owned).collect(),
        max_age: seconds(call)?,
    })
}

fn fault<T>(error: &'static str, description: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { error, description: description.into() })
}

/// OpenID Connect Core §6: not taken, and said so rather than overlooked.
fn request_object(call: &Call<'_>) -> Result<(), Fault> {
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if call.parameters.get(name).is_some() {
            return fault(error, format!("{name} is not supported: send plain parameters"));
        }
    }
    Ok(())
}

/// RFC 9700 §2.1.2: the code alone.
fn response_type(call: &Call<'_>) -> Result<(), Fault> {
    match call.parameters.get("response_type") {
        Some("code") => Ok(()),
        Some(_) => fault("unsupported_response_type", "response_type must be code"),
        None => fault("invalid_request", "response_type is missing; it must be code"),
    }
}

fn response_mode(call: &Call<'_>) -> Result<(), Fault> {
    match call.parameters.get("response_mode") {
        None | Some("query") => Ok(()),
        Some(_) => fault("invalid_request", "response_mode must be query"),
    }
}

fn scope(call: &Call<'_>) -> Result<(), Fault> {
    granted(call).map(|_| ())
}

fn granted(call: &Call<'_>) -> Result<String, Fault> {
    scope::granted(call.client, call.parameters.get("scope"), call.mcp_scopes)
        .or_else(|description| fault("invalid_scope", description))
}

/// RFC 9700 §2.1.1: S256 from everybody but Okta's SCIM client, which may not know it. RFC 7636 §4.3: absent means plain,
/// which is ruled out; a method alone means that the challenge got lost.
fn code_challenge(call: &Call<'_>) -> Result<(), Fault> {
    let (challenge, method) =
        (call.parameters.get("code_challenge"), call.parameters.get("code_challenge_method"));
    if challenge.is_none() && method.is_none() {
        return match call.client.kind {
            ClientKind::Scim => Ok(()),
            _ => fault("invalid_request", "code_challenge is missing: PKCE is required (RFC 7636)"),
        };
    }
    if method != Some("S256") {
        return fault("invalid_request", "code_challenge_method must be S256");
    }
    let base64url =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match challenge {
        Some(challenge) if challenge.len() == 43 && base64url(challenge) => Ok(()),
        _ => fault("invalid_request", "code_challenge must have 43 characters of base64url"),
    }
}

/// RFC 8707 §2.
fn resource(call: &Call<'_>) -> Result<(), Fault> {
    match call.parameters.get("resource") {
        Some(resource) if !is_resource(resource) => {
            fault("invalid_target", "resource must be an absolute URI without a fragment")
        }
        _ => Ok(()),
    }
}

/// Whether a text names a resource: an absolute URI without a fragment (RFC 8707 §2).
pub(crate) fn is_resource(text: &str) -> bool {
    let plain = text.len() <= 2000 && text.chars().all(|letter| letter.is_ascii_graphic() && letter != '#');
    plain && Url::parse(text).is_ok_and(|url| url.has_host())
}

/// OpenID Connect Core §3.1.2.1.
fn prompt(call: &Call<'_>) -> Result<(), Fault> {
    let known = ["none", "login", "consent", "select_account"];
    if words(call).any(|word| !known.contains(&word)) {
        return fault("invalid_request", "prompt must be none, login, consent or select_account");
    }
    if words(call).any(|word| word == "none") && words(call).count() > 1 {
        return fault("invalid_request", "prompt none stands alone");
    }
    Ok(())
}

fn words<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a str> {
    call.parameters.text("prompt").split(' ').filter(|word| !word.is_empty())
}

fn max_age(call: &Call<'_>) -> Result<(), Fault> {
    seconds(call).map(|_| ())
}

fn seconds(call: &Call<'_>) -> Result<Option<i64>, Fault> {
    match call.parameters.get("max_age").map(str::parse::<u32>) {
        None => Ok(None),
        Some(Ok(seconds)) => Ok(Some(i64::from(seconds))),
        Some(Err(_)) => fault("invalid_request", "max_age must be a number of seconds"),
    }
}

/// What is kept or sent back stays small.
fn lengths(call: &Call<'_>) -> Result<(), Fault> {
    for (name, longest) in [("nonce", 512), ("state", 4096)] {
        if call.parameters.text(name).len() > longest {
            return fault("invalid_request", format!("{name} is longer than {longest} bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::client::scope::tests::client;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn answer(kind: &str, query: &str) -> Result<Asked, Fault> {
        let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
        let (parameters, client) = (Parameters::of_query(&request).unwrap(), client(kind, ""));
        let call = Call { client: &client, parameters: &parameters, mcp_scopes: "mcp" };
        read(&call, "https://a.example/cb")
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
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
    fn what_fits_is_read() {
        let query = format!(
            "response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256&scope=openid+groups+email&nonce=n\
             &resource=https://mcp.example/a&prompt=login+consent&max_age=60&state=s"
        );
        let asked = answer("app", &query).unwrap();
        assert_eq!((asked.scope.as_str(), asked.nonce.as_deref()), ("openid email", Some("n")));
        assert_eq!((asked.resource.as_str(), asked.max_age), ("https://mcp.example/a", Some(60)));
        assert!(asked.prompts("login") && asked.prompts("consent") && !asked.prompts("none"));
        assert!(answer("scim", "response_type=code").is_ok());
    }
}
