//! Proofs of possession (DPoP, RFC 9449): a client proves with each request that it has the key that its token is bound to. The checks of §4.3
//! as a list of name, citation and function. A nonce is not demanded (§8 is optional); a proof counts once, and for some minutes.

use actix_web::HttpRequest;
use serde_json::{Map, Value};
use url::Url;
use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND},
};
use vestibule_jose::{Algorithm, Jws, OwnKey};
use vestibule_store::{Conn, Error, access::secrets, safeguards::assertions};

use crate::{
    State,
    http::bearer::{self, Credential},
};

/// Name of the request header, and of the authentication scheme.
pub const HEADER: &str = "DPoP";

/// Algorithms of proofs (`dpop_signing_alg_values_supported`): asymmetric ones only.
pub const ALGORITHMS: [&str; 2] = Algorithm::TEXTS;

/// Longest proof that is parsed, in bytes.
const LONGEST: usize = 8 * 1024;
/// Age of a proof at most, in seconds.
const OLDEST: i64 = 300;
/// Tolerated clock difference, in seconds.
const SKEW: i64 = 60;
/// Longest `jti`, in characters.
const LONGEST_ID: usize = 256;

/// The request that a proof must be made for.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Its method.
    pub method: String,
    /// Its URL; query and fragment don't count.
    pub url: String,
    /// The access token that is sent with the proof, at a resource.
    pub access_token: Option<String>,
    /// Seconds since 1970.
    pub now: i64,
}

/// A proof that passed all checks. It counts once: [`Proof::accept`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Thumbprint of the key (RFC 7638), as in `cnf.jkt`.
    pub jkt: String,
    id: String,
    until: Micros,
}

type Check = fn(&Jws, &Expected) -> Result<(), &'static str>;

/// Name, citation and function of each check, in order; the signature and the key follow.
const CHECKS: [(&str, &str, Check); 6] = [
    ("typ", "RFC 9449 §4.3, 4", |jws, _| match says(jws.header(), "typ") {
        Some(typ) if typ.eq_ignore_ascii_case("dpop+jwt") => Ok(()),
        _ => Err("typ must be dpop+jwt"),
    }),
    ("alg", "RFC 9449 §4.3, 5", |jws, _| {
        jws.algorithm().map(drop).map_err(|_| "alg must be RS256 or ES256")
    }),
    ("jti", "RFC 9449 §4.3, 3", |jws, _| match says(jws.claims(), "jti") {
        Some(id) if (1..=LONGEST_ID).contains(&id.chars().count()) => Ok(()),
        _ => Err("jti must be a text of 1 to 256 characters"),
    }),
    ("htm", "RFC 9449 §4.3, 8", |jws, expected| match says(jws.claims(), "htm") {
        Some(method) if method == expected.method => Ok(()),
        _ => Err("htm is not the method of the request"),
    }),
    ("htu", "RFC 9449 §4.3, 9", |jws, expected| {
        let claimed = says(jws.claims(), "htu").and_then(without_query);
        match claimed.is_some() && claimed == without_query(&expected.url) {
            true => Ok(()),
            false => Err("htu is not the URL of the request"),
        }
    }),
    ("iat", "RFC 9449 §4.3, 11", |jws, expected| match issued(jws) {
        Some(at) if at > expected.now + SKEW => Err("iat is in the future; check the clock"),
        Some(at) if at < expected.now - OLDEST => Err("the proof is older than five minutes"),
        Some(_) => Ok(()),
        None => Err("iat is missing or no number"),
    }),
];

/// The proof of a request; `None` if it sends none.
///
/// # Errors
/// A clause for the client: there is more than one header, or no text in it (RFC 9449 §4.3, 1).
pub fn of_request(req: &HttpRequest) -> Result<Option<String>, &'static str> {
    let mut headers = req.headers().get_all(HEADER);
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err("there are several DPoP headers");
    }
    header.to_str().map(|text| Some(text.to_owned())).map_err(|_| "the DPoP header is no text")
}

/// Checks a proof. Verifies a signature, so it does not belong on an async thread or into a transaction. `bound_to`: the thumbprint of the
/// key that the access token is bound to.
///
/// # Errors
/// A clause for the client.
pub fn check(text: &str, expected: &Expected, bound_to: Option<&str>) -> Result<Proof, &'static str> {
    // RFC 9449 §4.3, 2.
    let jws = Jws::read(text, LONGEST).map_err(|_| "it is no signed JWT of at most 8 KiB")?;
    for (check, specification, function) in CHECKS {
        function(&jws, expected)
            .inspect_err(|_| tracing::debug!(check, specification, "dpop.check_failed"))?;
    }
    // RFC 9449 §4.3, 7: no private key. Before the signature, which is work.
    let key = OwnKey::of(&jws)
        .map_err(|_| "jwk must be a public RSA key or one on P-256, without private parts")?;
    let jkt = secrets::digest(&key.thumbprint_input());
    // RFC 9449 §4.3, 12.
    if let Some(token) = &expected.access_token
        && says(jws.claims(), "ath") != Some(secrets::digest(token).as_str())
    {
        return Err("ath is not the hash of the access token");
    }
    if bound_to.is_some_and(|bound_to| bound_to != jkt) {
        return Err("the access token is bound to another key");
    }
    // RFC 9449 §4.3, 6.
    key.verify(&jws).map_err(|_| "the key in jwk did not make the signature")?;
    let until = (issued(&jws).unwrap_or_default() + OLDEST + SKEW).saturating_mul(SECOND);
    Ok(Proof { jkt, id: says(jws.claims(), "jti").unwrap_or_default().to_owned(), until })
}

impl Proof {
    /// Uses the proof up. False if it was used before: each `jti` counts once for a key, until the proof has expired (RFC 9449 §11.1).
    ///
    /// # Errors
    /// Those of the store.
    pub fn accept(&self, conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool, Error> {
        assertions::accept(conn, workspace_id, &format!("dpop {}", self.jkt), &self.id, self.until)
    }
}

/// An access token as a resource receives it: by `Bearer`, or by `DPoP` with a proof (RFC 9449 §7.1).
#[derive(Debug, Clone)]
pub struct Presented {
    /// The token.
    pub token: String,
    by: Scheme,
}

#[derive(Debug, Clone)]
enum Scheme {
    Bearer,
    Dpop(Result<String, &'static str>, Expected),
}

impl Presented {
    /// The token of a request for this method and URL; `None` if the request sends another credential or none.
    pub fn of(req: &HttpRequest, method: &str, url: &str, now: Micros) -> Option<Self> {
        match bearer::credential(req) {
            Credential::Token(token) => Some(Self { token, by: Scheme::Bearer }),
            Credential::Dpop(token) => {
                let proof = of_request(req).and_then(|proof| proof.ok_or("there is no DPoP header"));
                let expected = Expected {
                    method: method.to_owned(),
                    url: url.to_owned(),
                    access_token: Some(token.clone()),
                    now: now / SECOND,
                };
                Some(Self { token, by: Scheme::Dpop(proof, expected) })
            }
            Credential::None | Credential::Basic { .. } | Credential::Unreadable => None,
        }
    }

    /// Checks that the token is sent as it is bound: `jkt` is the thumbprint of its key. Returns the proof, which the caller must use up.
    ///
    /// # Errors
    /// A clause for the client.
    pub fn check(&self, jkt: Option<&str>) -> Result<Option<Proof>, &'static str> {
        match (&self.by, jkt) {
            (Scheme::Bearer, None) => Ok(None),
            // RFC 9449 §7.2: a bound token is refused without its proof, otherwise a thief would just leave it out.
            (Scheme::Bearer, Some(_)) => {
                Err("the access token is bound to a key: send it with the scheme DPoP and a proof")
            }
            (Scheme::Dpop(..), None) => {
                Err("the access token is bound to no key: send it with the scheme Bearer")
            }
            (Scheme::Dpop(proof, expected), Some(jkt)) => {
                check(proof.as_ref().map_err(|why| *why)?, expected, Some(jkt)).map(Some)
            }
        }
    }
}

/// Uses up the proof of a request at a resource, in the workspace of its token. False if it was used before.
///
/// # Errors
/// Those of the store.
pub async fn accept(state: &State, proof: Option<(Proof, WorkspaceId)>) -> Result<bool, Error> {
    match proof {
        None => Ok(true),
        Some((proof, workspace_id)) => state.write(move |conn| proof.accept(conn, &workspace_id)).await,
    }
}

/// The challenge of a refusal (RFC 9449 §7.1).
pub fn challenge(why: Option<&str>) -> String {
    let algorithms = ALGORITHMS.join(" ");
    match why {
        None => format!("{HEADER} algs=\"{algorithms}\""),
        Some(why) => format!(
            "{HEADER} error=\"invalid_dpop_proof\", error_description=\"{why}\", algs=\"{algorithms}\""
        ),
    }
}

fn says<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

fn issued(jws: &Jws) -> Option<i64> {
    match jws.claims().get("iat") {
        Some(Value::Number(date)) => vestibule_jose::seconds(date),
        _ => None,
    }
}

/// The URL without query and fragment, normalised (RFC 9449 §4.3; RFC 3986 §6.2.2, §6.2.3).
fn without_query(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

#[cfg(test)]
mod tests;
