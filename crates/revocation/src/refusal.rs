//! Every answer to a Universal Logout but 204: what the caller is told, what the log says, and what the workspace's
//! administrator reads. A stranger learns nothing about who is connected here; the administrator learns the true reason.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde_json::json;
use vestibule_store::{
    Error,
    providers::connections::Connection,
    trail::events::{self, Target, kinds::UniversalLogoutRefused},
};
use vestibule_web::{
    Busy, State,
    http::{limits::RetryAfter, request},
    observe::inspect::Note,
};

use crate::assertion;

/// What whoever has not proven to be a connection's issuer is told.
const UNPROVEN: &str =
    "the token is not signed by the issuer of a workspace that is connected under this iss and sub in region";

/// Why nobody's access was ended.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// 401: the token is missing or opens nothing. A short name for logs, a sentence for people.
    Unauthenticated(&'static str, String),
    /// 401, and who asks is not known: the sentence is for the log and the administrator alone.
    Unproven(&'static str, String),
    /// 403: the caller may not end this person's access.
    Forbidden(String),
    /// 400 or 415
    Malformed(StatusCode, String),
    /// 404: nobody of this name in the caller's workspace.
    Unknown,
    /// 422: the person is known, but their access could not be ended.
    Unable(String),
    /// 429: too many of this connection.
    TooMany(RetryAfter),
    /// 503: nobody could be looked up yet.
    Unavailable(String),
    /// 503: the signature was not checked.
    Busy(Busy),
}

impl From<assertion::Refusal> for Refusal {
    fn from(refusal: assertion::Refusal) -> Self {
        Refusal::Unauthenticated(refusal.name(), refusal.to_string())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Refusal::Unknown,
            other => Refusal::Unable(other.to_string()),
        }
    }
}

impl Refusal {
    /// The short reason of the log.
    pub(crate) fn reason(&self) -> &'static str {
        self.told().2
    }

    /// Status, error code, the short reason of the log, and the true sentence.
    fn told(&self) -> (StatusCode, &'static str, &'static str, &str) {
        match self {
            Refusal::Unauthenticated(reason, sentence) | Refusal::Unproven(reason, sentence) => {
                (StatusCode::UNAUTHORIZED, "invalid_token", reason, sentence)
            }
            Refusal::Forbidden(sentence) => (StatusCode::FORBIDDEN, "access_denied", "forbidden", sentence),
            Refusal::Malformed(status, sentence) => (*status, "invalid_request", "malformed", sentence),
            Refusal::Unknown => (
                StatusCode::NOT_FOUND,
                "user_not_found",
                "unknown_user",
                "nobody of this name in the workspace",
            ),
            Refusal::Unable(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "unable_to_log_out",
                "unable",
                "the user's access could not be ended now; try again",
            ),
            Refusal::TooMany(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "rate",
                "more revocations at once than rate_limits.revocations_burst",
            ),
            Refusal::Unavailable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "unavailable",
                "the database does not answer; try again",
            ),
            Refusal::Busy(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "busy",
                "too many signatures of this connection, or in all, are being checked; try again in a second",
            ),
        }
    }
}

/// What the request inspector is told: the true reason.
pub(crate) fn note(note: &Note, refusal: &Refusal) {
    let (_, _, reason, sentence) = refusal.told();
    note.refused(reason, sentence);
    let advice = match reason {
        "no_token" | "typ" | "malformed_token" | "alg" => {
            "In Okta, set the authentication of Universal Logout to Signed JWT."
        }
        "unknown_caller" => {
            "Compare the issuer and the client id with the workspace's Okta page: the logout must come from the app that people sign in with."
        }
        "signature" | "keys_unreachable" => {
            "Compare the Okta domain on the workspace's Okta page with the one Okta shows as Issuer."
        }
        "audience" | "other_region" => {
            "In Okta, set the Global token revocation endpoint to the address on the workspace's Okta page."
        }
        "expired" | "not_yet_valid" => "Set the clock of this machine by NTP.",
        "unknown_user" => {
            "Compare the subject format in Okta with who the user is here: an e-mail address, the Okta user id, or the user name."
        }
        _ => return,
    };
    note.advised([advice.to_owned()]);
}

/// Tells the workspace's trail: each reason once a minute at most, since strangers can cause some.
pub(crate) async fn tell(req: &HttpRequest, state: &State, connection: &Connection, refusal: &Refusal) {
    let (status, _, reason, sentence) = refusal.told();
    let workspace_id = connection.workspace_id.clone();
    if !state.limits().may_record_refusal(&workspace_id, reason) {
        return;
    }
    let detail = clip(sentence);
    let (cause, now) = (request::cause(req, "okta:universal-logout"), state.now());
    let told = state.write(move |conn| {
        let data = UniversalLogoutRefused { reason, detail: &detail, status: status.as_u16() };
        events::record(conn, &workspace_id, &cause, Target::Workspace, &data, now)
    });
    if let Err(error) = told.await {
        tracing::error!(%error, "revocation.refusal_not_told");
    }
}

/// The answer. Okta reads the status only.
pub(crate) fn answer(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    let (status, error, reason, sentence) = refusal.told();
    if let Refusal::Unable(cause) | Refusal::Unavailable(cause) = refusal {
        tracing::error!(error = %cause, "revocation.failed");
    }
    tracing::warn!(reason, detail = sentence, "revocation.refused");
    state.metrics().refused("universal_logout", reason);
    // Guessing costs the guesser's address.
    let guessed = matches!(refusal, Refusal::Unauthenticated(..) | Refusal::Unproven(..));
    let wait = match refusal {
        Refusal::TooMany(wait) => Some(*wait),
        _ if guessed => state.limits().address(req).err(),
        _ => None,
    };
    if let Some(RetryAfter(seconds)) = wait {
        return HttpResponse::TooManyRequests()
            .insert_header((header::RETRY_AFTER, seconds.to_string()))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({ "error": "too_many_requests", "error_description": format!("come again in {seconds} s") }));
    }
    let unproven = format!(
        "{UNPROVEN} {}; the log says more, and the workspace's Okta page",
        state.config().region.name
    );
    let sentence = if matches!(refusal, Refusal::Unproven(..)) { &unproven } else { sentence };
    let mut response = HttpResponse::build(status);
    let wait = match refusal {
        Refusal::Unable(_) => Some("5"),
        Refusal::Busy(_) => Some("1"),
        _ => None,
    };
    if let Some(seconds) = wait {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        // RFC 6750 §3; the sentence without the quotes that would end it.
        let quoted =
            sentence.replace(['"', '\\'], "'").replace(|letter: char| !(' '..='~').contains(&letter), "?");
        response.insert_header((
            header::WWW_AUTHENTICATE,
            format!("Bearer error=\"invalid_token\", error_description=\"{quoted}\""),
        ));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.json(json!({ "error": error, "error_description": sentence }))
}

pub(crate) fn clip(text: &str) -> String {
    text.chars().take(300).collect()
}
