//! Checks of an Identity Assertion JWT Authorization Grant (ID-JAG), as lists of name, citation and function. Pure: no network, no clock.
//!
//! The order: form and header ([`Unverified::read`]), the connection and its keys (by the caller), the claims ([`Unverified::check`]).
//! Person, scope, resource and the use of the `jti` follow in the transaction.

use std::sync::Arc;

use serde_json::{Map, Value};
use vestibule_jose::Jws;
use vestibule_web::http::resource::is_resource;

/// `typ` of the assertion, compared without letter case as media types are.
const TYPE: &str = "oauth-id-jag+jwt";
/// Longest assertion that is parsed, in bytes.
const LONGEST: usize = 16 * 1024;
/// Tolerated clock difference, in seconds.
pub(super) const SKEW: i64 = 60;
/// Longest remaining lifetime, in seconds. Okta's live five minutes.
const LONGEST_LIFETIME: i64 = 3600;
/// Longest text that is used, in characters.
const LONGEST_TEXT: usize = 256;
/// Most resources of one assertion.
const MOST_RESOURCES: usize = 20;

/// A failed check: its name in events, and a description for an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    pub check: &'static str,
    pub detail: String,
}

impl Failed {
    pub(super) fn new(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, detail: detail.into() }
    }
}

/// A parsed assertion whose signature is not verified yet.
#[derive(Debug, Clone)]
pub(super) struct Unverified {
    /// `iss`
    pub issuer: String,
    /// The token, for the verification of its signature.
    pub jws: Arc<Jws>,
}

/// What a verified assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asserted {
    /// `iss`
    pub issuer: String,
    /// `sub`: who the person is at the issuer.
    pub subject: String,
    /// `jti`
    pub id: String,
    /// `iat`, in seconds.
    pub issued: i64,
    /// `exp`, in seconds.
    pub expires: i64,
    /// `auth_time`, in seconds.
    pub auth_time: Option<i64>,
    /// `scope`
    pub scope: Option<String>,
    /// `resource`
    pub resources: Vec<String>,
    /// `aud_tenant`
    pub tenant: Option<String>,
    /// `aud_sub`: the user's id here, as the issuer knows it.
    pub user: Option<String>,
    /// `act.sub`: the agent.
    pub agent: String,
    /// `preferred_username`
    pub preferred_username: Option<String>,
    /// `email`, a hint.
    pub email: Option<String>,
    /// `name`
    pub name: Option<String>,
    /// `given_name`
    pub given_name: Option<String>,
    /// `family_name`
    pub family_name: Option<String>,
}

/// What an assertion must match.
pub(super) struct Expected<'a> {
    /// Our issuer.
    pub issuer: &'a str,
    /// The authenticated client.
    pub client_id: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

type HeaderCheck = fn(&Jws) -> Result<(), String>;

/// Name, citation and function of each check of the header, in order.
const HEADER_CHECKS: [(&str, &str, HeaderCheck); 3] = [
    ("crit", "RFC 7515 §4.1.11", |jws| jws.check_critical().map_err(|error| error.to_string())),
    ("typ", "draft-ietf-oauth-identity-assertion-authz-grant-03 §4.4.1; RFC 8725 §3.11", check_type),
    ("alg", "RFC 8725 §3.1", |jws| {
        jws.algorithm().map(drop).map_err(|_| "alg must be RS256 or ES256".to_owned())
    }),
];

type ClaimCheck = fn(&Map<String, Value>, &Expected<'_>) -> Result<(), String>;

/// Name, citation and function of each check that follows the signature, in order. "ID-JAG" is
/// draft-ietf-oauth-identity-assertion-authz-grant-03.
const CLAIM_CHECKS: [(&str, &str, ClaimCheck); 9] = [
    ("aud", "ID-JAG §4.4.1; RFC 7523 §3, 3", check_audience),
    ("client_id", "ID-JAG §4.4.1", check_client),
    ("sub", "ID-JAG §3.1", |claims, _| required(claims, "sub").map(drop)),
    ("exp", "RFC 7523 §3, 4", check_expiry),
    ("iat and nbf", "ID-JAG §3.1; RFC 7523 §3, 5 and 6", check_start),
    ("jti", "ID-JAG §3.1", |claims, _| required(claims, "jti").map(drop)),
    ("cnf", "ID-JAG-04 §9.8.1.2.2", |claims, _| {
        absent(claims, "cnf", "proofs of possession are not supported")
    }),
    ("authorization_details", "ID-JAG §4.4.1; RFC 9396", |claims, _| {
        absent(claims, "authorization_details", "none are granted here")
    }),
    ("shape", "ID-JAG §3.1; RFC 8707 §2", check_shape),
];

impl Unverified {
    /// Parses a compact JWT, and checks its header.
    ///
    /// # Errors
    /// [`Failed`].
    pub(super) fn read(compact: &str) -> Result<Self, Failed> {
        let jws = Jws::read(compact, LONGEST)
            .map_err(|error| Failed::new("form", format!("the assertion is no signed JWT: {error}")))?;
        for (check, specification, function) in HEADER_CHECKS {
            function(&jws).map_err(|detail| {
                tracing::debug!(check, specification, "oauth.id_jag_check_failed");
                Failed::new(check, detail)
            })?;
        }
        let issuer = required(jws.claims(), "iss").map_err(|detail| Failed::new("iss", detail))?;
        Ok(Self { issuer: issuer.to_owned(), jws: Arc::new(jws) })
    }

    /// The tenant that the assertion names (`aud_tenant`), not verified.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.jws.claims().get("aud_tenant").and_then(Value::as_str)
    }

    /// Checks and reads the claims of an assertion whose signature is verified.
    ///
    /// # Errors
    /// [`Failed`].
    pub(super) fn check(&self, expected: &Expected<'_>) -> Result<Asserted, Failed> {
        let claims = self.jws.claims();
        for (check, specification, function) in CLAIM_CHECKS {
            function(claims, expected).map_err(|detail| {
                tracing::debug!(check, specification, "oauth.id_jag_check_failed");
                Failed::new(check, detail)
            })?;
        }
        let missing = |detail| Failed::new("shape", detail);
        Ok(Asserted {
            issuer: self.issuer.clone(),
            subject: required(claims, "sub").map_err(missing)?.to_owned(),
            id: required(claims, "jti").map_err(missing)?.to_owned(),
            issued: seconds(claims, "iat").map_err(missing)?.unwrap_or_default(),
            expires: seconds(claims, "exp").map_err(missing)?.unwrap_or_default(),
            auth_time: seconds(claims, "auth_time").map_err(missing)?,
            scope: claims.get("scope").and_then(Value::as_str).map(str::to_owned),
            resources: resources(claims).unwrap_or_default(),
            tenant: text(claims, "aud_tenant"),
            user: text(claims, "aud_sub"),
            agent: agent(claims).unwrap_or_default().to_owned(),
            preferred_username: text(claims, "preferred_username"),
            email: text(claims, "email"),
            name: text(claims, "name"),
            given_name: text(claims, "given_name"),
            family_name: text(claims, "family_name"),
        })
    }
}

fn check_type(jws: &Jws) -> Result<(), String> {
    let typ = jws.header().get("typ").and_then(Value::as_str).unwrap_or_default();
    // RFC 7515 §4.1.9: "application/" may be omitted.
    let plain = match typ.get(..12) {
        Some(prefix) if prefix.eq_ignore_ascii_case("application/") => typ.get(12..).unwrap_or_default(),
        _ => typ,
    };
    match plain.eq_ignore_ascii_case(TYPE) {
        true => Ok(()),
        false => Err(format!("typ must be {TYPE}: another kind of token is no assertion for this grant")),
    }
}

/// One audience, our issuer: an assertion that is also for another server could be replayed by that server.
fn check_audience(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), String> {
    let aud = match claims.get("aud") {
        Some(Value::String(aud)) => Some(aud.as_str()),
        Some(Value::Array(all)) => match all.as_slice() {
            [Value::String(only)] => Some(only.as_str()),
            _ => return Err("aud must name this server alone".to_owned()),
        },
        _ => None,
    };
    match aud {
        Some(aud) if aud == expected.issuer => Ok(()),
        Some(aud) => Err(format!("aud is {}, and this server's issuer is {}", clip(aud), expected.issuer)),
        None => Err("aud is missing".to_owned()),
    }
}

fn check_client(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), String> {
    match claims.get("client_id").and_then(Value::as_str) {
        Some(client_id) if client_id == expected.client_id => Ok(()),
        Some(client_id) => Err(format!(
            "client_id is {}, and the client that sent the assertion is {}",
            clip(client_id),
            expected.client_id
        )),
        None => Err("client_id is missing".to_owned()),
    }
}

fn check_expiry(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), String> {
    let Some(expires) = seconds(claims, "exp")? else { return Err("exp is missing".to_owned()) };
    if expires.saturating_add(SKEW) <= expected.now {
        return Err("the assertion has expired; check the clocks".to_owned());
    }
    if expires > expected.now + LONGEST_LIFETIME + SKEW {
        return Err("the assertion is valid for more than an hour".to_owned());
    }
    Ok(())
}

fn check_start(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), String> {
    let Some(issued) = seconds(claims, "iat")? else { return Err("iat is missing".to_owned()) };
    let start = seconds(claims, "nbf")?.unwrap_or(issued).max(issued);
    match start > expected.now + SKEW {
        true => Err("the assertion is not valid yet; check the clocks".to_owned()),
        false => Ok(()),
    }
}

/// The claims that limit the token (`scope`, `resource`, `aud_tenant`, `aud_sub`, `auth_time`, `act`) must have the right form, so that
/// none of them is ignored.
fn check_shape(claims: &Map<String, Value>, _: &Expected<'_>) -> Result<(), String> {
    if claims.get("scope").is_some_and(|scope| !scope.is_string()) {
        return Err("scope is no text".to_owned());
    }
    for name in ["aud_tenant", "aud_sub"] {
        if claims.contains_key(name) {
            required(claims, name)?;
        }
    }
    seconds(claims, "auth_time")?;
    resources(claims)?;
    agent(claims).map(drop)
}

/// `resource`: one URI or several (ID-JAG §3.1).
fn resources(claims: &Map<String, Value>) -> Result<Vec<String>, String> {
    let wrong = || "resource must be an absolute URI without a fragment, or a list of such".to_owned();
    let uri = |one: &Value| one.as_str().filter(|uri| is_resource(uri)).map(str::to_owned).ok_or_else(wrong);
    match claims.get("resource") {
        None => Ok(Vec::new()),
        Some(Value::Array(all)) if (1..=MOST_RESOURCES).contains(&all.len()) => all.iter().map(uri).collect(),
        Some(Value::Array(_)) => Err(wrong()),
        Some(one) => Ok(vec![uri(one)?]),
    }
}

/// `act.sub`: who acts for the person (RFC 8693 §4.1).
fn agent(claims: &Map<String, Value>) -> Result<&str, String> {
    let Some(act) = claims.get("act") else { return Ok("") };
    let agent = act.get("sub").and_then(Value::as_str).filter(|agent| is_usable(agent));
    agent.ok_or_else(|| "act names no sub".to_owned())
}

fn absent(claims: &Map<String, Value>, name: &str, why: &str) -> Result<(), String> {
    match claims.contains_key(name) {
        true => Err(format!("{name} is present, and {why}")),
        false => Ok(()),
    }
}

fn required<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    claims
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| is_usable(text))
        .ok_or_else(|| format!("{name} is missing, or no text of 1 to {LONGEST_TEXT} characters"))
}

/// An optional text; `None` also if it can't be used.
fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name).and_then(Value::as_str).filter(|text| is_usable(text)).map(str::to_owned)
}

fn is_usable(text: &str) -> bool {
    (1..=LONGEST_TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Time in whole seconds.
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, String> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(date)) => match vestibule_jose::seconds(date) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(format!("{name} is out of range")),
        },
        Some(_) => Err(format!("{name} is no number")),
    }
}

fn clip(text: &str) -> String {
    text.escape_debug().take(200).collect()
}

#[cfg(test)]
mod tests;
