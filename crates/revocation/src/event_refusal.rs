//! Refusals that shared signals and logout tokens have in common.

use actix_web::{HttpRequest, HttpResponse, http::header};
use vestibule_store::{
    Error, Tx,
    providers::connections::Connection,
    trail::events::{self, Cause, Target, kinds::SignalRefused},
};
use vestibule_web::{Busy, State, observe::inspect, outbound::issuer_keys::Unproven};

use crate::signed::FailedCheck;

/// Why a token was not processed.
pub(crate) enum Refusal {
    /// 400: the token fails a check.
    FailedCheck(FailedCheck),
    /// 503: the database failed; the sender may try again.
    Unable(String),
    /// 503: the signature was not checked; the sender may try again at once.
    Busy(Busy),
}

impl From<Unproven> for Refusal {
    fn from(unproven: Unproven) -> Self {
        match unproven {
            Unproven::Keys(error) => Refusal::FailedCheck(FailedCheck::new("keys", error)),
            Unproven::Signature => Refusal::FailedCheck(FailedCheck::new("signature", Unproven::SIGNATURE)),
            Unproven::Busy(busy) => Refusal::Busy(busy),
        }
    }
}

impl From<FailedCheck> for Refusal {
    fn from(failed: FailedCheck) -> Self {
        Refusal::FailedCheck(failed)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Unable(error.to_string())
    }
}

impl Refusal {
    /// Returns the failed check, which the caller logs and answers. Adds every refusal to the request inspector, and logs those without a
    /// failed check.
    ///
    /// # Errors
    /// The 503 response to a refusal without a failed check.
    pub(crate) fn failed_check(
        &self,
        req: &HttpRequest,
        state: &State,
        endpoint: &'static str,
    ) -> Result<&FailedCheck, Box<HttpResponse>> {
        let note = inspect::of(req);
        let retry_seconds = match self {
            Refusal::FailedCheck(failed) => {
                note.refused(failed.check, failed.description.clone());
                return Ok(failed);
            }
            Refusal::Unable(error) => {
                note.refused("unable", "the database does not answer; try again");
                tracing::error!(endpoint, error, "signal.failed");
                "10"
            }
            Refusal::Busy(busy) => {
                note.refused("busy", busy.to_string());
                tracing::warn!(endpoint, "signature.not_checked");
                state.metrics().refused(endpoint, "busy");
                "1"
            }
        };
        let mut response = HttpResponse::ServiceUnavailable();
        Err(Box::new(response.insert_header((header::RETRY_AFTER, retry_seconds)).finish()))
    }
}

/// Records why a signal to this connection was refused, each reason at most once a minute.
pub(crate) async fn record_refused(
    state: &State,
    connection: &Connection,
    cause: &Cause,
    failed: &FailedCheck,
) -> Result<(), Error> {
    if !state.limits().may_record_refusal(&connection.workspace_id, failed.check) {
        return Ok(());
    }
    let (workspace_id, cause, now) = (connection.workspace_id.clone(), cause.clone(), state.now());
    let (reason, detail) = (failed.check, failed.description.clone());
    let record = move |conn: &mut Tx<'_>| {
        let data = SignalRefused { reason, detail: Some(&detail), jti: None };
        events::record(conn, &workspace_id, &cause, Target::Workspace, &data, now).map(drop)
    };
    state.write(record).await
}
