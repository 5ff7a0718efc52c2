//! Authentication by an operator key. This API accepts no other credential, and nothing else accepts the key.

use actix_web::{HttpRequest, http::header::AUTHORIZATION};
use vestibule_core::{sets::OperatorScope, time::Micros};
use vestibule_store::{
    Conn,
    access::{
        operator_keys::{self, OperatorKey},
        secrets::{self, Kind, Presented},
    },
};
use vestibule_web::http::bearer::{self, Credential};

use crate::http::problem::Problem;

/// The credential of a request, copied for the database job.
#[derive(Clone)]
pub(crate) enum Bearer {
    /// No Authorization header.
    Nothing,
    /// The text behind `Bearer`.
    Key(String),
    /// Another credential. The bare token that Okta sends to SCIM is not accepted here.
    Other,
}

impl Bearer {
    pub fn of(req: &HttpRequest) -> Self {
        let scheme =
            |text: &str| text.trim().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
        let is_bearer =
            req.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).is_some_and(scheme);
        match bearer::credential(req) {
            Credential::None => Self::Nothing,
            Credential::Token(token) if is_bearer => Self::Key(token),
            _ => Self::Other,
        }
    }

    /// Parses the key, without the database.
    ///
    /// # Errors
    /// 401 if it cannot be an operator key.
    pub fn presented(&self) -> Result<Presented, Problem> {
        match self {
            Self::Nothing => Err(Problem::Unauthenticated { presented: false }),
            Self::Other => Err(Problem::Unauthenticated { presented: true }),
            Self::Key(text) => secrets::parse(text)
                .filter(|presented| presented.kind == Kind::Operator)
                .ok_or(Problem::Unauthenticated { presented: true }),
        }
    }

    /// The key, if it is valid and has the scope.
    ///
    /// # Errors
    /// 401 or 403.
    pub fn admit(&self, conn: &mut Conn, scope: OperatorScope, now: Micros) -> Result<OperatorKey, Problem> {
        let unknown = || Problem::Unauthenticated { presented: true };
        let key = operator_keys::find_live(conn, &self.presented()?, now)?.ok_or_else(unknown)?;
        if key.scope.contains(scope) { Ok(key) } else { Err(Problem::Forbidden(scope)) }
    }
}
