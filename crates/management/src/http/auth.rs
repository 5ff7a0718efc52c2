//! Who manages: the bearer of an operator key. No other credential opens this door, and the key opens no other.

use actix_web::{HttpRequest, http::header::AUTHORIZATION};
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn,
    access::{
        operator_keys::{self, OperatorKey},
        secrets::{self, Kind, Presented},
        tokens,
    },
};
use vestibule_web::http::bearer::{self, Credential};

use crate::http::problem::Problem;

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Read,
    Write,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
        }
    }
}

/// What a request presents, copied out of it so that the job can look.
#[derive(Clone)]
pub(crate) enum Knock {
    /// No Authorization header.
    Nothing,
    /// `Bearer …`
    Key(String),
    /// Something else: the bare token that Okta sends elsewhere is none here.
    Other,
}

impl Knock {
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

    /// Reads the key, without the database.
    ///
    /// # Errors
    /// 401 if it cannot be an operator key.
    pub fn presented(&self) -> Result<Presented, Problem> {
        match self {
            Self::Nothing => Err(Problem::Unauthenticated { shown: false }),
            Self::Other => Err(Problem::Unauthenticated { shown: true }),
            Self::Key(text) => secrets::parse(text)
                .filter(|presented| presented.kind == Kind::Operator)
                .ok_or(Problem::Unauthenticated { shown: true }),
        }
    }

    /// The key, if it lives and may do this.
    ///
    /// # Errors
    /// 401 or 403.
    pub fn admit(&self, conn: &mut Conn, scope: Scope, now: Micros) -> Result<OperatorKey, Problem> {
        let unknown = || Problem::Unauthenticated { shown: true };
        let key = operator_keys::find_live(conn, &self.presented()?, now)?.ok_or_else(unknown)?;
        if tokens::holds(&key.scope, scope.name()) { Ok(key) } else { Err(Problem::Forbidden(scope.name())) }
    }
}
