//! Checks that ask the provider itself: its discovery document and keys, the redirect URI, the client secret; of SAML connections, the metadata
//! (`saml::live`). The checks change nothing, sign nobody in, and show nothing of an answer but its error code. They run only when somebody
//! presses the button, because the provider's log shows them.

use std::time::{Duration, Instant};

use actix_web::rt::time::timeout;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{
    FutureExt, StreamExt,
    future::{LocalBoxFuture, join3},
    stream,
};
use http::{Request, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    providers::Provider,
    sets::ProviderAuth,
};
use vestibule_store::Error;
use vestibule_web::{
    State,
    crypto::seal::client_secret_context,
    observe::sightings::SightingKind,
    outbound::{
        client::Seen,
        discovery::{Discovered, discover},
    },
};

use super::{
    facts::{self, Facts},
    finding::{About, Finding, Weight::Bad},
    oidc::Oidc,
    saml,
    sign_in::{compare_issuer, more, redirect_uris},
};

/// The first check of a connection.
const DISCOVERY: &str = "Issuer and discovery";
/// How many connections are asked at the same time.
const AT_ONCE: usize = 8;
/// How long all checks may take.
const LONGEST: Duration = Duration::from_secs(30);
/// The value sent as a code: no code that was ever issued.
const NO_CODE: &str = "vestibule-doctor";

/// A check and its result.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub name: &'static str,
    /// The result in a sentence.
    pub result: String,
    /// Whether the check has a result; false: it could not be made.
    pub known: bool,
    /// What to change, if the check failed.
    pub finding: Option<Finding>,
    /// The connection; `None`: not said yet.
    pub about: Option<About>,
}

impl Check {
    pub(super) fn well(name: &'static str, result: impl Into<String>) -> Self {
        Self { name, result: result.into(), known: true, finding: None, about: None }
    }

    pub(super) fn unknown(name: &'static str, result: impl Into<String>) -> Self {
        Self { known: false, ..Self::well(name, result) }
    }

    pub(super) fn ill(name: &'static str, finding: Finding) -> Self {
        Self { finding: Some(finding.clone()), ..Self::well(name, finding.saw) }
    }

    /// Says which connection it is about.
    fn about(self, about: &About) -> Self {
        Self {
            result: about.name(&self.result),
            finding: self.finding.map(|finding| finding.about(about)),
            about: Some(about.clone()),
            ..self
        }
    }

    /// The check as JSON.
    pub(super) fn json(&self) -> Value {
        let well = self.known.then_some(self.finding.is_none());
        let mut check = json!({ "check": self.name, "well": well, "told": self.result });
        About::add_to(self.about.as_ref(), &mut check);
        check
    }
}

/// Runs the checks of every connection that is judged, several at the same time; none where there are no settings.
pub(crate) async fn ask(state: &State, facts: &Facts) -> Vec<Check> {
    let end = Instant::now() + LONGEST;
    let mut asked: Vec<(About, LocalBoxFuture<'_, Vec<Check>>)> = Vec::new();
    for one in &facts.oidc {
        if facts.is_judged(one.connection.enabled, one.connection.updated_at, &one.history) {
            asked.push((facts.about_oidc(one), oidc(state, facts, one).boxed_local()));
        }
    }
    for one in &facts.saml {
        if facts.is_judged(one.connection.enabled, one.connection.updated_at, &one.history) {
            let check = saml::live::ask(state, one).map(|check| vec![check]);
            asked.push((facts.about_saml(one), check.boxed_local()));
        }
    }
    let answers = stream::iter(asked).map(async |(about, checks)| {
        let checks = timeout(end.saturating_duration_since(Instant::now()), checks).await;
        let checks = checks.unwrap_or_else(|_| vec![Check::unknown(DISCOVERY, "It did not answer in time.")]);
        checks.into_iter().map(|check| check.about(&about)).collect::<Vec<_>>()
    });
    answers.buffered(AT_ONCE).concat().await
}

/// Runs the checks of one connection.
pub(crate) async fn ask_one(state: &State, facts: &Facts, id: &ConnectionId) -> Vec<Check> {
    let checks = async {
        if let Some(one) = facts.oidc.iter().find(|one| one.connection.connection_id == *id) {
            return oidc(state, facts, one).await;
        }
        match facts.saml.iter().find(|one| one.connection.connection_id == *id) {
            Some(one) => vec![saml::live::ask(state, one).await],
            None => Vec::new(),
        }
    };
    let checks = timeout(LONGEST, checks).await;
    checks.unwrap_or_else(|_| vec![Check::unknown(DISCOVERY, "It did not answer in time.")])
}

/// Remembers what the provider answered about a connection, for the states of the set-up. Checks without a result prove nothing.
pub(crate) async fn remember(
    state: &State,
    workspace_id: &WorkspaceId,
    id: &ConnectionId,
    checks: &[&Check],
) -> Result<(), Error> {
    let failed: Vec<&str> = checks.iter().filter_map(|check| Some(check.finding.as_ref()?.id)).collect();
    let kind = match failed.is_empty() {
        false => SightingKind::ChecksFailed,
        true if !checks.is_empty() && checks.iter().all(|check| check.known) => SightingKind::ChecksPassed,
        true => return Ok(()),
    };
    state.sightings().note_of((workspace_id, id), kind, &failed.join(" "), state.now());
    facts::store_seen(state).await
}

/// Checks an OpenID Connect connection.
async fn oidc(state: &State, facts: &Facts, oidc: &Oidc) -> Vec<Check> {
    let (connection, at) = (&oidc.connection, oidc.at());
    let found = match discover(state, &connection.issuer).await {
        Ok(found) => found,
        Err(sentence) => {
            let finding = Finding::new(
                "issuer",
                Bad,
                3,
                format!("{sentence}."),
                if at.is_okta() {
                    "Nobody can sign in, and no Universal Logout can be verified."
                } else {
                    "Nobody can sign in through it."
                },
            )
            .go(if at.is_okta() {
                format!(
                    "Set-up, step Credentials: Okta domain must be the Issuer that Okta shows ({})",
                    at.oidc.issuer
                )
            } else {
                compare_issuer(at)
            });
            return vec![Check::ill(DISCOVERY, finding)];
        }
    };
    let answers = Check::well(DISCOVERY, format!("{} answers as itself.", connection.issuer));
    let (keys, redirect_uri, secret) = join3(
        keys(state, at, &found),
        redirect_uri(state, facts, oidc, &found),
        secret(state, facts, oidc, &found),
    )
    .await;
    vec![answers, keys, redirect_uri, secret]
}

async fn keys(state: &State, at: &Provider, found: &Discovered) -> Check {
    let name = "Keys";
    let problem = match state.outbound().get_json(&found.jwks_uri).await {
        Ok(set) => match set.get("keys").and_then(Value::as_array).map(Vec::len) {
            Some(count) if count > 0 => return Check::well(name, format!("{count} at {}.", found.jwks_uri)),
            _ => format!("There are no keys at {}", found.jwks_uri),
        },
        Err(error) => format!("The keys can't be read: {error}"),
    };
    let finding = Finding::new(
        "keys",
        Bad,
        3,
        format!("{problem}."),
        format!("The signatures of {} can't be verified.", at.name),
    )
    .go(compare_issuer(at));
    Check::ill(name, finding)
}

/// Checks the redirect URI by a sign-in without a person: `prompt=none` (OpenID Connect Core §3.1.2.1). A provider sends errors back
/// only to a redirect URI that it knows (RFC 6749 §4.1.2.1).
async fn redirect_uri(state: &State, facts: &Facts, oidc: &Oidc, found: &Discovered) -> Check {
    let (connection, at) = (&oidc.connection, oidc.at());
    let label = at.label;
    let name = "Sign-in redirect URI";
    let redirect_uri = facts.paste.redirect_uri();
    let query = [
        ("client_id", connection.client_id.as_str()),
        ("redirect_uri", &redirect_uri),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", NO_CODE),
        ("nonce", NO_CODE),
        ("prompt", "none"),
        // RFC 7636 §4.3, for apps that require it; no verifier has this challenge.
        ("code_challenge", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
        ("code_challenge_method", "S256"),
    ];
    let seen = match Url::parse_with_params(&found.authorization_endpoint, query) {
        Ok(url) => look(state, Request::get(url.as_str()).body(Vec::new())).await,
        Err(error) => Err(error.to_string()),
    };
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => return Check::unknown(name, format!("Could not be checked: {error}.")),
    };
    let status = seen.status.as_u16();
    match &seen.location {
        Some(location) if location.starts_with(&redirect_uri) => {
            Check::well(name, format!("{label} redirects people to it."))
        }
        // The provider would not have continued with a redirect URI that it does not know.
        Some(_) => Check::well(name, format!("{label} accepts it, and continues to its sign-in page.")),
        None if (400..500).contains(&status) => {
            let body = String::from_utf8_lossy(&seen.body).to_lowercase();
            if body.contains("client_id") && !body.contains("redirect_uri") {
                let finding = Finding::new(
                    "client_id",
                    Bad,
                    3,
                    format!("{label} does not know the Client ID {} ({status}).", connection.client_id),
                    "It belongs to another app or another organization, or is mistyped.",
                )
                .go(copy(at, at.client_id));
                return Check::ill(name, finding);
            }
            let finding = Finding::new("redirect_uri", Bad, 2, format!("{label} does not accept this workspace's redirect URI ({status})."), "It is missing in the app there, or differs by a letter, a slash or the region; people see an error page there and never come back.")
                .put(redirect_uris(at), redirect_uri);
            Check::ill(name, finding)
        }
        None => Check::unknown(name, format!("{label} answered {status}, which gives no result.")),
    }
}

/// Checks the client secret with a code that was never issued: the client is authenticated before the code (RFC 6749 §5.2).
async fn secret(state: &State, facts: &Facts, oidc: &Oidc, found: &Discovered) -> Check {
    let (connection, at) = (&oidc.connection, oidc.at());
    let (label, places) = (at.label, at.oidc);
    let name = "Client credentials";
    if connection.auth_method == ProviderAuth::PrivateKeyJwt {
        return Check::unknown(name, "Our key signs each sign-in; Test sign-in checks it.");
    }
    let context = client_secret_context(&connection.workspace_id, &connection.connection_id);
    let Ok(secret) = state.sealer().open(&context, &connection.client_secret) else {
        let finding = Finding::new(
            "client_secret",
            Bad,
            3,
            "The stored client secret can't be decrypted.",
            "The deployment's sealing key was changed, and the old one was not kept as a retired key.",
        )
        .go(format!("{}: enter the Client secret again", settings(at)));
        return Check::ill(name, finding);
    };
    let redirect_uri = facts.paste.redirect_uri();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", NO_CODE)
        .append_pair("redirect_uri", &redirect_uri)
        .append_pair("code_verifier", &NO_CODE.repeat(3));
    let mut request = Request::post(&found.token_endpoint)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json");
    let basic = match connection.auth_method {
        ProviderAuth::SecretPost | ProviderAuth::PrivateKeyJwt => false,
        ProviderAuth::SecretBasic => true,
        ProviderAuth::Auto => found.auth_methods.iter().any(|method| method == "client_secret_basic"),
    };
    if basic {
        // RFC 6749 §2.3.1: each part form-encoded.
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(&connection.client_id), encoded(secret.expose_secret()));
        request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
    } else {
        form.append_pair("client_id", &connection.client_id)
            .append_pair("client_secret", secret.expose_secret());
    }
    let seen = match look(state, request.body(form.finish().into_bytes())).await {
        Ok(seen) => seen,
        Err(error) => return Check::unknown(name, format!("Could not be checked: {error}.")),
    };
    let answer: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    let code = answer.get("error").and_then(Value::as_str).unwrap_or_default();
    match (code, seen.status.as_u16()) {
        // RFC 6749 §5.2: the code is wrong, which was never issued; the client was authenticated before it.
        ("invalid_grant", _) => Check::well(name, format!("{label} accepts them.")),
        ("invalid_client", _) | (_, 401) => {
            let finding = Finding::new("client_secret", Bad, 3, format!("{label} does not accept the client secret."), format!("It was changed there, is mistyped, or belongs to another app; or {} requires another client authentication.", at.name))
                .go(copy(at, if at.is_okta() { "client secret" } else { at.client_secret }))
                .go(at.place(&format!("{} must be what “More settings” {} says", places.client_authentication, more(at))));
            Check::ill(name, finding)
        }
        ("invalid_dpop_proof" | "use_dpop_nonce", _) if connection.dpop => Check::well(
            name,
            format!("{label} requires proof of possession (DPoP) first, which a sign-in sends."),
        ),
        ("invalid_dpop_proof" | "use_dpop_nonce", _) => {
            let finding = Finding::new(
                "dpop",
                Bad,
                3,
                format!("{label} requires proof of possession (DPoP), but it is off here."),
                "Every sign-in fails at the token endpoint.",
            )
            .go(format!(
                "{}, More settings: tick DPoP; or {}: switch off {}",
                settings(at),
                at.name,
                places.proof
            ));
            Check::ill(name, finding)
        }
        (_, status) => Check::unknown(name, format!("{label} answered {status}, which gives no result.")),
    }
}

/// Where the settings of the connection are.
fn settings(at: &Provider) -> &'static str {
    if at.is_okta() { "Set-up, step Credentials" } else { "The connection's page, Settings" }
}

/// Advice to copy a value of the app into the settings.
fn copy(at: &Provider, what: &str) -> String {
    let place = format!("{}{what}", at.oidc.credentials);
    let into =
        if at.is_okta() { "the set-up step Credentials" } else { "the settings of the connection's page" };
    at.place(&format!("{place}: copy it into {into}"))
}

async fn look(state: &State, request: Result<Request<Vec<u8>>, http::Error>) -> Result<Seen, String> {
    let request = request.map_err(|error| error.to_string())?;
    state.outbound().look(request).await.map_err(|error| error.to_string())
}
