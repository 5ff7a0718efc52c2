//! Refusals of Universal Logout requests: the response, the log, and the event for the workspace's administrator. The response to an
//! unverified caller does not tell which connections exist; the administrator sees the real reason.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde_json::json;
use vestibule_store::{
    Error,
    trail::events::{self, Target, kinds::UniversalLogoutRefused},
};
use vestibule_web::{
    Busy, State,
    http::{limits::RetryAfter, request},
    observe::{inspect::Note, sightings::SightingKind},
};

use crate::{assertion, caller::Caller};

/// Response to a caller that is not verified as the issuer of a connection.
const UNPROVEN: &str =
    "the token is not signed by the issuer of a workspace that is connected under this iss and sub in region";

/// Why nobody's access was ended.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// 401: the token is missing or refused. Short reason for logs, description for people.
    Unauthenticated(&'static str, String),
    /// 401, and the caller is not verified: only the log and the administrator get the description.
    Unproven(&'static str, String),
    /// 403: the caller may not end this person's access.
    Forbidden(String),
    /// 400 or 415
    Malformed(StatusCode, String),
    /// 404: no such user in the caller's workspace.
    Unknown,
    /// 422: the user's access could not be ended.
    Unable(String),
    /// 429: too many requests for this connection.
    TooMany(RetryAfter),
    /// 503: the connection could not be looked up.
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
    /// Short reason for logs.
    pub(crate) fn reason(&self) -> &'static str {
        self.parts().2
    }

    /// Status, error code, short reason for logs, description.
    fn parts(&self) -> (StatusCode, &'static str, &'static str, &str) {
        match self {
            Refusal::Unauthenticated(reason, description) | Refusal::Unproven(reason, description) => {
                (StatusCode::UNAUTHORIZED, "invalid_token", reason, description)
            }
            Refusal::Forbidden(description) => {
                (StatusCode::FORBIDDEN, "access_denied", "forbidden", description)
            }
            Refusal::Malformed(status, description) => (*status, "invalid_request", "malformed", description),
            Refusal::Unknown => {
                (StatusCode::NOT_FOUND, "user_not_found", "unknown_user", "no such user in the workspace")
            }
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

/// Shows the refusal in the request inspector, with the real reason and advice.
pub(crate) fn inspect(note: &Note, refusal: &Refusal) {
    let (_, _, reason, description) = refusal.parts();
    note.refused(reason, description);
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
            "Compare the subject format in Okta with who the user is here: an email address, the Okta user id, or the user name."
        }
        _ => return,
    };
    note.advised([advice.to_owned()]);
}

/// Records the refusal in the workspace's trail, each reason at most once a minute, because unverified callers can cause some.
pub(crate) async fn record(req: &HttpRequest, state: &State, caller: &Caller, refusal: &Refusal) {
    let (status, _, reason, description) = refusal.parts();
    let workspace_id = caller.workspace_id.clone();
    if !state.limits().may_record_refusal(&workspace_id, reason) {
        return;
    }
    let detail = clip(description);
    let of = (&caller.workspace_id, &caller.connection_id);
    state.sightings().note_of(of, SightingKind::LogoutRefused, &format!("{reason} {detail}"), state.now());
    let (cause, now) = (request::cause(req, "okta:universal-logout"), state.now());
    let recorded = state.write(move |conn| {
        let data = UniversalLogoutRefused { reason, detail: &detail, status: status.as_u16() };
        events::record(conn, &workspace_id, &cause, Target::Workspace, &data, now)
    });
    if let Err(error) = recorded.await {
        tracing::error!(%error, "revocation.refusal_not_recorded");
    }
}

/// Builds the response. Okta reads only its status.
pub(crate) fn answer(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    let (status, error, reason, description) = refusal.parts();
    if let Refusal::Unable(cause) | Refusal::Unavailable(cause) = refusal {
        tracing::error!(error = %cause, "revocation.failed");
    }
    tracing::warn!(reason, detail = description, "revocation.refused");
    state.metrics().refused("universal_logout", reason);
    // A failed attempt counts against the address.
    let unauthenticated = matches!(refusal, Refusal::Unauthenticated(..) | Refusal::Unproven(..));
    let wait = match refusal {
        Refusal::TooMany(wait) => Some(*wait),
        _ if unauthenticated => state.limits().address(req).err(),
        _ => None,
    };
    if let Some(RetryAfter(seconds)) = wait {
        return HttpResponse::TooManyRequests()
            .insert_header((header::RETRY_AFTER, seconds.to_string()))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({ "error": "too_many_requests", "error_description": format!("try again in {seconds} s") }));
    }
    let unproven =
        format!("{UNPROVEN} {}; see the log or the workspace's Okta page", state.config().region.name);
    let description = if matches!(refusal, Refusal::Unproven(..)) { &unproven } else { description };
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
        // RFC 6750 §3: characters that a quoted string can't contain are replaced.
        let quoted =
            description.replace(['"', '\\'], "'").replace(|letter: char| !(' '..='~').contains(&letter), "?");
        response.insert_header((
            header::WWW_AUTHENTICATE,
            format!("Bearer error=\"invalid_token\", error_description=\"{quoted}\""),
        ));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.json(json!({ "error": error, "error_description": description }))
}

/// Cuts a text for events and descriptions.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alert_on_access_that_is_not_ended_names_its_reason() {
        let rules = include_str!("../../../deploy/helm/vestibule/files/rules.yaml");
        let reason = Refusal::Unable(String::new()).reason();
        let selector = format!("{{door=\"universal_logout\",reason=\"{reason}\"}}");
        assert!(rules.contains(&selector), "{selector}");
    }
}
