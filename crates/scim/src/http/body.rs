//! Bodies of SCIM requests. A body is received only after the credential has the right form, parsed only after the caller is
//! authenticated, and never parsed on an async thread.

use actix_web::{HttpRequest, web};
use serde_json::Value;
use vestibule_scim_engine::{error::Rejection, patch::Request};
use vestibule_web::{
    State,
    http::input::{self, BodyError},
};

use crate::{
    http::{
        auth::{Caller, Provisioner, Scope},
        error::ScimError,
    },
    inspector,
};

/// A received body that is not parsed yet.
pub(crate) struct ReceivedBody {
    is_json: bool,
    bytes: Result<Vec<u8>, BodyError>,
}

impl ReceivedBody {
    /// Receives the body of a request. Checks the form of the credential first, without the database; for a body over
    /// 16 KiB also that the credential exists.
    ///
    /// # Errors
    /// 401, 403 or 429, perhaps before the body is sent.
    pub(crate) async fn of(
        req: &HttpRequest,
        payload: web::Payload,
        state: &State,
        caller: &mut Caller,
        scope: Scope,
    ) -> Result<Self, ScimError> {
        caller.presented(state)?;
        let limit = state.config().server.max_body_bytes;
        let bytes =
            input::body_after(req, payload, limit, async || caller.check_early(state, scope).await).await?;
        caller.body_arrived(state.now());
        let media_type = input::media_type(req);
        let is_json = matches!(media_type.as_deref(), Some("application/scim+json" | "application/json"));
        Ok(Self { is_json, bytes })
    }

    /// Parses the body as JSON. Takes long for a large body: call it in a blocking job, before the transaction. The
    /// checks of each value refuse U+0000, which PostgreSQL does not store.
    ///
    /// # Errors
    /// 408, 413, 415, or 400 `invalidSyntax`.
    pub(crate) fn json(self) -> Result<Value, ScimError> {
        if !self.is_json {
            return Err(BodyError::ContentType("application/scim+json").into());
        }
        serde_json::from_slice(&self.bytes?)
            .map_err(|error| Rejection::syntax(format!("the body is not JSON: {error}")).into())
    }
}

/// Reads the body of a PATCH, and records it for the request inspector.
pub(crate) fn patch_request(provisioner: &Provisioner, body: &Value) -> Result<Request, ScimError> {
    let request =
        Request::parse(body).inspect_err(|_| inspector::request::document(&provisioner.note, body))?;
    provisioner.note.understood("operations", || inspector::request::operations(&request));
    Ok(request)
}
