//! The body of a SCIM request: received only after the credential looks right, parsed only after it was accepted, and never on
//! an async thread.

use actix_web::{HttpRequest, web};
use serde_json::Value;
use vestibule_scim_engine::{
    error::{Rejection, ScimType},
    patch::Request,
};
use vestibule_web::{
    State,
    http::input::{self, BodyError},
};

use crate::http::{
    answer::ScimError,
    auth::{Knock, Provisioner, Scope},
    inspector,
};

/// A body as it came.
pub(crate) struct Received {
    is_json: bool,
    bytes: Result<Vec<u8>, BodyError>,
}

impl Received {
    /// Receives the body of a request. The credential's shape is judged first, without the database. A body over 16 KiB is received
    /// only after the credential was found, too.
    ///
    /// # Errors
    /// 401, 403 or 429, while the body may still be unsent.
    pub(crate) async fn of(
        req: &HttpRequest,
        payload: web::Payload,
        state: &State,
        knock: &mut Knock,
        scope: Scope,
    ) -> Result<Self, ScimError> {
        knock.presented(state)?;
        let limit = state.config().server.max_body_bytes;
        let bytes =
            input::body_after(req, payload, limit, async || knock.admit_early(state, scope).await).await?;
        knock.body_arrived(state.now());
        let media_type = input::media_type(req);
        let is_json = matches!(media_type.as_deref(), Some("application/scim+json" | "application/json"));
        Ok(Self { is_json, bytes })
    }

    /// The body as JSON. Runs as long as the body is large: call it in a blocking job, before the transaction. U+0000 is refused
    /// later, where a value is understood: PostgreSQL stores no such text.
    ///
    /// # Errors
    /// 408, 413, 415, or 400 `invalidSyntax`.
    pub(crate) fn json(self) -> Result<Value, ScimError> {
        if !self.is_json {
            return Err(BodyError::ContentType("application/scim+json").into());
        }
        serde_json::from_slice(&self.bytes?).map_err(|error| {
            Rejection::new(ScimType::InvalidSyntax, format!("the body is not JSON: {error}")).into()
        })
    }
}

/// The body of a PATCH. Also tells the request inspector what was understood.
pub(crate) fn patch_request(provisioner: &Provisioner, body: &Value) -> Result<Request, ScimError> {
    let request = Request::parse(body).inspect_err(|_| inspector::document(&provisioner.note, body))?;
    provisioner.note.understood("operations", || inspector::operations(&request));
    Ok(request)
}
